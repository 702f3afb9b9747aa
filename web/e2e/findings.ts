import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds on the page in both themes. */
export async function findings(page: Page): Promise<string[]> {
  const out: string[] = [];
  await page.evaluate(axe);
  for (const theme of ["light", "dark"]) {
    await page.evaluate((t) => void (document.documentElement.dataset.theme = t), theme);
    const found = await page.evaluate(async () => {
      const run = (window as unknown as { axe: { run(o: object): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe.run;
      const { violations } = await run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
      return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary.slice(0, 200)}`));
    });
    out.push(...found.map((f) => `${theme} ${f}`));
  }
  return out;
}
