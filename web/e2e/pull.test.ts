import { afterEach, describe, expect, test } from "vitest";
import { accept, api, composer, expectClean, messages, offer, until, World } from "./world.ts";
import { customer, openChat, Site, write } from "./widget.world.ts";

const sites: Site[] = [];
afterEach(() => sites.splice(0).forEach((s) => s.close()));

describe("queues from which one picks", () => {
  test("who waits stands on Início and in Conversas, in order and live; one picks, and the other agent's list has it no more", async () => {
    const w = await World.make(["Ana Ribeiro", "Bruno Teixeira"], { mode: "pull" });
    const ana = await w.desk(w.people[0]!);
    const list = (page: typeof ana) => page.getByRole("region", { name: `Aguardando em ${w.queue.name}` });
    await list(ana).getByText("Ninguém espera.").waitFor();
    const first = await w.write("Preciso de ajuda com a fatura", "Marina Alves");
    await list(ana).getByText("Preciso de ajuda com a fatura").waitFor();
    const second = await w.write("Qual é o prazo?", "Rafael Duarte");
    await until(() => list(ana).locator("strong").allTextContents(), (l) => l.join() === "Marina Alves,Rafael Duarte");
    await list(ana).getByText("Fique Pronto para atender desta lista.").waitFor();
    await expect.poll(() => list(ana).getByRole("button", { name: "Atender Rafael Duarte" }).isDisabled()).toBe(true);
    const bruno = await w.ready(w.people[1]!);
    await list(bruno).getByRole("button", { name: "Atender Rafael Duarte" }).waitFor();
    await ana.locator(".presence-main").click();
    await list(ana).getByRole("button", { name: "Atender Rafael Duarte" }).and(ana.locator(":enabled")).click();
    await ana.getByRole("heading", { name: "Rafael Duarte", level: 2 }).waitFor();
    await messages(ana).getByText("Qual é o prazo?").waitFor();
    expect((await w.head(second.conversation_id)).owner_agent_id).toBe(w.people[0]!.id);
    await until(() => list(bruno).locator("strong").allTextContents(), (l) => l.join() === "Marina Alves");
    await composer(ana).fill("Oi, Rafael");
    await list(ana).getByRole("button", { name: "Atender Marina Alves" }).click(); // beside the open conversation
    await ana.locator(`[data-talk="${first.conversation_id}"]`).waitFor();
    await list(bruno).getByText("Ninguém espera.").waitFor();
    expect(await offer(ana).count()).toBe(0);
    await ana.locator(`[data-talk="${second.conversation_id}"]`).click();
    await expect.poll(() => composer(ana).inputValue()).toBe("Oi, Rafael");
    expectClean(ana);
    expectClean(bruno);
  });

  test("two who pick the same one: one has it, the other is told who was first", async () => {
    const w = await World.make(["Ana Ribeiro", "Bruno Teixeira"], { mode: "pull" });
    const { conversation_id: id } = await w.write("Oi", "Marina Alves");
    const pages = [await w.ready(w.people[0]!), await w.ready(w.people[1]!)];
    for (const page of pages) await page.locator(`[data-waiting="${id}"] button:enabled`).waitFor();
    await Promise.all(pages.map((page) => page.evaluate((x) => document.querySelector<HTMLButtonElement>(`[data-waiting="${x}"] button`)?.click(), id)));
    const owner = (await until(() => w.head(id), (h) => h.state === "active")).owner_agent_id;
    const winner = w.people.findIndex((p) => p.id === owner);
    await pages[winner]!.getByRole("heading", { name: "Marina Alves", level: 2 }).waitFor();
    await pages[1 - winner]!.locator(`[data-waiting="${id}"]`).waitFor({ state: "detached" });
    expect(await pages[1 - winner]!.locator(".talk").count()).toBe(0);
  });
});

describe("ratings", () => {
  test("what the customer thinks of it stands at the conversation, in Início and in the history", async () => {
    const w = await World.make(["Ana Ribeiro"], { reopen_window_ms: 0 });
    const site = await new Site().open();
    sites.push(site);
    const channel = await site.channel(w, { rating: true });
    const ana = await w.ready(w.people[0]!);
    const { page } = await customer(site);
    await openChat(page);
    await write(page, "Obrigada por tudo");
    await offer(ana).waitFor();
    await accept(ana);
    await ana.getByRole("button", { name: "Finalizar chat" }).click();
    await ana.getByRole("button", { name: "Finalizar", exact: true }).click();
    await page.getByRole("radio", { name: "4 de 5" }).check({ force: true });
    await page.getByLabel("Comentário (opcional)").fill("Muito bom");
    await page.getByRole("button", { name: "Enviar avaliação" }).click();
    await page.getByText("Obrigado pela avaliação! 4 de 5").waitFor();
    const { items } = await api<{ items: { id: string }[] }>(`/conversations?channel_id=${channel.id}`);
    await until(() => w.head(items[0]!.id), (h) => h.rating?.score === 4);
    await ana.reload();
    const stars = (within: string) => ana.locator(within).getByRole("img", { name: "Avaliação do cliente: 4 de 5" });
    await stars(".home-side").waitFor();
    await ana.locator(".home-side .row").first().click();
    await stars(".past-side").waitFor();
    await ana.locator(".past-side").getByText("Muito bom").waitFor();
    await ana.getByRole("tab", { name: /Início/ }).click();
    await write(page, "Voltei");
    await offer(ana).waitFor();
    await accept(ana);
    await ana.locator(".rail").getByRole("button", { name: "Histórico do cliente" }).click();
    await stars(".tool-panel").waitFor();
    expectClean(ana);
  });
});
