import { describe, expect, test } from "vitest";
import { findings, looks } from "./findings.ts";
import { accept, api, composer, expectClean, newPage, offer, script, url, World } from "./world.ts";

describe("S9 accessibility", () => {
  test.each(looks)("S9 axe finds nothing on any screen, %s", async (_, look) => {
    const all: string[] = [];
    const start = await newPage({ bypassCSP: true });
    await start.goto(`${url}/desk/`);
    await start.getByLabel("Senha").waitFor();
    all.push(...await findings(start, look));
    await start.goto(`${url}/desk/password#pln_wrong`);
    await start.getByRole("heading", { name: "Este link não vale" }).waitFor();
    all.push(...await findings(start, look));

    const s = await script();
    const w = await World.make(["Ana Ribeiro"], { script_id: s.id, script_required: true, greeting: "Olá!" });
    await api("/canned-responses", { shortcut: `a${Date.now()}`, title: "Saudação", text: "Olá!", folder: "Geral", queue_ids: [w.queue.id] });
    const page = await w.desk(w.people[0]!, { bypassCSP: true });
    all.push(...await findings(page, look));
    await page.getByRole("button", { name: "Motivos de pausa" }).click();
    all.push(...await findings(page, look));
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Menu de/ }).click();
    all.push(...await findings(page, look));
    await page.keyboard.press("Escape");
    await page.locator(".presence-main").click();
    await w.write("Preciso da segunda via, por favor", "Marina Alves");
    await offer(page).waitFor();
    all.push(...await findings(page, look));
    await accept(page);
    await composer(page).fill("Pois não? Veja https://exemplo.com.br/boleto");
    await page.keyboard.press("Enter");
    for (const name of ["Script", "Respostas prontas", "Notas internas", "Detalhes do cliente", "Histórico do cliente", "Detalhes da conversa"]) {
      await page.locator(".rail").getByRole("button", { name }).click();
      await page.locator(".tool-body .skeleton").waitFor({ state: "detached" });
      if (name === "Notas internas") {
        await page.getByLabel("Nova nota").fill("Nota");
        await page.keyboard.press("Enter");
        await page.locator(".tool-panel .note").waitFor();
      }
      all.push(...await findings(page, look));
    }
    await page.getByRole("button", { name: "Adiar" }).click();
    all.push(...await findings(page, look));
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: /comando/ }).waitFor();
    all.push(...await findings(page, look));
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("button", { name: /^Menu de/ }).click();
    await page.getByRole("button", { name: "Atalhos de teclado" }).click();
    await page.getByRole("dialog", { name: "Atalhos de teclado" }).waitFor();
    all.push(...await findings(page, look));
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Buscar nas conversas" }).click();
    await page.getByLabel("Palavras").fill("segunda");
    await page.keyboard.press("Enter");
    await page.locator(".find mark").first().waitFor();
    all.push(...await findings(page, look));
    await page.getByRole("tab", { name: /^Conversas/ }).click();
    await composer(page).pressSequentially("/sau");
    await page.getByRole("option").first().waitFor();
    all.push(...await findings(page, look));
    await composer(page).fill("");
    await page.locator(".rail").getByRole("button", { name: "Transferir" }).click();
    await page.locator(".target").first().waitFor();
    all.push(...await findings(page, look));
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Finalizar chat" }).click();
    await page.locator(".reason-list li").first().waitFor();
    all.push(...await findings(page, look));
    expect([...new Set(all)]).toEqual([]);
    expectClean(page);
  });
});
