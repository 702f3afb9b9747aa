import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Message, Note } from "../src/wire/protocol.ts";
import { type Demo, demo } from "./guide.world.ts";
import { accept, composer, expectClean, keepPages, messages, newPage, offer, signIn, until } from "./world.ts";

// The agent's guide from its first sentence to its last, by two people on the company of `make run`. A test is named by the
// sentence that it does; each goes on where the one before it ended.

let d: Demo;
let ana: Page;
let bruno: Page;
let marina = ""; // the conversation with Marina Alves
let rafael = "";
const phones = { marina: "+5511999990000", rafael: "+5511988887777" };

beforeAll(async () => {
  d = await demo();
  await d.alone();
  ana = await newPage({}, d.at);
  bruno = await newPage({}, d.at);
  await signIn(ana, d.ana, d.at);
  await signIn(bruno, d.bruno, d.at);
  keepPages();
});
afterAll(() => d?.stop());

const box = async (page: Page, what: string) => (await page.locator(what).first().boundingBox())!;
const rail = (page: Page, name: string) => page.locator(".rail").getByRole("button", { name });
const panel = (page: Page, name: string) => page.getByRole("complementary", { name });
const talk = (page: Page, id: string) => page.locator(`[data-talk="${id}"]`);
const switchStatus = async (page: Page, to: "ready" | "not-ready") => {
  await page.locator(".presence-main").click();
  await page.locator(`.presence.${to}`).waitFor();
};

/** Opens a conversation from the list and waits until it is there. */
async function open(page: Page, id: string, name: string): Promise<void> {
  await talk(page, id).click();
  await page.getByRole("heading", { name, level: 2 }).waitFor();
}

describe("Como fazer um atendimento", () => {
  test("Na tela do agente, troque o status de “Não pronto” para “Pronto”, para passar a receber chamados.", async () => {
    await expect.poll(() => ana.locator(".presence-word").textContent()).toBe("Não pronto");
    marina = (await d.write("Preciso da segunda via do boleto", "Marina Alves", phones.marina)).conversation_id;
    expect((await d.head(marina)).state).toBe("queued");
    await switchStatus(ana, "ready");
    await expect.poll(() => ana.locator(".presence-word").textContent()).toBe("Pronto");
  });

  test("Quando um novo atendimento for direcionado para você, você terá a seguinte visualização.", async () => {
    await offer(ana).waitFor();
    expect(await offer(bruno).count()).toBe(0);
  });

  test("As seguintes informações são apresentadas: Entrada, Fila, Assunto, Tempo de espera.", async () => {
    await expect.poll(() => offer(ana).locator(".offer-facts dt").allTextContents()).toEqual(["Entrada", "Fila", "Assunto", "Tempo de espera"]);
  });

  const fact = async (n: number): Promise<string> => ((await offer(ana).locator(".offer-facts dd").nth(n).textContent()) ?? "").trim();

  test("Entrada: De onde esse chamado vem, junto ao número de telefone desse usuário.", async () => {
    await expect.poll(() => fact(0)).toBe("WhatsApp da loja · +55 11 99999-0000");
  });

  test("Fila: A fila de atendimento que esse atendimento está vinculado.", async () => {
    await expect.poll(() => fact(1)).toBe(d.queue.name);
  });

  test("Assunto: O assunto é cadastrado por padrão em sua organização.", async () => {
    await expect.poll(() => fact(2)).toBe(d.queue.subject);
  });

  test("Tempo de espera: Tempo que o chamado está aguardando para ser atendido.", async () => {
    const seconds = (text: string): number => text.split(":").reduce((n, x) => n * 60 + Number(x), 0);
    const since = Date.parse((await d.head(marina)).enqueued_at);
    const least = Math.floor((Date.now() - since) / 1000) - 1;
    const shown = seconds(await fact(3));
    expect(shown).toBeGreaterThanOrEqual(least);
    expect(shown).toBeLessThanOrEqual((Date.now() - since) / 1000 + 1);
  });

  test("Você tem a possibilidade de aceitar ou recusar esse atendimento, caso recuse a plataforma busca por outro analista disponível para o atendimento.", async () => {
    await expect.poll(() => offer(ana).getByRole("button").allTextContents()).toEqual(["Aceitar", "Recusar"]);
    await switchStatus(bruno, "ready");
    await offer(ana).getByRole("button", { name: "Recusar" }).click();
    await offer(bruno).waitFor();
    await offer(ana).waitFor({ state: "detached" });
  });

  test("Caso não tenha, o chamado retorna para você.", async () => {
    await switchStatus(bruno, "not-ready");
    await offer(ana).getByText("Devolvido: nenhum outro agente disponível").waitFor();
    await offer(ana).getByRole("button", { name: "Recusar" }).click();
    await offer(ana).waitFor({ state: "detached" });
    await offer(ana).getByText("Devolvido: nenhum outro agente disponível").waitFor();
  });

  test("Assim que aceitar o atendimento, você terá alternado a janela de navegação de Início para Conversas.", async () => {
    await expect.poll(() => ana.getByRole("tab", { name: /Início/ }).getAttribute("aria-selected")).toBe("true");
    await accept(ana);
    await expect.poll(() => ana.getByRole("tab", { name: /Conversas/ }).getAttribute("aria-selected")).toBe("true");
    await ana.getByRole("heading", { name: "Marina Alves" }).waitFor();
  });

  test("Essas sempre serão as duas guias que você não terá possibilidade de fechar, elas sempre ficam abertas por padrão na plataforma.", async () => {
    for (const name of [/Início/, /Conversas/]) {
      const tab = ana.getByRole("tab", { name });
      expect(await tab.locator(".tab-close").count()).toBe(0);
      await tab.press("Delete");
    }
    await expect.poll(() => ana.getByRole("tab").count()).toBe(2);
    await ana.reload();
    await ana.getByRole("tab", { name: /Conversas/ }).click();
    await expect.poll(() => ana.getByRole("tab").count()).toBe(2);
  });

  test("Pronto, você já deu inicio ao seu atendimento.", async () => {
    expect(await d.head(marina)).toMatchObject({ state: "active", owner_agent_id: d.ana.id });
    await open(ana, marina, "Marina Alves");
  });

  test("Todos os seus atendimentos em andamento sempre estão listados na guia minhas conversas que fica ao lado esquerdo da tela.", async () => {
    rafael = (await d.write("Qual é o prazo do estorno?", "Rafael Duarte", phones.rafael)).conversation_id;
    await offer(ana).waitFor();
    await accept(ana);
    await ana.getByRole("heading", { name: "Rafael Duarte", level: 2 }).waitFor();
    const list = ana.getByRole("navigation", { name: "Minhas conversas" });
    await expect.poll(() => list.locator(".talk-name").allTextContents()).toEqual(["Marina Alves", "Rafael Duarte"]);
    const at = await box(ana, ".talk-list");
    expect(at.x + at.width).toBeLessThanOrEqual((await box(ana, ".thread")).x);
  });

  test("Quando uma nova mensagem chega do seu cliente, uma bolinha fica sinalizando a mensagem.", async () => {
    await d.write("Alguém pode me ajudar?", "Marina Alves", phones.marina);
    await talk(ana, marina).locator(".unread").waitFor();
    await expect.poll(() => talk(ana, marina).locator(".unread").textContent()).toBe("1");
    await expect.poll(() => talk(ana, rafael).locator(".unread").count()).toBe(0);
    await open(ana, marina, "Marina Alves");
    await ana.bringToFront();
    await talk(ana, marina).locator(".unread").waitFor({ state: "detached" });
  });

  test("As mensagens sempre permanecem em ordem de chegada.", async () => {
    await composer(ana).fill("Claro, Marina!");
    await ana.keyboard.press("Enter");
    await messages(ana).getByText("Claro, Marina!").waitFor();
    await d.write("Obrigada", "Marina Alves", phones.marina);
    await messages(ana).getByText("Obrigada").waitFor();
    const kept = await d.ask<{ items: Message[] }>(`/conversations/${marina}/messages?limit=100`);
    expect(kept.items.map((m) => m.seq)).toEqual(kept.items.map((_, i) => i + 1));
    await expect.poll(() => messages(ana).allTextContents()).toEqual(kept.items.map((m) => m.text));
  });

  test("Os dados do atendimento sempre ficarão centralizados no meio da tela.", async () => {
    await rail(ana, "Detalhes da conversa").click();
    await panel(ana, "Detalhes da conversa").waitFor();
    const [list, thread, tool] = [await box(ana, ".talk-list"), await box(ana, ".thread"), await box(ana, ".tool-panel")];
    expect(thread.x).toBeGreaterThanOrEqual(list.x + list.width);
    expect(thread.x + thread.width).toBeLessThanOrEqual(tool.x);
    const head = (await ana.locator(".thread-head").textContent()) ?? "";
    for (const text of ["Marina Alves", "WhatsApp da loja", "+55 11 99999-0000", d.queue.name, (await d.head(marina)).protocol_number]) expect(head).toContain(text);
    await rail(ana, "Detalhes da conversa").click();
    await panel(ana, "Detalhes da conversa").waitFor({ state: "detached" });
  });

  test("Ao lado esquerdo da tela em branco são todas as mensagens enviadas pelo seu cliente e ao lado direito todas as mensagens enviadas por você, ou de forma automática pela plataforma.", async () => {
    const frame = await box(ana, ".timeline");
    const left = async (of: string) => (await box(ana, of)).x - frame.x;
    const right = async (of: string) => { const b = await box(ana, of); return frame.x + frame.width - b.x - b.width; };
    expect(await left(".message.contact")).toBeLessThan(await right(".message.contact"));
    expect(await right(".message.agent")).toBeLessThan(await left(".message.agent"));
    const automatic = ana.getByRole("article", { name: /^Automático/ });
    await automatic.getByText(/Este é o protocolo/).waitFor();
    expect(await right(".message.bot, .message.system")).toBeLessThan(await left(".message.bot, .message.system"));
    await expect.poll(() => ana.locator(".message.contact").first().evaluate((x) => getComputedStyle(x).backgroundColor)).toBe("rgb(255, 255, 255)");
  });

  const documents = ["+55 11 99999-0000", "CPF 529.982.247-25"];

  test("Você sempre terá todos os documentados de quem disparou a mensagem acima do nome.", async () => {
    for (const one of await ana.locator(".message.contact").all()) {
      for (const text of documents) await one.locator(".message-id").getByText(text).waitFor();
      const [above, name] = [(await one.locator(".message-id").boundingBox())!, (await one.locator(".message-name strong").boundingBox())!];
      expect(above.y + above.height).toBeLessThanOrEqual(name.y + 1);
      await expect.poll(() => one.locator(".message-name strong").textContent()).toBe("Marina Alves");
    }
  });

  test("Esses dados são exportados inclusive se você imprimir ou salvar essa conversa no formato de pdf.", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pronto-guide-"));
    try {
      const path = join(folder, "x.pdf");
      const text = (): string => execFileSync("pdftotext", ["-layout", path, "-"]).toString();
      await ana.pdf({ path });
      const printed = text();
      for (const x of [...documents, "Marina Alves", "Ana Ribeiro", "Claro, Marina!"]) expect(printed).toContain(x);
      const [download] = await Promise.all([ana.waitForEvent("download"), ana.getByRole("link", { name: "Gerar PDF" }).evaluate((a: HTMLAnchorElement) => { a.download = ""; a.click(); })]);
      await download.saveAs(path);
      const saved = text();
      for (const x of ["Marina Alves", "Ana Ribeiro", "Claro, Marina!"]) expect(saved).toContain(x);
      for (const x of documents) expect(saved.replace(/[\s.-]/g, "")).toContain(x.replace(/[\s.-]/g, ""));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("Você terá algumas outras funcionalidades, caso você tenha mais de uma conversa ativa elas serão listadas ao lado esquerdo da tela.", async () => {
    await composer(ana).fill("rascunho para Marina");
    await open(ana, rafael, "Rafael Duarte");
    expect(await composer(ana).inputValue()).toBe("");
    await talk(ana, marina).getByText("rascunho para Marina").waitFor();
    await open(ana, marina, "Marina Alves");
    await expect.poll(() => composer(ana).inputValue()).toBe("rascunho para Marina");
    await composer(ana).fill("");
  });

  test("Na parte inferior do campo de digitação, você tem a opção de enviar anexos utilizando o botão. Clicando sobre ele, você pode selecionar os arquivos da sua máquina para enviar para seu cliente.", async () => {
    const [field, button] = [await box(ana, ".composer textarea"), (await ana.locator(".composer").getByRole("button", { name: "Anexar arquivos" }).boundingBox())!];
    expect(button.y).toBeGreaterThanOrEqual(field.y + field.height - 1);
    const [chooser] = await Promise.all([ana.waitForEvent("filechooser"), ana.locator(".composer").getByRole("button", { name: "Anexar arquivos" }).click()]);
    expect(chooser.isMultiple()).toBe(true);
    await chooser.setFiles([{ name: "boleto.txt", mimeType: "text/plain", buffer: Buffer.from("34191.79001") }, { name: "contrato.txt", mimeType: "text/plain", buffer: Buffer.from("contrato") }]);
    await until(() => ana.locator(".upload.ready").count(), (n) => n === 2);
    await composer(ana).fill("Seguem os arquivos");
    await ana.getByRole("button", { name: "Enviar" }).click();
    await ana.locator(".message.agent:not(.pending) .file").getByText("boleto.txt").waitFor();
    const kept = await d.ask<{ items: Message[] }>(`/conversations/${marina}/messages?limit=100`);
    expect(kept.items.at(-1)!.attachments.map((a) => a.name)).toEqual(["boleto.txt", "contrato.txt"]);
  });

  test("Ao lado da função de anexos, temos o botão de enviar mensagem de forma manual e também o de finalizar atendimento.", async () => {
    const one = async (name: string) => (await ana.locator(".composer").getByRole("button", { name }).boundingBox())!;
    const [files, send, finish] = [await one("Anexar arquivos"), await one("Enviar"), await one("Finalizar chat")];
    for (const b of [send, finish]) expect(Math.abs(b.y + b.height / 2 - files.y - files.height / 2)).toBeLessThan(12);
    expect(send.x).toBeGreaterThan(files.x);
    expect(finish.x).toBeGreaterThan(send.x);
    await composer(ana).fill("Enviada pelo botão");
    await ana.locator(".composer").getByRole("button", { name: "Enviar" }).click();
    await messages(ana).getByText("Enviada pelo botão").waitFor();
  });

  test("Na lateral direita do seu atendimento também temos outras funcionalidades.", async () => {
    const names = ["Script", "Respostas prontas", "Notas internas", "Detalhes do cliente", "Histórico do cliente", "Detalhes da conversa"];
    await expect.poll(() => ana.locator(".rail").getByRole("button").allTextContents()).toEqual([...names, "Transferir"]);
    expect((await box(ana, ".rail")).x).toBeGreaterThanOrEqual((await box(ana, ".thread")).x + (await box(ana, ".thread")).width - 1);
  });

  test("Respostas prontas: a plataforma permite que você crie respostas prontas para seus agentes, como saudações iniciais, textos sobre valores ou produtos.", async () => {
    await rail(ana, "Respostas prontas").click();
    await panel(ana, "Respostas prontas").getByText("Saudação", { exact: true }).click();
    await until(() => composer(ana).inputValue(), (x) => x === "Olá, Marina Alves! Obrigado por falar com a Horizonte Telecom. Já estou vendo o seu caso.");
    await composer(ana).fill("");
    await composer(ana).pressSequentially("/sauda");
    await ana.locator(".slash-menu").getByRole("option", { name: /Saudação/ }).first().waitFor();
    await ana.keyboard.press("Escape");
    await composer(ana).fill("");
  });

  test("Notas internas: Adicione comentários internos ao seu atendimento para consultas futuras.", async () => {
    await rail(ana, "Notas internas").click();
    await ana.getByLabel("Nova nota").fill("Cliente antiga, prefere boleto");
    await ana.getByRole("button", { name: "Adicionar nota" }).click();
    await panel(ana, "Notas internas").getByText("Cliente antiga, prefere boleto").waitFor();
    const notes = await d.ask<{ items: Note[] }>(`/conversations/${marina}/notes`);
    expect(notes.items.map((n) => n.text)).toContain("Cliente antiga, prefere boleto");
    const said = await d.ask<{ items: Message[] }>(`/conversations/${marina}/messages?limit=100`);
    expect(said.items.some((m) => m.text.includes("prefere boleto"))).toBe(false);
  });

  test("Detalhes do cliente: Detalhes do contato do cliente.", async () => {
    await rail(ana, "Detalhes do cliente").click();
    const shown = panel(ana, "Detalhes do cliente");
    for (const text of ["Marina Alves", "+55 11 99999-0000", "529.982.247-25"]) await shown.getByText(text).first().waitFor();
  });

  test("Detalhes da conversa: Dados da conversa como hora de entrada, fila alocada, agente responsável, etc.", async () => {
    await rail(ana, "Detalhes da conversa").click();
    const shown = panel(ana, "Detalhes da conversa");
    await shown.locator("[data-record]").first().waitFor();
    const facts = (await shown.locator(".facts").textContent()) ?? "";
    for (const text of ["Entrada em", d.queue.name, "Agente responsável", "Ana Ribeiro", (await d.head(marina)).protocol_number]) expect(facts).toContain(text);
  });

  test("Se for necessário transferir o atendimento para outro analista, você pode utilizar o botão na parte inferior da tela.", async () => {
    const [button, screen] = [(await rail(ana, "Transferir").boundingBox())!, ana.viewportSize()!];
    expect(button.y).toBeGreaterThan(screen.height / 2);
    await rail(ana, "Transferir").click();
    await ana.getByRole("combobox", { name: "Analista ou fila" }).waitFor();
  });

  const confirm = () => ana.locator(".dialog").getByRole("button", { name: "Transferir" });
  const person = (name: string) => ana.locator(".dialog").getByRole("option", { name });

  test("Basta digitar o nome do analista que deseja realizar a transferência.", async () => {
    await ana.getByPlaceholder("Digite o nome").fill("sonia");
    await person("Sônia Marques").waitFor();
    await ana.getByPlaceholder("Digite o nome").fill("BRUNO");
    await person("Bruno Teixeira").waitFor();
    await until(() => ana.locator(".dialog").getByRole("option").count(), (n) => n === 1);
  });

  test("Caso o usuário esteja com a bolinha vermelha ou cinza, o atendimento não poderá ser transferido.", async () => {
    await person("Bruno Teixeira").locator(".dot.red").waitFor();
    await person("Bruno Teixeira").click({ force: true });
    await expect.poll(() => confirm().isDisabled()).toBe(true);
    await ana.getByPlaceholder("Digite o nome").fill("sonia");
    await person("Sônia Marques").locator(".dot.grey").waitFor();
    await person("Sônia Marques").click({ force: true });
    await expect.poll(() => confirm().isDisabled()).toBe(true);
  });

  test("Lembre-se que para transferir um atendimento para outro analista ele precisa estar disponível na plataforma.", async () => {
    await switchStatus(bruno, "ready");
    await ana.getByPlaceholder("Digite o nome").fill("bruno");
    await person("Bruno Teixeira").locator(".dot.green").waitFor();
  });

  test("Clicar sobre ele e o botão transferir será habilitado.", async () => {
    await expect.poll(() => confirm().isDisabled()).toBe(true);
    await person("Bruno Teixeira").click();
    await confirm().and(ana.locator(":enabled")).click();
    await ana.locator(".notice").getByText(/aguardando aceite/).waitFor();
    await offer(bruno).getByText("Transferência de Ana Ribeiro").waitFor();
    expect((await d.head(marina)).owner_agent_id).toBe(d.ana.id);
    await accept(bruno);
    await until(() => d.head(marina), (h) => h.owner_agent_id === d.bruno.id);
    await talk(ana, marina).waitFor({ state: "detached" });
    await messages(bruno).getByText("Enviada pelo botão").waitFor();
  });

  test("Quando o chamado for finalizado, basta clicar em finalizar chat no final da página.", async () => {
    const button = bruno.getByRole("button", { name: "Finalizar chat" });
    expect((await button.boundingBox())!.y).toBeGreaterThan(bruno.viewportSize()!.height * 0.8);
    await button.click();
    await bruno.locator(".dialog").waitFor();
  });

  test("Script: Antes do atendimento ser encerrado, a plataforma de forma automática abrirá uma tela para que você selecione o motivo de contato do cliente com a sua empresa e se o problema foi resolvido ou não.", async () => {
    const dialog = bruno.locator(".dialog");
    await dialog.getByRole("option", { name: "Segunda via" }).waitFor();
    await expect.poll(() => dialog.getByRole("radio").count()).toBe(2);
    await dialog.getByText("Resolvido?").waitFor();
  });

  test("Caso a sua empresa tenha o script marcado como obrigatório será necessário que informe o porque esse entrou em contato.", async () => {
    const dialog = bruno.locator(".dialog");
    await dialog.getByText("O script é obrigatório nesta fila.").waitFor();
    await dialog.getByRole("button", { name: "Finalizar", exact: true }).click();
    await dialog.getByText("Preencha o campo destacado.").waitFor();
    expect((await d.head(marina)).state).toBe("active");
    await dialog.getByRole("option", { name: "Segunda via" }).click();
    await dialog.getByRole("radio", { name: "Sim" }).check();
    await dialog.getByRole("button", { name: "Finalizar", exact: true }).click();
    const h = await until(() => d.head(marina), (x) => x.state === "closed");
    expect(h.script).toMatchObject({ reason_id: "segunda-via", resolved: true });
    await talk(bruno, marina).waitFor({ state: "detached" });
  });

  test("Também é possível gerar um pdf com esse atendimento, basta utilizar a funcionalidade.", async () => {
    await bruno.getByRole("tab", { name: /Início/ }).click();
    await bruno.locator(".home .row").getByText((await d.head(marina)).protocol_number).click();
    await bruno.getByText("Somente leitura").waitFor();
    const at = await bruno.locator(".thread-head").getByRole("link", { name: "Gerar PDF" }).getAttribute("href");
    const [status, type] = await bruno.evaluate(async (to) => { const r = await fetch(to!); return [r.status, r.headers.get("content-type")]; }, at);
    expect([status, type]).toEqual([200, "application/pdf"]);
  });

  test("Histórico do cliente: Todas as vezes que o cliente entrou em contato com sua empresa, a partir daquele número de telefone.", async () => {
    await switchStatus(bruno, "not-ready");
    const again = await d.write("Voltei: o boleto não abre", "Marina Alves", phones.marina);
    expect(again.conversation_id).not.toBe(marina);
    await offer(ana).getByText("1 contato anterior").waitFor();
    await accept(ana);
    await open(ana, again.conversation_id, "Marina Alves");
    await rail(ana, "Histórico do cliente").click();
    await panel(ana, "Histórico do cliente").getByText((await d.head(marina)).protocol_number).click();
    await messages(ana).getByText("Preciso da segunda via do boleto").waitFor();
    expectClean(ana);
    expectClean(bruno);
  });
});
