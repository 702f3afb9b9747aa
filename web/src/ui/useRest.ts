import { useCallback, useEffect, useState } from "react";
import type { Load } from "../state/model.ts";
import { rest } from "../wire/rest.ts";

/** Reads an address once, and again when it changes or `again` is called; by `read`, the same function each time, where one request is not all. */
export function useRest<T>(path: string | null, read?: (path: string) => Promise<T>): { data: T | null; load: Load; again: () => void; set: (x: T) => void } {
  const [state, put] = useState<{ data: T | null; load: Load }>({ data: null, load: "loading" });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    put((s) => ({ ...s, load: s.data ? "ready" : "loading" }));
    (read ? read(path) : rest<T>(path, { signal: stop.signal })).then((data) => stop.signal.aborted || put({ data, load: "ready" }), () => stop.signal.aborted || put({ data: null, load: "failed" }));
    return () => stop.abort();
  }, [path, turn, read]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  const set = useCallback((data: T) => put({ data, load: "ready" }), []);
  return { ...state, again, set };
}
