package dispatch

import (
	"slices"
	"time"
)

// availability is what the queues need to know, without a version.
func (a *Agent) availability(now time.Time) Availability {
	v := Availability{Agent: a.s.ID, Load: a.Load(now), IdleSince: a.idleSince, Skills: a.profile.Skills}
	v.Why = a.refusal(now, OfferFromQueue, 1, nil)
	switch v.Why {
	case "offline":
		if a.s.Status == StatusReady && !a.lost {
			v.Why = "suspect"
		}
	case "":
		v.Free = a.room(now)
		v.Capacity, v.Queues = a.profile.Capacity, len(a.profile.Queues)
	case "full", "offer_open", "paused_after_decline": // busy, and at work
		if v.Why == "full" && a.profile.Capacity > a.Load(now) {
			v.Why = "ceiling"
		}
		v.Capacity, v.Queues = a.profile.Capacity, len(a.profile.Queues)
	}
	return v
}

// tellQueues tells every queue of the agent when what it can take has changed, until each has confirmed.
func (a *Agent) tellQueues(t *turn) {
	v := a.availability(t.now)
	changed := differs(v, a.last)
	a.last = v
	for _, q := range a.profile.Queues {
		if !slices.ContainsFunc(a.told, func(k toldQueue) bool { return k.queue == q }) {
			a.told = append(a.told, toldQueue{queue: q})
		}
	}
	if changed {
		t.out.Sends = slices.Grow(t.out.Sends, len(a.told))
	}
	for i := range a.told {
		k := &a.told[i]
		member, rank := slices.Contains(a.profile.Queues, k.queue), a.profile.rank(k.queue)
		if k.again || member == k.leaving || (member && (changed || rank != k.rank)) || k.version == 0 {
			k.again, k.leaving, k.rank = false, !member, rank
			a.version = max(a.version+1, uint64(t.now.UnixMicro()))
			k.version = a.version
			k.acked = 0
			a.tell(t, k)
		}
	}
}

// differs: while there is nothing to have, what it would be matters to nobody.
func differs(v, last Availability) bool {
	if v.Capacity != last.Capacity || v.Queues != last.Queues || v.Why != last.Why {
		return true
	}
	if v.Free == 0 && last.Free == 0 {
		return false
	}
	return v.Free != last.Free || v.Load != last.Load || !v.IdleSince.Equal(last.IdleSince) || !slices.Equal(v.Skills, last.Skills)
}

func (a *Agent) tell(t *turn, k *toldQueue) {
	v := a.last
	v.Version, v.Tier, v.Share = k.version, k.rank.Tier, k.rank.Share
	if k.leaving {
		v.Free, v.Capacity, v.Why = 0, 0, "not_member"
	}
	t.send(k.queue.Address(), v)
	if a.retryAt.IsZero() {
		a.retryAt = t.now.Add(RetryPause)
	}
}

// tellAgain makes the next tellQueues tell this queue whatever has changed. A queue that the agent does not serve is told
// that there is nothing to have.
func (a *Agent) tellAgain(q QueueID) {
	for i := range a.told {
		if a.told[i].queue == q {
			a.told[i].again = true
			return
		}
	}
	a.told = append(a.told, toldQueue{queue: q})
}

// availabilitySeen notes that a queue has heard. A queue that confirms an old word after a newer one has lost the newer
// one with its former self, and is told again.
func (a *Agent) availabilitySeen(m AvailabilitySeen) {
	for i := range a.told {
		k := &a.told[i]
		switch {
		case k.queue != m.Queue:
		case k.version == m.Version:
			k.acked = m.Version
		case m.Version < k.version && k.acked == k.version:
			k.again = true
		}
	}
	a.told = slices.DeleteFunc(a.told, func(k toldQueue) bool { return k.leaving && k.acked == k.version })
	if !slices.ContainsFunc(a.told, func(k toldQueue) bool { return k.acked < k.version }) {
		a.retryAt = time.Time{}
	}
}

// retryTold repeats what was not confirmed.
func (a *Agent) retryTold(t *turn) {
	a.retryAt = time.Time{}
	for i := range a.told {
		if a.told[i].acked < a.told[i].version {
			a.tell(t, &a.told[i])
		}
	}
}
