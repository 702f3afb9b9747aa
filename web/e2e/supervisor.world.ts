import type { Page } from "playwright-core";
import type { Queue } from "../src/wire/protocol.ts";
import { api, newPage, type Person, signIn, url, World } from "./world.ts";

/** A change of a queue's configuration, against its newest version. */
export async function configure(queue: string, change: object): Promise<void> {
  const { version } = await api<Queue>(`/queues/${queue}`);
  const { inject } = await import("vitest");
  const answer = await fetch(`${url}/api/v1/queues/${queue}`, {
    method: "PATCH", headers: { Authorization: `Bearer ${inject("token")}`, "Content-Type": "application/json", "If-Match": `"${version}"` }, body: JSON.stringify(change),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

/** A world with a supervisor of its queue alone. */
export async function supervised(names: string[], queue: object = {}): Promise<{ w: World; sonia: Person }> {
  const w = await World.make(names, queue);
  return { w, sonia: await w.person("Sônia Marques", { role: "supervisor" }) };
}

/** The supervisors' page of somebody, with its figures. */
export async function supervision(who: Person, o: Parameters<typeof newPage>[0] = {}): Promise<Page> {
  const page = await newPage(o);
  await signIn(page, who);
  await page.getByRole("tab", { name: /Supervisão/ }).click();
  await page.locator(".queue-board tbody tr").first().waitFor();
  return page;
}

export const tile = (page: Page, name: string) => page.locator(".tile").filter({ has: page.locator("dt").getByText(name, { exact: true }) });
export const figure = (page: Page, name: string) => tile(page, name).locator(".tile-figure");
export const row = (page: Page, queue: { id: string }) => page.locator(`.queue-board tr[data-queue="${queue.id}"]`);
export const agentRow = (page: Page, agent: { id: string }) => page.locator(`.grid-row[data-row="${agent.id}"]`);
