import { BarChart3 } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, useEffect, useId, useState } from "react";
import { clock, duration } from "../ui/format.ts";
import { useNow } from "../ui/now.ts";
import { Empty, Failed, Loading } from "../ui/States.tsx";
import type { LiveQueue, QueueInterval, QueueIntervals } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { useBoard } from "./board.ts";
import { Bars, Level, Line } from "./charts.tsx";
import { useLiveRest } from "./useLiveRest.ts";

const stepMS = 900_000;
const hoursMS = 3_600_000;
const steps = 96; // a day
const againMS = 15_000; // what changes all the time is read this often

type Span = "today" | "hours";

/** Where the first interval begins: at midnight here, or a day ago at a full step. */
function beginning(span: Span, now: number): number {
  const midnight = new Date(now);
  midnight.setHours(0, 0, 0, 0);
  return span === "today" ? midnight.getTime() : Math.floor(now / stepMS + 1) * stepMS - steps * stepMS;
}

/** A value that changes at most this often. */
function useCalm(value: string): string {
  const [calm, put] = useState({ value, at: 0 });
  useEffect(() => {
    if (calm.value === value) return;
    const timer = setTimeout(() => put({ value, at: Date.now() }), Math.max(0, calm.at + againMS - Date.now()));
    return () => clearTimeout(timer);
  }, [value, calm]);
  return calm.value;
}

export interface Sum {
  arrived: number;
  answered: number;
  within: number;
  abandoned: number;
}

/** Null where nothing was judged. */
export const levelOf = (s: Sum): number | null => (s.answered + s.abandoned ? Math.floor((100 * s.within) / (s.answered + s.abandoned)) : null);

export function sumOf(items: QueueInterval[]): Sum {
  const all = { arrived: 0, answered: 0, within: 0, abandoned: 0 };
  for (const i of items) for (const k of ["arrived", "answered", "within", "abandoned"] as const) all[k] += i[k];
  return all;
}

/** A queue through the day: arrivals, the longest line, the service level. */
export function QueueDay({ queue }: { queue: LiveQueue }) {
  const t = useWords();
  const [span, setSpan] = useState<Span>("today");
  const id = queue.queue.id;
  const from = beginning(span, useNow());
  const figures = useCalm(`${queue.waiting} ${queue.oldest_at} ${queue.service_level.answered} ${queue.service_level.abandoned} ${queue.service_level.target_ms}`);
  const { data, failed, again } = useLiveRest<QueueIntervals>(`/queues/${id}/intervals?from=${new Date(from).toISOString()}&step_ms=${stepMS}`, figures);
  return (
    <section className="queue-day" aria-labelledby="queue-day">
      <header className="queue-day-head">
        <h2 id="queue-day">{t("chart.title")}</h2>
        <select aria-label={t("chart.span")} value={span} onChange={(e) => setSpan(e.target.value as Span)}>
          <option value="today">{t("chart.today")}</option>
          <option value="hours">{t("chart.hours")}</option>
        </select>
      </header>
      {failed ? <Failed again={again} /> : !data ? <Loading rows={4} /> : <Charts from={from} data={data} />}
    </section>
  );
}

function Charts({ from, data }: { from: number; data: QueueIntervals }) {
  const t = useWords();
  const table = useId();
  const limit = useBoard((b) => b.limits[data.queue.id]?.min_service_level ?? 0);
  const [chosen, choose] = useState<number | null>(null);
  const items = data.items;
  const all = sumOf(items);
  if (!items.some((i) => i.arrived || i.waiting || i.answered || i.abandoned)) return <Empty icon={BarChart3} title={t("chart.none")}>{t("chart.none.text")}</Empty>;
  const at = chosen !== null && chosen < items.length ? chosen : null;
  const tell = (i: QueueInterval): string => {
    const level = levelOf(i);
    return [`${clock(i.start)}–${clock(new Date(Date.parse(i.start) + data.step_ms).toISOString())}`, t("chart.said.arrived", { n: i.arrived }), t("chart.said.waiting", { n: i.waiting }), level === null ? t("chart.said.noLevel") : t("chart.said.level", { percent: level, within: i.within, n: i.answered + i.abandoned }), ...(i.abandoned ? [t("chart.said.abandoned", { n: i.abandoned })] : [])].join(" · ");
  };
  const level = levelOf(all);
  const total = [t("chart.said.arrived", { n: all.arrived }), t("chart.said.answered", { n: all.answered }), ...(level === null ? [] : [t("chart.said.percent", { percent: level })]), ...(all.abandoned ? [t("chart.said.abandoned", { n: all.abandoned })] : [])].join(" · ");
  const keys = (e: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    choose(Math.min(items.length - 1, Math.max(0, (at ?? (step > 0 ? -1 : items.length)) + step)));
  };
  const point = (e: PointerEvent<HTMLElement>): void => {
    const plot = e.currentTarget.querySelector(".chart-plot")!.getBoundingClientRect();
    const i = Math.floor(((e.clientX - plot.left) / plot.width) * steps);
    choose(i >= 0 && i < items.length ? i : null);
  };
  const common = { items, steps, at };
  return (
    <>
      <p className="chart-said tabular" aria-live="polite" data-total={total}>{at === null ? total : tell(items[at]!)}</p>
      <div className="charts" tabIndex={0} role="group" aria-label={t("chart.keys")} aria-describedby={table} onKeyDown={keys} onBlur={() => choose(null)} onPointerMove={point} onPointerLeave={() => choose(null)}>
        <Bars {...common} title={t("chart.arrived")} value={(i) => i.arrived} />
        <Line {...common} title={t("chart.waiting")} value={(i) => i.waiting} />
        <Level {...common} title={t("chart.level", { target: duration(data.target_ms) })} value={levelOf} limit={limit} />
        <div className="chart-axis tabular" aria-hidden>{Array.from({ length: 8 }, (_, i) => <span key={i}>{clock(new Date(from + i * 3 * hoursMS).toISOString())}</span>)}</div>
      </div>
      <details className="chart-table">
        <summary>{t("chart.table")}</summary>
        <div className="table-scroll" tabIndex={0} role="region" aria-label={t("chart.table")}>
          <table id={table}>
            <thead><tr>{(["chart.time", "chart.arrived", "chart.waiting", "chart.answered", "chart.abandonedHead", "tile.level"] as const).map((k) => <th key={k} scope="col">{t(k)}</th>)}</tr></thead>
            <tbody className="tabular">
              {items.filter((i) => i.arrived || i.waiting || i.answered || i.abandoned).toReversed().map((i) => (
                <tr key={i.start}><th scope="row">{clock(i.start)}</th><td>{i.arrived}</td><td>{i.waiting}</td><td>{i.answered}</td><td>{i.abandoned}</td><td>{levelOf(i) === null ? "–" : `${levelOf(i)}%`}</td></tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}
