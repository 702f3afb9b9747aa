import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accept, composer, messages, offer, url, World } from "./world.ts";

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "pronto-paper-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const textOf = (bytes: Buffer): string => {
  const path = join(folder, "x.pdf");
  writeFileSync(path, bytes);
  return execFileSync("pdftotext", ["-layout", path, "-"]).toString();
};

describe("S12 and S28 on paper", () => {
  test("S12 S28 the PDF and the print carry each message's sender in order; notes only by choice; tagged; same bytes", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const phone = "+5511933330001";
    await w.write("Primeira do cliente 😀", "Marina Alves", phone);
    await offer(page).waitFor();
    await accept(page);
    await composer(page).fill("Resposta da agente");
    await page.keyboard.press("Enter");
    await messages(page).getByText("Resposta da agente").waitFor();
    await w.write("Segunda do cliente", "Marina Alves", phone);
    await messages(page).getByText("Segunda do cliente").waitFor();
    await page.locator(".rail").getByRole("button", { name: "Notas internas" }).click();
    await page.getByLabel("Nova nota").fill("Segredo da equipe");
    await page.keyboard.press("Enter");
    await page.locator(".tool-panel .note").waitFor();

    const href = await page.getByRole("link", { name: "Gerar PDF" }).getAttribute("href");
    const get = async (): Promise<Buffer> => Buffer.from(await page.evaluate(async (at) => {
      const r = await fetch(at);
      return [...new Uint8Array(await r.arrayBuffer())];
    }, url + href!));
    const pdf = await get();
    expect(pdf.equals(await get())).toBe(true);
    const text = textOf(pdf);
    let at = 0;
    for (const x of ["Marina Alves", "Primeira do cliente", "Ana Ribeiro", "Resposta da agente", "Marina Alves", "Segunda do cliente"]) {
      at = text.indexOf(x, at);
      expect(at, x).toBeGreaterThanOrEqual(0);
    }
    expect(text).not.toContain("Segredo da equipe");
    expect(execFileSync("pdfinfo", [join(folder, "x.pdf")]).toString()).toMatch(/Tagged:\s+yes/);

    const printed = textOf(await page.pdf());
    for (const x of ["Marina Alves", "Cliente", "Primeira do cliente", "Ana Ribeiro", "Agente", "Resposta da agente", "Segunda do cliente"]) expect(printed).toContain(x);
    for (const x of ["Segredo da equipe", "Finalizar chat", "Minhas conversas"]) expect(printed).not.toContain(x);
    expect(readFileSync(join(folder, "x.pdf")).length).toBeGreaterThan(1000);
  });
});

describe("S9 sizes of the screen", () => {
  test("S9 three columns, a drawer below 1100 px, one pane below 720 px, and nothing wider than the screen", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    await w.write(`Texto comprido ${"semespaço".repeat(40)}`, "Marina Alves de Oliveira Vasconcelos e Souza");
    await offer(page).waitFor();
    await accept(page);
    await page.locator(".rail").getByRole("button", { name: "Detalhes do cliente" }).click();
    await page.locator(".tool-panel").waitFor();
    const box = async (s: string) => (await page.locator(s).boundingBox())!;
    for (const width of [1920, 1366, 1024, 683, 375]) { // 683: 1366 at 200 %
      await page.setViewportSize({ width, height: 740 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      const [thread, tool] = [await box(".thread"), await box(".tool-panel")];
      if (width >= 1100) expect(thread.x + thread.width).toBeLessThanOrEqual(tool.x + 6);
      else expect(thread.x + thread.width).toBeGreaterThan(tool.x); // over it
      expect(await page.locator(".talk-list").isVisible()).toBe(width > 720);
    }
    await page.locator(".tool-panel").getByRole("button", { name: "Fechar" }).click();
    await page.getByRole("button", { name: "Voltar à lista" }).click();
    expect(await page.locator(".talk-list").isVisible()).toBe(true);
    expect(await page.locator(".thread").isVisible()).toBe(false);
    await page.locator(".talk").click();
    await page.getByRole("button", { name: "Ferramentas" }).click();
    expect(await page.locator(".rail").isVisible()).toBe(true);

    await page.setViewportSize({ width: 1366, height: 740 });
    const before = (await box(".talks-left")).width;
    await page.getByRole("separator", { name: "Largura da lista" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect((await box(".talks-left")).width).toBe(before + 32);
    await page.reload();
    await page.getByRole("tab", { name: /Conversas/ }).click();
    expect((await box(".talks-left")).width).toBe(before + 32);
  });
});
