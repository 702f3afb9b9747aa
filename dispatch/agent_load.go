package dispatch

import "time"

// An agent has one budget of weights. Every conversation that it owns, files or is offered weighs on the ceiling. Against the
// capacity, which new conversations must fit into, those that rest do not count. When a resting one wakes up the load may be
// above the capacity until something ends, but never above the ceiling: that was seen to when the new one was taken.

// restsFrom is when an owned conversation frees its part of the capacity: at once while it is on hold, and SilentAfter after
// the agent's message that the contact owes an answer to. Zero: not as things are.
func (a *Agent) restsFrom(s *Slot) time.Time {
	switch h := &s.Head; {
	case s.Kind != SlotOwned || h.State != ConversationActive:
	case h.OnHold:
		return h.AssignedAt
	case a.profile.SilentAfter > 0 && !h.SilentSince.IsZero():
		return h.SilentSince.Add(a.profile.SilentAfter)
	}
	return time.Time{}
}

func (a *Agent) rests(s *Slot, now time.Time) bool {
	if planted("wrapup_weighs_nothing") && s.Head.State == ConversationWrapup {
		return true
	}
	return due(a.restsFrom(s), now)
}

// Load is the weight that counts against the capacity at now.
func (a *Agent) Load(now time.Time) int {
	n := 0
	for i := range a.slots {
		if s := &a.slots[i]; !s.asleep() && !a.rests(s, now) {
			n += a.slots[i].Weight
		}
	}
	return n
}

// Total is the weight of everything that holds a slot.
func (a *Agent) Total() int {
	n := 0
	for i := range a.slots {
		if s := &a.slots[i]; !s.asleep() {
			n += s.Weight
		}
	}
	return n
}

// ceiling is the weight that is never exceeded.
func (p *AgentProfile) ceiling() int { return max(p.Ceiling, p.Capacity) }

// room is the weight of a new conversation that fits at now; negative when the capacity was lowered or something woke up.
func (a *Agent) room(now time.Time) int {
	room := a.profile.Capacity - a.Load(now)
	if planted("ceiling_ignored") {
		return room
	}
	return min(room, a.profile.ceiling()-a.Total())
}

// roomFor is room for what comes in this way: a supervisor's word passes the capacity, not the ceiling.
func (a *Agent) roomFor(now time.Time, kind OfferKind) int {
	if !kind.ordered() {
		return a.room(now)
	}
	if planted("assigned_beyond_ceiling") && kind == OfferAssignment {
		return a.profile.ceiling()
	}
	return a.profile.ceiling() - a.Total()
}

// nextRest is when the load changes by itself; zero: not as things are. What is due at the last step is in what that told.
func (a *Agent) nextRest() time.Time {
	var at time.Time
	for i := range a.slots {
		if from := a.restsFrom(&a.slots[i]); from.After(a.looked) {
			at = earliest(at, from)
		}
	}
	return at
}
