import { useSyncExternalStore } from "react";
import { home } from "./model.ts";
import { get, set, subscribe } from "./store.ts";

/** Where the page is, and a way elsewhere that asks before changes are lost which nobody saved. */

const base = "/desk/";
/** Tabs with an address of their own below the desk's. */
const addressed = ["supervisor"];

export type Route = readonly string[];

const readers = new Set<() => void>();
let at = location.pathname;
let route = routeOf(at);
let unsaved = false;
let wanted: string | null = null;
const last: { [tab: string]: Route } = {};

function routeOf(path: string): Route {
  return path.startsWith(base) ? path.slice(base.length).split("/").filter(Boolean).map(decodeURIComponent) : [];
}

function tell(): void {
  for (const r of readers) r();
}

function read(reader: () => void): () => void {
  readers.add(reader);
  return () => readers.delete(reader);
}

function arrive(path: string): void {
  at = path;
  route = routeOf(path);
  const [first = ""] = route;
  if (addressed.includes(first)) last[first] = route;
  const tab = addressed.includes(first) ? first : addressed.includes(get().tab) ? home : "";
  if (tab && get().user && get().tab !== tab) set((d) => ({ ...d, tab }));
  tell();
}

function move(to: string, how: "push" | "replace"): void {
  history[how === "push" ? "pushState" : "replaceState"](null, "", to);
  arrive(to);
}

export const pathNow = (): string => at;
export const usePath = (): string => useSyncExternalStore(read, pathNow);
export const useRoute = (): Route => useSyncExternalStore(read, () => route);
/** Where somebody wants to go although there are unsaved changes; null: nowhere. */
export const useWanted = (): string | null => useSyncExternalStore(read, () => wanted);

/** Says whether leaving the page would lose something. */
export function guard(on: boolean): void {
  unsaved = on;
}

/** Shows what a path names. The browser's way back leads to where one was. */
export function goTo(to: string, how: "push" | "replace" = "push"): void {
  if (to === at) return;
  if (!unsaved) return move(to, how);
  wanted = to;
  tell();
}

/** Shows what a path below the desk names. */
export function go(...path: string[]): void {
  goTo(base + path.map(encodeURIComponent).join("/"));
}

/** The answer to the question that `goTo` raised. */
export function leave(yes: boolean): void {
  const to = wanted;
  wanted = null;
  if (yes && to) {
    unsaved = false;
    move(to, "push");
  } else tell();
}

addEventListener("popstate", () => {
  if (!unsaved) return arrive(location.pathname);
  wanted = location.pathname;
  history.pushState(null, "", at);
  tell();
});
addEventListener("beforeunload", (e) => {
  if (unsaved) e.preventDefault();
});

/** Address and tab follow each other. */
export function followAddress(): void {
  let user = get().user;
  let tab = get().tab;
  subscribe(() => {
    const d = get();
    if (d.user === user && d.tab === tab) return;
    const entered = d.user && !user;
    user = d.user;
    tab = d.tab;
    if (entered) return arrive(at);
    if (!user || route[0] === tab) return;
    if (addressed.includes(tab)) go(...(last[tab] ?? [tab]));
    else if (addressed.includes(route[0] ?? "")) go();
  });
}
