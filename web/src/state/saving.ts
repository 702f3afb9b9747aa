import { without, withText } from "./drafts.ts";
import { command } from "./session.ts";
import { get, set, subscribe } from "./store.ts";

/**
 * What is written so far is kept three times: in the page, in the browser, and at the server for the agent's other machines.
 * What the server does not have yet (`unsaved`) is newer than what it says.
 */

const restMS = 500; // of who types; a save costs the server a disk sync
const mostLetters = 8192; // the server's; longer ones stay in this browser
const mostBytes = 12_000; // of a frame's 16 KiB

let timer: ReturnType<typeof setTimeout> | undefined;
const sending = new Set<string>();

export function setDraft(conversation: string, text: string): void {
  set((d) => (d.drafts[conversation] ?? "") === text ? d : { ...d, drafts: withText(d.drafts, conversation, text), unsaved: { ...d.unsaved, [conversation]: true } });
  timer ??= setTimeout(saveDrafts, restMS);
}

/** Sends what the server does not have. What cannot be sent now is sent when the line is back. */
export function saveDrafts(): void {
  clearTimeout(timer);
  timer = undefined;
  for (const id of Object.keys(get().unsaved)) if (!sending.has(id)) void save(id);
}

async function save(id: string): Promise<void> {
  const text = get().drafts[id] ?? "";
  if ([...text].length > mostLetters || new TextEncoder().encode(JSON.stringify(text)).length > mostBytes) return;
  sending.add(id);
  try {
    await command("draft.save", { conversation_id: id, text }, "once");
    set((d) => ((d.drafts[id] ?? "") === text ? { ...d, unsaved: without(d.unsaved, id) } : d));
  } catch {
    return; // no line, or somebody else's by now: the next snapshot says
  } finally {
    sending.delete(id);
  }
  if (get().unsaved[id]) timer ??= setTimeout(saveDrafts, restMS); // it was written on meanwhile
}

/** Saves as soon as there is a line, and when the page is left. */
export function keepDrafts(): void {
  let live = false;
  subscribe(() => {
    const now = get().phase === "live";
    if (now && !live) saveDrafts();
    live = now;
  });
  addEventListener("visibilitychange", () => document.hidden && saveDrafts());
}
