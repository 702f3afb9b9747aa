import { type FocusEvent, useRef } from "react";
import { held } from "./figures.ts";

/**
 * Keeps rows where they are while the pointer or the keyboard is among them: what somebody is about to press does not move
 * away. `sorting` is what the user chose; when it changes, the order is made anew.
 */
export function useSteady<T>(items: T[], id: (x: T) => string, sorting: string) {
  const inside = useRef({ pointer: false, focus: false });
  const before = useRef<{ sorting: string; ids: string[] }>({ sorting: "", ids: [] });
  const hold = before.current.sorting === sorting && (inside.current.pointer || inside.current.focus);
  const rows = hold ? held(items, before.current.ids, id) : items;
  before.current = { sorting, ids: rows.map(id) };
  const area = {
    onPointerEnter: () => void (inside.current.pointer = true),
    onPointerLeave: () => void (inside.current.pointer = false),
    onFocus: () => void (inside.current.focus = true),
    onBlur: (e: FocusEvent<HTMLElement>) => void (inside.current.focus = e.currentTarget.contains(e.relatedTarget)),
  };
  return { rows, area };
}
