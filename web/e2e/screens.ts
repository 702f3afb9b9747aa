import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { test } from "vitest";
import { type Demo, demo } from "./guide.world.ts";
import { at, openShadows } from "./admin.world.ts";
import { fresh, stopFresh } from "./fresh.ts";
import { accept, composer, messages, newPage, offer, signIn, until } from "./world.ts";

// `npm run screens`: pictures of the main screens on the company of the demo, in docs/screens/sizes, to be looked at.

const shown = resolve(import.meta.dirname, "../../docs/screens"); // in the README and the docs
const folder = resolve(import.meta.dirname, "../../docs/screens/sizes");
const sizes = [[1920, 1080], [1366, 768], [1024, 768], [375, 740]] as const;

async function take(page: Page, name: string, wide: (width: number) => Promise<void> = async () => {}): Promise<void> {
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    await wide(width);
    await page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.effect?.getComputedTiming().iterations !== Infinity).map((a) => a.finished)));
    await page.screenshot({ path: join(folder, `${name}-${width}.png`) });
  }
}

/** The one picture of a screen that the docs show. */
async function front(page: Page, name: string): Promise<void> {
  await page.setViewportSize({ width: 1366, height: 768 });
  await page.mouse.move(1000, 30); // over nothing
  await page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.effect?.getComputedTiming().iterations !== Infinity).map((a) => a.finished)));
  await page.screenshot({ path: join(shown, `${name}.png`) });
}

async function on(company: Promise<Demo>, pictures: (d: Demo) => Promise<void>): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const d = await company;
  try {
    await pictures(d);
  } finally {
    await d.stop();
  }
}

test("supervision, of a company at work", () => on(demo("4"), async (d) => {
  const sonia = await newPage({}, d.at);
  await signIn(sonia, d.logins.sonia!, d.at);
  await sonia.getByRole("tab", { name: /Supervisão/ }).click();
  await until(() => sonia.locator(".tile-figure").nth(2).textContent(), (n) => Number(n) >= 8, 90_000); // a company at work, not one that begins
  await take(sonia, "supervisor");
  await front(sonia, "supervisor");
  await sonia.locator(".queue-board tbody tr").filter({ hasText: "Suporte técnico" }).getByRole("button").first().click();
  await sonia.locator(".chart-bar").first().waitFor();
  await take(sonia, "queue");
  await sonia.locator(".sup-talk").last().click();
  await sonia.locator(".watched .message").first().waitFor();
  await sonia.getByLabel("Sussurro para o agente").fill("Ofereça a visita do técnico amanhã cedo.");
  await sonia.keyboard.press("Enter");
  await sonia.locator(".watched .note.whispered").waitFor();
  await front(sonia, "watch");
  await sonia.goto(`${d.at}/desk/wallboard`);
  await sonia.locator(".wall-queues tbody tr").first().waitFor();
  await front(sonia, "wallboard");
}));

test("administration, of a company at work", () => on(demo("4"), async (d) => {
  const admin = await newPage({}, d.at);
  await openShadows(admin); // the preview of the chat is waited for
  await signIn(admin, d.logins.admin!, d.at);
  await admin.goto(`${d.at}/desk/admin/queues`);
  await admin.getByText("Suporte técnico").first().waitFor();
  await take(admin, "admin");
  await admin.goto(`${d.at}/desk/admin/preview`);
  await admin.getByLabel("Fila", { exact: true }).selectOption({ label: "Financeiro" });
  const found = admin.getByRole("region", { name: "Resultado" });
  await until(async () => {
    await admin.getByRole("button", { name: "Perguntar de novo" }).click();
    return found.locator(".chosen-name").textContent();
  }, (name) => !name?.includes("Ninguém"), 60_000);
  await front(admin, "admin-preview");
  await admin.goto(`${d.at}/desk/admin/channels`);
  await admin.getByRole("link", { name: "Chat do site" }).click();
  await admin.frameLocator("iframe[title='Prévia do chat']").getByText("Como podemos").waitFor();
  await front(admin, "admin-widget");
  await admin.goto(`${d.at}/desk/admin/agents/new`);
  await at(admin, "/name").fill("Nina Castro");
  await at(admin, "/login").fill("nina");
  await admin.keyboard.press("Control+s");
  await admin.locator(".secret code").waitFor();
  await admin.locator(".secret code").evaluate((c) => (c.textContent = c.textContent!.replace(/^.*\/desk/, "https://atende.example.com/desk")));
  await front(admin, "admin-link");
  await admin.goto(`${d.at}/desk/admin/transfer`);
  const yaml = await (await fetch(`${d.at}/api/v1/configuration`, { headers: { Accept: "application/yaml", Authorization: `Bearer ${d.token}` } })).text();
  const changed = yaml.replace("name: Financeiro", "name: Financeiro e cobrança").replace("name: Vendas", "name: Vendas e planos");
  await admin.locator("input[type=file]").setInputFiles({ name: "organizacao.yaml", mimeType: "application/yaml", buffer: Buffer.from(changed) });
  await admin.locator(".plan ins").first().waitFor();
  await front(admin, "admin-transfer");
}));

test("the first run", async () => {
  const { link } = await fresh();
  try {
    const page = await newPage({}, new URL(link).origin);
    await page.goto(link);
    await at(page, "/name").fill("Rita Souza");
    await at(page, "/login").fill("rita");
    await at(page, "/password").fill("uma-boa-senha");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "A organização" }).waitFor();
    await page.getByRole("button", { name: "Continuar" }).click();
    await at(page, "/name").fill("Suporte");
    await page.getByRole("button", { name: "Continuar" }).click();
    await page.getByRole("heading", { name: "O primeiro agente" }).waitFor();
    await at(page, "/name").fill("Ana Ribeiro");
    await at(page, "/login").fill("ana");
    await front(page, "admin-setup");
  } finally {
    await stopFresh();
  }
});

test("an agent's screens, with nobody else at work", () => on(demo(), async (d) => {
  await d.alone();
  const ana = await newPage({}, d.at);
  await signIn(ana, d.ana, d.at);
  await ana.locator(".presence-main").click();
  const talk = async (name: string, phone: string, lines: string[]): Promise<void> => {
    await d.write(lines[0]!, name, phone);
    await offer(ana).waitFor();
    await accept(ana);
    await ana.getByRole("heading", { name, level: 2 }).waitFor();
    for (const [i, line] of lines.slice(1).entries()) {
      if (i % 2) await d.write(line, name, phone);
      else {
        await composer(ana).fill(line);
        await ana.keyboard.press("Enter");
      }
      await messages(ana).getByText(line).waitFor();
    }
  };
  await talk("Rafael Duarte", "+5511988887777", ["Qual é o prazo do estorno?", "O estorno sai em até 5 dias úteis.", "Perfeito, obrigado!"]);
  await talk("Juliana Lopes", "+5521977776666", ["Minha internet caiu de novo"]);
  await talk("Marina Alves", "+5511999990000", [
    "Preciso da segunda via do boleto", "Olá, Marina! Já estou vendo o seu caso.", "É o de março, que vence na sexta", "A segunda via foi enviada ao e-mail do cadastro.", "Chegou, obrigada! Ele aceita Pix?",
  ]);
  await ana.locator(".rail").getByRole("button", { name: "Detalhes do cliente" }).click();
  await ana.locator(".tool-panel").getByText("Cliente desde").waitFor();
  await take(ana, "talks", async (width) => {
    const shown = await ana.locator(".tool-panel").count() > 0;
    if (shown !== width > 1100) await ana.locator(".rail").getByRole("button", { name: "Detalhes do cliente" }).evaluate((b: HTMLElement) => b.click()); // the drawer would cover the conversation
  });
  await ana.setViewportSize({ width: 1366, height: 768 });
  if (!await ana.locator(".tool-panel").count()) await ana.locator(".rail").getByRole("button", { name: "Detalhes do cliente" }).click();
  await front(ana, "talks");
  await ana.getByRole("button", { name: "Finalizar chat" }).click();
  await ana.getByRole("option", { name: "Segunda via" }).click();
  await front(ana, "close");
  await take(ana, "close");
  await ana.keyboard.press("Escape");
  await ana.getByRole("dialog").waitFor({ state: "detached" });
  await ana.setViewportSize({ width: 1366, height: 768 });
  await ana.getByRole("tab", { name: /Início/ }).click();
  await d.write("Quero mudar de plano", "Beatriz Klein", "+5531966665555");
  await offer(ana).waitFor();
  await take(ana, "home");
  await front(ana, "offer");
}));
