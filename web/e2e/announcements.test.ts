import { describe, expect, test } from "vitest";
import type { Announcement } from "../src/wire/protocol.ts";
import type { Page } from "../src/wire/rest.ts";
import { admin, at, idOf, named, picture, save } from "./admin.world.ts";
import { findings, looks } from "./findings.ts";
import { api, expectClean, signIn, newPage, url, within, World } from "./world.ts";

describe("announcements", () => {
  test("what is written in the administration stands on Início of the people concerned at once, and is read on all their pages", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const elsewhere = await World.make(["Bruno Teixeira"]);
    const ana = await w.desk(w.people[0]!);
    const bruno = await elsewhere.desk(elsewhere.people[0]!);
    const second = await ana.context().newPage();
    await second.goto(`${url}/desk/`);
    await second.locator(".presence").waitFor();
    const page = await admin("/announcements/new");
    const title = named("Boleto fora do ar");
    await at(page, "/title").fill(title);
    await at(page, "/text").fill("Sem segunda via até as 14h.\nVeja https://exemplo.com.br/status");
    await at(page, "/from").fill("2030-01-02T08:00");
    await at(page, "/until").fill("2030-01-01T08:00");
    await page.getByRole("checkbox", { name: w.queue.name }).check();
    await page.getByRole("switch", { name: "Importante" }).check();
    await page.getByRole("button", { name: "Salvar", exact: true }).click();
    await page.locator(".field.wrong").filter({ has: at(page, "/until") }).locator(".field-error").waitFor();
    await at(page, "/until").fill("2030-01-03T08:00");
    await save(page);
    expect(await ana.getByText(title).count()).toBe(0); // not yet
    const id = idOf(page);
    expect((await api<Announcement>(`/announcements/${id}`)).from).toBe("2030-01-02T11:00:00.000Z"); // the page is in São Paulo
    await at(page, "/from").fill("");
    const from = Date.now();
    await save(page);
    const shown = ana.locator(".announcement").filter({ hasText: title });
    await shown.waitFor();
    expect(Date.now() - from).toBeLessThan(within(2000));
    await ana.locator(".toast").filter({ hasText: title }).waitFor();
    await expect.poll(() => shown.getByRole("link").getAttribute("href")).toBe("https://exemplo.com.br/status");
    await expect.poll(() => shown.locator(".tag").textContent()).toBe("Importante");
    await picture(ana, "announcement");
    await shown.getByRole("button", { name: "Marcar como lido" }).click();
    await second.locator("details.announcement").filter({ hasText: title }).waitFor();
    await ana.reload();
    await ana.locator("details.announcement summary").filter({ hasText: title }).click();
    await ana.getByText("Sem segunda via até as 14h.").waitFor();
    expect(await bruno.getByText(title).count()).toBe(0);
    await at(page, "/text").fill("Voltou.");
    await save(page);
    await shown.getByRole("button", { name: "Marcar como lido" }).waitFor(); // changed: unread again
    await page.getByRole("button", { name: "Excluir" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Excluir" }).click();
    await shown.waitFor({ state: "detached" });
    expectClean(ana);
    expectClean(page);
  });

  test("a supervisor finds the announcements alone in the administration, and writes to the own queues", async () => {
    const w = await World.make([]);
    const sup = await w.person("Sueli Prado", { role: "supervisor" });
    const page = await newPage({ bypassCSP: true });
    await signIn(page, sup);
    await page.getByRole("button", { name: /^Menu de/ }).click();
    await page.getByRole("link", { name: "Avisos" }).click();
    await page.getByRole("heading", { name: "Avisos", level: 1 }).waitFor();
    await expect.poll(() => page.locator(".admin-nav a").allTextContents()).toEqual(["Avisos"]);
    await page.getByRole("link", { name: "Novo aviso" }).click();
    const title = named("Reunião");
    await at(page, "/title").fill(title);
    await at(page, "/text").fill("Às 15h.");
    await page.getByRole("button", { name: "Salvar", exact: true }).click();
    await page.locator(".editor-problem, .form-problem, [role=alert]").first().waitFor(); // for everybody: not hers to say
    await page.getByRole("checkbox", { name: w.queue.name }).check();
    await save(page);
    for (const [, look] of looks) expect(await findings(page, look)).toEqual([]);
    const list = await api<Page<Announcement>>("/announcements?limit=500");
    expect(list.items.find((a) => a.title === title)?.queue_ids).toEqual([w.queue.id]);
    await page.goto(`${url}/desk/`);
    await page.locator(".announcement").filter({ hasText: title }).waitFor();
    for (const [, look] of looks) expect(await findings(page, look)).toEqual([]);
    await page.goto(`${url}/desk/admin/queues`);
    await page.getByText(/administra/i).first().waitFor();
    expect(await page.locator(".admin-nav").count()).toBe(0);
    expectClean(page);
  });
});
