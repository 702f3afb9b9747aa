import { beforeEach, describe, expect, test, vi } from "vitest";
import { accept, closeTalk, decline, hold, markRead } from "../src/state/actions.ts";
import { snooze } from "../src/state/moves.ts";
import { applySnapshot } from "../src/state/apply.ts";
import { type Desk, empty, talkOf } from "../src/state/model.ts";
import { get, set } from "../src/state/store.ts";
import { CommandRefused } from "../src/wire/outbox.ts";
import type { ConversationHead, SnapshotData } from "../src/wire/protocol.ts";

/** What the server says to the next command. */
let say: (name: string, data: unknown, keep?: string) => unknown;
vi.mock("../src/state/session.ts", () => ({ command: async (name: string, data: unknown, keep?: string) => say(name, data, keep) }));
vi.stubGlobal("fetch", async () => {
  throw new TypeError("no line");
});
const refuse = (code: string) => (): never => {
  throw new CommandRefused({ code, message: "" } as CommandRefused["error"]);
};

const head = (id: string, more: Partial<ConversationHead> = {}): ConversationHead => ({
  id, protocol_number: "1", state: "active", version: 1, queue: { id: "q", name: "Q" }, channel: { id: "h", kind: "generic", name: "H" }, contact: { id: "k", name: "M", identity: "+55" },
  subject: "", priority: 0, on_hold: false, enqueued_at: "2026-01-01T00:00:00Z", last_seq: 0, read_seq: 0, unread: 0, script_required: false, opened_at: "2026-01-01T00:00:00Z", ...more,
});
const offer = (id: string): Desk["offers"][number] => ({ id, contact: { id: "k", name: "M", identity: "" } }) as Desk["offers"][number];

beforeEach(() => set(() => ({ ...empty, offers: [offer("o1")] })));

describe("offers", () => {
  test.each([accept, decline])("an answer that the server could not take now leaves the offer, to be answered again", async (answer) => {
    for (const code of ["overloaded", "rate_limited", "read_only", "internal"]) {
      say = refuse(code);
      await answer("o1");
      expect([code, get().offers.length, get().answering]).toEqual([code, 1, {}]);
    }
    say = refuse("offer_taken");
    await answer("o1");
    expect(get().offers).toEqual([]);
  });
});

describe("a reply that is the first one again", () => {
  const snapshot = (...conversations: ConversationHead[]): void =>
    set((d) => applySnapshot(d, { agent: { id: "a1" }, offers: [], conversations, drafts: [], queues: [], pause_reasons: [], scripts: [] } as unknown as SnapshotData));

  test("a conversation that went away while there was no line does not come back with it", async () => {
    set((d) => ({ ...d, talks: { c1: talkOf(head("c1")) } }));
    say = () => {
      snapshot(); // it is gone: this is what the desk knows when the repeated command is answered
      return { conversation: head("c1", { state: "wrapup" }) };
    };
    hold("c1", true);
    snooze("c1", new Date());
    await closeTalk("c1");
    await accept("o1");
    expect(get().talks).toEqual({});
  });

  test("one that was accepted opens, whether its event or the reply is first, and over a snapshot that has it", async () => {
    say = () => ({ conversation: head("c1") });
    await accept("o1");
    expect(get().open).toBe("c1");
    say = () => {
      snapshot(head("c2"));
      return { conversation: head("c2") };
    };
    await accept("o2");
    expect(get().open).toBe("c2");
  });
});

test("what was read while the line went is said again when it is back", () => {
  const said: unknown[] = [];
  say = (...x) => said.push(x);
  markRead("c9", 4);
  expect(said).toEqual([["message.read", { conversation_id: "c9", seq: 4 }, "retried"]]);
});
