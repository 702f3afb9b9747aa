package dispatch

import "time"

// Record is a durable fact. The list is closed; each has a number in storage's codec that never changes.
type Record interface{ record() }

// ConversationRecord is a fact of one conversation.
type ConversationRecord interface {
	Record
	conversationRecord()
}

// AgentRecord is a fact of one agent.
type AgentRecord interface {
	Record
	agentRecord()
}

type conversationFact struct{}

func (conversationFact) record()             {}
func (conversationFact) conversationRecord() {}

type agentFact struct{}

func (agentFact) record()      {}
func (agentFact) agentRecord() {}

// ConversationOpened is the first record of every conversation; it enters the queue with it.
type ConversationOpened struct {
	conversationFact
	ID         ConversationID    `cbor:"1,keyasint"`
	Channel    ChannelID         `cbor:"2,keyasint"`
	Contact    Contact           `cbor:"3,keyasint"`
	Queue      QueueID           `cbor:"4,keyasint"`
	Subject    string            `cbor:"5,keyasint,omitempty"`
	Priority   int               `cbor:"6,keyasint,omitempty"`
	Skills     []SkillNeed       `cbor:"7,keyasint,omitempty"`
	Attributes map[string]string `cbor:"8,keyasint,omitempty"`
	Protocol   string            `cbor:"9,keyasint"`
	Previous   ConversationID    `cbor:"10,keyasint,omitempty"` // the closed one that this follows
	Weight     int               `cbor:"11,keyasint"`
	At         time.Time         `cbor:"12,keyasint"`
	Preferred  AgentID           `cbor:"13,keyasint,omitempty"` // who should have it first
}

// MessageAppended adds the next message. Outbox says that it waits for the channel's driver.
type MessageAppended struct {
	conversationFact
	Message Chat          `cbor:"1,keyasint"`
	Outbox  bool          `cbor:"2,keyasint,omitempty"`
	Window  time.Duration `cbor:"3,keyasint,omitempty"` // contact messages: how long the channel's window stays open from At
	Quiet   Quiet         `cbor:"10,keyasint,omitzero"` // the silence that begins with it
}

// OfferMade opens an offer: from the queue (the round may start over with it), or a transfer by the owner.
type OfferMade struct {
	conversationFact
	Offer    Offer `cbor:"1,keyasint"`
	NewRound bool  `cbor:"2,keyasint,omitempty"`
	Parallel int   `cbor:"100,keyasint,omitempty"` // that many agents may be asked at the same time; 0 is 1

	Why *Decision `cbor:"85,keyasint,omitempty"` // from the queue: whom it chose among
}

// OfferAccepted makes the addressee the owner, with the next epoch.
type OfferAccepted struct {
	conversationFact
	Offer OfferID   `cbor:"1,keyasint"`
	Agent AgentID   `cbor:"2,keyasint"`
	Epoch uint64    `cbor:"3,keyasint"`
	At    time.Time `cbor:"4,keyasint"`
	Quiet Quiet     `cbor:"10,keyasint,omitzero"` // the silence of the new owner
}

// OfferDeclined ends an offer by its addressee's word.
type OfferDeclined struct {
	conversationFact
	Offer   OfferID   `cbor:"1,keyasint"`
	Agent   AgentID   `cbor:"2,keyasint"`
	Reason  string    `cbor:"3,keyasint,omitempty"`
	RelaxAt time.Time `cbor:"4,keyasint,omitzero"` // when the round may start over
	At      time.Time `cbor:"5,keyasint"`
}

// OfferExpired ends an offer that nobody answered in time.
type OfferExpired struct {
	conversationFact
	Offer   OfferID   `cbor:"1,keyasint"`
	Agent   AgentID   `cbor:"2,keyasint"`
	RelaxAt time.Time `cbor:"3,keyasint,omitzero"`
	At      time.Time `cbor:"4,keyasint"`
}

// OfferWithdrawn ends an offer for a reason that is not the agent's word: it does not count as a decline.
type OfferWithdrawn struct {
	conversationFact
	Offer OfferID   `cbor:"1,keyasint"`
	Agent AgentID   `cbor:"2,keyasint"`
	Cause EndCause  `cbor:"3,keyasint"`
	By    AgentID   `cbor:"4,keyasint,omitempty"`
	At    time.Time `cbor:"5,keyasint"`
}

// ConversationAssigned makes an agent the owner without an offer, by a supervisor's word.
type ConversationAssigned struct {
	conversationFact
	Agent AgentID   `cbor:"1,keyasint"`
	By    AgentID   `cbor:"2,keyasint"`
	Epoch uint64    `cbor:"3,keyasint"`
	At    time.Time `cbor:"4,keyasint"`
	Quiet Quiet     `cbor:"10,keyasint,omitzero"`
}

// ConversationRequeued moves a conversation into a queue in one commit: transfer to a queue, requeue, lost owner.
type ConversationRequeued struct {
	conversationFact
	Queue    QueueID    `cbor:"1,keyasint"`
	Cause    QueueCause `cbor:"2,keyasint"`
	By       AgentID    `cbor:"3,keyasint,omitempty"`
	Note     string     `cbor:"4,keyasint,omitempty"`
	Priority int        `cbor:"5,keyasint,omitempty"`
	Exclude  AgentID    `cbor:"6,keyasint,omitempty"` // the sender of a transfer does not get it back while others can
	RelaxAt  time.Time  `cbor:"7,keyasint,omitzero"`
	At       time.Time  `cbor:"8,keyasint"`
	Top      bool       `cbor:"25,keyasint,omitempty"` // before all others until somebody owns it
}

// QueueJoined tells that a conversation waits in line: where it stands at first, and for how long it is expected to wait.
// One that is offered at once never joins.
type QueueJoined struct {
	conversationFact
	Queue QueueID   `cbor:"1,keyasint"`
	Place Place     `cbor:"2,keyasint"`
	At    time.Time `cbor:"3,keyasint"`
	Why   *Decision `cbor:"85,keyasint,omitempty"` // why nobody could have it
}

// PositionTold tells that the contact was told a new place in line. The message follows in the same commit.
type PositionTold struct {
	conversationFact
	Queue QueueID   `cbor:"1,keyasint"`
	Place Place     `cbor:"2,keyasint"`
	At    time.Time `cbor:"3,keyasint"`
}

// HoldChanged sets or clears the on-hold flag.
type HoldChanged struct {
	conversationFact
	On    bool      `cbor:"1,keyasint"`
	By    AgentID   `cbor:"2,keyasint"`
	At    time.Time `cbor:"3,keyasint"`
	Quiet Quiet     `cbor:"10,keyasint,omitzero"` // off hold: the silence that begins again
}

// SilenceNoted says that a silence lasted until its deadline, what was told because of it, and what comes next.
type SilenceNoted struct {
	conversationFact
	Told QuietStep `cbor:"1,keyasint,omitempty"` // none: the setting was switched off meanwhile
	Next Quiet     `cbor:"2,keyasint,omitzero"`
	At   time.Time `cbor:"3,keyasint"`
}

// MessagesRead moves the owner's read position forward.
type MessagesRead struct {
	conversationFact
	Seq uint64    `cbor:"1,keyasint"`
	By  AgentID   `cbor:"2,keyasint"`
	At  time.Time `cbor:"3,keyasint"`
}

// NoteAdded keeps an internal note.
type NoteAdded struct {
	conversationFact
	Note Note `cbor:"1,keyasint"`
}

// DeliveryChanged moves the delivery state of an outbound message forward.
type DeliveryChanged struct {
	conversationFact
	Seq      uint64        `cbor:"1,keyasint"`
	State    DeliveryState `cbor:"2,keyasint"`
	External ExternalID    `cbor:"3,keyasint,omitempty"` // the provider's id, when this report brought it
	Error    string        `cbor:"4,keyasint,omitempty"`
	At       time.Time     `cbor:"5,keyasint"`
	Stale    bool          `cbor:"80,keyasint,omitempty"` // it left as it was before a change, which is still to follow
}

// MessagesSeen moves the delivery of every outbound message up to Seq forward to State; what is further stays.
type MessagesSeen struct {
	conversationFact
	Seq   uint64        `cbor:"1,keyasint"`
	State DeliveryState `cbor:"2,keyasint"`
	At    time.Time     `cbor:"3,keyasint"`
}

// OwnerLost notes that the owner has no session; RequeueAt is zero where the customer's next message requeues.
type OwnerLost struct {
	conversationFact
	Agent     AgentID   `cbor:"1,keyasint"`
	RequeueAt time.Time `cbor:"2,keyasint,omitzero"`
	At        time.Time `cbor:"3,keyasint"`
}

// OwnerReturned clears OwnerLost.
type OwnerReturned struct {
	conversationFact
	Agent AgentID   `cbor:"1,keyasint"`
	At    time.Time `cbor:"2,keyasint"`
}

// WrapupStarted ends the customer's part. Until is zero where wrap-up has no time box.
type WrapupStarted struct {
	conversationFact
	By     AgentID       `cbor:"1,keyasint"`
	Script *ScriptAnswer `cbor:"2,keyasint,omitempty"`
	Until  time.Time     `cbor:"3,keyasint,omitzero"`
	At     time.Time     `cbor:"4,keyasint"`
}

// WrapupInterrupted returns to active: the customer wrote again.
type WrapupInterrupted struct {
	conversationFact
	At time.Time `cbor:"1,keyasint"`
}

// ConversationEnded closes, with the script that was filled or the system's own.
type ConversationEnded struct {
	conversationFact
	By         AgentID       `cbor:"1,keyasint,omitempty"` // empty: the customer or the system
	Cause      CloseCause    `cbor:"2,keyasint"`
	Script     *ScriptAnswer `cbor:"3,keyasint,omitempty"`
	At         time.Time     `cbor:"4,keyasint"`
	Overridden bool          `cbor:"5,keyasint,omitempty"` // a supervisor closed without the script that the queue demands
}

// ConversationReopened undoes a close within the reopen window. By is empty when the contact wrote again.
type ConversationReopened struct {
	conversationFact
	Queue QueueID   `cbor:"1,keyasint"`
	At    time.Time `cbor:"2,keyasint"`
	By    AgentID   `cbor:"80,keyasint,omitempty"`
}

// AgentStatusChanged is the only way a status changes. By is empty for rules of the server.
type AgentStatusChanged struct {
	agentFact
	Agent  AgentID     `cbor:"1,keyasint"`
	Status AgentStatus `cbor:"2,keyasint"`
	Reason string      `cbor:"3,keyasint,omitempty"`
	By     AgentID     `cbor:"4,keyasint,omitempty"`
	At     time.Time   `cbor:"5,keyasint"`
	Until  time.Time   `cbor:"6,keyasint,omitzero"` // when it should end, by the plan of its reason then
}

// AfterCurrentSet promises not ready once the current conversations are over; an empty reason with Clear unset is fine.
type AfterCurrentSet struct {
	agentFact
	Agent  AgentID   `cbor:"1,keyasint"`
	Reason string    `cbor:"2,keyasint,omitempty"`
	Clear  bool      `cbor:"3,keyasint,omitempty"`
	At     time.Time `cbor:"4,keyasint"`
	// Planned is how long the reason's plan says that it should last once it begins; 0: no plan.
	Planned time.Duration `cbor:"5,keyasint,omitempty"`
}

// AgentConnected begins an interval with a session; losses shorter than the grace do not end it.
type AgentConnected struct {
	agentFact
	Agent AgentID   `cbor:"1,keyasint"`
	At    time.Time `cbor:"2,keyasint"`
}

// AgentDisconnected ends the interval that began at Since: the grace after At, when the last session was lost, is over.
type AgentDisconnected struct {
	agentFact
	Agent AgentID   `cbor:"1,keyasint"`
	Since time.Time `cbor:"2,keyasint"`
	At    time.Time `cbor:"3,keyasint"`
}

// MissesCounted is the new number of consecutive misses.
type MissesCounted struct {
	agentFact
	Agent  AgentID   `cbor:"1,keyasint"`
	Misses int       `cbor:"2,keyasint"`
	At     time.Time `cbor:"3,keyasint"`
}

// DeclinePaused keeps new conversations from an agent for a while after it declined one. It stays ready.
type DeclinePaused struct {
	agentFact
	Agent AgentID   `cbor:"1,keyasint"`
	Until time.Time `cbor:"2,keyasint"`
	At    time.Time `cbor:"3,keyasint"`
}

// CommandAnswered keeps the first answer to a command for 24 h. It belongs to no machine's state.
type CommandAnswered struct {
	conversationFact
	Cause Cause     `cbor:"1,keyasint"`
	Reply Reply     `cbor:"-"` // encoded by storage's codec beside the record
	Err   *Error    `cbor:"3,keyasint,omitempty"`
	At    time.Time `cbor:"4,keyasint"`
}

func (CommandAnswered) agentRecord() {}
