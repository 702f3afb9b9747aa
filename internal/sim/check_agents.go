package sim

import (
	"slices"

	"pronto/dispatch"
)

// refusal is the naive predicate of eligibility, over durable facts and connections only: why the agent cannot take the
// conversation, or nothing.
func (s *Sim) refusalOf(a *agent, weight int, skills []dispatch.SkillNeed) string {
	m := s.model.agent(a.id)
	switch {
	case len(s.clientOf[string(a.id)].sessions) == 0:
		return "offline"
	case m.s.Status != dispatch.StatusReady || m.s.After:
		return "not_ready"
	case a.waits:
		return "recovering"
	case m.load+weight > a.profile.Capacity:
		return "full"
	case m.open > 0:
		return "offer_open"
	}
	for _, need := range skills {
		if !slices.ContainsFunc(a.profile.Skills, func(l dispatch.SkillLevel) bool { return l.ID == need.ID && l.Level >= need.MinLevel }) {
			return "skills"
		}
	}
	return ""
}

// noteOver remembers the end of an offer that the agent holds.
func (a *agent) noteOver(m dispatch.Message) {
	end, ok := m.(dispatch.OfferEnded)
	if ok && slices.ContainsFunc(a.m.Slots(), func(x dispatch.Slot) bool { return x.Offer.ID == end.Offer && x.Kind != dispatch.SlotOwned }) {
		a.over[end.Offer] = true
	}
}

// checkAgentOutcome judges what an agent's machine grants and shows.
func (s *Sim) checkAgentOutcome(a *agent, e dispatch.Envelope, out dispatch.Outcome) {
	m := s.model.agent(a.id)
	for _, send := range out.Sends {
		if _, ok := send.Message.(dispatch.Reserved); ok {
			s.checkReserved(a, e)
		}
	}
	for _, event := range out.Events {
		o, ok := event.(dispatch.EventOfferCreated)
		if ok && a.over[o.Offer.ID] {
			s.fail("I7", a.addr, "offer %s is shown again after its end", o.Offer.ID)
		}
		if ok && (m.s.Status != dispatch.StatusReady || m.s.After) {
			s.fail("I5", a.addr, "offer %s is shown to an agent who is %s (after current: %v)", o.Offer.ID, m.s.Status, m.s.After)
		}
	}
	if !a.waits {
		m.allowed = max(a.profile.Capacity, min(m.allowed, max(m.load, a.m.Load())))
	}
}

func (s *Sim) checkReserved(a *agent, e dispatch.Envelope) {
	r, ok := e.Message.(dispatch.Reserve)
	if !ok {
		s.fail("I12", a.addr, "reservation granted by %T", e.Message)
	}
	if why := s.refusalOf(a, r.Weight, r.Skills); why != "" {
		s.fail("I12", a.addr, "grants %s for %s, although %s", r.Offer, r.Conversation, why)
	}
	if r.Kind == dispatch.OfferFromQueue && !slices.Contains(a.profile.Queues, r.Queue) {
		s.fail("I12", a.addr, "grants %s for %s, although not a member of %s", r.Offer, r.Conversation, r.Queue)
	}
	if a.m.Load() > a.profile.Capacity {
		s.fail("I4", a.addr, "grants %s with load %d over capacity %d", r.Offer, a.m.Load(), a.profile.Capacity)
	}
}

// capacityChanged remembers the load that was there when the capacity was lowered.
func (s *Sim) capacityChanged(a *agent) {
	m := s.model.agent(a.id)
	load := max(m.load, a.m.Load())
	if a.waits {
		load = max(load, m.allowed)
	}
	m.allowed = max(a.profile.Capacity, load)
}
