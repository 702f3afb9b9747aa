import { expect, test } from "vitest";
import { accept, expectClean, newPage, offer, becomeReady, signIn, within, World } from "./world.ts";

declare global {
  interface Window {
    lags: number[];
  }
}

test("from the event in the socket to the picture: p95 under 100 ms at 200 events a second", async () => {
  const w = await World.make(["Ana Ribeiro"]);
  const page = await newPage();
  await page.addInitScript(() => {
    const came = new Map<string, number>();
    window.lags = [];
    const Plain = window.WebSocket;
    window.WebSocket = class extends Plain {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        this.addEventListener("message", (e) => {
          const text = /"text":"(evento \d+)"/.exec(String(e.data))?.[1];
          if (text && !came.has(text)) came.set(text, performance.now());
        });
      }
    };
    const seen = new Set<string>();
    new MutationObserver(() => {
      const fresh = [...document.querySelectorAll(".timeline .message-text")].map((x) => x.textContent!).filter((x) => came.has(x) && !seen.has(x));
      for (const text of fresh) seen.add(text);
      if (fresh.length) requestAnimationFrame(() => setTimeout(() => window.lags.push(...fresh.map((text) => performance.now() - came.get(text)!))));
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  await signIn(page, w.people[0]!);
  await becomeReady(page);
  const phone = "+5511911119999";
  await w.write("Oi", "Marina Alves", phone);
  await offer(page).waitFor();
  await accept(page);
  const rate = 200;
  const n = 5 * rate;
  const sent: Promise<unknown>[] = [];
  const from = Date.now();
  for (let i = 0; i < n; i++) {
    sent.push(w.write(`evento ${i}`, "Marina Alves", phone));
    const ahead = (1000 * i) / rate - (Date.now() - from);
    if (ahead > 0) await new Promise((go) => setTimeout(go, ahead));
  }
  await Promise.all(sent);
  const took = Date.now() - from;
  await page.waitForFunction((all) => window.lags.length >= all, n);
  const lags = (await page.evaluate(() => window.lags)).toSorted((a, b) => a - b);
  const p95 = lags[Math.floor(lags.length * 0.95)]!;
  console.info(`event to picture: p50 ${lags[lags.length >> 1]!.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, at ${Math.round((1000 * n) / took)} events a second`);
  expect(p95).toBeLessThan(within(100));
  expectClean(page);
});
