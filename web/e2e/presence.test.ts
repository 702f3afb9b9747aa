import { describe, expect, test } from "vitest";
import { api, becomeReady, expectClean, signIn, until, watch, within, World } from "./world.ts";

const status = (id: string) => api<{ items: { status: string }[] }>(`/agents/${id}/status-log?limit=50`).then((p) => p.items.at(-1)?.status ?? "");

describe("S1 presence", () => {
  test("S1 starts not ready; one click reaches the server within 200 ms; other tabs follow; a reload keeps it", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const ana = w.people[0]!;
    const page = await w.desk(ana);
    await page.locator(".presence.not-ready").waitFor();
    await expect.poll(() => page.locator(".presence-word").textContent()).toBe("Não pronto");
    const other = await page.context().newPage();
    watch(other);
    await other.goto(page.url());
    await other.locator(".presence.not-ready").waitFor();

    const clicked = Date.now();
    await page.locator(".presence-main").click();
    await page.locator(".presence.ready").waitFor();
    expect(Date.now() - clicked).toBeLessThan(within(200));
    await other.locator(".presence.ready").waitFor({ timeout: within(1000) });
    await page.reload();
    await page.locator(".presence.ready").waitFor();
    await expect.poll(() => page.locator(".presence-word").textContent()).toBe("Pronto");
    expectClean(page);
    expectClean(other);
  });

  test("S1 the timer runs, a reason is chosen, and a supervisor who forces a change is named", async () => {
    const reason = await api<{ id: string }>("/pause-reasons", { name: `Café ${Date.now()}`, planned_minutes: 10 });
    const w = await World.make(["Bruno Teixeira"]);
    const bruno = w.people[0]!;
    const sonia = await w.person("Sônia Marques", { role: "supervisor" });
    const page = await w.ready(bruno);
    const first = await page.locator(".presence-time").textContent();
    await until(() => page.locator(".presence-time").textContent(), (x) => x !== first, within(2500));
    await page.getByRole("button", { name: "Motivos de pausa" }).click();
    await page.getByRole("button", { name: /^Café/ }).last().click();
    await page.locator(".presence.not-ready").waitFor();
    await expect.poll(() => page.locator(".presence-reason").textContent()).toMatch(/^Café/);
    expect(reason.id).toMatch(/^pau_/);

    await becomeReady(page);
    const boss = await w.desk(sonia);
    await boss.evaluate(`(async () => {
      const { ticket } = await (await fetch("/api/v1/ws-tickets", { method: "POST" })).json();
      const ws = new WebSocket(location.origin.replace("http", "ws") + "/api/v1/ws", ["pronto.v1", "ticket." + ticket]);
      await new Promise((done) => (ws.onmessage = (m) => {
        const f = JSON.parse(m.data);
        if (f.type === "hello") ws.send(JSON.stringify({ type: "start" }));
        if (f.type === "snapshot") ws.send(JSON.stringify({ type: "command", id: "force-" + Date.now(), name: "status.force", data: { agent_id: "${bruno.id}", status: "not_ready" } }));
        if (f.type === "reply") done();
      }));
      ws.close();
    })()`);
    await page.locator(".presence.not-ready").waitFor();
    await expect.poll(() => page.locator(".presence-reason").textContent()).toContain("Sônia Marques");
    await until(() => status(bruno.id), (s) => s === "not_ready");
    expectClean(page);
  });

  test("S1 a wrong password says so, and signing out ends every tab", async () => {
    const w = await World.make(["Carla Nunes"]);
    const page = await w.desk(w.people[0]!);
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.locator(".presence").waitFor();
    await page.getByRole("button", { name: /^Menu de/ }).click();
    await page.getByRole("button", { name: "Sair" }).click();
    await page.getByLabel("Senha").waitFor();
    await other.getByLabel("Senha").waitFor({ timeout: within(3000) });
    await page.getByLabel("Login").fill(w.people[0]!.login);
    await page.getByLabel("Senha").fill("nao-e-esta-senha");
    await page.getByRole("button", { name: "Entrar" }).click();
    await page.getByText("Login ou senha não conferem.").waitFor();
    await signIn(page, w.people[0]!);
  });
});
