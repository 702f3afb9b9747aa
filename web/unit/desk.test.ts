import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { apply, snapshot } from "../src/state/effects.ts";
import { load, loadCanned, settled } from "../src/state/messages.ts";
import { type Desk, empty, talkOf } from "../src/state/model.ts";
import { pendingOf } from "../src/state/session.ts";
import { get, set } from "../src/state/store.ts";
import { Outbox } from "../src/wire/outbox.ts";
import { attach } from "../src/state/uploads.ts";
import type { ConversationHead, Message, Snapshot, SnapshotData } from "../src/wire/protocol.ts";

/** What the server answers by path; a path that is not here cannot be reached. */
let served: { [path: string]: unknown };
let seq = 0;

const head = (id: string, more: Partial<ConversationHead> = {}): ConversationHead => ({
  id, protocol_number: "1", state: "active", version: 1, queue: { id: "q", name: "Q" }, channel: { id: "h", kind: "generic", name: "H" }, contact: { id: "k", name: "M", identity: "+55" },
  subject: "", priority: 0, on_hold: false, enqueued_at: "2026-01-01T00:00:00Z", last_seq: 0, read_seq: 0, unread: 0, script_required: false, opened_at: "2026-01-01T00:00:00Z", ...more,
});
const message = (n: number, more: Partial<Message> = {}): Message => ({ id: `msg_${n}`, conversation_id: "c1", seq: n, author: { kind: "contact", name: "M" }, text: `t${n}`, attachments: [], at: "2026-01-01T00:00:00Z", ...more });
const event = (name: string, data: unknown): void => apply({ type: "event", seq: ++seq, name, at: "", data });
const take = (...conversations: ConversationHead[]): void =>
  snapshot({ type: "snapshot", seq: 0, reason: "start", data: { agent: { id: "a1", name: "A", queues: [] }, offers: [], conversations, drafts: [], queues: [], pause_reasons: [], scripts: get().scripts } as unknown as SnapshotData } as Snapshot);
const soon = (): Promise<void> => new Promise((done) => setTimeout(done, 5));

beforeEach(() => {
  served = {};
  vi.stubGlobal("fetch", async (url: string) => {
    const body = await served[new URL(url, "http://x").pathname.replace("/api/v1", "")];
    if (body === undefined) throw new TypeError("no line");
    return new Response(JSON.stringify(body), { status: 200 });
  });
  set(() => ({ ...empty, agent: { id: "a1", name: "A" } as Desk["agent"] }));
});
afterEach(() => vi.unstubAllGlobals());

describe("what an administrator changes", () => {
  const script = (...questions: string[]) => ({ id: "s1", version: 1, name: "S", reasons: [], questions: questions.map((id) => ({ id, label: id, kind: "text", required: true })) });

  test("a script that is changed is exchanged where it is shown; it is missing nowhere meanwhile", async () => {
    set((d) => ({ ...d, scripts: [script() as unknown as Desk["scripts"][number]] }));
    served["/scripts/s1"] = script("new");
    event("config.changed", { kind: "script", id: "s1", version: 2 });
    expect(get().scripts.length).toBe(1);
    await soon();
    expect(get().scripts[0]!.questions.map((q) => q.id)).toEqual(["new"]);
  });

  test("pause reasons that are changed can be chosen at once", async () => {
    served["/pause-reasons"] = { items: [{ id: "p1", name: "Lunch" }] };
    event("config.changed", { kind: "pause_reason", id: "p1", version: 1 });
    await soon();
    expect(get().pauses.map((p) => p.name)).toEqual(["Lunch"]);
  });

  test("after a snapshot it is read anew which script a queue has, and which prepared texts there are", async () => {
    set((d) => ({ ...d, scriptOf: { q: "" }, cannedLoad: "ready" }));
    served["/queues/q"] = { id: "q", script_id: "s1", mode: "push" };
    take();
    expect(get().cannedLoad).toBe("none");
    await soon();
    expect(get().scriptOf.q).toBe("s1");
  });

  test("prepared texts that were changed while they were being read are read once more", async () => {
    let answer: (x: unknown) => void = () => {};
    served["/canned-responses"] = new Promise((done) => (answer = done));
    void loadCanned();
    event("config.changed", { kind: "canned_response", id: "r1", version: 1 });
    served["/canned-responses"] = { items: [{ id: "r1" }] };
    answer({ items: [] });
    await soon();
    expect(get().canned.map((c) => c.id)).toEqual(["r1"]);
  });
});

describe("answers of the server beside events", () => {
  const note = (id: string) => ({ id, conversation_id: "c1", author: { kind: "agent", id: "a2", name: "B" }, text: id, mentions: [], at: "2026-01-01T00:00:00Z" });
  /** The messages' answer, which is held back. */
  const late = (path: string): ((x: unknown) => void) => {
    let answer: (x: unknown) => void = () => {};
    served[path] = new Promise((done) => (answer = done));
    return answer;
  };
  const shown = () => get().talks.c1!;

  test("after a snapshot a loaded conversation has the notes that were written while there was no line", async () => {
    set((d) => ({ ...d, talks: { c1: { ...talkOf(head("c1")), load: "ready", notesLoad: "ready", notes: [note("n1")] } } }));
    served["/conversations/c1/notes"] = { items: [note("n1"), note("n2")] };
    take(head("c1"));
    await soon();
    expect(shown().notes.map((n) => n.id)).toEqual(["n1", "n2"]);
    delete served["/conversations/c1/notes"];
    take(head("c1"));
    await soon();
    expect([shown().notesLoad, shown().notes.length]).toEqual(["ready", 2]);
  });

  test("a note that comes while the notes are being read stays, and messages are shown without them", async () => {
    take(head("c1", { last_seq: 1 }));
    const answer = late("/conversations/c1/notes");
    served["/conversations/c1/messages"] = { items: [message(1)] };
    void load("c1");
    await soon();
    expect(shown().load).toBe("ready");
    event("conversation.note", { conversation_id: "c1", note: note("n2") });
    answer({ items: [note("n1")] });
    await soon();
    expect(shown().notes.map((n) => n.id)).toEqual(["n1", "n2"]);
  });

  test("a message that is hidden while messages are being read stays hidden", async () => {
    take(head("c1", { last_seq: 1 }));
    const answer = late("/conversations/c1/messages");
    void load("c1");
    event("conversation.message_changed", { conversation_id: "c1", version: 2, message: message(1, { text: "", redacted: true }) });
    event("conversation.delivery", { conversation_id: "c1", message_id: "msg_2", delivery: "read" });
    answer({ items: [message(1), message(2, { delivery: "sent" })] });
    await soon();
    expect(shown().messages).toMatchObject([{ text: "", redacted: true }, { delivery: "read" }]);
  });
});

describe("messages that an earlier page has left", () => {
  const left = { id: "m1", name: "message.send", data: { conversation_id: "c1", text: "hello", attachment_ids: ["att_1", "att_2"] }, at: 1, keep: "kept" } as const;

  test("they keep their files: one that is refused is sent again with them", () => {
    const box = new Outbox("a1", localStorage);
    void box.add(left);
    expect(pendingOf(new Outbox("a1", localStorage))[0]!.attachments.map((a) => a.id)).toEqual(["att_1", "att_2"]);
    box.reply({ type: "reply", id: "m1", ok: true });
  });

  test("one that is refused because its conversation is gone says so with its text", () => {
    set((d) => ({ ...d, pending: [{ id: "m1", conversation: "c1", text: "hello", attachments: [], canned: "", at: 1, error: "", seen: false }] }));
    settled(left, { type: "reply", id: "m1", ok: false, error: { code: "not_owner", message: "" } });
    expect(get().toasts).toMatchObject([{ text: "message.lost", values: { text: "hello" } }]);
    expect(get().pending).toEqual([]);
  });
});

describe("files", () => {
  /** The upload that is under way: its answer comes when the test says so. */
  class Sending {
    static now: Sending;
    status = 201;
    responseText = "";
    upload = {};
    onload: () => void = () => {};
    constructor() {
      Sending.now = this;
    }
    open(): void {}
    send(): void {}
    abort(): void {}
    answer(a: object): void {
      this.responseText = JSON.stringify(a);
      this.onload();
    }
  }
  const states = () => get().uploads.c1!.map((u) => u.state);
  const choose = async (): Promise<void> => {
    vi.stubGlobal("XMLHttpRequest", Sending);
    served["/attachments/limits"] = { max_files: 10, max_bytes: 1000 };
    await attach("c1", [new File(["x"], "x.txt")]);
  };

  test("one that was looked into before the answer to its upload came can be sent", async () => {
    await choose();
    event("attachment.updated", { attachment: { id: "att_1", state: "clean" } });
    Sending.now.answer({ id: "att_1", state: "scanning" });
    expect(states()).toEqual(["ready"]);
  });

  test("one that was looked into while there was no line can be sent after a snapshot", async () => {
    await choose();
    Sending.now.answer({ id: "att_2", state: "scanning" });
    expect(states()).toEqual(["checking"]);
    take();
    expect(states()).toEqual(["ready"]);
  });
});
