import { describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { accept, composer, expectClean, offer, World } from "./world.ts";

const menu = async (page: Page): Promise<void> => {
  await page.getByRole("button", { name: /^Menu de/ }).click();
  await page.getByRole("switch", { name: "Compacto" }).waitFor();
};
const root = (page: Page, what: string) => page.evaluate((name) => document.documentElement.dataset[name], what);

describe("the look", () => {
  test("high contrast and compact are switched on at once, kept, and what they say: stronger colours, less room", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.ready(w.people[0]!);
    await w.write("Oi", "Marina Alves");
    await offer(page).waitFor();
    await accept(page);
    const text = () => page.locator(".thread-title p").evaluate((x) => getComputedStyle(x).color);
    const height = async () => (await page.locator(".talk").boundingBox())!.height;
    const [colour, tall] = [await text(), await height()];
    await menu(page);
    await page.getByRole("switch", { name: "Alto contraste" }).check();
    await expect.poll(() => root(page, "contrast")).toBe("more");
    expect(await text()).not.toBe(colour);
    await page.getByRole("switch", { name: "Compacto" }).check();
    await expect.poll(() => root(page, "density")).toBe("compact");
    await expect.poll(() => height()).toBeLessThan(tall);
    await page.reload();
    await page.getByRole("tab", { name: /Conversas/ }).click();
    expect([await root(page, "contrast"), await root(page, "density")]).toEqual(["more", "compact"]);
    await expect.poll(() => height()).toBeLessThan(tall);
    expectClean(page);
  });

  test("who asks the system for more contrast begins with it; less motion moves nothing", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.desk(w.people[0]!, { contrast: "more", reducedMotion: "reduce" });
    await expect.poll(() => root(page, "contrast")).toBe("more");
    const moves = await page.evaluate(() => document.getAnimations().filter((a) => Number(a.effect?.getComputedTiming().duration) > 20).length);
    expect(moves).toBe(0);
  });
});

describe("shortcuts", () => {
  test("each does its act, is given other keys or none, and is kept; keys of another and Ctrl+Alt are refused; all can be switched off", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const page = await w.desk(w.people[0]!);
    await page.keyboard.press("Alt+p");
    await page.locator(".presence.ready").waitFor();
    await w.write("Oi", "Marina Alves");
    await offer(page).waitFor();
    await page.keyboard.press("Alt+a");
    await page.getByRole("heading", { name: "Marina Alves", level: 2 }).waitFor();
    await w.write("Bom dia", "Rafael Duarte");
    await offer(page).waitFor();
    await composer(page).fill("Olá");
    await page.keyboard.press("Alt+a"); // the draft keeps the focus
    await page.locator(".talk.fresh").waitFor();
    await expect.poll(() => composer(page).inputValue()).toBe("Olá");
    await page.keyboard.press("Alt+ArrowDown");
    await page.getByRole("heading", { name: "Rafael Duarte", level: 2 }).waitFor();
    await page.keyboard.press("Alt+f");
    await page.getByRole("dialog", { name: "Finalizar: Rafael Duarte" }).waitFor();
    await page.keyboard.press("Escape");

    await menu(page);
    await page.getByRole("button", { name: "Atalhos de teclado" }).click();
    const dialog = page.getByRole("dialog", { name: "Atalhos de teclado" });
    const button = (name: string) => dialog.getByRole("button", { name: new RegExp(`^${name}:`) });
    await button("Finalizar chat").click();
    await page.keyboard.press("Control+Alt+g");
    await dialog.getByText(/Ctrl\+Alt digita caracteres/).waitFor();
    await page.keyboard.press("g");
    await dialog.getByText(/Use Ctrl ou Alt com outra tecla/).waitFor();
    await page.keyboard.press("Alt+t");
    await dialog.getByText("Alt+T já é de “Transferir”.").waitFor();
    await page.keyboard.press("Alt+g");
    await dialog.getByRole("button", { name: "Finalizar chat: Alt+G" }).waitFor();
    await button("Transferir").click();
    await page.keyboard.press("Delete");
    await dialog.getByRole("button", { name: "Transferir: nenhum" }).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.reload();
    await page.getByRole("tab", { name: /Conversas/ }).click();
    await page.locator(".talk").first().click();
    await page.locator(".thread-head").waitFor();
    await page.keyboard.press("Alt+t");
    await page.keyboard.press("Alt+f");
    await page.keyboard.press("Alt+g");
    await page.getByRole("dialog", { name: /^Finalizar:/ }).waitFor();
    await expect.poll(() => page.getByRole("dialog").count()).toBe(1);
    await page.keyboard.press("Escape");

    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: /comando/ }).fill("atalhos");
    await page.keyboard.press("Enter");
    await dialog.getByRole("switch", { name: "Usar atalhos" }).uncheck();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.keyboard.press("Control+k");
    await page.keyboard.press("Alt+g");
    await page.keyboard.press("Alt+p");
    await menu(page); // by pointer everything is still there
    expect(await page.getByRole("dialog").count()).toBe(0);
    await expect.poll(() => page.locator(".presence.ready").count()).toBe(1);
    expectClean(page);
  });
});
