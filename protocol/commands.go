package protocol

// StatusSet is status.set and the body of PUT /agents/{id}/status.
type StatusSet struct {
	Status       string `json:"status" required:"true" enum:"ready,not_ready" doc:"ready or not_ready"`
	ReasonID     string `json:"reason_id,omitempty" maxLength:"64" doc:"Pause reason, for not_ready"`
	AfterCurrent bool   `json:"after_current,omitempty" doc:"not_ready only when the last conversation is done; no offers until then"`
}

// StatusReply answers status.set and status.force.
type StatusReply struct {
	Status        string `json:"status" doc:"The status now"`
	ReasonID      string `json:"reason_id" doc:"Its reason; empty when ready or none was given"`
	Since         Time   `json:"since" doc:"Since when"`
	AfterCurrent  bool   `json:"after_current" doc:"It becomes not ready when the last conversation is done"`
	AfterReasonID string `json:"after_reason_id,omitempty" doc:"after_current: the reason then"`
	PlannedUntil  Time   `json:"planned_until,omitzero" doc:"When the pause should end, by its reason's planned minutes"`
}

// StatusForce is status.force.
type StatusForce struct {
	AgentID  string `json:"agent_id" required:"true" maxLength:"64" doc:"agt_…"`
	Status   string `json:"status" required:"true" enum:"ready,not_ready" doc:"ready or not_ready"`
	ReasonID string `json:"reason_id,omitempty" maxLength:"64" doc:"Pause reason, for not_ready"`
}

// OfferAccept is offer.accept.
type OfferAccept struct {
	OfferID string `json:"offer_id" required:"true" maxLength:"64" doc:"off_…"`
}

// ConversationReply answers commands that give a conversation.
type ConversationReply struct {
	Conversation ConversationHead `json:"conversation" doc:"The conversation after the change"`
}

// OfferDecline is offer.decline.
type OfferDecline struct {
	OfferID string `json:"offer_id" required:"true" maxLength:"64" doc:"off_…"`
	Reason  string `json:"reason,omitempty" maxLength:"200" doc:"Why, for the supervisor"`
}

// MessageSend is message.send.
type MessageSend struct {
	ConversationID   string   `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
	Text             string   `json:"text,omitempty" doc:"Plain text of at most 16 384 bytes; required unless there are attachments"`
	AttachmentIDs    []string `json:"attachment_ids,omitempty" maxItems:"10" maxLength:"64" doc:"Uploaded files"`
	CannedResponseID string   `json:"canned_response_id,omitempty" maxLength:"64" doc:"The canned response that the text came from, for the reports"`
	ReplyTo          string   `json:"reply_to,omitempty" maxLength:"64" doc:"msg_… that it answers"`
}

func (m MessageSend) check() []FieldError { return duplicates("/attachment_ids", m.AttachmentIDs) }

// MessageReply answers message.send.
type MessageReply struct {
	Message Message `json:"message" doc:"The message with its seq"`
}

// MessageRead is message.read.
type MessageRead struct {
	ConversationID string `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
	Seq            int64  `json:"seq" minimum:"0" doc:"Read up to here; never goes back"`
}

// TypingSet is typing.set.
type TypingSet struct {
	ConversationID string `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
	Typing         bool   `json:"typing" doc:"Ends by itself after 10 s"`
}

// DraftSave is draft.save.
type DraftSave struct {
	ConversationID string `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
	Text           string `json:"text" maxLength:"8192" doc:"What is written so far; empty: nothing is kept"`
}

// NoteAdd is note.add.
type NoteAdd struct {
	ConversationID string   `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
	Text           string   `json:"text" required:"true" maxLength:"4096" doc:"Plain text"`
	Mentions       []string `json:"mentions,omitempty" maxItems:"20" maxLength:"64" doc:"agt_… of who is mentioned"`
}

// NoteReply answers note.add.
type NoteReply struct {
	Note Note `json:"note" doc:"The note"`
}

// TransferStart is transfer.start.
type TransferStart struct {
	ConversationID string `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
	To             Target `json:"to" doc:"Exactly one of agent_id and queue_id"`
	Note           string `json:"note,omitempty" maxLength:"2000" doc:"For the receiver"`
}

// TransferReply answers transfer.start.
type TransferReply struct {
	TransferID string `json:"transfer_id" doc:"Id of the transfer"`
}

// ConversationID is the data of commands that only name a conversation.
type ConversationID struct {
	ConversationID string `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
}

// ConversationClose is conversation.close.
type ConversationClose struct {
	ConversationID string        `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
	Script         *ScriptAnswer `json:"script,omitempty" doc:"The disposition; required where the queue demands it"`
	OverrideScript bool          `json:"override_script,omitempty" doc:"Supervisors: close without the script that the queue demands, and without wrap-up; the record says who did"`
}

// ConversationAssign is conversation.assign.
type ConversationAssign struct {
	ConversationID string `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
	AgentID        string `json:"agent_id" required:"true" maxLength:"64" doc:"agt_… who gets it"`
}

// ConversationRequeue is conversation.requeue.
type ConversationRequeue struct {
	ConversationID string `json:"conversation_id" required:"true" maxLength:"64" doc:"cnv_…"`
	QueueID        string `json:"queue_id,omitempty" maxLength:"64" doc:"Another queue; the same one when empty"`
	Priority       *int   `json:"priority,omitempty" minimum:"-10" maximum:"10" doc:"Another priority"`
}

// DirectorySearch is directory.search.
type DirectorySearch struct {
	Text  string `json:"text" maxLength:"100" doc:"Part of a name; accents and case do not matter; empty = all"`
	Limit int    `json:"limit" minimum:"1" maximum:"100" default:"20" doc:"At most so many agents"`
}

// Directory answers directory.search.
type Directory struct {
	Agents []DirectoryAgent `json:"agents" doc:"Agents by name, available ones first"`
	Queues []Ref            `json:"queues" doc:"Queues whose name matches"`
}

// DirectoryAgent is one agent in the directory.
type DirectoryAgent struct {
	ID       string `json:"id" doc:"agt_…"`
	Name     string `json:"name" doc:"Name"`
	Dot      string `json:"dot" doc:"green: ready with a free slot; amber: ready but full; red: not ready; grey: offline"`
	Why      string `json:"why" doc:"available, full, not_ready or offline"`
	Capacity int    `json:"capacity" doc:"Slots"`
	Load     int    `json:"load" doc:"Slots in use"`
}

// WhyAvailable is why of a green dot.
const WhyAvailable = "available"

// DirectorySubscribe is directory.subscribe.
type DirectorySubscribe struct {
	Queues bool `json:"queues,omitempty" doc:"See the queues that one serves: directory.queues"`
	Agents bool `json:"agents,omitempty" doc:"See who could take a conversation: directory.agents"`
}

// DirectoryQueues is directory.queues.
type DirectoryQueues struct {
	Full    bool             `json:"full" doc:"These are all; else those that changed"`
	Queues  []DirectoryQueue `json:"queues" doc:"Queues as they are now"`
	Removed []string         `json:"removed,omitempty" doc:"que_… that are gone"`
}

// DirectoryQueue is what the members of a queue see of it.
type DirectoryQueue struct {
	Queue    Ref  `json:"queue" doc:"Which queue"`
	Waiting  int  `json:"waiting" doc:"Conversations that wait; one that is offered to somebody does not, until the offer ends without an owner"`
	OldestAt Time `json:"oldest_at,omitzero" doc:"When the one that has waited longest came; absent: nobody waits"`
}

// DirectoryAgents is directory.agents.
type DirectoryAgents struct {
	Full    bool             `json:"full" doc:"These are all; else those that changed"`
	Agents  []DirectoryAgent `json:"agents" doc:"Agents as they are now, oneself too, in no order that means anything"`
	Removed []string         `json:"removed,omitempty" doc:"agt_… who are gone"`
}

// Empty is the data of replies that carry nothing.
type Empty struct{}
