import { useSyncExternalStore } from "react";
import { applyEvent, joinNotes, merge } from "../state/apply.ts";
import { empty, type Load, type Talk, talkOf } from "../state/model.ts";
import { command } from "../state/session.ts";
import { CommandRefused } from "../wire/outbox.ts";
import type { Contact, ConversationWatched, Event, Events, Message, Note } from "../wire/protocol.ts";
import { all, type Page, rest } from "../wire/rest.ts";

/** A conversation that is watched. */
export interface Watched {
  id: string;
  /** null until the server shows it. */
  talk: Talk | null;
  load: Load;
  /** Why it cannot be watched: a code, or "ended" when it went to a queue that one does not supervise. */
  problem: string;
  /** There are earlier messages. */
  more: boolean;
  /** Who types: contact, agent or empty. */
  typing: string;
}

let watched: Watched | null = null;
const readers = new Set<() => void>();

function set(change: (w: Watched) => Watched): void {
  if (!watched) return;
  watched = change(watched);
  for (const r of readers) r();
}

export const useWatched = (): Watched | null => useSyncExternalStore((r) => (readers.add(r), () => readers.delete(r)), () => watched);

/** Shows a conversation live, instead of the one before. */
export function watch(id: string): void {
  if (watched?.id === id && watched.load !== "failed") return;
  unwatch();
  watched = { id, talk: null, load: "loading", problem: "", more: false, typing: "" };
  ask(id);
  for (const r of readers) r();
}

export function unwatch(): void {
  if (!watched) return;
  command("conversation.unwatch", { conversation_id: watched.id }).catch(() => {}); // it ends with the session
  watchNothing();
}

export function watchNothing(): void {
  watched = null;
  for (const r of readers) r();
}

/** For a new session, which watches nothing yet. */
export function watchAgain(): void {
  if (watched && watched.problem !== "ended") ask(watched.id);
}

function ask(id: string): void {
  command("conversation.watch", { conversation_id: id }).catch((e: unknown) => { // without a line it waits for it
    const code = e instanceof CommandRefused ? e.error.code : "internal";
    if (watched?.id === id) set((w) => ({ ...w, load: "failed", problem: code }));
  });
}

export function watchEvent(e: Event): void {
  const w = watched;
  if (!w) return;
  switch (e.name as keyof Events) {
    case "conversation.watched": return shown(e.data as ConversationWatched);
    case "conversation.watch_ended": return (e.data as Events["conversation.watch_ended"]).conversation_id === w.id ? set((x) => ({ ...x, problem: "ended" })) : undefined;
    case "conversation.removed": return; // it was one's own, and is still watched
    case "conversation.typing": {
      const { conversation_id, typing, author } = e.data as Events["conversation.typing"];
      return conversation_id === w.id ? set((x) => ({ ...x, typing: typing ? author.kind : x.typing === author.kind ? "" : x.typing })) : undefined;
    }
  }
  if (!w.talk) return;
  const after = applyEvent({ ...empty, talks: { [w.id]: w.talk } }, e).talks[w.id] ?? null;
  if (after === w.talk) return;
  const said = e.name === "conversation.message" ? (e.data as Events["conversation.message"]).message.author.kind : "";
  set((x) => ({ ...x, talk: after, typing: said && said === x.typing ? "" : x.typing }));
}

function shown({ conversation: head, messages, more }: ConversationWatched): void {
  if (watched?.id !== head.id) return;
  set((w) => {
    const talk: Talk = { ...talkOf(head), documents: w.talk?.documents ?? [], messages, load: "ready", notes: w.talk?.notes ?? [], notesLoad: "loading" };
    return { ...w, talk, load: "ready", problem: "", more, typing: "" };
  });
  rest<Contact>(`/contacts/${head.contact.id}`).then(({ documents }) => talkOfWatched(head.id, (t) => ({ ...t, documents })), () => {});
  all<Note>(`/conversations/${head.id}/notes`).then((notes) => talkOfWatched(head.id, (t) => ({ ...t, notes: joinNotes(notes, t.notes), notesLoad: "ready" })), () => talkOfWatched(head.id, (t) => ({ ...t, notesLoad: "failed" })));
}

function talkOfWatched(id: string, change: (t: Talk) => Talk): void {
  set((w) => (w.id === id && w.talk ? { ...w, talk: change(w.talk) } : w));
}

/** A note that one has just written: its event may come before or after. */
export function noted(note: Note): void {
  talkOfWatched(note.conversation_id, (t) => ({ ...t, notes: joinNotes(t.notes, [note]) }));
}

const pageLoad = 100;

export async function loadEarlierWatched(): Promise<void> {
  const first = watched?.talk?.messages[0]?.seq ?? 0;
  const id = watched?.id;
  if (!id || first <= 1) return;
  const after = Math.max(0, first - 1 - pageLoad);
  const page = await rest<Page<Message>>(`/conversations/${id}/messages?after_seq=${after}&limit=${first - 1 - after}`);
  talkOfWatched(id, (t) => ({ ...t, messages: merge(t.messages, page.items) }));
  set((w) => (w.id === id ? { ...w, more: after > 0 } : w));
}
