import { Link, type LinkOptions } from "../wire/link.ts";
import { Outbox, type CommandName, type Keep } from "../wire/outbox.ts";
import type { Commands, MessageSend, Session, Ticket, User } from "../wire/protocol.ts";
import { onCredentialLost, Refused, rest } from "../wire/rest.ts";
import { apply, snapshot } from "./effects.ts";
import { keyOf, read, write } from "./keep.ts";
import { empty, type Pending } from "./model.ts";
import { settled } from "./messages.ts";
import { get, set, subscribe } from "./store.ts";

let link: Link | undefined;

/** Sends a command of whoever is signed in. It rejects with CommandRefused. */
export function command<N extends CommandName>(name: N, data: Commands[N]["data"], keep?: Keep, id?: string): Promise<Commands[N]["reply"]> {
  if (!link) return Promise.reject(new Refused("unauthorized"));
  return link.send(name, data, keep, id);
}

/** How many milliseconds ago the server was last heard of. */
export const silentMS = (): number => Date.now() - (link?.heardAt || Date.now());

/** Finds out who is signed in. */
export async function begin(): Promise<void> {
  onCredentialLost(ended);
  for (let pause = 500; ; pause = Math.min(10_000, pause * 2)) {
    try {
      return enter(await rest<User>("/me"));
    } catch (e) {
      if (e instanceof Refused && e.code === "unauthorized") return set((d) => ({ ...d, known: true, user: null }));
      set((d) => ({ ...d, phase: "reconnecting" }));
      await new Promise((again) => setTimeout(again, pause));
    }
  }
}

/** Signs in with a cookie. "insecure" is thrown where the browser did not keep it, because the address has no https. */
export async function signIn(login: string, password: string): Promise<void> {
  const s = await rest<Session>("/login", { method: "POST", body: { login, password, cookie: true } });
  try {
    await rest<User>("/me");
  } catch (e) {
    throw e instanceof Refused && e.code === "unauthorized" ? new Error("insecure") : e;
  }
  enter(s.user);
}

export async function signOut(): Promise<void> {
  await rest("/logout", { method: "POST" }).catch(() => {});
  ended();
}

function ended(): void {
  link?.stop();
  link = undefined;
  set((d) => ({ ...empty, known: true, phase: "signed_out", toasts: d.toasts }));
}

function enter(user: User): void {
  link?.stop();
  const drafts = read<{ [c: string]: string }>(keyOf(user.id, "drafts"), {});
  const unsaved = read<typeof empty.unsaved>(keyOf(user.id, "unsaved"), Object.fromEntries(Object.keys(drafts).map((id) => [id, true])));
  const filled = read<typeof empty.filled>(keyOf(user.id, "scripts"), {});
  const tabs = read(keyOf(user.id, "tabs"), empty.tabs, sessionStorage);
  const outbox = new Outbox(user.id, localStorage);
  outbox.settled = settled;
  set(() => ({ ...empty, known: true, user, drafts, unsaved, filled, tabs, pending: pendingOf(outbox) }));
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const o: LinkOptions = {
    url: `${scheme}://${location.host}/api/v1/ws`, outbox,
    ticket: async () => (await rest<Ticket>("/ws-tickets", { method: "POST" })).ticket,
    onPhase: (phase) => (phase === "signed_out" ? ended() : set((d) => ({ ...d, phase }))),
    onSnapshot: snapshot, onEvent: apply,
  };
  link = new Link(o);
  link.start();
}

/** Messages that an earlier page has left in the outbox. */
export function pendingOf(outbox: Outbox): Pending[] {
  return outbox.entries().filter((e) => e.name === "message.send").map((e) => {
    const data = e.data as MessageSend;
    const attachments = (data.attachment_ids ?? []).map((id) => ({ id, name: "", type: "", size: 0 })); // what they are called went with the page
    return {
      id: e.id, conversation: data.conversation_id, text: data.text ?? "", attachments, canned: data.canned_response_id ?? "", at: e.at, error: "", seen: false,
    };
  });
}

let kept = get();
subscribe(() => {
  const d = get();
  const user = d.user?.id;
  if (user && d.drafts !== kept.drafts && kept.user?.id === user) write(keyOf(user, "drafts"), d.drafts);
  if (user && d.unsaved !== kept.unsaved && kept.user?.id === user) write(keyOf(user, "unsaved"), d.unsaved);
  if (user && d.filled !== kept.filled && kept.user?.id === user) write(keyOf(user, "scripts"), d.filled);
  if (user && d.tabs !== kept.tabs && kept.user?.id === user) write(keyOf(user, "tabs"), d.tabs, sessionStorage);
  kept = d;
});
