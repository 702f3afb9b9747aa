package dispatch

import "time"

// Further commands to a conversation.
type (
	// TagConversation adds and removes tags; see [NormalTag]. It is allowed in every state.
	TagConversation struct {
		isMessage
		By          Actor
		Add, Remove []string
	}
	// ChangePriority is a supervisor's word; a waiting conversation moves to its new place at once and keeps its age.
	ChangePriority struct {
		isMessage
		By       Actor
		Priority int // MinPriority to MaxPriority
	}
	// EditMessage changes the text of a message, and RedactMessage hides one. Message is the message as storage has it: of
	// what never changes the conversation itself keeps only the last ones.
	EditMessage struct {
		isMessage
		By      Actor
		Message Chat
		Text    string
	}
	// RedactMessage hides a message from every reader. Its record stays, for the audit.
	RedactMessage struct {
		isMessage
		By      Actor
		Message Chat
		Reason  string
	}
	// ReportChange brings what the channel's driver said about a change of a message that had left before.
	ReportChange struct {
		isMessage
		Seq      uint64
		Revision uint64 // what was sent
		Error    string // why it was not taken and never will be; empty: taken
	}
	// ReopenConversation undoes a close within the reopen window: its last owner gets it back, with a supervisor's word it
	// waits in its queue.
	ReopenConversation struct {
		isMessage
		ID OfferID // of the reservation
		By Actor
	}
	// SnoozeConversation puts a conversation away for a time: it keeps its owner and frees the slot.
	SnoozeConversation struct {
		isMessage
		By    Actor
		Until time.Time // MinSnooze to MaxSnooze from now
	}
	// UnsnoozeConversation ends that before its time, where its owner has room.
	UnsnoozeConversation struct {
		isMessage
		By Actor
	}
	// RateConversation is the contact's word on a conversation that is over for it. Until Rules.RatingChange after the first
	// one it may be changed.
	RateConversation struct {
		isMessage
		Score   int // MinRating to MaxRating
		Comment string
	}
)
