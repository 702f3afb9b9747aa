import { describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { accept, composer, expectClean, offer, until, World } from "./world.ts";

const goTo = async (page: Page, id: string, name: string): Promise<void> => {
  await page.getByRole("tab", { name: /Conversas/ }).click();
  await page.locator(`[data-talk="${id}"]`).click();
  await page.getByRole("heading", { name, level: 2 }).waitFor();
};
const shows = (page: Page, text: string) => until(() => composer(page).inputValue(), (x) => x === text);

describe("S13 drafts at the server", () => {
  test("what is begun at one machine is at the other, as it is written; each conversation has its own; sent, it is gone from both", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const marina = await w.write("Oi", "Marina Alves");
    await offer(page).waitFor();
    await accept(page);
    const rafael = await w.write("Bom dia", "Rafael Duarte");
    await offer(page).waitFor();
    await accept(page);
    await goTo(page, marina.conversation_id, "Marina Alves");
    await composer(page).fill("Marina, o boleto ");
    const other = await w.desk(w.people[0]!);
    await goTo(other, marina.conversation_id, "Marina Alves");
    await shows(other, "Marina, o boleto ");
    await composer(page).fill("Marina, o boleto vence amanhã");
    await shows(other, "Marina, o boleto vence amanhã");
    await goTo(other, rafael.conversation_id, "Rafael Duarte");
    expect(await composer(other).inputValue()).toBe("");
    await composer(other).fill("Rafael, ");
    await page.locator(`[data-talk="${rafael.conversation_id}"]`).getByText("Rafael,").waitFor();
    await expect.poll(() => composer(page).inputValue()).toBe("Marina, o boleto vence amanhã");
    await composer(page).press("Enter");
    await goTo(other, marina.conversation_id, "Marina Alves");
    await shows(other, "");
    expectClean(page);
    expectClean(other);
  });

  test("what is written without a line is not lost when the line is back, and then it is at the other machine", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi", "Marina Alves");
    await offer(page).waitFor();
    await accept(page);
    const other = await w.desk(w.people[0]!);
    await goTo(other, id, "Marina Alves");
    await composer(other).fill("do outro lado");
    await shows(page, "do outro lado");
    await page.context().setOffline(true);
    await composer(page).fill("escrito sem rede");
    await page.context().setOffline(false);
    await shows(other, "escrito sem rede");
    await expect.poll(() => composer(page).inputValue()).toBe("escrito sem rede");
    await page.reload();
    await goTo(page, id, "Marina Alves");
    await shows(page, "escrito sem rede");
    expectClean(other);
  });

  test("a transferred conversation takes no draft along: its next agent sees none, and none is left when it comes back", async () => {
    const w = await World.make([`Ana d${Date.now().toString(36)}`]);
    const tag = `b${Date.now().toString(36)}`;
    const bruno = await w.person(`${tag} Bruno`);
    const ana = await w.ready(w.people[0]!);
    const { conversation_id: id } = await w.write("Oi", "Marina Alves");
    await offer(ana).waitFor();
    await accept(ana);
    await composer(ana).fill("só entre nós: cliente difícil");
    const his = await w.ready(bruno);
    const hand = async (from: Page, to: Page, name: string): Promise<void> => {
      await from.locator(".rail").getByRole("button", { name: "Transferir" }).click();
      await from.getByPlaceholder("Digite o nome").fill(name);
      await from.getByRole("option", { name }).click();
      await from.locator(".dialog").getByRole("button", { name: "Transferir" }).click();
      await offer(to).waitFor();
      await accept(to);
      await from.locator(`[data-talk="${id}"]`).waitFor({ state: "detached" });
      await to.getByRole("heading", { name: "Marina Alves", level: 2 }).waitFor();
    };
    await hand(ana, his, tag);
    expect(await composer(his).inputValue()).toBe("");
    expect(await ana.evaluate(() => JSON.stringify(localStorage))).not.toContain("cliente difícil");
    await composer(his).fill("rascunho do Bruno");
    await hand(his, ana, w.people[0]!.name);
    expect(await composer(ana).inputValue()).toBe("");
    expectClean(ana);
    expectClean(his);
  });
});
