import { describe, expect, test } from "vitest";
import { applyEvent, applySnapshot, insert, sorted, withoutTalk } from "../src/state/apply.ts";
import { type Desk, empty, type Pending, talkOf } from "../src/state/model.ts";
import type { ConversationHead, Event, Message, SnapshotData } from "../src/wire/protocol.ts";

const message = (seq: number, more: Partial<Message> = {}): Message => ({ id: `msg_${seq}`, conversation_id: "c1", seq, author: { kind: "contact", name: "M" }, text: `t${seq}`, attachments: [], at: "2026-01-01T00:00:00Z", ...more });
const head = (id: string, more: Partial<ConversationHead> = {}): ConversationHead => ({
  id, protocol_number: "1", state: "active", version: 1, queue: { id: "q", name: "Q" }, channel: { id: "h", kind: "generic", name: "H" }, contact: { id: "k", name: "M", identity: "+55" },
  subject: "", priority: 0, on_hold: false, enqueued_at: "2026-01-01T00:00:00Z", last_seq: 0, read_seq: 0, unread: 0, script_required: false, opened_at: "2026-01-01T00:00:00Z", ...more,
});
const desk = (...heads: ConversationHead[]): Desk => ({ ...empty, talks: Object.fromEntries(heads.map((h) => [h.id, { ...talkOf(h), load: "ready" as const }])) });
const event = (name: string, data: unknown): Event => ({ type: "event", seq: 1, name, at: "", data });

describe("messages", () => {
  test("whatever the order of arrival, they stand by their number, each once", () => {
    for (let round = 0; round < 50; round++) {
      const shuffled = [1, 2, 3, 4, 5, 3, 1].sort(() => Math.random() - 0.5);
      expect(shuffled.reduce<Message[]>((l, n) => insert(l, message(n)), []).map((m) => m.seq)).toEqual([1, 2, 3, 4, 5]);
    }
  });

  test("one's own message as an event hides its pending one until the reply comes, once for each", () => {
    const p = (id: string): Pending => ({ id, conversation: "c1", text: "same", attachments: [], canned: "", at: 0, error: "", seen: false });
    let d: Desk = { ...desk(head("c1")), agent: { id: "a1" } as Desk["agent"], pending: [p("p1"), p("p2")] };
    d = applyEvent(d, event("conversation.message", { conversation_id: "c1", version: 2, unread: 0, message: message(1, { text: "same", author: { kind: "agent", id: "a1", name: "A" } }) }));
    expect(d.pending.map((x) => x.seen)).toEqual([true, false]);
    expect(d.talks.c1!.messages.length).toBe(1);
  });

  test("a message of the contact counts as unread, ends typing, and becomes the last one", () => {
    let d = applyEvent(desk(head("c1")), event("conversation.typing", { conversation_id: "c1", author: {}, typing: true }));
    expect(d.talks.c1!.typing).toBe(true);
    d = applyEvent(d, event("conversation.message", { conversation_id: "c1", version: 2, unread: 1, message: message(1) }));
    expect(d.talks.c1).toMatchObject({ typing: false, head: { unread: 1, last_seq: 1, version: 2, last_message: { text: "t1" } } });
  });
});

describe("conversations", () => {
  test("a contact's new name is shown in its conversations and in those of contacts that were merged into it", () => {
    const other = (id: string) => head(id, { contact: { id, name: "Old", identity: "+55" } });
    const d = applyEvent(desk(head("c1"), other("k2"), other("k3")), event("contact.updated", { contact: { id: "k", name: "New", merged: [{ id: "k2", name: "Old" }] } }));
    expect(["c1", "k2", "k3"].map((id) => d.talks[id]!.head.contact.name)).toEqual(["New", "New", "Old"]);
  });

  test("a change of somebody else's, which is watched, does not make it one's own", () => {
    const d = desk(head("c1"));
    expect(applyEvent(d, event("conversation.updated", head("c2", { version: 9 })))).toBe(d);
  });

  test("a message that was changed stands in the place of the former one", () => {
    let d = applyEvent(desk(head("c1")), event("conversation.message", { conversation_id: "c1", version: 2, unread: 1, message: message(1) }));
    d = applyEvent(d, event("conversation.message_changed", { conversation_id: "c1", version: 3, message: message(1, { text: "", redacted: true }) }));
    expect(d.talks.c1!.messages).toMatchObject([{ seq: 1, text: "", redacted: true }]);
  });

  test("an older head does not replace a newer one", () => {
    const d = applyEvent(desk(head("c1", { version: 5, subject: "new" })), event("conversation.updated", head("c1", { version: 4, subject: "old" })));
    expect(d.talks.c1!.head.subject).toBe("new");
  });

  test("when the open one goes, its neighbour opens; when the last one goes, none", () => {
    const at = (n: number): string => `2026-01-01T00:0${n}:00Z`;
    let d: Desk = { ...desk(head("c1", { assigned_at: at(1) }), head("c2", { assigned_at: at(2) }), head("c3", { assigned_at: at(3) })), open: "c2", closing: "c2" };
    expect(sorted(d).map((t) => t.head.id)).toEqual(["c1", "c2", "c3"]);
    d = withoutTalk(d, "c2");
    expect([d.open, d.closing]).toEqual(["c3", null]);
    d = withoutTalk(withoutTalk(d, "c3"), "c1");
    expect(d.open).toBe(null);
  });

  test("a snapshot replaces what the server knows and keeps what only this browser knows", () => {
    const before: Desk = { ...desk(head("c1"), head("gone")), open: "c1", drafts: { c1: "draft" }, unsaved: { c1: true }, offers: [{ id: "o" } as Desk["offers"][number]], answering: { o: "accept" } };
    before.talks.c1!.messages = [message(1)];
    const data = { agent: { id: "a" }, offers: [], conversations: [head("c1", { version: 9 }), head("c2")], drafts: [], queues: [], pause_reasons: [], scripts: [] } as unknown as SnapshotData;
    const d = applySnapshot(before, data);
    expect(Object.keys(d.talks)).toEqual(["c1", "c2"]);
    expect([d.open, d.drafts.c1, d.talks.c1!.messages.length, d.talks.c1!.head.version]).toEqual(["c1", "draft", 1, 9]);
    expect([d.offers, d.answering]).toEqual([[], {}]);
  });

  test("an event of a later version changes nothing", () => {
    const d = desk(head("c1"));
    expect(applyEvent(d, event("conversation.teleported", {}))).toBe(d);
  });
});

describe("drafts", () => {
  const snapshot = (d: Desk, drafts: SnapshotData["drafts"], ...heads: ConversationHead[]): Desk => applySnapshot(d, { agent: {}, offers: [], conversations: heads, drafts, queues: [], pause_reasons: [], scripts: [] } as unknown as SnapshotData);

  test("a snapshot brings the server's, but for what it does not have yet, and none of conversations that are gone", () => {
    const before: Desk = { ...desk(head("c1"), head("c2"), head("c3")), drafts: { c1: "typed here", c2: "old", c3: "of one that is gone" }, unsaved: { c1: true, c3: true } };
    const after = snapshot(before, [{ conversation_id: "c1", text: "older" }, { conversation_id: "c2", text: "typed there" }], head("c1"), head("c2"));
    expect(after.drafts).toEqual({ c1: "typed here", c2: "typed there" });
    expect(after.unsaved).toEqual({ c1: true });
    expect(snapshot({ ...before, drafts: { c2: "old" }, unsaved: { c1: true } }, [{ conversation_id: "c1", text: "emptied here" }], head("c1"), head("c2")).drafts).toEqual({});
  });

  test("what another machine writes shows, unless it is written on here; a conversation takes its draft along", () => {
    const d: Desk = { ...desk(head("c1"), head("c2")), drafts: { c1: "mine" }, unsaved: { c1: true } };
    const saved = (conversation_id: string, text: string) => (x: Desk): Desk => applyEvent(x, event("draft.saved", { conversation_id, text }));
    expect(saved("c2", "there")(saved("c1", "there")(d)).drafts).toEqual({ c1: "mine", c2: "there" });
    expect(saved("c2", "")(saved("c2", "there")(d)).drafts).toEqual({ c1: "mine" });
    expect(withoutTalk(d, "c1")).toMatchObject({ drafts: {}, unsaved: {} });
  });
});
