package sim

import (
	"cmp"
	"slices"
	"time"

	"pronto/dispatch"
)

// earlier: whose owner was gone comes first; a class of priority is worth as much waiting as the queue says, or more than any.
func (q *queueModel) earlier(a, b *ticketModel) bool {
	if a.Top != b.Top {
		return a.Top
	}
	if a.Top {
		return a.EnqueuedAt.UnixMicro() < b.EnqueuedAt.UnixMicro()
	}
	boost := q.settings.AgeBoost
	if boost == 0 && a.Priority != b.Priority {
		return a.Priority > b.Priority
	}
	place := func(t *ticketModel) int64 {
		return t.EnqueuedAt.Add(-time.Duration(t.Priority) * boost).UnixMicro()
	}
	return place(a) < place(b)
}

// asked notes a reservation.
func (q *queueModel) asked(c *candidateModel) {
	q.turns++
	c.asked, c.turn = true, q.turns
	q.served = c.used
	c.used += 1 / float64(max(1, c.Share))
}

// checkTurn: of the agents that a new ticket may go to, nobody comes before the one who is asked.
func (s *Sim) checkTurn(q *queue, c *candidateModel, t *ticketModel, want needModel) {
	if t.Preferred == c.Agent || slices.Contains(t.Excluded, c.Agent) {
		return
	}
	for _, o := range q.model.agents {
		if o == c || o.asked || slices.Contains(t.Excluded, o.Agent) || slices.Contains(t.skipped, o.Agent) || !want.fits(&o.Availability) {
			continue
		}
		if ringsIn(&q.model.settings) > 1 && slices.Contains(t.askedOf, o.Agent) {
			continue // it is one of those who are being asked, whatever it has told since
		}
		if q.model.before(o, c) {
			s.fail("I10", q.addr, "%s is asked for %s by %s, although %s comes first:\n%+v\n%+v", c.Agent, t.Conversation, q.model.settings.Strategy, o.Agent, *c, *o)
		}
	}
}

// before is who comes first under the strategy; ties by idle time in microseconds, then by id.
func (q *queueModel) before(a, b *candidateModel) bool {
	order := 0
	switch q.settings.Strategy {
	case dispatch.LeastBusy:
		order = cmp.Compare(a.Load, b.Load)
	case dispatch.MostSpareCapacity:
		order = cmp.Compare(b.Free, a.Free)
	case dispatch.RoundRobin:
		order = cmp.Compare(a.turn, b.turn)
	case dispatch.TopDown:
		order = cmp.Compare(max(1, a.Tier), max(1, b.Tier))
	case dispatch.Weighted:
		x, y := a.used+0.5/float64(max(1, a.Share)), b.used+0.5/float64(max(1, b.Share))
		if x-y < 1e-4 && y-x < 1e-4 { // the queue counts in whole units
			return false
		}
		order = cmp.Compare(x, y)
	case dispatch.Random:
		return false
	case dispatch.LongestIdle:
	}
	return cmp.Or(order, cmp.Compare(a.IdleSince.UnixMicro(), b.IdleSince.UnixMicro()), cmp.Compare(a.Agent, b.Agent)) < 0
}
