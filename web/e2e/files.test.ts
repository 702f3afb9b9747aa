import { describe, expect, test } from "vitest";
import type { Message } from "../src/wire/protocol.ts";
import { accept, api, composer, expectClean, offer, until, within, World } from "./world.ts";

const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC", "base64");

describe("S14 attachments", () => {
  test("S14 one too large, one of a refused type, one fine: each says what it is, and the fine one arrives", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi");
    await offer(page).waitFor();
    await accept(page);
    const { max_bytes: most } = await api<{ max_bytes: number }>("/attachments/limits");
    await page.evaluate((size) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(size + 1)], "grande.pdf", { type: "application/pdf" }));
      data.items.add(new File(["<!doctype html><script>alert(1)</script>"], "pagina.html", { type: "text/html" }));
      document.querySelector(".composer")!.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }, most);
    await page.locator('input[type="file"]').setInputFiles({ name: "comprovante.png", mimeType: "image/png", buffer: png });
    const upload = (name: string) => page.locator(".upload").filter({ hasText: name });
    await upload("grande.pdf").getByText(/grande demais: até 20 MB/).waitFor();
    await upload("pagina.html").getByText("tipo de arquivo não aceito").waitFor();
    await page.locator(".upload.ready").filter({ hasText: "comprovante.png" }).waitFor();
    await expect.poll(() => upload("comprovante.png").locator("img").count()).toBe(1);
    await page.getByText("Até 20 MB por arquivo.").waitFor();
    for (const name of ["grande.pdf", "pagina.html"]) await page.getByRole("button", { name: `Remover ${name}` }).click();
    await page.getByRole("button", { name: "Enviar" }).click();
    await page.locator(".message .file img").waitFor();
    const list = await until(() => api<{ items: Message[] }>(`/conversations/${id}/messages`), (p) => p.items.length === 2);
    expect(list.items[1]!.attachments.map((a) => a.name)).toEqual(["comprovante.png"]);
    expect(await page.locator(".upload").count()).toBe(0);
    expectClean(page);
  });

  test("S14 the line breaks during an upload: it says so, and one click tries again", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    await w.write("Oi");
    await offer(page).waitFor();
    await accept(page);
    await page.route("**/api/v1/attachments", (r) => r.abort("connectionreset"));
    await page.locator('input[type="file"]').setInputFiles({ name: "foto.png", mimeType: "image/png", buffer: png });
    await page.locator(".upload.failed").getByText("sem conexão").waitFor();
    await expect.poll(() => page.getByRole("button", { name: "Enviar" }).isDisabled()).toBe(true);
    await page.unroute("**/api/v1/attachments");
    await page.locator(".upload").getByRole("button", { name: "Tentar de novo" }).click();
    await page.locator(".upload.ready").waitFor();
  });

  test("S14 several are pasted; one shows how far it is and is cancelled on its way; one that the network cuts is tried again", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi");
    await offer(page).waitFor();
    await accept(page);
    await composer(page).evaluate((box) => {
      const data = new DataTransfer();
      for (const name of ["um.txt", "dois.txt"]) data.items.add(new File([`texto de ${name}`], name, { type: "text/plain" }));
      box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await until(() => page.locator(".upload.ready").count(), (n) => n === 2);
    const line = await page.context().newCDPSession(page);
    const slow = (bytesPerSecond: number) => line.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond });
    await line.send("Network.enable");
    await slow(50_000);
    const large = (name: string) => page.locator('input[type="file"]').setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.alloc(2_000_000, "texto ") });
    const upload = (name: string) => page.locator(".upload").filter({ hasText: name });
    const under = (name: string) => until(() => upload(name).locator("progress").evaluate((x) => (x as HTMLProgressElement).value), (v) => v > 0 && v < 1, 60_000);
    await large("cancelado.txt");
    await under("cancelado.txt");
    const ended = page.waitForEvent("requestfailed");
    await page.getByRole("button", { name: "Remover cancelado.txt" }).click();
    expect((await ended).url()).toContain("/attachments");
    await upload("cancelado.txt").waitFor({ state: "detached" });
    await large("cortado.txt");
    await under("cortado.txt");
    await expect.poll(() => page.getByRole("button", { name: "Enviar" }).isDisabled()).toBe(true);
    await line.send("Network.emulateNetworkConditions", { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await upload("cortado.txt").getByText("sem conexão").waitFor();
    await slow(-1);
    await upload("cortado.txt").getByRole("button", { name: "Tentar de novo" }).click();
    await page.locator(".upload.ready").filter({ hasText: "cortado.txt" }).waitFor();
    await page.getByRole("button", { name: "Enviar" }).and(page.locator(":enabled")).click();
    const list = await until(() => api<{ items: Message[] }>(`/conversations/${id}/messages`), (p) => p.items.length === 2, 60_000);
    expect(list.items[1]!.attachments.map((a) => a.name)).toEqual(["um.txt", "dois.txt", "cortado.txt"]);
  });

  test("S13 S14 files of one conversation do not show in another", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    for (const name of ["Marina Alves", "Rafael Duarte"]) {
      await w.write("Oi", name);
      await offer(page).waitFor();
      await accept(page);
      await page.getByRole("heading", { name }).waitFor();
    }
    await page.locator('input[type="file"]').setInputFiles({ name: "so-do-rafael.png", mimeType: "image/png", buffer: png });
    await page.locator(".upload.ready").waitFor();
    await page.locator(".talk").filter({ hasText: "Marina" }).click();
    expect(await page.locator(".upload").count()).toBe(0);
    await page.locator(".talk").filter({ hasText: "Rafael" }).click();
    await expect.poll(() => page.locator(".upload").count()).toBe(1);
  });
});

describe("S26 history", () => {
  test("S26 earlier contacts of that number are listed, counted in the offer, and open read-only", async () => {
    const w = await World.make(["Ana Ribeiro"], { reopen_window_ms: 0 });
    const phone = `+55118${String(Date.now()).slice(-8)}`;
    const page = await w.ready(w.people[0]!);
    for (const text of ["Primeira vez", "Segunda vez"]) {
      const { conversation_id: id } = await w.write(text, "Marina Alves", phone);
      await offer(page).waitFor();
      await accept(page);
      await page.getByRole("button", { name: "Finalizar chat" }).click();
      await page.getByRole("button", { name: "Finalizar", exact: true }).click();
      await until(() => w.head(id), (h) => h.state === "closed");
      await page.locator(".talk").waitFor({ state: "detached" });
    }
    await w.write("Terceira vez", "Marina Alves", phone);
    await offer(page).getByText("2 contatos anteriores").waitFor();
    await accept(page);
    const asked = page.waitForResponse((r) => /contacts\/.*\/conversations/.test(r.url()));
    const from = Date.now();
    await page.locator(".rail").getByRole("button", { name: "Histórico do cliente" }).click();
    await asked;
    await page.locator(".history-item").first().waitFor();
    expect(Date.now() - from).toBeLessThan(within(200));
    await expect.poll(() => page.locator(".history-item").count()).toBe(2);
    await page.locator(".history-item").filter({ hasText: "Primeira vez" }).click();
    await page.getByText("Somente leitura").waitFor();
    await page.locator(".past .message-text").getByText("Primeira vez").waitFor();
    expect(await page.locator(".past textarea").count()).toBe(0);
    expectClean(page);
  });

  test("S26 an earlier conversation is shown whole, however long it was, or says that it cannot be read", async () => {
    const w = await World.make(["Ana Ribeiro"], { reopen_window_ms: 0 });
    const page = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("mensagem 0", "Marina Alves", "+5511877770001");
    await offer(page).waitFor();
    await accept(page);
    let n = 0;
    await Promise.all(Array.from({ length: 16 }, async () => { while (++n < 620) await w.write(`mensagem ${n}`, "Marina Alves", "+5511877770001"); }));
    for (let k = 0; k < 3; k++) await api(`/conversations/${id}/notes`, { text: `nota ${k}` });
    await page.getByRole("button", { name: "Finalizar chat" }).click();
    await page.getByRole("button", { name: "Finalizar", exact: true }).click();
    const head = await until(() => w.head(id), (h) => h.state === "closed");
    await page.locator(".talk").waitFor({ state: "detached" });
    let unreadable = true;
    await page.route("**/api/v1/contacts/*", (r) => (unreadable ? r.fulfill({ status: 500, json: { code: "internal" } }) : r.continue()));
    await page.getByRole("tab", { name: /Início/ }).click();
    await page.locator(".home .row").getByText(head.protocol_number).click();
    const again = page.locator('.state[role="alert"]').getByRole("button");
    await again.waitFor();
    expect(await page.locator(".past").count()).toBe(0); // without the contact's documents it would be printed without them
    unreadable = false;
    await again.click();
    await expect.poll(() => page.locator(".past .message").count()).toBe(620);
    expect(await page.locator(".past .note").count()).toBe(3);
  });
});
