import { expect, test, vi } from "vitest";
import { get, set, setSoon, subscribe } from "../src/state/store.ts";

test("a burst of events is told once, before the next picture; what the user does is told at once", async () => {
  vi.useFakeTimers();
  const told = vi.fn();
  const stop = subscribe(told);
  for (let i = 0; i < 100; i++) setSoon((d) => ({ ...d, tab: `t${i}` }));
  expect(get().tab).toBe("t99");
  expect(told).toHaveBeenCalledTimes(0);
  vi.advanceTimersByTime(100);
  expect(told).toHaveBeenCalledTimes(1);
  setSoon((d) => ({ ...d, tab: "a" }));
  set((d) => ({ ...d, open: "x" }));
  expect(told).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(500);
  expect(told).toHaveBeenCalledTimes(2);
  setSoon((d) => d);
  vi.advanceTimersByTime(500);
  expect(told).toHaveBeenCalledTimes(2);
  stop();
  vi.useRealTimers();
});
