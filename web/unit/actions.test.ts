import { beforeEach, describe, expect, test, vi } from "vitest";
import { accept, decline } from "../src/state/actions.ts";
import { type Desk, empty, talkOf } from "../src/state/model.ts";
import { get, set } from "../src/state/store.ts";
import { CommandRefused } from "../src/wire/outbox.ts";
import type { ConversationHead } from "../src/wire/protocol.ts";

/** What the server says to the next command. */
let say: (name: string, data: unknown) => unknown;
vi.mock("../src/state/session.ts", () => ({ command: async (name: string, data: unknown) => say(name, data) }));
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
