import { describe, expect, test } from "vitest";
import type { Agent, CannedResponse, PauseReason, Queue } from "../src/wire/protocol.ts";
import { admin, at, idOf, named, picture, save } from "./admin.world.ts";
import { findings, looks } from "./findings.ts";
import { api, expectClean, newPage, signIn, url, World } from "./world.ts";

describe("administration: lists and forms", () => {
  test("who is no administrator is told so and asks the server nothing", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.desk(w.people[0]!);
    await page.getByRole("button", { name: /^Menu de/ }).click();
    expect(await page.getByRole("link", { name: "Administração" }).count()).toBe(0);
    const asked: string[] = [];
    page.on("request", (r) => asked.push(new URL(r.url()).pathname));
    await page.goto(`${url}/desk/admin/queues`);
    await page.getByText("Só para administradores").waitFor();
    expect(asked.filter((p) => p.startsWith("/api/v1/queues"))).toEqual([]);
    expectClean(page);
  });

  test("a queue is made from the keyboard; what the server refuses stands at its field", async () => {
    const page = await admin("/queues");
    await page.getByRole("link", { name: "Nova fila" }).press("Enter");
    await page.getByRole("heading", { name: "Nova fila" }).waitFor();
    await page.getByText("Variáveis: {{contact.name}}, {{protocol}}. Vazio = nada é dito.").waitFor();
    const name = named("Suporte");
    await at(page, "/script_required").check();
    await at(page, "/offer_time_ms").fill("0.5");
    await page.keyboard.press("Control+s");
    const refusal = page.getByRole("alert");
    await refusal.getByText("3 campos precisam de atenção:").waitFor();
    await page.locator(".field.wrong", { hasText: "Tempo para responder" }).getByText("Fora do intervalo permitido.").waitFor();
    await expect.poll(() => at(page, "/name").getAttribute("aria-invalid")).toBe("true");
    await picture(page, "queue-refused");
    const head = page.getByRole("heading", { name: "Transbordo" });
    await page.getByRole("navigation", { name: "Partes do formulário" }).getByRole("button", { name: "Transbordo" }).click();
    await expect.poll(async () => (await head.boundingBox())!.y).toBeLessThan(250);
    await expect.poll(() => head.evaluate((h) => h === document.activeElement)).toBe(true);
    await refusal.getByRole("button", { name: "Nome" }).click();
    await page.keyboard.type(name);
    await at(page, "/script_required").uncheck();
    await at(page, "/offer_time_ms").fill("45");
    await at(page, "/strategy").selectOption("round_robin");
    await page.getByLabel("Ninguém pronto").check();
    await at(page, "/overflow/nobody_ready/text").fill("Já voltamos, {{contact.name}}.");
    await page.keyboard.press("Control+s");
    await page.locator(".save-state", { hasText: "Salvo" }).waitFor();
    const q = await api<Queue>(`/queues/${idOf(page)}`);
    expect(q).toMatchObject({ name, strategy: "round_robin", offer_time_ms: 45_000, script_required: false, overflow: { nobody_ready: { after_ms: 300_000, action: "message", text: "Já voltamos, {{contact.name}}." } } });
    expect(Object.keys(q.overflow!)).toEqual(["nobody_ready"]);
    await page.getByLabel("Ninguém pronto").uncheck(); // what is optional goes away again
    await save(page);
    expect((await api<Queue>(`/queues/${q.id}`)).overflow).toBeUndefined();
    await page.getByRole("link", { name: "Filas" }).first().click();
    await page.getByRole("link", { name }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type(name.toLowerCase());
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name }).waitFor();
    expectClean(page);
  });

  test("somebody changed it meanwhile: one sees theirs or keeps one's own, and nothing else of theirs is lost", async () => {
    const q = await api<Queue>("/queues", { name: named("Vendas"), subject: "Antes" });
    const page = await admin(`/queues/${q.id}`);
    await at(page, "/subject").fill("Meu assunto");
    await api(`/queues/${q.id}`, { subject: "Assunto deles", priority: 3 }, { method: "PATCH" });
    await page.getByRole("button", { name: "Salvar", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Alguém alterou nesse meio-tempo" });
    await dialog.getByRole("row", { name: /Assunto padrão Assunto deles Meu assunto/ }).waitFor();
    await picture(page, "conflict");
    await dialog.getByRole("button", { name: "Manter a minha" }).click();
    await page.locator(".save-state", { hasText: "Salvo" }).waitFor();
    expect(await api<Queue>(`/queues/${q.id}`)).toMatchObject({ subject: "Meu assunto", priority: 3 });
    await at(page, "/subject").fill("Outro");
    await api(`/queues/${q.id}`, { subject: "De novo deles" }, { method: "PATCH" });
    await page.keyboard.press("Control+s");
    await dialog.getByRole("button", { name: "Mostrar a versão deles" }).click();
    await expect.poll(() => at(page, "/subject").inputValue()).toBe("De novo deles");
    expect(await page.locator(".save-state").textContent()).toBe("");
    expectClean(page);
  });

  test("unsaved changes are not lost by a click, a back, or a closed tab", async () => {
    const page = await admin("/pauses");
    await page.getByRole("link", { name: "Novo motivo" }).click();
    await at(page, "/name").fill("Almoço");
    await page.getByRole("link", { name: "Filas", exact: true }).click();
    const ask = page.getByRole("dialog", { name: "Sair sem salvar?" });
    await ask.getByRole("button", { name: "Cancelar" }).click();
    await expect.poll(() => at(page, "/name").inputValue()).toBe("Almoço");
    await page.goBack();
    await ask.getByRole("button", { name: "Cancelar" }).click();
    await expect.poll(() => at(page, "/name").inputValue()).toBe("Almoço");
    let asked = "";
    page.once("dialog", (d) => { asked = d.type(); void d.dismiss(); });
    await page.close({ runBeforeUnload: true });
    await expect.poll(() => asked).toBe("beforeunload");
    await page.getByRole("link", { name: "Filas", exact: true }).click();
    await ask.getByRole("button", { name: "Sair sem salvar" }).click();
    await page.getByRole("heading", { name: "Filas" }).waitFor();
    expectClean(page);
  });

  test("an agent gets queues, a skill and a password that is shown once, and signs in with it", async () => {
    const w = await World.make([]);
    const page = await admin("/skills/new");
    const skill = named("Inglês");
    await at(page, "/name").fill(skill);
    await save(page);
    await page.getByRole("link", { name: "Agentes", exact: true }).click();
    await page.getByRole("link", { name: "Novo agente" }).click();
    await at(page, "/name").fill("Caio Prado");
    const login = named("caio").replace(" ", ".");
    await at(page, "/login").fill(login);
    await page.getByLabel("Enviar um link").uncheck();
    await page.getByRole("button", { name: "Gerar senha" }).click();
    const password = (await page.locator(".secret code").textContent())!;
    const queues = page.getByRole("group", { name: /^Filas/ });
    if (await queues.getByRole("searchbox").count()) await queues.getByRole("searchbox").fill(w.queue.name);
    await queues.getByRole("checkbox", { name: w.queue.name }).check();
    await page.getByRole("button", { name: "Adicionar habilidade" }).click();
    await at(page, "/skills/0/id").selectOption({ label: skill });
    await at(page, "/skills/0/level").selectOption("4");
    await save(page);
    await picture(page, "agent");
    const id = idOf(page);
    expect(await api<Agent>(`/agents/${id}`)).toMatchObject({ name: "Caio Prado", login, queue_ids: [w.queue.id], capacity: 4, skills: [{ level: 4 }] });
    const his = await newPage();
    await signIn(his, { login, password } as never);
    await page.reload();
    await at(page, "/name").waitFor();
    expect(await page.locator(".secret").count()).toBe(0);
    await page.getByLabel("Acesso bloqueado").check();
    await save(page);
    await his.getByLabel("Senha").waitFor(); // his session ended
    expectClean(page);
  });

  test("the members of a queue: who serves it, in which tier, each with its own version", async () => {
    const w = await World.make(["Ana Ribeiro", "Bruno Lima"]);
    const [ana, bruno] = w.people;
    const page = await admin(`/queues/${w.queue.id}`);
    await page.getByRole("link", { name: "Membros" }).click();
    const row = (who: Agent) => page.locator("tr", { has: page.locator(`a[href$="${who.id}"]`) });
    await row(bruno!).getByRole("switch").uncheck();
    await row(ana!).getByLabel(/^Nível/).fill("2");
    await api(`/agents/${ana!.id}`, { capacity: 7 }, { method: "PATCH" }); // somebody else, meanwhile
    await page.getByRole("button", { name: "Salvar", exact: true }).click();
    await row(ana!).getByText("Alguém alterou nesse meio-tempo.").waitFor();
    await save(page);
    await picture(page, "members");
    expect(await api<Agent>(`/agents/${ana!.id}`)).toMatchObject({ capacity: 7, queue_settings: [{ queue_id: w.queue.id, tier: 2 }] });
    expect((await api<Agent>(`/agents/${bruno!.id}`)).queue_ids).toEqual([]);
    expectClean(page);
  });

  test("pause reasons and canned responses; what is in use is not deleted, what is free is, after a question", async () => {
    const w = await World.make([]);
    const page = await admin("/pauses/new");
    const name = named("Treinamento");
    await at(page, "/name").fill(name);
    await at(page, "/planned_minutes").fill("30");
    await page.getByLabel("Pausa produtiva").check();
    await save(page);
    const id = idOf(page);
    expect(await api<PauseReason>(`/pause-reasons/${id}`)).toMatchObject({ name, planned_minutes: 30, productive: true });
    await page.getByRole("button", { name: "Excluir" }).click();
    await page.getByRole("dialog", { name: `Excluir ${name}?` }).getByRole("button", { name: "Excluir" }).click();
    await page.getByRole("heading", { name: "Motivos de pausa" }).waitFor();
    await expect(api(`/pause-reasons/${id}`)).rejects.toThrow("404");
    await page.getByRole("link", { name: "Respostas prontas", exact: true }).click();
    await page.getByRole("link", { name: "Nova resposta" }).click();
    const shortcut = named("boasvindas").replace(" ", "");
    await at(page, "/title").fill("Boas-vindas");
    await at(page, "/shortcut").fill(shortcut);
    await at(page, "/text").fill("Olá, {{contact.name}}!");
    await save(page);
    expect(await api<CannedResponse>(`/canned-responses/${idOf(page)}`)).toMatchObject({ shortcut, text: "Olá, {{contact.name}}!" });
    await page.goto(`${url}/desk/admin/queues/${w.queue.id}`); // its channel leads here
    await page.getByRole("button", { name: "Excluir" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Excluir" }).click();
    await page.getByRole("alert").getByText("Ainda é usado por outro item ou por um atendimento aberto.").waitFor();
    expectClean(page);
  });

  test.each(looks)("axe finds nothing on lists, forms, members and dialogs, %s", async (_, look) => {
    const w = await World.make(["Ana Ribeiro"], { overflow: { nobody_ready: { after_ms: 60_000, action: "message", text: "Oi" } }, alerts: { max_waiting: 5 }, wrapup: { mode: "timed" }, skills_relaxation: [{ after_ms: 60_000, action: "lower" }] });
    await api("/pause-reasons", { name: named("Almoço") });
    for (let i = 0; i < 16; i++) await api("/queues", { name: named(`Fila ${i}`) }); // lists of them scroll
    const page = await admin("", { bypassCSP: true });
    const all: string[] = [];
    const see = async (name: string): Promise<void> => {
      await page.locator(".skeleton").first().waitFor({ state: "detached" });
      all.push(...(await findings(page, look)).map((f) => `${name}: ${f}`));
      await picture(page, name);
    };
    await see("overview");
    for (const path of ["queues", `queues/${w.queue.id}`, `queues/${w.queue.id}/members`, "agents", `agents/${w.people[0]!.id}`, "skills", "pauses", "pauses/new", "canned", "canned/new"]) {
      await page.goto(`${url}/desk/admin/${path}`);
      await page.locator("h1").waitFor();
      await see(path.replaceAll("/", "-").replace(/(que|agt)_\w+/, "one"));
    }
    await at(page, "/title").fill("x");
    await page.keyboard.press("Control+s");
    await page.getByRole("alert").waitFor();
    await see("canned-refused");
    await page.getByRole("link", { name: "Filas", exact: true }).click();
    await page.getByRole("dialog").waitFor();
    await see("leave");
    expect([...new Set(all)]).toEqual([]);
    expectClean(page);
  });
});
