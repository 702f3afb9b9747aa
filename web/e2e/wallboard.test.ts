import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { ConversationHead, Queue } from "../src/wire/protocol.ts";
import { Server } from "./widget.world.ts";
import { newPage, until, within } from "./world.ts";

const folder = mkdtempSync(join(tmpdir(), "pronto-wall-"));
const server = new Server(join(folder, "data"));
const queues: Queue[] = [];
let channel = "";
let said = 0;

beforeAll(async () => {
  execFileSync(inject("binary"), ["init", "--data", server.data, "--admin-login", "root", "--admin-password-stdin"], { input: "a-good-password\n", stdio: ["pipe", "ignore", "inherit"] });
  await server.start();
});
afterAll(async () => {
  await server.kill("SIGTERM").catch(() => {});
  rmSync(folder, { recursive: true, force: true });
});

const write = () => server.call(`/channels/${channel}/messages`, { external_id: `x${said++}`, text: "Oi", contact: { identities: [{ kind: "phone", value: `+55119400000${10 + said}` }] } });

async function wall(size = { width: 1920, height: 1080 }, theme: "light" | "dark" = "light"): Promise<Page> {
  const page = await newPage({ viewport: size, colorScheme: theme });
  await page.goto(`${server.url}/desk/wallboard`);
  await page.getByLabel("Login").fill("root");
  await page.getByLabel("Senha").fill("a-good-password");
  await page.getByRole("button", { name: "Entrar" }).click();
  await page.locator(".wall[data-fresh=true]").waitFor();
  return page;
}

const figure = (page: Page, name: string) => page.locator(".wall-figure").filter({ has: page.locator("dt").getByText(name, { exact: true }) }).locator("dd").first();

describe("wallboard", () => {
  test("before there is any queue it says so", async () => {
    const page = await wall();
    await page.getByText("Nenhuma fila ainda").waitFor();
    await expect.poll(() => figure(page, "Aguardando").textContent()).toBe("0");
  });

  test("figures are read from afar in both themes, all queues take their turn, those beyond a limit first", async () => {
    for (const name of ["Agendamento", "Cartões", "Cobrança", "Entregas", "Financeiro", "Garantia", "Retenção", "Seguros", "Vendas"]) {
      queues.push(await server.call<Queue>("/queues", { name, ...(name === "Vendas" ? { alerts: { max_waiting: 1 } } : {}) }));
    }
    channel = (await server.call<{ id: string }>("/channels", { name: "Site", kind: "generic", queue_id: queues.at(-1)!.id })).id;
    for (let i = 0; i < 2; i++) await write();
    for (const theme of ["light", "dark"] as const) {
      const page = await wall({ width: 1920, height: 1080 }, theme);
      await until(() => figure(page, "Aguardando").textContent(), (x) => x === "2");
      await until(() => page.locator(".wall tbody th").first().textContent(), (x) => x === "Vendas", within(12_000));
      const first = page.locator(".wall tbody tr").first();
      await expect.poll(() => first.locator("td[data-level=bad]").textContent()).toBe("2");
      await expect.poll(() => first.locator("td[data-level=bad] svg").getAttribute("aria-label")).toBe("Crítico");
      await page.locator(".wall-alerts").getByText("2 aguardando, máx. 1").waitFor();
      // at five metres from a screen of 50 inches, a letter of 54 of 1080 pixels is 31 mm high
      const sizes = await page.evaluate(() => [...document.querySelectorAll(".wall-figure dd:not(.wall-note), .wall tbody :is(th, td), .wall-clock")].map((e) => parseFloat(getComputedStyle(e).fontSize)));
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(54);
      await expect.poll(() => page.evaluate(() => [document.documentElement.scrollWidth <= innerWidth, document.documentElement.scrollHeight <= innerHeight])).toEqual([true, true]);
      const cut = await page.evaluate(() => [...document.querySelectorAll<HTMLElement>(".wall-figure :is(dt, dd), .wall tbody td")].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent));
      expect(cut).toEqual([]);
      if (theme === "dark") {
        await expect.poll(() => page.evaluate(() => getComputedStyle(document.querySelector(".wall")!).backgroundColor)).toBe("rgb(15, 21, 27)");
        continue;
      }
      const seen = new Set<string>();
      await until(async () => {
        for (const name of await page.locator(".wall tbody th").allTextContents()) seen.add(name);
        return seen.size;
      }, (n) => n === queues.length, within(25_000));
    }
  });

  test("the server is killed: the figures stay, dashed, with their age; when it is back they are right, without a touch", async () => {
    const page = await wall();
    await until(() => figure(page, "Aguardando").textContent(), (x) => x === "2");
    const { items } = await server.call<{ items: ConversationHead[] }>("/conversations?state=queued");
    const watched = await page.context().newPage();
    await watched.goto(`${server.url}/desk/supervisor/queues/${queues.at(-1)!.id}/${items[0]!.id}`);
    await watched.locator(".watched .message").waitFor();
    await server.kill("SIGKILL");
    const age = page.locator(".wall-age");
    await age.getByText("Sem conexão: dados de").waitFor({ timeout: within(5000) });
    const first = await age.locator(".tabular").textContent();
    await until(() => age.locator(".tabular").textContent(), (x) => x !== first, within(3000));
    await expect.poll(() => figure(page, "Aguardando").textContent()).toBe("2");
    await expect.poll(() => page.locator(".wall").getAttribute("data-fresh")).toBe("false");
    await server.start();
    await write();
    await page.locator(".wall[data-fresh=true]").waitFor({ timeout: within(20_000) });
    expect(await age.count()).toBe(0);
    await until(() => figure(page, "Aguardando").textContent(), (x) => x === "3");
    // a new session watches what the lost one did
    await server.call(`/channels/${channel}/messages`, { external_id: "again", text: "Alô?", contact: { identities: [{ kind: "phone", value: items[0]!.contact.identity }] } });
    await watched.locator(".watched").getByText("Alô?").waitFor();
  });
});
