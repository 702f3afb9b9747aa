package sim

import (
	"slices"
	"time"

	"pronto/dispatch"
)

// queueModel is a naive queue: it learns from the messages that the real one takes, and judges what that one asks.
// Where it cannot know (a lease that ended, a skipped agent) it says nothing.
type queueModel struct {
	settings dispatch.QueueSettings
	tickets  []*ticketModel    // in order of arrival here
	coming   []dispatch.Ticket // loaded, after all of the others
	agents   []*candidateModel
	turns    int64
	served   float64   // weighted: what whoever was asked last had used up
	nobodyAt time.Time // since when no agent is ready; zero: somebody is
}

type ticketModel struct {
	dispatch.Ticket
	asking  bool
	askedOf []dispatch.AgentID // everybody it was asked of
	unsure  bool               // a lease may have ended
	kept    bool               // nothing has happened since it came that could give it to anybody but who is preferred
	skipped []dispatch.AgentID
	full    bool      // too many waited when it came
	overAt  time.Time // until then it was told a moment ago that a rule of overflow is for it
}

type candidateModel struct {
	dispatch.Availability
	asked bool
	turn  int64   // of the last reservation
	used  float64 // weighted: reservations, divided by the share
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
	var asked []dispatch.AgentID
	if old := q.ticket(t.Conversation); old != nil {
		if old.Version >= t.Version {
			return
		}
		if t.Valid > 0 { // what was asked before may still be answered
			asked = old.askedOf
		}
		q.drop(t.Conversation)
	}
	q.tickets = append(q.tickets, &ticketModel{Ticket: t, askedOf: asked})
	q.came(q.tickets[len(q.tickets)-1])
}

// hear takes a message as the queue does.
func (q *queueModel) hear(now time.Time, m dispatch.Message) {
	switch m := m.(type) {
	case dispatch.Enqueue:
		q.enqueue(m.Ticket)
	case dispatch.LoadQueue:
		for _, t := range m.Tickets {
			if t.Fresh {
				q.coming = append(q.coming, t)
			} else {
				q.enqueue(t)
			}
		}
		if m.More {
			break
		}
		for _, t := range q.coming {
			q.enqueue(t)
		}
		q.coming = nil
		if q.nobodyAt = now; len(m.Members) > 0 {
			q.nobodyAt = now.Add(dispatch.SuspectTime)
		}
	case dispatch.Dequeue:
		if t := q.ticket(m.Conversation); t != nil && t.Version <= m.Version {
			q.drop(m.Conversation)
		}
	case dispatch.Refused:
		if t := q.ticket(m.Conversation); t != nil && t.asking {
			t.skipped = append(t.skipped, m.Agent)
			t.asking, t.unsure, t.kept = false, t.unsure || t.asking, false
		}
	case dispatch.Wake:
		for _, t := range q.tickets {
			t.unsure, t.kept = t.unsure || t.asking, false
		}
	case dispatch.Availability:
		q.available(m)
		q.watch(now)
	case dispatch.ConfigureQueue:
		q.settings = m.Settings
		q.watch(now)
		q.unkeep()
	}
}

func (q *queueModel) unkeep() {
	for _, t := range q.tickets {
		t.kept = false
	}
}

func (q *queueModel) available(m dispatch.Availability) {
	for _, c := range q.agents {
		if c.Agent == m.Agent {
			if m.Version > c.Version {
				q.back(c)
				q.letGo(c, m)
				c.Availability, c.asked = m, false
			}
			return
		}
	}
	c := &candidateModel{}
	q.back(c)
	c.Availability = m
	q.agents = append(q.agents, c)
}

// back: who had nothing to give does not get what others got meanwhile.
func (q *queueModel) back(c *candidateModel) {
	if c.Free == 0 {
		c.used = max(c.used, q.served)
	}
}

// checkQueueStep judges the reservations that a step of the queue asks for.
func (s *Sim) checkQueueStep(q *queue, e dispatch.Envelope, out dispatch.Outcome) {
	m, enqueues := e.Message.(dispatch.Enqueue)
	before := q.model.ticket(m.Ticket.Conversation)
	q.model.hear(s.now, e.Message)
	if enqueues {
		s.checkTicket(m.Ticket)
		if t := q.model.ticket(m.Ticket.Conversation); t != before {
			t.kept = q.model.keeps(t, s.now) && !shutAt(&q.model.settings, s.now)
		}
	}
	_, timers := e.Message.(dispatch.Wake)
	for _, send := range out.Sends {
		if r, ok := send.Message.(dispatch.Reserve); ok && r.Kind != dispatch.OfferPicked {
			s.checkReserve(q, dispatch.AgentID(send.To.ID), r, timers)
		}
	}
	if m, ok := e.Message.(dispatch.ConsiderPick); ok {
		s.checkPick(q, m, out)
	}
	s.checkListTold(q, out)
	for _, send := range out.Sends {
		if m, ok := send.Message.(dispatch.OverflowTicket); ok {
			s.checkOverflowTold(q, dispatch.ConversationID(send.To.ID), m)
		}
	}
	for _, send := range out.Sends {
		if m, ok := send.Message.(dispatch.Enqueued); ok {
			_, asked := q.m.Holds(dispatch.ConversationID(send.To.ID))
			s.checkPlaceTold(q, dispatch.ConversationID(send.To.ID), m.Place, asked)
			if t := q.model.ticket(dispatch.ConversationID(send.To.ID)); m.Place.Position > 0 {
				s.checkDecision(q, m.Why, "", t, q.model.needs(&t.Ticket, s.now))
			}
		}
	}
}

// checkTicket: a ticket says what is recorded, or is out of date. That it came to wait, and was told where, makes
// no new ticket.
func (s *Sim) checkTicket(t dispatch.Ticket) {
	c := s.model.conv(t.Conversation)
	t.Fresh = t.Fresh && c.s.Joined == nil
	t.Told, t.ToldAt = c.s.Told, c.s.ToldAt
	if want := c.s.Ticket(); want != nil && want.Version == t.Version && !same(*want, t) {
		s.fail("I10", t.Conversation.Address(), "the ticket differs from the records:\n%s", difference(*want, t))
	}
}

func (s *Sim) checkReserve(q *queue, to dispatch.AgentID, r dispatch.Reserve, timers bool) {
	t := q.model.ticket(r.Conversation)
	i := slices.IndexFunc(q.model.agents, func(c *candidateModel) bool { return c.Agent == to })
	switch {
	case shutAt(&q.model.settings, s.now):
		s.fail("overflow", q.addr, "is closed, and asks %s for %s", to, r.Conversation)
	case t == nil || t.Version != r.Ticket:
		s.fail("I3", q.addr, "asks %s for %s, which does not wait here with version %d", to, r.Conversation, r.Ticket)
	case i < 0 || !need(r).fits(&q.model.agents[i].Availability):
		s.fail("I12", q.addr, "asks %s for %s, which does not fit: %+v", to, r.Conversation, need(r))
	}
	s.checkMode(q, r)
	s.checkRings(q, to, t, r)
	s.checkRelaxed(q, t, r)
	s.checkDecision(q, r.Why, to, t, []needModel{need(r)})
	s.checkKept(q, to, t)
	c := q.model.agents[i]
	if slices.Contains(t.Excluded, to) && s.now.Before(t.RelaxAt) {
		s.fail("I9", q.addr, "asks %s for %s before the pause is over at %s", to, r.Conversation, t.RelaxAt)
	}
	if !timers && !t.unsure && t.Valid == 0 { // else it cannot know who of those asked before is still good
		s.checkOvertaken(q, c, t)
		s.checkElsewhere(q, c, t, need(r))
		s.checkTurn(q, c, t, need(r))
	}
	t.asking, t.askedOf = true, append(t.askedOf, c.Agent)
	q.model.asked(c)
}

// checkOvertaken: no conversation with an earlier place that the agent may have is waiting unasked.
func (s *Sim) checkOvertaken(q *queue, c *candidateModel, t *ticketModel) {
	for _, o := range q.model.tickets {
		if o == t || o.asking || o.unsure || o.Valid > 0 || !q.model.earlier(o, t) {
			continue
		}
		if o.Preferred != "" && o.Preferred != c.Agent && q.model.settings.PreferFor > 0 { // kept for another one, maybe
			continue
		}
		if slices.Contains(o.skipped, c.Agent) || slices.Contains(o.Excluded, c.Agent) || !q.model.needs(&o.Ticket, s.now)[0].fits(&c.Availability) {
			continue
		}
		s.fail("I10", q.addr, "%s of %s (%d) gets %s, although %s of %s (%d) waits for it", t.Conversation, t.EnqueuedAt, t.Priority, c.Agent, o.Conversation, o.EnqueuedAt, o.Priority)
	}
}

// checkElsewhere: who refused in this round does not get it while somebody else can.
func (s *Sim) checkElsewhere(q *queue, c *candidateModel, t *ticketModel, want needModel) {
	if !slices.Contains(t.Excluded, c.Agent) {
		return
	}
	for _, o := range q.model.agents {
		if o == c || o.asked || slices.Contains(t.Excluded, o.Agent) || slices.Contains(t.skipped, o.Agent) || !want.fits(&o.Availability) {
			continue
		}
		if ringsIn(&q.model.settings) > 1 && slices.Contains(t.askedOf, o.Agent) {
			continue // who has it rung already
		}
		s.fail("I9", q.addr, "%s is asked again for %s, although %s can take it", c.Agent, t.Conversation, o.Agent)
	}
}
