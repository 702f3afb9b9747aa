package actors

import (
	"context"
	"errors"
	"time"

	"pronto/dispatch"
)

// ErrAttachment is what Save returns, wrapped, when an attachment of a message is in another conversation, or gone.
var ErrAttachment = errors.New("attachment is taken")

// ErrTaken is what Save returns, wrapped, when a unique claim of the decision belongs to somebody else.
var ErrTaken = errors.New("claim is taken")

// ErrMerged is what Save returns, wrapped, when a conversation would open whose contact was merged into another one.
var ErrMerged = errors.New("contact was merged")

// ErrReadOnly is what a save returns, wrapped, while the disk is too full for changes: nothing was written.
var ErrReadOnly = errors.New("read-only")

// Store keeps what was decided. All methods may be called from many actors at once.
type Store interface {
	LoadConversation(id dispatch.ConversationID) (dispatch.ConversationSnapshot, Saver, error)
	// NewConversation is LoadConversation for an id that was made just now: there is nothing to read.
	NewConversation(id dispatch.ConversationID) (dispatch.ConversationSnapshot, Saver)
	LoadAgent(id dispatch.AgentID) (dispatch.AgentSnapshot, error)
	SaveAgent(ctx context.Context, now time.Time, s *dispatch.AgentSnapshot, records []dispatch.Record) error
	// SaveDraft keeps a draft in the place of the one before; an empty text removes it.
	SaveDraft(ctx context.Context, agent dispatch.AgentID, d dispatch.Draft) error
	// Drafts are those of an agent, by conversation.
	Drafts(agent dispatch.AgentID) ([]dispatch.Draft, error)
	AgentSlots(id dispatch.AgentID) ([]dispatch.Slot, error)
	// EachWaiting calls fn with the tickets of a queue. A ticket is only valid during the call, and what it points to after
	// it too.
	EachWaiting(queue dispatch.QueueID, fn func(*dispatch.Ticket) error) error
	// Served is what conversations that were closed since then add to the averages of a queue.
	Served(queue dispatch.QueueID, from time.Time) ([]dispatch.ServiceSample, error)
	// Waits are the stays in a queue that ended since then.
	Waits(queue dispatch.QueueID, from time.Time) ([]dispatch.LoggedWait, error)
	// Answer is the first answer to a command of the last 24 hours.
	Answer(principal string, command dispatch.CommandID) (dispatch.CommandAnswered, bool, error)
	// Answered calls fn with every command of a principal that has a first answer.
	Answered(principal string, fn func(dispatch.CommandID) error) error
	// FindArrival is about a message of the first of kin, who are one contact by merges.
	FindArrival(channel dispatch.ChannelID, root dispatch.ContactID, kin []dispatch.ContactID, external dispatch.ExternalID) (dispatch.Found, error)
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
	QueueSettings(queue dispatch.QueueID) dispatch.QueueSettings
	// Members are the agents of a queue, sorted.
	Members(queue dispatch.QueueID) []dispatch.AgentID
	// QueueIDs and AgentIDs are all that there are; those who may not sign in are not among the agents.
	QueueIDs() []dispatch.QueueID
	AgentIDs() []dispatch.AgentID
	// Supervised are the queues that an agent supervises, sorted; or all of them.
	Supervised(agent dispatch.AgentID) (of []dispatch.QueueID, all bool)
	// Supervises reports whether an agent is told what the supervisors of a queue are told.
	Supervises(agent dispatch.AgentID, queue dispatch.QueueID) bool
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
	Drafts        []dispatch.Draft
	Visitor       *VisitorView // of a visitor's session, which has nothing else
}

// AgentView is an agent as others see it.
type AgentView struct {
	ID        dispatch.AgentID
	Status    dispatch.AgentStatus
	Reason    string
	Since     time.Time
	Until     time.Time // when it should end, by plan
	After     bool      // not ready once the current conversations are over, for the reason AfterIs
	AfterIs   string
	Misses    int // consecutive ones
	Capacity  int // weight for new conversations
	Load      int // weight that counts against it
	Ceiling   int // weight that is never exceeded
	Total     int // weight of everything
	Queues    []dispatch.QueueID
	Dot, Why  string
	Connected bool
	Owned     int // conversations
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
	Waits    bool // State none: a file is not ready; AttachmentChanged ends the wait
}

// Close codes of the edge, as documented on the wire.
const (
	closeRestart    = 1012
	closeOverloaded = 1013
	closeSuperseded = 4009
	closeRevoked    = 4010
)
