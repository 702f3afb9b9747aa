import { describe, expect, test } from "vitest";
import { accept, api, composer, expectClean, messages, offer, until, within, World } from "./world.ts";
import type { Message } from "../src/wire/protocol.ts";

describe("S6 my conversations", () => {
  test("S6 five of them with name, channel, last message, queue, clock and draft; the keys move; the count says 5/5", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const names = ["Marina Alves", "Rafael Duarte", "Juliana Lopes", "Thiago Ramos", "Beatriz Klein"];
    for (const name of names) {
      await w.write(`Oi, sou ${name}`, name);
      await offer(page).waitFor();
      await accept(page);
      await page.getByRole("heading", { name }).waitFor();
    }
    await expect.poll(() => page.locator(".list-head .count").textContent()).toBe("5/5");
    await expect.poll(() => page.locator(".talk-name").allTextContents()).toEqual(names);
    const item = page.locator(".talk").first();
    await expect.poll(() => item.locator(".talk-last").textContent()).toBe("Oi, sou Marina Alves");
    await expect.poll(() => item.locator(".talk-facts").textContent()).toContain(w.queue.name);
    await expect.poll(() => item.locator(".sla").textContent()).toMatch(/^\d+:\d\d$/);
    await composer(page).fill("rascunho para Beatriz");
    await item.click();
    await expect.poll(() => page.locator(".talk").last().locator(".talk-last").textContent()).toContain("Rascunho");
    await item.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Rafael Duarte" }).waitFor();
    expectClean(page);
  });
});

describe("S7 the dot", () => {
  test("S7 a message marks the conversation, the title and every tab; it goes when it was seen", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const a = await w.write("Um", "Marina Alves", "+5511977770001");
    await offer(page).waitFor();
    await accept(page);
    await w.write("Outro", "Rafael Duarte");
    await offer(page).waitFor();
    await accept(page);
    await until(() => w.head(a.conversation_id), (h) => h.unread === 0);
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByRole("tab", { name: /Conversas/ }).click();
    await page.bringToFront();
    const sent = Date.now();
    await w.write("Alguém aí?", "Marina Alves", "+5511977770001");
    await page.locator(".talk .unread").waitFor();
    expect(Date.now() - sent).toBeLessThan(within(300));
    await expect.poll(() => page.locator(".talk .unread").textContent()).toBe("1");
    await expect.poll(() => page.title()).toBe("(1) Pronto");
    await expect.poll(() => page.locator("link[rel=icon]").getAttribute("href")).toBe("/desk/icon-new.svg");
    await other.locator(".talk .unread").waitFor();
    await page.locator(".talk").filter({ hasText: "Marina" }).click();
    await page.locator(".talk .unread").waitFor({ state: "detached" });
    await other.locator(".talk .unread").waitFor({ state: "detached" });
    await expect.poll(() => page.title()).toBe("Pronto");
    expect((await w.head(a.conversation_id)).unread).toBe(0);
    expectClean(page);
  });
});

describe("S8 order of arrival", () => {
  test("S8 50 interleaved messages stand in the server's order, one's own pending ones below until they are acknowledged", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const phone = "+5511966660001";
    const { conversation_id: id } = await w.write("0", "Marina Alves", phone);
    await offer(page).waitFor();
    await accept(page);
    const theirs = (async () => { for (let i = 1; i <= 25; i++) await w.write(`cliente ${i}`, "Marina Alves", phone); })();
    for (let i = 1; i <= 25; i++) {
      await composer(page).fill(`agente ${i}`);
      await page.keyboard.press("Enter");
    }
    await theirs;
    await page.locator(".message.pending").first().waitFor({ state: "detached" });
    const listed = await until(() => api<{ items: Message[] }>(`/conversations/${id}/messages?limit=500`).then((p) => p.items), (l) => l.length === 51);
    await until(() => messages(page).count(), (n) => n === 51);
    await expect.poll(() => messages(page).allTextContents()).toEqual(listed.map((m) => m.text));
    expectClean(page);
  });

  test("S8 what is written without a connection stands below, outlives a reload, and is sent once when the line is back", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi");
    await offer(page).waitFor();
    await accept(page);
    await page.context().setOffline(true);
    await page.getByText("Sem internet").waitFor({ timeout: within(8000) });
    await composer(page).fill("escrita sem rede");
    await page.keyboard.press("Enter");
    await page.locator(".message.pending").waitFor();
    await page.getByText("1 mensagem a enviar").waitFor();
    await page.context().setOffline(false);
    await page.reload();
    await page.getByRole("tab", { name: /Conversas/ }).click();
    await page.locator(".talk").click();
    await messages(page).getByText("escrita sem rede").waitFor();
    const list = await api<{ items: Message[] }>(`/conversations/${id}/messages`);
    expect(list.items.filter((m) => m.text === "escrita sem rede").length).toBe(1);
  });
});

describe("S10 and S11 who said what", () => {
  test("S10 S11 the customer left, we right; above each message identifier, role, name, time and channel, also for readers of the screen", async () => {
    const w = await World.make(["Ana Ribeiro"], { greeting: "Olá, {{contact.name}}! Protocolo {{protocol}}." });
    const page = await w.ready(w.people[0]!);
    await w.write("Preciso de ajuda", "Marina Alves", "+5511955550001");
    await offer(page).waitFor();
    await accept(page);
    await composer(page).fill("Pois não?");
    await page.keyboard.press("Enter");
    await page.getByRole("article", { name: "Agente Ana Ribeiro" }).waitFor();
    const theirs = page.getByRole("article", { name: "Cliente Marina Alves" });
    const ours = page.getByRole("article", { name: "Agente Ana Ribeiro" });
    const bot = page.getByRole("article", { name: /^Automático/ });
    const x = async (l: typeof theirs) => (await l.boundingBox())!;
    expect((await x(theirs)).x).toBeLessThan((await x(ours)).x);
    expect((await x(bot)).x + (await x(bot)).width).toBeCloseTo((await x(ours)).x + (await x(ours)).width, 0);
    for (const one of await page.locator(".message").all()) {
      expect(await one.locator(".message-head strong").textContent()).not.toBe("");
      await expect.poll(() => one.locator("time").getAttribute("datetime")).toMatch(/^\d{4}-.*Z$/);
      await expect.poll(() => one.locator(".message-id").textContent()).toContain(w.channel.name);
    }
    await expect.poll(() => theirs.locator(".message-id").textContent()).toContain("+55 11 95555-0001");
    await page.locator(".rail").getByRole("button", { name: "Notas internas" }).click();
    await page.getByLabel("Nova nota").fill("Só para nós");
    await page.keyboard.press("Enter");
    const note = page.locator(".timeline .note");
    await note.getByText("Só para nós").waitFor();
    expect((await note.boundingBox())!.width).toBeGreaterThan((await page.locator(".timeline").boundingBox())!.width * 0.9);
    expectClean(page);
  });
});

describe("S13 several at a time", () => {
  test("S13 each keeps its draft and its tool, switching is instant, and no draft leaks", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    for (const name of ["Marina Alves", "Rafael Duarte"]) {
      await w.write(`Oi, ${name}`, name);
      await offer(page).waitFor();
      await accept(page);
      await page.getByRole("heading", { name }).waitFor();
      await composer(page).fill(`rascunho de ${name}`);
      if (name === "Marina Alves") await page.locator(".rail").getByRole("button", { name: "Detalhes do cliente" }).click();
      await composer(page).blur();
    }
    expect(await page.locator(".tool-panel").count()).toBe(0);
    const took = await page.evaluate(async () => {
      const item = [...document.querySelectorAll<HTMLElement>(".talk")].find((x) => x.textContent?.includes("Marina"))!;
      const from = performance.now();
      item.click();
      while (document.querySelector(".thread-title h2")?.textContent !== "Marina Alves") await new Promise(requestAnimationFrame);
      return performance.now() - from;
    });
    expect(took).toBeLessThan(within(50));
    await expect.poll(() => composer(page).inputValue()).toBe("rascunho de Marina Alves");
    await page.locator(".tool-panel").getByText("Cliente desde").waitFor();
    await page.reload();
    await page.getByRole("tab", { name: /Conversas/ }).click();
    await page.locator(".talk").filter({ hasText: "Rafael" }).click();
    await expect.poll(() => composer(page).inputValue()).toBe("rascunho de Rafael Duarte");
    expectClean(page);
  });
});

describe("S15 sending", () => {
  test("S15 Enter sends, Shift+Enter breaks, never while composing, and a double click sends once", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi");
    await offer(page).waitFor();
    await accept(page);
    await composer(page).pressSequentially("uma");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("duas");
    await expect.poll(() => composer(page).inputValue()).toBe("uma\nduas");
    await composer(page).dispatchEvent("keydown", { key: "Enter", isComposing: true });
    await expect.poll(() => composer(page).inputValue()).toBe("uma\nduas");
    await page.keyboard.press("Enter");
    expect(await composer(page).inputValue()).toBe("");
    await composer(page).fill("uma vez só");
    await page.getByRole("button", { name: "Enviar" }).dblclick();
    await messages(page).getByText("uma vez só").waitFor();
    const list = await until(() => api<{ items: Message[] }>(`/conversations/${id}/messages`), (p) => p.items.length === 3);
    expect(list.items.map((m) => m.text)).toEqual(["Oi", "uma\nduas", "uma vez só"]);
    expectClean(page);
  });
});
