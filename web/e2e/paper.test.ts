import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accept, composer, messages, offer, script, until, url, World } from "./world.ts";

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

test("S12 details, script and the list of files are on paper and in the PDF; notes only by choice, and then marked", async () => {
  const s = await script();
  const w = await World.make(["Ana Ribeiro"], { script_id: s.id, script_required: true, reopen_window_ms: 0 });
  const page = await w.ready(w.people[0]!);
  const { conversation_id: id } = await w.write("Quero o contrato", "Marina Alves", "+5511933330002");
  await offer(page).waitFor();
  await accept(page);
  await page.locator('input[type="file"]').setInputFiles({ name: "contrato.txt", mimeType: "text/plain", buffer: Buffer.from("Contrato de teste") });
  await page.locator(".upload.ready").waitFor();
  await composer(page).fill("Segue o contrato");
  await page.keyboard.press("Enter");
  await page.locator(".message .file").getByText("contrato.txt").waitFor();
  await page.locator(".rail").getByRole("button", { name: "Notas internas" }).click();
  await page.getByLabel("Nova nota").fill("Segredo da equipe");
  await page.keyboard.press("Enter");
  await page.locator(".tool-panel .note").waitFor();
  await page.getByRole("button", { name: "Finalizar chat" }).click();
  await page.getByRole("option", { name: "Segunda via" }).click();
  await page.getByRole("radio", { name: "Sim" }).check();
  await page.getByLabel("Por onde soube?").selectOption("Amigo");
  await page.getByRole("button", { name: "Finalizar", exact: true }).click();
  const head = await until(() => w.head(id), (h) => h.state === "closed");
  await page.getByRole("tab", { name: /Início/ }).click();
  await page.locator(".home .row").getByText(head.protocol_number).click();
  await page.locator(".past .message-text").getByText("Segue o contrato").waitFor();
  await page.locator(".past .note").getByText("Segredo da equipe").waitFor();

  const both = [head.protocol_number, "Marina Alves", "529", "Quero o contrato", "Ana Ribeiro", "Segue o contrato", "Segunda via", "Por onde soube?", "Amigo", "contrato.txt"];
  const printed = textOf(await page.pdf());
  for (const x of [...both, "Resolvido?"]) expect(printed, x).toContain(x);
  expect(printed).not.toContain("Segredo da equipe");
  const get = async (name: string): Promise<string> => textOf(Buffer.from(await page.evaluate(async (at) => [...new Uint8Array(await (await fetch(at)).arrayBuffer())], await page.locator(".past-side").getByRole("link", { name, exact: true }).getAttribute("href") ?? "")));
  const plain = await get("Gerar PDF");
  for (const x of both) expect(plain, x).toContain(x);
  expect(plain).not.toContain("Segredo da equipe");
  const noted = await get("PDF com notas");
  for (const x of [...both, "Segredo da equipe", "Contém notas internas: não enviar ao cliente"]) expect(noted, x).toContain(x);

  await page.evaluate(() => void (window.print = () => {}));
  await page.locator(".past-side").getByRole("button", { name: "Imprimir com notas" }).click();
  await page.emulateMedia({ media: "print" });
  await expect.poll(() => page.locator(".paper-mark").isVisible()).toBe(true);
  await expect.poll(() => page.locator(".past .note").isVisible()).toBe(true);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  expect(await page.locator(".paper-mark").isVisible()).toBe(false);
  expect(await page.locator(".past .note").isVisible()).toBe(false);
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
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      const [thread, tool] = [await box(".thread"), await box(".tool-panel")];
      if (width >= 1100) expect(thread.x + thread.width).toBeLessThanOrEqual(tool.x + 6);
      else expect(thread.x + thread.width).toBeGreaterThan(tool.x); // over it
      await expect.poll(() => page.locator(".talk-list").isVisible()).toBe(width > 720);
    }
    await page.locator(".tool-panel").getByRole("button", { name: "Fechar" }).click();
    await page.getByRole("button", { name: "Voltar à lista" }).click();
    await expect.poll(() => page.locator(".talk-list").isVisible()).toBe(true);
    expect(await page.locator(".thread").isVisible()).toBe(false);
    await page.locator(".talk").click();
    await page.getByRole("button", { name: "Ferramentas" }).click();
    await expect.poll(() => page.locator(".rail").isVisible()).toBe(true);

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
