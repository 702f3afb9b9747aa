package sim

import "pronto/dispatch"

// checkPlaceTold compares where the queue says that a ticket stands with a count through all tickets.
func (s *Sim) checkPlaceTold(q *queue, id dispatch.ConversationID, p dispatch.Place, asked bool) {
	t := q.model.ticket(id)
	if t == nil {
		s.fail("I3", q.addr, "tells %s where it stands, and it does not wait", id)
	}
	position, ready := 1, 0
	for _, o := range q.model.tickets {
		if q.model.stands(o, t) {
			position++
		}
	}
	if asked || s.now.Before(t.overAt) {
		position = 0
	}
	for _, a := range q.model.agents {
		if a.Capacity > 0 {
			ready++
		}
	}
	if p.Position != position || p.Waiting != len(q.model.tickets) || p.Ready != ready {
		s.fail("I10", q.addr, "says that %s stands at %d of %d before %d agents, not at %d of %d before %d", id, p.Position, p.Waiting, p.Ready, position, len(q.model.tickets), ready)
	}
}

// stands reports whether a is before b in line; ties by id.
func (q *queueModel) stands(a, b *ticketModel) bool {
	return q.earlier(a, b) || (!q.earlier(b, a) && a.Conversation < b.Conversation)
}
