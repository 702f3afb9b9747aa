import { describe, expect, test } from "vitest";
import type { Offer } from "../src/wire/protocol.ts";
import { accept, api, composer, expectClean, messages, offer, until, within, World } from "./world.ts";

const seconds = (text: string | null): number => (text ?? "").split(":").reduce((n, x) => n * 60 + Number(x), 0);

describe("S2 the offer card", () => {
  test("S2 shows Entrada, Fila, Assunto, Tempo de espera first, and waits by the server's clock although this one is 30 s off", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.desk(w.people[0]!);
    await page.clock.install({ time: new Date(Date.now() + 30_000) });
    await page.clock.resume();
    await page.reload();
    await page.locator(".presence-main").click();
    const { conversation_id } = await w.write("Segunda via do boleto", "Marina Alves", "+5511999990000");
    await offer(page).waitFor();
    const facts = page.locator(".offer-facts > div");
    await expect.poll(() => facts.locator("dt").allTextContents()).toEqual(["Entrada", "Fila", "Assunto", "Tempo de espera"]);
    const values = await facts.locator("dd").allTextContents();
    expect(values[0]!.trim()).toBe(`${w.channel.name} · +55 11 99999-0000`);
    expect(values[1]).toBe(w.queue.name);
    expect(values[2]).toBe("Segunda via");
    const head = await w.head(conversation_id);
    const waited = (Date.now() - Date.parse(head.enqueued_at)) / 1000;
    expect(Math.abs(seconds(await facts.locator("dd").nth(3).textContent()) - waited)).toBeLessThanOrEqual(1.5);
    const order = await offer(page).evaluate((x) => [...x.children].map((c) => c.className));
    expect(order.indexOf("offer-facts")).toBeLessThan(order.indexOf("offer-who"));
    await expect.poll(() => page.locator(".offer-who").textContent()).toContain("Marina Alves");
    await expect.poll(() => page.locator(".offer-text").textContent()).toBe("Segunda via do boleto");
    expect(seconds(await page.locator(".offer-left").textContent())).toBeGreaterThan(20);
    await expect.poll(() => page.title()).toBe("(1) Pronto");
    expectClean(page);
  });
});

describe("S3 accept and decline", () => {
  test("S3 declined by one, it is with the other at once; with one agent only it comes back marked", async () => {
    const w = await World.make(["Ana Ribeiro", "Bruno Teixeira"], { reoffer_pause_ms: 300 });
    const ana = await w.ready(w.people[0]!);
    const { conversation_id } = await w.write("Oi");
    await offer(ana).waitFor();
    const bruno = await w.ready(w.people[1]!);
    const declined = Date.now();
    await ana.getByRole("button", { name: "Recusar" }).click();
    await offer(bruno).waitFor();
    expect(Date.now() - declined).toBeLessThan(within(300));
    expect(await offer(ana).count()).toBe(0);
    await bruno.locator(".presence-main").click(); // leaves ready: nobody but Ana remains
    await offer(ana).waitFor();
    await ana.getByText("Devolvido: nenhum outro agente disponível").waitFor();
    await accept(ana);
    expect((await w.head(conversation_id)).owner_agent_id).toBe(w.people[0]!.id);
    expectClean(ana);
    expectClean(bruno);
  });

  test("S3 the server's time ends an offer, and the desk says so", async () => {
    const w = await World.make(["Ana Ribeiro"], { offer_time_ms: 1200, reoffer_pause_ms: 60_000, reoffer_pause_max_ms: 60_000 });
    const page = await w.ready(w.people[0]!);
    await w.write("Oi");
    await offer(page).waitFor();
    await page.getByText("O tempo para aceitar acabou.").waitFor({ timeout: within(4000) });
    expect(await offer(page).count()).toBe(0);
  });

  test("S3 two tabs race for one offer: one conversation, in both", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const other = await page.context().newPage();
    await other.goto(page.url());
    const { conversation_id } = await w.write("Oi");
    await Promise.all([offer(page).waitFor(), offer(other).waitFor()]);
    await Promise.all([page, other].map((p) => p.getByRole("button", { name: "Aceitar" }).click({ timeout: within(2000) }).catch(() => {})));
    await until(() => w.head(conversation_id), (h) => h.state === "active");
    for (const p of [page, other]) {
      await p.getByRole("tab", { name: /Conversas/ }).click();
      await p.locator(`[data-talk="${conversation_id}"]`).waitFor();
    }
    const told = await Promise.all([page, other].map((p) => p.locator(".toast").allTextContents()));
    expect(told.flat().join()).not.toContain("Algo deu errado");
    expect(await offer(other).count()).toBe(0);
  });
});

describe("S4 accepting leads to Conversas", () => {
  test("S4 it opens with the focus in the composer, but never takes a key from a half-typed draft", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    await w.write("Primeira", "Marina Alves");
    await offer(page).waitFor();
    await accept(page);
    await expect.poll(() => page.getByRole("tab", { name: /Conversas/ }).getAttribute("aria-selected")).toBe("true");
    await messages(page).getByText("Primeira").waitFor();
    await expect.poll(() => composer(page).evaluate((x) => x === document.activeElement)).toBe(true);

    await page.keyboard.type("Bom dia, ");
    await w.write("Segunda", "Rafael Duarte");
    await offer(page).waitFor();
    await expect.poll(() => composer(page).evaluate((x) => x === document.activeElement)).toBe(true); // the offer takes no focus
    await page.evaluate(() => document.querySelector<HTMLButtonElement>(".offer .button.primary")?.click()); // as a shortcut would: the draft keeps the focus
    await page.keyboard.type("Marina");
    await page.locator(".talk.fresh").waitFor();
    await expect.poll(() => composer(page).inputValue()).toBe("Bom dia, Marina");
    await page.getByText("Rafael Duarte está em Conversas.").waitFor();
    await expect.poll(() => page.locator(".thread-title h2").textContent()).toBe("Marina Alves");
    expectClean(page);
  });
});

describe("S5 the two tabs", () => {
  test("S5 Início and Conversas cannot be closed; an earlier conversation opens beside them and is there after a reload", async () => {
    const w = await World.make(["Ana Ribeiro"], { reopen_window_ms: 0 });
    const page = await w.ready(w.people[0]!);
    const first = await w.write("Antiga", "Marina Alves", "+5511988880001");
    await offer(page).waitFor();
    await accept(page);
    await page.getByRole("button", { name: "Finalizar chat" }).click();
    await page.getByRole("button", { name: "Finalizar", exact: true }).click();
    await until(() => w.head(first.conversation_id), (h) => h.state === "closed");
    await page.getByRole("tab", { name: /Início/ }).click();
    await page.locator(".home .row").first().click();
    await page.getByText("Somente leitura").waitFor();
    await page.reload();
    await page.getByRole("tab", { name: "Marina Alves" }).click();
    await messages(page).getByText("Antiga").waitFor();
    await expect.poll(() => page.locator(".tab-close").count()).toBe(1);
    for (const name of [/Início/, /Conversas/]) expect(await page.getByRole("tab", { name }).locator(".tab-close").count()).toBe(0);
    await page.getByRole("tab", { name: /Conversas/ }).press("Delete");
    await expect.poll(() => page.getByRole("tab").count()).toBe(3);
    await page.getByRole("tab", { name: "Marina Alves" }).locator(".tab-close").click();
    await expect.poll(() => page.getByRole("tab").count()).toBe(2);
    expectClean(page);
  });
});

test("S2 the card is what the API says", async () => {
  const w = await World.make(["Ana Ribeiro"]);
  const page = await w.desk(w.people[0]!);
  const frames: Offer[] = [];
  page.on("websocket", (ws) => ws.on("framereceived", (f) => {
    const m = JSON.parse(String(f.payload)) as { name?: string; data?: Offer };
    if (m.name === "offer.created") frames.push(m.data!);
  }));
  await page.reload();
  await page.locator(".presence-main").click();
  const sent = await w.write("Preciso de ajuda", "Tatiane Ramos");
  await offer(page).waitFor();
  const o = frames.at(-1)!;
  expect(o.conversation_id).toBe(sent.conversation_id);
  const card = (await offer(page).textContent()) ?? "";
  for (const text of [o.channel.name, o.queue.name, o.subject, o.contact.name, o.last_text]) expect(card).toContain(text);
  expect((await api<{ contact: { id: string } }>(`/conversations/${sent.conversation_id}`)).contact.id).toBe(o.contact.id);
});
