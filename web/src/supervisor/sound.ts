import { useSyncExternalStore } from "react";
import { ringAlarm } from "../state/alert.ts";
import { read, write } from "../state/keep.ts";

const key = "pronto.alerts.sound";
let on = read(key, false);
const readers = new Set<() => void>();

/** Alerts are silent until somebody wants to hear them, in this browser. */
export function setAlertSound(to: boolean): void {
  on = to;
  write(key, to);
  for (const r of readers) r();
}

export const useAlertSound = (): boolean => useSyncExternalStore((r) => (readers.add(r), () => readers.delete(r)), () => on);

export function soundAlert(): void {
  if (on) ringAlarm();
}
