import { describe, expect, test } from "vitest";
import { findings, looks } from "./findings.ts";
import { agentRow, row, supervised } from "./supervisor.world.ts";
import { accept, expectClean, newPage, offer, signIn, until, url, within } from "./world.ts";

describe("supervisor: accessibility", () => {
  test.each(looks)("axe finds nothing on any of the supervisors' screens, %s", async (_, look) => {
    const all: string[] = [];
    const { w, sonia } = await supervised(["Ana Ribeiro", "Bruno Teixeira", "Carla Nunes"], { alerts: { max_waiting: 1, min_ready: 3, max_wait_ms: 600_000 } });
    const bruno = await w.desk(w.people[1]!, { bypassCSP: true });
    await bruno.goto(`${url}/desk/supervisor`);
    await bruno.getByText("Esta página é da supervisão").waitFor();
    all.push(...await findings(bruno, look));

    const page = await newPage({ bypassCSP: true });
    await signIn(page, sonia);
    await page.getByRole("tab", { name: /Supervisão/ }).click();
    await row(page, w.queue).waitFor();
    all.push(...await findings(page, look)); // before anything happened
    const ana = await w.ready(w.people[0]!);
    await w.write("Preciso de ajuda", "Marina Alves");
    await offer(ana).waitFor();
    await accept(ana);
    for (const text of ["um", "dois", "três"]) await w.write(text, "Rafael Duarte");
    await page.locator('[data-alert="max_waiting"]').waitFor();
    await page.locator(".c-waiting[data-level=bad]").waitFor();
    all.push(...await findings(page, look));
    await page.getByRole("button", { name: /^Todos/ }).click();
    await page.locator(".grid-rows").focus();
    await page.keyboard.press("ArrowDown");
    all.push(...await findings(page, look));
    await page.getByRole("button", { name: "Ver alertas" }).click();
    all.push(...await findings(page, look));
    await page.keyboard.press("Escape");

    await row(page, w.queue).getByRole("button").click();
    await page.locator(".sup-talk").first().waitFor();
    all.push(...await findings(page, look));
    await page.locator(".sup-talk").filter({ hasText: "Marina" }).click();
    await page.getByLabel("Sussurro para o agente").fill("Com calma");
    await page.keyboard.press("Enter");
    await page.locator(".watched .note.whispered").waitFor();
    all.push(...await findings(page, look));
    for (const name of ["Assumir", "Atribuir", "Devolver à fila", "Prioridade", "Por quê?"]) {
      await page.locator(".watch-actions").getByRole("button", { name }).click();
      await page.getByRole("dialog").locator(".skeleton").waitFor({ state: "detached" });
      all.push(...await findings(page, look));
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    await page.keyboard.press("Escape");
    await agentRow(page, w.people[0]!).click();
    await page.locator(".sup-talk").first().waitFor();
    for (const name of ["Mudar status", "Redistribuir tudo"]) {
      await page.getByRole("button", { name }).click();
      all.push(...await findings(page, look));
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
    await ana.locator(".timeline .note.whispered").waitFor();
    await page.goto(`${url}/desk/wallboard`);
    await page.locator(".wall tbody tr").first().waitFor();
    all.push(...await findings(page, look));
    await page.context().setOffline(true);
    await page.locator(".wall-age").waitFor({ timeout: within(5000) });
    all.push(...await findings(page, look));
    await page.context().setOffline(false);
    await page.locator(".wall[data-fresh=true]").waitFor({ timeout: within(10_000) });
    await page.goto(`${url}/desk/supervisor`);
    await row(page, w.queue).waitFor();
    await page.context().setOffline(true);
    await page.locator(".freshness.bad").waitFor({ timeout: within(5000) });
    all.push(...await findings(page, look));
    expect([...new Set(all)]).toEqual([]);
    expectClean(page);
  });

  test("nothing is wider than the screen, from a wall to a telephone; text of 200 % too", async () => {
    const { w, sonia } = await supervised(["Ana Ribeiro"], { name: `Atendimento de primeiro nível com um nome muito comprido ${Date.now()}` });
    const page = await newPage();
    await signIn(page, sonia);
    await w.write(`Texto ${"semespaço".repeat(30)}`, "Marina Alves de Oliveira Vasconcelos e Souza");
    await page.getByRole("tab", { name: /Supervisão/ }).click();
    await row(page, w.queue).waitFor();
    const widest = () => page.evaluate(() => document.documentElement.scrollWidth);
    const sizes = [1920, 1366, 1024, 683, 375]; // 683: 1366 at 200 %
    for (const width of sizes) {
      await page.setViewportSize({ width, height: 768 });
      await expect.poll(() => widest()).toBeLessThanOrEqual(width);
    }
    await page.setViewportSize({ width: 1366, height: 768 });
    await row(page, w.queue).getByRole("button").click();
    await page.locator(".sup-talk").click();
    await page.locator(".watched .message").waitFor();
    for (const width of sizes) {
      await page.setViewportSize({ width, height: 768 });
      await expect.poll(() => widest()).toBeLessThanOrEqual(width);
    }
    await until(() => page.locator(".watched .message").count(), (n) => n === 1);
    expectClean(page);
  });
});
