package dispatch

import "time"

type isMessage struct{}

func (isMessage) message() {}

// Commands to a conversation: wishes that may be refused.
type (
	// OpenConversation opens a conversation with its first message and queues it.
	OpenConversation struct {
		isMessage
		Opened ConversationOpened // without At
		First  InboundChat
	}
	// ReceiveMessage brings a further message of the contact.
	ReceiveMessage struct {
		isMessage
		Inbound InboundChat
	}
	// AcceptOffer makes the addressee the owner. The agent's actor fills Agent.
	AcceptOffer struct {
		isMessage
		Offer OfferID
		Agent AgentID
	}
	// DeclineOffer ends the offer; another agent gets it, or the same one after the pause.
	DeclineOffer struct {
		isMessage
		Offer  OfferID
		Agent  AgentID
		Reason string
	}
	// SendMessage writes to the contact.
	SendMessage struct {
		isMessage
		ID          MessageID
		Author      Author
		By          Actor
		Text        string
		Attachments []AttachmentID
		ReplyTo     MessageID
		Canned      CannedID // the prepared text that it came from; empty: none
	}
	// ReadMessages moves the read position to Seq.
	ReadMessages struct {
		isMessage
		By  Actor
		Seq uint64
	}
	// SetTyping tells that somebody types; nothing is kept.
	SetTyping struct {
		isMessage
		By     Actor
		Author Author
		Typing bool
	}
	// AttachmentChanged tells that a file which a message has is in another state; nothing is kept.
	AttachmentChanged struct {
		isMessage
		Attachment AttachmentID
	}
	// AddNote keeps an internal note.
	AddNote struct {
		isMessage
		By   Actor
		Note Note // without At
	}
	// StartTransfer asks for a new owner: exactly one of ToAgent and ToQueue is set.
	StartTransfer struct {
		isMessage
		ID      OfferID
		By      Actor
		ToAgent AgentID
		ToQueue QueueID
		Note    string
	}
	// CancelTransfer takes back a pending transfer.
	CancelTransfer struct {
		isMessage
		By Actor
	}
	// CloseConversation ends it, with its script where the queue demands one. Override is a supervisor's word that it ends
	// without, and without wrap-up.
	CloseConversation struct {
		isMessage
		By       Actor
		Script   *ScriptAnswer
		Override bool
	}
	// SetHold sets or clears the on-hold flag.
	SetHold struct {
		isMessage
		By Actor
		On bool
	}
	// AssignConversation gives it to an agent by a supervisor's word, through the same eligibility as an offer.
	AssignConversation struct {
		isMessage
		ID    OfferID
		By    Actor
		Agent AgentID
	}
	// RequeueConversation puts it back into a queue by a supervisor's word. A nil Priority keeps the present one.
	RequeueConversation struct {
		isMessage
		By       Actor
		Queue    QueueID // empty: its present queue
		Priority *int
	}
	// LeaveConversation tells that the customer ended it.
	LeaveConversation struct{ isMessage }
	// ReportDelivery brings what the channel's driver or the provider said about an outbound message.
	ReportDelivery struct {
		isMessage
		Seq      uint64
		State    DeliveryState
		External ExternalID
		Error    string
		Revision uint64 // of the message that was sent
		Sent     bool   // the driver says so, of what it sent now; else the provider
	}
)

// Actor is who gives a command: an agent, and whether the gate lets them act on conversations of others.
type Actor struct {
	Agent      AgentID
	Supervisor bool
	// Queues are those that the agent serves: a conversation of none of them that was never the agent's looks to it like
	// none. nil: nobody has asked, and the agent knows every conversation.
	Queues []QueueID
}

// InboundChat is a contact's message before it has a place in the conversation.
type InboundChat struct {
	ID          MessageID
	External    ExternalID
	Author      Author
	Text        string
	Attachments []AttachmentID
	SentAt      time.Time
	ReplyTo     MessageID
}

// Commands to an agent's actor.
type (
	// SetStatus changes the status. AfterCurrent waits until no conversation is owned.
	SetStatus struct {
		isMessage
		Status       AgentStatus
		Reason       string
		By           AgentID
		AfterCurrent bool
		Planned      time.Duration // of the reason: how long it should last; 0: no plan
	}
	// ConfigureAgent brings the profile from the configuration. Removed members have no queues.
	ConfigureAgent struct {
		isMessage
		Profile AgentProfile
	}
	// SessionOpened and SessionClosed count the agent's connections.
	SessionOpened struct {
		isMessage
		Session SessionID
	}
	// SessionClosed tells that a session lost its connection.
	SessionClosed struct {
		isMessage
		Session SessionID
	}
)

// AgentProfile is what the configuration says of an agent.
type AgentProfile struct {
	Capacity int // budget of weights for new conversations, 1–10
	Ceiling  int // weight that is never exceeded, resting conversations included; 0: Capacity
	// SuspectTime is how long a lost connection is waited for; 0: the default.
	SuspectTime    time.Duration
	ReasonRequired bool // not ready needs a reason
	// SilentAfter is how long a contact may owe an answer before its conversation rests; 0: for ever.
	SilentAfter time.Duration

	Queues []QueueID // sorted
	Skills []SkillLevel
	Ranks  []QueueRank // by queue; those without one have tier 1 and share 1

	DeclinePause time.Duration // after a decline the agent gets nothing for so long
}

// QueueRank is how an agent stands in one of its queues.
type QueueRank struct {
	Queue QueueID
	Tier  int // 1–9: lower ones come first under TopDown
	Share int // 1–100, under Weighted
}

// rank in a queue; the zero rank is that of a queue without one.
func (p *AgentProfile) rank(q QueueID) QueueRank {
	for _, r := range p.Ranks {
		if r.Queue == q {
			return r
		}
	}
	return QueueRank{}
}

// The offer protocol between the three machines.
type (
	// Enqueue asks a queue to find an agent. Version makes repeats and late copies harmless.
	Enqueue struct {
		isMessage
		Ticket Ticket
	}
	// Enqueued tells the conversation that the queue has the ticket, and where that stands.
	Enqueued struct {
		isMessage
		Version uint64
		Place   Place
		Why     *Decision // why it waits in line; nil: it does not
	}
	// Dequeue takes a ticket of at most Version out of a queue.
	Dequeue struct {
		isMessage
		Conversation ConversationID
		Version      uint64
	}
	// Availability tells a queue what an agent can take now. A higher Version replaces.
	Availability struct {
		isMessage
		Agent     AgentID
		Version   uint64
		Free      int // weight that fits now; 0: not available
		Load      int
		IdleSince time.Time
		Skills    []SkillLevel
		Tier      int // in this queue; 0 is 1
		Share     int
		Capacity  int    // all of it, while the agent is ready, busy or not; 0: not ready
		Queues    int    // that share it
		Why       string // nothing is free, in a word; empty while something is
	}
	// AvailabilitySeen acknowledges.
	AvailabilitySeen struct {
		isMessage
		Queue   QueueID
		Version uint64
	}
	// AskAvailability asks an agent to tell a queue again (the queue's actor is new).
	AskAvailability struct {
		isMessage
		Queue QueueID
	}
	// Reserve asks an agent's actor to hold a slot for one conversation. From is the queue, or the conversation itself
	// for a transfer or an assignment.
	Reserve struct {
		isMessage
		Offer        OfferID
		Conversation ConversationID
		Queue        QueueID
		Ticket       uint64 // version of the ticket, or of the conversation for a transfer
		Kind         OfferKind
		Weight       int
		Skills       []SkillNeed // after the relaxations
		Tiers        int         // the highest tier of the queue that may have it; 0: all
		Relaxed      []Relaxation
		NewRound     bool // every agent of the last round had refused: it starts over
		Parallel     int  // so many agents are asked at the same time; 0 is 1
		Why          *Decision
		Own          bool // OfferReturn: by the agent's own word, ready or not
	}
	// Reserved tells the conversation that Agent holds a slot until Until.
	Reserved struct {
		isMessage
		Offer    OfferID
		Agent    AgentID
		Queue    QueueID // as in Reserve
		Ticket   uint64
		Until    time.Time
		Kind     OfferKind
		Relaxed  []Relaxation
		NewRound bool
		Parallel int
		Why      *Decision // as in Reserve
	}
	// MoveToQueue tells the conversation that it has waited in a queue for so long that another one should have it.
	MoveToQueue struct {
		isMessage
		Ticket   uint64 // version of the ticket
		From, To QueueID
	}
	// Refused tells whoever sent Reserve that the slot is gone, and why in one word.
	Refused struct {
		isMessage
		Offer        OfferID
		Conversation ConversationID
		Agent        AgentID
		Why          string
	}
	// MakeOffer tells the agent's actor that the offer is durable.
	MakeOffer struct {
		isMessage
		Offer   Offer
		Version uint64
	}
	// OfferEnded frees the slot of an offer or reservation.
	OfferEnded struct {
		isMessage
		Offer        OfferID
		Conversation ConversationID
		Version      uint64
		Cause        EndCause
	}
	// QueryOffer asks the conversation what became of a reservation or offer (an answer seems lost).
	QueryOffer struct {
		isMessage
		Offer OfferID
		Agent AgentID
	}
	// WithdrawOffer asks the conversation to end an offer that its addressee cannot take any more.
	WithdrawOffer struct {
		isMessage
		Offer OfferID
		Agent AgentID
		Cause EndCause
	}
	// Assigned tells the agent's actor that the agent owns the conversation.
	Assigned struct {
		isMessage
		Head    Head
		Version uint64
		Offer   OfferID // the offer or reservation that became ownership; empty on recovery
		Weight  int
	}
	// Released tells the former owner's actor that the slot is free.
	Released struct {
		isMessage
		Conversation ConversationID
		Version      uint64
		Cause        RemovalCause
	}
	// ReleaseSeen acknowledges.
	ReleaseSeen struct {
		isMessage
		Agent   AgentID
		Version uint64
	}
	// Notify brings events of a conversation to its owner's actor, with the head after them.
	Notify struct {
		isMessage
		Head    Head
		Version uint64
		Events  []Event
	}
	// TellSupervisors brings an event to whoever supervises a queue and is connected. It is told once and may get lost.
	TellSupervisors struct {
		isMessage
		Queue QueueID
		Event Event
	}
	// TellMembers brings an event to the agents of a queue who are connected. It is told once and may get lost.
	TellMembers struct {
		isMessage
		Queue QueueID
		Event Event
	}
	// OwnerGone tells a conversation that its owner has no session any more; OwnerBack that there is one again.
	OwnerGone struct {
		isMessage
		Agent AgentID
	}
	// OwnerBack tells a conversation that its owner is connected again.
	OwnerBack struct {
		isMessage
		Agent AgentID
	}
	// OwnerSeen answers both: what the conversation knows now. Until it fits, the agent tells again.
	OwnerSeen struct {
		isMessage
		Conversation ConversationID
		Gone         bool
	}
	// Wake tells a machine that a deadline it named may have come. Harmless at any time.
	Wake struct{ isMessage }
	// Recovered tells a machine that was loaded from storage to tell others again what its state implies.
	Recovered struct {
		isMessage
		Crashed bool // the actor died in a live process: messages sent before may still be on their way
	}
	// Answer carries the reply or the refusal of a command back to whoever sent it.
	Answer struct {
		isMessage
		Cause Cause
		Reply Reply
		Err   *Error
	}
)

// Ticket is a conversation's place in a queue.
type Ticket struct {
	Conversation ConversationID `cbor:"1,keyasint"`
	Version      uint64         `cbor:"2,keyasint"`
	Queue        QueueID        `cbor:"3,keyasint"`
	Priority     int            `cbor:"4,keyasint,omitempty"`
	EnqueuedAt   time.Time      `cbor:"5,keyasint"` // the original place
	Skills       []SkillNeed    `cbor:"6,keyasint,omitempty"`
	Weight       int            `cbor:"7,keyasint"`
	Excluded     []AgentID      `cbor:"8,keyasint,omitempty"` // refused in this round
	RelaxAt      time.Time      `cbor:"9,keyasint,omitzero"`  // when the round starts over
	Preferred    AgentID        `cbor:"10,keyasint,omitempty"`
	Since        time.Time      `cbor:"11,keyasint,omitzero"`   // in this queue
	Top          bool           `cbor:"25,keyasint,omitempty"`  // before all others, by age among its like
	Open         []AgentID      `cbor:"100,keyasint,omitempty"` // are being asked already
	Valid        uint64         `cbor:"101,keyasint,omitempty"` // reservations for tickets from this version on are good too; 0: for this one alone

	Spent []OverflowTrigger `cbor:"112,keyasint,omitempty"` // rules of its queue that it has had
	Fresh bool              `cbor:"113,keyasint,omitempty"` // it was not let into the line yet

	Told   int       `cbor:"114,keyasint,omitempty"` // the position in line that the contact knows
	ToldAt time.Time `cbor:"115,keyasint,omitzero"`
}
