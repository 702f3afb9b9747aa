import { accent } from "./colour.ts";
import { keptKey, read } from "./kept.ts";
import css from "./loader.css?inline";
import type { AppModule, Mounted } from "./mounted.ts";

declare const appFile: string; // set by the build

const source = (document.currentScript as HTMLScriptElement | null)?.src ?? "";
const labels: { [language: string]: string } = { pt: "Abrir o chat", en: "Open chat", es: "Abrir el chat" };
const shape = "M21 11.5a8.4 8.4 0 0 1-8.5 8.3 8.9 8.9 0 0 1-3.8-.9L3 20.5l1.7-5.2A8 8 0 0 1 4 11.5a8.4 8.4 0 0 1 8.5-8.3A8.4 8.4 0 0 1 21 11.5Z";

function sheet(text: string): CSSStyleSheet {
  const s = new CSSStyleSheet();
  s.replaceSync(text);
  return s;
}

/** <pronto-chat channel="chn_…">: the button, and on the first opening the chat. */
class ProntoChat extends HTMLElement {
  static observedAttributes = ["channel", "server", "identity_proof"];
  private readonly root = this.attachShadow({ mode: "closed" });
  private readonly launcher = document.createElement("button");
  private readonly badge = document.createElement("span");
  private readonly painted = new CSSStyleSheet();
  private app: Promise<Mounted> | undefined;
  private proof = "";
  private begun = ""; // for whom: the parser tells of each attribute and then of the element

  constructor() {
    super();
    this.root.adoptedStyleSheets = [sheet(css), this.painted];
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
    svg.firstElementChild!.setAttribute("d", shape);
    this.launcher.type = "button";
    this.launcher.className = "launcher";
    this.launcher.setAttribute("aria-expanded", "false");
    this.launcher.setAttribute("aria-haspopup", "dialog");
    this.badge.className = "badge";
    this.launcher.append(svg, this.badge);
    this.launcher.onclick = () => this.act((a) => a.toggle());
    this.root.append(this.launcher);
  }

  /** Given by the page's own script, so that it stands in no document. */
  set identity_proof(value: string) {
    this.proof = value ?? "";
    this.begin();
  }
  get identity_proof(): string {
    return this.proof || (this.getAttribute("identity_proof") ?? "");
  }

  /** Opens the chat. */
  open(): void {
    this.act((a) => a.open());
  }
  /** Closes it; the conversation goes on. */
  close(): void {
    void this.app?.then((a) => a.close());
  }

  connectedCallback(): void {
    // What a page set before this script was there hides the accessor.
    if (Object.hasOwn(this, "identity_proof")) {
      const early = this.identity_proof;
      delete (this as { identity_proof?: string }).identity_proof;
      this.proof = early;
    }
    this.begin();
  }
  disconnectedCallback(): void {
    this.end();
  }
  attributeChangedCallback(): void {
    this.begin();
  }

  private end(): void {
    void this.app?.then((a) => a.end(), () => {});
    this.app = undefined;
    this.begun = "";
  }

  private begin(): void {
    const who = JSON.stringify([this.getAttribute("channel"), this.getAttribute("server"), this.identity_proof]);
    if (!this.isConnected || this.begun === who) return;
    this.end();
    this.begun = who;
    const language = (this.getAttribute("language") || document.documentElement.lang || navigator.language).slice(0, 2).toLowerCase();
    this.launcher.setAttribute("aria-label", labels[language] ?? labels.en!);
    const channel = this.getAttribute("channel");
    this.launcher.hidden = !channel;
    if (!channel) return;
    const kept = read(keptKey(channel, this.identity_proof));
    this.paint(this.getAttribute("color") || kept.color || "");
    if (kept.talks) this.load(false).catch(() => {});
  }

  private paint(color: string): void {
    this.painted.replaceSync(accent(color));
  }

  private act(what: (a: Mounted) => void): void {
    const fresh = !this.app;
    this.load(true).then((a) => fresh || what(a), () => {});
  }

  private load(open: boolean): Promise<Mounted> {
    this.app ??= this.start(open).catch((e: unknown) => {
      this.app = undefined; // no line just now: the next click tries again
      throw e;
    });
    return this.app;
  }

  private async start(open: boolean): Promise<Mounted> {
    const server = new URL(this.getAttribute("server") || source || location.href).origin;
    this.launcher.setAttribute("aria-busy", "true");
    try {
      const { begun } = this;
      const app = (await import(/* @vite-ignore */ `${server}/widget/${appFile}`)) as AppModule;
      if (begun !== this.begun) throw new Error("somebody else speaks now");
      return app.mount({
        root: this.root, element: this, launcher: this.launcher, badge: this.badge, channel: this.getAttribute("channel")!, server,
        proof: () => this.identity_proof, paint: (c) => this.paint(c),
      }, open);
    } finally {
      this.launcher.removeAttribute("aria-busy");
    }
  }
}

if (!customElements.get("pronto-chat")) customElements.define("pronto-chat", ProntoChat);
