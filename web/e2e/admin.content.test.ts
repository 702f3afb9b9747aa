import { describe, expect, test } from "vitest";
import type { AttachmentLimits, BusinessHours, ContactField, ContactPrivacy, HoursStatus, Script } from "../src/wire/protocol.ts";
import { admin, at, idOf, named, picture, save } from "./admin.world.ts";
import { findings, looks } from "./findings.ts";
import { accept, api, expectClean, offer, script, url, World } from "./world.ts";

describe("administration: scripts and business hours", () => {
  test("a tree is made from the keyboard alone; the preview is what the agent then gets", async () => {
    const page = await admin("/scripts/new");
    const name = named("Cobrança");
    await at(page, "/name").fill(name);
    await at(page, "/reasons/0/label").focus();
    const keys = async (...list: string[]): Promise<void> => { for (const k of list) await page.keyboard.press(k); };
    await page.keyboard.type("Fatura");
    await keys("Enter");
    await page.keyboard.type("Segunda via");
    await keys("Alt+ArrowRight", "Enter");
    await page.keyboard.type("Cobrança indevida");
    await keys("Alt+ArrowUp", "Enter"); // before "Segunda via", then one between them
    await keys("Backspace"); // away again
    await keys("ArrowRight");
    await at(page, "/reasons/0/children/1/label").focus();
    await keys("Enter");
    await page.keyboard.type("Acordo");
    await keys("Alt+ArrowLeft");
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("data-at"))).toBe("/reasons/1/label");
    await page.getByRole("button", { name: "Adicionar pergunta" }).click();
    await at(page, "/questions/0/label").fill("Por onde soube?");
    await at(page, "/questions/0/kind").selectOption("choice");
    await at(page, "/questions/0/choices").fill("Site\nAmigo");
    await at(page, "/questions/0/required").check();
    const preview = page.getByRole("region", { name: "Prévia" });
    await expect.poll(() => preview.getByRole("option").filter({ visible: true }).allTextContents()).toEqual(["Fatura › Cobrança indevida", "Fatura › Segunda via", "Acordo"]);
    await preview.getByText("Ainda não pode finalizar").waitFor();
    await preview.getByRole("listbox").getByRole("option", { name: "Acordo" }).click();
    await preview.getByLabel("Sim").check();
    await preview.getByLabel(/Por onde soube/).selectOption("Amigo");
    await preview.getByText("Pode finalizar", { exact: true }).waitFor();
    await save(page);
    const s = await api<Script>(`/scripts/${idOf(page)}`);
    expect(s.reasons.map((r) => [r.label, r.children?.map((c) => c.label)])).toEqual([["Fatura", ["Cobrança indevida", "Segunda via"]], ["Acordo", undefined]]);
    expect(s.questions).toMatchObject([{ label: "Por onde soube?", kind: "choice", choices: ["Site", "Amigo"], required: true }]);
    await picture(page, "script");
    await at(page, "/reasons/1/label").fill("Acordo novo");
    await save(page);
    expect((await api<Script>(`/scripts/${s.id}`)).reasons.map((r) => r.id)).toEqual(s.reasons.map((r) => r.id)); // what was filed keeps its meaning

    const w = await World.make(["Ana Ribeiro"], { script_id: s.id, script_required: true });
    const desk = await w.ready(w.people[0]!);
    await w.write("Oi");
    await offer(desk).waitFor();
    await accept(desk);
    await desk.locator(".rail").getByRole("button", { name: "Script" }).click();
    await desk.locator(".reason-list li").first().waitFor();
    await expect.poll(() => desk.locator(".reason-list li").allTextContents()).toEqual(["Fatura › Cobrança indevida", "Fatura › Segunda via", "Acordo novo"]);
    expectClean(page);
  });

  test("what a script must not have is said at the reason", async () => {
    const page = await admin("/scripts/new");
    await at(page, "/name").fill(named("Vazio"));
    await page.keyboard.press("Control+s");
    await page.getByRole("alert").getByText("Obrigatório.").waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("data-at"))).toBe("/reasons/0/label");
    expectClean(page);
  });

  test("business hours: the week in a time zone, a holiday, an exception; open or closed as the server says", async () => {
    const page = await admin("/hours/new");
    const name = named("Comercial");
    await at(page, "/name").fill(name);
    await expect.poll(() => at(page, "/time_zone").inputValue()).toBe("America/Sao_Paulo"); // that of the browser
    await page.getByRole("group", { name: "Período 1" }).getByRole("checkbox", { name: "sábado" }).check();
    await at(page, "/weekly/0/from").fill("25:00");
    await page.keyboard.press("Control+s");
    await page.locator(".field.wrong", { hasText: "Início" }).getByText("Valor inválido.").waitFor();
    await at(page, "/weekly/0/from").fill("08:30");
    await page.getByRole("button", { name: "Adicionar período" }).first().click();
    await at(page, "/weekly/1/from").fill("22:00");
    await at(page, "/weekly/1/to").fill("02:00");
    for (const d of ["segunda-feira", "terça-feira", "quarta-feira", "quinta-feira"]) await page.getByRole("group", { name: "Período 2" }).getByRole("checkbox", { name: d }).uncheck();
    await page.getByRole("region", { name: "A semana" }).getByText("00:00–02:00, 08:30–18:00").waitFor(); // Saturday, after Friday's night
    await at(page, "/holidays/country").selectOption("BR");
    await page.getByRole("button", { name: "Adicionar data" }).click();
    await at(page, "/holidays/dates/0/date").fill("2026-06-24");
    await at(page, "/holidays/dates/0/name").fill("São João");
    await page.getByRole("button", { name: "Adicionar exceção" }).click();
    await at(page, "/exceptions/0/date").fill("2026-12-24");
    await at(page, "/exceptions/0/closed").uncheck();
    await page.locator('[data-at="/exceptions/0/spans"]').getByRole("button", { name: "Adicionar período" }).click();
    await save(page);
    await picture(page, "hours");
    const h = await api<BusinessHours>(`/business-hours/${idOf(page)}`);
    expect(h).toMatchObject({
      time_zone: "America/Sao_Paulo", weekly: [{ days: ["mon", "tue", "wed", "thu", "fri", "sat"], from: "08:30", to: "18:00" }, { days: ["fri"], from: "22:00", to: "02:00" }],
      holidays: { country: "BR", dates: [{ date: "2026-06-24", name: "São João" }] }, exceptions: [{ date: "2026-12-24", spans: [{ from: "09:00", to: "13:00" }] }],
    });
    const now = await api<HoursStatus>(`/business-hours/${h.id}/status`);
    await page.getByText(now.open ? "Aberto agora" : "Fechado agora").waitFor();
    expectClean(page);
  });

  test("customer fields, files and privacy: what is set is what the server then goes by", async () => {
    const page = await admin("/fields/new");
    const key = named("plano").replace(" ", "_");
    await at(page, "/label").fill("Plano");
    await at(page, "/key").fill("Plano Ouro");
    await page.keyboard.press("Control+s");
    await page.locator(".field.wrong", { hasText: "Chave" }).getByText("Valor inválido.").waitFor();
    await at(page, "/key").fill(key);
    await at(page, "/kind").selectOption("choice");
    await at(page, "/choices").fill("ouro\nprata\n");
    await page.getByLabel("Oculto").check();
    await save(page);
    expect(await api<ContactField>(`/contact-fields/${idOf(page)}`)).toMatchObject({ key, label: "Plano", kind: "choice", choices: ["ouro", "prata"], masked: true });
    await page.getByRole("button", { name: "Excluir" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Excluir" }).click();
    await page.getByRole("heading", { name: "Campos do cliente" }).waitFor();
    await page.getByRole("link", { name: "Anexos", exact: true }).click();
    const before = await api<AttachmentLimits>("/attachments/limits");
    await at(page, "/types").fill([...before.types, "png"].join("\n"));
    await page.keyboard.press("Control+s");
    await page.locator(".field.wrong", { hasText: "Tipos aceitos" }).getByText("Valor inválido.").waitFor();
    await at(page, "/types").fill(before.types.join("\n"));
    await at(page, "/quota_bytes").fill("50");
    await save(page);
    expect(await api<AttachmentLimits>("/attachments/limits")).toMatchObject({ quota_bytes: 50 * 2 ** 30, types: before.types, max_bytes: before.max_bytes });
    await page.getByRole("link", { name: "Privacidade", exact: true }).click();
    await page.getByRole("checkbox", { name: "CNPJ" }).check();
    await save(page);
    expect((await api<ContactPrivacy>("/contact-privacy")).masked_documents).toContain("cnpj");
    await page.getByRole("checkbox", { name: "CNPJ" }).uncheck(); // the other tests see documents as they are
    await save(page);
    expectClean(page);
  });

  test.each(looks)("axe finds nothing on scripts and business hours, %s", async (_, look) => {
    const s = await script();
    const h = await api<BusinessHours>("/business-hours", { name: named("Plantão"), time_zone: "America/Sao_Paulo", weekly: [{ days: ["mon"], from: "09:00", to: "18:00" }], exceptions: [{ date: "2026-12-24", closed: true }] });
    const page = await admin("/scripts", { bypassCSP: true });
    const all: string[] = [];
    for (const path of ["scripts", `scripts/${s.id}`, "hours", `hours/${h.id}`, "fields/new", "attachments", "privacy"]) {
      await page.goto(`${url}/desk/admin/${path}`);
      await page.locator(".list tbody tr, .form-section").first().waitFor();
      all.push(...(await findings(page, look)).map((f) => `${path}: ${f}`));
    }
    expect([...new Set(all)]).toEqual([]);
    expectClean(page);
  });
});
