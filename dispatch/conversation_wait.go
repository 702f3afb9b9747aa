package dispatch

import "time"

// Joined is a wait in line: since when, and how long it was expected to last.
type Joined struct {
	At   time.Time     `cbor:"1,keyasint"`
	Wait time.Duration `cbor:"2,keyasint,omitempty"` // 0: unknown
}

// joined notes that nobody was free at once. A conversation that comes back to the line after an offer is in it already.
func (c *Conversation) joined(t *turn, m Enqueued) {
	if c.s.State != ConversationQueued || m.Version != c.s.Placed || m.Place.Position == 0 {
		return
	}
	if c.s.Joined != nil || c.s.Attempt > 0 {
		if m.Why != nil && c.s.Considered != c.s.Placed {
			c.record(t, NobodyFound{Queue: c.s.Queue, Why: m.Why, At: t.now})
		}
		return
	}
	c.record(t, QueueJoined{Queue: c.s.Queue, Place: m.Place, At: t.now, Why: m.Why})
	c.sayPlace(t, m.Place)
}

// answered tells the queue that somebody has the conversation, how long it waited, and how the estimate compares with that.
func (c *Conversation) answered(t *turn, former AgentID) {
	m := Answered{}
	if s := c.s.Service; s != nil && s.Expected > 0 && s.AnsweredAt.Equal(t.now) {
		m.Sample = *s
	}
	if former == "" {
		m.At, m.Wait = t.now, t.now.Sub(c.s.QueuedAt)
	}
	if m != (Answered{}) {
		t.send(c.s.Queue.Address(), m)
	}
}

// abandoned tells the queue that the customer left it.
func (c *Conversation) abandoned(t *turn, cause CloseCause, former AgentID) {
	if former == "" && cause == ClosedContactLeft {
		t.send(c.s.Queue.Address(), Abandoned{At: t.now, Wait: t.now.Sub(c.s.QueuedAt)})
	}
}

// served tells the queue how long the owner had a conversation that is closed now.
func (c *Conversation) served(t *turn) {
	if s := c.s.Service; s != nil {
		t.send(c.s.Queue.Address(), Served{Sample: ServiceSample{At: s.At, Handling: s.Handling}})
	}
}

// endWait turns the wait in line into its result: somebody owns the conversation since at.
func (s *ConversationSnapshot) endWait(at time.Time) {
	if j := s.Joined; j != nil {
		s.Service = &ServiceSample{AnsweredAt: at, Expected: j.Wait, Waited: at.Sub(j.At)}
	}
}

// endService completes the sample of a conversation that closes; without an owner there is none.
func (s *ConversationSnapshot) endService(at time.Time) {
	if s.Owner == "" {
		s.Service = nil
		return
	}
	done := ServiceSample{At: at, Handling: at.Sub(s.AssignedAt)}
	if w := s.Service; w != nil {
		done.AnsweredAt, done.Expected, done.Waited = w.AnsweredAt, w.Expected, w.Waited
	}
	s.Service = &done
}

// WaitEnd is how a wait in a queue ended.
type WaitEnd uint8

// How waits end.
const (
	WaitAnswered  WaitEnd = 1 // somebody owns the conversation
	WaitAbandoned WaitEnd = 2 // the customer left
	WaitOther     WaitEnd = 3 // it went to another queue, or was closed by anybody else
)

// EndedWait is one stay in a queue, from entering it until somebody had the conversation or it left. What it was offered
// meanwhile is a part of it.
type EndedWait struct {
	Queue QueueID
	From  time.Time
	At    time.Time
	How   WaitEnd
}

// Wait is how long it was.
func (w *EndedWait) Wait() time.Duration { return w.At.Sub(w.From) }

// Abandoned reports whether it counts as one that the customer ended.
func (w *EndedWait) Abandoned() bool { return w.How == WaitAbandoned && w.Wait() > ShortWait }

// Stay is a conversation's stay in a queue, while nobody owns it; the zero one: it is in none.
type Stay struct {
	Queue QueueID
	From  time.Time
}

// Stay is where the conversation waits, or is offered, now.
func (s *ConversationSnapshot) Stay() Stay {
	if s.Owner != "" || (s.State != ConversationQueued && s.State != ConversationOffered) {
		return Stay{}
	}
	return Stay{Queue: s.Queue, From: s.QueuedAt}
}

// Follow takes the next record of the conversation, and gives the stay that it ends.
func (s *Stay) Follow(r Record) (ended EndedWait, over bool) {
	switch r := r.(type) {
	case ConversationOpened:
		*s = Stay{Queue: r.Queue, From: r.At}
	case ConversationReopened:
		*s = Stay{Queue: r.Queue, From: r.At}
	case OfferAccepted:
		return s.end(r.At, WaitAnswered)
	case ConversationAssigned:
		if r.By == r.Agent && s.From.Equal(r.At) { // its last owner reopened it: it never waited
			*s = Stay{}
			return ended, false
		}
		return s.end(r.At, WaitAnswered)
	case ConversationTakenOver:
		return s.end(r.At, WaitAnswered)
	case ConversationRequeued:
		ended, over = s.end(r.At, WaitOther)
		*s = Stay{Queue: r.Queue, From: r.At}
	case ConversationEnded:
		if r.Cause == ClosedContactLeft {
			return s.end(r.At, WaitAbandoned)
		}
		return s.end(r.At, WaitOther)
	}
	return ended, over
}

func (s *Stay) end(at time.Time, how WaitEnd) (EndedWait, bool) {
	was := *s
	*s = Stay{}
	return EndedWait{Queue: was.Queue, From: was.From, At: at, How: how}, !was.From.IsZero()
}
