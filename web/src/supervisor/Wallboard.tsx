import { CircleCheck, History, Hourglass, TriangleAlert } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useDesk } from "../state/store.ts";
import { clock, duration } from "../ui/format.ts";
import { useNow } from "../ui/now.ts";
import { serverNow } from "../wire/clock.ts";
import type { LiveQueue } from "../wire/protocol.ts";
import { useWords } from "../words/words.ts";
import { aboutOf, alertText } from "./AlertStrip.tsx";
import { alertKey, useBoard } from "./board.ts";
import { type Level, marksOf, queuesBy, totalsOf, worst } from "./figures.ts";
import { look, supervises } from "./live.ts";
import { NotForYou } from "./Page.tsx";
import { Timer } from "./Timer.tsx";

/** Figures for a screen on the wall. It needs nobody: it shows all queues in turn, and goes on when the connection comes back. */
export function Wallboard() {
  const user = useDesk((d) => d.user);
  return supervises(user?.role) ? <Wall key={user?.id} /> : <NotForYou />;
}

function Wall() {
  const t = useWords();
  const fresh = useBoard((b) => b.fresh);
  const load = useBoard((b) => b.load);
  const queues = useBoard((b) => b.queues);
  const agents = useBoard((b) => b.agents);
  const sum = useMemo(() => totalsOf(queues.values(), agents.values()), [queues, agents]);
  useEffect(look, []);
  useEffect(() => {
    if (load !== "failed") return;
    const again = setTimeout(look, againMS);
    return () => clearTimeout(again);
  }, [load]);
  const shown = load === "ready";
  const ended = sum.answered + sum.abandoned;
  return (
    <main className={`wall${fresh ? "" : " stale"}`} data-fresh={fresh}>
      <header className="wall-head">
        <h1>{t("wall.title")}</h1>
        {shown && !fresh ? <Age /> : <p className="wall-live" role="status">{shown ? <><CircleCheck aria-hidden />{t("sup.live")}</> : t("sup.waiting")}</p>}
        <Now />
      </header>
      <dl className="wall-figures">
        <Figure name={t("tile.waiting")}>{shown ? sum.waiting : "–"}</Figure>
        <Figure name={t("tile.oldest")}><Timer since={shown ? sum.oldest || undefined : undefined} /></Figure>
        <Figure name={t("wall.serving")}>{shown ? sum.serving : "–"}</Figure>
        <Figure name={t("wall.ready")} note={shown ? t("wall.others", { paused: sum.red, offline: sum.grey }) : ""}>{shown ? sum.green + sum.amber : "–"}</Figure>
        <Figure name={t("wall.level")} note={ended ? t("wall.abandoned", { n: sum.abandoned }) : t("tile.noneEnded")}>{shown && ended ? <>{sum.percent}<small>%</small></> : "–"}</Figure>
      </dl>
      <Queues queues={queues} />
      <Alerts />
    </main>
  );
}

const againMS = 10_000;

function Figure({ name, note, children }: { name: string; note?: string; children: ReactNode }) {
  return <div className="wall-figure"><dt>{name}</dt><dd>{children}</dd>{note && <dd className="wall-note">{note}</dd>}</div>;
}

function Now() {
  const now = useNow();
  return <time className="wall-clock tabular">{clock(now)}</time>;
}

function Age() {
  const t = useWords();
  useNow(); // it grows each second
  const heldAt = useBoard((b) => b.heldAt);
  return <p className="wall-age" role="status"><History aria-hidden />{t("wall.stale")} <span className="tabular" aria-live="off">{duration(Date.now() - heldAt)}</span></p>;
}

const turnMS = 10_000; // how long one page of queues is shown
const rowShare = 0.08; // of the screen's height, at least, so that a row is read from afar

/** As many queues as fit, those beyond their limits first; the others take their turn. The order changes only between two turns. */
function Queues({ queues }: { queues: ReadonlyMap<string, LiveQueue> }) {
  const t = useWords();
  const limits = useBoard((b) => b.limits);
  const now = useNow();
  const box = useRef<HTMLDivElement>(null);
  const [fit, setFit] = useState({ rows: 1, height: 0 });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const measure = (): void => {
      const b = box.current!;
      const room = b.clientHeight - (b.querySelector("thead")?.offsetHeight ?? 0);
      const rows = Math.max(1, Math.floor(room / (innerHeight * rowShare)));
      setFit({ rows, height: Math.floor(room / rows) });
    };
    measure();
    const sized = new ResizeObserver(measure);
    sized.observe(box.current!);
    return () => sized.disconnect();
  }, []);
  useEffect(() => {
    const timer = setInterval(() => setTurn((n) => n + 1), turnMS);
    return () => clearInterval(timer);
  }, []);
  const order = useMemo(() => queuesBy([...queues.values()], "state", true, (q) => worst(marksOf(q, limits[q.queue.id], serverNow()))).map((q) => q.queue.id), [turn, queues.size, limits]);
  const list = order.flatMap((id) => queues.get(id) ?? []);
  const pages = Math.max(1, Math.ceil(list.length / fit.rows));
  const page = turn % pages;
  return (
    <div className="wall-queues" ref={box}>
      <table>
        <thead><tr><th scope="col">{t("col.queue")}{pages > 1 && <span className="wall-page tabular">{page + 1}/{pages}</span>}</th><th scope="col">{t("col.waiting")}</th><th scope="col">{t("col.oldest")}</th><th scope="col">{t("wall.readyShort")}</th><th scope="col">{t("wall.levelShort")}</th></tr></thead>
        <tbody>{list.slice(page * fit.rows, (page + 1) * fit.rows).map((q) => {
          const m = marksOf(q, limits[q.queue.id], now);
          return (
            <tr key={q.queue.id} className={worst(m)} data-queue={q.queue.id} style={{ height: fit.height }}>
              <th scope="row">{q.queue.name}</th>
              <Cell level={m.waiting}>{q.waiting}</Cell><Cell level={m.wait}><Timer since={q.oldest_at} /></Cell><Cell level={m.ready}>{q.ready_agents}</Cell>
              <Cell level={m.level}>{q.service_level.answered + q.service_level.abandoned ? `${q.service_level.percent}%` : "–"}</Cell>
            </tr>
          );
        })}</tbody>
      </table>
      {list.length === 0 && <p className="wall-none">{t("sup.noQueues")}</p>}
    </div>
  );
}

function Cell({ level, children }: { level: Level; children: ReactNode }) {
  const t = useWords();
  return <td className={`tabular ${level}`} data-level={level}>{level === "bad" && <TriangleAlert aria-label={t("mark.over")} />}{level === "warn" && <Hourglass aria-label={t("mark.near")} />}{children}</td>;
}

const alertTurnMS = 6000;
const atOnce = 2; // alerts beside each other

function Alerts() {
  const t = useWords();
  const alerts = useBoard((b) => b.alerts);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((n) => n + 1), alertTurnMS);
    return () => clearInterval(timer);
  }, []);
  const first = (turn % Math.max(1, Math.ceil(alerts.length / atOnce))) * atOnce;
  return (
    <section className={`wall-alerts${alerts.length ? " some" : ""}`} aria-label={t("alerts")}>
      <p className="wall-count">{alerts.length ? <><TriangleAlert aria-hidden />{t("alerts.n", { n: alerts.length })}</> : <><CircleCheck aria-hidden />{t("alerts.none")}</>}</p>
      <ul>{alerts.slice(first, first + atOnce).map((a) => <li key={alertKey(a)}><strong>{aboutOf(a)}</strong> <span>{alertText(t, a)}</span></li>)}</ul>
    </section>
  );
}
