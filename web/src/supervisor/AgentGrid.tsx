import { ArrowDown, ArrowUp, Search } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { go } from "../state/route.ts";
import { Loading } from "../ui/States.tsx";
import type { LiveAgent, LiveQueue } from "../wire/protocol.ts";
import type { Key } from "../words/catalogue.ts";
import { useWords } from "../words/words.ts";
import { AgentState } from "./AgentState.tsx";
import { useBoard } from "./board.ts";
import { type AgentFilter, type AgentOrder, agentsBy, filterAgents } from "./figures.ts";
import { Rows } from "./Rows.tsx";
import { Timer } from "./Timer.tsx";
import { useSteady } from "./useSteady.ts";

const rowPX = 38;
const columns: { order: AgentOrder | null; name: Key }[] = [
  { order: "name", name: "col.agent" }, { order: "state", name: "col.status" }, { order: "since", name: "col.since" }, { order: "load", name: "col.load" }, { order: null, name: "col.queues" },
];
const first: AgentFilter = { text: "", state: "here", queue: "" };
const states = ["here", "green", "amber", "red", "gone", "grey", ""];

/** Everybody who serves the queues: what they do and since when. */
export function AgentGrid({ loading }: { loading: boolean }) {
  const t = useWords();
  const agents = useBoard((b) => b.agents);
  const queues = useBoard((b) => b.queues);
  const [filter, setFilter] = useState(first);
  const [order, setOrder] = useState<AgentOrder>("name");
  const [down, setDown] = useState(false);
  const wanted = useDeferredValue(filter); // typing comes before drawing
  const sorting = `${order} ${down} ${JSON.stringify(wanted)}`;
  const list = useMemo(() => agentsBy(filterAgents(agents.values(), wanted), order, down), [agents, wanted, order, down]);
  const { rows, area } = useSteady(list, (a) => a.agent.id, sorting);
  const sort = (to: AgentOrder): void => {
    setDown(order === to ? !down : to === "since" || to === "load");
    setOrder(to);
  };
  const head = columns.map((c) => (
    <span key={c.name} role="columnheader" className={`g-${c.order ?? "queues"}`} aria-sort={c.order === order ? (down ? "descending" : "ascending") : undefined}>
      {c.order ? <button type="button" onClick={() => sort(c.order!)}>{t(c.name)}{c.order === order && (down ? <ArrowDown size={12} aria-hidden /> : <ArrowUp size={12} aria-hidden />)}</button> : t(c.name)}
    </span>
  ));
  return (
    <section className="sup-panel" aria-labelledby="sup-agents">
      <header className="sup-panel-head">
        <h2 id="sup-agents">{t("sup.agents")} <span className="count tabular">{rows.length === agents.size ? agents.size : `${rows.length}/${agents.size}`}</span></h2>
        <div className="search"><Search size={14} aria-hidden /><input type="search" aria-label={t("sup.findAgent")} placeholder={t("sup.findAgent")} value={filter.text} onChange={(e) => setFilter({ ...filter, text: e.target.value })} /></div>
        <QueuePick queues={queues} value={filter.queue} change={(queue) => setFilter({ ...filter, queue })} />
      </header>
      <States filter={filter} change={(state) => setFilter({ ...filter, state })} />
      {loading ? <Loading rows={6} /> : (
        <div className="sup-grid" {...area}>
          <Rows items={rows} id={(a) => a.agent.id} height={rowPX} label={t("sup.agents")} columns={columns.length} head={head} draw={(a) => <Cells agent={a} queues={queues} />} open={(a) => go("supervisor", "agents", a.agent.id)} />
          {rows.length === 0 && <p className="sup-nothing">{t(!agents.size ? "sup.noAgents" : filter.state === "here" && !filter.text ? "sup.noneHere" : "nothing")}</p>}
        </div>
      )}
    </section>
  );
}

function QueuePick({ queues, value, change }: { queues: ReadonlyMap<string, LiveQueue>; value: string; change: (id: string) => void }) {
  const t = useWords();
  return (
    <select aria-label={t("sup.ofQueue")} value={value} onChange={(e) => change(e.target.value)}>
      <option value="">{t("sup.allQueues")}</option>
      {[...queues.values()].map((q) => <option key={q.queue.id} value={q.queue.id}>{q.queue.name}</option>)}
    </select>
  );
}

/** The states with how many are in each; a press shows only those. */
function States({ filter, change }: { filter: AgentFilter; change: (state: string) => void }) {
  const t = useWords();
  const agents = useBoard((b) => b.agents);
  const counts = useMemo(() => {
    const of = filterAgents(agents.values(), { ...filter, state: "" });
    return Object.fromEntries(states.map((state) => [state, filterAgents(of, { text: "", queue: "", state }).length]));
  }, [agents, filter]);
  return (
    <div className="segments" role="group" aria-label={t("sup.byState")}>
      {states.map((s) => (
        <button key={s} type="button" className="segment" aria-pressed={filter.state === s} data-state={s || "all"} onClick={() => change(s)}>
          {s && s !== "here" && <span className={`dot ${s}`} aria-hidden />}{t.or(s ? `dots.${s}` : "sup.all", "sup.all")} <span className="tabular">{counts[s]}</span>
        </button>
      ))}
    </div>
  );
}

function Cells({ agent: a, queues }: { agent: LiveAgent; queues: ReadonlyMap<string, LiveQueue> }) {
  return (
    <>
      <span role="gridcell" className="g-name">{a.agent.name}</span>
      <span role="gridcell" className="g-state"><AgentState agent={a} /></span>
      <span role="gridcell" className="g-since"><Timer since={a.status_since} /></span>
      <span role="gridcell" className="g-load tabular">{a.load}/{a.capacity}</span>
      <span role="gridcell" className="g-queues">{a.queue_ids.map((q) => queues.get(q)?.queue.name).filter(Boolean).join(", ")}</span>
    </>
  );
}
