import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterEach, expect, inject, test } from "vitest";
import type { ConversationHead, Message } from "../src/wire/protocol.ts";
import { accept, api, composer, messages, offer, until, url, World } from "./world.ts";
import { customer, field, launcher, openChat, panel, said, Server, Site, watched, write } from "./widget.world.ts";

const sites: Site[] = [];
afterEach(() => {
  for (const s of sites.splice(0)) s.close();
});

async function shop(names: string[], widget: object = {}, queue: object = {}) {
  const w = await World.make(names, queue);
  const site = await new Site().open();
  sites.push(site);
  const channel = await site.channel(w, widget);
  return { w, site, channel };
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const run = (globalThis as unknown as { axe: { run(x: unknown): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe;
    return (await run.run({ include: [["pronto-chat"]] })).violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120) + n.failureSummary).join(" | ")}`);
  });
  expect(found).toEqual([]);
}

const picture = (page: Page, name: string) => (process.env.PRONTO_PICTURES ? page.screenshot({ path: join(process.env.PRONTO_PICTURES, `${name}.png`) }) : undefined);

test("widget: a customer of another origin writes, the agent answers, both see what was read and who types", async () => {
  const { w, site } = await shop(["Ana Ribeiro"]);
  const desk = await w.ready(w.people[0]!);
  const { page, complaints } = await customer(site);
  const scripts: string[] = [];
  page.on("request", (r) => scripts.push(new URL(r.url()).pathname));
  await launcher(page).waitFor();
  expect(scripts.some((s) => s.startsWith("/widget/app-"))).toBe(false); // not before it is needed
  await openChat(page);
  await page.getByText("Olá! Como podemos ajudar?").waitFor();
  expect(scripts.some((s) => s.startsWith("/widget/app-"))).toBe(true);
  await field(page).waitFor();
  await expect.poll(() => page.evaluate(() => (globalThis as unknown as { modes: string[] }).modes)).toEqual(["closed"]);
  const evil = `<img src=x onerror="document.title='hit'"><b>oi</b> javascript:alert(1)`;
  await write(page, evil);
  await said(page).getByText("<b>oi</b>").waitFor();
  await expect.poll(() => said(page).first().textContent()).toBe(evil); // text stays text
  await page.getByText(/Você é o próximo da fila|Aguardando atendimento/).first().waitFor();
  await offer(desk).waitFor();
  await accept(desk);
  await page.getByText("Você fala com Ana Ribeiro").waitFor();
  await page.locator(".row.ours .state", { hasText: "Lida" }).waitFor();
  await composer(desk).pressSequentially("Bom dia! Em que posso ajudar?");
  await page.getByText("Ana Ribeiro está digitando").waitFor();
  await desk.keyboard.press("Enter");
  await said(page).getByText("Bom dia! Em que posso ajudar?").waitFor();
  await desk.locator(".message").filter({ hasText: "Bom dia! Em que posso ajudar?" }).getByText(/Lida/).waitFor();
  await field(page).pressSequentially("Quero a segunda via");
  await desk.locator(".typing").waitFor();
  await page.keyboard.press("Enter");
  await messages(desk).getByText("Quero a segunda via").waitFor();
  await expect.poll(() => page.title()).toBe("Loja");
  expect(await page.locator(".pending").count()).toBe(0);
  await picture(page, "talk");
  expect(complaints).toEqual([]);
});

test("widget: a reload, another page and another tab go on in the same conversation; a closed chat counts what is new", async () => {
  const { w, site, channel } = await shop(["Ana Ribeiro"]);
  const desk = await w.ready(w.people[0]!);
  const { page, complaints } = await customer(site);
  await openChat(page);
  await write(page, "Primeira");
  await said(page).getByText("Primeira").waitFor();
  await offer(desk).waitFor();
  await accept(desk);
  let resumed = 0;
  page.on("websocket", (ws) => ws.on("framereceived", (f) => String(f.payload).includes(`"type":"resumed"`) && resumed++));
  for (let i = 1; i <= 10; i++) { // more than max_sessions: a page hands its session on
    await page.reload();
    await until(async () => resumed, (n) => n >= i, 30_000);
  }
  await launcher(page).waitFor();
  await composer(desk).fill("Ainda está aí?");
  await desk.keyboard.press("Enter");
  await page.getByRole("button", { name: "Abrir o chat, 1 mensagem nova" }).waitFor();
  await page.getByRole("link", { name: "Outra página" }).click();
  await page.getByRole("button", { name: "Abrir o chat, 1 mensagem nova" }).click();
  await expect.poll(() => said(page).allTextContents()).toEqual(["Primeira", "Ainda está aí?"]);
  const other = await watched(site, await page.context().newPage());
  await openChat(other.page);
  await said(other.page).getByText("Ainda está aí?").waitFor();
  await write(other.page, "Estou");
  await said(page).getByText("Estou").waitFor();
  expect(await page.locator("pronto-chat .badge").textContent()).toBe("");
  const list = await api<{ items: ConversationHead[] }>(`/conversations?channel_id=${channel.id}`);
  expect(list.items.length).toBe(1);
  expect(complaints.concat(other.complaints)).toEqual([]);
});

test("widget: the server is killed and comes back under the open chat: nothing is lost and nothing doubled, over a reload too", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pronto-widget-"));
  execFileSync(inject("binary"), ["init", "--data", join(folder, "data"), "--admin-login", "root", "--admin-password-stdin"], { input: "a-good-password\n", stdio: ["pipe", "ignore", "inherit"] });
  const server = new Server(join(folder, "data"));
  await server.start();
  try {
    const w = new World();
    w.queue = await server.queue("Vendas");
    const site = await new Site().open();
    sites.push(site);
    site.server = server.url;
    const channel = await site.channel(w, {}, server);
    const { page } = await customer(site);
    await openChat(page);
    await write(page, "um");
    await said(page).getByText("um", { exact: true }).waitFor();
    await server.kill("SIGKILL");
    await write(page, "dois");
    await write(page, "três");
    await page.getByText("Reconectando… Suas mensagens serão enviadas.").waitFor();
    await expect.poll(() => page.locator(".pending").count()).toBe(2);
    await server.start();
    await said(page).getByText("três").waitFor();
    await expect.poll(() => said(page).allTextContents()).toEqual(["um", "dois", "três"]);
    await page.route(`${server.url}/**`, (r) => r.continue());
    await server.kill("SIGTERM");
    await write(page, "quatro");
    await page.locator(".pending").waitFor();
    await server.start();
    await page.reload(); // whether it was sent before the reload or not
    await openChat(page);
    await said(page).getByText("quatro").waitFor();
    await until(async () => said(page).allTextContents(), (x) => x.length === 4);
    await expect.poll(() => said(page).allTextContents()).toEqual(["um", "dois", "três", "quatro"]);
    const { items } = await server.call<{ items: ConversationHead[] }>(`/conversations?channel_id=${channel.id}`);
    const kept = await server.call<{ items: Message[] }>(`/conversations/${items[0]!.id}/messages`);
    expect([items.length, kept.items.map((m) => m.text)]).toEqual([1, ["um", "dois", "três", "quatro"]]);
  } finally {
    await server.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  }
});

test("widget: outside the hours it says so, and the bar goes when an administrator opens the queue", async () => {
  const hours = await api<{ id: string; version: number }>("/business-hours", { name: `Nunca ${Date.now()}`, time_zone: "America/Sao_Paulo", weekly: [] });
  const { w, site } = await shop([], { closed_text: "Voltamos amanhã às 8h." }, { hours_id: hours.id });
  const { page, complaints } = await customer(site);
  await openChat(page);
  await page.getByText("Voltamos amanhã às 8h.").waitFor();
  await picture(page, "closed");
  const queue = await api<{ version: number }>(`/queues/${w.queue.id}`);
  const answer = await fetch(`${url}/api/v1/queues/${w.queue.id}`, {
    method: "PATCH", headers: { Authorization: `Bearer ${inject("token")}`, "Content-Type": "application/json", "If-Match": `"${queue.version}"` }, body: JSON.stringify({ hours_id: "" }),
  });
  expect(answer.status).toBe(200);
  await page.getByText("Voltamos amanhã às 8h.").waitFor({ state: "detached" });
  expect(complaints).toEqual([]);
});

test("widget: the form before the chat gives the conversation its attributes, and is not asked twice", async () => {
  const { site, channel } = await shop([], { pre_chat: [{ key: "pedido", label: "Número do pedido", required: true }, { key: "email", label: "E-mail", kind: "email" }] });
  const { page, complaints } = await customer(site);
  await openChat(page);
  await page.getByRole("button", { name: "Iniciar conversa" }).click();
  await page.getByText("Preencha este campo.").waitFor();
  await page.getByLabel("E-mail").fill("nada");
  await page.getByLabel("Número do pedido").fill("A-123");
  await page.getByText("Escreva um e-mail como nome@exemplo.com.").waitFor();
  await picture(page, "form");
  await expectAccessible(page);
  await page.getByLabel("E-mail").fill("maria@exemplo.com");
  await page.getByRole("button", { name: "Iniciar conversa" }).click();
  await write(page, "Cadê meu pedido?");
  await said(page).getByText("Cadê meu pedido?").waitFor();
  const { items } = await api<{ items: ConversationHead[] }>(`/conversations?channel_id=${channel.id}`);
  const head = await api<ConversationHead>(`/conversations/${items[0]!.id}`);
  expect(head.attributes).toMatchObject({ pedido: "A-123", email: "maria@exemplo.com" });
  await page.reload();
  await openChat(page);
  await said(page).getByText("Cadê meu pedido?").waitFor();
  expect(complaints).toEqual([]);
});

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

test("widget: files go both ways, a picture shows itself, and what is refused says why", async () => {
  const { w, site } = await shop(["Ana Ribeiro"]);
  const desk = await w.ready(w.people[0]!);
  const { page, complaints } = await customer(site);
  await openChat(page);
  await field(page).waitFor();
  const chooser = page.locator("pronto-chat input[type=file]");
  await chooser.setInputFiles([
    { name: "foto.png", mimeType: "image/png", buffer: Buffer.from(pixel, "base64") },
    { name: "programa.exe", mimeType: "application/octet-stream", buffer: Buffer.concat([Buffer.from("MZ"), Buffer.alloc(400)]) },
    { name: "grande.txt", mimeType: "text/plain", buffer: Buffer.alloc(21 << 20, "a") },
  ]);
  await page.getByText("O arquivo é grande demais: até 20 MB.").waitFor();
  await page.getByText("Este tipo de arquivo não é aceito.").waitFor();
  await page.getByText("Até 10 arquivos de 20 MB cada").waitFor();
  await page.getByText("Pronto para enviar").waitFor();
  await picture(page, "uploads");
  await page.getByRole("button", { name: "Remover programa.exe" }).click();
  await page.getByRole("button", { name: "Remover grande.txt" }).click();
  await write(page, "Segue a foto");
  await page.locator(".file.picture canvas[width='1']").waitFor();
  await offer(desk).waitFor();
  await accept(desk);
  await messages(desk).getByText("Segue a foto").waitFor();
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: /Baixar foto.png/ }).click();
  expect((await saved).suggestedFilename()).toBe("foto.png");
  expect(complaints).toEqual([]);
});

test("widget: the visitor ends it and rates it, may change the rating, and takes the conversation along as a text", async () => {
  const { w, site, channel } = await shop(["Ana Ribeiro"], { rating: true });
  const desk = await w.ready(w.people[0]!);
  const { page, complaints } = await customer(site);
  await openChat(page);
  await write(page, "Obrigada por tudo");
  await offer(desk).waitFor();
  await accept(desk);
  await page.getByText("Você fala com Ana Ribeiro").waitFor();
  await page.getByRole("button", { name: "Opções" }).click();
  await page.getByRole("menuitem", { name: "Encerrar conversa" }).click();
  await page.getByRole("button", { name: "Encerrar", exact: true }).click();
  await page.getByText("Conversa encerrada").waitFor();
  await page.getByRole("radio", { name: "4 de 5" }).check({ force: true });
  await page.getByLabel("Comentário (opcional)").fill("Muito bom");
  await picture(page, "rating");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Enviar avaliação" }).click();
  await page.getByText("Obrigado pela avaliação! 4 de 5").waitFor();
  await page.getByRole("button", { name: "Mudar" }).click();
  await page.getByRole("radio", { name: "5 de 5" }).check({ force: true });
  await page.getByRole("button", { name: "Enviar avaliação" }).click();
  await page.getByText("Obrigado pela avaliação! 5 de 5").waitFor();
  const { items } = await api<{ items: ConversationHead[] }>(`/conversations?channel_id=${channel.id}`);
  const head = await api<{ rating?: { score: number; comment: string } }>(`/conversations/${items[0]!.id}`);
  expect(head.rating).toMatchObject({ score: 5, comment: "Muito bom" });
  await page.getByRole("button", { name: "Opções" }).click();
  const saved = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "Baixar a conversa" }).click();
  const file = await saved;
  expect(file.suggestedFilename()).toBe(`chat-${items[0]!.protocol_number}.txt`);
  const text = readFileSync((await file.path())!, "utf8");
  expect(text).toContain("Você\nObrigada por tudo");
  expect(complaints).toEqual([]);
});

test("widget: edited and removed messages change, earlier ones load where one reads", async () => {
  const { w, site, channel } = await shop(["Ana Ribeiro"], { messages_per_minute: 600 });
  const desk = await w.ready(w.people[0]!);
  const { page, complaints } = await customer(site);
  await openChat(page);
  for (let i = 1; i <= 60; i++) await write(page, `linha ${i}`);
  await said(page).getByText("linha 60").waitFor();
  await offer(desk).waitFor();
  await accept(desk);
  await composer(desk).fill("O valor é 10");
  await desk.keyboard.press("Enter");
  await said(page).getByText("O valor é 10").waitFor();
  const { items } = await api<{ items: ConversationHead[] }>(`/conversations?channel_id=${channel.id}`);
  const id = items[0]!.id;
  const last = (await api<{ items: Message[] }>(`/conversations/${id}/messages?after_seq=60`)).items[0]!;
  const token = (await api<{ token: string }>("/login", { login: w.people[0]!.login, password: w.people[0]!.password })).token;
  await api(`/conversations/${id}/edit`, { message_id: last.id, seq: last.seq, text: "O valor é 12" }, { token });
  await said(page).getByText("O valor é 12").waitFor();
  await page.getByText("editada").waitFor();
  await page.evaluate(() => sessionStorage.clear());
  await page.goto("about:blank");
  await page.goto(site.origin);
  await page.evaluate(() => sessionStorage.clear());
  await openChat(page);
  await said(page).getByText("linha 60").waitFor();
  if (await page.getByRole("button", { name: "Mensagens anteriores" }).count()) await page.getByRole("button", { name: "Mensagens anteriores" }).click();
  await said(page).getByText("linha 1", { exact: true }).waitFor();
  await expect.poll(() => said(page).count()).toBe(61);
  expect(complaints).toEqual([]);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`widget: axe finds nothing, ${colorScheme}, and a small screen is filled and keeps the focus`, async () => {
    const { w, site } = await shop(["Ana Ribeiro"], { color: "#ffd400" });
    const desk = await w.ready(w.people[0]!);
    const { page, complaints } = await customer(site, { colorScheme, reducedMotion: "reduce" });
    await openChat(page);
    await write(page, "Olá, quero saber do meu pedido: https://exemplo.com/pedido/1");
    await offer(desk).waitFor();
    await accept(desk);
    await composer(desk).fill("Claro! Só um momento.");
    await desk.keyboard.press("Enter");
    await said(page).getByText("Claro! Só um momento.").waitFor();
    await expect.poll(() => page.getByRole("link", { name: "https://exemplo.com/pedido/1" }).getAttribute("rel")).toContain("noopener");
    await expectAccessible(page);
    await picture(page, `desktop-${colorScheme}`);
    await page.setViewportSize({ width: 375, height: 667 });
    await expectAccessible(page);
    await picture(page, `phone-${colorScheme}`);
    expect(await panel(page).boundingBox()).toMatchObject({ x: 0, y: 0, width: 375, height: 667 });
    await field(page).focus();
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press("Tab");
      await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe("PRONTO-CHAT");
    }
    await page.keyboard.press("Escape");
    await panel(page).waitFor({ state: "hidden" });
    await expect.poll(() => page.evaluate(() => document.querySelector("pronto-chat")!.shadowRoot!.activeElement!.className)).toBe("launcher");
    expect(complaints).toEqual([]);
  });
}

test("widget: the demo page shows the channel of its address under its own policy", async () => {
  const { w, channel } = await shop(["Ana Ribeiro"]);
  const desk = await w.ready(w.people[0]!);
  const site = new Site();
  site.origin = `${url}/demo-page/?channel=${channel.id}`;
  const { page, complaints } = await customer(site);
  await page.getByRole("button", { name: "Falar com a gente" }).click();
  await write(page, "Quero 600 mega");
  await offer(desk).waitFor();
  await picture(page, "demo");
  expect(complaints).toEqual([]);
});
