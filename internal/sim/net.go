package sim

import (
	"time"

	"pronto/dispatch"
)

// send puts a message on its way: it may be lost, repeated, delayed and so overtaken.
func (s *Sim) send(e dispatch.Envelope) {
	if s.calm {
		s.fly(e, time.Millisecond)
		return
	}
	if s.rng.chance(s.p.Loss) {
		s.trace(e.To, noteLost, e.Message, 0)
		s.ghost(e)
		return
	}
	s.fly(e, s.delay())
	if s.rng.chance(s.p.Repeat) {
		s.fly(e, s.delay()+s.rng.dur(0, s.p.Slow))
	}
}

// ghost: the queue keeps a ticket whose Dequeue was lost, or its answer to a late repeat of an Enqueue, until it asks an
// agent for it. That is no harm, but for counts.
func (s *Sim) ghost(e dispatch.Envelope) {
	switch m := e.Message.(type) {
	case dispatch.Dequeue:
		s.ghosts[ghostKey{e.To.ID, m.Conversation}] = true
	case dispatch.Enqueued:
		s.ghosts[ghostKey{e.From.ID, dispatch.ConversationID(e.To.ID)}] = true
	}
}

type ghostKey struct {
	queue string
	conv  dispatch.ConversationID
}

func (s *Sim) fly(e dispatch.Envelope, d time.Duration) {
	s.inflight++
	s.sched.push(&event{at: s.true + int64(d), class: classDeliver, env: e})
}

func (s *Sim) delay() time.Duration {
	switch k := s.rng.n(1000); {
	case k < s.p.Delayed:
		return s.rng.dur(0, s.p.Slow)
	case k < s.p.Delayed+5:
		return s.rng.dur(0, 10*s.p.Slow)
	}
	return s.rng.dur(50*time.Microsecond, 3*time.Millisecond)
}
