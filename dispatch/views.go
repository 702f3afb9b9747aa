package dispatch

import "time"

// Head is what lists and desks show of a conversation. Version grows with every record.
type Head struct {
	ID              ConversationID    `cbor:"1,keyasint"`
	Protocol        string            `cbor:"2,keyasint"`
	State           ConversationState `cbor:"3,keyasint"`
	Version         uint64            `cbor:"4,keyasint"`
	Queue           QueueID           `cbor:"5,keyasint"`
	Channel         ChannelID         `cbor:"6,keyasint"`
	Contact         Contact           `cbor:"7,keyasint"`
	Subject         string            `cbor:"8,keyasint,omitempty"`
	Priority        int               `cbor:"9,keyasint,omitempty"`
	Owner           AgentID           `cbor:"10,keyasint,omitempty"`
	OnHold          bool              `cbor:"11,keyasint,omitempty"`
	Transfer        *TransferView     `cbor:"12,keyasint,omitempty"`
	EnqueuedAt      time.Time         `cbor:"13,keyasint"`
	AssignedAt      time.Time         `cbor:"14,keyasint,omitzero"`
	ClosedAt        time.Time         `cbor:"15,keyasint,omitzero"`
	LastSeq         uint64            `cbor:"16,keyasint"`
	ReadSeq         uint64            `cbor:"17,keyasint"`
	Unread          int               `cbor:"18,keyasint"`
	LastMessage     *Chat             `cbor:"19,keyasint,omitempty"`
	ScriptRequired  bool              `cbor:"20,keyasint,omitempty"`
	WindowExpiresAt time.Time         `cbor:"21,keyasint,omitzero"`
	OpenedAt        time.Time         `cbor:"22,keyasint"`
	Previous        ConversationID    `cbor:"23,keyasint,omitempty"`
	Script          *ScriptAnswer     `cbor:"24,keyasint,omitempty"`
	Attributes      map[string]string `cbor:"25,keyasint,omitempty"`
	WrapupUntil     time.Time         `cbor:"80,keyasint,omitzero"`
	CloseCause      CloseCause        `cbor:"81,keyasint,omitempty"`
	Tags            []string          `cbor:"82,keyasint,omitempty"` // not to be changed
	Rating          *Rating           `cbor:"83,keyasint,omitempty"` // not to be changed
	RatingAsked     bool              `cbor:"84,keyasint,omitempty"`
	SnoozedUntil    time.Time         `cbor:"85,keyasint,omitzero"`
	SilentSince     time.Time         `cbor:"125,keyasint,omitzero"` // an agent wrote and the contact has not answered since
}

// TransferView is a transfer that waits for its target.
type TransferView struct {
	ID        OfferID   `cbor:"1,keyasint"`
	To        AgentID   `cbor:"2,keyasint"`
	ExpiresAt time.Time `cbor:"3,keyasint"`
}

// Reply is what a command that was carried out answers. The list is closed.
type Reply interface{ reply() }

type isReply struct{}

func (isReply) reply() {}

// The replies.
type (
	// Done answers commands that have nothing more to say.
	Done struct{ isReply }
	// ReplyConversation answers offer.accept and other changes of ownership.
	ReplyConversation struct {
		isReply
		Head Head `cbor:"1,keyasint"`
	}
	// ReplyMessage answers message.send.
	ReplyMessage struct {
		isReply
		Conversation ConversationID `cbor:"1,keyasint"`
		Message      Chat           `cbor:"2,keyasint"`
	}
	// ReplyNote answers note.add.
	ReplyNote struct {
		isReply
		Conversation ConversationID `cbor:"1,keyasint"`
		Note         Note           `cbor:"2,keyasint"`
	}
	// ReplyTransfer answers transfer.start; empty for a transfer to a queue, which is over at once.
	ReplyTransfer struct {
		isReply
		Transfer OfferID `cbor:"1,keyasint,omitempty"`
	}
	// ReplyInbound answers an inbound message.
	ReplyInbound struct {
		isReply
		Conversation ConversationID `cbor:"1,keyasint"`
		Message      MessageID      `cbor:"2,keyasint"`
		Created      bool           `cbor:"3,keyasint,omitempty"`
		Seq          uint64         `cbor:"4,keyasint,omitempty"`
	}
	// ReplyReassigned answers agent.reassign_all: what leaves the agent.
	ReplyReassigned struct {
		isReply
		Conversations []ConversationID `cbor:"1,keyasint,omitempty"`
	}
	// ReplyStatus answers status.set.
	ReplyStatus struct {
		isReply
		Status  AgentStatus `cbor:"1,keyasint"`
		Reason  string      `cbor:"2,keyasint,omitempty"`
		Since   time.Time   `cbor:"3,keyasint"`
		After   bool        `cbor:"4,keyasint,omitempty"` // it will change after the current conversations
		AfterIs string      `cbor:"5,keyasint,omitempty"` // the reason to give then
		Until   time.Time   `cbor:"6,keyasint,omitzero"`  // when it should end, by plan
	}
)

// Event is what people see of a change: one for all receivers. The list is closed.
type Event interface{ event() }

type isEvent struct{}

func (isEvent) event() {}

// UnansweredLevel says how far the silence of an owner has gone.
type UnansweredLevel string

// The levels, as they travel.
const (
	UnansweredNudge UnansweredLevel = "nudge" // the owner is reminded
	UnansweredAlert UnansweredLevel = "alert" // the supervisors know
)

// The events of an agent's sessions.
type (
	// EventOfferCreated shows an offer.
	EventOfferCreated struct {
		isEvent
		Offer Offer
	}
	// EventOfferEnded takes it away.
	EventOfferEnded struct {
		isEvent
		Offer OfferID
		Cause EndCause
	}
	// EventAssigned puts a conversation into the agent's list.
	EventAssigned struct {
		isEvent
		Head Head
	}
	// EventMessage shows a new message.
	EventMessage struct {
		isEvent
		Conversation ConversationID
		Message      *Chat // not to be changed: the conversation's state and all receivers have the same
		Version      uint64
		Unread       int
	}
	// EventMessageChanged shows a message that was edited or redacted. It replaces what was shown of it.
	EventMessageChanged struct {
		isEvent
		Conversation ConversationID
		Message      Chat
		Version      uint64
	}
	// EventUpdated shows a changed head.
	EventUpdated struct {
		isEvent
		Head Head
	}
	// EventRead shows a new read position.
	EventRead struct {
		isEvent
		Conversation ConversationID
		Seq          uint64
		Unread       int
		By           AgentID
	}
	// EventTyping shows that somebody types. It may be dropped or coalesced.
	EventTyping struct {
		isEvent
		Conversation ConversationID
		Author       Author
		Typing       bool
	}
	// EventNote shows a new note.
	EventNote struct {
		isEvent
		Conversation ConversationID
		Note         Note
	}
	// EventUnanswered reminds the owner, or tells the supervisors, that the contact waits for an answer.
	EventUnanswered struct {
		isEvent
		Conversation ConversationID
		Protocol     string
		Queue        QueueID
		Contact      Contact
		Owner        AgentID
		Level        UnansweredLevel
		Since        time.Time
	}
	// EventDelivery shows a new delivery state.
	EventDelivery struct {
		isEvent
		Conversation ConversationID
		Message      MessageID
		Seq          uint64
		Delivery     DeliveryState
		Error        string
	}
	// EventTransferPending shows that a transfer waits for its target.
	EventTransferPending struct {
		isEvent
		Conversation ConversationID
		Transfer     TransferView
	}
	// EventTransferEnded shows how it ended: accepted, declined, expired, target_gone or cancelled.
	EventTransferEnded struct {
		isEvent
		Conversation ConversationID
		Transfer     OfferID
		Outcome      string
	}
	// EventRemoved takes a conversation out of the agent's list.
	EventRemoved struct {
		isEvent
		Conversation ConversationID
		Cause        RemovalCause
	}
	// EventWatched begins what a session shows of a conversation, or replaces it: the events after it follow.
	EventWatched struct {
		isEvent
		Head     Head
		Messages []Chat // the last ones, in order
		More     bool   // there are earlier ones
	}
	// EventWatchEnded ends it: the conversation has gone to a queue that the watcher does not supervise.
	EventWatchEnded struct {
		isEvent
		Conversation ConversationID
	}
	// EventConfigChanged tells that something a client may have cached was changed. Version 0: removed.
	EventConfigChanged struct {
		isEvent
		Kind    string
		ID      string
		Version uint64
	}
	// EventAttachment shows a file whose state changed. Conversation is empty while no message has it.
	EventAttachment struct {
		isEvent
		Conversation ConversationID
		Attachment   AttachmentID
	}
	// EventContactUpdated shows a changed contact. Wire is what the edge shows of it; opaque here.
	EventContactUpdated struct {
		isEvent
		Contact ContactID
		Wire    any
	}
	// EventDraft tells the other sessions of an agent what one of them has begun to write; an empty text: nothing any more.
	EventDraft struct {
		isEvent
		Draft Draft
	}
	// EventQueueWaiting tells the members of a queue from which they pick that its list has changed.
	EventQueueWaiting struct {
		isEvent
		Queue   QueueID
		Waiting int
		Oldest  time.Time // when the one that has waited longest came; zero: nobody waits
	}
	// EventStatus shows the agent's status.
	EventStatus struct {
		isEvent
		Status  AgentStatus
		Reason  string
		By      AgentID
		At      time.Time
		Since   time.Time
		Until   time.Time // when it should end, by plan; zero: no plan
		After   bool      // not ready once the current conversations are over, for the reason AfterIs
		AfterIs string
	}
)
