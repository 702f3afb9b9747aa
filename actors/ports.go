package actors

import (
	"context"
	"errors"
	"time"

	"pronto/dispatch"
)

// ErrTaken is what Save returns, wrapped, when a unique claim of the decision belongs to somebody else.
var ErrTaken = errors.New("claim is taken")

// ErrReadOnly is what a save returns, wrapped, while the disk is too full for changes: nothing was written.
var ErrReadOnly = errors.New("read-only")

// Store keeps what was decided. All methods may be called from many actors at once.
type Store interface {
	LoadConversation(id dispatch.ConversationID) (dispatch.ConversationSnapshot, Saver, error)
	// NewConversation is LoadConversation for an id that was made just now: there is nothing to read.
	NewConversation(id dispatch.ConversationID) (dispatch.ConversationSnapshot, Saver)
	LoadAgent(id dispatch.AgentID) (dispatch.AgentSnapshot, error)
	SaveAgent(ctx context.Context, now time.Time, s *dispatch.AgentSnapshot, records []dispatch.Record) error
	AgentSlots(id dispatch.AgentID) ([]dispatch.Slot, error)
	WaitingIn(queue dispatch.QueueID) ([]dispatch.Ticket, error)
	// Answer is the first answer to a command of the last 24 hours.
	Answer(principal string, command dispatch.CommandID) (dispatch.CommandAnswered, bool, error)
	// Answered calls fn with every command of a principal that has a first answer.
	Answered(principal string, fn func(dispatch.CommandID) error) error
	FindArrival(channel dispatch.ChannelID, contact dispatch.ContactID, external dispatch.ExternalID) (dispatch.Found, error)
	// Message reads one message.
	Messages(id dispatch.ConversationID, after uint64, limit int) ([]dispatch.Chat, error)

	ReadyAgents(fn func(dispatch.AgentID) error) error
	BusyAgents(fn func(dispatch.AgentID) error) error
	QueuesWithWaiting(fn func(dispatch.QueueID) error) error
	Deadlines(before time.Time, limit int, fn func(dispatch.ConversationID, time.Time) error) error
	// OutboxConversations are those with messages that wait for a driver.
	OutboxConversations(fn func(dispatch.ConversationID) error) error
}

// Saver makes the decisions of one loaded conversation durable, in order.
type Saver interface {
	Save(ctx context.Context, now time.Time, s *dispatch.ConversationSnapshot, records []dispatch.Record) error
}

// Catalog is the configuration in memory: it never blocks.
type Catalog interface {
	Rules(queue dispatch.QueueID, channel dispatch.ChannelID) dispatch.Rules
	Profile(agent dispatch.AgentID) dispatch.AgentProfile
	Strategy(queue dispatch.QueueID) dispatch.Strategy
	// Members are the agents of a queue, sorted.
	Members(queue dispatch.QueueID) []dispatch.AgentID
}

// Conn is a session's connection. No method blocks: frames wait in a bounded outbox, and a connection whose outbox is
// full is being closed, resumable.
type Conn interface {
	Snapshot(seq uint64, reason string, view View)
	Resumed(from, to uint64)
	Event(seq uint64, e Event)
	Reply(command dispatch.CommandID, seq uint64, reply dispatch.Reply, err *dispatch.Error)
	Ping(n uint64)
	Drain(within time.Duration)
	Close(code int, reason string)
}

// Event is one event for any number of sessions. Shared is what the edge made of it once, encoded for all of them.
type Event struct {
	Value  dispatch.Event
	Shared any
}

// View is an agent's world for a snapshot.
type View struct {
	Agent         AgentView
	Offers        []dispatch.Offer
	Conversations []dispatch.Head
}

// AgentView is an agent as others see it.
type AgentView struct {
	ID        dispatch.AgentID
	Status    dispatch.AgentStatus
	Reason    string
	Since     time.Time
	Capacity  int
	Load      int
	Queues    []dispatch.QueueID
	Dot, Why  string
	Connected bool
}

// Driver sends a message to a channel's provider. It may block for as long as a request takes.
type Driver interface {
	// Deliver reports the new delivery state, or with a zero State when to try again.
	Deliver(ctx context.Context, h dispatch.Head, m dispatch.Chat, attempt int) Delivery
}

// Delivery is the outcome of one attempt. With State none the message is tried again after Retry.
type Delivery struct {
	State    dispatch.DeliveryState
	External dispatch.ExternalID
	Error    string
	Retry    time.Duration
}

// Close codes of the edge, as documented on the wire.
const (
	closeRestart    = 1012
	closeSuperseded = 4009
	closeRevoked    = 4010
)
