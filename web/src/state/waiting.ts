import { CommandRefused } from "../wire/outbox.ts";
import { complain, openTaken } from "./actions.ts";
import { command } from "./session.ts";
import { get, set, toast } from "./store.ts";

/** Takes a conversation that waits in a list; the first one gets it. */
export async function pick(conversation: string): Promise<void> {
  if (get().picking) return;
  set((d) => ({ ...d, picking: conversation }));
  const then = get().snapshots;
  try {
    openTaken((await command("conversation.pick", { conversation_id: conversation })).conversation, then);
  } catch (e) {
    if (e instanceof CommandRefused && e.error.code === "target_unavailable") toast("bad", "pull.unavailable");
    else complain(e);
  }
  set((d) => ({ ...d, picking: "" }));
}
