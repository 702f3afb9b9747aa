import { createServer, type Server } from "node:http";
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterEach, describe, expect, test } from "vitest";
import type { APIToken, AuditRecord, Channel, Queue, Skill } from "../src/wire/protocol.ts";
import { admin, at, idOf, named, openShadows, picture, save } from "./admin.world.ts";
import { findings, looks } from "./findings.ts";
import { api, becomeReady, expectClean, offer, until, url, World } from "./world.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const s of servers.splice(0)) s.close();
});

/** Chooses a file of this text; its name says nothing about what is in it. */
const put = (page: Page, text: string) => page.locator("input[type=file]").setInputFiles({ name: "pronto.txt", mimeType: "text/plain", buffer: Buffer.from(text) });

describe("administration: channels, tokens, audit, files, preview", () => {
  test("a web chat: the preview is the real widget, follows what is saved, and the code is for one's own site", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await admin("/channels/new");
    await openShadows(page);
    const name = named("Site");
    await at(page, "/name").fill(name);
    await at(page, "/queue_id").selectOption({ label: w.queue.name });
    await at(page, "/widget/title").fill("Fale conosco");
    await at(page, "/widget/color").fill("azul");
    await page.keyboard.press("Control+s");
    await page.locator(".field.wrong", { hasText: "Cor" }).getByText("Valor inválido.").waitFor();
    await at(page, "/widget/color").fill("#7a2e8f");
    await save(page);
    const chat = page.frameLocator("iframe[title='Prévia do chat']");
    await chat.getByText("Fale conosco").waitFor();
    await at(page, "/widget/title").fill("Estamos aqui");
    await save(page);
    await chat.getByText("Estamos aqui").waitFor(); // without a reload
    await picture(page, "widget");
    const id = idOf(page);
    await expect.poll(() => page.getByRole("region", { name: "Código para o seu site" }).locator("code").textContent()).toBe(`<script async src="${url}/widget.js"></script>\n<pronto-chat channel="${id}"></pronto-chat>`);
    const desk = await w.ready(w.people[0]!);
    await chat.getByRole("textbox").fill("Vim pela prévia");
    await chat.getByRole("textbox").press("Enter");
    await offer(desk).getByText("Vim pela prévia").waitFor();
    expectClean(page);
  });

  test("an integration: its key is shown once, and the connection is tried with what is saved", async () => {
    let status = 200;
    const got: string[] = [];
    const server = createServer((request, answer) => {
      let body = "";
      request.on("data", (piece: Buffer) => (body += piece.toString()));
      request.on("end", () => { got.push(`${body} ${request.headers["webhook-signature"]}`); answer.writeHead(status).end(); });
    });
    servers.push(server);
    const port = await new Promise<number>((known) => server.listen(0, "127.0.0.1", () => known((server.address() as { port: number }).port)));
    const w = await World.make([]);
    const page = await admin("/channels/new");
    await at(page, "/name").fill(named("CRM"));
    await at(page, "/kind").selectOption("generic");
    await at(page, "/queue_id").selectOption({ label: w.queue.name });
    await at(page, "/config/url").fill(`http://127.0.0.1:${port}/hook`);
    await page.getByRole("button", { name: "Gerar" }).click();
    const secret = (await page.locator(".secret code").textContent())!;
    expect(secret).toMatch(/^whsec_/);
    await save(page);
    const channel = await api<Channel>(`/channels/${idOf(page)}`);
    expect(channel).toMatchObject({ kind: "generic", config: { url: `http://127.0.0.1:${port}/hook` }, secrets_set: ["secret"] });
    await page.reload();
    await page.getByText("Já definido; nunca é mostrado.").waitFor();
    expect(await page.getByText(secret).count()).toBe(0);
    const test = page.getByRole("region", { name: "Teste de conexão" });
    await test.getByRole("button", { name: "Testar" }).click();
    await test.getByText("Funciona").waitFor();
    expect(got[0]).toMatch(/"channel\.test".* v1,/);
    status = 401;
    await test.getByRole("button", { name: "Testar" }).click();
    await test.getByText("A outra ponta recusou o token ou a assinatura.").waitFor();
    await picture(page, "channel-test");
    await at(page, "/subject").fill("Pedido"); // a save leaves the key alone
    await save(page);
    status = 200;
    await test.getByRole("button", { name: "Testar" }).click();
    await test.getByText("Funciona").waitFor();
    expectClean(page);
  });

  test("a token is shown once, works, and stops at once when it is revoked", async () => {
    const page = await admin("/tokens");
    await page.getByRole("button", { name: "Novo token" }).click();
    const name = named("ERP");
    await at(page, "/name").fill(name);
    await page.getByRole("button", { name: "Salvar", exact: true }).click();
    await page.locator(".field.wrong", { hasText: "Permissões" }).getByText("Obrigatório.").waitFor();
    await page.getByRole("checkbox", { name: /^config:read/ }).check();
    await page.getByRole("button", { name: "Salvar", exact: true }).click();
    const secret = (await page.locator(".secret code").textContent())!;
    await api("/queues", undefined, { token: secret });
    await picture(page, "token");
    await page.reload();
    await page.getByRole("row", { name: new RegExp(name) }).waitFor();
    expect(await page.getByText(secret).count()).toBe(0);
    await page.getByRole("button", { name: `Revogar: ${name}` }).click();
    await page.getByRole("dialog", { name: `Revogar ${name}?` }).getByRole("button", { name: "Revogar" }).click();
    await page.getByRole("row", { name: new RegExp(name) }).waitFor({ state: "detached" });
    await expect(api("/queues", undefined, { token: secret })).rejects.toThrow("401");
    expect((await api<{ items: APIToken[] }>("/api-tokens?limit=500")).items.some((x) => x.name === name)).toBe(false);
    expectClean(page);
  });

  test("the audit shows who changed what, by person, kind, action and day", async () => {
    const q = await api<Queue>("/queues", { name: named("Auditada") });
    await api(`/queues/${q.id}`, { subject: "Novo assunto" }, { method: "PATCH" });
    const page = await admin("/audit");
    await page.getByLabel("Item", { exact: true }).selectOption("queue");
    await page.getByRole("textbox", { name: "Ação" }).fill("queue.updated");
    const row = page.getByRole("row", { name: new RegExp(q.id) });
    await page.getByText("queue.created").first().waitFor({ state: "detached" });
    await row.getByText("queue.updated").waitFor();
    await row.locator("summary").click();
    await row.getByText("Novo assunto").waitFor();
    await picture(page, "audit");
    expect(await page.getByText("queue.created").count()).toBe(0);
    await page.getByLabel("De", { exact: true }).fill("2031-01-01");
    await page.getByText("Nada encontrado.").waitFor();
    await page.getByRole("button", { name: "Limpar" }).click();
    await page.getByText("queue.created").first().waitFor();
    const all = await api<{ items: AuditRecord[] }>("/audit?limit=50");
    await expect.poll(() => page.locator(".audit tbody tr").count()).toBeGreaterThanOrEqual(Math.min(50, all.items.length) - 1);
    expectClean(page);
  });

  test.each(["YAML", "JSON"])("export as %s has everything but secrets; a file changed by hand shows the differences first and is applied after a question", async (form) => {
    const q = await api<Queue>("/queues", { name: named("Exportada"), subject: "Antes" });
    const page = await admin("/transfer");
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: `Baixar em ${form}` }).click()]);
    expect(download.suggestedFilename()).toMatch(new RegExp(`^pronto-.*\\.${form.toLowerCase()}$`));
    const text = readFileSync(await download.path(), "utf8");
    expect(text.startsWith("{")).toBe(form === "JSON");
    expect(text).toContain(q.id);
    expect(text).not.toContain("password");
    const name = named("Renomeada");
    await put(page, text.replace(q.name, name));
    await page.getByText("1 item mudaria.").waitFor();
    await page.locator("ins", { hasText: name }).waitFor();
    await picture(page, `import-${form}`);
    expect((await api<Queue>(`/queues/${q.id}`)).name).toBe(q.name); // it was only tried
    await page.getByRole("button", { name: "Aplicar 1 mudança" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Aplicar" }).click();
    await page.getByText("1 item mudou.").waitFor();
    expect((await api<Queue>(`/queues/${q.id}`)).name).toBe(name);
    await page.getByRole("link", { name: "Filas", exact: true }).click();
    await page.getByRole("link", { name }).waitFor();
    expectClean(page);
  });

  test("a file that cannot be used says where and why, and changes nothing", async () => {
    const q = await api<Queue>("/queues", { name: named("Intacta") });
    const page = await admin("/transfer", { bypassCSP: true });
    const says = page.getByRole("alert");
    for (const [text, words] of [
      [`queues:\n- id: ${q.id}\n  name: 'x\n`, "Linha 3, coluna 9: O YAML está quebrado aqui ou pouco antes."],
      [`{"queues": [\n  {"id": "${q.id}",}]}`, /^Linha 2, coluna \d+: O JSON está quebrado/],
      [`queues: &all\n- id: ${q.id}\nskills: *all\n`, /^Linha 1, coluna 9: Âncoras, apelidos/],
      ["só um texto\n", "Deve ter seções como queues, cada uma com uma lista."],
      ["queues:\n- name: x\n  name: y\n", "Linha 3, coluna 3: Repetido."],
      [`queues:\n- id: ${q.id}\n  name: Outra\n  strategy: nobody\n`, "Linha 4, coluna 3: /queues/0/strategy: Não é um valor aceito aqui."],
      ["queus: []\n", "Linha 1, coluna 1: /queus: Não existe aqui."],
    ] as const) {
      await put(page, text);
      await says.getByRole("listitem").filter({ hasText: words }).waitFor();
    }
    await picture(page, "import-refused");
    for (const look of looks) expect(await findings(page, look[1])).toEqual([]);
    expect((await api<Queue>(`/queues/${q.id}`)).name).toBe(q.name);
    expect(await page.getByRole("button", { name: /^Aplicar/ }).count()).toBe(0);
    expectClean(page);
  });

  test("the routing preview names who would get it and why not the others, and nothing comes of it", async () => {
    const skill = await api<Skill>("/skills", { name: named("Espanhol") });
    const w = await World.make(["Ana Ribeiro", "Bruno Lima", "Caio Prado"]);
    const [ana, bruno] = w.people;
    await api(`/agents/${ana!.id}`, { skills: [{ id: skill.id, level: 2 }] }, { method: "PATCH" });
    const page = await admin("/preview");
    await page.getByLabel("Fila", { exact: true }).selectOption({ label: w.queue.name });
    const result = page.getByRole("region", { name: "Resultado" });
    await result.getByText("Ninguém agora: esperaria na fila").waitFor();
    await result.getByRole("row", { name: /Ana Ribeiro.*(Sem conexão|Não está Pronto)/ }).waitFor();
    const desk = await w.desk(ana!);
    await becomeReady(desk);
    const theirs = await w.desk(bruno!);
    await becomeReady(theirs);
    await until(() => api<{ decision: { candidates: { cause: string }[] } }>(`/queues/${w.queue.id}/preview`, {}), (p) => p.decision.candidates.some((c) => c.cause === "ranked_lower"));
    await page.getByRole("button", { name: "Perguntar de novo" }).click();
    await result.locator(".chosen-name", { hasText: "Ana Ribeiro" }).waitFor(); // idle for longest
    await result.getByRole("row", { name: /Bruno Lima.*Livre; outros vêm antes/ }).waitFor();
    await picture(page, "preview");
    await page.getByRole("button", { name: "Adicionar habilidade" }).click();
    await page.getByLabel("Habilidade", { exact: true }).selectOption({ label: skill.name });
    await page.getByLabel("Nível").selectOption("3");
    await result.getByText("Ninguém agora").waitFor();
    await result.getByRole("row", { name: /Ana Ribeiro.*Falta uma habilidade/ }).waitFor();
    await page.getByLabel("Nível").selectOption("2");
    await result.locator(".chosen-name", { hasText: "Ana Ribeiro" }).waitFor();
    expect(await offer(desk).count() + await offer(theirs).count()).toBe(0);
    expectClean(page);
  });

  test.each(looks)("axe finds nothing on channels, tokens, audit, files, organisation and preview, %s", async (_, look) => {
    const w = await World.make(["Ana Ribeiro"]);
    const web = await api<Channel>("/channels", { name: named("Site"), kind: "web", queue_id: w.queue.id, widget: { pre_chat: [{ key: "pedido", label: "Pedido" }] } });
    const page = await admin("/channels", { bypassCSP: true });
    const all: string[] = [];
    for (const path of ["channels", `channels/${web.id}`, `channels/${w.channel.id}`, "channels/new", "tokens", "audit", "transfer", "organisation", "preview"]) {
      await page.goto(`${url}/desk/admin/${path}`);
      await page.locator("h1").waitFor();
      await page.locator(".list tbody tr, .form-section, .answer, .card").first().waitFor();
      all.push(...(await findings(page, look)).map((f) => `${path}: ${f}`));
      await picture(page, path.replaceAll("/", "-").replace(web.id, "web").replace(w.channel.id, "generic"));
    }
    expect([...new Set(all)]).toEqual([]);
    expectClean(page);
  });
});
