import { syncClock } from "./clock.ts";
import { freshId } from "./id.ts";
import { CommandRefused, type Entry, type Keep, type Outbox } from "./outbox.ts";
import {
  CloseCode, Subprotocol, TicketPrefix,
  type Commands, type Drain, type Event, type Hello, type Ping, type Reply, type Resumed, type Snapshot,
} from "./protocol.ts";
import { Refused } from "./rest.ts";

/** What the connection is doing. superseded, refused and signed_out are final. */
export type Phase = "connecting" | "live" | "unstable" | "reconnecting" | "offline" | "signed_out" | "superseded" | "refused";

/** Where a session stands: another page may go on from here. */
export type Place = Pick<Hello, "session" | "resume_token" | "epoch"> & { seq: number };

/** Commands by name. */
type Table<C> = { [N in keyof C]: { data: unknown; reply: unknown } };

export interface LinkOptions<S = Snapshot> {
  url: string;
  /** Customers' pages have none. */
  ticket?(): Promise<string>;
  /** That of agents when not given. */
  subprotocol?: string;
  /** What the first frame of a connection says besides start or resume. */
  who?(resuming: boolean): object;
  /** Told why a connection ended; false: no other is tried. */
  goOn?(code: number): boolean;
  /** Where an earlier page left the session. */
  from?: Place | undefined;
  outbox: Outbox;
  onPhase(p: Phase): void;
  onSnapshot(s: S): void;
  onEvent(e: Event): void;
  /** Makes the socket; tests give their own. */
  socket?: (url: string, protocols: string[]) => WebSocket;
  random?: () => number;
}

const firstPauseMS = 250;
const longestPauseMS = 15_000;
const overloadedPauseMS = 2_000;
const firstMS = 20_000; // from the hello to a snapshot or resumed: a server that answers neither has lost the session
const slowMS = 4_000; // a reply or a ping that is so late means that the line is unstable

type Frame<S> = Hello | S | Resumed | Event | Reply | Ping | Drain;

/**
 * One websocket session over any number of connections. Events come once each and in order: after a drop the session is
 * resumed at the last one seen; where one is missing, a snapshot takes the place of all.
 */
export class Link<C extends Table<C> = Commands, S extends Pick<Snapshot, "type" | "seq"> = Snapshot> {
  private readonly o: LinkOptions<S>;
  private ws: WebSocket | undefined;
  private session: Pick<Hello, "session" | "resume_token" | "epoch"> | undefined;
  private greeting: Hello | undefined;
  private seq = 0;
  private tries = 0;
  private phase: Phase = "connecting";
  private window = 1;
  private maxFrame = 16_384;
  private heartbeatMS = 15_000;
  private again: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private late: ReturnType<typeof setTimeout> | undefined;
  private first: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;
  /** When the last frame came, in milliseconds of this client's clock; 0: none yet. */
  heardAt = 0;

  constructor(o: LinkOptions<S>) {
    this.o = o;
    if (o.from) ({ seq: this.seq, ...this.session } = o.from);
    o.outbox.changed = () => this.flush();
  }

  start(): void {
    globalThis.addEventListener?.("online", this.online);
    globalThis.addEventListener?.("offline", this.offline);
    void this.connect();
  }

  place(): Place | undefined {
    return this.session && { ...this.session, seq: this.seq };
  }

  stop(): void {
    this.stopped = true;
    globalThis.removeEventListener?.("online", this.online);
    globalThis.removeEventListener?.("offline", this.offline);
    clearTimeout(this.again);
    this.drop();
  }

  /** Sends a command, now or when there is a connection again. It rejects with CommandRefused. */
  async send<N extends keyof C & Entry["name"]>(name: N, data: C[N]["data"], keep: Keep = "retried", id: string = freshId()): Promise<C[N]["reply"]> {
    if (keep === "once" && this.phase !== "live" && this.phase !== "unstable") throw new CommandRefused({ code: "offline", message: "" });
    const size = new TextEncoder().encode(JSON.stringify(data)).length + 200;
    if (size > this.maxFrame) throw new CommandRefused({ code: "too_long", message: "" });
    const reply = await this.o.outbox.add({ id, name, data, at: Date.now(), keep });
    return reply.data as C[N]["reply"];
  }

  private readonly online = (): void => {
    clearTimeout(this.again);
    this.tries = 0;
    if (!this.ws) void this.connect();
  };

  /** A line that the browser calls dead is not waited for: what is open may never say that it ended. */
  private readonly offline = (): void => this.closed(1006);

  private setPhase(p: Phase): void {
    if (p === this.phase) return;
    this.phase = p;
    this.o.onPhase(p);
  }

  private async connect(): Promise<void> {
    clearTimeout(this.again);
    if (this.stopped) return;
    const protocols = [this.o.subprotocol ?? Subprotocol];
    try {
      if (this.o.ticket) protocols.push(TicketPrefix + (await this.o.ticket()));
    } catch (e) {
      if (e instanceof Refused && e.code === "unauthorized") this.end("signed_out");
      else this.retry();
      return;
    }
    if (this.stopped) return;
    const make = this.o.socket ?? ((url, protocols) => new WebSocket(url, protocols));
    const ws = make(this.o.url, protocols);
    this.ws = ws;
    ws.onmessage = (m) => ws === this.ws && this.receive(JSON.parse(m.data as string) as Frame<S>);
    ws.onclose = (e) => ws === this.ws && this.closed(e.code);
    this.listen();
  }

  private receive(f: Frame<S>): void {
    this.heardAt = Date.now();
    this.listen();
    switch (f.type) {
      case "hello": return this.greet(f);
      case "snapshot": return this.live(f.seq, () => this.o.onSnapshot(f as S));
      case "resumed": return f.from === this.seq + 1 ? this.live(this.seq) : this.startOver();
      case "event": return this.event(f);
      case "reply":
        clearTimeout(this.late);
        if (this.phase === "unstable") this.setPhase("live");
        return this.o.outbox.reply(f);
      case "ping": return this.write({ type: "pong", n: f.n, seq: this.seq });
      case "drain": return this.drain(f);
    }
  }

  private greet(h: Hello): void {
    syncClock(h.now);
    this.greeting = h;
    this.window = h.command_window;
    this.maxFrame = h.max_frame_bytes;
    this.heartbeatMS = h.heartbeat_ms;
    const who = this.o.who?.(this.session !== undefined);
    clearTimeout(this.first);
    this.first = setTimeout(() => {
      this.session = undefined;
      this.closed(1006);
    }, firstMS);
    this.write(this.session ? { type: "resume", ...this.session, seq: this.seq, ...who } : { type: "start", ...who });
  }

  private live(seq: number, before?: () => void): void {
    clearTimeout(this.first);
    this.seq = seq;
    const { session, resume_token, epoch } = this.greeting!;
    this.session = { session, resume_token, epoch };
    this.tries = 0;
    before?.();
    this.setPhase("live");
    this.flush();
  }

  private event(e: Event): void {
    if (e.seq <= this.seq) return;
    if (e.seq !== this.seq + 1) return this.startOver();
    this.seq = e.seq;
    this.o.onEvent(e);
  }

  /** Takes a snapshot: something is missing and cannot be had by resuming, or who asks has changed. */
  startOver(): void {
    this.session = undefined;
    this.drop();
    this.setPhase("reconnecting");
    void this.connect();
  }

  private drain(d: Drain): void {
    const wait = d.reconnect_within_ms * (this.o.random ?? Math.random)();
    clearTimeout(this.again);
    this.again = setTimeout(() => {
      this.drop();
      void this.connect();
    }, wait);
  }

  private flush(): void {
    if (!this.ws || (this.phase !== "live" && this.phase !== "unstable")) return;
    for (const e of this.o.outbox.take(this.window)) {
      this.write({ type: "command", id: e.id, name: e.name, data: e.data });
      clearTimeout(this.late);
      this.late = setTimeout(() => this.phase === "live" && this.setPhase("unstable"), slowMS);
    }
  }

  private write(frame: object): void {
    if (this.ws?.readyState === 1) this.ws.send(JSON.stringify(frame));
  }

  /** Two missed pings mean that the connection is gone, whatever the browser believes. */
  private listen(): void {
    clearTimeout(this.silence);
    if (this.phase === "unstable" && !this.o.outbox.entries().length) this.setPhase("live");
    this.silence = setTimeout(() => {
      if (this.phase === "live") this.setPhase("unstable");
      this.silence = setTimeout(() => this.closed(1006), this.heartbeatMS);
    }, this.heartbeatMS + slowMS);
  }

  private drop(): void {
    const ws = this.ws;
    this.ws = undefined;
    clearTimeout(this.silence);
    clearTimeout(this.late);
    clearTimeout(this.first);
    this.o.outbox.lost();
    ws?.close();
  }

  private closed(code: number): void {
    this.drop();
    if (this.o.goOn?.(code) === false) return this.end("refused");
    switch (code) {
      case CloseCode.revoked: return this.end("signed_out");
      case CloseCode.superseded: return this.end("superseded");
      case CloseCode.forbidden:
      case CloseCode.rate: return this.end("refused");
      case CloseCode["protocol error"]:
      case CloseCode["too big"]: this.session = undefined; break;
      case CloseCode.overloaded: this.tries = Math.max(this.tries, Math.ceil(Math.log2(overloadedPauseMS / firstPauseMS))); break;
    }
    this.retry();
  }

  private end(p: Phase): void {
    this.stop(); // the browser's word about the line changes nothing any more
    this.setPhase(p);
  }

  /** Waits longer each time, by an amount that differs from client to client. */
  private retry(): void {
    this.setPhase(globalThis.navigator?.onLine === false ? "offline" : "reconnecting");
    const pause = Math.min(longestPauseMS, firstPauseMS * 2 ** this.tries++);
    clearTimeout(this.again);
    this.again = setTimeout(() => void this.connect(), pause * (0.5 + 0.5 * (this.o.random ?? Math.random)()));
  }
}
