import { describe, expect, test } from "vitest";
import { accept, expectClean, offer, script, until, within, World } from "./world.ts";

describe("Início", () => {
  test("one's own day, how many wait in one's queues, and scripts that were begun", async () => {
    const s = await script();
    const w = await World.make(["Ana Ribeiro"], { script_id: s.id, script_required: true, offer_time_ms: 60_000 }, { capacity: 2, hard_capacity: 2 });
    const page = await w.ready(w.people[0]!);
    const number = (name: string) => page.locator(".numbers > div").filter({ hasText: name }).locator("dd");
    await page.getByRole("region", { name: "Filas" }).getByText("ninguém espera").waitFor();
    await until(() => number("Finalizados").textContent(), (x) => x === "0");
    const first = await w.write("Segunda via", "Marina Alves");
    await offer(page).waitFor();
    await accept(page);
    await page.getByRole("button", { name: "Finalizar chat" }).click();
    await page.getByRole("option", { name: "Segunda via" }).click();
    await page.getByRole("radio", { name: "Sim" }).check();
    await page.keyboard.press("Escape"); // not yet
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("tab", { name: /Início/ }).click();
    await page.getByRole("region", { name: "Scripts por concluir" }).getByText("Marina Alves").click();
    await page.locator(".reason-chosen").getByText("Fatura › Segunda via").waitFor();
    await page.getByRole("button", { name: "Finalizar", exact: true }).click();
    await until(() => w.head(first.conversation_id), (h) => h.state === "closed");
    await page.getByRole("tab", { name: /Início/ }).click();
    await until(() => number("Finalizados").textContent(), (x) => x === "1");
    await expect.poll(() => number("Resolvidos").textContent()).toBe("1");
    expect(await page.getByRole("region", { name: "Scripts por concluir" }).count()).toBe(0);
    const ready = await number("Tempo pronto").textContent();
    await until(() => number("Tempo pronto").textContent(), (x) => x !== ready);

    await page.locator(".presence-main").click();
    await page.locator(".presence.not-ready").waitFor();
    const asked: string[] = []; // nothing is looked at again and again: the server tells
    page.on("request", (r) => asked.push(r.url()));
    for (const [i, name] of ["Rafael Duarte", "Juliana Lopes"].entries()) {
      await w.write("Oi", name);
      const from = Date.now();
      await page.getByRole("region", { name: "Filas" }).getByText(new RegExp(`^${i + 1} esperando há \\d+:\\d\\d$`)).waitFor();
      expect(Date.now() - from).toBeLessThan(within(1000));
    }
    expect(asked.filter((u) => u.includes("/waiting"))).toEqual([]);
    await page.reload();
    await page.getByRole("region", { name: "Filas" }).getByText(/^2 esperando há \d+:\d\d$/).waitFor();
    expectClean(page);
  });
});
