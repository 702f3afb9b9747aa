import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import type { Webhook, WebhookEvent } from "../src/wire/protocol.ts";
import { admin, at, idOf, named, picture, save } from "./admin.world.ts";
import { findings, looks } from "./findings.ts";
import { api, expectClean, until, World } from "./world.ts";

interface Got {
  headers: IncomingHttpHeaders;
  body: string;
  event: WebhookEvent;
}

const servers: Server[] = [];
afterEach(() => {
  for (const s of servers.splice(0)) s.close();
});

/** A receiver on this machine that keeps what comes, and answers with the status of the moment. */
async function receiver(): Promise<{ url: string; got: Got[]; answer: { status: number } }> {
  const got: Got[] = [];
  const answer = { status: 204 };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => {
      got.push({ headers: request.headers, body, event: JSON.parse(body) as WebhookEvent });
      response.writeHead(answer.status).end();
    });
  });
  servers.push(server);
  const port = await new Promise<number>((known) => server.listen(0, "127.0.0.1", () => known((server.address() as { port: number }).port)));
  return { url: `http://127.0.0.1:${port}/hook`, got, answer };
}

/** As docs/webhooks.md tells receivers to do it. */
function genuine(secret: string, { headers, body }: Got): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const want = createHmac("sha256", key).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`).digest("base64");
  return String(headers["webhook-signature"]).split(" ").includes(`v1,${want}`);
}

describe("administration: webhooks", () => {
  test("a webhook is made with a secret that is shown once, and gets real events with its signature", async () => {
    const w = await World.make([]);
    const to = await receiver();
    const page = await admin("/webhooks");
    await page.getByRole("link", { name: "Novo webhook" }).click();
    await at(page, "/url").fill("ftp://exemplo");
    await page.getByRole("button", { name: "Salvar", exact: true }).click();
    await page.locator(".field.wrong", { hasText: "Eventos" }).getByText("Obrigatório.").waitFor();
    await page.locator(".field.wrong", { hasText: "Endereço" }).getByText("Valor inválido.").waitFor();
    const name = named("CRM");
    await at(page, "/name").fill(name);
    await at(page, "/url").fill(to.url);
    await page.getByRole("checkbox", { name: /^message\.received/ }).check();
    await page.getByRole("checkbox", { name: /^conversation\.queued/ }).check();
    await save(page);
    const secrets = page.getByRole("region", { name: "Segredo das assinaturas" });
    const secret = (await secrets.locator("code").textContent())!;
    expect(secret).toMatch(/^whsec_/);
    await picture(page, "webhook");
    const id = idOf(page);

    const test = page.getByRole("region", { name: "Teste de conexão" });
    await test.getByRole("button", { name: "Testar" }).click();
    await test.getByText("Funciona").waitFor();
    expect(to.got[0]!.event.type).toBe("webhook.test");

    await w.write("Preciso de ajuda", "Marina Alves");
    await until(() => Promise.resolve(to.got.length), (n) => n >= 3);
    expect(to.got.map((g) => g.event.type)).toEqual(["webhook.test", "conversation.queued", "message.received"]);
    for (const g of to.got) expect(genuine(secret, g)).toBe(true);
    const told = to.got[2]!;
    expect(told.event.data.conversation).toMatchObject({ contact: { name: "Marina Alves" }, queue: { id: w.queue.id } });
    expect(told.body).toContain("Preciso de ajuda");
    expect(told.headers["webhook-id"]).toBe(told.event.id);

    await secrets.getByRole("button", { name: "Trocar o segredo" }).click();
    await page.getByRole("dialog", { name: `Trocar o segredo de ${name}?` }).getByRole("button", { name: "Trocar o segredo" }).click();
    await secrets.locator("code").getByText(secret).waitFor({ state: "detached" });
    const next = (await secrets.locator("code").textContent())!;
    to.answer.status = 500;
    await test.getByRole("button", { name: "Testar" }).click();
    await test.getByText("Não respondeu, ou respondeu com erro.").waitFor();
    const last = to.got.at(-1)!;
    expect([genuine(next, last), genuine(secret, last), next === secret]).toEqual([true, true, false]);

    await page.reload();
    await secrets.getByRole("button", { name: "Trocar o segredo" }).waitFor();
    expect(await page.getByText("whsec_").count()).toBe(0);
    await w.write("Ainda aí?", "Marina Alves");
    const state = page.getByRole("region", { name: "Entrega" });
    await until(() => Promise.resolve(to.got.at(-1)!.event.type), (type) => type === "conversation.queued");
    await state.getByRole("button", { name: "Atualizar" }).click();
    await state.getByText("2 eventos esperando").waitFor(); // the message is behind it
    await state.getByText(/Falha desde .*HTTP 500/).waitFor();

    await page.getByRole("switch", { name: "Ligado" }).uncheck();
    await save(page);
    expect(await api<Webhook>(`/webhooks/${id}`)).toMatchObject({ name, url: to.url, enabled: false, events: ["message.received", "conversation.queued"] });
    await page.getByRole("link", { name: "Webhooks", exact: true }).first().click();
    await page.getByRole("row", { name: new RegExp(name) }).getByText("desligado").waitFor();
    await page.getByRole("row", { name: new RegExp(name) }).getByRole("link").click();
    await page.getByRole("button", { name: "Excluir" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Excluir" }).click();
    await page.getByRole("link", { name: "Novo webhook" }).waitFor();
    await expect(api(`/webhooks/${id}`)).rejects.toThrow("404");
    expectClean(page);
  });

  // A day passes before the server parks anything: its list stands in here, and the server answers that there is none any more.
  test("what was given up is listed with its error and sent again, one or all", async () => {
    const to = await receiver();
    const made = await api<Webhook>("/webhooks", { name: named("ERP"), url: to.url, events: ["message.sent"] });
    const page = await admin(`/webhooks/${made.id}/parked`);
    await page.getByText("Nada ficou sem entregar.").waitFor();
    const parked = [1, 2].map((n) => ({ id: `evt_x_${n}`, type: "message.sent", conversation_id: "cnv_x", timestamp: "2026-11-26T12:00:00.000Z", parked_at: "2026-11-27T12:00:00.000Z", attempts: 290, reason: "unavailable", status: 503 }));
    const asked: string[] = [];
    await page.route(/\/parked(\?|\/)/, async (route) => {
      const url = new URL(route.request().url());
      if (route.request().method() === "GET") return route.fulfill({ json: { items: parked } });
      asked.push(url.pathname.split("/parked/")[1]!);
      parked.splice(0, url.pathname.endsWith("/parked/replay") ? 2 : 1);
      return route.fulfill({ json: { replayed: 1 } });
    });
    await page.reload();
    const rows = page.locator("tbody tr");
    await rows.nth(1).getByText("Não respondeu, ou respondeu com erro. (HTTP 503)").waitFor();
    await picture(page, "parked");
    await page.getByRole("button", { name: /^Enviar de novo: .*evt_x_1/ }).click();
    await rows.nth(1).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Enviar todos de novo" }).click();
    await page.getByText("Nada ficou sem entregar.").waitFor();
    expect(asked).toEqual(["evt_x_1/replay", "replay"]);
    await expect(api(`/webhooks/${made.id}/parked/evt_x_1/replay`, undefined, { method: "POST" })).rejects.toThrow("404");
    expectClean(page);
  });

  test.each(looks)("axe finds nothing on its pages, %s", async (_, look) => {
    const made = await api<Webhook>("/webhooks", { name: named("BI"), url: "https://example.org/", events: ["conversation.closed"], enabled: false });
    const page = await admin("/webhooks", { bypassCSP: true });
    await page.getByRole("link", { name: made.name }).waitFor();
    const all = await findings(page, look);
    await page.getByRole("link", { name: made.name }).click();
    await page.getByRole("button", { name: "Trocar o segredo" }).waitFor();
    all.push(...await findings(page, look));
    expect(all).toEqual([]);
  });
});
