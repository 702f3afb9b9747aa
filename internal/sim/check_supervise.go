package sim

import (
	"slices"
	"time"

	"pronto/dispatch"
)

// checkTakenOver: the record says whose it was, and the one who has it now has room below the ceiling.
func (s *Sim) checkTakenOver(c *convModel, r dispatch.ConversationTakenOver) {
	s.checkEpoch(c, r.Epoch)
	if r.From != c.s.Owner || r.Agent == c.s.Owner {
		s.fail("I1", c.s.ID.Address(), "%s takes over from %q, and %q has it", r.Agent, r.From, c.s.Owner)
	}
}

// checkLeft: what a supervisor took from an agent is not there any more, but for what came back, and what was being filed.
func (s *Sim) checkLeft(a *agent) {
	r := s.model.agent(a.id).s.Leaving
	if r == nil || s.now.Sub(r.At) < 2*time.Second {
		return
	}
	for _, id := range s.model.order {
		c := &s.model.convs[id].s
		if c.Owner == a.id && c.State == dispatch.ConversationActive && c.AssignedAt.Before(r.At) && slices.Contains(r.Conversations, id) {
			s.fail("reassign", a.addr, "still has %s, which was taken from it at %s\n%s", id, r.At, s.traceOf(a.addr))
		}
	}
}

// checkLimits: whoever passes a limit of the queue is alerted to.
func (s *Sim) checkLimits(q *queue) {
	now, limits := q.m.View(s.now), q.settings.Alerts
	closed := closedAt(q.model.settings.Waits, s.now)
	raised := map[dispatch.AlertKind]bool{}
	for _, a := range q.m.Raised() {
		raised[a.Kind] = true
	}
	passed := map[dispatch.AlertKind]bool{
		dispatch.AlertMaxWaiting: limits.MaxWaiting > 0 && now.Waiting > limits.MaxWaiting,
		dispatch.AlertMaxWait:    limits.MaxWait > 0 && !now.Oldest.IsZero() && s.now.Sub(now.Oldest) > limits.MaxWait+2*time.Second,
		dispatch.AlertMinReady:   now.Ready < limits.MinReady && !closed,
	}
	if closed && raised[dispatch.AlertMinReady] {
		s.fail("alert", q.addr, "is closed, and too few are said to be ready")
	}
	for _, kind := range []dispatch.AlertKind{dispatch.AlertMaxWaiting, dispatch.AlertMaxWait, dispatch.AlertMinReady} {
		if passed[kind] && !raised[kind] {
			s.fail("alert", q.addr, "%s of %+v is passed by %+v, and nobody is alerted", kind, limits, now)
		}
	}
}
