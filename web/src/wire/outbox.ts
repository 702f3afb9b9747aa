import type { Commands, Error as WireError, Reply, WidgetCommands } from "./protocol.ts";

export type CommandName = keyof Commands;

/** How a command survives what may happen to it. kept: also a reload; once: not even a lost connection. */
export type Keep = "kept" | "retried" | "once";

export interface Entry {
  id: string;
  name: CommandName | keyof WidgetCommands;
  data: unknown;
  at: number;
  keep: Keep;
}

export class CommandRefused extends Error {
  readonly error: WireError;
  constructor(error: WireError) {
    super(error.code);
    this.error = error;
  }
}

interface Waiting extends Entry {
  sent: boolean;
  settle?: (r: Reply) => void;
  fail?: (e: Error) => void;
}

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/**
 * Commands without their reply, in order. Those that are kept have a line of their own in the browser's storage, so that
 * tabs do not overwrite each other; a tab that starts takes over all lines of its agent. Two tabs may send the same
 * command: the server answers both with the first answer.
 */
export class Outbox {
  private waiting: Waiting[] = [];
  private readonly prefix: string;
  private readonly store: Store;
  /** Told after every change. */
  changed: () => void = () => {};
  /** Told of every reply, also to commands of an earlier page. */
  settled: (e: Entry, r: Reply) => void = () => {};

  constructor(agent: string, store: Store) {
    this.prefix = `pronto.outbox.${agent}.`;
    this.store = store;
    for (let i = 0; i < store.length; i++) {
      const key = store.key(i);
      if (key?.startsWith(this.prefix)) this.restore(store.getItem(key));
    }
    this.waiting.sort((a, b) => a.at - b.at);
  }

  private restore(line: string | null): void {
    try {
      const e = JSON.parse(line ?? "") as Entry;
      if (e.id && e.name) this.waiting.push({ ...e, sent: false });
    } catch {
      // a line that an older version wrote otherwise: nothing can be made of it
    }
  }

  /** The entries in the order in which they were made. */
  entries(): readonly Entry[] {
    return this.waiting;
  }

  add(e: Entry): Promise<Reply> {
    const w: Waiting = { ...e, sent: false };
    const done = new Promise<Reply>((settle, fail) => Object.assign(w, { settle, fail }));
    this.waiting.push(w);
    if (e.keep === "kept") this.save(e);
    this.changed();
    return done;
  }

  private save(e: Entry): void {
    try {
      this.store.setItem(this.prefix + e.id, JSON.stringify(e));
    } catch {
      // the browser gives no room: the command still lives as long as this page
    }
  }

  /** The next entries to send, while fewer than `window` are under way. */
  take(window: number): Entry[] {
    const free = window - this.waiting.filter((w) => w.sent).length;
    const next = this.waiting.filter((w) => !w.sent).slice(0, Math.max(0, free));
    for (const w of next) w.sent = true;
    return next;
  }

  reply(r: Reply): void {
    const w = this.remove(r.id);
    if (!w) return;
    this.settled(w, r);
    if (r.ok) w.settle?.(r);
    else w.fail?.(new CommandRefused(r.error ?? { code: "internal", message: "" }));
    this.changed();
  }

  /** The connection is gone: what may be repeated will be, the rest fails. */
  lost(): void {
    for (const w of this.waiting.filter((x) => x.keep === "once")) {
      this.remove(w.id);
      w.fail?.(new CommandRefused({ code: "offline", message: "" }));
    }
    for (const w of this.waiting) w.sent = false;
    this.changed();
  }

  private remove(id: string): Waiting | undefined {
    const at = this.waiting.findIndex((w) => w.id === id);
    if (at < 0) return undefined;
    this.store.removeItem(this.prefix + id);
    return this.waiting.splice(at, 1)[0];
  }
}
