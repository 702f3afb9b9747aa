package sim

import (
	"slices"
	"time"

	"pronto/dispatch"
)

// Overflow, judged from the messages that a queue takes, the records and the settings of the moment.

// newOverflow draws the rules of a queue.
func (s *Sim) newOverflow() []dispatch.OverflowRule {
	var out []dispatch.OverflowRule
	for _, trigger := range dispatch.OverflowTriggers {
		if !s.rng.chance(250) {
			continue
		}
		r := dispatch.OverflowRule{
			Trigger: trigger, Action: pick(s.rng, []dispatch.OverflowAction{dispatch.OverflowToQueue, dispatch.OverflowMessage, dispatch.OverflowCallback, dispatch.OverflowRefuse}),
			Text: pick(s.rng, []string{"", "overflow, {{contact.name}}"}),
		}
		switch trigger {
		case dispatch.OverflowWait, dispatch.OverflowNobody:
			r.After = s.rng.dur(time.Second, 20*time.Second)
		case dispatch.OverflowFull:
			r.Length = s.rng.n(6)
		case dispatch.OverflowClosed:
		}
		switch r.Action {
		case dispatch.OverflowToQueue:
			r.Queue = pick(s.rng, s.queues).id
		case dispatch.OverflowCallback:
			r.Tag = "call back"
		case dispatch.OverflowMessage, dispatch.OverflowRefuse, dispatch.OverflowStays:
		}
		out = append(out, r)
	}
	return out
}

func (s *Sim) newHours() dispatch.WaitRules {
	w := dispatch.WaitRules{Closed: s.rng.chance(250)}
	if s.rng.chance(500) {
		w.HoursUntil = s.now.Add(s.rng.dur(2*time.Second, time.Minute))
	}
	return w
}

// closedAt is whether the hours of some settings are over at a moment.
func closedAt(w dispatch.WaitRules, now time.Time) bool {
	return w.Closed != (!w.HoursUntil.IsZero() && !now.Before(w.HoursUntil))
}

func ruleFor(set *dispatch.QueueSettings, trigger dispatch.OverflowTrigger) *dispatch.OverflowRule {
	i := slices.IndexFunc(set.Overflow, func(r dispatch.OverflowRule) bool { return r.Trigger == trigger })
	if i < 0 {
		return nil
	}
	return &set.Overflow[i]
}

// shutAt: a queue that has a rule for it asks nobody while it is closed.
func shutAt(set *dispatch.QueueSettings, now time.Time) bool {
	return closedAt(set.Waits, now) && ruleFor(set, dispatch.OverflowClosed) != nil
}

// came judges one who came just now: whether too many wait.
func (q *queueModel) came(t *ticketModel) {
	if r := ruleFor(&q.settings, dispatch.OverflowFull); r != nil && t.Fresh {
		t.full = len(q.tickets) > r.Length
	}
}

// watch keeps since when no agent is ready.
func (q *queueModel) watch(now time.Time) {
	ready := slices.ContainsFunc(q.agents, func(c *candidateModel) bool { return c.Capacity > 0 })
	switch {
	case ready:
		q.nobodyAt = time.Time{}
	case q.nobodyAt.IsZero():
		q.nobodyAt = now
	}
}

// isFor reports whether a rule has been for a ticket since before.
func (q *queueModel) isFor(r *dispatch.OverflowRule, t *ticketModel, now time.Time) bool {
	switch r.Trigger {
	case dispatch.OverflowClosed:
		return closedAt(q.settings.Waits, now)
	case dispatch.OverflowFull:
		return t.full
	case dispatch.OverflowNobody:
		return nobodySince(q.nobodyAt, r, now)
	case dispatch.OverflowWait:
		return !now.Before(t.Since.Add(r.After))
	}
	return false
}

func nobodySince(at time.Time, r *dispatch.OverflowRule, now time.Time) bool {
	return !at.IsZero() && !now.Before(at.Add(r.After))
}

// checkOverflowTold: a conversation is told a rule of the queue that is for it, and that it has not had.
func (s *Sim) checkOverflowTold(q *queue, to dispatch.ConversationID, m dispatch.OverflowTicket) {
	t := q.model.ticket(to)
	switch r := ruleFor(&q.model.settings, m.Rule.Trigger); {
	case t == nil || t.Version != m.Ticket:
		s.fail("overflow", q.addr, "tells %s, which does not wait here with version %d, of %s", to, m.Ticket, m.Rule.Trigger)
	case r == nil || *r != m.Rule:
		s.fail("overflow", q.addr, "tells %s a rule that is not set: %+v", to, m.Rule)
	case slices.Contains(t.Spent, m.Rule.Trigger):
		s.fail("overflow", q.addr, "tells %s of %s, which it has had", to, m.Rule.Trigger)
	case !q.model.isFor(r, t, s.now):
		s.fail("overflow", q.addr, "tells %s of %s, which is not so: here since %s, nobody ready since %s, closed %+v", to, m.Rule.Trigger, t.Since, q.model.nobodyAt, q.model.settings.Waits)
	}
	t.overAt = s.now.Add(dispatch.RetryPause)
}

// checkOverflowed: no rule is carried out twice, nobody goes in a circle, nothing that somebody has had is closed, and what
// the record says happens with it.
func (s *Sim) checkOverflowed(c *convModel, r dispatch.ConversationOverflowed, records []dispatch.Record) {
	who := c.s.ID.Address()
	moves := 0
	for _, o := range c.overflowed {
		if o.Queue == r.Queue && o.Trigger == r.Trigger {
			s.fail("overflow", who, "has had %s of %s already", r.Trigger, r.Queue)
		}
		if o.Action == dispatch.OverflowToQueue {
			moves++
			if r.Action == dispatch.OverflowToQueue && o.Queue == r.To {
				s.fail("overflow", who, "goes back to %s, which it overflowed", r.To)
			}
		}
	}
	if r.Action == dispatch.OverflowToQueue && moves >= dispatch.MaxOverflows {
		s.fail("overflow", who, "goes to a queue for the %dth time", moves+1)
	}
	if r.Action == dispatch.OverflowRefuse && c.had {
		s.fail("overflow", who, "is refused, and somebody has had it")
	}
	moved := slices.ContainsFunc(records, func(o dispatch.Record) bool {
		m, ok := o.(dispatch.ConversationRequeued)
		return ok && m.Cause == dispatch.QueuedOverflow && m.Queue == r.To
	})
	ended := slices.ContainsFunc(records, func(o dispatch.Record) bool {
		m, ok := o.(dispatch.ConversationEnded)
		return ok && m.Cause == dispatch.ClosedOverflow && m.Script != nil && m.Script.Automatic
	})
	if moved != (r.Action == dispatch.OverflowToQueue) || ended != (r.Action == dispatch.OverflowRefuse) {
		s.fail("overflow", who, "%s is recorded; moved %v, ended %v", r.Action, moved, ended)
	}
	c.overflowed = append(c.overflowed, dispatch.Overflowed{Queue: r.Queue, Trigger: r.Trigger, Action: r.Action})
}

// noteOverflow follows what the rules look at.
func (s *Sim) noteOverflow(c *convModel, r dispatch.ConversationRecord, records []dispatch.Record) {
	switch r := r.(type) {
	case dispatch.ConversationOverflowed:
		s.checkOverflowed(c, r, records)
	case dispatch.OfferAccepted, dispatch.ConversationAssigned, dispatch.ConversationTakenOver:
		c.had = true
	case dispatch.ConversationReopened:
		c.had, c.overflowed = r.By != "", nil
	}
}

// checkOverflows: at rest nobody waits for whom a rule has been for a while that it has not had.
func (s *Sim) checkOverflows(c *convModel) {
	q := s.queueByID[c.s.Queue]
	t := q.model.ticket(c.s.ID)
	if t == nil || t.Version != c.s.Placed {
		return
	}
	before := s.now.Add(-stuckTime)
	for i := range q.settings.Overflow {
		r := &q.settings.Overflow[i]
		had := slices.ContainsFunc(c.overflowed, func(o dispatch.Overflowed) bool { return o.Queue == q.id && o.Trigger == r.Trigger })
		lately := r.Trigger == dispatch.OverflowClosed && (q.turned.After(before) || closedAt(q.settings.Waits, before) != closedAt(q.settings.Waits, s.now))
		if !had && !lately && q.model.isFor(r, t, before) {
			s.fail("overflow", c.s.ID.Address(), "waits in %s since %s, and nothing came of %+v\n%s", q.id, c.s.QueuedAt, *r, s.traceOf(q.addr))
		}
	}
}
