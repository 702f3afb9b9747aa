import type { Event, Events, Snapshot, User } from "../wire/protocol.ts";
import { rest } from "../wire/rest.ts";
import { applyEvent, applySnapshot } from "./apply.ts";
import { alertOffer } from "./alert.ts";
import { catchUp, fill, heard, loadCanned, loadPauses, renewScript } from "./messages.ts";
import { get, set, setSoon, toast } from "./store.ts";

/** What else goes by the session: the supervisors' board. */
export interface Follower {
  snapshot(): void;
  event(e: Event): void;
}
const followers = new Set<Follower>();
export const follow = (f: Follower): void => void followers.add(f);

/** Takes a snapshot in, then gets what it does not carry. */
export function snapshot(s: Snapshot): void {
  set((d) => applySnapshot(d, s.data));
  catchUp();
  for (const o of s.data.offers) alertOffer(o);
  for (const f of followers) f.snapshot();
  if (s.reason !== "start" && s.reason !== "access_changed") void askWho(); // a word about the agent may be among what was missed
}

/** Asks anew who is signed in: name and role may have been changed by an administrator. */
async function askWho(): Promise<void> {
  const user = await rest<User>("/me").catch(() => null);
  if (user && user.id === get().user?.id) set((d) => ({ ...d, user }));
}

/** Takes an event in, then does what it means outside the state: sounds, words, missing messages. */
export function apply(e: Event): void {
  const before = get();
  setSoon((d) => applyEvent(d, e));
  heard(e);
  const after = effects[e.name as keyof Events] as ((data: unknown, e: typeof before) => void) | undefined;
  after?.(e.data, before);
  for (const f of followers) f.event(e);
}

type Before = ReturnType<typeof get>;
const effects: { [N in keyof Events]?: (data: Events[N], before: Before) => void } = {
  "offer.created": alertOffer,
  "offer.ended": (e, before) => {
    const answering = before.answering[e.offer_id];
    if (answering || !before.offers.some((o) => o.id === e.offer_id)) return;
    if (e.cause !== "declined" && e.cause !== "accepted_elsewhere") toast("info", `offer.ended.${e.cause}`);
  },
  "conversation.message": (e) => {
    const t = get().talks[e.conversation_id];
    if (t?.load === "ready" && t.messages.at(-2) && t.messages.at(-1)!.seq !== t.messages.at(-2)!.seq + 1) void fill(e.conversation_id);
  },
  "conversation.note": (e, before) => {
    const t = before.talks[e.conversation_id];
    if (t && e.note.whisper && e.note.author.id !== before.agent?.id) toast("info", "whisper.arrived", { name: e.note.author.name, customer: t.head.contact.name || t.head.contact.identity });
  },
  "conversation.removed": (e, before) => {
    const t = before.talks[e.conversation_id];
    if (t && e.cause !== "closed") toast("info", `removed.${e.cause}`, { name: t.head.contact.name || t.head.contact.identity });
  },
  "transfer.ended": (e, before) => {
    if (!before.talks[e.conversation_id]) return; // somebody else's, watched
    const name = before.talks[e.conversation_id]?.head.transfer?.to_name ?? "";
    toast(e.outcome === "accepted" ? "good" : "info", `transfer.${e.outcome}`, { name });
  },
  "status.changed": (e, before) => {
    if (e.by.kind === "agent" && e.by.id === before.agent?.id) return;
    toast("info", e.status === "ready" ? "presence.forcedReady" : "presence.forcedNotReady", { name: e.by.name ?? "Pronto" });
  },
  "config.changed": (e, before) => {
    if (e.kind === "agent" && e.id === before.user?.id) void askWho();
    if (e.kind === "canned_response" && get().canned.length) void loadCanned();
    if (e.kind === "script") void renewScript(e.id);
    if (e.kind === "pause_reason") void loadPauses();
  },
};
