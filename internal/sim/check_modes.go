package sim

import (
	"slices"
	"time"

	"pronto/dispatch"
)

// checkMode: a queue asks in the way of its mode; one that is picked from does not ask at all.
func (s *Sim) checkMode(q *queue, r dispatch.Reserve) {
	want := dispatch.OfferFromQueue
	if q.model.settings.Mode == dispatch.ModeAuto {
		want = dispatch.OfferAuto
	}
	if q.model.settings.Mode == dispatch.ModePull || r.Kind != want {
		s.fail("I12", q.addr, "asks for %s with %q in the mode %q", r.Conversation, r.Kind, q.model.settings.Mode)
	}
}

// checkPickAsked: who picks is asked for what the conversation asks for by now.
func (s *Sim) checkPickAsked(c *conversation, out dispatch.Outcome) {
	for _, send := range out.Sends {
		asked, ok := send.Message.(dispatch.ConsiderPick)
		if !ok {
			continue
		}
		r := asked.Reserve
		now := c.m.Snapshot()
		all := needsOf(s.queueByID[now.Queue].settings.Relax, now.Ticket(), s.now)
		if want := all[len(all)-1]; want.tiers != r.Tiers || !slices.Equal(want.skills, r.Skills) || want.weight != r.Weight {
			s.fail("I12", c.addr, "asks %s with %+v, and it asks for %+v by now", asked.Agent, need(r), want)
		}
	}
}

// checkPick: a pick is handed on as it was asked for, with a decision that names who picked and what was ahead in line.
func (s *Sim) checkPick(q *queue, m dispatch.ConsiderPick, out dispatch.Outcome) {
	r, ok := dispatch.Reserve{}, false
	for _, send := range out.Sends {
		if r, ok = send.Message.(dispatch.Reserve); ok && r.Kind == dispatch.OfferPicked {
			if send.To != m.Agent.Address() || send.From != m.Reserve.Conversation.Address() || r.Offer != m.Reserve.Offer || !need(r).equal(need(m.Reserve)) {
				s.fail("I12", q.addr, "hands %+v on to %s as %+v", m.Reserve, send.To.ID, r)
			}
			break
		}
	}
	t := q.model.ticket(m.Reserve.Conversation)
	switch {
	case !ok:
		s.fail("I12", q.addr, "hands the pick of %s on to nobody", m.Reserve.Conversation)
	case t == nil && r.Why != nil || t != nil && (r.Why == nil || r.Why.Pick == nil):
		s.fail("why", q.addr, "hands the pick of %s on with the decision %+v", m.Reserve.Conversation, r.Why)
	case t == nil:
		return
	}
	if first := r.Why.Candidates[0]; first != (dispatch.Candidate{Agent: m.Agent, Why: dispatch.WhyPicked}) {
		s.fail("why", q.addr, "%s picks %s, and the decision names %v first", m.Agent, t.Conversation, first)
	}
	s.checkSight(q, m.Agent, t, r.Why.Pick)
	s.checkDecision(q, r.Why, "", t, q.model.needs(&t.Ticket, s.now))
	s.trace(q.addr, noteOther, "pick explained", 0)
}

// checkSight: where it stood, and what was ahead of it that the agent is good enough for. Relaxation may be due and not done.
func (s *Sim) checkSight(q *queue, by dispatch.AgentID, t *ticketModel, sight *dispatch.PickSight) {
	position, least, most := 1, 0, 0
	i := slices.IndexFunc(q.model.agents, func(c *candidateModel) bool { return c.Agent == by })
	for _, o := range q.model.tickets {
		if !q.model.stands(o, t) {
			continue
		}
		position++
		if len(o.Open) > 0 || i < 0 {
			continue
		}
		all := q.model.needs(&o.Ticket, s.now)
		could := func(n needModel) bool {
			c := q.model.agents[i]
			return c.Capacity >= max(1, n.weight) && (n.tiers == 0 || max(1, c.Tier) <= n.tiers) && hasAll(c.Skills, n.skills)
		}
		if slices.ContainsFunc(all, could) {
			most++
			if !o.asking && !o.unsure && !slices.ContainsFunc(all, func(n needModel) bool { return !could(n) }) {
				least++
			}
		}
	}
	if sight.Position != position || sight.Passed < min(least, dispatch.MaxWaitingPage) || sight.Passed > most || (sight.Passed > 0) != (sight.First != "") {
		s.fail("why", q.addr, "%s picks %s at %d, passing over %d; it stands at %d, after %d to %d", by, t.Conversation, sight.Position, sight.Passed, position, least, most)
	}
}

// pickSomething lets an agent take what waits longest in a queue that is picked from, mostly of one's own.
func (s *Sim) pickSomething(c *client, a *agent) bool {
	q := pick(s.rng, s.queues)
	if q.settings.Mode != dispatch.ModePull || !slices.Contains(a.profile.Queues, q.id) && s.rng.chance(900) {
		return false
	}
	waiting := q.model.tickets
	if len(waiting) == 0 {
		return false
	}
	to := waiting[s.rng.n(min(len(waiting), 3))].Conversation.Address()
	take := func(c *client) {
		by := dispatch.Actor{Agent: c.id}
		s.command(c, to, func(string) dispatch.Message {
			return dispatch.PickConversation{ID: dispatch.OfferID(s.newID("off")), By: by}
		})
	}
	take(c)
	if other := s.clientOf[string(s.someAgent().id)]; other != c && s.rng.chance(400) { // at the same moment
		take(other)
	}
	return true
}

// listSaid is what a queue told its members last.
type listSaid struct {
	at     time.Time
	event  dispatch.EventQueueWaiting
	spoken bool
}

// checkListTold: what the members are told is true, and told no more than four times a second.
func (s *Sim) checkListTold(q *queue, out dispatch.Outcome) {
	for _, send := range out.Sends {
		m, ok := send.Message.(dispatch.TellMembers)
		if !ok {
			continue
		}
		if q.said.spoken && s.now.Sub(q.said.at) < dispatch.ListPause {
			s.fail("I26", q.addr, "tells its members at %s and again at %s", q.said.at, s.now)
		}
		e, ok := m.Event.(dispatch.EventQueueWaiting)
		if !ok || e != q.model.list(q.id) {
			s.fail("I24", q.addr, "tells its members %+v, not %+v", m.Event, q.model.list(q.id))
		}
		q.said = listSaid{s.now, e, true}
	}
}

func (q *queueModel) list(id dispatch.QueueID) dispatch.EventQueueWaiting {
	e := dispatch.EventQueueWaiting{Queue: id, Waiting: len(q.tickets)}
	for _, t := range q.tickets {
		if e.Oldest.IsZero() || t.EnqueuedAt.Before(e.Oldest) {
			e.Oldest = t.EnqueuedAt
		}
	}
	return e
}

// checkListKnown: at rest the members know how the list stands, or are about to hear what a deadline has changed in the pause
// after the last word.
func (s *Sim) checkListKnown(q *queue) {
	want := q.model.list(q.id)
	if q.settings.Mode != dispatch.ModePull || q.said.event == want {
		return
	}
	over, due := q.said.at.Add(dispatch.ListPause), q.m.NextDeadline()
	if q.said.spoken && s.now.Before(over) && !due.IsZero() && !due.After(over) {
		return
	}
	s.fail("I24", q.addr, "told its members %+v at %s, and it is %+v", q.said.event, q.said.at, want)
}

// ringsIn is at how many agents a conversation of the queue may ring.
func ringsIn(s *dispatch.QueueSettings) int {
	if s.Mode == dispatch.ModePull || s.Mode == dispatch.ModeAuto {
		return 1
	}
	return max(1, s.Parallel)
}

// checkBeside: a further offer is made only where the queue asks several agents at once, and to another agent.
func (s *Sim) checkBeside(c *convModel, r dispatch.OfferMade) {
	who, o := c.s.ID.Address(), r.Offer
	if c.s.Offer == nil {
		return
	}
	if n := 1 + len(c.s.More); o.Kind != dispatch.OfferFromQueue || n >= r.Parallel {
		s.fail("I7", who, "offer %s beside %s and %d more; at once may be %d", o.ID, c.s.Offer.ID, len(c.s.More), r.Parallel)
	}
	for _, a := range append([]dispatch.Offer{*c.s.Offer}, c.s.More...) {
		if a.Agent == o.Agent {
			s.fail("I7", who, "%s has %s open and gets %s", a.Agent, a.ID, o.ID)
		}
	}
	if r.NewRound {
		s.fail("I9", who, "a round starts over with %s while %s has it open", o.ID, c.s.Offer.Agent)
	}
	s.trace(who, noteOther, "offer beside another", 0)
}

// checkRings: nobody is asked for what it has open, and no more are asked than may be.
func (s *Sim) checkRings(q *queue, to dispatch.AgentID, t *ticketModel, r dispatch.Reserve) {
	want := ringsIn(&q.model.settings)
	if slices.Contains(t.Open, to) {
		s.fail("I7", q.addr, "asks %s for %s, which it has open", to, t.Conversation)
	}
	if max(1, r.Parallel) != want || len(t.Open) >= want {
		s.fail("I7", q.addr, "asks %s for %s, which rings at %v, as one of %d; at once may be %d", to, t.Conversation, t.Open, r.Parallel, want)
	}
	if r.NewRound && len(t.Open) > 0 {
		s.fail("I9", q.addr, "asks %s for %s in a new round, while %v have it open", to, t.Conversation, t.Open)
	}
}
