import { follow } from "../state/effects.ts";
import { command, silentMS } from "../state/session.ts";
import { get, subscribe } from "../state/store.ts";
import { serverNow } from "../wire/clock.ts";
import type { Events, Queue } from "../wire/protocol.ts";
import { all } from "../wire/rest.ts";
import { soundAlert } from "./sound.ts";
import { applyLive, boardNow, emptyBoard, setBoard } from "./board.ts";
import { watchAgain, watchEvent, watchNothing } from "./watching.ts";

let follows = false;
let phase = get().phase;
let user = get().user;

export const supervises = (role: string | undefined): boolean => role === "supervisor" || role === "admin";

/** Begins to show queues and agents. It lasts until the page is closed or somebody else signs in. */
export function look(): void {
  if (!follows) {
    follows = true;
    ({ phase, user } = get());
    follow({ snapshot: () => queueMicrotask(subscribeLive), event: live }); // the line is up right after the snapshot
    subscribe(lineChanged);
  }
  if (boardNow().load === "none" || boardNow().load === "failed") subscribeLive();
}

function subscribeLive(): void {
  if (!supervises(get().user?.role)) return;
  setBoard((b) => ({ ...b, load: b.load === "ready" ? "ready" : "loading" }));
  // Without a line it waits for it, as the session may be resumed; a new one is asked with its snapshot.
  command("live.subscribe", {}).catch(() => get().phase === "live" && setBoard((b) => (b.load === "ready" ? b : { ...b, load: "failed" })));
  void loadLimits();
  watchAgain();
}

async function loadLimits(): Promise<void> {
  const queues = await all<Queue>("/queues").catch(() => null);
  if (queues) setBoard((b) => ({ ...b, limits: Object.fromEntries(queues.flatMap((q) => (q.alerts ? [[q.id, q.alerts]] : []))) }));
}

function live(e: Parameters<typeof applyLive>[1]): void {
  setBoard((b) => applyLive(b, e, serverNow()));
  watchEvent(e);
  if (e.name === "alert.raised") soundAlert();
  if (e.name === "config.changed" && (e.data as Events["config.changed"]).kind === "queue") void loadLimits();
}

/** While the line is down the figures stand still: they say so, and since when. */
function lineChanged(): void {
  const d = get();
  if (d.user?.id !== user?.id || d.user?.role !== user?.role) {
    const again = d.user?.id === user?.id;
    user = d.user;
    setBoard(() => emptyBoard);
    watchNothing();
    if (again) subscribeLive();
  }
  if (d.phase !== phase && phase === "live") {
    const heldAt = Date.now() - silentMS();
    setBoard((b) => (b.fresh ? { ...b, fresh: false, heldAt } : b));
  }
  if (d.phase === "live" && phase === "unstable") setBoard((b) => ({ ...b, fresh: b.load === "ready" })); // nothing was missed: the same connection
  phase = d.phase;
  user = d.user;
}
