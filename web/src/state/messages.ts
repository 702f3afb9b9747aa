import type { Entry } from "../wire/outbox.ts";
import type { CannedResponse, Contact, ConversationHead, Event, Message, MessageReply, MessageSend, Note, NoteReply, PauseReason, Queue, Reply, Script } from "../wire/protocol.ts";
import { all, rest, type Page } from "../wire/rest.ts";
import { applyEvent, insert, joinNotes, merge } from "./apply.ts";
import { type Desk, empty, type Pending, type Talk } from "./model.ts";
import { get, set, toast } from "./store.ts";

const firstLoad = 200; // messages: a few screens
const pageLoad = 500;

function talk(id: string, change: (t: Talk) => Talk): void {
  set((d) => (d.talks[id] ? { ...d, talks: { ...d.talks, [id]: change(d.talks[id]) } } : d));
}

const readings: { id: string; heard: Event[] }[] = [];
const ofMessages = ["conversation.message_changed", "conversation.delivery", "attachment.updated"];

/** Tells readings that are under way what events say: they are newer than the answer. */
export function heard(e: Event): void {
  if (!ofMessages.includes(e.name)) return;
  for (const r of readings) if (r.id === (e.data as { conversation_id?: string }).conversation_id) r.heard.push(e);
}

/** Messages of a conversation as they are now, also where one was changed while the answer was on its way. */
async function readMessages(id: string, after: number, limit: number): Promise<Message[]> {
  const reading = { id, heard: [] as Event[] };
  readings.push(reading);
  try {
    const { items } = await rest<Page<Message>>(`/conversations/${id}/messages?after_seq=${after}&limit=${limit}`);
    const t = get().talks[id];
    if (!t || !reading.heard.length) return items;
    return reading.heard.reduce(applyEvent, { ...empty, talks: { [id]: { ...t, messages: items } } }).talks[id]!.messages;
  } finally {
    readings.splice(readings.indexOf(reading), 1);
  }
}

/** Loads the newest messages, the notes and the script of a conversation that is opened for the first time. */
export async function load(id: string): Promise<void> {
  const t = get().talks[id];
  if (!t || t.load === "loading" || t.load === "ready") return;
  talk(id, (x) => ({ ...x, load: "loading" }));
  void loadScript(t.head.queue.id);
  void loadDocuments(id, t.head.contact.id);
  void loadNotes(id);
  try {
    const items = await readMessages(id, Math.max(0, t.head.last_seq - firstLoad), pageLoad);
    talk(id, (x) => ({ ...x, load: "ready", messages: merge(x.messages, items) }));
  } catch {
    return talk(id, (x) => ({ ...x, load: "failed" }));
  }
  await fill(id);
}

/** Loads the notes of a conversation, or those that came while there was no line. What is shown stays where that fails. */
export async function loadNotes(id: string): Promise<void> {
  talk(id, (x) => ({ ...x, notesLoad: x.notesLoad === "ready" ? "ready" : "loading" }));
  const notes = await all<Note>(`/conversations/${id}/notes`).catch(() => null);
  talk(id, (x) => (notes ? { ...x, notesLoad: "ready", notes: joinNotes(notes, x.notes) } : { ...x, notesLoad: x.notesLoad === "ready" ? "ready" : "failed" }));
}

/** Gets what is missing at the end of a loaded conversation, or in the middle. */
export async function fill(id: string): Promise<void> {
  for (;;) {
    const t = get().talks[id];
    if (!t || t.load !== "ready") return;
    const after = lastUnbroken(t.messages);
    if (after >= t.head.last_seq) return;
    const items = await readMessages(id, after, pageLoad).catch(() => null);
    if (!items?.length) return;
    talk(id, (x) => ({ ...x, messages: merge(x.messages, items) }));
  }
}

function lastUnbroken(list: Message[]): number {
  let seq = list[0]?.seq ?? 0;
  for (const m of list.slice(1)) {
    if (m.seq !== seq + 1) break;
    seq = m.seq;
  }
  return seq;
}

async function loadDocuments(id: string, contact: string): Promise<void> {
  const turn = get().talks[id]?.contactTurn;
  const c = await rest<Contact>(`/contacts/${contact}`).catch(() => null);
  if (c) talk(id, (x) => (x.contactTurn === turn ? { ...x, documents: c.documents } : x)); // else an event has said it since
}

export async function loadEarlier(id: string): Promise<void> {
  const first = get().talks[id]?.messages[0]?.seq ?? 0;
  if (first <= 1) return;
  const after = Math.max(0, first - 1 - firstLoad);
  const items = await readMessages(id, after, first - 1 - after);
  talk(id, (t) => ({ ...t, messages: merge(t.messages, items) }));
}

/** Finds out which script a queue has; false: that could not be read. */
export async function loadScript(queue: string, again = false): Promise<boolean> {
  if (!again && get().scriptOf[queue] !== undefined) return true;
  const q = await rest<Queue>(`/queues/${queue}`).catch(() => null);
  if (q) set((d) => ({ ...d, scriptOf: { ...d.scriptOf, [queue]: q.script_id }, modeOf: { ...d.modeOf, [queue]: q.mode } }));
  return q !== null;
}

/** A script was changed: what is shown of it is exchanged. Where that fails it is read when it is shown next. */
export async function renewScript(id: string): Promise<void> {
  if (!get().scripts.some((s) => s.id === id)) return;
  const now = await rest<Script>(`/scripts/${id}`).catch(() => null);
  set((d) => ({ ...d, scripts: d.scripts.flatMap((s) => (s.id === id ? (now ?? []) : s)) }));
}

export async function loadPauses(): Promise<void> {
  const pauses = await all<PauseReason>("/pause-reasons").catch(() => null);
  if (pauses) set((d) => ({ ...d, pauses }));
}

let cannedTurn = 0;

export async function loadCanned(): Promise<void> {
  const { cannedLoad } = get();
  if (cannedLoad === "loading" || cannedLoad === "ready") return;
  const turn = ++cannedTurn;
  set((d) => ({ ...d, cannedLoad: "loading" }));
  const canned = await all<CannedResponse>("/canned-responses").catch(() => null);
  if (turn !== cannedTurn) return;
  if (get().cannedLoad !== "loading") return loadCanned(); // they were changed meanwhile
  set((d) => (canned ? { ...d, canned, cannedLoad: "ready" } : { ...d, cannedLoad: "failed" }));
}

/**
 * After a snapshot: conversations that were loaded catch up, also with what was edited or hidden meanwhile, and which script a
 * queue has is read anew.
 */
export function catchUp(): void {
  for (const t of Object.values(get().talks)) if (t.load === "ready") void renew(t);
  for (const queue of Object.keys(get().scriptOf)) void loadScript(queue, true);
}

async function renew({ head, messages }: Talk): Promise<void> {
  const after = Math.max((messages[0]?.seq ?? 1) - 1, (messages.at(-1)?.seq ?? 0) - pageLoad);
  const read = readMessages(head.id, after, pageLoad).catch(() => null);
  void loadDocuments(head.id, head.contact.id);
  void loadNotes(head.id);
  const items = await read;
  if (items) talk(head.id, (x) => ({ ...x, messages: merge(x.messages, items) }));
  await fill(head.id);
}

/** What a reply means for what is on the screen. */
export function settled(e: Entry, r: Reply): void {
  if (e.name === "message.send") {
    set((d) => sent(d, e, r));
    const { conversation_id: id, text } = e.data as MessageSend;
    if (!r.ok && !get().talks[id]) toast("bad", "message.lost", { text: text ?? "" }); // there is no place where it shows
  }
  if (e.name === "note.add" && r.ok) {
    const { note } = r.data as NoteReply;
    talk(note.conversation_id, (t) => ({ ...t, notes: [...t.notes.filter((n) => n.id !== note.id), note] }));
  }
}

function sent(d: Desk, e: Entry, r: Reply): Desk {
  const { conversation_id: of } = e.data as MessageSend;
  if (!r.ok && !d.talks[of]) return { ...d, pending: d.pending.filter((p) => p.id !== e.id) };
  if (!r.ok) return { ...d, pending: d.pending.map((p): Pending => (p.id === e.id ? { ...p, error: r.error?.code ?? "internal" } : p)) };
  const { message } = r.data as MessageReply;
  const pending = d.pending.filter((p) => p.id !== e.id);
  const t = d.talks[message.conversation_id];
  if (!t) return { ...d, pending };
  const head: ConversationHead = message.seq > t.head.last_seq ? { ...t.head, last_seq: message.seq, last_message: message } : t.head;
  const known = t.messages.find((m) => m.seq === message.seq); // an event may have brought a later delivery state
  const next: Talk = { ...t, head, overdue: false, messages: t.load === "ready" && !known ? insert(t.messages, message) : t.messages };
  return { ...d, pending, talks: { ...d.talks, [message.conversation_id]: next } };
}
