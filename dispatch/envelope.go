package dispatch

import (
	"slices"
	"time"
)

// Kind says what sort of actor an address names.
type Kind string

// The kinds of actors.
const (
	KindConversation Kind = "conversation"
	KindAgent        Kind = "agent"
	KindQueue        Kind = "queue"
	// KindSupervisors is no machine: whoever supervises the queue of the id, wherever they are connected.
	KindSupervisors Kind = "supervisors"
	// KindMembers is no machine either: the agents of the queue of the id, wherever they are connected.
	KindMembers Kind = "members"
)

// Address names an actor or a caller by kind and id, never by pointer. The zero Address is nobody.
type Address struct {
	Kind Kind   `cbor:"1,keyasint,omitempty"`
	ID   string `cbor:"2,keyasint,omitempty"`
}

// Addresses of the three kinds.
func (id ConversationID) Address() Address { return Address{KindConversation, string(id)} }

// Address of the agent's actor.
func (id AgentID) Address() Address { return Address{KindAgent, string(id)} }

// Address of the queue's actor.
func (id QueueID) Address() Address { return Address{KindQueue, string(id)} }

// Cause identifies the command behind a message, so that its first answer can be kept and given again.
// The zero Cause belongs to messages that no client sent.
type Cause struct {
	Principal string    `cbor:"1,keyasint,omitempty"` // who sent it: the id of an agent or of a token
	Command   CommandID `cbor:"2,keyasint,omitempty"`
	Hash      uint64    `cbor:"3,keyasint,omitempty"` // of name and data: the same id with another hash is command_id_reused
}

// Durable reports whether the answer to this cause must be kept.
func (c Cause) Durable() bool { return c.Command != "" }

// Message is what machines are asked or told. The list of messages is closed (messages.go).
type Message interface{ message() }

// Envelope is one message on its way: plain data.
type Envelope struct {
	To, From Address // From is where an Answer goes; zero when nobody waits
	Cause    Cause
	Message  Message
}

// Outcome is what a step causes: records to make durable first, then messages and events to deliver in order.
type Outcome struct {
	Records []Record
	Sends   []Envelope
	Events  []Event // an Agent's: for its sessions; a Conversation's: for its followers, while it has any; a Queue's: its alerts
}

// turn collects the outcome of one step. record applies at once, so that later lines of a handler see the new state.
type turn struct {
	now  time.Time
	in   Envelope
	self Address
	out  Outcome
}

func (t *turn) send(to Address, m Message) {
	if t.out.Sends == nil {
		t.out.Sends = make([]Envelope, 0, 2) // most steps send one or two messages
	}
	t.out.Sends = append(t.out.Sends, Envelope{To: to, From: t.self, Message: m})
}

// notified takes over the events of somebody's message, which is this machine's.
func (t *turn) notified(events []Event) {
	if t.out.Events == nil {
		t.out.Events = slices.Clip(events)
		return
	}
	t.out.Events = append(t.out.Events, events...)
}

// answer tells whoever sent this envelope, if anybody waits.
func (t *turn) answer(r Reply) { t.answerTo(t.in.From, t.in.Cause, r, nil) }

func (t *turn) answerTo(to Address, cause Cause, r Reply, err *Error) {
	if to == (Address{}) {
		return
	}
	t.out.Sends = append(t.out.Sends, Envelope{To: to, From: t.self, Cause: cause, Message: Answer{Cause: cause, Reply: r, Err: err}})
}

// earliest returns the earlier of two times, of which a zero one means never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

func due(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }
