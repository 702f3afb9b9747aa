import type { Draft } from "../wire/protocol.ts";
import type { Desk } from "./model.ts";

export function withText(drafts: Desk["drafts"], conversation: string, text: string): Desk["drafts"] {
  const { [conversation]: _, ...others } = drafts;
  return text ? { ...others, [conversation]: text } : others;
}

export function without<T>(o: { [k: string]: T }, key: string): { [k: string]: T } {
  const { [key]: _, ...rest } = o;
  return rest;
}

/** Another machine of the agent has written. What is being written here is newer. */
export function draftSaved(d: Desk, { conversation_id: id, text }: Draft): Desk {
  return d.unsaved[id] ? d : { ...d, drafts: withText(d.drafts, id, text) };
}

/** Drafts after a snapshot: the server's, but for what it does not have yet; none of conversations that are gone. */
export function draftsOf(d: Pick<Desk, "talks" | "drafts" | "unsaved">, kept: Draft[]): Pick<Desk, "drafts" | "unsaved"> {
  const unsaved = Object.fromEntries(Object.keys(d.unsaved).filter((id) => d.talks[id]).map((id) => [id, true as const]));
  const drafts = Object.fromEntries(kept.filter((x) => d.talks[x.conversation_id] && !unsaved[x.conversation_id]).map((x) => [x.conversation_id, x.text]));
  for (const id of Object.keys(unsaved)) if (d.drafts[id]) drafts[id] = d.drafts[id];
  return { drafts, unsaved };
}
