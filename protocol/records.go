package protocol

// Record is one durable fact of a conversation, as GET /conversations/{id}/events gives it.
type Record struct {
	Seq  int64  `json:"seq" doc:"1, 2, 3 … within the conversation; kept answers of commands take numbers that are not shown"`
	At   Time   `json:"at" doc:"When it became durable"`
	Name string `json:"name" doc:"What happened; see the table of records" example:"offer_accepted"`
	Data any    `json:"data" doc:"By name"`
}

// OpenedFact is the data of conversation_opened.
type OpenedFact struct {
	Queue          Ref               `json:"queue" doc:"Its first queue"`
	Channel        ChannelRef        `json:"channel" doc:"Its channel"`
	Contact        ContactRef        `json:"contact" doc:"Its contact"`
	Subject        string            `json:"subject" doc:"Subject; may be empty"`
	Priority       int               `json:"priority" doc:"-10 to 10, higher first"`
	ProtocolNumber string            `json:"protocol_number" doc:"Number for people"`
	PreviousID     string            `json:"previous_id,omitempty" doc:"The closed conversation that it follows"`
	Skills         []SkillNeed       `json:"skills" doc:"Skills that it asks for"`
	Attributes     map[string]string `json:"attributes,omitempty" doc:"Free facts that its first message brought"`
}

// QueuedFact is the data of conversation_requeued and conversation_reopened.
type QueuedFact struct {
	Queue    Ref    `json:"queue" doc:"Where it waits now"`
	Cause    string `json:"cause" doc:"transfer, requeue, owner_lost, reopened, relaxed or overflow"`
	By       *Ref   `json:"by,omitempty" doc:"Who caused it; absent for the server and the contact"`
	Note     string `json:"note,omitempty" doc:"Transfer: note to the receiver"`
	Priority int    `json:"priority" doc:"Priority from then on"`
}

// JoinedFact is the data of queue_joined and position_told.
type JoinedFact struct {
	Queue          Ref   `json:"queue" doc:"Where it waits"`
	Position       int   `json:"position" doc:"1: next"`
	Waiting        int   `json:"waiting" doc:"How many wait there, with it"`
	ReadyAgents    int   `json:"ready_agents" doc:"Agents of the queue that are ready, busy ones too"`
	WaitEstimateMS int64 `json:"wait_estimate_ms,omitempty" doc:"How long it was expected to wait; absent: unknown"`
}

// NobodyFact is the data of nobody_found.
type NobodyFact struct {
	Queue Ref `json:"queue" doc:"Where it waits"`
}

// OfferFact is the data of the records that make and end an offer.
type OfferFact struct {
	OfferID   string `json:"offer_id" doc:"off_…"`
	Agent     *Ref   `json:"agent,omitempty" doc:"Its addressee"`
	Kind      string `json:"kind,omitempty" doc:"offer_made: queue, transfer, auto (given without asking) or pick (taken from the queue's list)"`
	Attempt   int    `json:"attempt,omitempty" doc:"offer_made: which offer of this wait"`
	ExpiresAt Time   `json:"expires_at,omitzero" doc:"offer_made: its deadline"`
	From      *Ref   `json:"from,omitempty" doc:"offer_made: who transfers"`
	Note      string `json:"note,omitempty" doc:"offer_made: note of the transfer"`
	Returned  bool   `json:"returned,omitempty" doc:"offer_made: it comes back to this agent"`

	Parallel int `json:"parallel,omitempty" doc:"offer_made: how many agents may have it open at the same time; absent: this one alone"`

	Relaxed []Relaxation `json:"relaxed,omitempty" doc:"offer_made: what the conversation does not ask for any more"`
	Reason  string       `json:"reason,omitempty" doc:"offer_declined: what the agent said; offer_withdrawn: the cause"`
	By      *Ref         `json:"by,omitempty" doc:"offer_withdrawn: who caused it"`
}

// OwnerFact is the data of conversation_assigned, owner_lost and owner_returned.
type OwnerFact struct {
	Agent     *Ref `json:"agent,omitempty" doc:"The owner"`
	By        *Ref `json:"by,omitempty" doc:"The supervisor who assigned it"`
	RequeueAt Time `json:"requeue_at,omitzero" doc:"owner_lost: when it goes back to the queue; absent: with the contact's next message"`
}

// EndFact is the data of wrapup_started, wrapup_interrupted and conversation_ended.
type EndFact struct {
	By               *Ref         `json:"by,omitempty" doc:"Who ended it; absent for the contact and the server"`
	Cause            string       `json:"cause,omitempty" doc:"conversation_ended: agent, supervisor, contact_left, wrapup_over, inactivity or overflow"`
	Script           *Disposition `json:"script,omitempty" doc:"The filled script"`
	Until            Time         `json:"until,omitzero" doc:"wrapup_started: when it ends by itself"`
	ScriptOverridden bool         `json:"script_overridden,omitempty" doc:"conversation_ended: a supervisor closed without the script that the queue demands"`
}

// DeliveryFact is the data of delivery_changed.
type DeliveryFact struct {
	Seq      int64  `json:"seq" doc:"Which message"`
	Delivery string `json:"delivery" doc:"queued, sent, delivered, read or failed"`
	Error    string `json:"error,omitempty" doc:"Why it failed: a stable word"`
}

// ReadFact is the data of messages_read.
type ReadFact struct {
	Seq int64 `json:"seq" doc:"Read up to here"`
	By  *Ref  `json:"by,omitempty" doc:"Who read"`
}

// HoldFact is the data of hold_changed.
type HoldFact struct {
	OnHold bool `json:"on_hold" doc:"On hold from then on"`
	By     *Ref `json:"by,omitempty" doc:"Who changed it"`
}

// SilenceFact is the data of silence_noted.
type SilenceFact struct {
	Told   string `json:"told" doc:"nudge: the owner was reminded; alert: the supervisors were told; warning: the contact was warned; empty: the setting was switched off meanwhile"`
	NextMS int64  `json:"next_ms,omitempty" doc:"Milliseconds until the next step"`
}

// RecordInfo is one row of the table of records. Data is the zero value of the struct.
type RecordInfo struct {
	Name string
	Data any
	Doc  string
}

// Records is every record of a conversation, in the order of the documentation.
var Records = []RecordInfo{
	{"conversation_opened", OpenedFact{}, "The first message arrived; it waits."},
	{"queue_joined", JoinedFact{}, "Nobody was free at once: it waits in line."},
	{"nobody_found", NobodyFact{}, "It came back to the line and nobody could have it; GET /conversations/{id}/why says why."},
	{"position_told", JoinedFact{}, "The contact was told a new place in line."},
	{"message_appended", MessageReply{}, "A message, in either direction."},
	{"offer_made", OfferFact{}, "Offered to an agent."},
	{"offer_accepted", OfferFact{}, "The agent took it and owns it."},
	{"offer_declined", OfferFact{}, "The agent left it to others."},
	{"offer_expired", OfferFact{}, "The agent did not answer in time."},
	{"offer_withdrawn", OfferFact{}, "The offer was taken back."},
	{"conversation_assigned", OwnerFact{}, "A supervisor gave it to an agent."},
	{"conversation_taken_over", TakenOverFact{}, "A supervisor took it."},
	{"conversation_requeued", QueuedFact{}, "It waits in a queue again."},
	{"conversation_reopened", QueuedFact{}, "The contact wrote again within the reopen window, or somebody reopened it."},
	{"conversation_overflowed", OverflowFact{}, "A rule of its queue was for it; what came of it follows."},
	{"hold_changed", HoldFact{}, "Put on hold or taken off."},
	{"conversation_snoozed", SnoozeFact{}, "Put away for a time; its owner's slot is free."},
	{"snooze_ended", SnoozeFact{}, "Its owner has it again."},
	{"tags_changed", TagsFact{}, "Tags were added or removed."},
	{"priority_changed", PriorityFact{}, "A supervisor changed the priority."},
	{"message_edited", ChangeFact{}, "The owner changed the text of a message; message_appended shows the message as it is now."},
	{"message_redacted", ChangeFact{}, "A message is hidden for good; message_appended shows what is left of it."},
	{"change_sent", ChangeFact{}, "The channel has taken the change of a message, or never will."},
	{"conversation_rated", RatingFact{}, "The contact rated it, or changed its rating; for its owner and supervisors."},
	{"silence_noted", SilenceFact{}, "The owner or the contact was silent for too long."},
	{"messages_read", ReadFact{}, "The owner has read up to a message."},
	{"note_added", NoteReply{}, "An internal note."},
	{"delivery_changed", DeliveryFact{}, "The delivery of a message moved forward."},
	{"messages_seen", DeliveryFact{}, "The contact's client has got, or shown, every message up to seq."},
	{"owner_lost", OwnerFact{}, "The owner has no connection."},
	{"owner_returned", OwnerFact{}, "The owner is connected again."},
	{"wrapup_started", EndFact{}, "The conversation is over; the owner files it."},
	{"wrapup_interrupted", EndFact{}, "The contact wrote during wrap-up."},
	{"conversation_ended", EndFact{}, "Closed."},
}
