import { describe, expect, test } from "vitest";
import type { ConversationHead } from "../src/wire/protocol.ts";
import { accept, api, composer, expectClean, offer, script, until, within, World } from "./world.ts";

describe("S17 to S19 transfer", () => {
  test("S17 S18 S19 a name without accents finds; the button waits for a choice; red cannot be chosen; the sender keeps it until accepted", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const tag = `Zé${Date.now().toString(36)}`;
    const jose = await w.person(`${tag} Conceição`);
    const lucia = await w.person(`${tag} Lúcia`);
    const ana = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi", "Marina Alves");
    await offer(ana).waitFor();
    await accept(ana);
    const target = await w.ready(jose);
    await w.desk(lucia); // there, and not ready
    await ana.locator(".rail").getByRole("button", { name: "Transferir" }).click();
    const button = ana.locator(".dialog").getByRole("button", { name: "Transferir" });
    await expect.poll(() => button.isDisabled()).toBe(true);
    await ana.getByPlaceholder("Digite o nome").fill(tag.normalize("NFD").replace(/\p{M}/gu, "").toUpperCase());
    const option = (name: string) => ana.getByRole("option", { name });
    await option("Conceição").waitFor();
    await expect.poll(() => option("Lúcia").textContent()).toContain("não pronto");
    await expect.poll(() => option("Lúcia").getAttribute("aria-disabled")).toBe("true");
    await option("Lúcia").click({ force: true });
    await expect.poll(() => button.isDisabled()).toBe(true);
    await option("Conceição").click();
    await expect.poll(() => button.isEnabled()).toBe(true);
    await ana.getByLabel("Recado para quem recebe").fill("Já pedi os dados.");
    await button.click();
    await ana.getByText(/aguardando aceite/).first().waitFor();
    await target.getByText("Transferência de Ana Ribeiro").waitFor();
    await target.getByText("Já pedi os dados.").waitFor();
    expect((await w.head(id)).owner_agent_id).toBe(w.people[0]!.id);
    await target.getByRole("button", { name: "Recusar" }).click();
    await ana.getByText(/recusou a transferência/).waitFor();
    expect((await w.head(id)).owner_agent_id).toBe(w.people[0]!.id);

    await ana.locator(".rail").getByRole("button", { name: "Transferir" }).click();
    await ana.getByPlaceholder("Digite o nome").fill("conceicao");
    await ana.keyboard.press("Enter"); // before the answer is there, or after: it is the choice
    await button.and(ana.locator(":enabled")).waitFor();
    await ana.keyboard.press("Enter");
    await target.locator(".offer").waitFor();
    await accept(target);
    await until(() => w.head(id), (h) => h.owner_agent_id === jose.id);
    await ana.locator(`[data-talk="${id}"]`).waitFor({ state: "detached" });
    expectClean(ana);
    expectClean(target);
  });

  test("S17 a transfer that nobody answers comes back, and one can be taken back", async () => {
    const w = await World.make(["Ana Ribeiro", "Bruno Teixeira"], { transfer_time_ms: 1500 });
    const tag = `x${Date.now().toString(36)}`;
    const target = await w.person(`${tag} Elaine`);
    const ana = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi");
    await offer(ana).waitFor();
    await accept(ana);
    await w.ready(target);
    const start = async () => {
      await ana.locator(".rail").getByRole("button", { name: "Transferir" }).click();
      await ana.getByPlaceholder("Digite o nome").fill(tag);
      await ana.getByRole("option", { name: tag }).click();
      await ana.locator(".dialog").getByRole("button", { name: "Transferir" }).click();
      await ana.locator(".notice").getByText(/aguardando aceite/).waitFor();
    };
    await start();
    await ana.getByText(/não respondeu/).waitFor({ timeout: within(6000) });
    expect((await w.head(id)).transfer).toBeUndefined();
    await start();
    await ana.locator(".notice").getByRole("button", { name: "Cancelar" }).click();
    await ana.getByText("Transferência cancelada.").waitFor();
    expect((await w.head(id)).owner_agent_id).toBe(w.people[0]!.id);
  });

  test("S18 who is chosen before anybody can take it is chosen once somebody can: a name, Enter, Enter", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const tag = `w${Date.now().toString(36)}`;
    const target = await w.person(`${tag} Tereza`);
    const ana = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi");
    await offer(ana).waitFor();
    await accept(ana);
    const hers = await w.desk(target);
    await ana.locator(".rail").getByRole("button", { name: "Transferir" }).click();
    await ana.getByPlaceholder("Digite o nome").fill(tag);
    await ana.getByRole("option", { name: tag }).getByText("não pronto").waitFor();
    await ana.keyboard.press("Enter");
    const button = ana.locator(".dialog").getByRole("button", { name: "Transferir" });
    await expect.poll(() => button.isDisabled()).toBe(true);
    await hers.locator(".presence-main").click();
    await button.and(ana.locator(":enabled")).waitFor();
    await ana.keyboard.press("Enter");
    await hers.locator(".offer").waitFor();
    await accept(hers);
    await until(() => w.head(id), (h) => h.owner_agent_id === target.id);
    expectClean(ana);
  });

  test("S19 the list is live: a target that pauses between choice and confirmation turns red at once, without being asked; so does one that becomes ready, and the server refuses by itself", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const tag = `y${Date.now().toString(36)}`;
    const target = await w.person(`${tag} Fábio`);
    const ana = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi");
    await offer(ana).waitFor();
    await accept(ana);
    const his = await w.ready(target);
    await ana.locator(".rail").getByRole("button", { name: "Transferir" }).click();
    await ana.getByPlaceholder("Digite o nome").fill(tag);
    const row = ana.getByRole("option", { name: tag });
    await row.click();
    const button = ana.locator(".dialog").getByRole("button", { name: "Transferir" });
    await button.and(ana.locator(":enabled")).waitFor();
    const sent: string[] = []; // what the page says from here on
    const cdp = await ana.context().newCDPSession(ana);
    await cdp.send("Network.enable");
    cdp.on("Network.webSocketFrameSent", (f) => f.response.payloadData.includes("directory.") && sent.push(f.response.payloadData));
    await his.locator(".presence-main").click();
    await his.locator(".presence.not-ready").waitFor();
    const from = Date.now();
    await row.getByText(/não pronto/i).waitFor();
    expect(Date.now() - from).toBeLessThan(within(1000));
    await expect.poll(() => row.getAttribute("aria-disabled")).toBe("true");
    await expect.poll(() => button.isDisabled()).toBe(true);
    const refused = await api(`/conversations/${id}/transfer`, { to: { agent_id: target.id } }).catch((e: Error) => e.message);
    expect(refused).toContain("target_unavailable");
    await his.locator(".presence-main").click();
    await row.and(ana.locator("[aria-disabled=false]")).waitFor();
    await button.and(ana.locator(":enabled")).waitFor();
    expect(sent).toEqual([]);
    await button.click();
    await his.locator(".offer").waitFor();
    expectClean(ana);
  });
});

describe("S20 to S22 finishing with the script", () => {
  test("S20 S21 S22 by keyboard only, in less than 5 s; what is missing gets the focus; the next conversation opens; the API agrees", async () => {
    const s = await script();
    const w = await World.make(["Ana Ribeiro"], { script_id: s.id, script_required: true });
    const page = await w.ready(w.people[0]!);
    const first = await w.write("Segunda via", "Marina Alves");
    await offer(page).waitFor();
    await accept(page);
    await w.write("Outra coisa", "Rafael Duarte");
    await offer(page).waitFor();
    await accept(page);
    await page.locator(`[data-talk="${first.conversation_id}"]`).click();
    await expect(api(`/conversations/${first.conversation_id}/close`, {})).rejects.toThrow("script_required");

    await composer(page).fill("Ainda não enviei isto");
    const began = Date.now();
    await page.getByRole("button", { name: "Finalizar chat" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("Há um rascunho não enviado nesta conversa.").waitFor();
    await page.getByText("O cliente acabou de escrever.").waitFor();
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-field") === "reason");
    await page.keyboard.type("cobranca");
    await page.keyboard.press("Enter"); // chooses, and leads to Resolvido
    await page.waitForFunction(() => document.activeElement?.getAttribute("data-field") === "resolved");
    await page.keyboard.press("ArrowRight"); // Não
    await page.keyboard.press("Enter");
    await page.getByText(/finalizado\.$/).waitFor();
    expect(Date.now() - began).toBeLessThan(within(5000));
    const h = await until(() => w.head(first.conversation_id), (x) => x.state === "closed");
    expect(h.script).toMatchObject({ reason_id: "cobranca", resolved: false });
    await page.getByRole("heading", { name: "Rafael Duarte" }).waitFor();
    await page.getByRole("tab", { name: /Início/ }).click();
    await page.locator(".home .row").getByText(h.protocol_number).waitFor();
    expectClean(page);
  });

  test("S21 S22 no path closes without the script, and a reload in the middle keeps the answers", async () => {
    const s = await script();
    const w = await World.make(["Ana Ribeiro"], { script_id: s.id, script_required: true });
    const page = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi");
    await offer(page).waitFor();
    await accept(page);
    await page.getByRole("button", { name: "Finalizar chat" }).click();
    await page.getByRole("button", { name: "Finalizar", exact: true }).click();
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("data-field"))).toBe("reason");
    await page.getByText("Preencha o campo destacado.").waitFor();
    await page.getByRole("option", { name: "Segunda via" }).click();
    await page.getByRole("button", { name: "Finalizar", exact: true }).click();
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("data-field"))).toBe("resolved");
    expect((await w.head(id)).state).toBe("active");
    await page.getByRole("radio", { name: "Sim" }).check();
    await page.getByLabel("Por onde soube?").selectOption("Amigo");
    await page.reload();
    await page.getByRole("tab", { name: /Conversas/ }).click();
    await page.locator(".talk").click();
    await page.getByRole("button", { name: "Finalizar chat" }).click();
    await page.locator(".reason-chosen").getByText("Fatura › Segunda via").waitFor();
    await expect.poll(() => page.getByRole("radio", { name: "Sim" }).isChecked()).toBe(true);
    await page.getByRole("button", { name: "Finalizar", exact: true }).click();
    const h = await until(() => w.head(id), (x: ConversationHead) => x.state === "closed");
    expect(h.script).toMatchObject({ reason_id: "segunda", resolved: true, answers: { canal: "Amigo" } });
    expectClean(page);
  });
});
