import { useCallback, useEffect, useRef, useState } from "react";
import type { Load } from "../state/model.ts";
import { type Page, rest } from "../wire/rest.ts";

/** One page with something in it: filters may leave a page empty although there are more. */
async function pageFrom<T>(path: string, cursor: string, signal: AbortSignal): Promise<Page<T>> {
  for (;;) {
    const p = await rest<Page<T>>(cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : path, { signal });
    if (p.items.length || !p.next_cursor) return p;
    cursor = p.next_cursor;
  }
}

/** A list that is read page by page; anew when the path changes or `again` is called. `more` is there while there is more. */
export function usePages<T>(path: string | null): { items: T[]; load: Load; more: (() => void) | null; again: () => void } {
  const [state, put] = useState<{ items: T[]; load: Load; cursor: string }>({ items: [], load: "loading", cursor: "" });
  const [turn, setTurn] = useState(0);
  const stop = useRef(new AbortController());
  const read = (from: T[], cursor: string): void => {
    if (path === null) return;
    const { signal } = stop.current;
    put({ items: from, load: "loading", cursor });
    pageFrom<T>(path, cursor, signal).then(
      (p) => signal.aborted || put({ items: [...from, ...p.items], load: "ready", cursor: p.next_cursor ?? "" }),
      () => signal.aborted || put({ items: from, load: from.length ? "ready" : "failed", cursor }),
    );
  };
  useEffect(() => {
    stop.current = new AbortController();
    read([], "");
    return () => stop.current.abort();
  }, [path, turn]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  return { items: state.items, load: state.load, more: state.cursor ? () => read(state.items, state.cursor) : null, again };
}
