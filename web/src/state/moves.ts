import { CommandRefused } from "../wire/outbox.ts";
import { withKnown } from "./apply.ts";
import { complain } from "./actions.ts";
import { command } from "./session.ts";
import { set, toast } from "./store.ts";
import { moment } from "../ui/format.ts";

/** Puts a conversation away until a time: its place is free for another one. */
export function snooze(conversation: string, until: Date): void {
  command("conversation.snooze", { conversation_id: conversation, until: until.toISOString() }).then((r) => {
    set((d) => withKnown(d, r.conversation));
    toast("good", "snooze.done", { when: moment(until.getTime()) });
  }, complain);
}

export function unsnooze(conversation: string): void {
  command("conversation.unsnooze", { conversation_id: conversation }).then((r) => set((d) => withKnown(d, r.conversation)), complain);
}

/** Changes the text of one's own message; the answer is "" or why not: a key of the catalogue. */
export function editMessage(conversation: string, message: string, text: string): Promise<string> {
  return command("message.edit", { conversation_id: conversation, message_id: message, text }).then(() => "", refusal);
}

/** Hides a message for good; the answer is "" or why not. */
export function redactMessage(conversation: string, message: string, reason: string): Promise<string> {
  return command("message.redact", { conversation_id: conversation, message_id: message, reason }).then(() => "", refusal);
}

const refusal = (e: unknown): string => `error.${e instanceof CommandRefused ? e.error.code : "internal"}`;

const hour = 3_600_000;

/** When one usually wants a conversation back, by now: a name of the catalogue and the time. */
export function snoozeTimes(now: Date): { name: "snooze.hour" | "snooze.three" | "snooze.tomorrow" | "snooze.monday"; until: Date }[] {
  const morning = (days: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 9);
  const toMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { name: "snooze.hour", until: new Date(now.getTime() + hour) },
    { name: "snooze.three", until: new Date(now.getTime() + 3 * hour) },
    { name: "snooze.tomorrow", until: morning(1) },
    ...(toMonday > 1 ? [{ name: "snooze.monday" as const, until: morning(toMonday) }] : []),
  ];
}
