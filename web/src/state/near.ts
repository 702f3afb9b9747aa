import { useEffect, useSyncExternalStore } from "react";
import type { DirectoryAgent, DirectoryQueue, Events } from "../wire/protocol.ts";
import { follow } from "./effects.ts";
import { command } from "./session.ts";

/** What everybody may see live: one's own queues, and who could take a conversation. Null until it was told. */
interface Near {
  queues: Map<string, DirectoryQueue> | null;
  agents: Map<string, DirectoryAgent> | null;
}
type Part = keyof Near;

let near: Near = { queues: null, agents: null };
const shown: { [P in Part]: number } = { queues: 0, agents: 0 };
const readers = new Set<() => void>();
let asked = "";
let follows = false;

/** Asks for what is shown now, or as soon as there is a line. A new session is asked again with its snapshot. */
function ask(again: boolean): void {
  const want = { queues: shown.queues > 0, agents: shown.agents > 0 };
  const key = JSON.stringify(want);
  if (key === asked && !again) return;
  asked = key;
  command("directory.subscribe", want).catch(() => {});
}

function change(part: Partial<Near>): void {
  near = { ...near, ...part };
  for (const r of readers) r();
}

type Told<T> = { full: boolean; removed?: string[] | undefined; list: T[] };

function merged<T>(old: Map<string, T> | null, told: Told<T>, id: (x: T) => string): Map<string, T> {
  const next = new Map(told.full ? [] : old);
  for (const x of told.list) next.set(id(x), x);
  for (const gone of told.removed ?? []) next.delete(gone);
  return next;
}

function begin(): void {
  follows = true;
  follow({
    snapshot: () => queueMicrotask(() => (shown.queues || shown.agents) && ask(true)), // the line is up right after the snapshot
    event: (e) => {
      if (e.name === "directory.queues") {
        const d = e.data as Events["directory.queues"];
        change({ queues: merged(near.queues, { ...d, list: d.queues }, (q) => q.queue.id) });
      }
      if (e.name === "directory.agents") {
        const d = e.data as Events["directory.agents"];
        change({ agents: merged(near.agents, { ...d, list: d.agents }, (a) => a.id) });
      }
    },
  });
}

const subscribe = (reader: () => void): (() => void) => {
  readers.add(reader);
  return () => readers.delete(reader);
};

/** One part of it, kept up by the server for as long as something on the screen shows it. */
export function useNear<P extends Part>(part: P): Near[P] {
  const now = useSyncExternalStore(subscribe, () => near[part]);
  useEffect(() => {
    if (!follows) begin();
    shown[part]++;
    queueMicrotask(() => ask(false)); // what closes and opens in one picture asks once
    return () => {
      shown[part]--;
      queueMicrotask(() => {
        ask(false);
        if (!shown[part]) change({ [part]: null });
      });
    };
  }, [part]);
  return now;
}
