import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { apply, snapshot } from "../src/state/effects.ts";
import { loadCanned } from "../src/state/messages.ts";
import { type Desk, empty, talkOf } from "../src/state/model.ts";
import { get, set } from "../src/state/store.ts";
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
