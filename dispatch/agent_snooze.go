package dispatch

import "time"

// asleep: a snoozed conversation weighs nothing until its slot is held for it again.
func (s *Slot) asleep() bool {
	return s.Kind == SlotOwned && !s.Head.SnoozedUntil.IsZero() && s.waking == "" && !planted("snooze_forgets_slot")
}

// takeBack holds the slot of a snoozed conversation that wakes, or refuses. The conversation's word ends it, as with every
// reservation.
func (a *Agent) takeBack(t *turn, m Reserve, s *Slot) {
	if s.waking == m.Offer {
		return // a repeat
	}
	if why := a.refusalBack(m, s); why != "" {
		a.refuseReserve(t, m, why)
		return
	}
	until := t.now.Add(ReserveHold)
	s.waking, s.wakingUntil = m.Offer, until
	t.send(m.Conversation.Address(), Reserved{Offer: m.Offer, Agent: a.s.ID, Queue: m.Queue, Ticket: m.Ticket, Until: until, Kind: m.Kind})
}

// refusalBack is why the owner cannot take a snoozed conversation back. It may go beyond the capacity, as what rests may,
// but not beyond the ceiling.
func (a *Agent) refusalBack(m Reserve, s *Slot) string {
	switch {
	case len(a.sessions) == 0:
		return "offline"
	case !m.Own && !a.takesOffers():
		return "not_ready"
	case a.settling:
		return "recovering"
	case s.asleep() && a.Total()+s.Weight > a.profile.ceiling() && !planted("woken_above_ceiling"):
		return "full"
	}
	return ""
}

// askWaking asks what became of a slot that is held for a conversation that wakes.
func (a *Agent) askWaking(t *turn, s *Slot) {
	if due(s.wakingUntil, t.now) {
		t.send(s.Conversation.Address(), QueryOffer{Offer: s.waking, Agent: a.s.ID})
		s.wakingUntil = t.now.Add(RetryPause)
	}
}

// woken: the conversation has said what it is; offer is the reservation that it has answered, empty: none.
func (s *Slot) woken(offer OfferID) {
	if s.waking == offer || s.Head.SnoozedUntil.IsZero() {
		s.waking, s.wakingUntil = "", time.Time{}
	}
}
