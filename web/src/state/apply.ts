import { refile } from "../wire/files.ts";
import type { ConversationHead, Event, Events, Message, Note, SnapshotData } from "../wire/protocol.ts";
import { draftSaved, draftsOf, without } from "./drafts.ts";
import type { Sort } from "./look.ts";
import { type Desk, type Talk, talkOf, type Upload } from "./model.ts";

/** Puts a message into its place by the server's number; one that is there already is replaced. */
export function insert(list: Message[], m: Message): Message[] {
  let at = list.length;
  while (at > 0 && list[at - 1]!.seq >= m.seq) at--;
  const out = list.slice();
  out.splice(at, list[at]?.seq === m.seq ? 1 : 0, m);
  return out;
}

export function merge(list: Message[], more: Message[]): Message[] {
  return more.reduce(insert, list);
}

/** Notes that were read, and those that came as events, which may not be among them. */
export function joinNotes(notes: Note[], live: Note[]): Note[] {
  return [...notes, ...live.filter((n) => !notes.some((x) => x.id === n.id))];
}

/** The state that a snapshot describes. What only this browser knows (drafts, tabs, loaded messages) stays. */
export function applySnapshot(d: Desk, s: SnapshotData): Desk {
  const talks: Desk["talks"] = {};
  for (const head of s.conversations) {
    const known = d.talks[head.id];
    talks[head.id] = known ? { ...known, head, typing: false } : talkOf(head);
  }
  const open = d.open && talks[d.open] ? d.open : null;
  return {
    ...d, ...draftsOf({ ...d, talks }, s.drafts), ready: true, snapshots: d.snapshots + 1, agent: s.agent, offers: s.offers, answering: {}, talks, open,
    queues: s.queues, pauses: s.pause_reasons, scripts: s.scripts, cannedLoad: d.cannedLoad === "ready" ? "none" : d.cannedLoad,
    uploads: withUploads(d, (u) => (u.state === "checking" ? { ...u, state: "ready" } : u)), // whether it was looked into meanwhile is said when it is sent
    closing: d.closing && talks[d.closing] ? d.closing : null, transferring: d.transferring && talks[d.transferring] ? d.transferring : null,
  };
}

function withTalk(d: Desk, id: string, change: (t: Talk) => Talk): Desk {
  const t = d.talks[id];
  return t ? { ...d, talks: { ...d.talks, [id]: change(t) } } : d;
}

export function withHead(d: Desk, head: ConversationHead): Desk {
  const t = d.talks[head.id];
  if (t && t.head.version > head.version) return d;
  return { ...d, talks: { ...d.talks, [head.id]: t ? { ...t, head } : talkOf(head) } };
}

/** What a reply or an event says of a conversation that one has. It makes none one's own: a reply that was asked for again is the first one. */
export function withKnown(d: Desk, head: ConversationHead): Desk {
  return d.talks[head.id] ? withHead(d, head) : d;
}

export function withoutTalk(d: Desk, id: string): Desk {
  if (!d.talks[id]) return d;
  const order = sorted(d).map((t) => t.head.id);
  const at = order.indexOf(id);
  const talks = { ...d.talks };
  delete talks[id];
  const next = order[at + 1] ?? order[at - 1] ?? null;
  return {
    ...d, talks, drafts: without(d.drafts, id), unsaved: without(d.unsaved, id), jotted: without(d.jotted, id), open: d.open === id ? next : d.open, closing: d.closing === id ? null : d.closing,
    transferring: d.transferring === id ? null : d.transferring,
  };
}

const since = ({ head: h }: Talk): number => Date.parse(h.assigned_at ?? h.opened_at);
const spoke = ({ head: h }: Talk): number => Date.parse(h.last_message?.at ?? h.opened_at);
const owed = (t: Talk): number => (t.head.last_message?.author.kind === "contact" ? spoke(t) : Infinity);

const orders: { [S in Sort]: (a: Talk, b: Talk) => number } = {
  arrival: () => 0,
  waiting: (a, b) => (owed(a) === owed(b) ? 0 : owed(a) - owed(b)),
  unread: (a, b) => Number(b.head.unread > 0) - Number(a.head.unread > 0),
  recent: (a, b) => spoke(b) - spoke(a),
};

/** The list of one's conversations. By itself who came first stands first, so that nothing moves under the pointer; what is
 * snoozed stands below. */
export function sorted(d: Pick<Desk, "talks">, by: Sort = "arrival"): Talk[] {
  const asleep = (t: Talk): number => Number(Boolean(t.head.snoozed_until));
  return Object.values(d.talks).sort((a, b) => asleep(a) - asleep(b) || orders[by](a, b) || since(a) - since(b) || (a.head.id < b.head.id ? -1 : 1));
}

/** Conversations that take a place in the capacity: those on hold rest, snoozed ones have none. */
export function loadOf(d: Pick<Desk, "talks">): number {
  return Object.values(d.talks).filter((t) => !t.head.on_hold && !t.head.snoozed_until).length;
}

function arrived(d: Desk, { conversation_id: id, message, version, unread }: Events["conversation.message"]): Desk {
  const own = message.author.kind === "agent" && message.author.id === d.agent?.id;
  const first = own ? d.pending.find((p) => p.conversation === id && !p.seen && !p.error && p.text === message.text) : undefined;
  const pending = first ? d.pending.map((p) => (p === first ? { ...p, seen: true } : p)) : d.pending;
  return withTalk({ ...d, pending }, id, (t) => ({
    ...t,
    messages: t.load === "ready" ? insert(t.messages, message) : t.messages,
    typing: message.author.kind === "contact" ? false : t.typing,
    overdue: message.author.kind === "agent" ? false : t.overdue,
    head: {
      ...t.head, version: Math.max(version, t.head.version), unread,
      ...(message.seq > t.head.last_seq ? { last_seq: message.seq, last_message: message } : {}),
    },
  }));
}

function delivered(d: Desk, e: Events["conversation.delivery"]): Desk {
  const mark = (m: Message): Message => (m.id === e.message_id ? { ...m, delivery: e.delivery as Message["delivery"], ...(e.error ? { error: e.error } : {}) } : m);
  return withTalk(d, e.conversation_id, (t) => ({
    ...t, messages: t.messages.map(mark),
    head: t.head.last_message?.id === e.message_id ? { ...t.head, last_message: mark(t.head.last_message) } : t.head,
  }));
}

function filed(d: Desk, e: Events["attachment.updated"]): Desk {
  const a = e.attachment;
  if (!e.conversation_id) return checked(d, a);
  return withTalk(d, e.conversation_id, (t) => ({ ...t, messages: refile(t.messages, a) }));
}

/** A file that no message has yet: it was looked into. */
function checked(d: Desk, a: Events["attachment.updated"]["attachment"]): Desk {
  const mark = (u: Upload): Upload => (u.id !== a.id ? u : { ...u, state: uploadState(a.state), error: a.state === "infected" ? "infected" : (a.reason ?? "") });
  return { ...d, uploads: withUploads(d, mark) };
}

const withUploads = (d: Desk, change: (u: Upload) => Upload): Desk["uploads"] => Object.fromEntries(Object.entries(d.uploads).map(([id, list]) => [id, list.map(change)]));

export function uploadState(state: string): Upload["state"] {
  return state === "clean" || state === "uploaded" ? "ready" : state === "infected" || state === "failed" ? "failed" : "checking";
}

/** A message was edited or hidden: what is shown of it is exchanged everywhere. */
function changed(d: Desk, { conversation_id: id, message, version }: Events["conversation.message_changed"]): Desk {
  return withTalk(d, id, (t) => ({
    ...t, messages: t.messages.map((m) => (m.seq === message.seq ? message : m)),
    head: { ...t.head, version: Math.max(version, t.head.version), ...(t.head.last_message?.seq === message.seq ? { last_message: message } : {}) },
  }));
}

type Handlers = { [N in keyof Events]?: (d: Desk, data: Events[N]) => Desk };

const handlers: Handlers = {
  "offer.created": (d, o) => ({ ...d, offers: [...d.offers.filter((x) => x.id !== o.id), o] }),
  "offer.ended": (d, e) => {
    const { [e.offer_id]: _, ...answering } = d.answering;
    return { ...d, offers: d.offers.filter((o) => o.id !== e.offer_id), answering };
  },
  "conversation.assigned": withHead,
  "conversation.updated": withKnown, // else somebody else's, watched
  "conversation.message": arrived,
  "conversation.message_changed": changed,
  "conversation.read": (d, e) => withTalk(d, e.conversation_id, (t) => ({ ...t, head: { ...t.head, read_seq: e.read_seq, unread: e.unread } })),
  "draft.saved": draftSaved,
  "queue.waiting": (d, e) => ({ ...d, waiting: { ...d.waiting, [e.queue_id]: e } }),
  "conversation.typing": (d, e) => withTalk(d, e.conversation_id, (t) => ({ ...t, typing: e.typing })),
  "conversation.note": (d, e) => withTalk(d, e.conversation_id, (t) => ({ ...t, notes: [...t.notes.filter((n) => n.id !== e.note.id), e.note] })),
  "conversation.delivery": delivered,
  "conversation.unanswered": (d, e) => withTalk(d, e.conversation_id, (t) => ({ ...t, overdue: true })),
  "transfer.pending": (d, e) => withTalk(d, e.conversation_id, (t) => ({ ...t, transferOutcome: "", head: { ...t.head, transfer: e.transfer } })),
  "transfer.ended": (d, e) => withTalk(d, e.conversation_id, (t) => {
    const { transfer: _, ...head } = t.head;
    return { ...t, head, transferOutcome: e.outcome };
  }),
  "conversation.removed": (d, e) => withoutTalk(d, e.conversation_id),
  "status.changed": (d, e) => (d.agent ? { ...d, changed: e, agent: withStatus(d.agent, e) } : d),
  "attachment.updated": filed,
  "contact.updated": (d, e) => ({ // also for the conversations of contacts that were merged into it
    ...d, talks: Object.fromEntries(Object.entries(d.talks).map(([id, t]) => [id, [e.contact, ...e.contact.merged].some((c) => c.id === t.head.contact.id) ? { ...t, documents: e.contact.documents, contactTurn: t.contactTurn + 1, head: { ...t.head, contact: { ...t.head.contact, name: e.contact.name } } } : t])),
  }),
  "config.changed": (d, e) => (e.kind === "canned_response" ? { ...d, cannedLoad: "none" } : e.kind === "queue" ? { ...d, scriptOf: without(d.scriptOf, e.id) } : d),
};

/** An agent's status after status.changed or a reply. */
export function withStatus(a: NonNullable<Desk["agent"]>, s: Pick<Events["status.changed"], "status" | "reason_id" | "since" | "after_current" | "after_reason_id" | "planned_until">): NonNullable<Desk["agent"]> {
  const { after_current: _a, after_reason_id: _r, planned_until: _p, ...rest } = a;
  return {
    ...rest, status: s.status as typeof a.status, reason_id: s.reason_id, status_since: s.since,
    ...(s.after_current ? { after_current: true } : {}), ...(s.after_reason_id ? { after_reason_id: s.after_reason_id } : {}),
    ...(s.planned_until ? { planned_until: s.planned_until } : {}),
  };
}

/** Events of later versions are passed over. */
export function applyEvent(d: Desk, e: Event): Desk {
  const handle = handlers[e.name as keyof Events] as ((d: Desk, data: unknown) => Desk) | undefined;
  return handle ? handle(d, e.data) : d;
}
