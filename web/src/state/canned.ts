import { fold, fuzzy } from "../ui/format.ts";
import type { CannedResponse, ConversationHead } from "../wire/protocol.ts";

/** What variables of a prepared text stand for; the empty ones are named in `missing`. */
export function fillIn(text: string, head: ConversationHead, agent: string): { text: string; missing: string[] } {
  const values: { [name: string]: string } = {
    "contact.name": head.contact.name, "contact.first_name": head.contact.name.split(" ")[0] ?? "", "contact.identity": head.contact.identity,
    protocol: head.protocol_number, "agent.name": agent, "queue.name": head.queue.name, subject: head.subject,
  };
  const missing: string[] = [];
  const out = text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (whole, name: string) => {
    const value = values[name] ?? head.attributes?.[name];
    if (value) return value;
    missing.push(name);
    return value === undefined ? whole : "";
  });
  return { text: out, missing };
}

/** Prepared texts for a queue that match what was typed, the best first. */
export function matching(list: CannedResponse[], queue: string, typed: string): CannedResponse[] {
  const usable = list.filter((c) => !c.queue_ids?.length || c.queue_ids.includes(queue));
  if (!typed) return usable.toSorted((a, b) => (fold(a.folder) < fold(b.folder) ? -1 : fold(a.folder) > fold(b.folder) ? 1 : fold(a.title) < fold(b.title) ? -1 : 1));
  const scored = usable.flatMap((c) => {
    const short = fuzzy(typed, c.shortcut);
    const title = fuzzy(typed, c.title);
    const inside = fold(c.text).includes(fold(typed)) ? 500 : null;
    const score = Math.min(short ?? 1e6, title === null ? 1e6 : title + 5, inside ?? 1e6);
    return score < 1e6 ? [{ c, score }] : [];
  });
  return scored.sort((a, b) => a.score - b.score).map((x) => x.c);
}

/** The slash word in front of the caret, such as "/sau", or null. */
export function slashWord(text: string, caret: number): { from: number; typed: string } | null {
  const m = /(?:^|\s)\/([^\s/]*)$/.exec(text.slice(0, caret));
  return m ? { from: caret - m[1]!.length - 1, typed: m[1]! } : null;
}
