package sim

import (
	"slices"

	"pronto/dispatch"
)

// queueModel is a naive queue: it learns from the messages that the real one takes, and judges what that one asks.
// Where it cannot know (a lease that ended, a skipped agent) it says nothing.
type queueModel struct {
	tickets []*ticketModel // in order of arrival here
	agents  []*candidateModel
}

type ticketModel struct {
	dispatch.Ticket
	asking  bool
	unsure  bool // a lease may have ended
	skipped []dispatch.AgentID
}

type candidateModel struct {
	dispatch.Availability
	asked bool
}

func newQueueModel() *queueModel { return &queueModel{} }

func (q *queueModel) ticket(id dispatch.ConversationID) *ticketModel {
	for _, t := range q.tickets {
		if t.Conversation == id {
			return t
		}
	}
	return nil
}

func (q *queueModel) drop(id dispatch.ConversationID) {
	q.tickets = slices.DeleteFunc(q.tickets, func(t *ticketModel) bool { return t.Conversation == id })
}

func (q *queueModel) enqueue(t dispatch.Ticket) {
	if old := q.ticket(t.Conversation); old != nil {
		if old.Version >= t.Version {
			return
		}
		q.drop(t.Conversation)
	}
	q.tickets = append(q.tickets, &ticketModel{Ticket: t})
}

// hear takes a message as the queue does.
func (q *queueModel) hear(m dispatch.Message) {
	switch m := m.(type) {
	case dispatch.Enqueue:
		q.enqueue(m.Ticket)
	case dispatch.LoadQueue:
		for _, t := range m.Tickets {
			q.enqueue(t)
		}
	case dispatch.Dequeue:
		if t := q.ticket(m.Conversation); t != nil && t.Version <= m.Version {
			q.drop(m.Conversation)
		}
	case dispatch.Refused:
		if t := q.ticket(m.Conversation); t != nil && t.asking {
			t.skipped = append(t.skipped, m.Agent)
			t.asking, t.unsure = false, t.unsure || t.asking
		}
	case dispatch.Wake:
		for _, t := range q.tickets {
			t.unsure = t.unsure || t.asking
		}
	case dispatch.Availability:
		q.available(m)
	}
}

func (q *queueModel) available(m dispatch.Availability) {
	for _, c := range q.agents {
		if c.Agent == m.Agent {
			if m.Version > c.Version {
				c.Availability, c.asked = m, false
			}
			return
		}
	}
	q.agents = append(q.agents, &candidateModel{Availability: m})
}

func fits(t *dispatch.Ticket, a *dispatch.Availability) bool {
	if a.Free < t.Weight {
		return false
	}
	for _, need := range t.Skills {
		if !slices.ContainsFunc(a.Skills, func(l dispatch.SkillLevel) bool { return l.ID == need.ID && l.Level >= need.MinLevel }) {
			return false
		}
	}
	return true
}

// checkQueueStep judges the reservations that a step of the queue asks for.
func (s *Sim) checkQueueStep(q *queue, e dispatch.Envelope, out dispatch.Outcome) {
	if m, ok := e.Message.(dispatch.Enqueue); ok {
		s.checkTicket(m.Ticket)
	}
	q.model.hear(e.Message)
	_, timers := e.Message.(dispatch.Wake)
	for _, send := range out.Sends {
		if r, ok := send.Message.(dispatch.Reserve); ok {
			s.checkReserve(q, dispatch.AgentID(send.To.ID), r, timers)
		}
	}
}

// checkTicket: a ticket says what is recorded, or is out of date.
func (s *Sim) checkTicket(t dispatch.Ticket) {
	c := s.model.conv(t.Conversation)
	if want := c.s.Ticket(); want != nil && want.Version == t.Version && !same(*want, t) {
		s.fail("I10", t.Conversation.Address(), "the ticket differs from the records:\n%s", difference(*want, t))
	}
}

func (s *Sim) checkReserve(q *queue, to dispatch.AgentID, r dispatch.Reserve, timers bool) {
	t := q.model.ticket(r.Conversation)
	i := slices.IndexFunc(q.model.agents, func(c *candidateModel) bool { return c.Agent == to })
	switch {
	case t == nil || t.Version != r.Ticket:
		s.fail("I3", q.addr, "asks %s for %s, which does not wait here with version %d", to, r.Conversation, r.Ticket)
	case i < 0 || !fits(&t.Ticket, &q.model.agents[i].Availability):
		s.fail("I12", q.addr, "asks %s for %s, which does not fit", to, r.Conversation)
	}
	c := q.model.agents[i]
	if slices.Contains(t.Excluded, to) && s.now.Before(t.RelaxAt) {
		s.fail("I9", q.addr, "asks %s for %s before the pause is over at %s", to, r.Conversation, t.RelaxAt)
	}
	if !timers && !t.unsure {
		s.checkOvertaken(q, c, t)
		s.checkElsewhere(q, c, t)
	}
	t.asking, c.asked = true, true
}

// checkOvertaken: no earlier conversation of the same priority that the agent may have is waiting unasked.
func (s *Sim) checkOvertaken(q *queue, c *candidateModel, t *ticketModel) {
	for _, o := range q.model.tickets {
		if o == t || o.asking || o.unsure || o.Priority != t.Priority || o.EnqueuedAt.UnixMicro() >= t.EnqueuedAt.UnixMicro() {
			continue
		}
		if slices.Contains(o.skipped, c.Agent) || slices.Contains(o.Excluded, c.Agent) || !fits(&o.Ticket, &c.Availability) {
			continue
		}
		s.fail("I10", q.addr, "%s of %s gets %s, although %s of %s waits for it", t.Conversation, t.EnqueuedAt, c.Agent, o.Conversation, o.EnqueuedAt)
	}
}

// checkElsewhere: who refused in this round does not get it while somebody else can.
func (s *Sim) checkElsewhere(q *queue, c *candidateModel, t *ticketModel) {
	if !slices.Contains(t.Excluded, c.Agent) {
		return
	}
	for _, o := range q.model.agents {
		if o == c || o.asked || slices.Contains(t.Excluded, o.Agent) || slices.Contains(t.skipped, o.Agent) || !fits(&t.Ticket, &o.Availability) {
			continue
		}
		s.fail("I9", q.addr, "%s is asked again for %s, although %s can take it", c.Agent, t.Conversation, o.Agent)
	}
}
