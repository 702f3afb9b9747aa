import { useCallback, useEffect, useState } from "react";
import { rest } from "../wire/rest.ts";
import type { Script } from "../wire/protocol.ts";
import { loadScript } from "./messages.ts";
import type { Load } from "./model.ts";
import { get, set, useDesk } from "./store.ts";

/** How a queue gives its conversations away: push, pull or auto; undefined while that is not known. */
export function useMode(queue: string): string | undefined {
  const mode = useDesk((d) => d.modeOf[queue]);
  const known = useDesk((d) => d.scriptOf[queue] !== undefined);
  useEffect(() => void (known || loadScript(queue)), [queue, known]);
  return mode;
}

/** The script of a queue, if it has one. */
export function useScript(queue: string): { script: Script | null; load: Load; again: () => void } {
  const of = useDesk((d) => d.scriptOf[queue]);
  const script = useDesk((d) => (of ? (d.scripts.find((s) => s.id === of) ?? null) : null));
  const [failed, setFailed] = useState(false);
  const [turn, setTurn] = useState(0);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  useEffect(() => {
    setFailed(false);
    void loadScript(queue).then((done) => done || setFailed(true));
  }, [queue, of, turn]);
  useEffect(() => {
    if (!of || script) return;
    // a queue that one does not serve, after a transfer
    rest<Script>(`/scripts/${of}`).then((s) => get().scripts.some((x) => x.id === s.id) || set((d) => ({ ...d, scripts: [...d.scripts, s] })), () => setFailed(true));
  }, [of, script, turn]);
  const load = of !== undefined && (!of || script) ? "ready" : failed ? "failed" : "loading";
  return { script, load, again };
}
