package dispatch

import "fmt"

// atRest checks what must hold across machines when no message is under way and none was lost: every fact that one
// machine repeats from another is the same, capacity is kept, and nobody waits who could be served.
func (w *world) atRest() error {
	if w.bad != nil || w.disturbed || len(w.inbox) > 0 || len(w.later) > 0 {
		return w.bad
	}
	for _, id := range sortedKeys(w.convs) {
		for _, o := range w.convs[id].s.openOffers() {
			if o.ExpiresAt.After(w.now) {
				continue
			}
			return fmt.Errorf("%s: offer %s is open at %s, its deadline was %s", id, o.ID, since(w.now), since(o.ExpiresAt))
		}
		if err := w.inOnePlace(w.convs[id]); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	for _, id := range sortedKeys(w.agents) {
		if err := w.slotsAreFacts(w.agents[id]); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	return w.workConserving()
}

// inOnePlace is I3: in one queue iff queued, in one agent's offers iff offered, in one agent's list iff owned.
func (w *world) inOnePlace(c *checkedConversation) error {
	for _, id := range sortedKeys(w.queues) {
		waits, asking := w.queues[id].Holds(c.s.ID)
		should := c.s.waits() && c.s.Queue == id
		if waits && !should && w.ghosts {
			continue
		}
		if waits != should && !asking {
			return fmt.Errorf("state %s in %s, waits in %s: %v", c.s.State, c.s.Queue, id, waits)
		}
	}
	return nil
}

// slotsAreFacts is I4 and I3 from the agent's side.
func (w *world) slotsAreFacts(a *checkedAgent) error {
	want := w.slotsOf(a.s.ID)
	weight := 0
	for _, s := range want {
		if !s.asleep() {
			weight += s.Weight
		}
		have := a.slot(s.Conversation)
		if lost := !w.convs[s.Conversation].s.LostAt.IsZero(); s.Kind == SlotOwned && (a.lost != lost && len(a.sessions) > 0 || a.lost && !lost) {
			return fmt.Errorf("%s: the owner is lost: %v, by the conversation's record %v", s.Conversation, a.lost, lost)
		}
		if have == nil || have.Kind != s.Kind || have.Weight != s.Weight {
			return fmt.Errorf("%s is %s by the conversation's record, the slot is %v", s.Conversation, s.Kind, have)
		}
	}
	held := 0
	for i := range a.slots {
		if a.slots[i].Kind != SlotReserved {
			held++
		}
	}
	if held != len(want) {
		return fmt.Errorf("%d slots for %d conversations: %v", held, len(want), a.slots)
	}
	if weight > a.profile.ceiling() {
		return fmt.Errorf("weight %d under a ceiling of %d", weight, a.profile.ceiling())
	}
	return nil
}

// workConserving is I8: nobody waits outside the pause of its round while an eligible agent is free.
func (w *world) workConserving() error {
	for _, cid := range sortedKeys(w.convs) {
		t := w.convs[cid].s.Ticket()
		if t == nil {
			continue
		}
		waits, asking := w.queue(t.Queue).Holds(cid)
		if !waits || asking || w.queue(t.Queue).shut() || w.settingsOf(t.Queue).Mode == ModePull {
			continue
		}
		kept := naiveKept(w.queue(t.Queue), *t, w.now)
		for _, id := range sortedKeys(w.agents) {
			if kept && id != t.Preferred {
				continue
			}
			if w.mayTake(w.agents[id], t) {
				return fmt.Errorf("%s waits in %s though %s can take it", cid, t.Queue, id)
			}
		}
	}
	return nil
}

func (w *world) mayTake(a *checkedAgent, t *Ticket) bool {
	member := false
	for _, q := range a.profile.Queues {
		member = member || q == t.Queue
	}
	excluded := false
	for _, id := range t.Excluded {
		excluded = excluded || (id == a.s.ID && w.now.Before(t.RelaxAt))
	}
	for _, id := range w.queue(t.Queue).waiting.of(t.Conversation).rare().skip {
		excluded = excluded || id == a.s.ID
	}
	need := naiveDemand(w.settingsOf(t.Queue), *t, w.now)
	inTier := need.tiers == 0 || max(1, a.profile.rank(t.Queue).Tier) <= need.tiers
	return member && !excluded && inTier && a.refusal(w.now, OfferFromQueue, t.Weight, need.skills) == "" && a.settled()
}

// settled: every queue has confirmed what this agent told.
func (a *checkedAgent) settled() bool {
	for _, k := range a.told {
		if k.acked < k.version {
			return false
		}
	}
	return true
}
