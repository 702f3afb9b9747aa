import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { newPage, url } from "./world.ts";

/** The administration at an address below /desk/admin, signed in as the administrator. */
export async function admin(path = "", o: BrowserContextOptions = {}): Promise<Page> {
  const page = await newPage(o);
  await page.goto(`${url}/desk/admin${path}`);
  await page.getByLabel("Login").fill("root");
  await page.getByLabel("Senha").fill("a-good-password");
  await page.getByRole("button", { name: "Entrar" }).click();
  await page.locator(".admin-nav").waitFor();
  return page;
}

let count = 0;
/** A name that nothing else in the tests has. */
export const named = (what: string): string => `${what} ${Date.now().toString(36)}${(count++).toString(36)}`;

export const save = async (page: Page): Promise<void> => {
  await page.getByRole("button", { name: "Salvar", exact: true }).click();
  await page.locator(".save-state", { hasText: "Salvo" }).waitFor();
};

/** The control of a field by its JSON pointer. */
export const at = (page: Page, pointer: string) => page.locator(`[data-at="${pointer}"]`);

/** The id at the end of the page's address. */
export const idOf = (page: Page): string => new URL(page.url()).pathname.split("/")[4]!;

/** A picture for the eyes of whoever runs the tests with PRONTO_PICTURES=folder. */
export const picture = async (page: Page, name: string): Promise<void> => {
  if (process.env.PRONTO_PICTURES) await page.screenshot({ path: join(process.env.PRONTO_PICTURES, `${name}.png`) });
};

/** Lets the test look into the chat of the pages that come: it keeps its inside to itself. */
export const openShadows = async (page: Page): Promise<void> => void (await page.addInitScript(() => {
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (init) { return attach.call(this, { ...init, mode: "open" }); };
}));
