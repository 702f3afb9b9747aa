import { describe, expect, test } from "vitest";
import type { Message, Note, Reveal } from "../src/wire/protocol.ts";
import { accept, api, composer, expectClean, offer, until, World } from "./world.ts";

describe("S23 canned responses", () => {
  test("S23 /sau Enter inserts the filled text and sends nothing; an empty variable warns", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const made = await api<{ id: string }>("/canned-responses", { shortcut: `saudacao${Date.now()}`, title: "Saudação", text: "Olá, {{contact.name}}! Sou {{agent.name}}.", folder: "Geral", queue_ids: [w.queue.id] });
    await api("/canned-responses", { shortcut: `assunto${Date.now()}`, title: "Plano", text: "Seu plano: {{plan}}.", folder: "Vendas", queue_ids: [w.queue.id] });
    const page = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi", "Marina Alves");
    await offer(page).waitFor();
    await accept(page);
    await composer(page).pressSequentially("/sau");
    await page.getByRole("option", { name: /Saudação/ }).first().waitFor();
    await expect.poll(() => page.locator(".slash-text").first().textContent()).toBe("Olá, Marina Alves! Sou Ana Ribeiro.");
    await page.keyboard.press("Enter");
    await expect.poll(() => composer(page).inputValue()).toBe("Olá, Marina Alves! Sou Ana Ribeiro.");
    expect((await w.head(id)).last_seq).toBe(1);
    await page.keyboard.press("Enter");
    const list = await until(() => api<{ items: Message[] }>(`/conversations/${id}/messages`), (p) => p.items.length === 2);
    expect(list.items[1]!.canned_response_id).toBe(made.id);

    await page.getByRole("button", { name: "Respostas prontas" }).last().click();
    await page.getByLabel("Buscar resposta").fill("plano");
    await page.locator(".canned").first().click();
    await page.getByText("Sem valor para: plan.").waitFor();
    await expect.poll(() => composer(page).inputValue()).toContain("{{plan}}");
    await page.getByRole("button", { name: "Nova resposta minha" }).click();
    await page.getByLabel("Atalho").fill(`meu${Date.now()}`);
    await page.getByLabel("Título").fill("Só minha");
    await page.getByLabel("Texto", { exact: true }).fill("Um abraço");
    await page.getByRole("button", { name: "Salvar" }).click();
    await page.getByLabel("Buscar resposta").fill("");
    await page.locator(".canned").getByText("Só minha").waitFor();
    expectClean(page);
  });
});

describe("S24 notes", () => {
  test("S24 a note stays inside: colleagues see it, the customer's messages have none of it", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi");
    await offer(page).waitFor();
    await accept(page);
    await page.locator(".rail").getByRole("button", { name: "Notas internas" }).click();
    await page.getByLabel("Nova nota").fill("Cliente difícil, ter calma");
    await page.getByRole("button", { name: "Adicionar nota" }).click();
    await page.locator(".tool-panel .note").waitFor();
    const notes = await api<{ items: Note[] }>(`/conversations/${id}/notes`);
    expect(notes.items.map((n) => n.text)).toEqual(["Cliente difícil, ter calma"]);
    const said = await api<{ items: Message[] }>(`/conversations/${id}/messages`);
    expect(said.items.some((m) => m.text.includes("difícil"))).toBe(false);

    const tag = `z${Date.now().toString(36)}`;
    const colleague = await w.person(`${tag} Elaine Prado`);
    await page.getByLabel("Nova nota").pressSequentially(`Veja isto, @${tag}`);
    await page.getByRole("option", { name: tag }).waitFor();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.getByLabel("Nova nota").inputValue()).toBe(`Veja isto, @${tag} Elaine Prado `);
    await page.keyboard.press("Enter");
    const both = await until(() => api<{ items: Note[] }>(`/conversations/${id}/notes`), (p) => p.items.length === 2);
    expect(both.items[1]!.mentions).toEqual([colleague.id]);
    expectClean(page);
  });
});

describe("S16 the tools", () => {
  test("S16 S27 each opens and stays open with its conversation; the timeline equals /events", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi");
    await offer(page).waitFor();
    await accept(page);
    const rail = page.locator(".rail");
    for (const name of ["Script", "Respostas prontas", "Notas internas", "Detalhes do cliente", "Histórico do cliente", "Detalhes da conversa"]) {
      await rail.getByRole("button", { name }).click();
      await page.getByRole("complementary", { name }).waitFor();
      await expect.poll(() => rail.getByRole("button", { name }).getAttribute("aria-pressed")).toBe("true");
    }
    await until(async () => [
      (await api<{ items: { name: string; seq: number }[] }>(`/conversations/${id}/events?limit=500`)).items.map((f) => `${f.seq} ${f.name}`).join(),
      (await page.locator("[data-record]").evaluateAll((l) => l.map((x) => `${x.getAttribute("data-seq")} ${x.getAttribute("data-record")}`))).join(),
    ], ([theirs, ours]) => theirs === ours && theirs !== "");
    expectClean(page);
  });

  test("S25 two agents change different details of one customer at their desks, and both are kept", async () => {
    const tag = Date.now().toString(36);
    const keys = [`plano_${tag}`, `cidade_${tag}`];
    for (const key of keys) await api("/contact-fields", { key, label: key, kind: "text" });
    const phone = `+55117${String(Date.now()).slice(-8)}`;
    const desks = [];
    for (const name of ["Ana Ribeiro", "Bruno Teixeira"]) { // each has a conversation of the same customer, on a channel of its own
      const w = await World.make([name]);
      const page = await w.ready(w.people[0]!);
      const { conversation_id: id } = await w.write("Oi", "Marina", phone);
      await offer(page).waitFor();
      await accept(page);
      await page.locator(".rail").getByRole("button", { name: "Detalhes do cliente" }).click();
      await page.getByRole("button", { name: "Editar" }).click();
      await page.getByLabel(keys[0]!).waitFor();
      desks.push({ page, id, w });
    }
    const [ana, bruno] = [desks[0]!, desks[1]!];
    const { contact } = await ana.w.head(ana.id);
    expect((await bruno.w.head(bruno.id)).contact.id).toBe(contact.id);
    await ana.page.getByLabel(keys[0]!).fill("Ouro");
    await bruno.page.getByLabel(keys[1]!).fill("Recife");
    await bruno.page.getByLabel("Nome").fill("Marina Alves");
    await ana.page.getByRole("button", { name: "Salvar" }).click();
    await ana.page.locator(".tool-panel").getByText("Ouro").waitFor();
    await bruno.page.getByRole("button", { name: "Salvar" }).click();
    await bruno.page.locator(".tool-panel").getByText("Recife").waitFor();
    await bruno.page.locator(".tool-panel").getByText("Ouro").waitFor();
    const c = await api<{ name: string; fields: { [k: string]: unknown } }>(`/contacts/${contact.id}`);
    expect([c.name, ...keys.map((k) => c.fields[k])]).toEqual(["Marina Alves", "Ouro", "Recife"]);
    for (const { page } of desks) {
      await page.getByRole("heading", { name: "Marina Alves" }).waitFor();
      await page.locator(".tool-panel").getByText("Recife").waitFor(); // the other's change too, without asking
      expectClean(page);
    }
  });

  test("S25 a masked detail is shown to who says why, and who, why and what is kept", async () => {
    const key = `renda_${Date.now().toString(36)}`;
    await api("/contact-fields", { key, label: "Renda", kind: "text", masked: true });
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi", "Marina Alves");
    const { contact } = await w.head(id);
    await api(`/contacts/${contact.id}`, { fields: { [key]: "R$ 8.500" } }, { method: "PATCH" });
    await offer(page).waitFor();
    await accept(page);
    await page.locator(".rail").getByRole("button", { name: "Detalhes do cliente" }).click();
    const shown = page.locator(".tool-panel");
    await shown.getByText("***").first().waitFor();
    expect(await shown.textContent()).not.toContain("8.500");
    await page.getByRole("button", { name: "Mostrar" }).click(); // without a reason nothing is asked for
    expect(await shown.textContent()).not.toContain("8.500");
    await page.getByLabel("Motivo para ver os dados ocultos").fill("Análise de crédito");
    await page.getByRole("button", { name: "Mostrar" }).click();
    await shown.getByText("R$ 8.500").waitFor();
    const { items } = await api<{ items: Reveal[] }>(`/contacts/${contact.id}/reveals`);
    expect(items.map((r) => [r.by.id, r.reason, r.pointers])).toEqual([[w.people[0]!.id, "Análise de crédito", [`/fields/${key}`]]]);
    expectClean(page);
  });
});
