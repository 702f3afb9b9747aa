import { useEffect, useRef } from "react";
import { useRest } from "../ui/useRest.ts";

const pauseMS = 400; // changes that come together are read once

/** Reads a list, and again shortly after `mark` has changed. What was read stays while it cannot be read again. */
export function useLiveRest<T>(path: string, mark: string) {
  const { data, load, again } = useRest<T>(path);
  const known = useRef(mark);
  const last = useRef<T | null>(null);
  if (data) last.current = data;
  useEffect(() => {
    if (known.current === mark) return;
    const timer = setTimeout(() => {
      known.current = mark;
      again();
    }, pauseMS);
    return () => clearTimeout(timer);
  }, [mark, again]);
  return { data: data ?? last.current, failed: load === "failed" && !last.current, again };
}
