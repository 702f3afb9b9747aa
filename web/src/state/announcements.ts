import { useSyncExternalStore } from "react";
import { serverNow } from "../wire/clock.ts";
import type { AnnouncementShown, AnnouncementsNow, Events } from "../wire/protocol.ts";
import { rest } from "../wire/rest.ts";
import { complainRest } from "./actions.ts";
import { follow } from "./effects.ts";
import { get, toast } from "./store.ts";

let list: AnnouncementShown[] = [];
let of = ""; // whose they are
let known = new Set<string>(); // id and version of what was shown before: the rest is new
let timer: ReturnType<typeof setTimeout> | undefined;
let turn = 0;
const readers = new Set<() => void>();
const longestMS = 2 ** 31 - 1; // of a timer
const spreadMS = 250; // so that a thousand desks do not ask in the same moment

const keyOf = (a: AnnouncementShown): string => `${a.id}/${a.version}`;

function put(next: AnnouncementShown[]): void {
  list = next;
  for (const r of readers) r();
}

async function load(): Promise<void> {
  const user = get().user?.id ?? "";
  const mine = ++turn;
  const now = await rest<AnnouncementsNow>("/me/announcements").catch(() => null); // the next snapshot asks again
  if (!now || mine !== turn || user !== get().user?.id) return;
  const first = of !== user;
  of = user;
  for (const a of now.items) if (!first && !a.read && !known.has(keyOf(a))) toast("info", "announcement.new", { title: a.title });
  known = new Set(now.items.map(keyOf));
  put(now.items);
  clearTimeout(timer);
  if (now.changes_at) timer = setTimeout(() => void load(), Math.min(longestMS, Math.max(0, Date.parse(now.changes_at) - serverNow()) + spreadMS * Math.random()));
}

follow({
  snapshot: () => {
    if (of && of !== get().user?.id) put([]);
    void load();
  },
  event: (e) => {
    const d = e.data as Events["config.changed"];
    if (e.name !== "config.changed" || !(d.kind === "announcement" || (d.kind === "agent" && d.id === get().user?.id))) return;
    setTimeout(() => void load(), spreadMS * Math.random());
  },
});

const subscribe = (r: () => void): (() => void) => {
  readers.add(r);
  return () => readers.delete(r);
};

/** What people are told on the desk now, important ones first. */
export const useAnnouncements = (): AnnouncementShown[] => useSyncExternalStore(subscribe, () => list);

/** Marks one as read, on every page of the agent. */
export function markRead(id: string): void {
  put(list.map((a) => (a.id === id ? { ...a, read: true } : a)));
  rest(`/me/announcements/${id}/read`, { method: "PUT" }).catch((e: unknown) => {
    complainRest(e);
    void load();
  });
}
