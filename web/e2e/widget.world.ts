import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContextOptions, Page } from "playwright-core";
import { inject } from "vitest";
import type { Channel, Queue } from "../src/wire/protocol.ts";
import { api, newPage, url, World } from "./world.ts";

/** A site on another origin, whose policy allows nothing but the server: no inline script or style, no picture, no other address. */
export class Site {
  origin = "";
  server = url;
  attributes = "";
  private readonly http = createServer((req, res) => {
    const at = this.server;
    res.setHeader("Content-Type", "text/html; charset=utf-8");
    res.setHeader("Content-Security-Policy", `default-src 'none'; script-src ${at}; connect-src ${at} ${at.replace("http", "ws")}; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'`);
    if (req.url === "/favicon.ico") return void res.end();
    res.end(`<!doctype html><html lang="pt-BR"><head><meta charset="utf-8"><title>Loja</title><meta name="viewport" content="width=device-width"><script async src="${at}/widget.js"></script></head>
<body><main><h1>Loja</h1><a href="/outra">Outra página</a></main><pronto-chat ${this.attributes}></pronto-chat></body></html>`);
  });

  async open(): Promise<this> {
    await new Promise<void>((up) => this.http.listen(0, "127.0.0.1", up));
    this.origin = `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
    return this;
  }

  close(): void {
    this.http.closeAllConnections();
    this.http.close();
  }

  /** A web channel that this site may show, into the queue of a world. */
  async channel(w: World, widget: object = {}, server?: { call: typeof api }): Promise<Channel> {
    const made = await (server?.call ?? api)<Channel>("/channels", {
      name: `Chat ${Date.now().toString(36)}`, kind: "web", queue_id: w.queue.id,
      widget: { origins: [this.origin], title: "Fale com a Loja", welcome: "Olá! Como podemos ajudar?", color: "#0b6bcb", language: "pt-BR", ...widget },
    });
    this.attributes = `channel="${made.id}"`;
    return made;
  }
}

/** Complaints of the page and its policy, and requests to anybody but the site and the server. */
export interface Watched {
  page: Page;
  complaints: string[];
}

/** The page of a customer. Closed shadow roots are opened to the test, by a script that the browser itself adds. */
export async function customer(site: Site, o: BrowserContextOptions = {}): Promise<Watched> {
  const page = await newPage(o);
  return watched(site, page);
}

export async function watched(site: Site, page: Page): Promise<Watched> {
  const complaints: string[] = [];
  await page.addInitScript(() => {
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (init) {
      (globalThis as unknown as { modes: string[] }).modes = [...((globalThis as unknown as { modes?: string[] }).modes ?? []), init.mode];
      return attach.call(this, { ...init, mode: "open" });
    };
  });
  page.on("pageerror", (e) => complaints.push(`error: ${e.message}`));
  page.on("console", (m) => (/Content Security|Trusted|Refused/.test(m.text()) ? complaints.push(m.text()) : undefined));
  page.on("request", (r) => {
    const { protocol, origin } = new URL(r.url());
    if (/^https?:/.test(protocol) && origin !== site.origin && origin !== site.server) complaints.push(`leaves: ${r.url()}`);
  });
  await page.goto(site.origin);
  return { page, complaints };
}

export const launcher = (page: Page) => page.locator("pronto-chat .launcher");
export const panel = (page: Page) => page.getByRole("dialog");
export const field = (page: Page) => page.getByLabel("Escreva sua mensagem");
export const said = (page: Page) => page.locator(".log .row:not(.pending) .bubble:not(.welcome)");

export async function openChat(page: Page): Promise<void> {
  await launcher(page).click();
  await panel(page).waitFor();
}

export async function write(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await page.keyboard.press("Enter");
}

/** A server of one's own, which may be killed and come back on its address. */
export class Server {
  url = "";
  token = "";
  private process: ReturnType<typeof spawn> | undefined;
  readonly data: string;
  constructor(data: string) {
    this.data = data;
  }

  /** Starts; the second time on the same address as the first. */
  async start(): Promise<void> {
    const listen = this.url ? new URL(this.url).host : "127.0.0.1:0";
    const p = spawn(inject("binary"), ["serve", "--data", this.data, "--listen", listen, "--log-level", "error"], { stdio: ["ignore", "pipe", "inherit"] });
    this.process = p;
    this.url = await new Promise<string>((found, failed) => {
      let text = "";
      p.stdout.on("data", (piece: Buffer) => {
        const m = /http:\/\/[\d.]+:\d+/.exec((text += piece.toString()));
        if (m) found(m[0]);
      });
      p.once("exit", (code) => failed(new Error(`the server ended with ${code}: ${text}`)));
    });
    this.token = (await this.call<{ token: string }>("/login", { login: "root", password: "a-good-password" })).token;
  }

  async kill(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const p = this.process!;
    const ended = new Promise((done) => p.once("exit", done));
    p.kill(signal);
    await ended;
  }

  readonly call = async <T>(path: string, body?: unknown, o: { token?: string; method?: string } = {}): Promise<T> => {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method: o.method ?? (body === undefined ? "GET" : "POST"), headers: { Authorization: `Bearer ${o.token ?? this.token}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  };

  queue(name: string): Promise<Queue> {
    return this.call<Queue>("/queues", { name });
  }
}
