import { useSyncExternalStore } from "react";
import { read, write } from "./keep.ts";

/** How the desk looks, for whoever uses this browser. */
export interface Look {
  theme: "system" | "light" | "dark";
  contrast: boolean;
  compact: boolean;
  sound: boolean;
  /** Whether keys do something by themselves, and which do what where that was changed. */
  shortcuts: boolean;
  keys: { [shortcut: string]: string };
  language: "pt" | "en" | "es";
  /** The order of one's conversations. */
  sort: Sort;
}

export type Sort = "arrival" | "waiting" | "unread" | "recent";

const first: Look = {
  theme: "system", contrast: matchMedia("(prefers-contrast: more)").matches, compact: false, sound: true, shortcuts: true, keys: {}, language: "pt", sort: "arrival",
};
let look: Look = { ...first, ...read<Partial<Look>>("pronto.look", {}) };
const readers = new Set<() => void>();

export const lookNow = (): Look => look;

export function setLook(change: Partial<Look>): void {
  look = { ...look, ...change };
  write("pronto.look", look);
  applyLook();
  for (const r of readers) r();
}

export function useLook(): Look {
  return useSyncExternalStore((r) => (readers.add(r), () => readers.delete(r)), lookNow);
}

const languages = { pt: "pt-BR", en: "en", es: "es" };
export const localeNow = (): string => languages[look.language];

export function applyLook(): void {
  const root = document.documentElement;
  root.lang = localeNow();
  root.dataset.theme = look.theme;
  root.dataset.contrast = look.contrast ? "more" : "normal";
  root.dataset.density = look.compact ? "compact" : "normal";
}
