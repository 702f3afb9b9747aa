package dispatch

import (
	"slices"
	"time"
)

// availability is what the queues need to know, without a version.
func (a *Agent) availability() Availability {
	v := Availability{Agent: a.s.ID, Load: a.Load(), IdleSince: a.idleSince, Skills: a.profile.Skills}
	if a.refusal(1, nil) == "" {
		v.Free = a.profile.Capacity - v.Load
	}
	return v
}

// tellQueues tells every queue of the agent when what it can take has changed, until each has confirmed.
func (a *Agent) tellQueues(t *turn) {
	v := a.availability()
	changed := differs(v, a.last)
	a.last = v
	for _, q := range a.profile.Queues {
		if !slices.ContainsFunc(a.told, func(k toldQueue) bool { return k.queue == q }) {
			a.told = append(a.told, toldQueue{queue: q})
		}
	}
	for i := range a.told {
		k := &a.told[i]
		member := slices.Contains(a.profile.Queues, k.queue)
		if k.again || member == k.leaving || (member && changed) || k.version == 0 {
			k.again, k.leaving = false, !member
			a.version = max(a.version+1, uint64(t.now.UnixMicro()))
			k.version = a.version
			k.acked = 0
			a.tell(t, k)
		}
	}
}

// differs: while there is nothing to have, the rest matters to nobody.
func differs(v, last Availability) bool {
	if v.Free == 0 && last.Free == 0 {
		return false
	}
	return v.Free != last.Free || v.Load != last.Load || !v.IdleSince.Equal(last.IdleSince) || !slices.Equal(v.Skills, last.Skills)
}

func (a *Agent) tell(t *turn, k *toldQueue) {
	v := a.last
	v.Version = k.version
	if k.leaving {
		v.Free = 0
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
