import type { Phase } from "../src/wire/link.ts";
import type { Message, WidgetConversation, WidgetData } from "../src/wire/protocol.ts";
import type { Key } from "./words.ts";

export interface Upload {
  key: string;
  name: string;
  size: number;
  progress: number;
  id: string; // once it is there
  error: Key | "";
}

/** A message that the server refused; it may be tried again. */
export interface Failed {
  id: string;
  text: string;
  files: string[];
  error: Key;
}

export interface Model {
  phase: Phase;
  unproven: boolean; // a proof of the site is not valid, or not any more
  open: boolean;
  data: WidgetData | null; // of the last snapshot; null before the first
  conversation: WidgetConversation | null;
  messages: Message[];
  more: boolean;
  loading: boolean; // earlier messages
  typing: string | null; // name of who types
  uploads: Upload[];
  failed: Failed[];
  echoed: string[]; // commands whose message is there although their reply is not yet
  answers: { [key: string]: string } | null; // to the form before the chat
}

export const empty: Model = {
  phase: "connecting", unproven: false, open: false, data: null, conversation: null, messages: [], more: false, loading: false, typing: null,
  uploads: [], failed: [], echoed: [], answers: null,
};

/** A message in its place: by number within its conversation; a conversation that is new comes last. */
export function insert(list: Message[], m: Message): Message[] {
  const at = list.findIndex((x) => x.conversation_id === m.conversation_id && x.seq >= m.seq);
  if (at < 0) return [...list, m];
  return list[at]!.seq === m.seq ? list.with(at, m) : list.toSpliced(at, 0, m);
}

export function replace(list: Message[], m: Message): Message[] {
  return list.map((x) => (x.id === m.id ? m : x));
}

export const fromUs = (m: Message): boolean => m.author.kind === "contact";

/** The last message of the other side in the conversation. */
export function lastOfTheirs(m: Model): number {
  return m.messages.reduce((seq, x) => (x.conversation_id === m.conversation?.id && !fromUs(x) ? Math.max(seq, x.seq) : seq), 0);
}
