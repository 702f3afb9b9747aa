import type { Phase } from "../wire/link.ts";
import type { AgentState, CannedResponse, ConversationHead, Identity, Message, Note, Offer, PauseReason, Ref, QueueWaiting, Script, StatusChanged, User } from "../wire/protocol.ts";

export type Load = "none" | "loading" | "ready" | "failed";

/** A conversation as the desk holds it. */
export interface Talk {
  head: ConversationHead;
  /** By seq and without gaps from the first one that is loaded. */
  messages: Message[];
  load: Load;
  notes: Note[];
  notesLoad: Load;
  /** The contact's, masked where the organisation masks them. */
  documents: Identity[];
  /** How often the contact's details were changed since they were first shown. */
  contactTurn: number;
  typing: boolean;
  /** Just accepted while the agent was typing elsewhere: shown, not opened. */
  fresh: boolean;
  /** The contact waits too long for an answer. */
  overdue: boolean;
  /** How the last transfer ended, until the agent acts again. */
  transferOutcome: string;
}

/** A message of one's own on its way, or refused. */
export interface Pending {
  id: string;
  conversation: string;
  text: string;
  attachments: { id: string; name: string; type: string; size: number }[];
  canned: string;
  at: number;
  /** Empty while it is under way, else why it was refused. */
  error: string;
  /** Its message has arrived as an event, only the reply has not. */
  seen: boolean;
}

/** A file on its way to the server, for the next message of its conversation. */
export interface Upload {
  key: string;
  name: string;
  size: number;
  type: string;
  /** 0 to 1. */
  progress: number;
  state: "sending" | "checking" | "ready" | "failed";
  /** Why it failed: a stable word. */
  error: string;
  /** att_…, once the server has it. */
  id: string;
  /** Address of the picture in this page, for images. */
  preview: string;
}

/** What is filled in of a conversation's script. */
export interface Filled {
  reason: string;
  resolved: boolean | null;
  answers: { [question: string]: string };
}

export interface Jotted {
  text: string;
  named: { [name: string]: string };
}

/** A tab beside the two fixed ones. */
export interface Tab {
  id: string;
  kind: "history" | "find";
  ref: string;
  title: string;
}

export interface Toast {
  id: number;
  tone: "info" | "good" | "bad";
  /** A key of the catalogue, with what to put in. */
  text: string;
  values?: { [name: string]: string | number };
}

export interface Desk {
  /** Whether it is known who is signed in. */
  known: boolean;
  user: User | null;
  phase: Phase;
  /** A snapshot was taken since the sign-in. */
  ready: boolean;
  /** How many were taken. */
  snapshots: number;
  agent: AgentState | null;
  changed: StatusChanged | null;
  offers: Offer[];
  /** Offers that are being answered: accept or decline. */
  answering: { [offer: string]: "accept" | "decline" };
  talks: { [id: string]: Talk };
  pending: Pending[];
  queues: Ref[];
  pauses: PauseReason[];
  scripts: Script[];
  canned: CannedResponse[];
  cannedLoad: Load;
  /** Script of a queue, by id of the queue; empty when it has none. */
  scriptOf: { [queue: string]: string };
  /** How a queue gives its conversations away. */
  modeOf: { [queue: string]: string };
  /** What was last said of the lists from which one picks. */
  waiting: { [queue: string]: QueueWaiting };
  /** The waiting conversation that is being picked. */
  picking: string;
  tab: string;
  tabs: Tab[];
  open: string | null;
  tools: { [conversation: string]: string };
  drafts: { [conversation: string]: string };
  /** Conversations whose draft the server does not have as it is here. */
  unsaved: { [conversation: string]: true };
  filled: { [conversation: string]: Filled };
  /** Notes that are being written, and who is mentioned in them: agents by name. */
  jotted: { [conversation: string]: Jotted };
  uploads: { [conversation: string]: Upload[] };
  closing: string | null;
  transferring: string | null;
  /** A dialog of the whole desk. */
  showing: "" | "palette" | "shortcuts" | "sessions";
  toasts: Toast[];
}

export const home = "home";
export const talksTab = "talks";
export const supervisorTab = "supervisor";

export const empty: Desk = {
  known: false, user: null, phase: "connecting", ready: false, snapshots: 0, agent: null, changed: null, offers: [], answering: {}, talks: {}, pending: [],
  queues: [], pauses: [], scripts: [], canned: [], cannedLoad: "none", scriptOf: {}, modeOf: {}, waiting: {}, picking: "", tab: home, tabs: [], open: null, tools: {}, drafts: {}, unsaved: {}, filled: {}, jotted: {}, uploads: {},
  closing: null, transferring: null, showing: "", toasts: [],
};

export function talkOf(head: ConversationHead): Talk {
  return { head, messages: [], load: "none", notes: [], notesLoad: "none", documents: [], contactTurn: 0, typing: false, fresh: false, overdue: false, transferOutcome: "" };
}
