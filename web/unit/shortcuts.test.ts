import { describe, expect, test } from "vitest";
import { comboOf, firstKeys, keysNow, setKeys, shortcutIds } from "../src/state/shortcuts.ts";
import { timeIn } from "../src/desk/Day.tsx";
import type { StatusInterval } from "../src/wire/protocol.ts";

const press = (code: string, o: Partial<Record<"ctrlKey" | "altKey" | "shiftKey" | "metaKey" | "altGraph", boolean>> = {}) => comboOf({
  code, ctrlKey: !!o.ctrlKey, altKey: !!o.altKey, shiftKey: !!o.shiftKey, metaKey: !!o.metaKey, getModifierState: (m) => m === "AltGraph" && !!o.altGraph,
});

describe("shortcuts", () => {
  test("no keys type a character: never Ctrl+Alt, never AltGr, never a letter alone", () => {
    expect(press("KeyQ", { ctrlKey: true, altKey: true })).toBe(null);
    expect(press("KeyQ", { altKey: true, altGraph: true })).toBe(null);
    expect(press("KeyQ")).toBe(null);
    expect(press("KeyQ", { shiftKey: true })).toBe(null);
    expect(press("ControlLeft", { ctrlKey: true })).toBe(null);
    expect(press("KeyQ", { altKey: true })).toBe("Alt+KeyQ");
    expect(press("KeyQ", { metaKey: true, shiftKey: true })).toBe("Ctrl+Shift+KeyQ");
    expect(press("F2")).toBe("F2");
    for (const keys of Object.values(firstKeys)) expect(keys).not.toMatch(/Ctrl\+Alt/);
  });

  test("keys belong to one shortcut; one may have none", () => {
    expect(new Set(shortcutIds.map((s) => firstKeys[s])).size).toBe(shortcutIds.length);
    expect(setKeys("finish", firstKeys.transfer)).toBe("transfer");
    expect(setKeys("transfer", "")).toBe(null);
    expect(setKeys("finish", firstKeys.transfer)).toBe(null);
    expect([keysNow().finish, keysNow().transfer]).toEqual([firstKeys.transfer, ""]);
  });
});

test("the time of a status is what of it lies in the day, the one that lasts up to now", () => {
  const at = (hour: number): string => `2026-03-02T${String(hour).padStart(2, "0")}:00:00.000Z`;
  const of = (status: string, start: string, end?: string): StatusInterval => ({ status, reason_id: "", by: { kind: "agent" }, start, ...(end ? { end } : {}) });
  const list = [of("ready", "2026-03-01T20:00:00.000Z", at(2)), of("not_ready", at(2), at(3)), of("ready", at(3))];
  expect(timeIn(list, "ready", Date.parse(at(0)), Date.parse(at(5)))).toBe(4 * 3_600_000);
  expect(timeIn(list, "not_ready", Date.parse(at(0)), Date.parse(at(5)))).toBe(3_600_000);
});
