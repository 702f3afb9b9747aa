import { useSyncExternalStore } from "react";
import { type Desk, empty } from "./model.ts";

let state = empty;
const readers = new Set<() => void>();

export function get(): Desk {
  return state;
}

export function set(change: (d: Desk) => Desk): void {
  const next = change(state);
  if (next === state) return;
  state = next;
  tell();
}

let frame = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
const hiddenMS = 100; // a page that is not shown draws no pictures

function tell(): void {
  cancelAnimationFrame(frame);
  clearTimeout(timer);
  timer = undefined;
  for (const r of readers) r();
}

/** Changes the state at once and tells readers before the next picture, so that a burst of events is drawn once. */
export function setSoon(change: (d: Desk) => Desk): void {
  const next = change(state);
  if (next === state) return;
  state = next;
  if (timer !== undefined) return;
  frame = requestAnimationFrame(tell);
  timer = setTimeout(tell, hiddenMS);
}

export function subscribe(reader: () => void): () => void {
  readers.add(reader);
  return () => readers.delete(reader);
}

/** Reads a part of the state; `pick` must give the same value for the same state. */
export function useDesk<T>(pick: (d: Desk) => T): T {
  return useSyncExternalStore(subscribe, () => pick(state));
}

let toasts = 0;

export function toast(tone: "info" | "good" | "bad", text: string, values?: { [name: string]: string | number }): void {
  const id = ++toasts;
  set((d) => ({ ...d, toasts: [...d.toasts.slice(-3), { id, tone, text, ...(values ? { values } : {}) }] }));
  setTimeout(() => dismiss(id), tone === "bad" ? 9000 : 5000);
}

export function dismiss(id: number): void {
  set((d) => ({ ...d, toasts: d.toasts.filter((t) => t.id !== id) }));
}
