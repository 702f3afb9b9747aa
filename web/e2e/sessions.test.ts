import { describe, expect, test } from "vitest";
import { admin } from "./admin.world.ts";
import { findings, looks } from "./findings.ts";
import { expectClean, until, World } from "./world.ts";

describe("sessions", () => {
  test("one sees where one is signed in, and ends one session or all others; the desks of those ask to sign in", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const [here, there, third] = [await w.desk(w.people[0]!), await w.desk(w.people[0]!), await w.desk(w.people[0]!)];
    await here.getByRole("button", { name: "Menu de Ana Ribeiro" }).click();
    await here.getByRole("button", { name: "Onde estou conectado" }).click();
    const dialog = here.getByRole("dialog", { name: "Onde estou conectado" });
    await until(() => dialog.locator(".sessions li").count(), (n) => n === 3);
    expect(await dialog.locator(".sessions li", { hasText: "Esta" }).getByRole("button").count()).toBe(0);
    for (const [, look] of looks) expect(await findings(here, look)).toEqual([]);
    await dialog.locator(".sessions li").first().getByRole("button", { name: /^Encerrar a conexão de 127/ }).click(); // the newest
    await third.getByLabel("Senha").waitFor();
    await until(() => dialog.locator(".sessions li").count(), (n) => n === 2);
    await expect.poll(() => there.locator(".presence").count()).toBe(1);
    await dialog.getByRole("button", { name: "Encerrar todas as outras" }).click();
    await there.getByLabel("Senha").waitFor();
    await until(() => dialog.locator(".sessions li").count(), (n) => n === 1);
    expect(await dialog.getByRole("button", { name: "Encerrar todas as outras" }).count()).toBe(0);
    await here.keyboard.press("Escape");
    await here.locator(".presence").waitFor();
    expectClean(here);
  });

  test("an administrator signs an agent out everywhere, after a second click", async () => {
    const w = await World.make(["Ana Ribeiro"]);
    const ana = await w.desk(w.people[0]!);
    const page = await admin(`/agents/${w.people[0]!.id}`);
    await page.getByText(/^Conectado em 1 lugar; último uso/).waitFor();
    await page.getByRole("button", { name: "Desconectar" }).click();
    await expect.poll(() => ana.locator(".presence").count()).toBe(1);
    await page.getByRole("button", { name: "Desconectar agora?" }).click();
    await ana.getByLabel("Senha").waitFor();
    await page.getByText("Não está conectado.").waitFor();
    expectClean(page);
  });
});
