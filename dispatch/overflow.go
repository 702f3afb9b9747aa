package dispatch

import (
	"slices"
	"time"
)

// OverflowTrigger is what makes a conversation overflow its queue.
type OverflowTrigger string

// The triggers, in the order in which a queue looks at them.
const (
	OverflowClosed OverflowTrigger = "closed"       // the queue is outside of its hours
	OverflowFull   OverflowTrigger = "max_length"   // so many waited already when it came
	OverflowNobody OverflowTrigger = "nobody_ready" // no agent of the queue has been ready for a while
	OverflowWait   OverflowTrigger = "max_wait"     // it has waited here for so long
)

// OverflowTriggers is all of them in that order.
var OverflowTriggers = []OverflowTrigger{OverflowClosed, OverflowFull, OverflowNobody, OverflowWait}

// OverflowAction is what becomes of a conversation that overflows.
type OverflowAction string

// The actions.
const (
	OverflowToQueue  OverflowAction = "queue"    // it waits in another queue, at the place of its age
	OverflowMessage  OverflowAction = "message"  // the contact is told; it goes on waiting
	OverflowCallback OverflowAction = "callback" // it is marked to be called back, and goes on waiting
	OverflowRefuse   OverflowAction = "refuse"   // it is closed; one that somebody has had goes on waiting instead
	OverflowStays    OverflowAction = "stays"    // never set: what the rule asks for was not possible
)

// OverflowRule says what becomes of the conversations for which a trigger holds. Each rule is for a conversation once.
type OverflowRule struct {
	Trigger OverflowTrigger
	After   time.Duration // nobody_ready, max_wait
	Length  int           // max_length: how many may wait
	Action  OverflowAction
	Queue   QueueID // queue
	Text    string  // what the contact is told; empty: nothing
	Tag     string  // callback
}

// MaxOverflows is how often a conversation goes from queue to queue by overflow.
const MaxOverflows = 5

// Overflowed is a rule that a conversation has had.
type Overflowed struct {
	Queue   QueueID         `cbor:"1,keyasint"`
	Trigger OverflowTrigger `cbor:"2,keyasint"`
	Action  OverflowAction  `cbor:"3,keyasint"`
}

// ConversationOverflowed tells that a rule of its queue was for a conversation, and what came of it. A new ticket says so
// to the queue.
type ConversationOverflowed struct {
	conversationFact
	Queue   QueueID         `cbor:"1,keyasint"`
	Trigger OverflowTrigger `cbor:"2,keyasint"`
	Action  OverflowAction  `cbor:"3,keyasint"`
	To      QueueID         `cbor:"4,keyasint,omitempty"` // queue
	At      time.Time       `cbor:"5,keyasint"`
}

// OverflowTicket tells a conversation that a rule of its queue is for it.
type OverflowTicket struct {
	isMessage
	Ticket uint64 // version of the ticket
	From   QueueID
	Rule   OverflowRule
}

// spent are the triggers whose rule the conversation has had in its queue.
func (s *ConversationSnapshot) spent() []OverflowTrigger {
	var out []OverflowTrigger
	for _, o := range s.Overflows {
		if o.Queue == s.Queue {
			out = append(out, o.Trigger)
		}
	}
	return out
}

// fresh: it has not been let into the line of its queue, nor offered there.
func (s *ConversationSnapshot) fresh() bool { return s.Joined == nil && s.Attempt == 0 }

// inProgress: somebody has had it since it was opened or reopened, or reopened it by word.
func (s *ConversationSnapshot) inProgress() bool {
	return s.ByWord || !s.AssignedAt.IsZero() && !s.AssignedAt.Before(s.EnqueuedAt)
}

func (s *ConversationSnapshot) applyOverflowed(r ConversationOverflowed) {
	if !planted("overflows_again") {
		s.Overflows = append(slices.Clone(s.Overflows), Overflowed{Queue: r.Queue, Trigger: r.Trigger, Action: r.Action})
	}
	if s.waits() {
		s.Placed = s.Version
	}
}
