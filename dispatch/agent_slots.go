package dispatch

import (
	"slices"
	"time"
)

// AdoptSlots brings the slots that storage says the agent has: at activation, and after a crash once every
// reservation of the former self is over. What the agent has heard since is newer and stays.
type AdoptSlots struct {
	isMessage
	Slots []Slot
}

func (a *Agent) adopt(t *turn, m AdoptSlots) {
	if a.settling {
		a.forgetOld(t, m.Slots)
	}
	a.settling, a.adopted = false, true
	for _, s := range m.Slots {
		if a.slot(s.Conversation) != nil || a.stale(s.Conversation, s.Version) {
			continue
		}
		if s.Kind == SlotOffered {
			s.askAt = s.Offer.ExpiresAt.Add(RetryPause)
		}
		have := a.put(s)
		switch {
		case s.Kind == SlotOffered && !a.takesOffers():
			a.giveBack(t, have)
		case s.Kind == SlotOwned: // the former self may have told something else
			a.tellPresence(t, have)
		}
	}
	a.tellLeaving(t)
}

// forgetOld gives up what was heard since the crash and is not in storage: nothing is told before it is stored, so that was a
// word to the former self that arrived again.
func (a *Agent) forgetOld(t *turn, stored []Slot) {
	for _, s := range slices.Clone(a.slots) {
		if s.Kind == SlotReserved || slices.ContainsFunc(stored, func(o Slot) bool { return o.Conversation == s.Conversation }) {
			continue
		}
		a.replaced(t, &s)
		a.remove(s.Conversation, s.Version)
	}
}

// takesOffers reports whether an offer may be shown; leaving ready, now or after the current ones, gives it back.
func (a *Agent) takesOffers() bool { return a.s.Status == StatusReady && !a.s.After }

// giveBack hides an offer that the agent cannot take and asks the conversation to end it.
func (a *Agent) giveBack(t *turn, s *Slot) {
	s.hidden = true
	s.askAt = t.now.Add(RetryPause)
	t.send(s.Conversation.Address(), WithdrawOffer{Offer: s.Offer.ID, Agent: a.s.ID, Cause: EndWithdrawn})
}

// reserve holds a slot for ReserveHold, or refuses. A held slot is never given up by the clock: only the conversation's
// word ends it, and askAt asks for that word.
func (a *Agent) reserve(t *turn, m Reserve) {
	if s := a.slot(m.Conversation); s != nil {
		if m.Kind == OfferReturn && s.Kind == SlotOwned {
			a.takeBack(t, m, s)
			return
		}
		if s.Kind == SlotReserved && s.Offer.ID == m.Offer {
			return // a repeat; the first Reserved is on its way, or askAt will ask
		}
		a.refuseReserve(t, m, "already")
		return
	}
	if m.Kind == OfferReturn {
		a.refuseReserve(t, m, "gone")
		return
	}
	if slices.ContainsFunc(a.ended, func(e EndedOffer) bool { return e.ID == m.Offer }) { // a repeat, much too late
		a.refuseReserve(t, m, "over")
		return
	}
	why := a.refusal(t.now, m.Kind, m.Weight, m.Skills)
	if why == "" && m.Kind.forMembers() {
		why = a.refusalIn(m.Queue, m.Tiers)
	}
	if why != "" && !plantedGrant(m.Kind, why) {
		a.refuseReserve(t, m, why)
		return
	}
	until := t.now.Add(ReserveHold)
	a.put(Slot{Conversation: m.Conversation, Kind: SlotReserved, Weight: m.Weight, Offer: Offer{ID: m.Offer}, askAt: until})
	t.send(m.Conversation.Address(), Reserved{
		Offer: m.Offer, Agent: a.s.ID, Queue: m.Queue, Ticket: m.Ticket, Until: until, Kind: m.Kind, Relaxed: m.Relaxed, NewRound: m.NewRound,
		Why: m.Why, Parallel: m.Parallel,
	})
}

// plantedGrant: the bugs that hold a slot all the same.
func plantedGrant(kind OfferKind, why string) bool {
	return why == "full" && kind == OfferPicked && planted("pick_ignores_room") || why == "offline" && kind == OfferAuto && planted("auto_to_suspect")
}

// refusalIn is why an agent who could take it cannot as one of the queue.
func (a *Agent) refusalIn(q QueueID, tiers int) string {
	switch {
	case !slices.Contains(a.profile.Queues, q):
		return "not_member"
	case tiers > 0 && max(1, a.profile.rank(q).Tier) > tiers:
		return "tier"
	}
	return ""
}

func (a *Agent) refuseReserve(t *turn, m Reserve, why string) {
	t.send(t.in.From, Refused{Offer: m.Offer, Conversation: m.Conversation, Agent: a.s.ID, Why: why})
	if m.Kind.asked() {
		a.tellAgain(m.Queue)
	}
}

// offered shows a durable offer. One that the agent can no longer take is not shown but given back.
func (a *Agent) offered(t *turn, m MakeOffer) {
	o := m.Offer
	if a.stale(o.Conversation, m.Version) {
		return
	}
	have := a.slot(o.Conversation)
	if have != nil && have.Kind == SlotOffered && have.Offer.ID == o.ID {
		a.offeredAgain(t, have, m)
		return
	}
	held := have != nil
	a.replaced(t, have)
	s := a.put(Slot{Conversation: o.Conversation, Kind: SlotOffered, Version: m.Version, Weight: o.Weight, Offer: o, askAt: o.ExpiresAt.Add(RetryPause)})
	if a.takesOffers() && (held || a.openOffers() <= MaxOpenOffers && a.room(t.now) >= 0) {
		a.push(t, EventOfferCreated{Offer: o})
		a.suspectOffers(t.now)
		return
	}
	a.giveBack(t, s)
}

// offeredAgain is a repeat, or the answer to a question: the offer is still open. It is shown once only.
func (a *Agent) offeredAgain(t *turn, s *Slot, m MakeOffer) {
	s.Version, s.Offer.LastText = m.Version, m.Offer.LastText
	if s.Shown() && !a.takesOffers() {
		t.send(s.Conversation.Address(), WithdrawOffer{Offer: s.Offer.ID, Agent: a.s.ID, Cause: EndWithdrawn})
	}
}

// replaced takes from the desk what a newer word of the same conversation puts an end to.
func (a *Agent) replaced(t *turn, s *Slot) {
	switch {
	case s == nil:
	case s.Shown():
		a.rememberEnded(s.Offer.ID, EndWithdrawn)
		a.push(t, EventOfferEnded{Offer: s.Offer.ID, Cause: EndWithdrawn})
	case s.Kind == SlotOwned:
		a.push(t, EventRemoved{Conversation: s.Conversation, Cause: RemovedRequeued})
	}
}

// offerEnded frees the slot and counts a miss.
func (a *Agent) offerEnded(t *turn, m OfferEnded) {
	s := a.slot(m.Conversation)
	if s == nil || s.Offer.ID != m.Offer || s.Kind == SlotOwned {
		return
	}
	shown, limit := s.Shown(), s.Offer.MaxMisses
	a.remove(m.Conversation, m.Version)
	a.rememberEnded(m.Offer, m.Cause)
	if !shown {
		return
	}
	a.push(t, EventOfferEnded{Offer: m.Offer, Cause: m.Cause})
	switch m.Cause {
	case EndExpired:
		a.countMiss(t, limit)
	case EndDeclined:
		a.declined(t)
	case EndAccepted, EndAcceptedElsewhere, EndWithdrawn, EndAgentLost:
	}
}

func (a *Agent) rememberEnded(id OfferID, cause EndCause) {
	a.ended = append(a.ended, EndedOffer{ID: id, Cause: cause})
	if n := len(a.ended); n > 4*keptEndedOffers {
		a.ended = slices.Delete(a.ended, 0, n-4*keptEndedOffers)
	}
}

// countMiss makes the agent not ready when the consecutive misses reach the queue's limit; 0 is no limit.
func (a *Agent) countMiss(t *turn, limit int) {
	a.record(t, MissesCounted{Agent: a.s.ID, Misses: a.s.Misses + 1, At: t.now})
	if limit > 0 && a.s.Misses >= limit && a.s.Status == StatusReady {
		a.changeStatus(t, AgentStatusChanged{Agent: a.s.ID, Status: StatusNotReady, Reason: ReasonNoAnswer, At: t.now})
	}
}

func (a *Agent) resetMisses(t *turn) {
	if a.s.Misses > 0 {
		a.record(t, MissesCounted{Agent: a.s.ID, At: t.now})
	}
}

// assigned turns a reservation or offer into ownership.
func (a *Agent) assigned(t *turn, m Assigned) {
	id := m.Head.ID
	if a.stale(id, m.Version) {
		return
	}
	have := a.slot(id)
	if have != nil && have.Kind == SlotOwned {
		goesOn := have.goesOn(m.Head.State)
		have.Version, have.Head, have.Weight = m.Version, m.Head, m.Weight
		have.woken(m.Offer)
		if goesOn {
			a.tellLeave(t, have)
		}
		return
	}
	if have != nil && have.Shown() {
		a.rememberEnded(have.Offer.ID, EndAccepted)
		a.push(t, EventOfferEnded{Offer: have.Offer.ID, Cause: EndAcceptedElsewhere})
	}
	s := a.put(Slot{Conversation: id, Kind: SlotOwned, Version: m.Version, Weight: m.Weight, Head: m.Head})
	a.idleSince = t.now
	a.push(t, EventAssigned{Head: m.Head})
	a.resetMisses(t)
	if a.lost {
		a.tellPresence(t, s)
	}
}

// released frees the slot of a conversation that the agent owned, and confirms in any case.
func (a *Agent) released(t *turn, m Released) {
	t.send(m.Conversation.Address(), ReleaseSeen{Agent: a.s.ID, Version: m.Version})
	s := a.slot(m.Conversation)
	switch {
	case s == nil || s.Kind == SlotReserved: // a reservation is newer than any release
		a.left(m.Conversation, m.Version)
	case s.Kind == SlotOffered && m.Version > s.Version: // it overtook the Assigned of this offer, which is stale now
		a.replaced(t, s)
		a.remove(m.Conversation, m.Version)
	case planted("slot_kept_on_release"):
	case s.Kind == SlotOwned && m.Version >= s.Version: // equal: its last word to this owner was of the same change
		a.remove(m.Conversation, m.Version)
		a.idleSince = t.now
		a.push(t, EventRemoved{Conversation: m.Conversation, Cause: m.Cause})
	}
}

// notified passes the events of an owned conversation on.
func (a *Agent) notified(t *turn, m Notify) {
	s := a.slot(m.Head.ID)
	if s == nil || s.Kind != SlotOwned || m.Version < s.Version {
		return
	}
	goesOn := s.goesOn(m.Head.State)
	s.Version, s.Head = m.Version, m.Head
	s.woken("")
	t.notified(m.Events)
	if goesOn {
		a.tellLeave(t, s)
	}
}

// goesOn reports whether a conversation that was not active is from now on.
func (s *Slot) goesOn(now ConversationState) bool {
	return s.Head.State != ConversationActive && now == ConversationActive
}

// suspectOffers bounds how long an agent without a session keeps its open offers.
func (a *Agent) suspectOffers(now time.Time) {
	if len(a.sessions) == 0 && slices.ContainsFunc(a.slots, func(s Slot) bool { return s.Shown() }) {
		a.dropAt = earliest(a.dropAt, now.Add(SuspectOfferTime))
	}
}

// wake asks for words that seem lost, withdraws offers of a suspect agent, and lets a suspect be gone.
func (a *Agent) wake(t *turn) {
	for i := range a.slots {
		s := &a.slots[i]
		a.askWaking(t, s)
		switch {
		case !due(s.askAt, t.now):
		case s.Kind == SlotOwned:
			a.tellPresence(t, s)
		default:
			t.send(s.Conversation.Address(), QueryOffer{Offer: s.Offer.ID, Agent: a.s.ID})
			s.askAt = t.now.Add(RetryPause)
			if s.hidden {
				t.send(s.Conversation.Address(), WithdrawOffer{Offer: s.Offer.ID, Agent: a.s.ID, Cause: EndWithdrawn})
			}
		}
	}
	a.endPause(t.now)
	if due(a.leaveAt, t.now) {
		a.tellLeaving(t)
	}
	if due(a.dropAt, t.now) {
		a.withdrawOffers(t, EndAgentLost)
	}
	if !a.lost && len(a.sessions) == 0 && due(a.goneAt(), t.now) {
		a.goneNow(t)
	}
	if due(a.retryAt, t.now) {
		a.retryTold(t)
	}
}

func (a *Agent) tellOwned(t *turn) {
	for i := range a.slots {
		if a.slots[i].Kind == SlotOwned {
			a.tellPresence(t, &a.slots[i])
		}
	}
}

// tellPresence tells an owned conversation whether its owner is there, until it has seen it; in the grace it is left in
// peace. An agent taken for gone would lose the conversation while working on it.
func (a *Agent) tellPresence(t *turn, s *Slot) {
	s.askAt = time.Time{}
	switch {
	case a.lost:
		t.send(s.Conversation.Address(), OwnerGone{Agent: a.s.ID})
	case len(a.sessions) > 0:
		t.send(s.Conversation.Address(), OwnerBack{Agent: a.s.ID})
	default:
		return
	}
	s.askAt = t.now.Add(RetryPause)
}

func (a *Agent) ownerSeen(t *turn, m OwnerSeen) {
	s := a.slot(m.Conversation)
	switch {
	case s == nil || s.Kind != SlotOwned:
	case m.Gone == a.lost:
		s.askAt = time.Time{}
	default: // an older word came later
		a.tellPresence(t, s)
	}
}
