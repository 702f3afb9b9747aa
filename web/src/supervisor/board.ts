import { useSyncExternalStore } from "react";
import type { Load } from "../state/model.ts";
import type { Alert, Alerts, Event, Events, LiveAgent, LiveQueue } from "../wire/protocol.ts";

/** An alert that is over, and when that was. */
export interface Ended extends Alert {
  endedAt: number;
}

/** How queues and agents stand, as one value. */
export interface Board {
  load: Load;
  /** What is shown holds now: the line is up, and all of it came since it is. */
  fresh: boolean;
  /** By this client's clock, when what is shown was last known to hold; meant only where it is not fresh. */
  heldAt: number;
  queues: ReadonlyMap<string, LiveQueue>;
  agents: ReadonlyMap<string, LiveAgent>;
  alerts: readonly Alert[];
  /** The newest first. */
  ended: readonly Ended[];
  /** Configured limits by queue. */
  limits: { [queue: string]: Alerts };
}

export const emptyBoard: Board = { load: "none", fresh: false, heldAt: 0, queues: new Map(), agents: new Map(), alerts: [], ended: [], limits: {} };
const keptEnded = 20;

/** Tells one alert from another, as the server does. */
export const alertKey = (a: Alert): string => [a.kind, a.queue?.id, a.agent?.id, a.conversation_id].join(" ");

function changed<T>(old: ReadonlyMap<string, T>, full: boolean, items: T[], removed: string[] | undefined, key: (x: T) => string): ReadonlyMap<string, T> {
  const out = full ? new Map<string, T>() : new Map(old);
  for (const id of removed ?? []) out.delete(id);
  for (const x of items) out.set(key(x), x);
  return out;
}

type Handlers = { [N in keyof Events]?: (b: Board, data: Events[N], now: number) => Board };

const handlers: Handlers = {
  "live.queues": (b, e) => ({ ...b, queues: changed(b.queues, e.full, e.queues, e.removed, (q) => q.queue.id) }),
  "live.agents": (b, e) => ({ ...b, agents: changed(b.agents, e.full, e.agents, e.removed, (a) => a.agent.id) }),
  // it comes last of all that a session gets at the start
  "live.alerts": (b, e) => ({ ...b, load: "ready", fresh: true, alerts: e.alerts }),
  "alert.raised": (b, a) => ({ ...b, alerts: [...b.alerts.filter((x) => alertKey(x) !== alertKey(a)), a] }),
  "alert.cleared": (b, a, now) => {
    const known = b.alerts.find((x) => alertKey(x) === alertKey(a));
    if (!known) return b;
    return { ...b, alerts: b.alerts.filter((x) => x !== known), ended: [{ ...known, endedAt: now }, ...b.ended].slice(0, keptEnded) };
  },
};

/** What an event makes of the board; the same board where it means nothing to it. `now` is the server's time. */
export function applyLive(b: Board, e: Event, now: number): Board {
  const handle = handlers[e.name as keyof Events] as ((b: Board, data: unknown, now: number) => Board) | undefined;
  return handle ? handle(b, e.data, now) : b;
}

let board = emptyBoard;
let telling: ReturnType<typeof setTimeout> | undefined;
const readers = new Set<() => void>();
const togetherMS = 20; // queues and agents of one moment come as two events and are drawn once

export const boardNow = (): Board => board;

export function setBoard(change: (b: Board) => Board): void {
  const next = change(board);
  if (next === board) return;
  board = next;
  telling ??= setTimeout(() => {
    telling = undefined;
    for (const r of readers) r();
  }, togetherMS);
}

/** Reads a part of the board; `pick` must give the same value for the same board. */
export function useBoard<T>(pick: (b: Board) => T): T {
  return useSyncExternalStore((r) => (readers.add(r), () => readers.delete(r)), () => pick(board));
}
