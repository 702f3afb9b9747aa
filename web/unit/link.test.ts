import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Link, type Phase } from "../src/wire/link.ts";
import { CommandRefused, Outbox } from "../src/wire/outbox.ts";
import { serverNow } from "../src/wire/clock.ts";
import type { Event as Told, Snapshot } from "../src/wire/protocol.ts";
import { Refused } from "../src/wire/rest.ts";

/** The server's end of a socket. */
class Far {
  static all: Far[] = [];
  readyState = 1;
  sent: { type: string; [k: string]: unknown }[] = [];
  onmessage: ((m: { data: string }) => void) | null = null;
  onclose: ((e: { code: number }) => void) | null = null;
  closed = false;
  constructor(readonly protocols: string[]) {
    Far.all.push(this);
  }
  send(text: string): void { this.sent.push(JSON.parse(text)); }
  close(): void { this.closed = true; this.readyState = 3; }
  say(frame: object): void { this.onmessage?.({ data: JSON.stringify(frame) }); }
  end(code: number): void { this.readyState = 3; this.onclose?.({ code }); }
  hello(n = Far.all.length): void {
    this.say({ type: "hello", session: `ses_${n}`, resume_token: `tok_${n}`, epoch: "e", heartbeat_ms: 15000, max_frame_bytes: 16384, command_window: 2, now: new Date(Date.now() + 30_000).toISOString() });
  }
  snapshot(seq = 0): void { this.say({ type: "snapshot", seq, reason: "start", data: { offers: [], conversations: [] } }); }
  event(seq: number): void { this.say({ type: "event", seq, name: "status.changed", at: "", data: {} }); }
}

let phases: Phase[];
let events: number[];
let snapshots: Snapshot[];
let box: Outbox;
let link: Link;
let ticket: () => Promise<string>;
const last = (): Far => Far.all.at(-1)!;

async function begin(): Promise<void> {
  link = new Link({
    url: "ws://x", outbox: box, ticket: () => ticket(), random: () => 1, onPhase: (p) => phases.push(p), onSnapshot: (s) => snapshots.push(s),
    onEvent: (e: Told) => events.push(e.seq), socket: (_, protocols) => new Far(protocols) as unknown as WebSocket,
  });
  link.start();
  await vi.advanceTimersByTimeAsync(0);
}
async function live(): Promise<void> {
  await begin();
  last().hello();
  last().snapshot();
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  Far.all = [];
  phases = [];
  events = [];
  snapshots = [];
  box = new Outbox("agt_1", localStorage);
  ticket = () => Promise.resolve("t1");
});
afterEach(() => {
  link.stop();
  vi.useRealTimers();
});

describe("a session", () => {
  test("it shows its ticket, starts, and takes the server's clock", async () => {
    await live();
    expect(last().protocols).toEqual(["pronto.v1", "ticket.t1"]);
    expect(last().sent).toEqual([{ type: "start" }]);
    expect(phases).toEqual(["live"]);
    expect(Math.abs(serverNow() - Date.now() - 30_000)).toBeLessThan(5);
  });

  test("after a drop it resumes at the last event, with the token of the last hello", async () => {
    await live();
    last().event(1);
    last().event(2);
    last().end(1006);
    expect(phases.at(-1)).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(300);
    last().hello();
    expect(last().sent[0]).toEqual({ type: "resume", session: "ses_1", resume_token: "tok_1", epoch: "e", seq: 2 });
    last().say({ type: "resumed", from: 3, to: 3 });
    last().event(3);
    expect(events).toEqual([1, 2, 3]);
    last().end(1006);
    await vi.advanceTimersByTimeAsync(300);
    last().hello();
    expect(last().sent[0]).toMatchObject({ session: "ses_2", seq: 3 });
  });

  test("an event twice is taken once; a missing one leads to a snapshot", async () => {
    await live();
    last().event(1);
    last().event(1);
    last().event(3);
    await vi.advanceTimersByTimeAsync(0);
    expect(events).toEqual([1]);
    expect(Far.all.length).toBe(2);
    last().hello();
    expect(last().sent).toEqual([{ type: "start" }]);
    last().snapshot(7);
    last().event(8);
    expect(events).toEqual([1, 8]);
    expect(snapshots.length).toBe(2);
  });

  test("it answers pings with what it saw, and two missed ones end the connection", async () => {
    await live();
    last().event(1);
    last().say({ type: "ping", n: 4 });
    expect(last().sent.at(-1)).toEqual({ type: "pong", n: 4, seq: 1 });
    await vi.advanceTimersByTimeAsync(19_500);
    expect(phases.at(-1)).toBe("unstable");
    await vi.advanceTimersByTimeAsync(15_000);
    expect(phases.at(-1)).toBe("reconnecting");
    expect(Far.all[0]!.closed).toBe(true);
  });

  test("a resume that is answered by nothing but pings begins anew", async () => {
    await live();
    last().end(1006);
    await vi.advanceTimersByTimeAsync(300);
    last().hello();
    for (let i = 0; i < 2; i++) {
      await vi.advanceTimersByTimeAsync(7_000);
      last().say({ type: "ping", n: i });
    }
    await vi.advanceTimersByTimeAsync(7_000);
    expect(Far.all[1]!.closed).toBe(true);
    expect(Far.all.length).toBe(3);
    last().hello();
    expect(last().sent[0]!.type).toBe("start");
    last().snapshot();
    await vi.advanceTimersByTimeAsync(10_000);
    last().say({ type: "ping", n: 1 });
    await vi.advanceTimersByTimeAsync(14_000);
    expect(Far.all.length).toBe(3);
    expect(phases.at(-1)).toBe("live");
  });

  test("pauses grow and have an end; an overloaded server is left alone longer", async () => {
    ticket = () => Promise.reject(new Refused("offline"));
    await begin();
    let asked = 0;
    ticket = () => { asked++; return Promise.reject(new Refused("offline")); };
    await vi.advanceTimersByTimeAsync(250 + 500 + 1000 + 2000 + 4000 + 8000 + 5);
    expect(asked).toBe(6);
    await vi.advanceTimersByTimeAsync(15_005);
    expect(asked).toBe(7);
    ticket = () => Promise.resolve("t2");
    await vi.advanceTimersByTimeAsync(15_005);
    last().hello();
    last().snapshot();
    last().end(1013);
    const n = Far.all.length;
    await vi.advanceTimersByTimeAsync(1900);
    expect(Far.all.length).toBe(n);
    await vi.advanceTimersByTimeAsync(200);
    expect(Far.all.length).toBe(n + 1);
  });

  test("drain: it goes over within the time and resumes", async () => {
    await live();
    last().say({ type: "drain", reconnect_within_ms: 10_000 });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(Far.all.length).toBe(1);
    await vi.advanceTimersByTimeAsync(10);
    expect(Far.all.length).toBe(2);
    last().hello();
    expect(last().sent[0]!.type).toBe("resume");
  });

  test.each([[4010, "signed_out"], [4009, "superseded"], [4003, "refused"], [4029, "refused"]] as const)("close code %i ends it: %s", async (code, phase) => {
    await live();
    last().end(code);
    await vi.advanceTimersByTimeAsync(60_000);
    dispatchEvent(new Event("offline"));
    dispatchEvent(new Event("online"));
    expect(phases.at(-1)).toBe(phase);
    expect(Far.all.length).toBe(1);
  });
});

describe("commands", () => {
  test("they go out in order within the window, and again with the same id after a drop", async () => {
    await live();
    for (let i = 0; i < 3; i++) void link.send("message.send", { conversation_id: "cnv_1", text: `${i}` }, "kept", `id${i}`);
    expect(last().sent.slice(1).map((f) => f.id)).toEqual(["id0", "id1"]);
    last().say({ type: "reply", id: "id0", ok: true, data: {} });
    expect(last().sent.slice(1).map((f) => f.id)).toEqual(["id0", "id1", "id2"]);
    last().end(1006);
    await vi.advanceTimersByTimeAsync(300);
    last().hello();
    last().say({ type: "resumed", from: 1, to: 0 });
    expect(last().sent.slice(1).map((f) => f.id)).toEqual(["id1", "id2"]);
  });

  test("what is kept outlives the page; its reply takes it out", async () => {
    await begin();
    void link.send("message.send", { conversation_id: "cnv_1", text: "a" }, "kept", "k1");
    void link.send("offer.accept", { offer_id: "off_1" }, "retried", "k2");
    const next = new Outbox("agt_1", localStorage);
    expect(next.entries().map((e) => e.id)).toEqual(["k1"]);
    expect(new Outbox("agt_2", localStorage).entries()).toEqual([]);
    next.reply({ type: "reply", id: "k1", ok: true });
    expect(new Outbox("agt_1", localStorage).entries()).toEqual([]);
  });

  test("what is sent once fails with the connection; what is too large is not sent", async () => {
    await live();
    const typing = link.send("typing.set", { conversation_id: "c", typing: true }, "once");
    last().end(1006);
    await expect(typing).rejects.toBeInstanceOf(CommandRefused);
    await expect(link.send("typing.set", { conversation_id: "c", typing: true }, "once")).rejects.toThrow("offline");
    await expect(link.send("message.send", { conversation_id: "c", text: "x".repeat(17_000) })).rejects.toThrow("too_long");
  });

  test("they can be sent from a page without https, where the browser makes no ids", async () => {
    await live();
    vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
    void link.send("typing.set", { conversation_id: "c", typing: true });
    void link.send("typing.set", { conversation_id: "c", typing: false });
    vi.unstubAllGlobals();
    const ids = last().sent.slice(1).map((f) => f.id as string);
    expect(ids.map((id) => id.length)).toEqual([32, 32]);
    expect(new Set(ids).size).toBe(2);
  });

  test("a refusal carries its code", async () => {
    await live();
    const sent = link.send("offer.accept", { offer_id: "o" }, "retried", "a");
    last().say({ type: "reply", id: "a", ok: false, error: { code: "offer_taken", message: "" } });
    await expect(sent).rejects.toThrow("offer_taken");
  });
});
