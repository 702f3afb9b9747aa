import type { Attachment, Message } from "./protocol.ts";

/** The messages with a file as it is now. */
export function refile(list: Message[], a: Attachment): Message[] {
  return list.map((m) => (m.attachments.some((x) => x.id === a.id) ? { ...m, attachments: m.attachments.map((x) => (x.id === a.id ? a : x)) } : m));
}
