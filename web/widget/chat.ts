import { refile } from "../src/wire/files.ts";
import { freshId } from "../src/wire/id.ts";
import { type Place as Session, Link, type Phase } from "../src/wire/link.ts";
import { CommandRefused, Outbox } from "../src/wire/outbox.ts";
import {
  CloseCode, WidgetSubprotocol,
  type Event, type Message, type WidgetCommands, type WidgetConversation, type WidgetEvents, type WidgetMessages, type WidgetSend, type WidgetSnapshot,
} from "../src/wire/protocol.ts";
import { keep, keptKey, read, speaker } from "./kept.ts";
import { empty, fromUs, insert, lastOfTheirs, replace, type Model } from "./model.ts";
import type { Place } from "./mounted.ts";
import { isKey, type Key } from "./words.ts";

const typingMS = 3_000; // the sign is renewed while somebody types
const typedMS = 8_000; // without another sign the agent has stopped

const errorKey = (code: string): Key => (isKey(`error.${code}`) ? (`error.${code}` as Key) : "error.other");

/** The session of one speaker on one channel, and what is known from it. */
export class Chat {
  readonly place: Place;
  readonly proof: string;
  model: Model = empty;
  private readonly watchers = new Set<() => void>();
  private readonly key: string;
  private readonly outbox: Outbox;
  private readonly link: Link<WidgetCommands, WidgetSnapshot>;
  private typedAt = 0;
  private told = { id: "", seq: 0 }; // what message.read has said
  private forget: ReturnType<typeof setTimeout> | undefined;

  constructor(place: Place, open: boolean) {
    this.place = place;
    this.proof = place.proof();
    this.key = keptKey(place.channel, this.proof);
    this.outbox = new Outbox(`widget.${place.channel}.${speaker(this.proof)}`, localStore());
    const left = this.takeLeft();
    this.model = { ...empty, ...left?.model, open, phase: "connecting", answers: read(this.key).answers ?? null };
    this.link = new Link<WidgetCommands, WidgetSnapshot>({
      url: `${place.server.replace(/^http/, "ws")}/api/v1/widget/ws?channel=${encodeURIComponent(place.channel)}`,
      subprotocol: WidgetSubprotocol, outbox: this.outbox, from: left?.session,
      who: (resuming) => this.who(resuming), goOn: (code) => this.goOn(code),
      onPhase: (phase) => this.phase(phase), onSnapshot: (s) => this.snapshot(s), onEvent: (e) => this.event(e),
    });
    const flush = this.outbox.changed;
    this.outbox.changed = () => {
      flush();
      this.set({});
    };
    this.outbox.settled = (e, r) => {
      if (e.name !== "message.send") return;
      this.set({ echoed: this.model.echoed.filter((id) => id !== e.id) });
      if (r.ok) return this.arrived((r.data as { message: Message }).message);
      const { text = "", attachment_ids: files = [] } = e.data as WidgetSend;
      this.set({ failed: [...this.model.failed, { id: e.id, text, files, error: errorKey(r.error?.code ?? "") }] });
    };
    globalThis.addEventListener("pagehide", this.leave);
    document.addEventListener("visibilitychange", this.saw);
    this.link.start();
  }

  end(): void {
    globalThis.removeEventListener("pagehide", this.leave);
    document.removeEventListener("visibilitychange", this.saw);
    clearTimeout(this.forget);
    this.watchers.clear();
    this.link.stop();
  }

  watch(f: () => void): () => void {
    this.watchers.add(f);
    return () => this.watchers.delete(f);
  }

  set(change: Partial<Model>): void {
    this.model = { ...this.model, ...change };
    for (const f of this.watchers) f();
  }

  /** A page that is left hands its session to the next one of this tab; a copied tab finds nothing. */
  private readonly leave = (): void => {
    const { data, conversation, messages, more } = this.model;
    const session = this.link.place();
    if (!data || !session) return;
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ session, model: { data, conversation, messages, more } }));
    } catch {
      // the next page takes a snapshot
    }
  };

  private takeLeft(): { session: Session; model: Partial<Model> } | undefined {
    try {
      const line = sessionStorage.getItem(this.key);
      sessionStorage.removeItem(this.key);
      return line ? (JSON.parse(line) as { session: Session; model: Partial<Model> }) : undefined;
    } catch {
      return undefined;
    }
  }

  private who(resuming: boolean): object {
    const token = read(this.key).token;
    const name = this.place.element.getAttribute("name");
    return {
      ...(this.proof ? { identity_proof: this.proof } : token ? { visitor_token: token } : {}),
      ...(name ? { name: name.slice(0, 100) } : {}),
      page: (location.origin + location.pathname).slice(0, 2048), // a query may hold secrets of the page
      ...(!resuming && this.model.answers ? { attributes: this.model.answers } : {}),
    };
  }

  /** A token that the server does not know is given up, and answers to a form that has changed are; a proof is the site's to renew. */
  private goOn(code: number): boolean {
    if (code === CloseCode["bad ticket"]) {
      if (this.proof || !read(this.key).token) {
        this.set({ unproven: true });
        return false;
      }
      keep(this.key, { token: "", talks: false });
    }
    if (code === CloseCode["protocol error"] && this.model.answers) this.answer(null);
    return true;
  }

  private phase(phase: Phase): void {
    this.set({ phase, ...(phase === "live" ? {} : { typing: null }) });
    if (phase === "live") this.saw();
  }

  private snapshot(s: WidgetSnapshot): void {
    const d = s.data;
    if (d.visitor_token) keep(this.key, { token: d.visitor_token });
    this.place.paint(d.widget.color);
    keep(this.key, { color: d.widget.color });
    this.set({ data: d, messages: d.messages, more: d.more, typing: null });
    this.turned(d.conversation);
  }

  private turned(c: WidgetConversation | null): void {
    this.set({ conversation: c });
    keep(this.key, { talks: !!c && (c.state !== "closed" || (c.rating_asked && !c.rating)) });
    this.saw();
  }

  private event(e: Event): void {
    const data = e.data as WidgetEvents[keyof WidgetEvents];
    switch (e.name as keyof WidgetEvents) {
      case "conversation.message": return this.arrived((data as WidgetEvents["conversation.message"]).message);
      case "conversation.message_changed": return this.set({ messages: replace(this.model.messages, (data as WidgetEvents["conversation.message_changed"]).message) });
      case "attachment.updated": return this.set({ messages: refile(this.model.messages, (data as WidgetEvents["attachment.updated"]).attachment) });
      case "conversation.state": return this.turned(data as WidgetConversation);
      case "widget.hours": return this.set({ data: this.model.data && { ...this.model.data, hours: data as WidgetEvents["widget.hours"] } });
      case "conversation.typing": return this.types(data as WidgetEvents["conversation.typing"]);
      case "conversation.delivery": return this.receipt(data as WidgetEvents["conversation.delivery"]);
    }
  }

  private arrived(m: Message): void {
    const known = this.model.messages.find((x) => x.id === m.id);
    if (!known) this.set({ messages: insert(this.model.messages, m) });
    if (fromUs(m)) {
      const twin = this.pending().find((p) => p.text === m.text && p.files.length === m.attachments.length);
      if (twin && !known) this.set({ echoed: [...this.model.echoed, twin.id] });
    } else {
      this.set({ typing: null });
      this.saw();
    }
  }

  private types(t: WidgetEvents["conversation.typing"]): void {
    clearTimeout(this.forget);
    this.set({ typing: t.typing ? t.author.name : null });
    if (t.typing) this.forget = setTimeout(() => this.set({ typing: null }), typedMS);
  }

  private receipt(d: WidgetEvents["conversation.delivery"]): void {
    const c = this.model.conversation;
    if (c?.id === d.conversation_id && d.delivery === "read") this.set({ conversation: { ...c, read_seq: Math.max(c.read_seq, d.seq) } });
  }

  /** What is sent and has no answer yet, in order. */
  pending(): { id: string; text: string; files: string[] }[] {
    return this.outbox.entries().flatMap((e) => {
      if (e.name !== "message.send" || this.model.echoed.includes(e.id)) return [];
      const { text = "", attachment_ids: files = [] } = e.data as WidgetSend;
      return { id: e.id, text, files };
    });
  }

  say(text: string, files: string[], again?: string): void {
    if (again) this.set({ failed: this.model.failed.filter((f) => f.id !== again) });
    this.typedAt = 0;
    const data: WidgetSend = { ...(text ? { text } : {}), ...(files.length ? { attachment_ids: files } : {}) };
    this.link.send("message.send", data, "kept").catch((e: unknown) => {
      // What the server refuses is kept by `settled`; what is too long for a frame never got there.
      if (e instanceof CommandRefused && e.error.code === "too_long" && !this.model.failed.some((f) => f.text === text)) {
        this.set({ failed: [...this.model.failed, { id: freshId(), text, files, error: "error.too_long" }] });
      }
    });
    keep(this.key, { talks: true });
  }

  type(typing: boolean): void {
    const now = Date.now();
    if (this.model.conversation?.state !== "active" || (typing ? now - this.typedAt < typingMS : !this.typedAt)) return;
    this.typedAt = typing ? now : 0;
    this.link.send("typing.set", { typing }, "once").catch(() => {});
  }

  /** The unread messages count as seen while the chat is open before somebody's eyes. */
  readonly saw = (): void => {
    const { conversation: c, open, phase } = this.model;
    const seq = lastOfTheirs(this.model);
    if (!c || !open || document.hidden || !seq) return;
    const seen = read(this.key).seen;
    if (seen?.id !== c.id || seen.seq < seq) keep(this.key, { seen: { id: c.id, seq } });
    if (phase !== "live" || (this.told.id === c.id && this.told.seq >= seq)) return;
    this.told = { id: c.id, seq };
    this.link.send("message.read", { seq }).catch(() => {});
  };

  unread(): number {
    const { conversation: c, messages, open } = this.model;
    const seen = read(this.key).seen;
    if (!c || (open && !document.hidden)) return 0;
    return messages.filter((m) => m.conversation_id === c.id && !fromUs(m) && m.author.kind !== "system" && m.seq > (seen?.id === c.id ? seen.seq : 0)).length;
  }

  /** The answers reach the server with a session that starts anew. */
  answer(answers: { [key: string]: string } | null): void {
    this.set({ answers });
    keep(this.key, { answers: answers ?? undefined } as object);
    if (answers) this.link.startOver();
  }

  finish(): void {
    this.link.send("conversation.end", {}).catch(() => {});
  }

  async rate(rating: number, comment: string): Promise<void> {
    await this.link.send("rating.give", { rating, ...(comment ? { comment } : {}) });
  }

  /** A request with the credential of who speaks. */
  request(path: string): Promise<Response> {
    const sep = path.includes("?") ? "&" : "?";
    return fetch(`${this.place.server}/api/v1/widget/${path}${sep}channel=${encodeURIComponent(this.place.channel)}`, { headers: { Authorization: `Bearer ${this.credential()}` }, credentials: "omit" });
  }

  credential(): string {
    return this.proof || (read(this.key).token ?? "");
  }

  /** Loads the messages before the first one; false: there was none, or no answer. */
  async earlier(): Promise<boolean> {
    const first = this.model.messages[0];
    if (!first || !this.model.more || this.model.loading) return false;
    this.set({ loading: true });
    try {
      const answer = await this.request(`conversations/${first.conversation_id}/messages?before_seq=${first.seq}&limit=100`);
      if (!answer.ok) return false;
      const page = (await answer.json()) as WidgetMessages;
      if (this.model.messages[0]?.id !== first.id) return false; // a snapshot came meanwhile and begins elsewhere
      this.set({ messages: [...page.messages, ...this.model.messages], more: page.more });
      return true;
    } catch {
      return false;
    } finally {
      this.set({ loading: false });
    }
  }
}

/** Where the browser gives no storage, the memory of this page. */
function localStore(): Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length"> {
  try {
    return localStorage;
  } catch {
    return { getItem: () => null, setItem: () => {}, removeItem: () => {}, key: () => null, length: 0 };
  }
}
