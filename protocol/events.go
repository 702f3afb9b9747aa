package protocol

// OfferEnded is offer.ended.
type OfferEnded struct {
	OfferID string `json:"offer_id" doc:"off_…"`
	Cause   string `json:"cause" doc:"accepted_elsewhere, declined, expired, withdrawn or agent_lost"`
}

// ConversationMessage is conversation.message.
type ConversationMessage struct {
	ConversationID string  `json:"conversation_id" doc:"cnv_…"`
	Message        Message `json:"message" doc:"The new message"`
	Version        int64   `json:"version" doc:"Version of the conversation after it"`
	Unread         int     `json:"unread" doc:"Contact messages after read_seq"`
}

// ConversationRead is conversation.read.
type ConversationRead struct {
	ConversationID string `json:"conversation_id" doc:"cnv_…"`
	ReadSeq        int64  `json:"read_seq" doc:"Read up to here"`
	Unread         int    `json:"unread" doc:"Contact messages after read_seq"`
}

// ConversationTyping is conversation.typing.
type ConversationTyping struct {
	ConversationID string `json:"conversation_id" doc:"cnv_…"`
	Author         Author `json:"author" doc:"Who types"`
	Typing         bool   `json:"typing" doc:"Started or stopped"`
}

// ConversationNote is conversation.note.
type ConversationNote struct {
	ConversationID string `json:"conversation_id" doc:"cnv_…"`
	Note           Note   `json:"note" doc:"The note"`
}

// Draft is draft.saved, and what the snapshot has of one.
type Draft struct {
	ConversationID string `json:"conversation_id" doc:"cnv_…"`
	Text           string `json:"text" doc:"What is written so far; empty: nothing any more"`
}

// ConversationDelivery is conversation.delivery.
type ConversationDelivery struct {
	ConversationID string `json:"conversation_id" doc:"cnv_…"`
	MessageID      string `json:"message_id" doc:"msg_…"`
	Seq            int64  `json:"seq" doc:"seq of the message"`
	Delivery       string `json:"delivery" doc:"queued, sent, delivered, read or failed"`
	Error          string `json:"error,omitempty" doc:"Why it failed: a stable word"`
}

// ConversationUnanswered is conversation.unanswered, to the owner and at the level of alert to the supervisors of the queue.
type ConversationUnanswered struct {
	ConversationID string     `json:"conversation_id" doc:"cnv_…"`
	ProtocolNumber string     `json:"protocol_number" doc:"Number for people"`
	Queue          Ref        `json:"queue" doc:"Its queue"`
	Contact        ContactRef `json:"contact" doc:"Who waits"`
	Owner          Ref        `json:"owner" doc:"Who owes the answer"`
	Level          string     `json:"level" doc:"nudge: the owner is reminded; alert: the supervisors know"`
	Since          Time       `json:"since" doc:"Since when the contact waits, by the settings of now"`
}

// TransferPending is transfer.pending, to the sender.
type TransferPending struct {
	ConversationID string   `json:"conversation_id" doc:"cnv_…"`
	Transfer       Transfer `json:"transfer" doc:"The transfer that awaits its acceptance"`
}

// TransferEnded is transfer.ended, to the sender.
type TransferEnded struct {
	ConversationID string `json:"conversation_id" doc:"cnv_…"`
	TransferID     string `json:"transfer_id" doc:"Id of the transfer"`
	Outcome        string `json:"outcome" doc:"accepted, declined, expired, target_gone or cancelled"`
}

// ConversationRemoved is conversation.removed.
type ConversationRemoved struct {
	ConversationID string `json:"conversation_id" doc:"cnv_…"`
	Cause          string `json:"cause" doc:"closed, transferred, requeued or taken_over"`
}

// StatusChanged is status.changed.
type StatusChanged struct {
	Status        string `json:"status" doc:"ready or not_ready"`
	ReasonID      string `json:"reason_id" doc:"As in the snapshot"`
	By            Actor  `json:"by" doc:"Who changed it"`
	At            Time   `json:"at" doc:"When it was changed"`
	Since         Time   `json:"since" doc:"Since when the status holds"`
	AfterCurrent  bool   `json:"after_current,omitempty" doc:"It becomes not ready when the last conversation is done"`
	AfterReasonID string `json:"after_reason_id,omitempty" doc:"after_current: the reason then"`
	PlannedUntil  Time   `json:"planned_until,omitzero" doc:"When the pause should end, by its reason's planned minutes"`
}

// ConfigChanged is config.changed: something a client may have cached was changed.
type ConfigChanged struct {
	Kind    string `json:"kind" doc:"queue, agent, channel, script, canned_response, pause_reason, skill …; announcement: it was written, changed, removed, or read by oneself"`
	ID      string `json:"id" doc:"Which one"`
	Version int64  `json:"version" doc:"Its new version; 0 = removed"`
}

// AttachmentUpdated is attachment.updated, to who has the conversation and to who uploaded the file.
type AttachmentUpdated struct {
	ConversationID string     `json:"conversation_id,omitempty" doc:"cnv_…; absent while no message has it"`
	Attachment     Attachment `json:"attachment" doc:"The file as it is now"`
}

// ContactUpdated is contact.updated.
type ContactUpdated struct {
	Contact Contact `json:"contact" doc:"The contact after the change"`
}
