import { describe, expect, test } from "vitest";
import type { LiveQueue, Queue } from "../src/wire/protocol.ts";
import { agentRow, configure, figure, row, supervised, supervision, tile } from "./supervisor.world.ts";
import { accept, api, expectClean, newPage, offer, signIn, until, url, within, World } from "./world.ts";

const seconds = (text: string | null): number => (text ?? "").split(":").reduce((sum, x) => sum * 60 + Number(x), 0);

describe("supervisor: who may", () => {
  test("an agent has no tab for it and is told so at its address; signing in there leads a supervisor to it", async () => {
    const { w, sonia } = await supervised(["Ana Ribeiro"]);
    const ana = await w.desk(w.people[0]!);
    await expect.poll(() => ana.getByRole("tab").allTextContents()).toEqual(["Início", "Conversas"]);
    for (const path of ["supervisor", "wallboard"]) {
      await ana.goto(`${url}/desk/${path}`);
      await ana.getByText("Esta página é da supervisão").waitFor();
      expect(await ana.locator(".queue-board, .wall").count()).toBe(0);
    }
    await ana.getByRole("button", { name: "Início" }).click();
    await ana.goto(`${url}/desk/supervisor`);
    await ana.getByRole("button", { name: "Início" }).click();
    await ana.getByText("Olá, Ana").waitFor();
    expect(new URL(ana.url()).pathname).toBe("/desk/");
    expectClean(ana);

    const page = await newPage();
    await page.goto(`${url}/desk/supervisor`);
    await page.getByLabel("Login").fill(sonia.login);
    await page.getByLabel("Senha").fill(sonia.password);
    await page.getByRole("button", { name: "Entrar" }).click();
    await row(page, w.queue).waitFor();
    expect(new URL(page.url()).pathname).toBe("/desk/supervisor");
    await page.getByRole("tab", { name: "Conversas" }).click();
    expect(new URL(page.url()).pathname).toBe("/desk/");
    await page.goBack();
    await row(page, w.queue).waitFor();
    expectClean(page);
  });
});

describe("supervisor: rights that change", () => {
  test("who is made a supervisor, and no longer is, sees so at once and goes on working", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const ana = w.people[0]!;
    const page = await w.desk(ana);
    await api(`/agents/${ana.id}`, { role: "supervisor" }, { method: "PATCH" });
    await page.getByRole("tab", { name: "Supervisão" }).click();
    await row(page, w.queue).waitFor();
    await w.write("Oi");
    await until(() => figure(page, "Aguardando").textContent(), (x) => x === "1");
    await api(`/agents/${ana.id}`, { role: "agent" }, { method: "PATCH" });
    await page.getByText("Esta página é da supervisão").waitFor();
    expect(await page.locator(".queue-board").count()).toBe(0);
    await api(`/agents/${ana.id}`, { role: "supervisor" }, { method: "PATCH" });
    await row(page, w.queue).waitFor();
    await w.write("Oi de novo");
    await until(() => figure(page, "Aguardando").textContent(), (x) => x === "2");
    await page.getByRole("tab", { name: "Conversas" }).click();
    await api(`/agents/${ana.id}`, { role: "agent" }, { method: "PATCH" });
    await until(() => page.getByRole("tab").allTextContents(), (x) => x.length === 2);
    expectClean(page);
  });
});

describe("supervisor: tiles and queues", () => {
  test("figures are live and those of the server; what passes a limit is marked by colour, sign and word", async () => {
    const { w, sonia } = await supervised(["Ana Ribeiro"], { alerts: { max_waiting: 2, min_ready: 1, max_wait_ms: 600_000 } });
    const page = await supervision(sonia);
    const board = row(page, w.queue);
    await expect.poll(() => page.locator(".queue-board tbody tr").count()).toBe(1);
    await expect.poll(() => figure(page, "Aguardando").textContent()).toBe("0");
    await expect.poll(() => figure(page, "Maior espera").textContent()).toBe("–");
    await expect.poll(() => tile(page, "Prontos").textContent()).toContain("Crítico");
    for (let i = 0; i < 2; i++) await w.write(`Oi ${i}`);
    await board.locator(".c-waiting[data-level=warn]").waitFor();
    await w.write("Oi 2");
    const written = Date.now();
    await until(() => figure(page, "Aguardando").textContent(), (x) => x === "3");
    expect(Date.now() - written).toBeLessThan(within(600));
    await expect.poll(() => board.locator(".c-waiting").getAttribute("data-level")).toBe("bad");
    await expect.poll(() => board.locator(".c-state").textContent()).toBe("Crítico");
    await expect.poll(() => board.locator(".c-waiting svg").getAttribute("aria-label")).toBe("Crítico");
    await expect.poll(() => board.locator(".c-waiting").textContent()).toContain("máx. 2");
    await expect.poll(() => board.locator(".c-oldest").getAttribute("data-level")).toBe("good");
    const { queues } = await api<{ queues: LiveQueue[] }>("/live", undefined, { token: await login(sonia) });
    const waited = (Date.now() - Date.parse(queues[0]!.oldest_at!)) / 1000;
    expect(Math.abs(seconds(await figure(page, "Maior espera").textContent()) - waited)).toBeLessThan(2 + within(0) / 1000);
    await expect.poll(() => page.locator(".tile-figure").first().evaluate((e) => getComputedStyle(e).fontVariantNumeric)).toBe("tabular-nums");

    const ana = await w.ready(w.people[0]!);
    await offer(ana).waitFor();
    await accept(ana);
    await until(() => figure(page, "Em atendimento").textContent(), (x) => x === "1");
    await expect.poll(() => figure(page, "Prontos").textContent()).toBe("1");
    await until(() => figure(page, "Aguardando").textContent(), (x) => x === "1"); // and one is being offered
    await expect.poll(() => board.locator(".c-waiting").getAttribute("data-level")).toBe("good");
    await until(() => figure(page, "Nível de serviço").textContent(), (x) => x === "100%");
    expectClean(page);
  });

  test("an administrator's new limits count at once, without a reload", async () => {
    const { w, sonia } = await supervised([]);
    const page = await supervision(sonia);
    await w.write("Oi");
    await until(() => row(page, w.queue).locator(".c-waiting").textContent(), (x) => x === "1");
    await configure(w.queue.id, { alerts: { max_waiting: 1 } });
    await row(page, w.queue).locator(".c-waiting[data-level=warn]").waitFor();
    expectClean(page);
  });

  test("rows are sorted and filtered, and do not move under the pointer", async () => {
    const { w } = await supervised([]);
    const others = await Promise.all(["Alfa", "Beta"].map((name) => api<Queue>("/queues", { name: `${name} ${w.queue.name}`, alerts: { max_waiting: 1 } })));
    const sonia = await w.person("Sônia Marques", { role: "supervisor", queue_ids: [w.queue.id, ...others.map((q) => q.id)] });
    const page = await supervision(sonia);
    const names = () => page.locator(".queue-board tbody th").allTextContents().then((l) => l.map((x) => x.slice(0, 4)));
    await expect.poll(() => names()).toEqual(["Alfa", "Beta", "Fina"]);
    await page.getByRole("columnheader", { name: "Aguardando" }).getByRole("button").focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.getByRole("columnheader", { name: "Aguardando" }).getAttribute("aria-sort")).toBe("descending");
    await w.write("Oi");
    await until(() => row(page, w.queue).locator(".c-waiting").textContent(), (x) => x === "1");
    await expect.poll(() => names()).toEqual(["Alfa", "Beta", "Fina"]); // the keyboard is among them
    await page.getByLabel("Buscar fila").focus();
    await w.write("Oi");
    await until(names, (x) => x[0] === "Fina");
    await row(page, others[1]!).hover();
    const token = (await api<{ id: string }>("/channels", { name: `Beta ${w.queue.name}`, kind: "generic", queue_id: others[1]!.id })).id;
    for (let i = 0; i < 3; i++) await api(`/channels/${token}/messages`, { external_id: `${i}`, text: "oi", contact: { identities: [{ kind: "phone", value: `+55119111${i}0000` }] } });
    await until(() => row(page, others[1]!).locator(".c-waiting").textContent(), (x) => x!.startsWith("3"));
    await expect.poll(() => names()).toEqual(["Fina", "Alfa", "Beta"]);
    await page.mouse.move(5, 5);
    await w.write("Oi");
    await until(names, (x) => x.join() === "Beta,Fina,Alfa" || x.join() === "Fina,Beta,Alfa");
    await page.getByLabel("Só com atenção").check();
    await expect.poll(() => names()).toEqual(["Beta"]);
    await page.getByLabel("Buscar fila").fill("alfa");
    await page.getByText("Nenhuma fila perto ou acima do limite.").waitFor();
    await page.getByLabel("Só com atenção").uncheck();
    await expect.poll(() => names()).toEqual(["Alfa"]);
    await page.getByLabel("Buscar fila").fill("nada assim");
    await page.getByText("Nada encontrado.").waitFor();
    expectClean(page);
  });

  test("without a line the figures stay, say how old they are, and are right again when it is back", async () => {
    const { w, sonia } = await supervised([]);
    const page = await supervision(sonia);
    await w.write("Oi");
    await until(() => figure(page, "Aguardando").textContent(), (x) => x === "1");
    await page.locator(".freshness.good").waitFor();
    await page.context().setOffline(true);
    await page.getByText("Sem atualização há").waitFor({ timeout: within(5000) });
    const first = seconds(await page.locator(".freshness .tabular").textContent());
    await until(() => page.locator(".freshness .tabular").textContent(), (x) => seconds(x) > first, within(3000));
    await expect.poll(() => figure(page, "Aguardando").textContent()).toBe("1");
    await w.write("Oi de novo");
    await page.context().setOffline(false);
    await page.locator(".freshness.good").waitFor({ timeout: within(10_000) });
    await until(() => figure(page, "Aguardando").textContent(), (x) => x === "2");
  });
});

async function login(who: { login: string; password: string }): Promise<string> {
  return (await api<{ token: string }>("/login", { login: who.login, password: who.password })).token;
}

describe("supervisor: agents", () => {
  test("state, reason and a timer by the server's clock, under a skewed clock too; found by state and queue", async () => {
    const lunch = await api<{ id: string }>("/pause-reasons", { name: `Almoço ${Date.now()}`, planned_minutes: 60 });
    const { w, sonia } = await supervised(["Ana Ribeiro", "Bruno Teixeira", "Zeca Off"]);
    const [ana, bruno, zeca] = w.people;
    const page = await newPage();
    await page.addInitScript(() => {
      const real = Date.now.bind(Date);
      Date.now = () => real() - 30_000;
    });
    await signIn(page, sonia);
    await page.getByRole("tab", { name: /Supervisão/ }).click();
    await page.getByText("Sônia Marques").first().waitFor();
    const anaDesk = await w.ready(ana!);
    const since = Date.now();
    await w.desk(bruno!);
    await agentRow(page, bruno!).waitFor();
    await until(() => agentRow(page, ana!).locator("[data-dot]").textContent(), (x) => x === "Pronto");
    expect(await agentRow(page, zeca!).count()).toBe(0); // nobody who is away stands between those who work
    await new Promise((later) => setTimeout(later, 1500));
    expect(Math.abs(seconds(await agentRow(page, ana!).locator("time").textContent()) - (Date.now() - since) / 1000)).toBeLessThan(2.5);
    await anaDesk.getByRole("button", { name: "Motivos de pausa" }).click();
    await anaDesk.getByRole("button", { name: /^Almoço/ }).last().click();
    await until(() => agentRow(page, ana!).locator("[data-dot]").textContent(), (x) => x!.startsWith("Almoço"));
    expect(lunch.id).toBeTruthy();
    const names = () => page.locator(".grid-row .g-name").allTextContents();
    await page.getByRole("button", { name: /^Pausa/ }).click();
    await expect.poll(() => names()).toEqual(["Ana Ribeiro", "Bruno Teixeira", "Sônia Marques"]);
    await page.getByRole("button", { name: /^Offline/ }).click();
    await until(names, (x) => x.join() === "Zeca Off");
    await page.getByRole("button", { name: /^Todos/ }).click();
    await page.getByLabel("Buscar agente").fill("sonia");
    await until(names, (x) => x.join() === "Sônia Marques");
    expectClean(page);
  });

  test("a status is forced by keyboard alone, with its reason; the agent is told by whom", async () => {
    const lunch = `Reunião ${Date.now()}`;
    await api("/pause-reasons", { name: lunch });
    const { w, sonia } = await supervised(["Ana Ribeiro"]);
    const ana = await w.ready(w.people[0]!);
    const page = await supervision(sonia);
    await page.locator(".grid-rows").focus();
    await until(() => page.locator(".grid-rows").getAttribute("aria-activedescendant"), (x) => x === `row-${w.people[0]!.id}`);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Mudar status" }).focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await expect.poll(() => dialog.getByLabel("Não pronto").isChecked()).toBe(true);
    await dialog.getByLabel("Motivo").selectOption({ label: lunch });
    await dialog.getByRole("button", { name: "Mudar" }).press("Enter");
    await ana.getByText("Sônia Marques mudou seu status para Não pronto.").waitFor();
    await ana.locator(".presence.not-ready").waitFor();
    await until(() => page.locator(".drill-state [data-dot]").textContent(), (x) => x === lunch);
    expect(await dialog.count()).toBe(0);
    await page.keyboard.press("Escape");
    await agentRow(page, w.people[0]!).waitFor();
    expect(new URL(page.url()).pathname).toBe("/desk/supervisor");
    expectClean(page);
    expectClean(ana);
  });

  test("all that a dropped agent had goes to a queue, what was in wrap-up is ended, and the alert of the drop leads there", async () => {
    const { w, sonia } = await supervised(["Ana Ribeiro"], { gone: { policy: "keep" }, wrapup: { mode: "mandatory" } });
    const organisation = await api<{ version: number; suspect_ms: number }>("/organisation");
    const patch = async (suspect_ms: number, version: number): Promise<void> => {
      const { inject } = await import("vitest");
      const answer = await fetch(`${url}/api/v1/organisation`, { method: "PATCH", headers: { Authorization: `Bearer ${inject("token")}`, "Content-Type": "application/json", "If-Match": `"${version}"` }, body: JSON.stringify({ suspect_ms }) });
      if (!answer.ok) throw new Error(await answer.text());
    };
    await patch(10_000, organisation.version);
    try {
      const ana = await w.ready(w.people[0]!);
      const ids = [];
      for (const name of ["Marina Alves", "Rafael Duarte", "Juliana Lopes", "Caio Prado"]) {
        ids.push((await w.write(`Oi, sou ${name}`, name)).conversation_id);
        await offer(ana).waitFor();
        await accept(ana);
        await ana.getByRole("heading", { name }).waitFor();
      }
      const filing = ids.splice(2);
      for (const id of filing) {
        await ana.locator(`[data-talk="${id}"]`).click();
        await ana.getByRole("button", { name: "Finalizar chat" }).click();
        await ana.getByRole("dialog").getByRole("button", { name: "Finalizar", exact: true }).click();
        await until(() => w.head(id), (h) => h.state === "wrapup");
      }
      const page = await supervision(sonia);
      await ana.context().close();
      await page.locator('[data-alert="agent_gone"]').click({ timeout: within(30_000) });
      await until(() => page.locator(".drill-state [data-dot]").getAttribute("data-dot"), (x) => x === "gone");
      await until(() => page.locator(".sup-talk").count(), (n) => n === 4);
      await page.locator(".sup-talk").filter({ hasText: "Juliana Lopes" }).click();
      await page.getByRole("button", { name: "Concluir" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Concluir" }).click();
      await until(() => w.head(filing[0]!), (h) => h.state === "closed");
      await until(() => page.locator(".sup-talk").count(), (n) => n === 3);
      await page.getByRole("button", { name: "Redistribuir tudo" }).click();
      await page.getByRole("dialog").getByText("2 conversas de Ana Ribeiro voltam ao topo da fila.").waitFor();
      await page.getByRole("dialog").getByRole("button", { name: "Redistribuir" }).click();
      await page.getByText("2 conversas redistribuídas.").waitFor();
      for (const id of ids) await until(() => w.head(id), (h) => h.state === "queued" && !h.owner_agent_id);
      await until(() => w.head(filing[1]!), (h) => h.state === "closed");
      const audit = await api<{ items: { action: string; object: { id: string } }[] }>("/audit?action=conversation.close&limit=50");
      expect(filing.filter((id) => audit.items.some((e) => e.object.id === id))).toEqual(filing);
      await page.getByText("Nenhuma conversa em andamento.").waitFor();
      expectClean(page);
    } finally {
      await patch(organisation.suspect_ms, organisation.version + 1);
    }
  });
});
