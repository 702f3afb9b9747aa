import { accept, decline, openFind, openTab, openTalk, setStatus } from "./actions.ts";
import { sorted } from "./apply.ts";
import { lookNow, setLook } from "./look.ts";
import { type Desk, home, talksTab } from "./model.ts";
import { get, set } from "./store.ts";
import { askToClose, askToTransfer, openTool } from "./tools.ts";

/** Keys that do something wherever the focus is. Each can be changed, or taken away; all can be switched off. */

export const shortcutIds = [
  "palette", "accept", "decline", "status", "next", "previous", "finish", "transfer", "canned", "notes", "find", "home", "talks",
] as const;
export type Shortcut = (typeof shortcutIds)[number];

/** Modifiers in this order, then the place of the key on the keyboard, which is the same in every layout. */
export type Combo = string;

export const firstKeys: { readonly [s in Shortcut]: Combo } = {
  palette: "Ctrl+KeyK", accept: "Alt+KeyA", decline: "Alt+KeyR", status: "Alt+KeyP", next: "Alt+ArrowDown", previous: "Alt+ArrowUp", finish: "Alt+KeyF", transfer: "Alt+KeyT",
  canned: "Alt+KeyC", notes: "Alt+KeyN", find: "Alt+KeyB", home: "Alt+Digit1", talks: "Alt+Digit2",
};

type Pressed = Pick<KeyboardEvent, "code" | "ctrlKey" | "altKey" | "shiftKey" | "metaKey" | "getModifierState">;

/** What was pressed; null for a modifier alone, for what types a character, and for Ctrl+Alt, which is AltGr. ⌘ counts as Ctrl. */
export function comboOf(e: Pressed): Combo | null {
  const ctrl = e.ctrlKey || e.metaKey;
  if (/^(Control|Alt|Shift|Meta|OS)/.test(e.code) || e.code === "" || (ctrl && e.altKey) || e.getModifierState("AltGraph")) return null;
  if (!ctrl && !e.altKey && !/^F\d+$/.test(e.code)) return null;
  return [...(ctrl ? ["Ctrl"] : []), ...(e.altKey ? ["Alt"] : []), ...(e.shiftKey ? ["Shift"] : []), e.code].join("+");
}

const keyNames: { [code: string]: string } = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→" };

/** As people read it: Alt+A. */
export function comboText(c: Combo): string {
  return c.split("+").map((x) => keyNames[x] ?? x.replace(/^(Key|Digit)/, "")).join("+");
}

/** The keys that are in force; "": none for that one. */
export const keysNow = (): { [s in Shortcut]: Combo } => ({ ...firstKeys, ...lookNow().keys });

/** Gives a shortcut other keys, or none. Keys of another shortcut are not taken: it answers whose they are. */
export function setKeys(of: Shortcut, to: Combo): Shortcut | null {
  const other = to && shortcutIds.find((s) => s !== of && keysNow()[s] === to);
  if (other) return other;
  setLook({ keys: { ...lookNow().keys, [of]: to } });
  return null;
}

const open = (d: Desk): string | null => (d.tab === talksTab && d.open && d.talks[d.open] ? d.open : null);

function step(by: 1 | -1): void {
  const list = sorted(get(), lookNow().sort).map((t) => t.head.id);
  if (!list.length) return;
  const at = list.indexOf(get().open ?? "");
  openTalk(list[at < 0 ? 0 : (at + by + list.length) % list.length]!);
}

const toOpen = (act: (conversation: string) => void) => (d: Desk): void => {
  const id = open(d);
  if (id) act(id);
};

const acts: { [s in Shortcut]: (d: Desk) => void } = {
  palette: () => set((d) => ({ ...d, showing: "palette" })),
  accept: (d) => void (d.offers[0] && accept(d.offers[0].id)),
  decline: (d) => void (d.offers[0] && decline(d.offers[0].id)),
  status: (d) => void setStatus(d.agent?.status === "ready" ? "not_ready" : "ready"),
  next: () => step(1), previous: () => step(-1),
  finish: toOpen(askToClose), transfer: toOpen(askToTransfer), canned: toOpen((id) => openTool(id, "canned")), notes: toOpen((id) => openTool(id, "notes")),
  find: openFind, home: () => openTab(home), talks: () => openTab(talksTab),
};

/** Listens to the keys of the page; the answer ends that. While a dialog is open the keys are the dialog's. */
export function listenToKeys(): () => void {
  const key = (e: KeyboardEvent): void => {
    if (!lookNow().shortcuts || e.isComposing || document.querySelector("dialog[open]")) return;
    const combo = comboOf(e);
    const hit = combo && shortcutIds.find((s) => keysNow()[s] === combo);
    if (!hit) return;
    e.preventDefault();
    if (!e.repeat) acts[hit](get());
  };
  document.addEventListener("keydown", key);
  return () => document.removeEventListener("keydown", key);
}
