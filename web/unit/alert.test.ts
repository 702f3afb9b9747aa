import { expect, test, vi } from "vitest";
import type { Offer } from "../src/wire/protocol.ts";

/** A browser with its locks; each page is a copy of the module. */
const held = new Map<string, number>();
const rung: string[] = [];
let page = "";

class Sound {
  readonly of = page;
  currentTime = 0;
  destination = {};
  resume(): void {}
  createOscillator(): object {
    return { frequency: {}, connect: () => ({ connect() {} }), start: () => rung.push(this.of), stop() {} };
  }
  createGain(): object {
    return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} } };
  }
}

async function open(name: string) {
  page = name;
  vi.resetModules();
  const m = await import("../src/state/alert.ts");
  return { ...m, unlock: () => { page = name; m.unlock(); } };
}

test("of two pages that one rings which was touched, although the other was there first; a third stays silent", async () => {
  vi.stubGlobal("AudioContext", Sound);
  vi.stubGlobal("navigator", { locks: { request: (name: string, mine: () => void) => (held.set(name, (held.get(name) ?? 0) + 1) && held.get(name) === 1 ? mine() : undefined) } });
  const first = await open("first");
  first.lineUpToNotify();
  const second = await open("second");
  second.lineUpToNotify();
  second.unlock();
  second.unlock();
  const third = await open("third");
  third.lineUpToNotify();
  third.unlock();
  for (const p of [first, second, third]) p.alertOffer({ queue: {}, contact: {} } as Offer);
  expect([...new Set(rung)]).toEqual(["second"]);
  vi.unstubAllGlobals();
});
