import { describe, expect, test } from "vitest";
import type { Message, Note } from "../src/wire/protocol.ts";
import { accept, api, composer, expectClean, offer, until, within, World } from "./world.ts";

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
    expect(await page.locator(".slash-text").first().textContent()).toBe("Olá, Marina Alves! Sou Ana Ribeiro.");
    await page.keyboard.press("Enter");
    expect(await composer(page).inputValue()).toBe("Olá, Marina Alves! Sou Ana Ribeiro.");
    expect((await w.head(id)).last_seq).toBe(1);
    await page.keyboard.press("Enter");
    const list = await until(() => api<{ items: Message[] }>(`/conversations/${id}/messages`), (p) => p.items.length === 2);
    expect(list.items[1]!.canned_response_id).toBe(made.id);

    await page.getByRole("button", { name: "Respostas prontas" }).last().click();
    await page.getByLabel("Buscar resposta").fill("plano");
    await page.locator(".canned").first().click();
    await page.getByText("Sem valor para: plan.").waitFor();
    expect(await composer(page).inputValue()).toContain("{{plan}}");
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
    expect(await page.getByLabel("Nova nota").inputValue()).toBe(`Veja isto, @${tag} Elaine Prado `);
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
      expect(await rail.getByRole("button", { name }).getAttribute("aria-pressed")).toBe("true");
    }
    await until(async () => [
      (await api<{ items: { name: string; seq: number }[] }>(`/conversations/${id}/events?limit=500`)).items.map((f) => `${f.seq} ${f.name}`).join(),
      (await page.locator("[data-record]").evaluateAll((l) => l.map((x) => `${x.getAttribute("data-seq")} ${x.getAttribute("data-record")}`))).join(),
    ], ([theirs, ours]) => theirs === ours && theirs !== "");
    expectClean(page);
  });

  test("S25 two agents change different details of one customer, and both are kept", async () => {
    const key = `plano_${Date.now().toString(36)}`;
    await api("/contact-fields", { key, label: `Plano ${key}`, kind: "text" });
    const w = await World.make(["Ana Ribeiro", "Bruno Teixeira"]);
    const ana = await w.ready(w.people[0]!);
    const phone = "+5511944440001";
    const { conversation_id: id } = await w.write("Oi", "Marina", phone);
    await offer(ana).waitFor();
    await accept(ana);
    const { contact } = await w.head(id);
    await ana.locator(".rail").getByRole("button", { name: "Detalhes do cliente" }).click();
    await ana.getByRole("button", { name: "Editar" }).click();
    await ana.getByLabel(`Plano ${key}`).fill("Ouro");
    await api(`/contacts/${contact.id}`, { name: "Marina Alves" }, { method: "PATCH" }); // the other agent, meanwhile
    await ana.getByRole("button", { name: "Salvar" }).click();
    await ana.locator(".tool-panel").getByText("Ouro").waitFor();
    const c = await api<{ name: string; fields: { [k: string]: unknown } }>(`/contacts/${contact.id}`);
    expect([c.name, c.fields[key]]).toEqual(["Marina Alves", "Ouro"]);
    await ana.getByRole("heading", { name: "Marina Alves" }).waitFor();
    expectClean(ana);
  });
});

describe("S25 and S26 one customer, several contacts", () => {
  test("S25 two contacts of one person are merged, the history has both, and they are separated again as they were", async () => {
    const w = await World.make(["Ana Ribeiro"], { reopen_window_ms: 0 });
    const tag = Date.now().toString(36);
    const old = await w.write("Da outra vez", `Antigo ${tag}`, "+5511911110001");
    await api(`/conversations/${old.conversation_id}/close`, {});
    const page = await w.ready(w.people[0]!);
    const now = await w.write("Oi", `Marina ${tag}`, "+5511911110002");
    await offer(page).waitFor();
    await accept(page);
    await page.locator(".rail").getByRole("button", { name: "Detalhes do cliente" }).click();
    await page.getByRole("button", { name: "Unir com outro cadastro" }).click();
    await page.getByLabel(/Nome, número/).fill(`antigo ${tag}`);
    await page.locator(".tool-panel .target").click();
    await page.getByRole("button", { name: "Unir", exact: true }).click();
    await page.locator(".merged").getByText(`Antigo ${tag}`).waitFor();
    const { contact } = await w.head(now.conversation_id);
    expect((await api<{ merged: object[]; identities: object[] }>(`/contacts/${contact.id}`)).identities.length).toBe(2);
    await page.locator(".rail").getByRole("button", { name: "Histórico do cliente" }).click();
    await page.locator(".history-item").getByText("Da outra vez").waitFor();
    await page.locator(".rail").getByRole("button", { name: "Detalhes do cliente" }).click();
    await page.getByRole("button", { name: "Separar" }).click();
    await page.locator(".merged").waitFor({ state: "detached" });
    expect((await api<{ merged: object[]; identities: object[] }>(`/contacts/${contact.id}`)).identities.length).toBe(1);
    expectClean(page);
  });

  test("S26 with 500 earlier conversations the first page is there in 200 ms, and words find the one", async () => {
    const w = await World.make(["Ana Ribeiro"], { reopen_window_ms: 0 });
    const phone = "+5511900000077";
    for (let i = 0; i < 500; i++) {
      const { conversation_id: id } = await w.write(i === 7 ? "fatura vermelha" : `contato ${i}`, "Marina Alves", phone);
      await api(`/conversations/${id}/close`, {});
    }
    const page = await w.ready(w.people[0]!);
    await w.write("Oi", "Marina Alves", phone);
    await offer(page).waitFor();
    await offer(page).getByText("99+ contatos anteriores").waitFor();
    await accept(page);
    const from = Date.now();
    await page.locator(".rail").getByRole("button", { name: "Histórico do cliente" }).click();
    await page.locator(".history-item").nth(20).waitFor();
    expect(Date.now() - from).toBeLessThan(within(200));
    await page.getByLabel("Buscar neste histórico").fill("vermelha");
    await page.locator(".history-item mark").waitFor();
    expect(await page.locator(".history-item").count()).toBe(1);
    expectClean(page);
  });
});

describe("S17 to S19 among many", () => {
  test("S18 of 2 000 agents the typed one is found in 100 ms", async () => {
    const w = await World.make(["Ana Ribeiro", "Zuleica Brandão"]);
    const names = Array.from({ length: 2000 }, (_, i) => `Pessoa ${i}`);
    await Promise.all(Array.from({ length: 16 }, async (_, k) => {
      for (let i = k; i < names.length; i += 16) await api("/agents", { name: names[i], login: `m${Date.now().toString(36)}${i}`, role: "agent", queue_ids: [w.queue.id] });
    }));
    const page = await w.ready(w.people[0]!);
    await w.write("Oi");
    await offer(page).waitFor();
    await accept(page);
    const other = await w.ready(w.people[1]!);
    await page.locator(".rail").getByRole("button", { name: "Transferir" }).click();
    await page.locator(".target").first().waitFor();
    const typed = await page.evaluate(async () => {
      const input = document.querySelector<HTMLInputElement>("dialog input[role=combobox]")!;
      input.focus();
      const from = performance.now();
      document.execCommand("insertText", false, "zuleica br");
      while (document.querySelectorAll("dialog .target").length !== 1) await new Promise((again) => requestAnimationFrame(again));
      return performance.now() - from;
    });
    expect(typed).toBeLessThan(within(100));
    await page.locator(".target").filter({ hasText: "Zuleica" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Transferir" }).click();
    await offer(other).waitFor();
    expectClean(page);
  });
});
