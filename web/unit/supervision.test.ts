import { describe, expect, test } from "vitest";
import { applyLive, emptyBoard } from "../src/supervisor/board.ts";
import { agentsBy, filterAgents, held, marksOf, queuesBy, totalsOf, worst } from "../src/supervisor/figures.ts";
import type { Alert, Event, LiveAgent, LiveQueue } from "../src/wire/protocol.ts";

const at = "2026-01-01T00:00:00Z";
const queue = (id: string, more: Partial<LiveQueue> = {}): LiveQueue => ({
  queue: { id, name: `Q ${id}` }, waiting: 0, ready_agents: 3, agents: { green: 3, amber: 0, red: 0, grey: 0 },
  service_level: { target_ms: 20_000, answered: 0, within: 0, abandoned: 0, percent: 100 }, ...more,
});
const agent = (id: string, more: Partial<LiveAgent> = {}): LiveAgent => ({
  agent: { id, name: `A ${id}` }, status: "ready", status_since: at, dot: "green", load: 0, capacity: 4, hard_load: 0, hard_capacity: 8, misses: 0, conversations: 0, queue_ids: ["q1"], ...more,
});
const event = (name: string, data: unknown): Event => ({ type: "event", seq: 1, name, at, data });
const level = (answered: number, abandoned: number, percent: number) => ({ target_ms: 20_000, answered, within: 0, abandoned, percent });

describe("the board", () => {
  test("all of it replaces, changes replace whole entries, what is gone leaves", () => {
    let b = applyLive(emptyBoard, event("live.queues", { full: true, queues: [queue("q1"), queue("q2")] }), 0);
    b = applyLive(b, event("live.queues", { full: false, queues: [queue("q2", { waiting: 5 }), queue("q3")], removed: ["q1"] }), 0);
    expect([...b.queues.values()].map((q) => [q.queue.id, q.waiting])).toEqual([["q2", 5], ["q3", 0]]);
    b = applyLive(b, event("live.queues", { full: true, queues: [queue("q9")] }), 0);
    expect([...b.queues.keys()]).toEqual(["q9"]);
  });

  test("it is whole, and holds, only when the alerts have come, the last of the three", () => {
    let b = applyLive(emptyBoard, event("live.queues", { full: true, queues: [] }), 0);
    b = applyLive(b, event("live.agents", { full: true, agents: [] }), 0);
    expect([b.load, b.fresh]).toEqual(["none", false]);
    b = applyLive(b, event("live.alerts", { alerts: [] }), 0);
    expect([b.load, b.fresh]).toEqual(["ready", true]);
  });

  test("an alert stands once however often it is told, and is kept with its end when it is over", () => {
    const a: Alert = { kind: "max_waiting", queue: { id: "q1", name: "Q" }, since: at, value: 4, limit: 3 };
    let b = applyLive(emptyBoard, event("alert.raised", a), 0);
    b = applyLive(b, event("alert.raised", a), 0);
    b = applyLive(b, event("alert.raised", { ...a, kind: "max_wait" }), 0);
    expect(b.alerts.length).toBe(2);
    b = applyLive(b, event("alert.cleared", a), 77);
    expect(b.alerts.map((x) => x.kind)).toEqual(["max_wait"]);
    expect(b.ended).toMatchObject([{ kind: "max_waiting", endedAt: 77 }]);
    expect(applyLive(b, event("alert.cleared", a), 78)).toBe(b);
    expect(applyLive(b, event("something.later", {}), 78)).toBe(b);
  });
});

describe("marks", () => {
  const now = Date.parse(at) + 60_000;
  test("a figure is well, near its limit from four fifths on, or beyond it; without a limit it is well", () => {
    const of = (waiting: number) => marksOf(queue("q", { waiting }), { max_waiting: 10 }, now).waiting;
    expect([7, 8, 10, 11].map(of)).toEqual(["good", "warn", "warn", "bad"]);
    const waited = (ms: number) => marksOf(queue("q", { waiting: 1, oldest_at: at }), { max_wait_ms: ms }, now).wait;
    expect([59_000, 60_000, 75_000, 76_000].map(waited)).toEqual(["bad", "warn", "warn", "good"]);
    expect(worst(marksOf(queue("q", { waiting: 99, oldest_at: at, ready_agents: 0 }), undefined, now))).toBe("good");
  });

  test("agents below the least are beyond, exactly the least is near; a service level is judged from ten ended waits on", () => {
    const ready = (ready_agents: number) => marksOf(queue("q", { ready_agents }), { min_ready: 2 }, now).ready;
    expect([1, 2, 3].map(ready)).toEqual(["bad", "warn", "good"]);
    const of = (answered: number, abandoned: number, percent: number) => marksOf(queue("q", { service_level: level(answered, abandoned, percent) }), { min_service_level: 80 }, now).level;
    expect([of(9, 0, 10), of(9, 1, 10), of(50, 0, 84), of(50, 0, 85)]).toEqual(["good", "bad", "warn", "good"]);
  });
});

test("the tiles add up all queues and all agents, each agent once", () => {
  const queues = [queue("q1", { waiting: 2, oldest_at: "2026-01-01T00:00:05Z", service_level: { ...level(8, 2, 0), within: 6 } }), queue("q2", { waiting: 1, oldest_at: at, service_level: { ...level(10, 0, 0), within: 9 } })];
  const agents = [agent("a", { queue_ids: ["q1", "q2"], conversations: 2 }), agent("b", { dot: "amber", conversations: 4 }), agent("c", { dot: "red" }), agent("d", { dot: "grey" }), agent("e", { dot: "violet" })];
  expect(totalsOf(queues, agents)).toEqual({ waiting: 3, oldest: at, serving: 6, green: 1, amber: 1, red: 1, grey: 2, answered: 18, within: 15, abandoned: 2, percent: 75 });
  expect(totalsOf([], [])).toMatchObject({ oldest: "", percent: 100 });
});

describe("lists", () => {
  test("agents are found by name without accents, queue and state; who was just lost counts as here", () => {
    const all = [agent("José"), agent("b", { dot: "grey", status: "not_ready", reason_id: "disconnected" }), agent("c", { dot: "grey", status: "not_ready", queue_ids: ["q2"] })];
    const ids = (text: string, state: string, queue: string) => filterAgents(all, { text, state, queue }).map((a) => a.agent.id);
    expect(ids("jose", "", "")).toEqual(["José"]);
    expect(ids("", "here", "")).toEqual(["José", "b"]);
    expect(ids("", "gone", "")).toEqual(["b"]);
    expect(ids("", "grey", "")).toEqual(["b", "c"]);
    expect(ids("", "", "q2")).toEqual(["c"]);
  });

  test("what is alike stands by its name, whichever way the rest is turned", () => {
    const all = [queue("q10"), queue("q9", { waiting: 3 }), queue("q2", { waiting: 3 })];
    const ids = (down: boolean) => queuesBy(all, "waiting", down, () => "good").map((q) => q.queue.id);
    expect([ids(true), ids(false)]).toEqual([["q2", "q9", "q10"], ["q10", "q2", "q9"]]);
    expect(queuesBy(all, "name", true, () => "good").map((q) => q.queue.id)).toEqual(["q10", "q9", "q2"]);
    expect(agentsBy([agent("x", { dot: "red" }), agent("y")], "state", false).map((a) => a.agent.id)).toEqual(["y", "x"]);
  });

  test("rows under the pointer stay where they are, new ones come last", () => {
    expect(held(["c", "a", "new", "b"], ["a", "b", "c", "gone"], (x) => x)).toEqual(["a", "b", "c", "new"]);
  });
});
