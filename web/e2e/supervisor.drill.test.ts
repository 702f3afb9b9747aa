import { afterEach, describe, expect, test } from "vitest";
import type { ConversationHead, Note, Queue } from "../src/wire/protocol.ts";
import { row, supervised, supervision } from "./supervisor.world.ts";
import { customer, field, openChat, said, Site, write } from "./widget.world.ts";
import { accept, api, composer, expectClean, messages, offer, until, within } from "./world.ts";

const sites: Site[] = [];
afterEach(() => {
  for (const s of sites.splice(0)) s.close();
});

const log = (page: Awaited<ReturnType<typeof supervision>>) => page.locator(".watched .message .message-text");

describe("supervisor: a conversation", () => {
  test("watched live over a lost line: messages, typing of both, notes; neither side notices; a whisper never reaches the customer", async () => {
    const { w, sonia } = await supervised(["Ana Ribeiro"]);
    const site = await new Site().open();
    sites.push(site);
    const channel = await site.channel(w);
    const ana = await w.ready(w.people[0]!);
    const marina = await customer(site);
    const frames: string[] = [];
    marina.page.on("websocket", (ws) => ws.on("framereceived", (f) => frames.push(String(f.payload))));
    await marina.page.reload();
    await openChat(marina.page);
    await write(marina.page, "Quero cancelar");
    await offer(ana).waitFor();
    await accept(ana);

    const page = await supervision(sonia);
    await row(page, w.queue).getByRole("button").click();
    await page.locator(".sup-talk").click();
    await log(page).getByText("Quero cancelar").waitFor();
    const { items } = await api<{ items: ConversationHead[] }>(`/conversations?channel_id=${channel.id}`);
    const id = items[0]!.id;
    expect(new URL(page.url()).pathname).toBe(`/desk/supervisor/queues/${w.queue.id}/${id}`);
    await field(marina.page).pressSequentially("Alô");
    await page.locator("[data-typing=contact]").waitFor();
    await marina.page.keyboard.press("Enter");
    await log(page).getByText("Alô").waitFor();
    await page.locator("[data-typing]").waitFor({ state: "detached" });
    await composer(ana).pressSequentially("Um instante");
    await page.locator("[data-typing=agent]").getByText("Ana Ribeiro está digitando").waitFor();
    const sent = Date.now();
    await ana.keyboard.press("Enter");
    await log(page).getByText("Um instante").waitFor();
    expect(Date.now() - sent).toBeLessThan(within(500));

    await page.getByText("só o agente e a supervisão veem. O cliente não recebe.").waitFor();
    await page.getByLabel("Sussurro para o agente").fill("Ofereça o desconto secreto");
    await page.keyboard.press("Enter");
    const whispered = ana.locator(".timeline .note.whispered");
    await whispered.getByText("Ofereça o desconto secreto").waitFor();
    await expect.poll(() => whispered.getAttribute("aria-label")).toBe("Sussurro de Sônia Marques, só para a equipe");
    await page.locator(".watched .note.whispered").getByText("Ofereça o desconto secreto").waitFor();
    await expect.poll(() => page.locator(".watched .note.whispered").count()).toBe(1);
    expect(await page.getByLabel("Sussurro para o agente").inputValue()).toBe("");
    const notes = await api<{ items: Note[] }>(`/conversations/${id}/notes`);
    expect(notes.items.map((n) => [n.text, n.whisper])).toEqual([["Ofereça o desconto secreto", true]]);

    await page.context().setOffline(true);
    await page.getByText("Sem atualização há").waitFor({ timeout: within(5000) });
    await write(marina.page, "Ainda está aí?");
    await page.context().setOffline(false);
    await log(page).getByText("Ainda está aí?").waitFor();
    await composer(ana).fill("Estou");
    await ana.keyboard.press("Enter");
    await said(marina.page).getByText("Estou").waitFor(); // whatever was to come after the whisper has come
    await log(page).getByText("Estou").waitFor();
    await expect.poll(() => log(page).allTextContents()).toEqual(["Quero cancelar", "Alô", "Um instante", "Ainda está aí?", "Estou"]);
    await expect.poll(() => said(marina.page).allTextContents()).toEqual(["Quero cancelar", "Alô", "Um instante", "Ainda está aí?", "Estou"]);
    const seen = frames.join("\n") + (await marina.page.content());
    expect(seen).toContain("Um instante");
    for (const secret of ["desconto", "secreto", "Sônia", "whisper", "watch"]) expect(seen).not.toContain(secret);
    expect(await ana.locator(".toast").filter({ hasText: "acompanh" }).count()).toBe(0);

    await page.reload(); // the address leads back to it
    await log(page).getByText("Estou").waitFor();
    await page.locator(".watched .note.whispered").waitFor();
    expectClean(page);
    expectClean(ana);
    expect(marina.complaints).toEqual([]);
  });

  test("taken over: it leaves the agent and opens in the supervisor's conversations, who writes on; by keyboard alone", async () => {
    const { w, sonia } = await supervised(["Ana Ribeiro"]);
    const ana = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Quero falar com a gerente", "Marina Alves");
    await offer(ana).waitFor();
    await accept(ana);
    const page = await supervision(sonia);
    await row(page, w.queue).getByRole("button").press("Enter");
    await page.locator(".sup-talk").press("Enter");
    await page.getByRole("button", { name: "Assumir" }).press("Enter");
    await page.getByRole("dialog").getByText("Ana Ribeiro deixa de ter a conversa").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Assumir");
    expect((await w.head(id)).owner_agent_id).toBe(w.people[0]!.id);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Assumir" }).press("Enter");
    await ana.getByText("Marina Alves passou para outra pessoa.").waitFor();
    await ana.locator(`[data-talk="${id}"]`).waitFor({ state: "detached" });
    await composer(page).fill("Sou a gerente");
    await page.keyboard.press("Enter");
    await messages(page).getByText("Sou a gerente").waitFor();
    expect((await w.head(id)).owner_agent_id).toBe(sonia.id);
    expect(new URL(page.url()).pathname).toBe("/desk/");
    expectClean(page);
  });

  test("another's watched conversation never gets among one's own", async () => {
    const { w, sonia } = await supervised(["Ana Ribeiro"]);
    const ana = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi", "Marina Alves");
    await offer(ana).waitFor();
    await accept(ana);
    const page = await supervision(sonia);
    await row(page, w.queue).getByRole("button").click();
    await page.locator(".sup-talk").click();
    await page.locator(".watched").waitFor();
    await ana.getByRole("button", { name: "Pôr em espera" }).click(); // a change of its head
    await page.locator(`.sup-talk[data-talk="${id}"]`).getByText("em espera").waitFor();
    await page.getByRole("tab", { name: "Conversas" }).click();
    await page.getByText("Nenhuma conversa em andamento.").waitFor();
    expectClean(page);
  });

  test("assigned, with a new priority, and put back into another queue; why names every agent with its cause", async () => {
    const { w } = await supervised(["Ana Ribeiro", "Carla Nunes"], { offer_time_ms: 600_000 });
    const full = await w.person("Bruno Teixeira", { capacity: 1, hard_capacity: 2 });
    const other = await api<Queue>("/queues", { name: `Outra ${w.queue.name}` });
    const sonia = await w.person("Sônia Marques", { role: "supervisor", queue_ids: [w.queue.id, other.id] });
    const bruno = await w.ready(full);
    await w.write("Chegou antes", "Beatriz Klein");
    await offer(bruno).waitFor();
    await accept(bruno);
    const ana = await w.ready(w.people[0]!);
    const { conversation_id: first } = await w.write("Preciso de ajuda", "Marina Alves");
    await offer(ana).waitFor();
    const { conversation_id: second } = await w.write("Eu também", "Rafael Duarte");
    const page = await supervision(sonia);
    await row(page, w.queue).getByRole("button").click();
    await expect.poll(() => page.locator(`.sup-talk[data-talk="${second}"]`).textContent()).toMatch(/^1ºRafael Duarte0:\d\dEu também$/);
    await page.locator(`.sup-talk[data-talk="${first}"]`).getByText("oferecida").waitFor();
    await page.locator(`.sup-talk[data-talk="${second}"]`).click();

    await page.getByRole("button", { name: "Por quê?" }).click();
    const why = page.getByRole("dialog").locator(".decision").first();
    await why.getByText("Ainda espera: ninguém pode receber agora").waitFor();
    await expect.poll(() => why.getByRole("row", { name: /Ana Ribeiro/ }).textContent()).toContain("tem uma oferta aberta");
    await expect.poll(() => why.getByRole("row", { name: /Bruno Teixeira/ }).textContent()).toContain("sem vaga");
    await expect.poll(() => why.getByRole("row", { name: /Carla Nunes/ }).textContent()).toContain("desconectado");
    await page.keyboard.press("Escape");

    await page.getByRole("button", { name: "Prioridade" }).click();
    await page.getByLabel("Prioridade, de −10 a 10").fill("11");
    await expect.poll(() => page.getByRole("button", { name: "Salvar" }).isDisabled()).toBe(true);
    await page.getByLabel("Prioridade, de −10 a 10").fill("7");
    await page.keyboard.press("Enter");
    await page.locator(".watch-state").getByText("prioridade +7").waitFor();
    expect((await w.head(second)).priority).toBe(7);

    await page.getByRole("button", { name: "Atribuir" }).click();
    const dialog = page.getByRole("dialog");
    const option = (name: string) => dialog.getByRole("option", { name });
    await expect.poll(() => option("Carla").getAttribute("aria-disabled")).toBe("true");
    await expect.poll(() => option("Carla").textContent()).toContain("desconectado");
    await option("Carla").click({ force: true });
    await expect.poll(() => dialog.getByRole("button", { name: "Atribuir" }).isDisabled()).toBe(true);
    await expect.poll(() => option("Bruno").textContent()).toContain("acima da capacidade");
    await dialog.getByPlaceholder("Digite o nome").fill("bruno");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.getByText("Atribuída a Bruno Teixeira.").waitFor();
    expect((await w.head(second)).owner_agent_id).toBe(full.id);
    await page.locator(".watch-state").getByText("Bruno Teixeira").waitFor();
    await bruno.locator(`[data-talk="${second}"]`).waitFor();

    await page.getByRole("button", { name: "Devolver à fila" }).click();
    await dialog.getByLabel("Para a fila").selectOption({ label: other.name });
    await dialog.getByRole("button", { name: "Devolver à fila" }).click();
    await page.getByText("Rafael Duarte voltou para a fila.").waitFor();
    await until(() => w.head(second), (h) => h.queue.id === other.id && h.state === "queued");
    await page.locator(`.sup-talk[data-talk="${second}"]`).waitFor({ state: "detached" });
    await page.locator(".watch-state").getByText("na fila").waitFor(); // still watched: it went to a queue that one supervises
    expect((await w.head(first)).state).toBe("offered");
    expectClean(page);
    expectClean(bruno);
  });
});
