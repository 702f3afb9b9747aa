import { useSyncExternalStore } from "react";
import { serverNow } from "../wire/clock.ts";

const readers = new Set<() => void>();
let second = Math.floor(serverNow() / 1000) * 1000;
let timer: ReturnType<typeof setTimeout> | undefined;

/** One timer for every clock on the screen, at the server's full seconds; none when nobody looks. */
function tick(): void {
  second = Math.floor(serverNow() / 1000) * 1000;
  for (const r of readers) r();
  timer = setTimeout(tick, 1005 - (serverNow() % 1000));
}

function subscribe(reader: () => void): () => void {
  readers.add(reader);
  if (readers.size === 1) tick();
  return () => {
    readers.delete(reader);
    if (readers.size === 0) clearTimeout(timer);
  };
}

/** The server's time in milliseconds, to the second. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => second);
