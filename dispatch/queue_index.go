package dispatch

import (
	"cmp"
	"slices"
)

// demand is what a conversation asks of an agent.
type demand struct {
	weight int
	skills []SkillNeed
	tiers  int // the highest tier that may have it; 0: all
}

// fits asks the sets first: most who lack something are known by them.
func (k *class) fits(c *candidate) bool { return c.skills.has(&k.needs) && k.demand.fits(c) }

func (d *demand) fits(c *candidate) bool { return d.refuses(c) == WhyNone }

// refuses is the one predicate: why the agent cannot have something with this demand now; WhyNone when it can.
func (d *demand) refuses(c *candidate) Why {
	switch {
	case c.asked || c.Free < 1:
		return c.still()
	case c.Free < d.weight:
		return WhyRoom
	case d.tiers > 0 && c.tier() > d.tiers:
		return WhyTier
	case !hasSkills(c.Skills, d.skills):
		return WhySkills
	}
	return WhyNone
}

// sortedAgents lists the agents in order of id. Only a new class needs it.
func (q *Queue) sortedAgents() []*candidate {
	out := make([]*candidate, 0, len(q.agents))
	for _, c := range q.agents {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *candidate) int { return cmp.Compare(a.Agent, b.Agent) })
	return out
}

// list puts an agent who can take something into the indexes.
func (q *Queue) list(c *candidate) {
	q.recount(c)
	if c.asked || c.Free < 1 {
		return
	}
	c.key, c.free = q.keyOf(c), true
	q.free.insert(c)
	q.holders.put(c.slot, rung{ofRoom, c.Free})
	q.holders.put(c.slot, rung{ofTier, -c.tier()})
}

// unlist takes it out; it must happen before anything changes that its key or its reach depends on.
func (q *Queue) unlist(c *candidate) {
	if !c.free {
		return
	}
	c.free = false
	q.free.delete(c)
	q.holders.take(c.slot, rung{ofRoom, c.Free})
	q.holders.take(c.slot, rung{ofTier, -c.tier()})
}

// newcomer keeps an agent of which nothing is known.
func (q *Queue) newcomer(id AgentID) *candidate {
	c := &candidate{slot: len(q.slots)}
	c.Agent = id
	q.agents[id] = c
	q.slots = append(q.slots, c)
	return c
}

// longLook is how many nodes of the index in turn a search looks at before it is cheaper to find out who fits at all.
const longLook = 64

// inTurn visits the agents that fit a demand in the order of the strategy until visit returns false. It may begin anew:
// what visit does must not depend on how often it saw somebody before.
func (q *Queue) inTurn(k *class, visit func(*candidate) bool) {
	if q.settings.Strategy == Random {
		q.byLot(k, visit)
		return
	}
	if q.look(k, visit) {
		return
	}
	all := q.fitting(k)
	for i, c := range all {
		if beforeInTurn(c, all[0]) {
			all[0], all[i] = c, all[0]
		}
	}
	if len(all) == 0 || !visit(all[0]) {
		return
	}
	slices.SortFunc(all[1:], func(a, b *candidate) int {
		return cmp.Or(slices.Compare(a.key[:], b.key[:]), cmp.Compare(a.Agent, b.Agent))
	})
	for _, c := range all[1:] {
		if !visit(c) {
			return
		}
	}
}

// look visits those that fit in the order of their index, and reports whether that came to its end before it was too long.
func (q *Queue) look(k *class, visit func(*candidate) bool) (ended bool) {
	left := longLook
	enough := func(r *reach) bool {
		left--
		return left >= 0 && k.enough(r)
	}
	q.free.within(enough, func(c *candidate) bool { return left >= 0 && (!k.fits(c) || visit(c)) })
	q.looks += uint64(longLook - max(left, 0))
	return left >= 0
}

// fitting are all that fit a demand, in no order. The next call overwrites them.
func (q *Queue) fitting(k *class) []*candidate {
	q.found = q.found[:0]
	q.holders.ofAll(k, func(slot int) {
		q.looks++
		if c := q.slots[slot]; k.fits(c) {
			q.found = append(q.found, c)
		}
	})
	return q.found
}

// byLot visits in an order that is drawn. One who is drawn in vain costs another draw, so that all others come equally
// often; after some of them the rest comes in order of id, from a place that is drawn.
func (q *Queue) byLot(k *class, visit func(*candidate) bool) {
	n := q.free.len()
	if n == 0 {
		return
	}
	for try := range lots {
		if c := q.free.at(q.drawn(try, n)); k.fits(c) && !visit(c) {
			return
		}
	}
	all := q.fitting(k)
	slices.SortFunc(all, func(a, b *candidate) int { return cmp.Compare(a.Agent, b.Agent) })
	for i, from := 0, q.drawn(lots, len(all)); i < len(all); i++ {
		if !visit(all[(from+i)%len(all)]) {
			return
		}
	}
}

const lots = 16
