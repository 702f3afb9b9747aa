import { freshId } from "../wire/id.ts";
import { CommandRefused } from "../wire/outbox.ts";
import type { Code, ConversationClose, ConversationHead, Directory, MessageSend, ScriptAnswer, Target } from "../wire/protocol.ts";
import { Refused } from "../wire/rest.ts";
import type { Key } from "../words/catalogue.ts";
import { words } from "../words/words.ts";
import { withHead, withKnown, withoutTalk, withStatus } from "./apply.ts";
import { without } from "./drafts.ts";
import { setDraft } from "./saving.ts";
import { load } from "./messages.ts";
import { type Filled, home, type Jotted, type Pending, type Tab, talksTab } from "./model.ts";
import { command } from "./session.ts";
import { get, set, toast } from "./store.ts";

/** What is said when the server refuses: a code of it without words does not compile. */
type Said<K extends Key> = K;
export type RefusalKey = Said<`error.${Code}`>;

const codeOf = (e: unknown): string => (e instanceof CommandRefused ? e.error.code : "internal");

/** Says in words why something was refused. */
export function complain(e: unknown): void {
  toast("bad", `error.${codeOf(e)}`);
}

export async function setStatus(status: "ready" | "not_ready", reason?: string, afterCurrent?: boolean): Promise<void> {
  try {
    const r = await command("status.set", { status, ...(reason ? { reason_id: reason } : {}), ...(afterCurrent ? { after_current: true } : {}) });
    set((d) => (d.agent ? { ...d, changed: null, agent: withStatus(d.agent, { ...r, status: r.status }) } : d));
  } catch (e) {
    complain(e);
  }
}

/** Somebody who writes must not lose a key to another conversation. */
function writing(): boolean {
  const at = document.activeElement;
  return (at instanceof HTMLTextAreaElement || at instanceof HTMLInputElement) && at.value !== "";
}

const over = ["offer_expired", "offer_withdrawn", "offer_taken", "not_found"];

/** After any other refusal than that it is over an offer still stands, and can be answered again. */
function answered(offer: string, refusal?: unknown): void {
  const stays = refusal !== undefined && !over.includes(codeOf(refusal));
  set((d) => {
    const { [offer]: _, ...answering } = d.answering;
    return { ...d, answering, offers: stays ? d.offers : d.offers.filter((o) => o.id !== offer) };
  });
}

/**
 * Shows a conversation that is one's own now: opened, or marked where somebody writes elsewhere. A snapshot since it was asked
 * for (`then`: how many there were) knows better: the reply may be the first one again, of a conversation that is gone since.
 */
export function openTaken(head: ConversationHead, then: number): void {
  if (get().snapshots !== then && !get().talks[head.id]) return;
  set((d) => withHead(d, head));
  if (!writing()) return openTalk(head.id);
  set((d) => ({ ...d, talks: { ...d.talks, [head.id]: { ...d.talks[head.id]!, fresh: true } } }));
  toast("good", "offer.acceptedBeside", { name: head.contact.name || head.contact.identity });
}

export async function accept(offer: string): Promise<void> {
  if (get().answering[offer]) return;
  set((d) => ({ ...d, answering: { ...d.answering, [offer]: "accept" } }));
  const then = get().snapshots;
  try {
    const { conversation } = await command("offer.accept", { offer_id: offer });
    answered(offer);
    openTaken(conversation, then);
  } catch (e) {
    answered(offer, e);
    complain(e);
  }
}

export async function decline(offer: string): Promise<void> {
  if (get().answering[offer]) return;
  set((d) => ({ ...d, answering: { ...d.answering, [offer]: "decline" } }));
  try {
    await command("offer.decline", { offer_id: offer });
    answered(offer);
  } catch (e) {
    answered(offer, e);
    complain(e);
  }
}

export function openTab(tab: string): void {
  set((d) => ({ ...d, tab, open: tab === talksTab ? d.open : d.open }));
}

function openBeside(tab: Tab): void {
  set((d) => ({ ...d, tab: tab.id, tabs: d.tabs.some((t) => t.id === tab.id) ? d.tabs : [...d.tabs, tab] }));
}

/** An earlier conversation, to be read. */
export function openHistory(conversation: string, title: string): void {
  openBeside({ id: `h-${conversation}`, kind: "history", ref: conversation, title });
}

export function openFind(): void {
  openBeside({ id: "find", kind: "find", ref: "", title: words()("find") });
}

export function closeTab(id: string): void {
  set((d) => ({ ...d, tabs: d.tabs.filter((t) => t.id !== id), tab: d.tab === id ? (Object.keys(d.talks).length ? talksTab : home) : d.tab }));
}

export function openTalk(id: string | null): void {
  set((d) => {
    const t = id ? d.talks[id] : undefined;
    return { ...d, tab: talksTab, open: id, talks: t?.fresh ? { ...d.talks, [id!]: { ...t, fresh: false } } : d.talks };
  });
  if (id) void load(id);
}

export function setFilled(conversation: string, f: Filled | null): void {
  set((d) => {
    const { [conversation]: _, ...filled } = d.filled;
    return { ...d, filled: f ? { ...filled, [conversation]: f } : filled };
  });
}

/** A note as far as it is written: it waits while its agent looks elsewhere. */
export function jot(conversation: string, j: Jotted): void {
  set((d) => ({ ...d, jotted: j.text ? { ...d.jotted, [conversation]: j } : without(d.jotted, conversation) }));
}

/** Puts the message below the conversation at once; it stays there until the server has it. */
export function sendMessage(conversation: string, text: string, attachments: Pending["attachments"] = [], canned = ""): void {
  const p: Pending = { id: freshId(), conversation, text, attachments, canned, at: Date.now(), error: "", seen: false };
  set((d) => ({ ...d, pending: [...d.pending, p] }));
  transmit(p);
}

function transmit(p: Pending): void {
  const data: MessageSend = {
    conversation_id: p.conversation, text: p.text, ...(p.attachments.length ? { attachment_ids: p.attachments.map((a) => a.id) } : {}),
    ...(p.canned ? { canned_response_id: p.canned } : {}),
  };
  command("message.send", data, "kept", p.id).catch((e: unknown) => {
    set((d) => ({ ...d, pending: d.pending.map((x) => (x.id === p.id ? { ...x, error: codeOf(e) } : x)) }));
  });
}

export function retryMessage(id: string): void {
  const p = get().pending.find((x) => x.id === id);
  discardMessage(id);
  if (p) sendMessage(p.conversation, p.text, p.attachments, p.canned);
}

export function discardMessage(id: string): void {
  set((d) => ({ ...d, pending: d.pending.filter((x) => x.id !== id) }));
}

export function addNote(conversation: string, text: string, mentions: string[]): Promise<boolean> {
  return command("note.add", { conversation_id: conversation, text, ...(mentions.length ? { mentions } : {}) }, "kept").then(() => true, (e: unknown) => (complain(e), false));
}

const readUpTo: { [conversation: string]: number } = {};

/** The agent has seen everything up to seq. */
export function markRead(conversation: string, seq: number): void {
  if ((readUpTo[conversation] ?? 0) >= seq) return;
  readUpTo[conversation] = seq;
  command("message.read", { conversation_id: conversation, seq }, "retried").catch(() => {
    readUpTo[conversation] = 0; // said again when it is seen again
  });
}

const toldTyping: { [conversation: string]: number } = {};
const typingMS = 5000; // the server forgets after 10 s

export function tellTyping(conversation: string, typing: boolean): void {
  const now = Date.now();
  if (typing ? now - (toldTyping[conversation] ?? 0) < typingMS : !toldTyping[conversation]) return;
  toldTyping[conversation] = typing ? now : 0;
  command("typing.set", { conversation_id: conversation, typing }, "once").catch(() => {});
}

export function search(text: string): Promise<Directory> {
  return command("directory.search", { text, limit: 50 }, "once");
}

export async function transfer(conversation: string, to: Target, note: string): Promise<string> {
  try {
    await command("transfer.start", { conversation_id: conversation, to, ...(note ? { note } : {}) });
    return "";
  } catch (e) {
    const reason = e instanceof CommandRefused ? e.error.data?.reason : "";
    return reason ? `unavailable.${reason}` : `error.${codeOf(e)}`;
  }
}

export function cancelTransfer(conversation: string): void {
  command("transfer.cancel", { conversation_id: conversation }).catch(complain);
}

export function hold(conversation: string, on: boolean): void {
  command(on ? "conversation.hold" : "conversation.unhold", { conversation_id: conversation })
    .then((r) => set((d) => withKnown(d, r.conversation)), complain);
}

/** Closes; the answer is "" or the code of the refusal. */
export async function closeTalk(conversation: string, script?: ScriptAnswer): Promise<string> {
  const data: ConversationClose = { conversation_id: conversation, ...(script ? { script } : {}) };
  try {
    const { conversation: head } = await command("conversation.close", data);
    setDraft(conversation, "");
    setFilled(conversation, null);
    if (head.state === "closed") {
      set((d) => withoutTalk(d, conversation));
      toast("good", "close.done", { protocol: head.protocol_number });
      const next = get().open;
      if (next) void load(next);
    } else {
      set((d) => ({ ...withKnown(d, head), closing: null }));
    }
    return "";
  } catch (e) {
    return codeOf(e);
  }
}

/** Says why a request was refused, with the field at fault; it answers the same words. */
export function complainRest(e: unknown): string {
  const code = e instanceof Refused ? e.code : "internal";
  const t = words();
  const at = e instanceof Refused ? e.fields.map((f) => f.pointer.replace(/^\//, "")).join(", ") : "";
  const said = t.or(`error.${code}`, "error.internal") + (at && ` (${at})`);
  toast("bad", `error.${code}`);
  return said;
}
