import { useCallback, useEffect, useState } from "react";
import type { Load } from "../state/model.ts";
import { rest } from "../wire/rest.ts";

/** Reads an address once, and again when it changes or `again` is called. */
export function useRest<T>(path: string | null): { data: T | null; load: Load; again: () => void; set: (x: T) => void } {
  const [state, put] = useState<{ data: T | null; load: Load }>({ data: null, load: "loading" });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    put((s) => ({ ...s, load: s.data ? "ready" : "loading" }));
    rest<T>(path, { signal: stop.signal }).then((data) => put({ data, load: "ready" }), () => stop.signal.aborted || put({ data: null, load: "failed" }));
    return () => stop.abort();
  }, [path, turn]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  const set = useCallback((data: T) => put({ data, load: "ready" }), []);
  return { ...state, again, set };
}
