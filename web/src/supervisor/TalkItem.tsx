import { ArrowRightLeft, Pause, UserRound } from "lucide-react";
import { go } from "../state/route.ts";
import { identity } from "../ui/format.ts";
import { ChannelIcon } from "../ui/Names.tsx";
import type { ConversationHead, WaitingConversation } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { useBoard } from "./board.ts";
import { Timer } from "./Timer.tsx";

interface Place {
  /** queues or agents, with the id: where the list belongs. */
  kind: string;
  of: string;
  open: string;
}

/** One that waits, by its place in the line. */
export function WaitingItem({ item: w, place }: { item: WaitingConversation; place: Place }) {
  const t = useWords();
  return (
    <button type="button" className={`sup-talk${place.open === w.conversation_id ? " open" : ""}`} aria-current={place.open === w.conversation_id} data-talk={w.conversation_id} onClick={() => go("supervisor", place.kind, place.of, w.conversation_id)}>
      <span className="talk-line">
        <span className="sup-position tabular" title={t("talks.position")}>{t("talks.place", { n: w.position })}</span><span className="talk-name">{w.contact.name || identity(w.contact.identity)}</span>
        {w.priority !== 0 && <span className="mark">{t("talks.priority", { n: w.priority > 0 ? `+${w.priority}` : w.priority })}</span>}<Timer since={w.enqueued_at} />
      </span>
      <span className="talk-line talk-facts"><ChannelIcon kind={w.channel.kind} size={12} /><span>{w.last_text}</span></span>
    </button>
  );
}

/** One that somebody has, or is being asked for. */
export function ServedItem({ head: h, place }: { head: ConversationHead; place: Place }) {
  const t = useWords();
  const owner = useBoard((b) => (h.owner_agent_id ? (b.agents.get(h.owner_agent_id)?.agent.name ?? "") : ""));
  const last = h.last_message;
  const owed = last?.author.kind === "contact" && h.state === "active" ? last.at : undefined;
  return (
    <button type="button" className={`sup-talk${place.open === h.id ? " open" : ""}`} aria-current={place.open === h.id} data-talk={h.id} onClick={() => go("supervisor", place.kind, place.of, h.id)}>
      <span className="talk-line">
        <span className="talk-name">{h.contact.name || identity(h.contact.identity)}</span>
        {h.on_hold && <span className="mark"><Pause size={11} aria-hidden />{t("hold.on")}</span>}
        {h.transfer && <span className="mark"><ArrowRightLeft size={11} aria-hidden />{t("transfer.awaiting")}</span>}
        {h.state !== "active" && <span className="mark">{t.or(`state.${h.state}`, "state.active")}</span>}
        {owed && <span title={t("sla")}><Timer since={owed} /></span>}
      </span>
      <span className="talk-line talk-facts">
        <ChannelIcon kind={h.channel.kind} size={12} />
        <span>{place.kind === "agents" ? h.queue.name : <><UserRound size={11} aria-hidden /> {owner || t("talks.nobody")}</>}</span>
      </span>
      {last && <span className="talk-line talk-facts"><span>{last.text || t("files", { n: last.attachments.length })}</span></span>}
    </button>
  );
}
