package sim

import (
	"slices"

	"pronto/dispatch"
)

// Decisions, compared with what the naive queue knows of the agents.

// whyOwn is why an agent can have nothing; none while it can have something.
func (c *candidateModel) whyOwn() dispatch.Why {
	switch {
	case c.asked:
		return dispatch.WhyAsked
	case c.Free > 0:
		return dispatch.WhyNone
	}
	for y, word := range dispatch.WhyWords {
		if word == c.Why || c.Why == "not_member" && dispatch.Why(y) == dispatch.WhyLeft {
			return dispatch.Why(y)
		}
	}
	return dispatch.WhyUnknown
}

// whyNot is why an agent may not have what a ticket asks for; none when it may.
func (c *candidateModel) whyNot(want needModel) dispatch.Why {
	switch own := c.whyOwn(); {
	case own != dispatch.WhyNone:
		return own
	case c.Free < want.weight:
		return dispatch.WhyRoom
	case want.tiers > 0 && max(1, c.Tier) > want.tiers:
		return dispatch.WhyTier
	case !hasAll(c.Skills, want.skills):
		return dispatch.WhySkills
	}
	return dispatch.WhyNone
}

// checkDecision: every agent that the queue has heard of is in it once, under its own cause, and the first is the chosen one.
func (s *Sim) checkDecision(q *queue, d *dispatch.Decision, to dispatch.AgentID, t *ticketModel, wants []needModel) {
	if d == nil {
		s.fail("why", q.addr, "decides for %s without a word", t.Conversation)
	}
	if to != "" && (len(d.Candidates) == 0 || d.Candidates[0] != dispatch.Candidate{Agent: to, Why: dispatch.WhyChosen}) {
		s.fail("why", q.addr, "asks %s, and the decision names %v first", to, d.Candidates)
	}
	counts := map[dispatch.Why]int{}
	for _, n := range d.Counts {
		counts[n.Why] += n.N
	}
	known := 0
	for _, c := range q.model.agents {
		i := slices.IndexFunc(d.Candidates, func(x dispatch.Candidate) bool { return x.Agent == c.Agent })
		switch {
		case i >= 0:
			s.checkCause(q, c, d.Candidates[i].Why, t, wants)
			known++
		case c.whyOwn() != dispatch.WhyNone:
			counts[c.whyOwn()]--
			known++
		}
	}
	for _, y := range []dispatch.Why{dispatch.WhyAsked, dispatch.WhyFull, dispatch.WhyOfferOpen, dispatch.WhyPaused, dispatch.WhyNotReady, dispatch.WhyOffline, dispatch.WhySuspect, dispatch.WhyCeiling, dispatch.WhyLeft} {
		if counts[y] != 0 {
			s.fail("why", q.addr, "the decision for %s counts %d more agents as %s than there are", t.Conversation, counts[y], y)
		}
	}
	if len(d.Candidates) > dispatch.MaxCandidates {
		s.fail("why", q.addr, "%d candidates", len(d.Candidates))
	}
}

// checkCause: what an agent has not told cannot be its cause, and who could have it is passed over for a reason of the ticket.
func (s *Sim) checkCause(q *queue, c *candidateModel, why dispatch.Why, t *ticketModel, wants []needModel) {
	may := func(n needModel) bool { return c.whyNot(n) == why }
	switch why {
	case dispatch.WhyChosen, dispatch.WhyLower, dispatch.WhyPreferred, dispatch.WhyKept, dispatch.WhyShut, dispatch.WhySkipped, dispatch.WhyDeclined, dispatch.WhyPull:
		if !slices.ContainsFunc(wants, func(n needModel) bool { return c.whyNot(n) == dispatch.WhyNone }) {
			s.fail("why", q.addr, "%s is %s for %s, and could not have it: %s", c.Agent, why, t.Conversation, c.whyNot(wants[len(wants)-1]))
		}
		if why == dispatch.WhyDeclined && !slices.Contains(t.Excluded, c.Agent) {
			s.fail("why", q.addr, "%s is said to have declined %s", c.Agent, t.Conversation)
		}
		if mode := q.model.settings.Mode; why == dispatch.WhyPull && mode != dispatch.ModePull || why == dispatch.WhyLower && mode == dispatch.ModePull {
			s.fail("why", q.addr, "%s is %s for %s in the mode %q", c.Agent, why, t.Conversation, mode)
		}
	case dispatch.WhyPicked: // the agent itself decides whether it can
	case dispatch.WhyOfferOpen: // of another conversation, or of this one
		if !slices.ContainsFunc(wants, may) && !slices.Contains(t.Open, c.Agent) && !slices.Contains(t.askedOf, c.Agent) {
			s.fail("why", q.addr, "%s has no open offer when %s looks for somebody", c.Agent, t.Conversation)
		}
	default:
		if !slices.ContainsFunc(wants, may) {
			s.fail("why", q.addr, "%s is %s for %s, and not %s", c.Agent, c.whyNot(wants[len(wants)-1]), t.Conversation, why)
		}
	}
}
