import { ArrowLeft, Inbox } from "lucide-react";
import { type KeyboardEvent, useMemo } from "react";
import { go } from "../state/route.ts";
import { duration } from "../ui/format.ts";
import { useNow } from "../ui/now.ts";
import { Empty, Failed, Loading } from "../ui/States.tsx";
import type { ConversationHead, WaitingConversation } from "../wire/protocol.ts";
import type { Page } from "../wire/rest.ts";
import { useWords } from "../words/words.ts";
import { useBoard } from "./board.ts";
import { QueueDay } from "./QueueDay.tsx";
import { ServedItem, WaitingItem } from "./TalkItem.tsx";
import { useEscape } from "./useEscape.ts";
import { useLiveRest } from "./useLiveRest.ts";
import { Watching } from "./Watching.tsx";

/** Up and down go through the list. */
export function listKeys(e: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
  if (!step) return;
  e.preventDefault();
  const buttons = [...e.currentTarget.querySelectorAll<HTMLButtonElement>(".sup-talk")];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  buttons[Math.min(buttons.length - 1, Math.max(0, at + step))]?.focus();
}

export function Back() {
  const t = useWords();
  return <button type="button" className="icon-button" aria-label={t("sup.back")} title={t("sup.back")} onClick={() => go("supervisor")}><ArrowLeft size={18} /></button>;
}

const againMS = 5000; // an offer, for one, moves none of the queue's figures

/** One queue: who waits, who is served, and the conversation that is open beside them. */
export function QueueView({ id, conversation }: { id: string; conversation: string }) {
  const t = useWords();
  const queue = useBoard((b) => b.queues.get(id));
  const ready = useBoard((b) => b.load === "ready");
  const agents = useBoard((b) => b.agents);
  // what the figures of the queue and of its agents say changes whenever one of its conversations moves
  const mark = useMemo(() => [...agents.values()].filter((a) => a.queue_ids.includes(id)).reduce((sum, a) => sum + a.conversations * 31 + a.load, 0), [agents, id]);
  const now = useNow();
  const seen = queue ? `${Math.floor(now / againMS)} ${queue.waiting} ${queue.oldest_at} ${queue.service_level.answered} ${mark}` : "";
  const waiting = useLiveRest<Page<WaitingConversation>>(`/queues/${id}/waiting?limit=100`, seen);
  const served = useLiveRest<Page<ConversationHead>>(`/conversations?queue_id=${id}&state=offered,active,wrapup&limit=100`, seen);
  useEscape(() => go("supervisor"));
  const place = { kind: "queues", of: id, open: conversation };
  if (ready && !queue) return <div className="sup-none"><Back /><Empty icon={Inbox} title={t("sup.queueGone")} /></div>;
  const nothing = waiting.data?.items.length === 0 && served.data?.items.length === 0;
  return (
    <div className="drill">
      <aside className="drill-list" aria-labelledby="drill-title">
        <header className="drill-head">
          <Back />
          <div className="drill-title"><h2 id="drill-title">{queue?.queue.name ?? t("loading")}</h2>
            {queue && <p className="muted tabular">{t("queue.line", { waiting: queue.waiting, ready: queue.ready_agents })}{queue.wait_estimate_ms ? ` · ${t("queue.estimate", { time: duration(queue.wait_estimate_ms) })}` : ""}</p>}
          </div>
        </header>
        <div className="drill-items" onKeyDown={listKeys}>
          {waiting.failed || served.failed ? <Failed again={() => { waiting.again(); served.again(); }} /> : !waiting.data || !served.data ? <Loading rows={5} /> : null}
          {nothing && <Empty icon={Inbox} title={t("queue.empty")} />}
          {!!waiting.data?.items.length && <h3>{t("queue.waits", { n: waiting.data.items.length })}</h3>}
          {waiting.data?.items.map((w) => <WaitingItem key={w.conversation_id} item={w} place={place} />)}
          {waiting.data?.next_cursor && <p className="muted drill-more">{t("talks.more")}</p>}
          {!!served.data?.items.length && <h3>{t("queue.served", { n: served.data.items.length })}</h3>}
          {served.data?.items.map((h) => <ServedItem key={h.id} head={h} place={place} />)}
          {served.data?.next_cursor && <p className="muted drill-more">{t("talks.more")}</p>}
        </div>
      </aside>
      {conversation || !queue ? <Watching id={conversation} /> : <QueueDay queue={queue} />}
    </div>
  );
}
