import { CircleCheck, CirclePause } from "lucide-react";
import { useState } from "react";
import { toast, useDesk } from "../state/store.ts";
import type { LiveAgent } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { forceStatus } from "./actions.ts";
import { Ask } from "./Ask.tsx";

/** Sets another agent's status; the agent is told by whom. */
export function StatusDialog({ agent, close }: { agent: LiveAgent; close: () => void }) {
  const t = useWords();
  const pauses = useDesk((d) => d.pauses);
  const [status, setStatus] = useState<"ready" | "not_ready">(agent.status === "ready" ? "not_ready" : "ready");
  const [reason, setReason] = useState("");
  const name = agent.agent.name;
  const act = async (): Promise<string> => {
    const wrong = await forceStatus(agent.agent.id, status, reason);
    if (!wrong) toast("good", status === "ready" ? "status.doneReady" : "status.doneNotReady", { name });
    return wrong;
  };
  const choices = [["ready", CircleCheck, "presence.ready"], ["not_ready", CirclePause, "presence.notReady"]] as const;
  return (
    <Ask title={t("status.title", { name })} button={t("status.do")} act={act} close={close}>
      <fieldset className="resolved">
        <legend>{t("status.to")}</legend>
        {choices.map(([value, Icon, word]) => (
          <label key={value} className={`choice${status === value ? " on" : ""}`}><input type="radio" name="status" checked={status === value} onChange={() => setStatus(value)} /><Icon size={15} aria-hidden />{t(word)}</label>
        ))}
      </fieldset>
      {status === "not_ready" && (
        <label>{t("status.reason")}
          <select value={reason} onChange={(e) => setReason(e.target.value)}>
            <option value="">{t("presence.noReason")}</option>
            {pauses.map((p) => <option key={p.id} value={p.id}>{p.name}</option>)}
          </select>
        </label>
      )}
      <p className="muted">{t(status === "ready" ? "status.tellsReady" : "status.tellsNotReady", { name })}</p>
    </Ask>
  );
}
