import { ArrowDown, ArrowUp, CircleCheck, Search, TriangleAlert } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { go } from "../state/route.ts";
import { duration, fold } from "../ui/format.ts";
import { useNow } from "../ui/now.ts";
import { Loading } from "../ui/States.tsx";
import type { Alerts, LiveQueue } from "../wire/protocol.ts";
import type { Key } from "../words/catalogue.ts";
import { useWords } from "../words/words.ts";
import { useBoard } from "./board.ts";
import { type Level, type Marks, marksOf, type QueueOrder, queuesBy, worst } from "./figures.ts";
import { Timer } from "./Timer.tsx";
import { useSteady } from "./useSteady.ts";

const columns: { order: QueueOrder | "estimate"; name: Key }[] = [
  { order: "state", name: "col.state" }, { order: "name", name: "col.queue" }, { order: "waiting", name: "col.waiting" }, { order: "oldest", name: "col.oldest" },
  { order: "estimate", name: "col.estimate" }, { order: "ready", name: "col.agents" }, { order: "level", name: "col.level" }, { order: "abandoned", name: "col.abandoned" },
];
const noLimits: Alerts = {};

/** A row for each queue, with what passes its limits marked by colour, sign and word. */
export function QueueBoard({ loading }: { loading: boolean }) {
  const t = useWords();
  const queues = useBoard((b) => b.queues);
  const limits = useBoard((b) => b.limits);
  const now = useNow();
  const [text, setText] = useState("");
  const [only, setOnly] = useState(false);
  const [order, setOrder] = useState<QueueOrder>("name");
  const [down, setDown] = useState(false);
  const sorting = `${order} ${down} ${text} ${only}`;
  const list = useMemo(() => {
    const level = (q: LiveQueue): Level => worst(marksOf(q, limits[q.queue.id], now));
    const wanted = [...queues.values()].filter((q) => fold(q.queue.name).includes(fold(text.trim())) && (!only || level(q) !== "good"));
    return queuesBy(wanted, order, down, level);
  }, [queues, limits, now, text, only, order, down]);
  const { rows, area } = useSteady(list, (q) => q.queue.id, sorting);
  const sort = (to: QueueOrder): void => {
    setDown(order === to ? !down : to !== "name" && to !== "ready");
    setOrder(to);
  };
  return (
    <section className="sup-panel" aria-labelledby="sup-queues">
      <header className="sup-panel-head">
        <h2 id="sup-queues">{t("sup.queues")} <span className="count tabular">{rows.length === queues.size ? queues.size : `${rows.length}/${queues.size}`}</span></h2>
        <div className="search"><Search size={14} aria-hidden /><input type="search" aria-label={t("sup.findQueue")} placeholder={t("sup.findQueue")} value={text} onChange={(e) => setText(e.target.value)} /></div>
        <label className="toggle"><input type="checkbox" role="switch" checked={only} onChange={(e) => setOnly(e.target.checked)} />{t("sup.onlyMarked")}</label>
      </header>
      {loading ? <Loading rows={6} /> : (
        <div className="sup-scroll" {...area}>
          <table className="queue-board">
            <thead><tr>{columns.map((c) => (
              <th key={c.order} scope="col" className={`c-${c.order}`} aria-sort={order === c.order ? (down ? "descending" : "ascending") : undefined}>
                {c.order === "estimate" ? <span>{t(c.name)}</span> : <Sort name={t(c.name)} on={order === c.order} down={down} sort={() => sort(c.order as QueueOrder)} />}
              </th>
            ))}</tr></thead>
            <tbody>{rows.map((q) => <Row key={q.queue.id} queue={q} marks={marksOf(q, limits[q.queue.id], now)} limits={limits[q.queue.id] ?? noLimits} />)}</tbody>
          </table>
          {rows.length === 0 && <p className="sup-nothing">{t(only ? "sup.noneMarked" : "nothing")}</p>}
        </div>
      )}
    </section>
  );
}

function Sort({ name, on, down, sort }: { name: string; on: boolean; down: boolean; sort: () => void }) {
  const Arrow = down ? ArrowDown : ArrowUp;
  return <button type="button" onClick={sort}>{name}{on && <Arrow size={12} aria-hidden />}</button>;
}

function Row({ queue: q, marks, limits }: { queue: LiveQueue; marks: Marks; limits: Alerts }) {
  const t = useWords();
  const level = worst(marks);
  const { answered, abandoned, percent, target_ms } = q.service_level;
  return (
    <tr className={level} data-queue={q.queue.id}>
      <td className="c-state"><State level={level} /></td>
      <th scope="row" className="c-name"><button type="button" className="link" onClick={() => go("supervisor", "queues", q.queue.id)}>{q.queue.name}</button></th>
      <Figure name="waiting" level={marks.waiting} limit={limits.max_waiting ? t("limit.most", { n: limits.max_waiting }) : ""}>{q.waiting}</Figure>
      <Figure name="oldest" level={marks.wait} limit={limits.max_wait_ms ? t("limit.most", { n: duration(limits.max_wait_ms) }) : ""}><Timer since={q.oldest_at} /></Figure>
      <td className="c-estimate tabular">{q.wait_estimate_ms ? duration(q.wait_estimate_ms) : "–"}</td>
      <Figure name="ready" level={marks.ready} limit={limits.min_ready ? t("limit.least", { n: limits.min_ready }) : ""}><Agents queue={q} /></Figure>
      <Figure name="level" level={marks.level} limit={limits.min_service_level ? t("limit.least", { n: `${limits.min_service_level}%` }) : ""} title={t("level.title", { target: duration(target_ms) })}>
        {answered + abandoned ? `${percent}%` : "–"}
      </Figure>
      <td className="c-abandoned tabular">{abandoned}</td>
    </tr>
  );
}

const states = { bad: "mark.over", warn: "mark.near", good: "mark.fine" } as const;

function State({ level }: { level: Level }) {
  const t = useWords();
  const Icon = level === "good" ? CircleCheck : TriangleAlert;
  return <span className={`level ${level}`}><Icon size={13} aria-hidden />{t(states[level])}</span>;
}

function Figure({ name, level, limit, title, children }: { name: QueueOrder; level: Level; limit: string; title?: string; children: ReactNode }) {
  const t = useWords();
  return (
    <td className={`c-${name} figure ${level}`} data-level={level} title={[title, limit].filter(Boolean).join(" · ") || undefined}>
      <span className="figure-value tabular">{level !== "good" && <TriangleAlert size={12} aria-label={t(states[level])} />}{children}</span>
      {limit && <span className="figure-limit tabular">{limit}</span>}
    </td>
  );
}

/** Agents by their dots: ready, busy, in pause, offline. */
function Agents({ queue: q }: { queue: LiveQueue }) {
  const t = useWords();
  return (
    <span className="by-dot">
      {(["green", "amber", "red", "grey"] as const).map((dot) => (
        <span key={dot} className={q.agents[dot] ? "" : "zero"} title={t(`dot.${dot}`)}><span className={`dot ${dot}`} aria-hidden /><span className="hidden">{t(`dot.${dot}`)} </span>{q.agents[dot]}</span>
      ))}
    </span>
  );
}
