import { describe, expect, test } from "vitest";
import { accept, api, composer, expectClean, messages, offer, until, within, World } from "./world.ts";
import type { Message } from "../src/wire/protocol.ts";

describe("S6 order of my conversations", () => {
  test("S6 the list is ordered by arrival, by who waits for an answer, or unread first; the selection stays and nothing jumps", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const names = ["Marina Alves", "Rafael Duarte", "Juliana Lopes"];
    const phones = ["+5511944440001", "+5511944440002", "+5511944440003"];
    for (const [i, name] of names.entries()) {
      await w.write(`Oi, sou ${name}`, name, phones[i]);
      await offer(page).waitFor();
      await accept(page);
      await page.getByRole("heading", { name }).waitFor();
    }
    await composer(page).fill("Respondida");
    await page.keyboard.press("Enter");
    await messages(page).getByText("Respondida").waitFor();
    const shown = () => page.locator(".talk-name").allTextContents();
    await expect.poll(() => shown()).toEqual(names);
    await w.write("Alguém?", names[1], phones[1]);
    await page.locator(".talk .unread").waitFor();
    await page.getByLabel("Ordem da lista").selectOption({ label: "Não lidas primeiro" });
    await expect.poll(() => shown()).toEqual([names[1], names[0], names[2]]);
    await page.getByLabel("Ordem da lista").selectOption({ label: "Espera por resposta" });
    await expect.poll(() => shown()).toEqual([names[0], names[1], names[2]]);
    await page.getByLabel("Ordem da lista").selectOption({ label: "Última mensagem" });
    await expect.poll(() => shown()).toEqual([names[1], names[2], names[0]]);
    await expect.poll(() => page.locator(".talk.open .talk-name").textContent()).toBe(names[2]);
    const place = (await page.locator(".talk.open").boundingBox())!.y;
    await w.write("Eu de novo", names[0], phones[0]);
    await until(shown, (l) => l[0] === names[0]);
    await expect.poll(() => page.locator(".talk.open .talk-name").textContent()).toBe(names[2]);
    expect((await page.locator(".talk.open").boundingBox())!.y - place).toBeLessThan(80); // one row at most: the list is shorter than its frame
    await page.reload();
    await page.getByRole("tab", { name: /Conversas/ }).click();
    await expect.poll(() => page.getByLabel("Ordem da lista").inputValue()).toBe("recent");
    expectClean(page);
  });
});

describe("snooze", () => {
  test("a snoozed conversation frees its place, is marked, and is back when the customer writes", async () => {
    const w = await World.make(["Ana Ribeiro"], {}, { capacity: 1, hard_capacity: 1 });
    const page = await w.ready(w.people[0]!);
    const phone = "+5511933330001";
    const { conversation_id: id } = await w.write("Volto já", "Marina Alves", phone);
    await offer(page).waitFor();
    await accept(page);
    await expect.poll(() => page.locator(".list-head .count").textContent()).toBe("1/1");
    await page.getByRole("button", { name: "Adiar" }).click();
    await page.getByRole("button", { name: /Por 3 horas/ }).click();
    await page.locator(".notice").getByText(/Adiado até/).waitFor();
    await expect.poll(() => page.locator(".list-head .count").textContent()).toBe("0/1");
    await expect.poll(() => page.locator(".talk .mark").textContent()).toBe("Adiado");
    const head = await w.head(id);
    expect(Date.parse(head.snoozed_until!) - Date.now()).toBeGreaterThan(2.9 * 3_600_000);
    await w.write("Voltei", "Marina Alves", phone);
    await page.locator(".notice").getByText(/Adiado até/).waitFor({ state: "detached" });
    expect((await w.head(id)).snoozed_until).toBeUndefined();
    await page.getByRole("button", { name: "Adiar" }).click();
    await page.getByRole("button", { name: /Por 1 hora/ }).click();
    await page.getByRole("button", { name: "Retomar agora" }).click();
    await page.locator(".notice").waitFor({ state: "detached" });
    expectClean(page);
  });
});

describe("changing a message", () => {
  test("one's own text is edited, another tab and the history show it; a hidden message is read by nobody any more", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi");
    await offer(page).waitFor();
    await accept(page);
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByRole("tab", { name: /Conversas/ }).click();
    await other.locator(".talk").click();
    for (const text of ["O valor é 100", "senha: 1234"]) {
      await composer(page).fill(text);
      await page.keyboard.press("Enter");
      await messages(page).getByText(text).waitFor();
    }
    const change = async (text: string, act: string) => {
      const bubble = page.locator(".message").filter({ hasText: text });
      await bubble.hover();
      await bubble.getByRole("button", { name: act }).click();
    };
    await change("O valor é 100", "Editar texto");
    await page.getByLabel("Novo texto da mensagem").fill("O valor é 90");
    await page.getByRole("button", { name: "Salvar" }).click();
    for (const p of [page, other]) {
      await messages(p).getByText("O valor é 90").waitFor();
      await p.locator(".message").filter({ hasText: "O valor é 90" }).getByText("editada").waitFor();
    }
    await change("senha: 1234", "Ocultar para sempre");
    await page.getByRole("textbox", { name: /^Motivo/ }).fill("dado pessoal");
    await page.getByRole("button", { name: "Ocultar", exact: true }).click();
    for (const p of [page, other]) {
      await p.getByText("Mensagem ocultada").waitFor();
      expect(await p.getByText("senha: 1234").count()).toBe(0);
    }
    const { items } = await api<{ items: Message[] }>(`/conversations/${id}/messages`);
    expect(items.map((m) => m.text)).toEqual(["Oi", "O valor é 90", ""]);
    expect(items[2]!.redacted).toBe(true);
    expectClean(page);
  });
});

describe("command palette", () => {
  test("Ctrl+K does everything by its name, and not above another dialog; Ctrl+Alt is left alone", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.desk(w.people[0]!);
    await page.keyboard.press("Control+Alt+k");
    expect(await page.getByRole("dialog").count()).toBe(0);
    const run = async (typed: string) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: /Digite um comando/ }).fill(typed);
      await page.keyboard.press("Enter");
    };
    await run("trocar para pronto");
    await page.locator(".presence.ready").waitFor();
    await w.write("Oi", "Marina Alves");
    await offer(page).waitFor();
    await run("aceitar marina");
    await page.locator(".thread-head").waitFor();
    await run("adiar hora");
    await page.locator(".notice").getByText(/Adiado até/).waitFor();
    await run("retomar");
    await page.locator(".notice").waitFor({ state: "detached" });
    await run("respostas prontas");
    await page.locator(".tool-panel").waitFor();
    await run("tema escuro");
    await page.locator("html[data-theme=dark]").waitFor({ state: "attached" });
    await run("finalizar");
    await page.getByRole("dialog", { name: /Finalizar/ }).waitFor();
    await page.keyboard.press("Control+k");
    await expect.poll(() => page.getByRole("dialog").count()).toBe(1);
    expectClean(page);
  });
});

describe("S26 finding what was said", () => {
  test("S26 full text over all conversations, without accents, with filters; a hit opens the conversation to be read", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const word = `Cobrança${Date.now().toString(36)}`;
    const page = await w.ready(w.people[0]!);
    for (const [text, name] of [[`Preciso da ${word} de março`, "Marina Alves"], [`Outra ${word}`, "Rafael Duarte"]] as const) {
      await w.write(text, name);
      await offer(page).waitFor();
      await accept(page);
      await page.getByRole("heading", { name }).waitFor();
    }
    await page.getByRole("button", { name: "Buscar nas conversas" }).click();
    await page.getByLabel("Palavras").fill(word.replace("ç", "c").toLowerCase());
    await page.keyboard.press("Enter");
    await until(() => page.locator(".find .history-item").count(), (n) => n === 2);
    await expect.poll(() => page.locator(".find mark").first().textContent()).toBe(word);
    await page.getByLabel("Quem escreveu").selectOption({ label: "Agente" });
    await page.locator(".find-form").getByRole("button").click();
    await page.getByText("Nada encontrado.").waitFor();
    await page.getByLabel("Quem escreveu").selectOption({ label: "Cliente" });
    await page.getByLabel("Palavras").fill(`"${word} de março"`);
    await page.keyboard.press("Enter");
    await until(() => page.locator(".find .history-item").count(), (n) => n === 1);
    await page.locator(".find .history-item").click();
    await page.getByText("Somente leitura").or(page.locator(".past .notice")).first().waitFor();
    await expect.poll(() => page.locator(".past .message-text").first().textContent()).toContain(word);
    await page.getByRole("tab", { name: "Buscar nas conversas" }).click();
    await until(() => page.locator(".find .history-item").count(), (n) => n === 1);
    expectClean(page);
  });
});

describe("a long conversation", () => {
  test("S8 10 000 messages in one conversation: opening it, going up, typing and what arrives stay under 100 ms", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const phone = "+5511922220001";
    const { conversation_id: id } = await w.write("0", "Marina Alves", phone);
    let n = 0;
    await Promise.all(Array.from({ length: 32 }, async () => { while (++n < 10_000) await w.write(`mensagem ${n} com algum texto de tamanho comum`, "Marina Alves", phone); }));
    await until(() => w.head(id), (h) => h.last_seq === 10_000);
    const page = await w.ready(w.people[0]!);
    await w.write("Oi", "Rafael Duarte");
    for (const name of ["Marina Alves", "Rafael Duarte"]) {
      await offer(page).filter({ hasText: name }).waitFor();
      await offer(page).filter({ hasText: name }).getByRole("button", { name: "Aceitar" }).click();
      await page.getByRole("heading", { name }).waitFor();
      await page.locator(".timeline .message").first().waitFor();
    }
    /** How long the page is busy until the next picture after something was done: the slowest of a few. */
    const slowest = (what: string): Promise<number> => page.evaluate(async (what) => {
      const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      const times: number[] = [];
      for (let i = 0; i < 6; i++) {
        const box = document.querySelector<HTMLElement>(".timeline")!;
        const from = performance.now();
        if (what === "switch") document.querySelectorAll<HTMLElement>("button.talk")[i % 2]!.click();
        if (what === "scroll") box.scrollTop = ((i * 7) % 10) / 10 * box.scrollHeight;
        if (what === "type") document.execCommand("insertText", false, "a");
        await painted();
        times.push(performance.now() - from);
      }
      return Math.max(...times);
    }, what);
    expect(await slowest("switch"), "switching").toBeLessThan(within(100));
    await page.locator(".talk").filter({ hasText: "Marina" }).click();
    await composer(page).focus();
    expect(await slowest("type"), "typing").toBeLessThan(within(100));
    const count = () => page.locator(".timeline .message").count();
    for (let i = 0; i < 4; i++) {
      const before = await count();
      await page.getByRole("button", { name: "Mensagens anteriores" }).click();
      await until(count, (c) => c > before);
    }
    await expect.poll(() => count()).toBeGreaterThanOrEqual(900);
    expect(await slowest("scroll"), "scrolling").toBeLessThan(within(100));
    await page.locator(".timeline").evaluate((box) => box.scrollTo({ top: box.scrollHeight }));
    await until(count, (c) => c <= 301);
    await w.write("a última", "Marina Alves", phone);
    await messages(page).getByText("a última").waitFor();
    expectClean(page);
  });
});
