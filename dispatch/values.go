package dispatch

import "time"

// ConversationState is where a conversation stands. Each is entered and left only by the records in Transitions.
type ConversationState string

// The states of a conversation.
const (
	ConversationNone    ConversationState = ""        // not opened yet
	ConversationQueued  ConversationState = "queued"  // waits in one queue
	ConversationOffered ConversationState = "offered" // proposed to an agent, or to several at once, until a deadline
	ConversationActive  ConversationState = "active"  // owned by one agent
	ConversationWrapup  ConversationState = "wrapup"  // over for the customer; its owner still files it
	ConversationClosed  ConversationState = "closed"  // final, but for an explicit reopening within the window
)

// AgentStatus is the durable fact an agent sets by command.
type AgentStatus string

// The statuses of an agent.
const (
	StatusReady    AgentStatus = "ready"
	StatusNotReady AgentStatus = "not_ready"
)

// Reasons that the server itself gives for not ready.
const (
	ReasonNoAnswer     = "no_answer"    // too many consecutive misses
	ReasonDisconnected = "disconnected" // gone: no session for the grace period
)

// OfferKind tells an offer from the queue, a transfer by its owner, and a supervisor's assignment.
type OfferKind string

// The kinds of offers. An assignment and a takeover are never shown as offers: their reservation becomes ownership at once.
// Neither are those that are given or picked, but they are recorded as offers that were accepted.
const (
	OfferFromQueue  OfferKind = "queue"
	OfferTransfer   OfferKind = "transfer"
	OfferAssignment OfferKind = "assignment"
	OfferReturn     OfferKind = "return"   // as an assignment, of a snoozed one to its owner
	OfferReopen     OfferKind = "reopen"   // as an assignment, to who had it last
	OfferTakeover   OfferKind = "takeover" // by the agent's own word
	OfferAuto       OfferKind = "auto"     // the queue gave it: accepted as it was made
	OfferPicked     OfferKind = "pick"     // the agent took it from the queue's list: accepted as it was made
)

// ordered: a supervisor's word, which only the ceiling bounds.
func (k OfferKind) ordered() bool { return k == OfferAssignment || k == OfferTakeover }

// forMembers: the offer is the queue's own, so that its addressee must be one of its members.
func (k OfferKind) forMembers() bool {
	return k == OfferFromQueue || k == OfferAuto || k == OfferPicked
}

// asked: the queue chose the agent.
func (k OfferKind) asked() bool { return k == OfferFromQueue || k == OfferAuto }

// EndCause says how an offer ended.
type EndCause string

// The causes, as they travel in offer.ended.
const (
	EndAcceptedElsewhere EndCause = "accepted_elsewhere"
	EndDeclined          EndCause = "declined"
	EndExpired           EndCause = "expired"
	EndWithdrawn         EndCause = "withdrawn"
	EndAgentLost         EndCause = "agent_lost"
	EndAccepted          EndCause = "accepted" // kept for typed refusals; never sent to the agent who accepted
)

// RemovalCause says why a conversation left an agent's list.
type RemovalCause string

// The causes, as they travel in conversation.removed.
const (
	RemovedClosed      RemovalCause = "closed"
	RemovedTransferred RemovalCause = "transferred"
	RemovedRequeued    RemovalCause = "requeued"
	RemovedTakenOver   RemovalCause = "taken_over"
)

// QueueCause says why a conversation entered a queue.
type QueueCause string

// The causes of entering a queue.
const (
	QueuedArrived   QueueCause = "arrived"
	QueuedTransfer  QueueCause = "transfer"
	QueuedRequeue   QueueCause = "requeue"
	QueuedOwnerLost QueueCause = "owner_lost"
	QueuedReopened  QueueCause = "reopened"
	QueuedRelaxed   QueueCause = "relaxed" // it had waited long enough in another one

	QueuedSnoozeOver QueueCause = "snooze_over" // its owner could not take it back
	QueuedOverflow   QueueCause = "overflow"
)

// CloseCause says how a conversation ended.
type CloseCause string

// The causes of an end. Those of the server are also the reason of the script that it files.
const (
	ClosedByAgent      CloseCause = "agent"
	ClosedBySupervisor CloseCause = "supervisor"
	ClosedContactLeft  CloseCause = "contact_left"
	ClosedWrapupOver   CloseCause = "wrapup_over"
	ClosedInactivity   CloseCause = "inactivity" // the contact was silent for too long
	ClosedOverflow     CloseCause = "overflow"   // its queue had no place for it
)

// DeliveryState of an outbound message; it only moves forward.
type DeliveryState string

// The delivery states in their order; failed may follow queued and sent only.
const (
	DeliveryNone      DeliveryState = ""
	DeliveryQueued    DeliveryState = "queued"
	DeliverySent      DeliveryState = "sent"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryRead      DeliveryState = "read"
	DeliveryFailed    DeliveryState = "failed"
)

var deliveryRank = []DeliveryState{DeliveryNone, DeliveryQueued, DeliverySent, DeliveryDelivered, DeliveryRead, DeliveryFailed}

func rankOf(d DeliveryState) byte {
	for i, v := range deliveryRank {
		if v == d {
			return byte(i)
		}
	}
	return 0
}

// AuthorKind says what kind of author wrote a message.
type AuthorKind string

// The author kinds.
const (
	AuthorContact AuthorKind = "contact"
	AuthorAgent   AuthorKind = "agent"
	AuthorBot     AuthorKind = "bot"
	AuthorSystem  AuthorKind = "system"
)

// Author of a message or note, as it was then: kept as sent.
type Author struct {
	Kind     AuthorKind `cbor:"1,keyasint" json:"kind"`
	ID       string     `cbor:"2,keyasint,omitempty" json:"id,omitempty"`
	Name     string     `cbor:"3,keyasint,omitempty" json:"name,omitempty"`
	Identity string     `cbor:"4,keyasint,omitempty" json:"identity,omitempty"` // number or document shown above the name
}

// Contact is the customer of a conversation, as shown in heads and offers.
type Contact struct {
	ID       ContactID `cbor:"1,keyasint"`
	Name     string    `cbor:"2,keyasint,omitempty"`
	Identity string    `cbor:"3,keyasint,omitempty"` // the identity that wrote in, canonical ("+5511…")
	Route    string    `cbor:"4,keyasint,omitempty"` // where the channel's driver sends answers; the identity's raw value
}

// SkillNeed asks for a skill at a level of at least MinLevel (1–5).
type SkillNeed struct {
	ID       SkillID `cbor:"1,keyasint"`
	MinLevel int     `cbor:"2,keyasint"`
}

// SkillLevel is a skill an agent has, at a level of 1–5.
type SkillLevel struct {
	ID    SkillID
	Level int
}

// Chat is one message of a conversation. Seq counts from 1 without gaps, in order of arrival.
type Chat struct {
	ID          MessageID      `cbor:"1,keyasint"`
	Seq         uint64         `cbor:"2,keyasint"`
	Author      Author         `cbor:"3,keyasint"`
	Text        string         `cbor:"4,keyasint,omitempty"`
	Attachments []AttachmentID `cbor:"5,keyasint,omitempty"`
	At          time.Time      `cbor:"6,keyasint"`
	SentAt      time.Time      `cbor:"7,keyasint,omitzero"` // the provider's clock; zero when it said none
	ReplyTo     MessageID      `cbor:"8,keyasint,omitempty"`
	External    ExternalID     `cbor:"9,keyasint,omitempty"`
	Delivery    DeliveryState  `cbor:"10,keyasint,omitempty"` // outbound only; as of the append
	Canned      CannedID       `cbor:"11,keyasint,omitempty"` // the prepared text that it came from

	// Of a message that was changed since; readers get it, records of new messages have none of it.
	ChangedAt time.Time `cbor:"80,keyasint,omitzero"`
	Revision  uint64    `cbor:"81,keyasint,omitempty"` // of the last change
	Redacted  bool      `cbor:"82,keyasint,omitempty"` // else edited
}

// Note is an internal remark; it never reaches a channel.
type Note struct {
	ID       NoteID    `cbor:"1,keyasint"`
	Author   Author    `cbor:"2,keyasint"`
	Text     string    `cbor:"3,keyasint"`
	At       time.Time `cbor:"4,keyasint"`
	Mentions []AgentID `cbor:"5,keyasint,omitempty"`
	Whisper  bool      `cbor:"70,keyasint,omitempty"` // a supervisor's, for the owner and supervisors alone
}

// ScriptAnswer is a filled script (disposition).
type ScriptAnswer struct {
	Reason    string            `cbor:"1,keyasint"`
	Resolved  bool              `cbor:"2,keyasint"`
	Answers   map[string]string `cbor:"3,keyasint,omitempty"`
	Automatic bool              `cbor:"4,keyasint,omitempty"` // stored by the server, not by a person
}

// Offer is one proposal of one conversation to one agent, with an absolute deadline. Transfers are offers with a From.
type Offer struct {
	ID           OfferID        `cbor:"1,keyasint"`
	Conversation ConversationID `cbor:"2,keyasint"`
	Agent        AgentID        `cbor:"3,keyasint"`
	Kind         OfferKind      `cbor:"4,keyasint"`
	Queue        QueueID        `cbor:"5,keyasint"`
	Channel      ChannelID      `cbor:"6,keyasint"`
	Contact      Contact        `cbor:"7,keyasint"`
	Subject      string         `cbor:"8,keyasint,omitempty"`
	Priority     int            `cbor:"9,keyasint,omitempty"`
	EnqueuedAt   time.Time      `cbor:"10,keyasint"`
	MadeAt       time.Time      `cbor:"11,keyasint"`
	ExpiresAt    time.Time      `cbor:"12,keyasint"`
	Attempt      int            `cbor:"13,keyasint"`
	Returned     bool           `cbor:"14,keyasint,omitempty"` // this agent declined or missed it in an earlier round
	From         AgentID        `cbor:"15,keyasint,omitempty"`
	Note         string         `cbor:"16,keyasint,omitempty"`
	LastText     string         `cbor:"17,keyasint,omitempty"`
	Weight       int            `cbor:"18,keyasint"`
	MaxMisses    int            `cbor:"19,keyasint,omitempty"` // consecutive misses that make the agent not ready; 0 is off
	Relaxed      []Relaxation   `cbor:"30,keyasint,omitempty"` // what the conversation does not ask for any more
}

// Rules are the settings that a conversation obeys: those of its queue and channel, resolved by the caller from the
// configuration of the moment. They are not part of the recorded state: records hold results.
type Rules struct {
	OfferTime       time.Duration // how long an offer stays open
	ReofferPause    time.Duration // before the round starts over; doubles with each round
	ReofferPauseMax time.Duration
	TransferTime    time.Duration
	ReopenWindow    time.Duration // 0: a later message opens a new conversation
	MaxMisses       int
	Weight          int  // of one conversation in an agent's capacity
	GoneRequeue     bool // a conversation whose owner is gone is requeued GoneAfter later; else when the contact writes
	GoneAfter       time.Duration
	Window          time.Duration // after the contact's last message in which the channel takes ours; 0: always
	Outbox          bool          // the channel has a driver: messages go out through the durable outbox
	ScriptRequired  bool
	Script          *ScriptRules // nil: the queue has no script
	Wrapup          WrapupMode
	WrapupTime      time.Duration
	QueueName       string        // signs what the server says
	Greeting        string        // said when the conversation is opened; empty: nothing
	AgentNudge      time.Duration // of the owner's silence, until it is reminded; 0: never
	AgentAlert      time.Duration // of the owner's silence, until its supervisors are told; 0: never
	Inactivity      Inactivity    // of the contact
	MaxText         int           // characters of one outbound message that the channel takes; 0: MaxTextBytes alone
	WrapupReason    string        // of the script that a timed wrap-up files at its end; empty: the server's own word
	Waits           WaitRules     // what holds while it waits
	Edits           bool          // what was sent on the channel can be changed there
	AfterHours      string        // said to one who comes while the queue is closed
	PositionText    string        // said when it joins the line, and about new places
	PositionEvery   time.Duration // between two of those at least; 0: only when it joins
	Closing         string        // said when an agent or a supervisor closes it
	Rating          bool          // the contact is asked to rate what is over
	RatingChange    time.Duration // after the first rating in which it may be changed
	Picks           PickRules     // who may take it from the list of its queue
}

// WrapupMode says whether closing passes through wrap-up.
type WrapupMode string

// The modes. Optional skips wrap-up when the close brings its script; mandatory passes through it always, until its owner
// closes again; timed as mandatory, and ends by itself after WrapupTime.
const (
	WrapupOff       WrapupMode = "off"
	WrapupOptional  WrapupMode = "optional"
	WrapupMandatory WrapupMode = "mandatory"
	WrapupTimed     WrapupMode = "timed"
)

// ScriptRules are what a close is checked against. Both maps are only looked up, never walked.
type ScriptRules struct {
	Reasons  map[string]bool // ids that may be chosen
	Required []string        // questions that must have an answer
}

// DefaultRules are the defaults of the documentation.
func DefaultRules() Rules {
	return Rules{
		OfferTime: 30 * time.Second, ReofferPause: 2 * time.Second, ReofferPauseMax: 30 * time.Second,
		TransferTime: time.Minute, ReopenWindow: 24 * time.Hour, MaxMisses: 2, Weight: 1, Wrapup: WrapupOff, WrapupTime: time.Minute,
		GoneAfter: OwnerLostRequeue, RatingChange: RatingChange,
	}
}

// Limits of the core. Each protects memory or a reader downstream.
const (
	MaxTextBytes     = 16 << 10        // of one message or note: what one websocket frame can carry
	MaxOpenOffers    = 1               // open offers per agent at a time
	ReserveHold      = 2 * time.Second // how long a reservation may be turned into an offer
	RetryPause       = time.Second     // between repeats of a message that was not acknowledged
	RetryPauseMax    = 30 * time.Second
	OwnerLostRequeue = 2 * time.Minute  // the default of GoneAfter
	SuspectTime      = 30 * time.Second // the default of a profile
	SuspectOfferTime = 5 * time.Second  // an open offer of a suspect agent is kept this long at most
	MaxBounces       = 3                // transfers between the same two agents
)
