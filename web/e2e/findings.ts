import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export type Look = { theme: "light" | "dark"; contrast: "normal" | "more"; density: "normal" | "compact" }[];

const plain: Look = [{ theme: "light", contrast: "normal", density: "normal" }, { theme: "dark", contrast: "normal", density: "normal" }];
const strong: Look = [{ theme: "light", contrast: "more", density: "compact" }, { theme: "dark", contrast: "more", density: "normal" }];

/** What a screen may look like: for a test of each. */
export const looks: [string, Look][] = [["light and dark", plain], ["high contrast and compact", strong]];

/** Gives the page a look and waits until nothing moves from the one before to it: half way, colours are nobody's. */
async function dress(look: object): Promise<void> {
  Object.assign(document.documentElement.dataset, look);
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const ending = document.getAnimations().filter((a) => Number.isFinite(a.effect?.getComputedTiming().endTime ?? Infinity));
  await Promise.all(ending.map((a) => a.finished.catch(() => undefined)));
}

/** What axe finds on the page as it looks in each way. */
export async function findings(page: Page, look: Look = plain): Promise<string[]> {
  const out: string[] = [];
  await page.evaluate(axe);
  for (const one of look) {
    await page.evaluate(dress, one);
    const found = await page.evaluate(async () => {
      const run = (window as unknown as { axe: { run(o: object): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe.run;
      const { violations } = await run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
      return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary.slice(0, 200)}`));
    });
    out.push(...found.map((f) => `${one.theme} ${one.contrast} ${f}`));
  }
  await page.evaluate(dress, { theme: "light", contrast: "normal", density: "normal" });
  return out;
}
