import { complain } from "../state/actions.ts";
import { command } from "../state/session.ts";
import { get, toast } from "../state/store.ts";
import { CommandRefused } from "../wire/outbox.ts";
import { noted } from "./watching.ts";

/** Key of the words for a refusal; empty when it was done. */
type Outcome = Promise<string>;

async function tried(work: Promise<unknown>): Outcome {
  try {
    await work;
    return "";
  } catch (e) {
    if (!(e instanceof CommandRefused)) return "error.internal";
    const reason = e.error.data?.reason;
    return e.error.code === "target_unavailable" && reason ? `assign.${reason}` : `error.${e.error.code}`;
  }
}

export const forceStatus = (agent: string, status: "ready" | "not_ready", reason: string): Outcome =>
  tried(command("status.force", { agent_id: agent, status, ...(status === "not_ready" && reason ? { reason_id: reason } : {}) }));

export const reassignAll = (agent: string, queue: string): Outcome =>
  tried(command("agent.reassign_all", { agent_id: agent, ...(queue ? { to: { queue_id: queue } } : {}) }).then((r) => toast("good", "reassign.done", { n: r.conversation_ids.length })));

/** Ends work after a conversation that its owner does not file; the audit has it. */
export const endWrapup = (conversation: string): Outcome => tried(command("conversation.close", { conversation_id: conversation, override_script: true }));

export async function assign(conversation: string, agent: string): Outcome {
  const wrong = await tried(command("conversation.assign", { conversation_id: conversation, agent_id: agent }));
  return wrong === "error.transfer_pending" ? "assign.pending" : wrong;
}

export const requeue = (conversation: string, queue: string): Outcome =>
  tried(command("conversation.requeue", { conversation_id: conversation, ...(queue ? { queue_id: queue } : {}) }));

export const setPriority = (conversation: string, priority: number): Outcome => tried(command("conversation.priority", { conversation_id: conversation, priority }));

export const takeOver = (conversation: string): Outcome => tried(command("conversation.takeover", { conversation_id: conversation }));

export async function whisper(conversation: string, text: string): Promise<boolean> {
  try {
    noted((await command("note.whisper", { conversation_id: conversation, text })).note);
    return true;
  } catch (e) {
    complain(e);
    return false;
  }
}

/** Name of a pause reason; those of the server are words of the catalogue. */
export const pauseName = (id: string | undefined): string => get().pauses.find((p) => p.id === id)?.name ?? "";
