import { ClipboardList } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { openTalk } from "../state/actions.ts";
import { loadOf, sorted } from "../state/apply.ts";
import { useNear } from "../state/near.ts";
import { useDesk } from "../state/store.ts";
import { askToClose } from "../state/tools.ts";
import { clock, duration, identity } from "../ui/format.ts";
import { useNow } from "../ui/now.ts";
import { useRest } from "../ui/useRest.ts";
import type { ConversationHead, DirectoryQueue, Ref, StatusInterval } from "../wire/protocol.ts";
import { all, type Page } from "../wire/rest.ts";
import { useWords } from "../words/words.ts";

const daysBack = 7; // what was opened earlier and is closed today is not counted
const mostCounted = 1000;
const none: Ref[] = [];

/** The agent as things are now, in numbers. */
export function Now() {
  const t = useWords();
  const agent = useDesk((d) => d.agent)!;
  const talks = useDesk((d) => d.talks);
  const waiting = Object.values(talks).filter((x) => x.head.unread > 0).length;
  return (
    <section className="panel" aria-labelledby="home-now">
      <h2 id="home-now">{t("home.day")}</h2>
      <dl className="numbers">
        <div><dt>{t("home.active")}</dt><dd>{Object.keys(talks).length}</dd></div>
        <div><dt>{t("home.load")}</dt><dd>{loadOf({ talks })}<small>/{agent.capacity}</small></dd></div>
        <div><dt>{t("home.unanswered")}</dt><dd>{waiting}</dd></div>
        <div><dt>{t("home.since")}</dt><dd>{clock(agent.status_since)}</dd></div>
      </dl>
    </section>
  );
}

function midnight(now: number): number {
  const at = new Date(now);
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** Milliseconds that the statuses of one kind have lasted since a time. */
export function timeIn(list: StatusInterval[], status: string, from: number, now: number): number {
  return list.filter((s) => s.status === status).reduce((sum, s) => sum + Math.max(0, (s.end ? Date.parse(s.end) : now) - Math.max(from, Date.parse(s.start))), 0);
}

/** The agent's own day: what was closed since midnight, and how the time went. */
export function Today() {
  const t = useWords();
  const me = useDesk((d) => d.agent!.id);
  const open = useDesk((d) => Object.keys(d.talks).length);
  const since = useDesk((d) => d.agent!.status_since);
  const now = useNow();
  const begun = midnight(now); // another one for a page that stays open over night
  const from = useMemo(() => new Date(begun), [begun]);
  const log = useRest<Page<StatusInterval>>(`/agents/${me}/status-log?limit=200&from=${from.toISOString()}`);
  const [closed, setClosed] = useState<ConversationHead[] | null>(null);
  useEffect(() => log.again(), [since, log.again]);
  useEffect(() => {
    let over = false; // another reading has begun since
    const start = new Date(from.getTime() - daysBack * 86_400_000);
    all<ConversationHead>(`/conversations?state=closed&agent_id=${me}&from=${start.toISOString()}`, mostCounted)
      .then((list) => over || setClosed(list.filter((h) => Date.parse(h.closed_at ?? "") >= from.getTime())), () => {});
    return () => void (over = true);
  }, [me, open, from]);
  const lasted = (status: string): string => (log.data ? duration(timeIn(log.data.items, status, from.getTime(), now)) : "–");
  return (
    <section className="panel" aria-labelledby="home-today">
      <h2 id="home-today">{t("day.today")}</h2>
      <dl className="numbers">
        <div><dt>{t("day.closed")}</dt><dd data-closed={closed?.length}>{closed?.length ?? "–"}</dd></div>
        <div><dt>{t("day.resolved")}</dt><dd>{closed?.filter((h) => h.script?.resolved).length ?? "–"}</dd></div>
        <div><dt>{t("day.ready")}</dt><dd>{lasted("ready")}</dd></div>
        <div><dt>{t("day.paused")}</dt><dd>{lasted("not_ready")}</dd></div>
      </dl>
    </section>
  );
}

/** How many wait in one's queues, and for how long. */
export function Pressure() {
  const t = useWords();
  const queues = useDesk((d) => d.agent?.queues ?? none);
  const near = useNear("queues");
  if (!queues.length) return null;
  return (
    <section className="panel" aria-labelledby="home-queues">
      <h2 id="home-queues">{t("day.queues")}</h2>
      <ul className="rows">{queues.map((q) => <QueueRow key={q.id} queue={q} told={near?.get(q.id)} />)}</ul>
    </section>
  );
}

function QueueRow({ queue, told }: { queue: Ref; told: DirectoryQueue | undefined }) {
  const t = useWords();
  const now = useNow();
  const n = told?.waiting ?? 0;
  const oldest = Math.min(now, Date.parse(told?.oldest_at ?? "") || now);
  return (
    <li className="queue-row">
      <span className="queue-row-name">{queue.name}</span>
      <span className="muted tabular">{!told ? "–" : n === 0 ? t("day.queue.none") : `${t("day.queue.waiting", { n })} ${t("day.queue.longest", { time: duration(now - oldest) })}`}</span>
    </li>
  );
}

/** Conversations whose script was begun, or whose wrap-up runs. */
export function Unfinished() {
  const t = useWords();
  const talks = useDesk((d) => d.talks);
  const filled = useDesk((d) => d.filled);
  const begun = sorted({ talks }).filter(({ head: h }) => h.state === "wrapup" || filled[h.id]);
  if (!begun.length) return null;
  return (
    <section className="panel" aria-labelledby="home-scripts">
      <h2 id="home-scripts">{t("day.scripts")}</h2>
      <ul className="rows">
        {begun.map(({ head: h }) => (
          <li key={h.id}><button type="button" className="row" onClick={() => { openTalk(h.id); askToClose(h.id); }}>
            <ClipboardList size={14} aria-hidden /><span className="row-name">{h.contact.name || identity(h.contact.identity)}</span><span className="muted">{h.queue.name}</span>
          </button></li>
        ))}
      </ul>
    </section>
  );
}
