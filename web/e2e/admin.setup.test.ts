import type { Page } from "playwright-core";
import { afterEach, describe, expect, test } from "vitest";
import { at, openShadows, picture } from "./admin.world.ts";
import { findings } from "./findings.ts";
import { fresh, stopFresh } from "./fresh.ts";
import { newPage } from "./world.ts";

afterEach(stopFresh);

const go = (page: Page) => page.getByRole("button", { name: "Continuar" }).click();

describe("administration: first run", () => {
  test("the one-time link leads from nothing to a desk with a customer; afterwards it says that it is used", async () => {
    const { base, link } = await fresh();
    const page = await newPage({ bypassCSP: true, permissions: ["clipboard-read", "clipboard-write"] });
    const all: string[] = [];
    const look = async (name: string): Promise<void> => {
      all.push(...(await findings(page)).map((f) => `${name}: ${f}`));
      await page.evaluate(() => void (document.documentElement.dataset.theme = "light"));
      await picture(page, `setup-${name}`);
    };
    await page.goto(link);
    await page.getByRole("heading", { name: "Crie a conta de administração" }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("data-at"))).toBe("/name");
    await look("account");
    await at(page, "/name").fill("Rita Souza");
    await at(page, "/login").fill("rita");
    await at(page, "/password").fill("curta");
    await page.keyboard.press("Enter");
    await page.getByText("Curto demais.").waitFor();
    await at(page, "/password").fill("uma-boa-senha");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "A organização" }).waitFor();
    await page.getByLabel("Exigir motivo para ficar Não pronto").check();
    await look("organisation");
    await go(page);
    await at(page, "/name").fill("Suporte");
    await at(page, "/greeting").fill("Olá! Já vamos atender.");
    await look("queue");
    await page.reload(); // goes on where it was
    await at(page, "/name").fill("Suporte");
    await go(page);
    await page.getByRole("heading", { name: "O primeiro agente" }).waitFor();
    await go(page);
    await page.getByText("Obrigatório.").first().waitFor();
    await at(page, "/name").fill("Ana Ribeiro");
    await at(page, "/login").fill("ana");
    const made = await at(page, "/password").inputValue();
    expect(made).toMatch(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
    await page.getByRole("button", { name: "Gerar outra" }).click();
    expect(await at(page, "/password").inputValue()).not.toBe(made);
    await at(page, "/password").fill("");
    await go(page);
    await page.getByText("Obrigatório.").waitFor(); // nobody is made who could not sign in
    await at(page, "/password").fill("curta");
    await go(page);
    await page.getByText("Curto demais.").waitFor();
    const password = "a-senha-da-ana";
    await at(page, "/password").fill(password);
    await page.getByRole("button", { name: "Copiar a senha" }).click();
    await page.getByText("Copiado").waitFor();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(password);
    await look("agent");
    await go(page);
    await page.getByRole("heading", { name: "Um canal" }).waitFor();
    await at(page, "/widget/title").fill("Fale com a Horizonte");
    await look("channel");
    await go(page);
    await page.getByRole("heading", { name: "Tudo pronto" }).waitFor();
    await look("done");
    const demo = await page.getByRole("link", { name: "página de demonstração" }).getAttribute("href");
    await page.getByRole("link", { name: "Abrir o atendimento" }).click();
    await page.locator(".presence-main").click(); // Rita serves the queue herself
    await page.locator(".presence.ready").waitFor();

    const customer = await newPage();
    await openShadows(customer);
    await customer.goto(`${base}${demo}`);
    await customer.getByRole("button", { name: "Falar com a gente" }).click();
    await customer.getByRole("textbox").fill("Preciso de ajuda");
    await customer.getByRole("textbox").press("Enter");
    await page.locator(".offer", { hasText: "Preciso de ajuda" }).waitFor();

    const ana = await newPage();
    await ana.goto(`${base}/desk/`);
    await ana.getByLabel("Login").fill("ana");
    await ana.getByLabel("Senha").fill(password);
    await ana.getByRole("button", { name: "Entrar" }).click();
    await ana.locator(".presence").waitFor();

    const late = await newPage({ bypassCSP: true });
    expect((await late.goto(link))?.status()).toBe(404);
    await late.getByRole("heading", { name: "Este link de configuração não vale" }).waitFor();
    all.push(...(await findings(late)).map((f) => `used: ${f}`));
    await late.getByRole("link", { name: "entre com o seu login" }).click();
    await late.getByLabel("Senha").waitFor();
    await ana.goto(`${base}/desk/setup`); // no administrator
    await ana.getByRole("heading", { name: "Este link não vale mais" }).waitFor();
    expect([...new Set(all)]).toEqual([]);
  });

  test("a link that is used while its page is open says so, and so does a wrong one", async () => {
    const { base, link } = await fresh();
    const page = await newPage();
    await page.goto(link);
    await at(page, "/name").fill("Rita Souza");
    await at(page, "/login").fill("rita");
    await at(page, "/password").fill("uma-boa-senha");
    await fetch(link, { method: "POST", body: new URLSearchParams({ name: "Outra", login: "outra", password: "outra-boa-senha" }) });
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Este link não vale mais" }).waitFor();
    await picture(page, "setup-gone");
    expect((await page.goto(`${base}/setup/guess`))?.status()).toBe(404);
    await page.getByRole("heading", { name: "Este link de configuração não vale" }).waitFor();
  });
});
