import { describe, expect, test } from "vitest";
import { weekOf } from "../src/admin/kinds/hours.tsx";
import { newPassword } from "../src/admin/kinds/Access.tsx";
import { seated } from "../src/admin/kinds/Members.tsx";
import { addAfter, addChild, indent, outdent, pointerOf, remove, shift, withIds } from "../src/admin/kinds/tree.ts";
import { content } from "../src/admin/words/content.ts";
import { frame } from "../src/admin/words/frame.ts";
import { routing } from "../src/admin/words/routing.ts";
import { setup } from "../src/admin/words/setup.ts";
import { system } from "../src/admin/words/system.ts";
import { webhooks } from "../src/admin/words/webhooks.ts";
import type { Agent, Reason } from "../src/wire/protocol.ts";
import { patched, patchOf, valueAt, withValue } from "../src/admin/pointer.ts";

describe("values by JSON pointer", () => {
  test("a value is read and replaced deep inside, and nothing is changed in place", () => {
    const from = { a: [{ b: 1 }, { b: 2 }], "x/y": 3 };
    expect(valueAt(from, "/a/1/b")).toBe(2);
    expect(valueAt(from, "/x~1y")).toBe(3);
    expect(valueAt(from, "/a/7/b")).toBeUndefined();
    expect(withValue(from, "/a/1/b", 9)).toEqual({ a: [{ b: 1 }, { b: 9 }], "x/y": 3 });
    expect(withValue({}, "/p/q", 1)).toEqual({ p: { q: 1 } });
    expect(withValue({ p: { q: 1, r: 2 } }, "/p/q", undefined)).toEqual({ p: { r: 2 } });
    expect(from.a[1]).toEqual({ b: 2 });
  });

  test("a merge patch has what differs alone, null for what is gone, and leads from one to the other", () => {
    const from = { name: "a", list: [1, 2], wrapup: { mode: "off", ms: 5 }, alerts: { min: 1 } };
    const to = { name: "a", list: [1], wrapup: { mode: "timed", ms: 5 } };
    const patch = patchOf(from, to);
    expect(patch).toEqual({ list: [1], wrapup: { mode: "timed" }, alerts: null });
    expect(patched(from, patch)).toEqual(to);
    expect(patchOf(from, structuredClone(from))).toEqual({});
  });

  test("one's own changes on top of what somebody else saved keep theirs elsewhere", () => {
    const base = { subject: "", priority: 0, wrapup: { mode: "off", ms: 5 } };
    const mine = patchOf(base, { ...base, wrapup: { mode: "off", ms: 9 } });
    expect(patched({ ...base, priority: 3, wrapup: { mode: "timed", ms: 5 } }, mine)).toEqual({ subject: "", priority: 3, wrapup: { mode: "timed", ms: 9 } });
  });
});

describe("the tree of reasons", () => {
  const leaf = (label: string, children?: Reason[]): Reason => ({ id: label, label, ...(children ? { children } : {}) });
  const tree = [leaf("a", [leaf("b"), leaf("c")]), leaf("d")];
  const shape = (list: Reason[]): unknown => list.map((r) => (r.children ? [r.label, shape(r.children)] : r.label));

  test("a node is added, moved among its siblings, in and out, and removed; where it stands is told", () => {
    expect(shape(addAfter(tree, [0, 0]).tree)).toEqual([["a", ["b", "", "c"]], "d"]);
    expect(addChild(tree, [1])).toMatchObject({ at: [1, 0] });
    expect(shape(shift(tree, [0, 1], -1)!.tree)).toEqual([["a", ["c", "b"]], "d"]);
    expect(shift(tree, [1], 1)).toBeNull();
    const moved = indent(tree, [1])!;
    expect([shape(moved.tree), moved.at]).toEqual([[["a", ["b", "c", "d"]]], [0, 2]]);
    expect(indent(tree, [0, 0])).toBeNull();
    const out = outdent(tree, [0, 1])!;
    expect([shape(out.tree), out.at]).toEqual([[["a", ["b"]], "c", "d"], [1]]);
    expect(outdent(tree, [1])).toBeNull();
    expect(remove(tree, [0, 1])).toMatchObject({ at: [0, 0] });
    expect(shape(remove(remove(tree, [0, 1]).tree, [0, 0]).tree)).toEqual(["a", "d"]); // a leaf again
    expect(pointerOf([0, 2, 1])).toBe("/reasons/0/children/2/children/1");
    expect(shape(tree)).toEqual([["a", ["b", "c"]], "d"]);
    expect(new Set(withIds([leaf(""), leaf("", [leaf("")])]).flatMap((r) => [r.id, ...(r.children ?? []).map((c) => c.id)])).size).toBe(3);
  });
});

describe("what the forms make of their values", () => {
  test("a week has what goes past midnight on the next day, Sunday's on Monday", () => {
    const week = weekOf([{ days: ["sun"], from: "22:00", to: "02:00" }, { days: ["mon"], from: "09:00", to: "24:00" }]);
    expect(week[0]).toEqual([[0, 120], [540, 1440]]);
    expect(week[6]).toEqual([[1320, 1440]]);
    expect(week[1]).toEqual([]);
  });

  test("an agent's other queues stay as they are when it joins or leaves one", () => {
    const a = { queue_ids: ["q1"], queue_settings: [{ queue_id: "q1", tier: 2 }] } as unknown as Agent;
    expect(seated(a, "q2", { member: true, tier: 3, weight: 1 })).toEqual({ queue_ids: ["q1", "q2"], queue_settings: [{ queue_id: "q1", tier: 2 }, { queue_id: "q2", tier: 3, weight: 1 }] });
    expect(seated(a, "q1", { member: false, tier: 2, weight: 1 })).toEqual({ queue_ids: [], queue_settings: [] });
    expect(seated(a, "q1", { member: true, tier: 1, weight: 1 })).toEqual({ queue_ids: ["q1"], queue_settings: [] });
  });

  test("a made password has no letters that look alike, and is never the same", () => {
    const many = Array.from({ length: 200 }, newPassword);
    expect(many.every((p) => /^([a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}$/.test(p))).toBe(true);
    expect(new Set(many).size).toBe(200);
  });

  test("every word stands in three languages with the same values and forms", () => {
    const slots = (text: string): string => [...text.split("|")[0]!.matchAll(/(?<!\{)\{(\w+)\}/g)].map((m) => m[1]).sort().join();
    for (const [key, words] of Object.entries({ ...frame, ...routing, ...content, ...system, ...webhooks, ...setup })) {
      expect([key, ...words.map(slots)]).toEqual([key, slots(words[0]), slots(words[0]), slots(words[0])]);
      expect([key, ...words.map((w) => w.split("|").length)]).toEqual([key, words[0].split("|").length, words[0].split("|").length, words[0].split("|").length]);
      if (key !== "empty") expect([key, words.every(Boolean)]).toEqual([key, true]);
    }
  });
});
