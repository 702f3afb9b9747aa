import { fold } from "../ui/format.ts";
import type { Alerts, LiveAgent, LiveQueue } from "../wire/protocol.ts";

/** How a figure stands to its limit: over it, near it, or well. */
export type Level = "bad" | "warn" | "good";

const nearShare = 0.8; // of a limit: from here on it is worth a look

/** A figure that must not pass its limit. */
function below(value: number, limit: number | undefined): Level {
  if (!limit) return "good";
  return value > limit ? "bad" : value >= limit * nearShare ? "warn" : "good";
}

export interface Marks {
  waiting: Level;
  wait: Level;
  ready: Level;
  level: Level;
}

const judgedFrom = 10; // ended waits, as the server's alert has it
const nearPercent = 5;

/** How each figure of a queue stands to the queue's limits, by the same rules as the server's alerts. */
export function marksOf(q: LiveQueue, limits: Alerts | undefined, now: number): Marks {
  const l = limits ?? {};
  const { answered, abandoned, percent } = q.service_level;
  const wanted = l.min_service_level ?? 0;
  const least = l.min_ready ?? 0;
  return {
    waiting: below(q.waiting, l.max_waiting),
    wait: q.oldest_at ? below(now - Date.parse(q.oldest_at), l.max_wait_ms) : "good",
    ready: q.ready_agents < least ? "bad" : least && q.ready_agents === least ? "warn" : "good",
    level: answered + abandoned < judgedFrom || !wanted ? "good" : percent < wanted ? "bad" : percent < wanted + nearPercent ? "warn" : "good",
  };
}

const rank: { [l in Level]: number } = { bad: 2, warn: 1, good: 0 };
export const worst = (m: Marks): Level => [m.waiting, m.wait, m.ready, m.level].reduce((a, b) => (rank[b] > rank[a] ? b : a));

export interface Totals {
  waiting: number;
  /** When the one that has waited longest came; empty: nobody waits. */
  oldest: string;
  serving: number;
  green: number;
  amber: number;
  red: number;
  grey: number;
  answered: number;
  within: number;
  abandoned: number;
  /** Of all queues together; 100 of none. */
  percent: number;
}

export function totalsOf(queues: Iterable<LiveQueue>, agents: Iterable<LiveAgent>): Totals {
  const t: Totals = { waiting: 0, oldest: "", serving: 0, green: 0, amber: 0, red: 0, grey: 0, answered: 0, within: 0, abandoned: 0, percent: 100 };
  for (const q of queues) {
    t.waiting += q.waiting;
    if (q.oldest_at && (!t.oldest || q.oldest_at < t.oldest)) t.oldest = q.oldest_at;
    t.answered += q.service_level.answered;
    t.within += q.service_level.within;
    t.abandoned += q.service_level.abandoned;
  }
  for (const a of agents) {
    t.serving += a.conversations;
    t[dotOf(a)]++;
  }
  const all = t.answered + t.abandoned;
  if (all) t.percent = Math.floor((100 * t.within) / all);
  return t;
}

export type Dot = "green" | "amber" | "red" | "grey";
export const dots: readonly Dot[] = ["green", "amber", "red", "grey"];
export const dotOf = (a: LiveAgent): Dot => (dots.includes(a.dot as Dot) ? (a.dot as Dot) : "grey");

/** The connection was lost: what the agent has may have to go to others. */
export const isGone = (a: LiveAgent): boolean => a.status !== "ready" && a.reason_id === "disconnected";

export type QueueOrder = "name" | "state" | "waiting" | "oldest" | "ready" | "level" | "abandoned";
export type AgentOrder = "name" | "state" | "since" | "load";

const compare = new Intl.Collator(undefined, { sensitivity: "base", numeric: true }).compare;

function sorted<T>(items: T[], key: (x: T) => number, name: (x: T) => string, down: boolean): T[] {
  const sign = down ? -1 : 1;
  const named = items.map((x) => ({ x, k: key(x), n: name(x) }));
  // what is alike stands by its name whichever way the rest is turned
  return named.sort((a, b) => sign * (a.k - b.k) || compare(a.n, b.n)).map((e) => e.x);
}

export function queuesBy(queues: LiveQueue[], order: QueueOrder, down: boolean, levelOf: (q: LiveQueue) => Level): LiveQueue[] {
  const keys: { [o in QueueOrder]: (q: LiveQueue) => number } = {
    name: () => 0, state: (q) => rank[levelOf(q)], waiting: (q) => q.waiting, oldest: (q) => (q.oldest_at ? -Date.parse(q.oldest_at) : -Infinity),
    ready: (q) => q.ready_agents, level: (q) => q.service_level.percent, abandoned: (q) => q.service_level.abandoned,
  };
  const out = sorted(queues, keys[order], (q) => q.queue.name, down);
  return order === "name" && down ? out.reverse() : out;
}

export function agentsBy(agents: LiveAgent[], order: AgentOrder, down: boolean): LiveAgent[] {
  const keys: { [o in AgentOrder]: (a: LiveAgent) => number } = {
    name: () => 0, state: (a) => dots.indexOf(dotOf(a)), since: (a) => (a.status_since ? -Date.parse(a.status_since) : -Infinity), load: (a) => a.load / Math.max(1, a.capacity),
  };
  const out = sorted(agents, keys[order], (a) => a.agent.name, down);
  return order === "name" && down ? out.reverse() : out;
}

export interface AgentFilter {
  text: string;
  /** "here": connected, or lost just now; a dot; "gone"; empty for all. */
  state: string;
  queue: string;
}

function isIn(a: LiveAgent, state: string): boolean {
  if (state === "gone") return isGone(a);
  return state === "here" ? dotOf(a) !== "grey" || isGone(a) : dotOf(a) === state;
}

export function filterAgents(agents: Iterable<LiveAgent>, f: AgentFilter): LiveAgent[] {
  const text = fold(f.text.trim());
  const out = [];
  for (const a of agents) {
    if (f.queue && !a.queue_ids.includes(f.queue)) continue;
    if (f.state && !isIn(a, f.state)) continue;
    if (text && !fold(a.agent.name).includes(text)) continue;
    out.push(a);
  }
  return out;
}

/** Keeps items where they stood: what is new comes last. For a list under somebody's pointer. */
export function held<T>(items: T[], before: readonly string[], id: (x: T) => string): T[] {
  const place = new Map(before.map((x, i) => [x, i]));
  const at = (x: T): number => place.get(id(x)) ?? before.length;
  return items.toSorted((a, b) => at(a) - at(b)); // sorting is stable
}
