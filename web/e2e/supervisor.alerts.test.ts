import { describe, expect, test } from "vitest";
import { agentRow, row, supervised, supervision } from "./supervisor.world.ts";
import { accept, becomeReady, expectClean, newPage, offer, signIn, until, within } from "./world.ts";

describe("supervisor: alerts", () => {
  test("one is raised and over in sight, moves nothing, leads to its queue; silent until somebody wants the sound", async () => {
    const { w, sonia } = await supervised(["Ana Ribeiro"], { alerts: { max_waiting: 1, min_ready: 1 } });
    const page = await newPage();
    await page.addInitScript(() => {
      const make = AudioContext.prototype.createOscillator;
      Object.assign(globalThis, { tones: 0 });
      AudioContext.prototype.createOscillator = function () {
        (globalThis as unknown as { tones: number }).tones++;
        return make.call(this);
      };
    });
    const tones = () => page.evaluate(() => (globalThis as unknown as { tones: number }).tones);
    await signIn(page, sonia);
    await page.getByRole("tab", { name: /Supervisão/ }).click();
    await row(page, w.queue).waitFor();
    const least = page.locator('[data-alert="min_ready"]'); // nobody was ready when the queue was made
    await least.getByText("prontos: 0, mín. 1").waitFor();
    const top = () => page.locator(".sup-columns").boundingBox().then((b) => b!.y);
    const before = await top();

    await w.write("um");
    await w.write("dois");
    const raised = page.locator('[data-alert="max_waiting"]');
    await raised.getByText("2 aguardando, máx. 1").waitFor();
    await expect.poll(() => raised.locator("strong").textContent()).toBe(w.queue.name);
    await until(() => raised.locator("time").textContent(), (x) => x !== "0:00", within(3000));
    await expect.poll(() => page.getByRole("tab", { name: /Supervisão/ }).textContent()).toBe("Supervisão2");
    expect(await top()).toBe(before);
    expect(await tones()).toBe(0);
    const bell = page.getByRole("button", { name: "Som dos alertas" });
    await expect.poll(() => bell.getAttribute("aria-pressed")).toBe("false");
    await bell.click();
    await raised.click();
    await page.getByRole("heading", { name: w.queue.name }).waitFor();
    await page.keyboard.press("Escape");

    const ana = await w.ready(w.people[0]!);
    for (let i = 0; i < 2; i++) {
      await offer(ana).waitFor();
      await accept(ana);
      await ana.getByRole("tab", { name: "Início" }).click();
    }
    await raised.waitFor({ state: "detached", timeout: within(15_000) });
    await page.getByText("Nenhum alerta").waitFor({ timeout: within(15_000) });
    expect(await top()).toBe(before);
    await page.getByRole("button", { name: "Ver alertas" }).press("Enter");
    await expect.poll(() => page.locator('[data-ended="max_waiting"]').textContent()).toMatch(/2 aguardando, máx. 1às \d\d:\d\d, durou 0:\d\d/);
    await page.keyboard.press("Escape");
    await expect.poll(() => row(page, w.queue).count()).toBe(1); // Escape closed the list alone

    expect(await tones()).toBe(0);
    await ana.locator(".presence-main").click();
    await least.waitFor();
    await until(tones, (n) => n > 0);
    await page.reload();
    await bell.waitFor();
    await expect.poll(() => bell.getAttribute("aria-pressed")).toBe("true");
    await least.waitFor(); // who comes later is told of it, too
    await becomeReady(ana);
    expectClean(page);
  });

  test("a customer without an answer leads to the very conversation; the agent who missed offers is marked", async () => {
    const { w, sonia } = await supervised(["Ana Ribeiro", "Bruno Teixeira"], { agent_nudge_ms: 1000, agent_alert_ms: 2000, offer_time_ms: 1000, max_misses: 2 });
    const page = await supervision(sonia);
    const bruno = await w.ready(w.people[1]!);
    const { conversation_id: id } = await w.write("Alguém?", "Marina Alves");
    await agentRow(page, w.people[1]!).getByText("1 sem resposta").waitFor();
    await page.locator('[data-alert="agent_no_answer"]').getByText("não respondeu às ofertas").waitFor({ timeout: within(10_000) });
    await until(() => agentRow(page, w.people[1]!).locator("[data-dot]").textContent(), (x) => x === "ofertas sem resposta");
    await bruno.context().close();
    const ana = await w.ready(w.people[0]!);
    await offer(ana).waitFor();
    await accept(ana);
    const alert = page.locator('[data-alert="unanswered"]');
    await alert.getByText("cliente sem resposta").waitFor({ timeout: within(10_000) });
    await alert.click();
    await page.locator(".watched").getByText("Alguém?").first().waitFor();
    expect(new URL(page.url()).pathname).toBe(`/desk/supervisor/queues/${w.queue.id}/${id}`);
    expectClean(page);
  });
});
