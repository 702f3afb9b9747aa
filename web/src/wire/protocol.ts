// Generated from the Go structs of package protocol by go generate ./protocol; do not edit.
// A field with "?" may be absent. Times are RFC 3339 texts.

export type Time = string;

export interface Hello {
  /** hello */
  type: "hello";
  /** ses_…: this session, for resume */
  session: string;
  /** Secret for resume; changes with every connection */
  resume_token: string;
  /** Changes when the server forgot its sessions */
  epoch: string;
  /** A ping comes this often; two missed ones mean the connection is gone */
  heartbeat_ms: number;
  /** A larger frame from the client closes with 1009 */
  max_frame_bytes: number;
  /** How many commands may await their reply */
  command_window: number;
  /** The server's clock */
  now: Time;
}

export interface Snapshot {
  /** snapshot */
  type: "snapshot";
  /** The next event has this seq + 1 */
  seq: number;
  /** start; expired: there is nothing to resume; overrun: events were missed; restart: the server, or a part of it, started again; access_changed: the role or the queues of the agent are others. Only the first comes once */
  reason: string;
  /** The state */
  data: SnapshotData;
}

export interface SnapshotData {
  /** Oneself */
  agent: AgentState;
  /** Open offers */
  offers: Offer[];
  /** Owned conversations, active and in wrap-up */
  conversations: ConversationHead[];
  /** What the agent has begun to write in them */
  drafts: Draft[];
  /** All queues, as targets of transfers */
  queues: Ref[];
  /** Reasons for not ready */
  pause_reasons: PauseReason[];
  /** Scripts of the queues that the agent serves or has conversations of */
  scripts: Script[];
}

export interface AgentState {
  /** agt_… */
  id: string;
  /** Name */
  name: string;
  /** ready or not_ready */
  status: string;
  /** Pause reason, or disconnected, no_answer, signed_in; empty when ready or none was given */
  reason_id: string;
  /** Since when */
  status_since: Time;
  /** It becomes not ready when the last conversation is done */
  after_current?: boolean;
  /** after_current: the reason then */
  after_reason_id?: string;
  /** When the pause should end, by its reason's planned minutes */
  planned_until?: Time;
  /** Weight for new conversations */
  capacity: number;
  /** Weight of what is owned, in wrap-up and offered, without conversations that rest */
  load: number;
  /** Weight that is never exceeded */
  hard_capacity: number;
  /** Weight of all, resting conversations included */
  hard_load: number;
  /** Queues that the agent serves */
  queues: Ref[];
}

export interface Ref {
  /** Id of the object */
  id: string;
  /** Its name when the frame was made */
  name: string;
}

export interface Offer {
  /** off_… */
  id: string;
  /** cnv_… */
  conversation_id: string;
  /** The queue it comes from */
  queue: Ref;
  /** How the contact writes */
  channel: ChannelRef;
  /** Who writes */
  contact: ContactRef;
  /** Subject; may be empty */
  subject: string;
  /** -10 to 10, higher first */
  priority: number;
  /** Since when the contact waits */
  enqueued_at: Time;
  /** Milliseconds waited when the offer was made */
  wait_ms: number;
  /** 1 for the first offer of this wait, then one more each time */
  attempt: number;
  /** True when it comes back to this agent because nobody else was available */
  returned: boolean;
  /** queue or transfer */
  kind: string;
  /** Transfer: who hands over */
  from_agent?: Ref;
  /** Transfer: what the sender wrote to the receiver */
  note?: string;
  /** Deadline by the server's clock */
  expires_at: Time;
  /** Start of the contact's last message, at most 200 characters */
  last_text: string;
  /** What the conversation asked for at first and does not any more, because it waited */
  relaxed?: Relaxation[];
}

export interface ChannelRef {
  /** chn_… */
  id: string;
  /** generic, web, whatsapp or telegram */
  kind: string;
  /** Name of the channel */
  name: string;
}

export interface ContactRef {
  /** con_… */
  id: string;
  /** Name of the contact; may be empty */
  name: string;
  /** The identity that the conversation came from, in canonical form */
  identity: string;
}

export interface Relaxation {
  /** lower, drop or tier */
  action: string;
  /** lower, drop: skl_… */
  skill_id?: string;
  /** lower: the level that is asked for now */
  level?: number;
  /** tier: the highest that may have it now */
  tier?: number;
  /** After so many milliseconds in the queue */
  after_ms: number;
}

export interface ConversationHead {
  /** cnv_… */
  id: string;
  /** Number for people, per year */
  protocol_number: string;
  /** queued, offered, active, wrapup or closed */
  state: string;
  /** Grows with every change of this head */
  version: number;
  /** Its queue */
  queue: Ref;
  /** Its channel */
  channel: ChannelRef;
  /** Its contact */
  contact: ContactRef;
  /** Subject; may be empty */
  subject: string;
  /** -10 to 10, higher first */
  priority: number;
  /** The agent who has it */
  owner_agent_id?: string;
  /** The agent put it on hold */
  on_hold: boolean;
  /** A transfer that awaits its acceptance */
  transfer?: Transfer;
  /** When it entered its queue for the first time since it was opened */
  enqueued_at: Time;
  /** When its owner accepted */
  assigned_at?: Time;
  /** When it was closed */
  closed_at?: Time;
  /** seq of the newest message; 0 = none */
  last_seq: number;
  /** Up to here the agent's side has read */
  read_seq: number;
  /** Contact messages after read_seq */
  unread: number;
  /** The newest message */
  last_message?: Message;
  /** It cannot be closed without its script */
  script_required: boolean;
  /** Until when the channel takes free messages */
  window_expires_at?: Time;
  /** When its first message arrived */
  opened_at: Time;
  /** The closed conversation that this one follows */
  previous_id?: string;
  /** The filled script */
  script?: Disposition;
  /** Free facts that its first message brought */
  attributes?: { [key: string]: string };
  /** When wrap-up ends by itself */
  wrapup_until?: Time;
  /** Sorted; in lower case */
  tags?: string[];
  /** How it was closed: agent, supervisor, contact_left, wrapup_over or inactivity */
  close_cause?: string;
  /** Put away by its owner until then, or until the contact writes; it takes no slot */
  snoozed_until?: Time;
  /** What the contact thinks of it; for its owner (the last one, once it is closed) and supervisors */
  rating?: Rating;
}

export interface Transfer {
  /** Id of the transfer */
  id: string;
  /** Where it goes */
  to: Target;
  /** Name of the target */
  to_name: string;
  /** When it returns to the sender by itself */
  expires_at: Time;
}

export interface Target {
  /** agt_…: an offer to this agent; the sender keeps the conversation until it is accepted */
  agent_id?: string;
  /** que_…: back to waiting, in one commit; the waiting time is kept */
  queue_id?: string;
}

export interface Message {
  /** msg_… */
  id: string;
  /** cnv_… */
  conversation_id: string;
  /** 1, 2, 3 … per conversation, in order of arrival, without gaps */
  seq: number;
  /** Who wrote it */
  author: Author;
  /** Plain text; may be empty when there are attachments */
  text: string;
  /** Files */
  attachments: Attachment[];
  /** When it became durable here */
  at: Time;
  /** When the contact sent it, by the channel's clock */
  sent_at?: Time;
  /** msg_… that it answers */
  reply_to?: string;
  /** To the contact: queued, sent, delivered, read or failed; never goes back */
  delivery?: string;
  /** Why the delivery failed: a stable word */
  error?: string;
  /** The prepared text that it came from */
  canned_response_id?: string;
  /** When its text was last changed */
  edited_at?: Time;
  /** When it was redacted */
  redacted_at?: Time;
  /** It was redacted: text, files and author's name are gone */
  redacted?: boolean;
}

export interface Author {
  /** contact, agent, bot or system */
  kind: string;
  /** con_… or agt_… */
  id?: string;
  /** Name, kept as it was then */
  name: string;
  /** Number or document shown above the name, kept as it was then */
  identity?: string;
}

export interface Attachment {
  /** att_… */
  id: string;
  /** File name, made safe; its ending fits its type */
  name: string;
  /** Bytes; 0 while it is fetched */
  size: number;
  /** Media type found in the bytes; while it is fetched, what the provider says */
  type: string;
  /** fetching, uploaded, scanning, clean, infected or failed; only a clean one can be downloaded */
  state: string;
  /** failed: too_large, type_refused, damaged, gone, quota_exceeded, scan_failed or unavailable */
  reason?: string;
  /** Images: pixels across, upright */
  width?: number;
  /** Images: pixels down, upright */
  height?: number;
  /** Address of a small picture of at most 320 pixels a side, from the server's root */
  thumbnail?: string;
}

export interface Disposition {
  /** Reason that was chosen. automatic: the queue's default, or a word of the server as in close_cause */
  reason_id: string;
  /** Was it resolved? */
  resolved: boolean;
  /** Question id → answer as text */
  answers?: { [key: string]: string };
  /** Filled in by the server, not by a person */
  automatic: boolean;
}

export interface Rating {
  /** 1 to 5, higher is better */
  score: number;
  /** In the contact's words */
  comment?: string;
  /** When it was first given */
  at: Time;
  /** When it was last changed */
  changed_at?: Time;
}

export interface Draft {
  /** cnv_… */
  conversation_id: string;
  /** What is written so far; empty: nothing any more */
  text: string;
}

export interface PauseReason {
  /** pau_… */
  id: string;
  /** +1 with every change; for If-Match */
  version: number;
  /** Unique name */
  name: string;
  /** How long it should last; 0 = no plan */
  planned_minutes: number;
  /** Counts as work in the reports */
  productive: boolean;
}

export interface Script {
  /** scr_… */
  id: string;
  /** +1 with every change; for If-Match */
  version: number;
  /** Unique name */
  name: string;
  /** Tree of reasons; a leaf is chosen */
  reasons: Reason[];
  /** Asked besides reason and resolved */
  questions: Question[];
}

export interface Reason {
  /** Unique within the script; made by the server when absent */
  id: string;
  /** Text */
  label: string;
  /** Finer reasons */
  children?: Reason[];
}

export interface Question {
  /** Unique within the script; made by the server when absent */
  id: string;
  /** Text */
  label: string;
  /** What is answered; text when absent */
  kind: "text" | "number" | "bool" | "choice" | "";
  /** choice: the values */
  choices?: string[];
  /** Must be answered */
  required?: boolean;
}

export interface Resumed {
  /** resumed */
  type: "resumed";
  /** First missing event */
  from: number;
  /** Last missing event */
  to: number;
}

export interface Ping {
  /** ping */
  type: "ping";
  /** Number of the ping */
  n: number;
}

export interface Drain {
  /** drain */
  type: "drain";
  /** Milliseconds, to spread over */
  reconnect_within_ms: number;
}

export interface Start {
  /** start */
  type: "start";
}

export interface Resume {
  /** resume */
  type: "resume";
  /** From the last hello */
  session: string;
  /** From the last hello */
  resume_token: string;
  /** From the last hello */
  epoch: string;
  /** The last event seen */
  seq: number;
}

export interface Pong {
  /** pong */
  type: "pong";
  /** Number of the ping */
  n: number;
  /** The last event seen */
  seq: number;
}

export interface WidgetSnapshot {
  /** snapshot */
  type: "snapshot";
  /** The next event has this seq + 1 */
  seq: number;
  /** As for agents; access_changed: the settings of the channel are others */
  reason: string;
  /** The state */
  data: WidgetData;
}

export interface WidgetData {
  /** To be kept and shown next time; empty where an identity proof is what counts */
  visitor_token: string;
  /** The channel */
  channel: Ref;
  /** How to appear; origins are left out */
  widget: Widget;
  /** Whether somebody can be expected to answer; always open where the queue has no hours */
  hours: WidgetHours;
  /** The open conversation, else the last one; null before the first message */
  conversation: WidgetConversation;
  /** Its last messages, in order */
  messages: Message[];
  /** There are earlier ones */
  more: boolean;
  /** Longest text of a message */
  max_text_bytes: number;
  /** Largest file */
  max_file_bytes: number;
  /** Files of one message */
  max_files: number;
  /** Media types that are taken, as found in the bytes: image/png, or audio/* for a whole family */
  file_types: string[];
}

export interface Widget {
  /** Origins of pages that may show the widget, as scheme://host[:port]. The server's own pages always may */
  origins: string[];
  /** Only visitors that the host site vouches for; needs config.identity_secret */
  require_identity: boolean;
  /** Title of the window; the organisation's channel name when empty */
  title: string;
  /** Shown before the first message; not a message of the conversation */
  welcome: string;
  /** Shown outside the queue's business hours; not a message of the conversation */
  closed_text: string;
  /** Accent colour as #rrggbb */
  color: string;
  /** Language of the widget; that of the page when empty */
  language: "" | "pt-BR" | "en" | "es" | "";
  /** Asked before the first message; the answers become attributes of the conversation */
  pre_chat: PreChatAsk[];
  /** Pages and tabs of one visitor at once */
  max_sessions: number;
  /** Visitors are asked to rate a conversation that is over */
  rating: boolean;
  /** Of one visitor, sustained; twice as many at once */
  messages_per_minute: number;
}

export interface PreChatAsk {
  /** Name of the attribute */
  key: string;
  /** Text */
  label: string;
  /** What is typed; never a proof of who somebody is */
  kind: "text" | "email" | "phone";
  /** Must be filled in */
  required?: boolean;
}

export interface WidgetHours {
  /** Within the business hours of the channel's queue. Messages are taken in at any time */
  open: boolean;
  /** When that changes; absent: not in sight */
  changes_at?: Time;
}

export interface WidgetConversation {
  /** cnv_… */
  id: string;
  /** Number for people */
  protocol_number: string;
  /** queued, active or closed */
  state: string;
  /** queued: 1 is next; absent when it is not known */
  position?: number;
  /** queued: estimated milliseconds until somebody answers; absent when it is not known */
  wait_estimate_ms?: number;
  /** Who answers */
  agent?: WidgetAgent;
  /** The agent put it on hold */
  on_hold: boolean;
  /** Up to here the agent's side has read */
  read_seq: number;
  /** closed: a rating is asked for, or may still be changed for 24 hours after the first one */
  rating_asked: boolean;
  /** The visitor's own rating */
  rating?: Rating;
}

export interface WidgetAgent {
  /** Name */
  name: string;
}

export interface WidgetStart {
  /** start */
  type: "start";
  /** From an earlier snapshot: the same visitor again; absent: a new one */
  visitor_token?: string;
  /** JSON Web Token (HS256, key config.identity_secret) by the host site: sub (the customer's id there) and exp are required; name, email, phone_number and aud (the channel's id) may be there. It counts instead of the token */
  identity_proof?: string;
  /** What the visitor calls themselves; shown to agents, proves nothing */
  name?: string;
  /** Address of the page */
  page?: string;
  /** Answers to widget.pre_chat by key; others are refused */
  attributes?: { [key: string]: string };
}

export interface WidgetResume {
  /** resume */
  type: "resume";
  /** From the last hello */
  session: string;
  /** From the last hello */
  resume_token: string;
  /** From the last hello */
  epoch: string;
  /** The last event seen */
  seq: number;
  /** From an earlier snapshot: the same visitor again; absent: a new one */
  visitor_token?: string;
  /** JSON Web Token (HS256, key config.identity_secret) by the host site: sub (the customer's id there) and exp are required; name, email, phone_number and aud (the channel's id) may be there. It counts instead of the token */
  identity_proof?: string;
  /** As in start */
  name?: string;
  /** As in start */
  page?: string;
}

export interface Command {
  /** command */
  type: "command";
  /** Unique, made by the client; the same id within 24 h gets the first answer again */
  id: string;
  /** See the table of commands */
  name: string;
  /** By name */
  data?: unknown;
}

export interface Reply {
  /** reply */
  type: "reply";
  /** The command's id */
  id: string;
  /** Carried out or refused */
  ok: boolean;
  /** The last event that the command caused in this session, if any */
  seq?: number;
  /** By name of the command */
  data?: unknown;
  /** Why it was refused */
  error?: Error;
}

export interface Error {
  /** Stable code */
  code: string;
  /** One sentence for people */
  message: string;
  /** What some codes add */
  data?: ErrorData;
}

export interface ErrorData {
  /** target_unavailable: offline, not_ready, full, not_member, same_agent, gone, no_such_target; type_refused: not_allowed, damaged or too_many_pixels; others: a stable word */
  reason?: string;
  /** rate_limited, overloaded: milliseconds until the next try makes sense */
  retry_after_ms?: number;
  /** too_large: the most that is taken */
  max_bytes?: number;
  /** bad_request: the fields at fault */
  errors?: FieldError[];
}

export interface FieldError {
  /** JSON pointer (RFC 6901) to the field in the body, or query/NAME, path/NAME, header/NAME */
  pointer: string;
  /** Stable code of the problem */
  code: string;
  /** Of a file, where people look for the field: from 1 */
  line?: number;
  /** Of that line, from 1 */
  column?: number;
}

export interface Event {
  /** event */
  type: "event";
  /** +1 each, per session, without gaps */
  seq: number;
  /** See the table of events */
  name: string;
  /** When it happened */
  at: Time;
  /** By name */
  data: unknown;
}

export interface StatusSet {
  /** ready or not_ready */
  status: "ready" | "not_ready";
  /** Pause reason, for not_ready */
  reason_id?: string;
  /** not_ready only when the last conversation is done; no offers until then */
  after_current?: boolean;
}

export interface StatusReply {
  /** The status now */
  status: string;
  /** Its reason; empty when ready or none was given */
  reason_id: string;
  /** Since when */
  since: Time;
  /** It becomes not ready when the last conversation is done */
  after_current: boolean;
  /** after_current: the reason then */
  after_reason_id?: string;
  /** When the pause should end, by its reason's planned minutes */
  planned_until?: Time;
}

export interface OfferAccept {
  /** off_… */
  offer_id: string;
}

export interface ConversationReply {
  /** The conversation after the change */
  conversation: ConversationHead;
}

export interface OfferDecline {
  /** off_… */
  offer_id: string;
  /** Why, for the supervisor */
  reason?: string;
}

export type Empty = { [key: string]: never };

export interface MessageSend {
  /** cnv_… */
  conversation_id: string;
  /** Plain text of at most 16 384 bytes; required unless there are attachments */
  text?: string;
  /** Uploaded files */
  attachment_ids?: string[];
  /** The canned response that the text came from, for the reports */
  canned_response_id?: string;
  /** msg_… that it answers */
  reply_to?: string;
}

export interface MessageReply {
  /** The message with its seq */
  message: Message;
}

export interface MessageEdit {
  /** cnv_… */
  conversation_id: string;
  /** msg_…; this or seq is required, and when both are there they must be of the same message */
  message_id?: string;
  /** seq of the message */
  seq?: number;
  /** The new text: plain, at most 16 384 bytes */
  text: string;
}

export interface MessageRedact {
  /** cnv_… */
  conversation_id: string;
  /** msg_…; this or seq is required, and when both are there they must be of the same message */
  message_id?: string;
  /** seq of the message */
  seq?: number;
  /** Why, for the record; never repeat there what is to be hidden */
  reason: string;
}

export interface MessageRead {
  /** cnv_… */
  conversation_id: string;
  /** Read up to here; never goes back */
  seq: number;
}

export interface TypingSet {
  /** cnv_… */
  conversation_id: string;
  /** Ends by itself after 10 s */
  typing: boolean;
}

export interface DraftSave {
  /** cnv_… */
  conversation_id: string;
  /** What is written so far; empty: nothing is kept */
  text: string;
}

export interface NoteAdd {
  /** cnv_… */
  conversation_id: string;
  /** Plain text */
  text: string;
  /** agt_… of who is mentioned */
  mentions?: string[];
}

export interface NoteReply {
  /** The note */
  note: Note;
}

export interface Note {
  /** not_… */
  id: string;
  /** cnv_… */
  conversation_id: string;
  /** Who wrote it */
  author: Author;
  /** Plain text */
  text: string;
  /** agt_… of who is mentioned */
  mentions: string[];
  /** When it became durable */
  at: Time;
  /** A supervisor's word to the owner: nobody but the owner and supervisors sees it */
  whisper?: boolean;
}

export interface TransferStart {
  /** cnv_… */
  conversation_id: string;
  /** Exactly one of agent_id and queue_id */
  to: Target;
  /** For the receiver */
  note?: string;
}

export interface TransferReply {
  /** Id of the transfer */
  transfer_id: string;
}

export interface ConversationID {
  /** cnv_… */
  conversation_id: string;
}

export interface ConversationClose {
  /** cnv_… */
  conversation_id: string;
  /** The disposition; required where the queue demands it */
  script?: ScriptAnswer;
  /** Supervisors: close without the script that the queue demands, and without wrap-up; the record says who did */
  override_script?: boolean;
}

export interface ScriptAnswer {
  /** A leaf of the script's reasons; required where the queue demands the script */
  reason_id: string;
  /** Was it resolved? */
  resolved: boolean;
  /** Question id → text of at most 2 000 characters, number or bool */
  answers?: { [key: string]: unknown };
}

export interface ConversationSnooze {
  /** cnv_… */
  conversation_id: string;
  /** A minute to 30 days from now */
  until: Time;
}

export interface ConversationTag {
  /** cnv_… */
  conversation_id: string;
  /** Tags to add. A tag is kept in lower case with single blanks; at most 50 characters, no comma */
  add?: string[];
  /** Tags to remove; one that is not there does not matter */
  remove?: string[];
}

export interface DirectorySearch {
  /** Part of a name; accents and case do not matter; empty = all */
  text: string;
  /** At most so many agents */
  limit: number;
}

export interface Directory {
  /** Agents by name, available ones first */
  agents: DirectoryAgent[];
  /** Queues whose name matches */
  queues: Ref[];
}

export interface DirectoryAgent {
  /** agt_… */
  id: string;
  /** Name */
  name: string;
  /** green: ready with a free slot; amber: ready but full; red: not ready; grey: offline */
  dot: string;
  /** available, full, not_ready or offline */
  why: string;
  /** Slots */
  capacity: number;
  /** Slots in use */
  load: number;
}

export interface DirectorySubscribe {
  /** See the queues that one serves: directory.queues */
  queues?: boolean;
  /** See who could take a conversation: directory.agents */
  agents?: boolean;
}

export interface StatusForce {
  /** agt_… */
  agent_id: string;
  /** ready or not_ready */
  status: "ready" | "not_ready";
  /** Pause reason, for not_ready */
  reason_id?: string;
}

export interface ConversationAssign {
  /** cnv_… */
  conversation_id: string;
  /** agt_… who gets it */
  agent_id: string;
}

export interface LiveSubscribe {
  /** que_… to see; absent: all that one supervises */
  queues?: string[];
  /** agt_… to see; absent: all who serve these queues */
  agents?: string[];
}

export interface NoteWhisper {
  /** cnv_… */
  conversation_id: string;
  /** Plain text */
  text: string;
}

export interface AgentReassignAll {
  /** agt_… whose conversations are taken */
  agent_id: string;
  /** Where they go; absent: each to its own queue */
  to?: QueueTarget;
}

export interface QueueTarget {
  /** que_… */
  queue_id: string;
}

export interface ReassignReply {
  /** Conversations in progress that leave the agent; what is in wrap-up stays */
  conversation_ids: string[];
}

export interface ConversationPriority {
  /** cnv_… */
  conversation_id: string;
  /** Higher first. Who waits keeps its waiting time */
  priority: number;
}

export interface ConversationRequeue {
  /** cnv_… */
  conversation_id: string;
  /** Another queue; the same one when empty */
  queue_id?: string;
  /** Another priority */
  priority?: number;
}

export interface WidgetSend {
  /** Plain text of at most 16 384 bytes; required unless there are attachments */
  text?: string;
  /** Uploaded files */
  attachment_ids?: string[];
  /** msg_… that it answers */
  reply_to?: string;
}

export interface WidgetTypingSet {
  /** Started or stopped */
  typing: boolean;
}

export interface WidgetRead {
  /** Every message up to here was shown; never goes back */
  seq: number;
}

export interface RatingGive {
  /** 1 to 5, higher is better */
  rating: number;
  /** In the visitor's words */
  comment?: string;
}

export interface OfferEnded {
  /** off_… */
  offer_id: string;
  /** accepted_elsewhere, declined, expired, withdrawn or agent_lost */
  cause: string;
}

export interface ConversationMessage {
  /** cnv_… */
  conversation_id: string;
  /** The new message */
  message: Message;
  /** Version of the conversation after it */
  version: number;
  /** Contact messages after read_seq */
  unread: number;
}

export interface MessageChanged {
  /** cnv_… */
  conversation_id: string;
  /** The message as it is now */
  message: Message;
  /** Version of the conversation after it */
  version: number;
}

export interface ConversationRead {
  /** cnv_… */
  conversation_id: string;
  /** Read up to here */
  read_seq: number;
  /** Contact messages after read_seq */
  unread: number;
}

export interface ConversationTyping {
  /** cnv_… */
  conversation_id: string;
  /** Who types */
  author: Author;
  /** Started or stopped */
  typing: boolean;
}

export interface ConversationNote {
  /** cnv_… */
  conversation_id: string;
  /** The note */
  note: Note;
}

export interface ConversationDelivery {
  /** cnv_… */
  conversation_id: string;
  /** msg_… */
  message_id: string;
  /** seq of the message */
  seq: number;
  /** queued, sent, delivered, read or failed */
  delivery: string;
  /** Why it failed: a stable word */
  error?: string;
}

export interface ConversationUnanswered {
  /** cnv_… */
  conversation_id: string;
  /** Number for people */
  protocol_number: string;
  /** Its queue */
  queue: Ref;
  /** Who waits */
  contact: ContactRef;
  /** Who owes the answer */
  owner: Ref;
  /** nudge: the owner is reminded; alert: the supervisors know */
  level: string;
  /** Since when the contact waits, by the settings of now */
  since: Time;
}

export interface TransferPending {
  /** cnv_… */
  conversation_id: string;
  /** The transfer that awaits its acceptance */
  transfer: Transfer;
}

export interface TransferEnded {
  /** cnv_… */
  conversation_id: string;
  /** Id of the transfer */
  transfer_id: string;
  /** accepted, declined, expired, target_gone or cancelled */
  outcome: string;
}

export interface ConversationRemoved {
  /** cnv_… */
  conversation_id: string;
  /** closed, transferred, requeued or taken_over */
  cause: string;
}

export interface ConversationWatched {
  /** The conversation as it is */
  conversation: ConversationHead;
  /** Its last messages, in order; at most 50 */
  messages: Message[];
  /** There are earlier ones: GET /conversations/{id}/messages */
  more: boolean;
}

export interface WatchEnded {
  /** cnv_… */
  conversation_id: string;
}

export interface LiveQueues {
  /** These are all; else those that changed */
  full: boolean;
  /** Queues as they are now */
  queues: LiveQueue[];
  /** que_… that are gone */
  removed?: string[];
}

export interface LiveQueue {
  /** Which queue */
  queue: Ref;
  /** Conversations that wait; one that is offered to somebody does not, until the offer ends without an owner */
  waiting: number;
  /** When the one that has waited longest came; absent: nobody waits */
  oldest_at?: Time;
  /** How long one that comes now is expected to wait; absent: unknown */
  wait_estimate_ms?: number;
  /** Agents that are connected and ready, busy ones too */
  ready_agents: number;
  /** Its agents by their dots */
  agents: AgentDots;
  /** Of the last hour */
  service_level: ServiceLevel;
}

export interface AgentDots {
  /** Ready, with room */
  green: number;
  /** Ready and busy */
  amber: number;
  /** Not ready */
  red: number;
  /** Offline */
  grey: number;
}

export interface ServiceLevel {
  /** service_level_ms of the queue */
  target_ms: number;
  /** Waits that an agent ended, from entering the queue */
  answered: number;
  /** Of those, within the target */
  within: number;
  /** Waits that the customer ended, after more than five seconds */
  abandoned: number;
  /** within of answered and abandoned; 100 of none */
  percent: number;
}

export interface LiveAgents {
  /** These are all; else those that changed */
  full: boolean;
  /** Agents as they are now */
  agents: LiveAgent[];
  /** agt_… who are not in the view any more */
  removed?: string[];
}

export interface LiveAgent {
  /** Who */
  agent: Ref;
  /** ready or not_ready */
  status: string;
  /** Of not_ready */
  reason_id?: string;
  /** Since when */
  status_since?: Time;
  /** When the pause should end */
  planned_until?: Time;
  /** It becomes not ready when the last conversation is done */
  after_current?: boolean;
  /** green, amber, red or grey */
  dot: string;
  /** Why the dot is not green, in a word */
  why?: string;
  /** Slots in use that count against the capacity */
  load: number;
  /** Slots for new conversations */
  capacity: number;
  /** All slots in use */
  hard_load: number;
  /** Slots that are never exceeded */
  hard_capacity: number;
  /** Offers missed in a row */
  misses: number;
  /** How many it owns, those being filed too */
  conversations: number;
  /** Its queues */
  queue_ids: string[];
}

export interface LiveAlerts {
  /** All that are raised, oldest first */
  alerts: Alert[];
}

export interface Alert {
  /** max_waiting, max_wait, min_ready, min_service_level: limits of a queue; unanswered: a contact waits for the owner's answer; agent_no_answer: not ready because of misses; agent_gone: not ready because the connection was lost */
  kind: string;
  /** Of a limit, and of unanswered */
  queue?: Ref;
  /** Of agent_no_answer and agent_gone; the owner, of unanswered */
  agent?: Ref;
  /** unanswered: cnv_… */
  conversation_id?: string;
  /** Since when */
  since: Time;
  /** Of a limit: the figure when it was raised */
  value?: number;
  /** Of a limit: the limit then */
  limit?: number;
}

export interface DirectoryQueues {
  /** These are all; else those that changed */
  full: boolean;
  /** Queues as they are now */
  queues: DirectoryQueue[];
  /** que_… that are gone */
  removed?: string[];
}

export interface DirectoryQueue {
  /** Which queue */
  queue: Ref;
  /** Conversations that wait; one that is offered to somebody does not, until the offer ends without an owner */
  waiting: number;
  /** When the one that has waited longest came; absent: nobody waits */
  oldest_at?: Time;
}

export interface DirectoryAgents {
  /** These are all; else those that changed */
  full: boolean;
  /** Agents as they are now, oneself too, in no order that means anything */
  agents: DirectoryAgent[];
  /** agt_… who are gone */
  removed?: string[];
}

export interface StatusChanged {
  /** ready or not_ready */
  status: string;
  /** As in the snapshot */
  reason_id: string;
  /** Who changed it */
  by: Actor;
  /** When it was changed */
  at: Time;
  /** Since when the status holds */
  since: Time;
  /** It becomes not ready when the last conversation is done */
  after_current?: boolean;
  /** after_current: the reason then */
  after_reason_id?: string;
  /** When the pause should end, by its reason's planned minutes */
  planned_until?: Time;
}

export interface Actor {
  /** agent (another id than one's own is a supervisor's) or system */
  kind: string;
  /** agt_… */
  id?: string;
  /** Name */
  name?: string;
}

export interface AttachmentUpdated {
  /** cnv_…; absent while no message has it */
  conversation_id?: string;
  /** The file as it is now */
  attachment: Attachment;
}

export interface ContactUpdated {
  /** The contact after the change */
  contact: Contact;
}

export interface Contact {
  /** con_… */
  id: string;
  /** Grows with every change */
  version: number;
  /** Name */
  name: string;
  /** How the contact is known: at most 20 of its own, and those of the merged ones, which a change leaves where they are */
  identities: Identity[];
  /** Documents such as cpf: at most 20 of its own, and those of the merged ones */
  documents: Identity[];
  /** Custom fields by key: text, number, date (2026-01-31), true or false, as the field's definition says; null removes one */
  fields: { [key: string]: unknown };
  /** The latest word on each purpose */
  consents: Consent[];
  /** Keys of required fields that have no value yet */
  missing_fields: string[];
  /** Contacts that were merged into this one, directly or through others: what they have completes what it has, and stays theirs */
  merged: MergedContact[];
  /** Conversations so far, those of merged contacts included; counted up to 100 */
  conversations: number;
  /** JSON pointers to what is shown masked; POST /contacts/{id}/reveal shows it */
  masked: string[];
  /** When it was first seen */
  created_at?: Time;
}

export interface Identity {
  /** phone (E.164), whatsapp, telegram, email, visitor, or another word in lower case */
  kind: string;
  /** The identity itself */
  value: string;
}

export interface Consent {
  /** What the consent is about, such as marketing */
  purpose: string;
  /** given or withdrawn */
  state: string;
  /** Where it was said */
  source: string;
  /** More about it */
  note?: string;
  /** Who recorded it */
  by: Author;
  /** When the contact said it */
  at: Time;
  /** When it was recorded */
  recorded_at: Time;
}

export interface MergedContact {
  /** con_…; wherever an id of a contact is asked for, it leads to the one that stands for it */
  id: string;
  /** Its own name; may be empty */
  name: string;
  /** Its own identities */
  identities: Identity[];
  /** con_…: the one that it was merged into */
  merged_into: string;
  /** Who did it */
  merged_by: Ref;
  /** When */
  merged_at: Time;
}

export interface QueueWaiting {
  /** que_… */
  queue_id: string;
  /** Conversations in the queue */
  waiting: number;
  /** When the one that has waited longest came; absent: nobody waits */
  oldest_at?: Time;
}

export interface ConfigChanged {
  /** queue, agent, channel, script, canned_response, pause_reason, skill …; announcement: it was written, changed, removed, or read by oneself */
  kind: string;
  /** Which one */
  id: string;
  /** Its new version; 0 = removed */
  version: number;
}

export interface WidgetMessage {
  /** cnv_… */
  conversation_id: string;
  /** The new message; of its author only kind and name are told */
  message: Message;
}

export interface WidgetMessageChanged {
  /** cnv_… */
  conversation_id: string;
  /** The message as it is now; of its author only kind and name are told */
  message: Message;
}

export interface WidgetTyping {
  /** cnv_… */
  conversation_id: string;
  /** Who types: kind and name */
  author: Author;
  /** Started or stopped */
  typing: boolean;
}

export interface OpenedFact {
  /** Its first queue */
  queue: Ref;
  /** Its channel */
  channel: ChannelRef;
  /** Its contact */
  contact: ContactRef;
  /** Subject; may be empty */
  subject: string;
  /** -10 to 10, higher first */
  priority: number;
  /** Number for people */
  protocol_number: string;
  /** The closed conversation that it follows */
  previous_id?: string;
  /** Skills that it asks for */
  skills: SkillNeed[];
  /** Free facts that its first message brought */
  attributes?: { [key: string]: string };
}

export interface SkillNeed {
  /** skl_…; one that is not there is refused */
  id: string;
  /** 1 to 5; absent = 1 */
  min_level?: number;
}

export interface JoinedFact {
  /** Where it waits */
  queue: Ref;
  /** 1: next */
  position: number;
  /** How many wait there, with it */
  waiting: number;
  /** Agents of the queue that are ready, busy ones too */
  ready_agents: number;
  /** How long it was expected to wait; absent: unknown */
  wait_estimate_ms?: number;
}

export interface NobodyFact {
  /** Where it waits */
  queue: Ref;
}

export interface OfferFact {
  /** off_… */
  offer_id: string;
  /** Its addressee */
  agent?: Ref;
  /** offer_made: queue, transfer, auto (given without asking) or pick (taken from the queue's list) */
  kind?: string;
  /** offer_made: which offer of this wait */
  attempt?: number;
  /** offer_made: its deadline */
  expires_at?: Time;
  /** offer_made: who transfers */
  from?: Ref;
  /** offer_made: note of the transfer */
  note?: string;
  /** offer_made: it comes back to this agent */
  returned?: boolean;
  /** offer_made: how many agents may have it open at the same time; absent: this one alone */
  parallel?: number;
  /** offer_made: what the conversation does not ask for any more */
  relaxed?: Relaxation[];
  /** offer_declined: what the agent said; offer_withdrawn: the cause */
  reason?: string;
  /** offer_withdrawn: who caused it */
  by?: Ref;
}

export interface OwnerFact {
  /** The owner */
  agent?: Ref;
  /** The supervisor who assigned it */
  by?: Ref;
  /** owner_lost: when it goes back to the queue; absent: with the contact's next message */
  requeue_at?: Time;
}

export interface TakenOverFact {
  /** The supervisor who owns it now */
  agent?: Ref;
  /** Who had it; absent: nobody */
  from?: Ref;
}

export interface QueuedFact {
  /** Where it waits now */
  queue: Ref;
  /** transfer, requeue, owner_lost, reopened, relaxed or overflow */
  cause: string;
  /** Who caused it; absent for the server and the contact */
  by?: Ref;
  /** Transfer: note to the receiver */
  note?: string;
  /** Priority from then on */
  priority: number;
}

export interface OverflowFact {
  /** The queue that it overflowed */
  queue: Ref;
  /** closed, max_length, nobody_ready or max_wait */
  cause: string;
  /** queue, message, callback, refuse; stays: what the rule asks for was not possible */
  action: string;
  /** queue: where it waits now */
  to?: Ref;
}

export interface HoldFact {
  /** On hold from then on */
  on_hold: boolean;
  /** Who changed it */
  by?: Ref;
}

export interface SnoozeFact {
  /** conversation_snoozed: until then at most */
  until?: Time;
  /** Who said so; absent when its time came or the contact wrote */
  by?: Ref;
}

export interface TagsFact {
  /** Tags that were added */
  added: string[];
  /** Tags that were removed */
  removed: string[];
  /** Who changed them; absent for a program */
  by?: Ref;
}

export interface PriorityFact {
  /** From then on */
  priority: number;
  /** Who changed it; absent for a program */
  by?: Ref;
}

export interface ChangeFact {
  /** Which message */
  seq: number;
  /** Who changed it; absent for a program */
  by?: Ref;
  /** message_redacted: why */
  reason?: string;
  /** change_sent: why the channel did not take the change; a stable word */
  error?: string;
}

export interface RatingFact {
  /** 1 to 5, higher is better */
  score: number;
  /** In the contact's words */
  comment?: string;
}

export interface SilenceFact {
  /** nudge: the owner was reminded; alert: the supervisors were told; warning: the contact was warned; empty: the setting was switched off meanwhile */
  told: string;
  /** Milliseconds until the next step */
  next_ms?: number;
}

export interface ReadFact {
  /** Read up to here */
  seq: number;
  /** Who read */
  by?: Ref;
}

export interface DeliveryFact {
  /** Which message */
  seq: number;
  /** queued, sent, delivered, read or failed */
  delivery: string;
  /** Why it failed: a stable word */
  error?: string;
}

export interface EndFact {
  /** Who ended it; absent for the contact and the server */
  by?: Ref;
  /** conversation_ended: agent, supervisor, contact_left, wrapup_over, inactivity or overflow */
  cause?: string;
  /** The filled script */
  script?: Disposition;
  /** wrapup_started: when it ends by itself */
  until?: Time;
  /** conversation_ended: a supervisor closed without the script that the queue demands */
  script_overridden?: boolean;
}

export interface Queue {
  /** que_… */
  id: string;
  /** +1 with every change; for If-Match */
  version: number;
  /** Unique name */
  name: string;
  /** Who gets the next conversation. top_down: the lowest tier of the agents' queue_settings first, the next one only when nobody of the earlier can take it; weighted: in proportion to their weights, evenly mixed; random: drawn from random_seed. Ties go to who has been idle longest */
  strategy: "longest_idle" | "least_busy" | "most_spare_capacity" | "round_robin" | "top_down" | "weighted" | "random";
  /** random: the same seed gives the same choices */
  random_seed: number;
  /** Seconds of waiting that are worth one step of priority; 0 = no waiting makes up for a lower priority */
  age_boost_s: number;
  /** What conversations stop asking for when they have waited in this queue, in order of time */
  skills_relaxation: RelaxationStep[];
  /** Milliseconds for which a conversation is kept for its preferred agent (the one who had it, the one its first message names, or who served the contact last) while that one is at work and busy. 0 = it is not kept: a preferred agent who is free gets it, else anybody */
  preferred_ms: number;
  /** push: conversations are offered; pull: nothing is offered, the members see who waits and pick (conversation.pick); auto: conversations are given without asking */
  mode: "push" | "pull" | "auto";
  /** How many agents are offered one conversation at the same time; the first who accepts has it. Above 1 in the mode push only */
  parallel_offers: number;
  /** Milliseconds an agent has to answer an offer. Below 5 000 is an extension for tests */
  offer_time_ms: number;
  /** Milliseconds until a round in which everybody declined starts over; doubles each round */
  reoffer_pause_ms: number;
  /** The doubling ends here */
  reoffer_pause_max_ms: number;
  /** Missed offers in a row after which an agent becomes not ready; 0 = never */
  max_misses: number;
  /** Priority of conversations that bring none; higher first */
  priority: number;
  /** Subject of conversations that bring none */
  subject: string;
  /** scr_… shown when a conversation is closed */
  script_id: string;
  /** No conversation is closed without the script; needs script_id */
  script_required: boolean;
  /** Work after the conversation */
  wrapup: Wrapup;
  /** What becomes of a conversation whose agent is gone */
  gone: Gone;
  /** Milliseconds an agent has to answer a transfer */
  transfer_time_ms: number;
  /** Milliseconds after closing in which a new message reopens the conversation; 0 = never */
  reopen_window_ms: number;
  /** Milliseconds that a contact waits for the owner's answer until the owner is reminded; 0 = never */
  agent_nudge_ms: number;
  /** Milliseconds until the supervisors are told as well, more than agent_nudge_ms; 0 = never */
  agent_alert_ms: number;
  /** Slots that a conversation of this queue takes, times the weight of its channel, at most 10 */
  weight: number;
  /** hrs_…: when the queue is open; absent: always */
  hours_id: string;
  /** What becomes of conversations that the queue has no agent for; absent: they wait */
  overflow?: Overflow;
  /** Said once when a conversation is opened, by a bot that signs with the queue's name; may mention {{contact.name}} and {{protocol}}. Empty: nothing */
  greeting: string;
  /** Said to who opens or reopens a conversation while the queue is outside of hours_id, unless a rule of overflow says something then; may mention the same. Empty: nothing */
  after_hours: string;
  /** Said when a conversation joins the line, and about its new places where position_every_ms says so; may mention {{position}} and {{wait_minutes}} as well. Empty: nothing */
  position_text: string;
  /** Milliseconds between two of them at least, 10 000 and more, and only when the place has changed; 0 = when it joins the line alone */
  position_every_ms: number;
  /** Said when an agent or a supervisor closes the conversation; may mention {{contact.name}} and {{protocol}}. Empty: nothing */
  closing: string;
  /** Within how many milliseconds conversations should be answered, for the service level */
  service_level_ms: number;
  /** Limits beyond which supervisors are alerted; absent: none */
  alerts?: Alerts;
}

export interface RelaxationStep {
  /** Milliseconds of waiting in this queue */
  after_ms: number;
  /** lower: a lower level of a skill will do; drop: the skill is not asked for any more; tier: agents of further tiers may have it (a queue with such a step begins with tier 1 alone); queue: it goes to another queue, as the last step */
  action: "lower" | "drop" | "tier" | "queue";
  /** lower, drop: skl_…; absent = all skills */
  skill_id?: string;
  /** lower: levels; tier: tiers; absent = 1 */
  by?: number;
  /** queue: que_… of the other one */
  queue_id?: string;
}

export interface Wrapup {
  /** off; optional: a close without the script passes through it; mandatory: every close of the owner does, and the owner ends it by closing again; timed: as mandatory, and it ends by itself. It takes slots as the conversation did */
  mode: "off" | "optional" | "mandatory" | "timed";
  /** timed: milliseconds until it ends */
  ms: number;
  /** timed: reason of the queue's script that is filed at the end when the owner chose none, marked automatic; wrapup_over when empty */
  default_reason_id: string;
}

export interface Gone {
  /** requeue: back to the queue after after_ms, before all others; keep: it stays with its agent until the contact writes, then it goes back before all others; channel: requeue where the contact waits on screen (web), keep elsewhere */
  policy: "channel" | "requeue" | "keep";
  /** requeue: milliseconds after the agent is gone */
  after_ms: number;
}

export interface Overflow {
  /** The queue is outside of hours_id. With this rule nobody is asked for what waits here while it is closed */
  closed?: OverflowRule;
  /** As many as length wait already when it comes, and no agent is free for it */
  max_length?: OverflowRule;
  /** No agent of the queue has been ready for after_ms */
  nobody_ready?: OverflowRule;
  /** It has waited in this queue for after_ms */
  max_wait?: OverflowRule;
}

export interface OverflowRule {
  /** max_wait, nobody_ready: milliseconds, 1 000 and more */
  after_ms?: number;
  /** max_length: how many may wait; 0 = nobody */
  length?: number;
  /** queue: it waits in another queue, with its age; a conversation leaves a queue that way once, and five queues at most. message: the contact is told text and it goes on waiting. callback: it gets the tag, the contact is told text, and it goes on waiting. refuse: the contact is told text and it is closed with the reason overflow; one that somebody has had since it was opened goes on waiting instead */
  action: "queue" | "message" | "callback" | "refuse";
  /** queue: que_… of the other one */
  queue_id?: string;
  /** What the contact is told, by a bot (refuse: by the system) that signs with the queue's name; may mention {{contact.name}} and {{protocol}}. Needed but for queue */
  text?: string;
  /** callback: the tag; callback when empty */
  tag?: string;
}

export interface Alerts {
  /** More conversations than this wait */
  max_waiting?: number;
  /** One has waited for so many milliseconds */
  max_wait_ms?: number;
  /** Fewer agents than this are ready, busy ones too, while the queue is within its hours */
  min_ready?: number;
  /** The service level of the last hour is below so many percent, once ten waits have ended */
  min_service_level?: number;
}

export interface Agent {
  /** agt_… */
  id: string;
  /** +1 with every change; for If-Match */
  version: number;
  /** Name that others see */
  name: string;
  /** Unique login; case does not matter */
  login: string;
  /** Sets the password; never answered. Without one the agent cannot sign in */
  password?: string;
  /** What the agent may do */
  role: "agent" | "supervisor" | "admin";
  /** Queues that the agent serves */
  queue_ids: string[];
  /** How the agent stands in queues of queue_ids; absent = tier 1, weight 1 */
  queue_settings: AgentQueue[];
  /** Milliseconds in which the agent gets nothing after it declined something; it stays ready. 0 = no pause */
  decline_pause_ms: number;
  /** Conversations at a time, by weight; those that rest (on hold, or the contact owes an answer for longer than silent_after_ms of the organisation) do not count */
  capacity: number;
  /** Weight that is never exceeded, resting conversations included; at least capacity */
  hard_capacity: number;
  /** What the agent can do */
  skills: SkillLevel[];
  /** BCP 47 tags */
  languages: string[];
  /** May not sign in and gets no offers */
  disabled: boolean;
}

export interface AgentQueue {
  /** que_…, one of queue_ids */
  queue_id: string;
  /** 1 to 9, for top_down: lower ones come first; absent = 1 */
  tier?: number;
  /** 1 to 100, for weighted: the agent's share; absent = 1 */
  weight?: number;
}

export interface SkillLevel {
  /** skl_… */
  id: string;
  /** 1 to 5 */
  level: number;
}

export interface Channel {
  /** chn_… */
  id: string;
  /** +1 with every change; for If-Match */
  version: number;
  /** Unique name */
  name: string;
  /** Never changes once set */
  kind: "generic" | "web" | "whatsapp" | "telegram";
  /** Where its conversations wait unless the message says otherwise */
  queue_id: string;
  /** Subject of conversations that bring none */
  subject: string;
  /** The provider's settings by kind; secrets are accepted and never answered */
  config: { [key: string]: string };
  /** Names of the secrets that are set */
  secrets_set: string[];
  /** web: how it appears, and to whom; left as it is for the other kinds */
  widget: Widget;
  /** Takes no messages */
  disabled: boolean;
  /** Slots that a conversation takes, times the weight of its queue, at most 10 */
  weight: number;
  /** What the contact's silence leads to; when absent, what the kind of channel has: web warns after 50 minutes and closes after 60, whatsapp closes when its window of 24 hours ends, others do neither */
  inactivity?: Inactivity;
}

export interface Inactivity {
  /** Milliseconds since the agent's last message until the contact is warned with warn_text; 0 = never */
  warn_ms: number;
  /** The warning; may mention {{contact.name}} and {{protocol}} */
  warn_text: string;
  /** Milliseconds since the agent's last message until the conversation is closed, at the end of the channel's window at the latest; 0 = never */
  close_ms: number;
  /** Said when it is closed, if the channel's window is still open; empty: nothing */
  close_text: string;
}

export interface CannedResponse {
  /** can_… */
  id: string;
  /** +1 with every change; for If-Match */
  version: number;
  /** Typed after / in the composer; unique per owner */
  shortcut: string;
  /** Title */
  title: string;
  /** Text, with variables such as {{contact.name}} */
  text: string;
  /** Folder */
  folder: string;
  /** Only for these queues; empty = all */
  queue_ids: string[];
  /** BCP 47 tag */
  language: string;
  /** Personal: only this agent sees it */
  owner_agent_id: string;
}

export interface Skill {
  /** skl_… */
  id: string;
  /** +1 with every change; for If-Match */
  version: number;
  /** Unique name */
  name: string;
}

export interface Announcement {
  /** ann_… */
  id: string;
  /** +1 with every change; for If-Match. One that was changed is unread again */
  version: number;
  /** What it is about */
  title: string;
  /** Plain text; line breaks are kept */
  text: string;
  /** It stands out, and above the others */
  important: boolean;
  /** For who serves or supervises one of these queues; empty: for everybody */
  queue_ids: string[];
  /** Shown from then on; absent: at once */
  from?: Time;
  /** Shown until then; absent: until it is removed */
  until?: Time;
}

export interface AnnouncementsNow {
  /** Important ones first, then the newest */
  items: AnnouncementShown[];
  /** When the next one begins or ends; absent: not in sight. Changes by people are told with config.changed, to those whom they concern */
  changes_at?: Time;
}

export interface AnnouncementShown {
  /** ann_… */
  id: string;
  /** +1 with every change; for If-Match. One that was changed is unread again */
  version: number;
  /** What it is about */
  title: string;
  /** Plain text; line breaks are kept */
  text: string;
  /** It stands out, and above the others */
  important: boolean;
  /** For who serves or supervises one of these queues; empty: for everybody */
  queue_ids: string[];
  /** Shown from then on; absent: at once */
  from?: Time;
  /** Shown until then; absent: until it is removed */
  until?: Time;
  /** The agent has marked this version as read */
  read: boolean;
}

export interface QueueIntervals {
  /** Which queue */
  queue: Ref;
  /** Length of an interval */
  step_ms: number;
  /** service_level_ms of the queue, as it is now */
  target_ms: number;
  /** All intervals of the span, in order, empty ones too */
  items: QueueInterval[];
}

export interface QueueInterval {
  /** Its first moment */
  start: Time;
  /** Conversations that came into the queue: new ones, reopened ones, and those from elsewhere */
  arrived: number;
  /** Waits that an agent ended */
  answered: number;
  /** Of those, within the target */
  within: number;
  /** Waits that the customer ended, after more than five seconds */
  abandoned: number;
  /** The service level: within of answered and abandoned; 100 of none */
  percent: number;
  /** The most that were in the queue at the same time */
  waiting: number;
}

export interface APIToken {
  /** tok_… */
  id: string;
  /** +1 with every change; for If-Match */
  version: number;
  /** Name */
  name: string;
  /** conversations:read, conversations:write, contacts:read, contacts:write, attachments, live:read, reports:read, config:read, config:write, channel:* or channel:chn_… (inbound messages), admin */
  scopes: string[];
  /** End of its validity; absent = none */
  expires_at?: Time;
  /** When it was made */
  created_at?: Time;
  /** About when it was last used */
  last_used_at?: Time;
  /** The token itself, only in the answer to its creation */
  secret?: string;
}

export interface Webhook {
  /** whk_… */
  id: string;
  /** +1 with every change; for If-Match */
  version: number;
  /** Name for people; may be empty */
  name: string;
  /** Where events are posted: https, and a public address unless the operator allows others */
  url: string;
  /** Names of events; see the table of webhook events */
  events: string[];
  /** false: nothing is sent, and what happens meanwhile never will be. Set by the server when the receiver answers 410 */
  enabled: boolean;
  /** Key of the signatures (Standard Webhooks), only in the answer to its creation and rotation */
  secret?: string;
}

export interface WebhookEvent {
  /** evt_…: the same at every attempt, and to every webhook */
  id: string;
  /** Name of the event */
  type: string;
  /** When it happened */
  timestamp: Time;
  /** What happened */
  data: WebhookData;
}

export interface WebhookData {
  /** Where it happened */
  conversation?: WebhookConversation;
  /** The record as GET /conversations/{id}/events gives it, as it may be shown when it is sent */
  record?: Record;
}

export interface WebhookConversation {
  /** cnv_… */
  id: string;
  /** Number for people */
  protocol_number: string;
  /** Its channel */
  channel: ChannelRef;
  /** Its contact */
  contact: ContactRef;
  /** Its queue */
  queue: Ref;
  /** Subject; may be empty */
  subject: string;
  /** Free facts that its first message brought */
  attributes?: { [key: string]: string };
}

export interface Record {
  /** 1, 2, 3 … within the conversation; kept answers of commands take numbers that are not shown */
  seq: number;
  /** When it became durable */
  at: Time;
  /** What happened; see the table of records */
  name: string;
  /** By name */
  data: unknown;
}

export interface WebhookState {
  /** Events that are still to be sent, up to 1 000 */
  waiting: number;
  /** Events that were given up, up to 1 000 */
  parked: number;
  /** Since when every attempt fails; absent: the last one did not */
  failing_since?: Time;
  /** Why the last attempt failed: forbidden_address, unavailable, timeout, rate_limited, rejected, gone or internal */
  reason?: string;
  /** HTTP status of that attempt; absent: there was no answer */
  status?: number;
  /** When the receiver is tried again, if it is left alone for now */
  next_attempt_at?: Time;
}

export interface WebhookTest {
  /** ok: the receiver took the event webhook.test */
  outcome: "ok" | "failed" | "";
  /** failed: a stable word, as in the state */
  reason?: string;
  /** HTTP status of the answer; absent: there was none */
  status?: number;
  /** Milliseconds until the answer */
  took_ms: number;
}

export interface ParkedDelivery {
  /** evt_…, as in webhook-id */
  id: string;
  /** Name of the event; empty when nothing is left of it */
  type: string;
  /** cnv_… */
  conversation_id: string;
  /** When it happened */
  timestamp?: Time;
  /** When it was given up */
  parked_at: Time;
  /** How often it was tried; 0: those before it kept it waiting for too long */
  attempts: number;
  /** Why the last attempt failed: a stable word */
  reason: string;
  /** HTTP status of the last answer; absent: there was none */
  status?: number;
}

export interface WebhookReplay {
  /** So many events wait to be sent again */
  replayed: number;
}

export interface ContactField {
  /** cfd_… */
  id: string;
  /** +1 with every change; for If-Match */
  version: number;
  /** Name in fields: a letter, then letters, digits and _, all in lower case; unique; stays as it is */
  key: string;
  /** What people read */
  label: string;
  /** What the value is; stays as it is */
  kind: "text" | "number" | "date" | "bool" | "choice";
  /** choice: the values */
  choices: string[];
  /** Listed in missing_fields until it has a value, and cannot be emptied any more */
  required: boolean;
  /** Shown masked until it is revealed */
  masked: boolean;
  /** Order on screens, lower first */
  position: number;
}

export interface SearchHit {
  /** message or note */
  kind: string;
  /** msg_… or not_… */
  id: string;
  /** message: its place in the conversation */
  seq?: number;
  /** cnv_… */
  conversation_id: string;
  /** Number of the conversation for people */
  protocol_number: string;
  /** State of the conversation now */
  state: string;
  /** Its queue now */
  queue: Ref;
  /** Its channel */
  channel: ChannelRef;
  /** Its contact */
  contact: ContactRef;
  /** Who wrote it */
  author: Author;
  /** When it became durable */
  at: Time;
  /** What it says around the first place that was found */
  excerpt: Excerpt;
}

export interface Excerpt {
  /** One line of plain text; … stands where the text goes on */
  text: string;
  /** What was found, in order; they do not overlap */
  highlights: Highlight[];
}

export interface Highlight {
  /** The first code point */
  start: number;
  /** The code point behind the last one */
  end: number;
}

export interface ContactPrivacy {
  /** +1 with every change; for If-Match */
  version: number;
  /** Kinds of documents that are shown masked, such as cpf; custom fields say so themselves */
  masked_documents: ("cpf" | "cnpj" | "rg" | "")[];
}

export interface RevealBody {
  /** Why it is needed; kept for the audit */
  reason: string;
  /** Which of masked; all of them when absent */
  pointers?: string[];
}

export interface Reveal {
  /** con_… */
  contact_id: string;
  /** To whom */
  by: Author;
  /** Why, in the person's words */
  reason: string;
  /** What was revealed */
  pointers: string[];
  /** When */
  at: Time;
}

export interface ConsentBody {
  /** A letter, then letters, digits and _, all in lower case */
  purpose: string;
  /** What the contact said */
  state: "given" | "withdrawn";
  /** Where it was said */
  source: string;
  /** More about it */
  note?: string;
  /** When the contact said it; now when absent */
  at?: Time;
}

export interface ContactNoteBody {
  /** Plain text */
  text: string;
}

export interface ContactNote {
  /** not_… */
  id: string;
  /** con_… */
  contact_id: string;
  /** Who wrote it */
  author: Author;
  /** Plain text */
  text: string;
  /** When it became durable */
  at: Time;
}

export interface AttachmentLimits {
  /** Always attachment_limits */
  id: string;
  /** +1 with every change; for If-Match; 0 while nothing was changed */
  version: number;
  /** Bytes of one file */
  max_bytes: number;
  /** Pixels of one image, all pictures of an animation together */
  max_pixels: number;
  /** Bytes of all files together; 0 = no limit but the disk */
  quota_bytes: number;
  /** Media types that are taken, as found in the bytes: image/png, or audio/* for a whole family */
  types: string[];
  /** Files of one message */
  max_files: number;
}

export interface InboundMessage {
  /** The provider's id; the same id again gets the first answer. Without one, repetitions are new messages */
  external_id?: string;
  /** Who wrote */
  contact: InboundContact;
  /** Plain text of at most 16 384 bytes; required unless there are attachments */
  text?: string;
  /** Uploaded files */
  attachment_ids?: string[];
  /** When the contact sent it */
  sent_at?: Time;
  /** que_… for a new conversation; else the channel's */
  queue?: string;
  /** For a new conversation; else the channel's, then the queue's */
  subject?: string;
  /** For a new conversation; else the queue's. Higher first */
  priority?: number;
  /** For a new conversation */
  skills?: SkillNeed[];
  /** Free facts kept with a new conversation, at most 64 characters a key and 1024 a value */
  attributes?: { [key: string]: string };
  /** agt_… who should have a new conversation, for preferred_ms of its queue; else who served the contact last. One who is absent, or unknown, is not waited for */
  preferred_agent?: string;
}

export interface InboundContact {
  /** Name as the channel knows it */
  name?: string;
  /** How to know the contact again; the first one is shown */
  identities: Identity[];
  /** Documents such as cpf */
  documents?: Identity[];
}

export interface InboundAnswer {
  /** cnv_… */
  conversation_id: string;
  /** msg_… */
  message_id: string;
  /** The message opened the conversation */
  created_conversation: boolean;
}

export interface Login {
  /** Login of an agent */
  login: string;
  /** Password */
  password?: string;
  /** true: set an HttpOnly cookie and leave token out; absent: so for pages of the same origin, told by Sec-Fetch-Site */
  cookie?: boolean;
}

export interface Session {
  /** Bearer token; absent when a cookie was set */
  token?: string;
  /** End of the session at the latest */
  expires_at: Time;
  /** Who signed in */
  user: User;
}

export interface User {
  /** agt_… or the id of an API token */
  id: string;
  /** Name */
  name: string;
  /** agent, supervisor, admin or integrator (an API token) */
  role: string;
  /** API token: what it may do */
  scopes?: string[];
}

export interface Ticket {
  /** For the subprotocol ticket.<ticket>; once */
  ticket: string;
  /** 30 s from now */
  expires_at: Time;
}

export interface OpenSession {
  /** pst_…, of no use for signing in */
  id: string;
  /** It is the one that asks */
  current: boolean;
  /** Address from which it was opened */
  from?: string;
  /** Sign-in */
  created_at: Time;
  /** About when it was last used, within some minutes; an open desk uses it all the time */
  last_used_at: Time;
  /** Its end at the latest; sooner after half an hour without use */
  expires_at: Time;
}

export interface OpenSessions {
  /** The newest first, at most 100 */
  items: OpenSession[];
}

export interface PasswordLink {
  /** What to put behind the server's address to have the link; shown this once */
  path: string;
  /** 72 h from now for who has no password yet, else 30 min */
  expires_at: Time;
}

export interface PasswordLinkCheck {
  /** pln_…, what stands in the link behind # */
  token?: string;
}

export interface PasswordLinkOwner {
  /** Name of the agent */
  name: string;
  /** With which the agent will sign in */
  login: string;
  /** Until when the link works */
  expires_at: Time;
}

export interface PasswordLinkUse {
  /** pln_…, what stands in the link behind # */
  token?: string;
  /** The new password */
  password?: string;
}

export interface CloseBody {
  /** The disposition; required where the queue demands it */
  script?: ScriptAnswer;
  /** Supervisors: close without the script that the queue demands, and without wrap-up; the record says who did */
  override_script?: boolean;
}

export interface TransferBody {
  /** Exactly one of agent_id and queue_id */
  to: Target;
  /** For the receiver */
  note?: string;
}

export interface RequeueBody {
  /** Another queue; the same one when empty */
  queue_id?: string;
  /** Another priority */
  priority?: number;
}

export interface NoteBody {
  /** Plain text */
  text: string;
  /** agt_… of who is mentioned */
  mentions?: string[];
}

export interface MessageBody {
  /** Plain text of at most 16 384 bytes; required unless there are attachments */
  text?: string;
  /** Uploaded files */
  attachment_ids?: string[];
  /** The canned response that the text came from, for the reports */
  canned_response_id?: string;
  /** msg_… that it answers */
  reply_to?: string;
}

export interface Problem {
  /** Always about:blank; code says which problem it is */
  type: string;
  /** One sentence for people; may be reworded */
  title: string;
  /** The HTTP status again */
  status: number;
  /** Stable code of the problem */
  code: string;
  /** More for people; never contains what was sent */
  detail?: string;
  /** The fields at fault */
  errors?: FieldError[];
  /** Finds the request in the server's log */
  request_id: string;
  /** What some codes add */
  data?: ErrorData;
}

export interface Organisation {
  /** org_… */
  id: string;
  /** +1 with every change; for If-Match; 0 = never changed */
  version: number;
  /** Milliseconds that a contact may owe an answer before its conversation leaves room for another one in its agent's capacity; 0 = never */
  silent_after_ms: number;
  /** Milliseconds that a lost connection of an agent is waited for; no offers meanwhile. Then the agent is gone: not ready, and the queues' rule for conversations of gone agents holds */
  suspect_ms: number;
  /** Not ready needs a reason, whoever sets it */
  reason_required: boolean;
}

export interface BusinessHours {
  /** hrs_… */
  id: string;
  /** +1 with every change; for If-Match */
  version: number;
  /** Unique name */
  name: string;
  /** IANA name */
  time_zone: string;
  /** Open time of the week; several for a day add up */
  weekly: WeeklyHours[];
  /** Dates that are different */
  exceptions: HoursException[];
  /** Dates that are closed */
  holidays: Holidays;
}

export interface WeeklyHours {
  /** On which days */
  days: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
  /** HH:MM */
  from: string;
  /** HH:MM, up to 24:00; not after from: on the next day */
  to: string;
}

export interface HoursException {
  /** YYYY-MM-DD */
  date: string;
  /** Closed on that date */
  closed?: boolean;
  /** Open time instead of the week's */
  spans?: HoursSpan[];
  /** What the date is */
  name?: string;
}

export interface HoursSpan {
  /** HH:MM */
  from: string;
  /** HH:MM, up to 24:00; not after from: on the next day */
  to: string;
}

export interface Holidays {
  /** Its national holidays are closed; empty: none */
  country: "AR" | "BR" | "DE" | "ES" | "FR" | "GB" | "IT" | "PT" | "US" | "";
  /** Further closed dates */
  dates: Holiday[];
}

export interface Holiday {
  /** YYYY-MM-DD */
  date: string;
  /** What it is */
  name?: string;
}

export interface AuditRecord {
  /** 1, 2, 3 … without gaps */
  seq: number;
  /** When it was done */
  at: Time;
  /** What was done */
  action: string;
  /** Who did it */
  by: AuditActor;
  /** Address that it came from; absent for the server itself and for tools on its machine */
  from?: string;
  /** What it was done to */
  object?: AuditObject;
  /** The fields that it changed */
  changes: AuditChange[];
  /** Why it was refused after it had been recorded; absent when it was not */
  outcome?: string;
  /** Hash of the entry before, in hexadecimal; zeros before the first one */
  previous: string;
  /** Hash of this entry and, through previous, of all before it */
  hash: string;
}

export interface AuditActor {
  /** agt_… or tok_…; absent for the server itself and for who is not known */
  id?: string;
  /** Name */
  name?: string;
  /** agent, supervisor, admin, integrator, or server; unknown for a sign-in that failed */
  role: string;
}

export interface AuditObject {
  /** queue, agent, conversation … */
  kind?: string;
  /** Its id */
  id?: string;
}

export interface AuditChange {
  /** Name of the field */
  field: string;
  /** Absent when there was none */
  before?: unknown;
  /** Absent when there is none any more */
  after?: unknown;
}

export interface ConfigurationPlan {
  /** Objects that are made or changed, in the order of the sections */
  changes: ConfigurationChange[];
  /** Objects that are already so */
  unchanged: number;
  /** false: it was only tried */
  applied: boolean;
}

export interface ConfigurationChange {
  /** queues, agents … */
  section: string;
  /** Its id */
  id: string;
  /** Its name, for people */
  name?: string;
  /** created or updated */
  action: string;
  /** What changes; values of secrets are *** */
  fields: AuditChange[];
}

export interface HoursStatus {
  /** Open now */
  open: boolean;
  /** When that changes; absent: not within a year */
  changes_at?: Time;
  /** The exception or holiday that today is */
  name?: string;
}

export interface ChannelTest {
  /** nothing_to_test: the channel's messages do not leave through a connection of the server, or it is not set up yet */
  outcome: "ok" | "failed" | "nothing_to_test" | "";
  /** failed: channel_unauthorized, forbidden_address, unavailable, timeout, rate_limited, rejected, or another stable word */
  reason?: string;
  /** Milliseconds until the answer */
  took_ms: number;
}

export interface PreviewBody {
  /** chn_… that it would come in by: the channel's weight counts */
  channel_id?: string;
  /** Its priority; else the queue's */
  priority?: number;
  /** What it would ask for */
  skills?: SkillNeed[];
  /** agt_… who should have it, for preferred_ms of the queue */
  preferred_agent?: string;
  /** As if it had waited here for so many milliseconds: the steps of skills_relaxation that are due then count */
  waited_ms?: number;
}

export interface RoutingPreview {
  /** Who would get it now, and why nobody else, as the queue itself decides. Nothing comes of it */
  decision: QueueDecision;
  /** Slots that it would take */
  weight: number;
  /** Which place it would have among those who wait */
  position: number;
  /** Expected wait if nobody gets it at once; absent: unknown */
  wait_estimate_ms?: number;
}

export interface QueueDecision {
  /** Of the record that holds it; absent: now */
  seq?: number;
  /** When it became durable */
  at: Time;
  /** The queue that decided */
  queue: Ref;
  /** The offer that came of it; absent: nobody */
  offer_id?: string;
  /** Who was chosen, or picked it; absent: nobody */
  agent?: Ref;
  /** The queue's strategy then */
  strategy: string;
  /** How many waited in the queue, with it */
  waiting: number;
  /** In one line */
  summary: string;
  /** At most 20 agents: the chosen one, those that could have it in the order of the strategy, others that are free, then the nearest of the rest */
  candidates: DecisionCandidate[];
  /** The other agents of the queue, counted by cause */
  others: DecisionCount[];
  /** Further free agents: the look at them is bounded */
  unseen?: number;
  /** The agent picked it from the list (mode pull): what the list had ahead of it */
  pick?: PickSight;
}

export interface DecisionCandidate {
  /** The agent */
  agent: Ref;
  /** chosen; ranked_lower by the strategy; another_preferred; kept_for_preferred: it waits for its preferred agent; declined or missed it in this round; refused_reservation a moment ago; queue_closed; skills; tier: not due yet; weight: there is room, and not for this much; being_asked for another conversation; offer_open; full: its capacity; ceiling: resting conversations included; paused_after_decline; recovering; suspect: its connection is lost; not_ready; offline; left_queue; not_told: it has not answered yet; pull_mode: it could pick it, and nothing is offered; picked: it did */
  cause: string;
}

export interface DecisionCount {
  /** As of a candidate */
  cause: string;
  /** How many */
  count: number;
}

export interface PickSight {
  /** Its place in line then; 1: it was the first */
  position: number;
  /** Of the first 100 ahead of it, how many the agent has the skills and the tier for */
  passed: number;
  /** The first of those (cnv_…) */
  first?: string;
}

export interface QueuePosition {
  /** Where it waits */
  queue: Ref;
  /** 1: next; 0: an agent is being asked for it */
  position: number;
  /** How many wait there, with it */
  waiting: number;
  /** Agents of the queue that are connected and ready, busy ones too */
  ready_agents: number;
  /** Expected from now on; absent: unknown */
  wait_estimate_ms?: number;
}

export interface QueueLive {
  /** Which queue */
  queue: Ref;
  /** Within its business hours; a queue without any is always open */
  open: boolean;
  /** When it closes or opens; absent: not within a year */
  hours_change_at?: Time;
  /** Conversations in line; one that is offered to somebody is not, until the offer ends without an owner */
  waiting: number;
  /** When the one that has waited longest came; absent: nobody waits */
  oldest_at?: Time;
  /** Agents of the queue that are connected and ready, busy ones too */
  ready_agents: number;
  /** What the ready agents can have at a time; an agent in n queues gives 1/n of the capacity to each */
  effective_slots: number;
  /** Average handling time of the last hour, from accept to close; absent: nothing was closed */
  handling_ms?: number;
  /** How many conversations that is the average of */
  handled: number;
  /** How long one that comes now is expected to wait: handling_ms for each place in line, over effective_slots; absent: unknown */
  wait_estimate_ms?: number;
  /** How far the estimates of the last hour were off */
  estimate_error: EstimateError;
}

export interface EstimateError {
  /** Conversations that had an estimate and were answered */
  answered: number;
  /** Mean absolute error */
  mean_ms: number;
  /** Mean of waited minus expected: above 0, people wait longer than they are told */
  bias_ms: number;
}

export interface WaitingConversation {
  /** cnv_… */
  conversation_id: string;
  /** Number for people, per year */
  protocol_number: string;
  /** 1: has waited longest by the order of the queue */
  position: number;
  /** How the contact writes */
  channel: ChannelRef;
  /** Who waits */
  contact: ContactRef;
  /** Subject; may be empty */
  subject: string;
  /** -10 to 10, higher first */
  priority: number;
  /** Since when the contact waits */
  enqueued_at: Time;
  /** Start of the contact's last message, at most 200 characters */
  last_text: string;
  /** Messages of the contact that nobody has read */
  unread: number;
  /** What it asks for now, after the queue's relaxation */
  skills: SkillNeed[];
  /** The highest tier that may have it now; absent: all */
  tier?: number;
  /** Of an agent's capacity */
  weight: number;
  /** Sorted */
  tags: string[];
}

export interface StatusInterval {
  /** ready or not_ready */
  status: string;
  /** Pause reason, or disconnected, no_answer; empty when ready or none was given */
  reason_id: string;
  /** Who set it; system for rules */
  by: Actor;
  /** When it began */
  start: Time;
  /** When it ended; absent while it lasts */
  end?: Time;
  /** When it should end, by the plan of its reason when it began */
  planned_until?: Time;
}

export interface ConversationWhy {
  /** cnv_… */
  conversation_id: string;
  /** In order of time, as they were recorded */
  items: QueueDecision[];
  /** More follow: give it as cursor */
  next_cursor?: string;
  /** While it waits, on the last page: what the queue would say now. Not recorded */
  now?: QueueDecision;
}

export interface WidgetMessages {
  /** In order */
  messages: Message[];
  /** There are earlier ones */
  more: boolean;
}

export interface Commands {
  /** Become ready or not ready. Leaving ready takes back the open offer. */
  "status.set": { data: StatusSet; reply: StatusReply };
  /** Take the conversation of an offer. */
  "offer.accept": { data: OfferAccept; reply: ConversationReply };
  /** Leave the conversation to others. The agent stays ready. */
  "offer.decline": { data: OfferDecline; reply: Empty };
  /** Write to the contact. */
  "message.send": { data: MessageSend; reply: MessageReply };
  /** Change the text of one's own message within 15 minutes; on web and generic channels. */
  "message.edit": { data: MessageEdit; reply: MessageReply };
  /** Hide a message from every reader, for good: one's own within 15 minutes, a supervisor any, in any state. */
  "message.redact": { data: MessageRedact; reply: MessageReply };
  /** Mark messages as read up to a seq. */
  "message.read": { data: MessageRead; reply: Empty };
  /** Show or hide that the agent types. Not durable. */
  "typing.set": { data: TypingSet; reply: Empty };
  /** Keep what is written so far in a conversation of one's own. It is gone when the conversation leaves its owner. */
  "draft.save": { data: DraftSave; reply: Empty };
  /** Add an internal note; it never leaves to a channel. */
  "note.add": { data: NoteAdd; reply: NoteReply };
  /** Hand over to an agent (an offer; the sender keeps it until accepted) or to a queue (at once). */
  "transfer.start": { data: TransferStart; reply: TransferReply };
  /** Take a pending transfer back. */
  "transfer.cancel": { data: ConversationID; reply: Empty };
  /** Close, with the script where the queue demands it. */
  "conversation.close": { data: ConversationClose; reply: ConversationReply };
  /** Put on hold. */
  "conversation.hold": { data: ConversationID; reply: ConversationReply };
  /** Take off hold. */
  "conversation.unhold": { data: ConversationID; reply: ConversationReply };
  /** Put away for a minute to 30 days: it takes no slot. It comes back at its time or when the contact writes, to its owner, or to the queue where that one cannot take it. */
  "conversation.snooze": { data: ConversationSnooze; reply: ConversationReply };
  /** Take it back before its time; it sleeps on where its owner has no room. */
  "conversation.unsnooze": { data: ConversationID; reply: ConversationReply };
  /** Reopen within the reopen window: who had it last owns it again; by a supervisor's word it waits, for that one first. */
  "conversation.reopen": { data: ConversationID; reply: ConversationReply };
  /** Add and remove tags; in any state, by the owner or the last one. */
  "conversation.tag": { data: ConversationTag; reply: ConversationReply };
  /** Take a conversation that waits in a queue of the mode pull; the first one gets it. */
  "conversation.pick": { data: ConversationID; reply: ConversationReply };
  /** Find targets of a transfer by name. */
  "directory.search": { data: DirectorySearch; reply: Directory };
  /** See one's queues, or who could take a conversation, live: all of it first, then what changes, at most four times a second. A repeat replaces the selection, without any it ends. */
  "directory.subscribe": { data: DirectorySubscribe; reply: Empty };
  /** Set another agent's status. The agent's desk is told who did. */
  "status.force": { data: StatusForce; reply: StatusReply };
  /** Give a conversation to an agent without an offer, also beyond the agent's capacity, never beyond the hard one; an open offer is taken back. */
  "conversation.assign": { data: ConversationAssign; reply: ConversationReply };
  /** Own a conversation at once, whatever one's status, within the hard capacity; whoever had it gets conversation.removed. */
  "conversation.takeover": { data: ConversationID; reply: ConversationReply };
  /** See a conversation live without owning it: conversation.watched, then its events. It lasts until unwatch or the end of the session, also over a resume. A repeat shows it anew. */
  "conversation.watch": { data: ConversationID; reply: Empty };
  /** See it no longer. */
  "conversation.unwatch": { data: ConversationID; reply: Empty };
  /** See queues and agents live: all of them first, then what changes, at most four times a second. A repeat replaces the selection. */
  "live.subscribe": { data: LiveSubscribe; reply: Empty };
  /** See them no longer. */
  "live.unsubscribe": { data: Empty; reply: Empty };
  /** Add a note that only the owner and supervisors see. */
  "note.whisper": { data: NoteWhisper; reply: NoteReply };
  /** Take all that an agent has in progress, in the supervisor's queues, back to a queue, to its top. */
  "agent.reassign_all": { data: AgentReassignAll; reply: ReassignReply };
  /** Change the priority; who waits moves to its new place and keeps its waiting time. */
  "conversation.priority": { data: ConversationPriority; reply: ConversationReply };
  /** Put a conversation back into a queue; its waiting time is kept. */
  "conversation.requeue": { data: ConversationRequeue; reply: ConversationReply };
}

export interface Events {
  /** A conversation is offered. */
  "offer.created": Offer;
  /** The offer is over, however it ended. */
  "offer.ended": OfferEnded;
  /** The agent owns a conversation now. */
  "conversation.assigned": ConversationHead;
  /** A message of an owned conversation, in either direction. */
  "conversation.message": ConversationMessage;
  /** A message was edited or redacted; show it instead of what was shown. */
  "conversation.message_changed": MessageChanged;
  /** The head of an owned conversation changed. */
  "conversation.updated": ConversationHead;
  /** Read, perhaps in another of the agent's sessions. */
  "conversation.read": ConversationRead;
  /** The contact types. May be left out under load. */
  "conversation.typing": ConversationTyping;
  /** An internal note. */
  "conversation.note": ConversationNote;
  /** The delivery of a message moved forward. */
  "conversation.delivery": ConversationDelivery;
  /** The contact waits for the owner's answer; also to the supervisors when it takes too long. */
  "conversation.unanswered": ConversationUnanswered;
  /** The transfer awaits its acceptance. */
  "transfer.pending": TransferPending;
  /** The transfer is over. */
  "transfer.ended": TransferEnded;
  /** The agent has the conversation no longer. */
  "conversation.removed": ConversationRemoved;
  /** The whole of a watched conversation, at the start and when events may have been lost. */
  "conversation.watched": ConversationWatched;
  /** A watched conversation went to a queue that one does not supervise. */
  "conversation.watch_ended": WatchEnded;
  /** After live.subscribe: how queues stand. */
  "live.queues": LiveQueues;
  /** After live.subscribe: what agents do. */
  "live.agents": LiveAgents;
  /** After live.subscribe, once: every alert that is raised. */
  "live.alerts": LiveAlerts;
  /** After directory.subscribe: how many wait in one's queues. */
  "directory.queues": DirectoryQueues;
  /** After directory.subscribe: who could take a conversation. */
  "directory.agents": DirectoryAgents;
  /** After live.subscribe: a limit is passed, or somebody should look. */
  "alert.raised": Alert;
  /** It is over. */
  "alert.cleared": Alert;
  /** The agent's status changed, by whomever. */
  "status.changed": StatusChanged;
  /** The state of a file changed: it was fetched, or looked into. */
  "attachment.updated": AttachmentUpdated;
  /** Details of a contact changed; for the agents who have its conversations. */
  "contact.updated": ContactUpdated;
  /** Another session of the agent has written; to all but that one. */
  "draft.saved": Draft;
  /** The list of a queue of the mode pull changed; to its members, at most four times a second. */
  "queue.waiting": QueueWaiting;
  /** Configuration changed; read it again where it is shown. */
  "config.changed": ConfigChanged;
}

export interface WidgetCommands {
  /** Write. It opens a conversation where none is open, or reopens the last one. */
  "message.send": { data: WidgetSend; reply: MessageReply };
  /** Show or hide that the visitor types. Not durable. */
  "typing.set": { data: WidgetTypingSet; reply: Empty };
  /** The visitor has seen the messages up to a seq. */
  "message.read": { data: WidgetRead; reply: Empty };
  /** End the conversation. */
  "conversation.end": { data: Empty; reply: Empty };
  /** Rate the conversation once it is over, where the channel asks for it; may be changed for 24 hours. */
  "rating.give": { data: RatingGive; reply: Empty };
}

export interface WidgetEvents {
  /** A message, in either direction. */
  "conversation.message": WidgetMessage;
  /** A message was edited or redacted; show it instead of what was shown. */
  "conversation.message_changed": WidgetMessageChanged;
  /** The state of a file of a message changed: it was looked into. */
  "attachment.updated": AttachmentUpdated;
  /** Where the conversation stands. */
  "conversation.state": WidgetConversation;
  /** The agent types. May be left out under load. */
  "conversation.typing": WidgetTyping;
  /** The channel opened or closed, by the clock or because an administrator changed the hours. */
  "widget.hours": WidgetHours;
  /** The agent's side has read a message of the visitor. */
  "conversation.delivery": ConversationDelivery;
}

export interface Records {
  "conversation_opened": OpenedFact;
  "queue_joined": JoinedFact;
  "nobody_found": NobodyFact;
  "position_told": JoinedFact;
  "message_appended": MessageReply;
  "offer_made": OfferFact;
  "offer_accepted": OfferFact;
  "offer_declined": OfferFact;
  "offer_expired": OfferFact;
  "offer_withdrawn": OfferFact;
  "conversation_assigned": OwnerFact;
  "conversation_taken_over": TakenOverFact;
  "conversation_requeued": QueuedFact;
  "conversation_reopened": QueuedFact;
  "conversation_overflowed": OverflowFact;
  "hold_changed": HoldFact;
  "conversation_snoozed": SnoozeFact;
  "snooze_ended": SnoozeFact;
  "tags_changed": TagsFact;
  "priority_changed": PriorityFact;
  "message_edited": ChangeFact;
  "message_redacted": ChangeFact;
  "change_sent": ChangeFact;
  "conversation_rated": RatingFact;
  "silence_noted": SilenceFact;
  "messages_read": ReadFact;
  "note_added": NoteReply;
  "delivery_changed": DeliveryFact;
  "messages_seen": DeliveryFact;
  "owner_lost": OwnerFact;
  "owner_returned": OwnerFact;
  "wrapup_started": EndFact;
  "wrapup_interrupted": EndFact;
  "conversation_ended": EndFact;
}

export const WebhookEvents = [
  "conversation.queued",
  "conversation.offered",
  "conversation.assigned",
  "conversation.transferred",
  "conversation.closed",
  "conversation.reopened",
  "conversation.rated",
  "message.received",
  "message.sent",
  "message.delivery",
  "message.edited",
  "message.redacted",
] as const;

export type Code =
  | "bad_request"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "conflict"
  | "already_exists"
  | "in_use"
  | "idempotency_key_reused"
  | "version_mismatch"
  | "payload_too_large"
  | "unsupported_media_type"
  | "rate_limited"
  | "internal"
  | "overloaded"
  | "read_only"
  | "command_id_reused"
  | "reason_required"
  | "offer_expired"
  | "offer_withdrawn"
  | "offer_taken"
  | "not_ready"
  | "not_owner"
  | "conversation_closed"
  | "channel_window_closed"
  | "empty_message"
  | "too_long"
  | "target_unavailable"
  | "transfer_pending"
  | "no_transfer"
  | "script_required"
  | "too_large"
  | "type_refused"
  | "quota_exceeded"
  | "conversation_open"
  | "not_changeable"
  | "not_ratable"
  | "contact_merged"
  | "not_available"
  ;

export const CloseCode = {
  "bye": 1000,
  "too big": 1009,
  "restart": 1012,
  "overloaded": 1013,
  "protocol error": 4000,
  "bad ticket": 4001,
  "forbidden": 4003,
  "too slow": 4008,
  "superseded": 4009,
  "revoked": 4010,
  "rate": 4029,
} as const;

export const Subprotocol = "pronto.v1";
export const WidgetSubprotocol = "pronto.widget.v1";
export const TicketPrefix = "ticket.";
export const MaxTextBytes = 16384;
export const MaxListLimit = 500;
