import { describe, expect, test } from "vitest";
import type { Agent, PasswordLink } from "../src/wire/protocol.ts";
import { admin, at, named, picture, save } from "./admin.world.ts";
import { findings, looks } from "./findings.ts";
import { api, expectClean, newPage, signIn, url } from "./world.ts";

describe("administration: links to choose a password", () => {
  test("an agent is made with a link; in another browser the person chooses the password and signs in; the link works once", async () => {
    const page = await admin("/agents/new");
    const login = named("nina").replace(" ", ".");
    await at(page, "/name").fill("Nina Castro");
    await at(page, "/login").fill(login);
    expect(await at(page, "/password").count()).toBe(0); // the link is what is offered first
    await save(page);
    const secret = page.locator(".secret", { hasText: "Vale uma vez" });
    const link = (await secret.locator("code").textContent())!;
    expect(link).toContain(`${url}/desk/password#pln_`);
    await secret.getByRole("button", { name: "Copiar" }).waitFor();
    await picture(page, "link");
    await page.reload();
    await at(page, "/name").waitFor();
    expect(await page.locator(".secret").count()).toBe(0);

    const hers = await newPage();
    const asked: string[] = [];
    hers.on("request", (r) => asked.push(r.url()));
    await hers.goto(link);
    await hers.getByText(/^Nina Castro, este link vale uma vez, até/).waitFor();
    await expect.poll(() => hers.getByLabel("Seu login").inputValue()).toBe(login);
    await hers.getByLabel("Nova senha").fill("curta");
    await hers.keyboard.press("Enter");
    await hers.getByRole("alert").getByText("8 caracteres ou mais").waitFor();
    await hers.getByLabel("Nova senha").fill("a senha da nina");
    await hers.getByLabel("Repita a senha").fill("a senha da nena");
    await hers.keyboard.press("Enter");
    await hers.getByRole("alert").getByText("As duas senhas são diferentes.").waitFor();
    await picture(hers, "link-opened");
    await hers.getByLabel("Repita a senha").fill("a senha da nina");
    await hers.keyboard.press("Enter");
    await hers.locator(".presence").waitFor();
    expect(hers.url()).toBe(`${url}/desk/`);
    expect(asked.filter((u) => u.includes("pln_"))).toEqual([]); // the secret is in no address that a server sees

    const late = await newPage();
    await late.goto(link);
    await late.getByRole("heading", { name: "Este link não vale" }).waitFor();
    await picture(late, "link-gone");
    await late.getByRole("link", { name: "Entrar" }).click();
    const again = await newPage();
    await signIn(again, { login, password: "a senha da nina" });
    expectClean(page);
    expectClean(hers);
  });

  test("a forgotten password: a new link ends the one before, and blocking the account ends both", async () => {
    const agent = await api<Agent>("/agents", { name: "Otto Reis", login: named("otto").replace(" ", "."), role: "agent", password: "a senha do otto" });
    const page = await admin(`/agents/${agent.id}`);
    const make = page.getByRole("button", { name: "Criar link de senha" });
    const shown = page.locator(".secret code");
    await make.click();
    const first = (await shown.textContent())!;
    await make.click();
    await expect.poll(() => shown.textContent()).not.toBe(first);
    const second = (await shown.textContent())!;
    const his = await newPage();
    await his.goto(first);
    await his.getByRole("heading", { name: "Este link não vale" }).waitFor();
    await his.goto(second); // only what stands behind the # differs
    await his.getByLabel("Nova senha").waitFor();
    await page.getByLabel("Acesso bloqueado").check();
    await save(page);
    await expect.poll(() => make.isDisabled()).toBe(true);
    await his.getByLabel("Nova senha").fill("outra senha boa");
    await his.getByLabel("Repita a senha").fill("outra senha boa");
    await his.keyboard.press("Enter");
    await his.getByRole("heading", { name: "Este link não vale" }).waitFor();
    expectClean(page);
  });

  test.each(looks)("axe finds nothing on the form with a link, %s", async (_, look) => {
    const page = await admin("/agents/new", { bypassCSP: true });
    await at(page, "/name").fill("Íris Melo");
    await at(page, "/login").fill(named("iris").replace(" ", "."));
    const all: string[] = await findings(page, look);
    await save(page);
    await page.locator(".secret code").waitFor();
    all.push(...await findings(page, look));
    expect([...new Set(all)]).toEqual([]);
  });

  test.each(looks)("axe finds nothing on the link's page, in three languages, %s", async (_, look) => {
    const agent = await api<Agent>("/agents", { name: "Íris Melo", login: named("iris").replace(" ", "."), role: "agent" });
    const { path } = await api<PasswordLink>(`/agents/${agent.id}/password-link`, {});
    const opened = await newPage({ bypassCSP: true });
    const all: string[] = [];
    await opened.goto(`${url}${path}`);
    for (const [language, label] of [["pt", "Nova senha"], ["en", "New password"], ["es", "Nueva contraseña"]] as const) {
      await opened.getByRole("combobox").selectOption(language);
      await opened.getByLabel(label).fill("x");
      await opened.keyboard.press("Enter");
      await opened.getByRole("alert").waitFor();
      all.push(...await findings(opened, look));
    }
    expect([...new Set(all)]).toEqual([]);
  });
});
