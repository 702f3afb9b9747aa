import { ChevronDown, CircleCheck, CirclePause, Clock } from "lucide-react";
import { useState } from "react";
import { setStatus } from "../state/actions.ts";
import { useDesk } from "../state/store.ts";
import { duration } from "../ui/format.ts";
import { useNow } from "../ui/now.ts";
import { Popover } from "../ui/Popover.tsx";
import { useWords } from "../words/words.ts";

const given = ["disconnected", "no_answer", "signed_in"]; // reasons that are the server's

/** The status, always in sight: colour, icon, word and running time. Its main half switches between the two. */
export function Presence() {
  const t = useWords();
  const now = useNow();
  const agent = useDesk((d) => d.agent);
  const pauses = useDesk((d) => d.pauses);
  const changed = useDesk((d) => d.changed);
  if (!agent) return null;
  const ready = agent.status === "ready";
  const reason = given.includes(agent.reason_id) ? t.or(`reason.${agent.reason_id}`, "presence.notReady") : (pauses.find((p) => p.id === agent.reason_id)?.name ?? "");
  const by = changed && changed.by.kind === "agent" && changed.by.id !== agent.id ? changed.by.name : "";
  const late = agent.planned_until && now > Date.parse(agent.planned_until);
  const Icon = ready ? CircleCheck : CirclePause;
  const word = ready ? t("presence.ready") : t("presence.notReady");
  return (
    <div className={`presence ${ready ? "ready" : "not-ready"}${late ? " late" : ""}`}>
      <button
        type="button" className="presence-main" aria-pressed={ready} title={t(ready ? "presence.toNotReady" : "presence.toReady")}
        onClick={() => void setStatus(ready ? "not_ready" : "ready")}
      >
        <Icon size={17} aria-hidden />
        <span className="presence-word">{word}</span>
        <span className="presence-reason">{agent.after_current ? t("presence.after") : by ? t("presence.by", { name: by }) : reason}</span>
        <time className="presence-time" aria-hidden>{duration(now - Date.parse(agent.status_since))}</time>
      </button>
      <Popover className="presence-more" label={t("presence.reasons")} button={<ChevronDown size={16} aria-hidden />}>
        {(close) => <Reasons close={close} />}
      </Popover>
    </div>
  );
}

function Reasons({ close }: { close: () => void }) {
  const t = useWords();
  const pauses = useDesk((d) => d.pauses);
  const busy = useDesk((d) => Object.keys(d.talks).length > 0);
  const [after, setAfter] = useState(false);
  const choose = (reason?: string): void => {
    void setStatus("not_ready", reason, after && busy);
    close();
  };
  return (
    <div className="reasons">
      <button type="button" className="menu-item ready" onClick={() => { void setStatus("ready"); close(); }}><CircleCheck size={16} aria-hidden />{t("presence.ready")}</button>
      <p className="menu-title">{t("presence.notReady")}</p>
      <button type="button" className="menu-item" onClick={() => choose()}><CirclePause size={16} aria-hidden />{t("presence.noReason")}</button>
      {pauses.map((p) => (
        <button type="button" key={p.id} className="menu-item" onClick={() => choose(p.id)}>
          <CirclePause size={16} aria-hidden />{p.name}{p.planned_minutes > 0 && <span className="menu-hint"><Clock size={12} aria-hidden />{t("minutes", { n: p.planned_minutes })}</span>}
        </button>
      ))}
      {busy && <label className="toggle"><input type="checkbox" role="switch" checked={after} onChange={(e) => setAfter(e.target.checked)} />{t("presence.afterCurrent")}</label>}
    </div>
  );
}
