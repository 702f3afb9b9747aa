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
