import { expect, test } from "vitest";
import { pathOf } from "../src/desk/FindTab.tsx";

test("the last day of a search is searched to its end, also where it has 25 hours", () => {
  const zone = process.env.TZ;
  process.env.TZ = "America/New_York";
  const to = (day: string): string | null => new URLSearchParams(pathOf({ q: "x", author: "", queue: "", from: day, to: day }).split("?")[1]).get("to");
  expect(to("2026-11-01")).toBe("2026-11-02T05:00:00.000Z"); // clocks went back
  expect(to("2026-07-01")).toBe("2026-07-02T04:00:00.000Z");
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});
