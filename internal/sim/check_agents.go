package sim

import (
	"slices"

	"pronto/dispatch"
)

// refusal is the naive predicate of eligibility, over durable facts and connections only: why the agent cannot take the
// conversation, or nothing.
func (s *Sim) refusalOf(a *agent, weight int, skills []dispatch.SkillNeed) string {
	switch m := s.model.agent(a.id); {
	case m.open > 0 && s.orderRefusalOf(a, weight, skills) == "":
		return "offer_open"
	case s.awake(a, m)+weight > a.profile.Capacity:
		return "full"
	}
	return s.orderRefusalOf(a, weight, skills)
}

// orderRefusalOf is what a supervisor's assignment cannot overcome.
func (s *Sim) orderRefusalOf(a *agent, weight int, skills []dispatch.SkillNeed) string {
	m := s.model.agent(a.id)
	switch {
	case m.s.Status != dispatch.StatusReady || m.s.After:
		return "not_ready"
	case s.now.Before(m.s.PausedUntil):
		return "paused_after_decline"
	}
	for _, need := range skills {
		if !slices.ContainsFunc(a.profile.Skills, func(l dispatch.SkillLevel) bool { return l.ID == need.ID && l.Level >= need.MinLevel }) {
			return "skills"
		}
	}
	return s.takeoverRefusalOf(a, weight)
}

// takeoverRefusalOf is what whoever takes over cannot overcome.
func (s *Sim) takeoverRefusalOf(a *agent, weight int) string {
	switch m := s.model.agent(a.id); {
	case len(s.clientOf[string(a.id)].sessions) == 0:
		return "offline"
	case a.waits:
		return "recovering"
	case s.total(a, m)+weight > ceiling(a):
		return "full"
	}
	return ""
}

// refusalTo is the predicate for what asks the agent for a slot.
func (s *Sim) refusalTo(a *agent, r dispatch.Reserve) string {
	switch r.Kind {
	case dispatch.OfferAssignment:
		return s.orderRefusalOf(a, r.Weight, r.Skills)
	case dispatch.OfferTakeover:
		return s.takeoverRefusalOf(a, r.Weight)
	case dispatch.OfferFromQueue, dispatch.OfferTransfer:
	}
	return s.refusalOf(a, r.Weight, r.Skills)
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
		m.allowed = max(ceiling(a), min(m.allowed, max(m.load, a.m.Total())))
	}
}

func (s *Sim) checkReserved(a *agent, e dispatch.Envelope) {
	r, ok := e.Message.(dispatch.Reserve)
	if !ok {
		s.fail("I12", a.addr, "reservation granted by %T", e.Message)
	}
	if r.Kind == dispatch.OfferReturn {
		s.checkReturn(a, r)
		return
	}
	if why := s.refusalTo(a, r); why != "" {
		s.fail("I12", a.addr, "grants %s for %s, although %s", r.Offer, r.Conversation, why)
	}
	if (r.Kind == dispatch.OfferFromQueue || r.Kind == dispatch.OfferAuto || r.Kind == dispatch.OfferPicked) && !slices.Contains(a.profile.Queues, r.Queue) {
		s.fail("I12", a.addr, "grants %s for %s, although not a member of %s", r.Offer, r.Conversation, r.Queue)
	}
	ordered := r.Kind == dispatch.OfferAssignment || r.Kind == dispatch.OfferTakeover
	if a.m.Load(s.now) > a.profile.Capacity && !ordered || a.m.Total() > ceiling(a) {
		s.fail("I4", a.addr, "grants %s with load %d of %d, in all %d of %d", r.Offer, a.m.Load(s.now), a.profile.Capacity, a.m.Total(), ceiling(a))
	}
}

// checkReturn: a snoozed conversation comes back to an owner who is there, ready unless it is the owner's own word, and
// within the ceiling.
func (s *Sim) checkReturn(a *agent, r dispatch.Reserve) {
	m, c := s.model.agent(a.id), s.model.conv(r.Conversation)
	switch {
	case len(s.clientOf[string(a.id)].sessions) == 0, a.waits:
		s.fail("I12", a.addr, "takes %s back, and is not there", r.Conversation)
	case !r.Own && (m.s.Status != dispatch.StatusReady || m.s.After):
		s.fail("I12", a.addr, "takes %s back, and is %s", r.Conversation, m.s.Status)
	case c.s.Owner == a.id && c.s.Snoozed() && m.load+r.Weight > m.allowed:
		s.fail("I4", a.addr, "takes %s back with load %d of %d", r.Conversation, m.load, m.allowed)
	}
}

// total is the weight that counts against the ceiling, as the agent can know it: see awake.
func (s *Sim) total(a *agent, m *agentModel) int {
	load := m.load
	slots := a.m.Slots()
	for i := range slots {
		x := &slots[i]
		if h := m.holds[x.Conversation]; h.asleep && x.Head.SnoozedUntil.IsZero() {
			load += h.weight
		}
	}
	return load
}

func ceiling(a *agent) int { return max(a.profile.Ceiling, a.profile.Capacity) }

// awake is the weight that counts against the capacity: what the agent holds durably, without the conversations that rest.
// Of those whose last word has not reached the agent, it is the word before that counts.
func (s *Sim) awake(a *agent, m *agentModel) int {
	heads := map[dispatch.ConversationID]*dispatch.Head{}
	slots := a.m.Slots()
	for i := range slots {
		if x := &slots[i]; x.Kind == dispatch.SlotOwned && x.Version < s.model.conv(x.Conversation).s.Version {
			heads[x.Conversation] = &x.Head
		}
	}
	load := 0
	for id, h := range m.holds { // a sum has no order
		head := heads[id]
		if head == nil {
			now := s.model.conv(id).s.Head()
			head = &now
		}
		silent := a.profile.SilentAfter > 0 && !head.SilentSince.IsZero() && !s.now.Before(head.SilentSince.Add(a.profile.SilentAfter))
		if !h.offer && !head.SnoozedUntil.IsZero() {
			continue
		}
		if h.offer || head.State != dispatch.ConversationActive || !head.OnHold && !silent {
			load += h.weight
		}
	}
	return load
}

// capacityChanged remembers the load that was there when the ceiling was lowered.
func (s *Sim) capacityChanged(a *agent) {
	m := s.model.agent(a.id)
	load := max(m.load, a.m.Total())
	if a.waits {
		load = max(load, m.allowed)
	}
	m.allowed = max(ceiling(a), load)
}
