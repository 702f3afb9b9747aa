import { CircleCheck, CircleDot, CirclePause, CloudOff, PlugZap } from "lucide-react";
import { useDesk } from "../state/store.ts";
import { useNow } from "../ui/now.ts";
import type { LiveAgent } from "../wire/protocol.ts";
import { useWords, type Words } from "../words/words.ts";
import { dotOf, isGone } from "./figures.ts";

const icons = { green: CircleCheck, amber: CircleDot, red: CirclePause, grey: CloudOff };

/** State and reason of an agent, in words. */
export function stateText(t: Words, a: LiveAgent, pause: string): string {
  const dot = dotOf(a);
  if (isGone(a)) return t("dot.gone");
  if (a.after_current) return t("dot.after");
  if (dot === "red" && a.reason_id) return pause || t.or(`reason.${a.reason_id}`, "dot.red");
  return t(`dot.${dot}`);
}

/** The state by colour, sign and word; a pause that lasts too long says so. */
export function AgentState({ agent: a }: { agent: LiveAgent }) {
  const t = useWords();
  const now = useNow();
  const pause = useDesk((d) => d.pauses.find((p) => p.id === a.reason_id)?.name ?? "");
  const gone = isGone(a);
  const dot = dotOf(a);
  const late = dot === "red" && a.planned_until && now > Date.parse(a.planned_until);
  const Icon = gone ? PlugZap : icons[dot];
  return (
    <span className={`agent-state ${gone ? "gone" : dot}${late ? " late" : ""}`} data-dot={gone ? "gone" : dot}>
      <Icon size={14} aria-hidden /><span className="agent-state-text">{stateText(t, a, pause)}{late && <em>{t("pause.late")}</em>}{a.status === "ready" && a.misses > 0 && <em className="misses">{t("agent.misses", { n: a.misses })}</em>}</span>
    </span>
  );
}
