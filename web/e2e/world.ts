import { createHash } from "node:crypto";
import { cpus, loadavg } from "node:os";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page, type Route } from "playwright-core";
import { expect, inject } from "vitest";
import type { Agent, Channel, ConversationHead, InboundAnswer, Problem, Queue, Script } from "../src/wire/protocol.ts";

export const url = inject("url");
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
let browser: Promise<Browser> | undefined;
const contexts: BrowserContext[] = [];

/** The pages that are open outlive the test, up to the end of the file: the next tests go on with them. */
export function keepPages(): void {
  contexts.length = 0; // they close with the browser
}

export async function closePages(): Promise<void> {
  await Promise.all(contexts.splice(0).map((c) => c.close()));
}

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}

/** One request with a credential of one's own; the administrator's when none is given. */
export async function api<T>(path: string, body?: unknown, o: { method?: string; token?: string; at?: string } = {}): Promise<T> {
  const answer = await fetch(`${o.at ?? url}/api/v1${path}`, {
    method: o.method ?? (body === undefined ? "GET" : "POST"),
    headers: { Authorization: `Bearer ${o.token ?? inject("token")}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (answer.status === 429) { // a test that makes thousands of things waits, as any client does
    await new Promise((again) => setTimeout(again, (JSON.parse(text) as Problem).data?.retry_after_ms as number ?? 50));
    return api(path, body, o);
  }
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return (text ? JSON.parse(text) : undefined) as T;
}

let count = 0;
const unique = (): string => `${Date.now().toString(36)}${(count++).toString(36)}`;

export interface Person extends Agent {
  password: string;
}

/** A queue, a channel into it, and people who serve it: apart from those of every other test. */
export class World {
  queue!: Queue;
  channel!: Channel;
  people: Person[] = [];
  private said = 0;

  static async make(names: string[], queue: object = {}, person: object = {}): Promise<World> {
    const w = new World();
    const tag = unique();
    w.queue = await api<Queue>("/queues", { name: `Financeiro ${tag}`, offer_time_ms: 30_000, subject: "Segunda via", ...queue });
    w.channel = await api<Channel>("/channels", { name: `WhatsApp ${tag}`, kind: "generic", queue_id: w.queue.id });
    w.people = await Promise.all(names.map((name) => w.person(name, person)));
    return w;
  }

  async person(name: string, more: object = {}): Promise<Person> {
    const password = "outra-boa-senha";
    const made = await api<Agent>("/agents", { name, login: `p${unique()}`, password, role: "agent", queue_ids: [this.queue.id], capacity: 5, ...more });
    return { ...made, password };
  }

  /** A customer writes; without a number it is a new one each time. */
  write(text: string, name = "Marina Alves", phone = `+55119${String(Date.now() % 1e6).padStart(6, "0")}${String(this.said % 100).padStart(2, "0")}`): Promise<InboundAnswer> {
    return api<InboundAnswer>(`/channels/${this.channel.id}/messages`, {
      external_id: `x${unique()}${this.said++}`, text, contact: { name, identities: [{ kind: "phone", value: phone }], documents: [{ kind: "cpf", value: "52998224725" }] },
    });
  }

  head(id: string): Promise<ConversationHead> {
    return api<ConversationHead>(`/conversations/${id}`);
  }

  /** The desk of somebody, in a browser of their own. */
  async desk(who: Person, o: BrowserContextOptions = {}): Promise<Page> {
    const page = await newPage(o);
    await signIn(page, who);
    return page;
  }

  /** The desk of somebody who is ready. */
  async ready(who: Person, o: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.desk(who, o);
    await becomeReady(page);
    return page;
  }
}

export async function script(name = "Financeiro"): Promise<Script> {
  return api<Script>("/scripts", {
    name: `${name} ${unique()}`,
    reasons: [{ id: "fatura", label: "Fatura", children: [{ id: "segunda", label: "Segunda via" }, { id: "cobranca", label: "Cobrança indevida" }] }, { id: "acordo", label: "Acordo" }],
    questions: [{ id: "canal", label: "Por onde soube?", kind: "choice", choices: ["Site", "Amigo"], required: false }],
  });
}

const problems = new WeakMap<Page, string[]>();

export async function newPage(o: BrowserContextOptions = {}, at = url): Promise<Page> {
  browser ??= chromium.launch({ executablePath: inject("chromium"), headless: true, args: flags });
  const context = await (await browser).newContext({ viewport: { width: 1366, height: 768 }, locale: "pt-BR", timezoneId: "America/Sao_Paulo", ...o });
  contexts.push(context);
  context.setDefaultTimeout(Number(process.env.PRONTO_WAIT ?? 60_000));
  if (delays > 0) await context.route("**/api/**", late);
  const page = await context.newPage();
  watch(page, at);
  return page;
}

/**
 * PRONTO_BROWSER_DELAYS=1500: a third of the routes, in a page, are slow by so many ms; which of them, PRONTO_SEED says.
 * What passes only because one answer comes before another one fails then, and fails again with the same seed.
 */
const delays = Number(process.env.PRONTO_BROWSER_DELAYS ?? 0);
const seed = process.env.PRONTO_SEED ?? "";

async function late(route: Route): Promise<void> {
  const request = route.request();
  const path = new URL(request.url()).pathname.replace(/\/[a-z]+_[0-9a-z]+/gi, "/{id}");
  if (createHash("sha256").update(`${seed} ${request.method()} ${path}`).digest()[0]! % 3 === 0) await new Promise((go) => setTimeout(go, delays));
  await route.fallback().catch(() => {}); // a page that has closed meanwhile
}

/** What the page complains about, and every request that leaves the server, is a failure of the test that asks. */
export function watch(page: Page, at = url): void {
  const list: string[] = [];
  problems.set(page, list);
  page.on("pageerror", (e) => list.push(`error: ${e.message}`));
  page.on("console", (m) => (m.type() === "error" && /Content Security|Trusted|Minified React|Uncaught/.test(m.text()) ? list.push(m.text()) : undefined));
  page.on("request", (r) => (/^(https?|wss?):/.test(r.url()) && new URL(r.url()).host !== new URL(at).host ? list.push(`leaves: ${r.url()}`) : undefined));
}

export function expectClean(page: Page): void {
  expect(problems.get(page)).toEqual([]);
}

export async function signIn(page: Page, who: Pick<Person, "login" | "password">, at = url): Promise<void> {
  await page.goto(`${at}/desk/`);
  await page.getByLabel("Login").fill(who.login);
  await page.getByLabel("Senha").fill(who.password);
  await page.getByRole("button", { name: "Entrar" }).click();
  await page.locator(".presence").waitFor();
}

export async function becomeReady(page: Page): Promise<void> {
  await page.locator(".presence-main").click();
  await page.locator(".presence.ready").waitFor();
}

export const offer = (page: Page) => page.locator(".offer");
export const composer = (page: Page) => page.getByLabel("Mensagem para o cliente");
export const messages = (page: Page) => page.locator(".thread .message:not(.pending) .message-text");

/** Accepts the next offer and waits until its conversation is open. */
export async function accept(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Aceitar" }).first().click();
  await page.locator(".thread-head").waitFor();
}

/** Waits until something holds on the server. */
export async function until<T>(ask: () => Promise<T>, holds: (x: T) => boolean, limit = within(3000)): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    const x = await ask();
    if (holds(x)) return x;
    if (Date.now() > end) throw new Error(`not within ${limit} ms: ${JSON.stringify(x)}`);
    await new Promise((again) => setTimeout(again, 15));
  }
}

/** A time limit of the design in milliseconds, stretched where other programs share the machine's cores. */
export function within(ms: number): number {
  return ms * Math.max(1, (2 * loadavg()[0]!) / cpus().length) + 100 + 4 * delays; // 100: the test's own way to the browser and back
}
