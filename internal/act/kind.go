package act

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// maxKinds bounds the counters that each shard holds inline.
	maxKinds = 16
	// minInbox is the smallest first size of a mailbox.
	minInbox = 4
)

// Actor is the value behind one address. It needs no locks: it runs on one goroutine at a time. Load state in the
// first Receive of the value, never in Kind.New.
type Actor interface {
	Receive(c *Context, e Envelope)
}

// Retirer lets an actor refuse to be passivated. CanRetire is called between two Receives, on the actor's goroutine;
// after it returned true the value may be dropped with whatever it armed. An actor without it retires whenever no
// time is armed.
type Retirer interface {
	CanRetire() bool
}

// Kind says how the actors of one kind are made and bounded.
type Kind struct {
	// Name is the Kind of their addresses: not empty, without "/".
	Name string
	// New makes the value for id. It runs on the actor's goroutine and must do no I/O.
	New func(id string) Actor
	// Inbox is the number of messages a mailbox holds before it first grows (at least 4). It decides what an
	// idle actor costs: 4 to 8 for entities, 256 for the few that many send to.
	Inbox int
	// Limit is the number of messages that may wait for one actor, including the one being received.
	Limit int
	// Idle is how long an actor stays in memory without messages; it is passivated between Idle and about
	// one and a half times Idle after the last one. Zero: never passivated.
	Idle time.Duration
	// Keep is how many actors stay in memory only because their Idle is not over; 0: any number. Each one that comes past
	// it has those retire that were without messages for longest. They are counted by parts of the directory, so it is
	// right to some per cent when it is in the thousands, and never less than one for each of 64 parts. What is at work or
	// refuses to retire stays.
	Keep int
	// Chain lets what an actor of this kind wakes run next on its goroutine, when its Receive has returned, and what it sends
	// go out then, all that is for one actor together. Its Receive must not wait for another actor after it has sent to one,
	// and its Context sends within Receive alone. What must come after something that Receive has sent is sent through its
	// Context too, or after Flush.
	Chain bool
	// OnPanic, when set, is told of each panic on the actor's goroutine.
	OnPanic func(at Address, value any)
}

// kind is a registered Kind with its index in the shards' counters.
type kind struct {
	Kind
	index int

	alive        atomic.Int64
	activations  atomic.Uint64
	passivations atomic.Uint64
	refusals     atomic.Uint64
	panics       atomic.Uint64
	overloaded   atomic.Uint64
	depthMax     atomic.Int64
}

func (k Kind) check() error {
	switch {
	case k.Name == "" || strings.Contains(k.Name, "/"):
		// With a "/" two addresses could share one hollywood id, and the second would get the first's process.
		return fmt.Errorf("register actor kind %q: name is empty or contains a slash", k.Name)
	case k.Name == askKind || k.Name == "eventstream":
		return fmt.Errorf("register actor kind %q: name is reserved", k.Name)
	case k.New == nil:
		return fmt.Errorf("register actor kind %q: New is missing", k.Name)
	case k.Inbox < minInbox:
		return fmt.Errorf("register actor kind %q: Inbox %d is below %d", k.Name, k.Inbox, minInbox)
	case k.Limit < 1:
		return fmt.Errorf("register actor kind %q: Limit %d is below 1", k.Name, k.Limit)
	case k.Idle < 0:
		return fmt.Errorf("register actor kind %q: Idle %s is negative", k.Name, k.Idle)
	case k.Keep < 0 || k.Keep > 0 && k.Idle == 0:
		return fmt.Errorf("register actor kind %q: Keep %d is negative, or the kind never passivates", k.Name, k.Keep)
	}
	return nil
}

// deepest records a mailbox depth that was reached.
func (k *kind) deepest(n int64) {
	for {
		old := k.depthMax.Load()
		if n <= old || k.depthMax.CompareAndSwap(old, n) {
			return
		}
	}
}
