package dispatch

import (
	"cmp"
	"slices"
)

// classFor returns the class of a ticket's demand; a new one indexes the agents that fit it.
func (q *Queue) classFor(t Ticket) *class {
	for _, k := range q.classes {
		if k.weight == t.Weight && slices.Equal(k.skills, t.Skills) {
			return k
		}
	}
	q.forgetEmptyClasses()
	k := &class{weight: t.Weight, skills: t.Skills, tickets: newTree(earlierPlace), agents: newTree(beforeInTurn)}
	q.classes = append(q.classes, k)
	for _, c := range q.sortedAgents() {
		if k.fits(c) {
			k.agents.insert(c)
			c.in = append(c.in, k)
		}
	}
	return k
}

const keptClasses = 16 // empty ones are forgotten beyond this number

func (q *Queue) forgetEmptyClasses() {
	if len(q.classes) < keptClasses {
		return
	}
	used := make([]*class, 0, len(q.classes))
	for _, k := range q.classes {
		if k.held > 0 {
			used = append(used, k)
			continue
		}
		k.agents.ascend(func(c *candidate) bool {
			c.in = slices.DeleteFunc(c.in, func(o *class) bool { return o == k })
			return true
		})
	}
	q.classes = used
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

func (k *class) fits(c *candidate) bool {
	return !c.asked && c.Free >= k.weight && hasSkills(c.Skills, k.skills)
}

// list puts an agent into the index of every class that it fits.
func (q *Queue) list(c *candidate) {
	c.key = q.keyOf(c)
	for _, k := range q.classes {
		if k.fits(c) {
			k.agents.insert(c)
			c.in = append(c.in, k)
		}
	}
}

// unlist takes it out of all; it must happen before anything that its key depends on changes.
func (q *Queue) unlist(c *candidate) {
	for _, k := range c.in {
		k.agents.delete(c)
	}
	c.in = c.in[:0]
}

func (q *Queue) keyOf(c *candidate) [2]int64 {
	idle := c.IdleSince.UnixMicro()
	switch q.strategy {
	case LeastBusy:
		return [2]int64{int64(c.Load), idle}
	case MostSpareCapacity:
		return [2]int64{-int64(c.Free), idle}
	case RoundRobin:
		return [2]int64{c.turn, idle}
	case LongestIdle:
	}
	return [2]int64{idle, 0}
}

func beforeInTurn(a, b *candidate) bool {
	return cmp.Or(cmp.Compare(a.key[0], b.key[0]), cmp.Compare(a.key[1], b.key[1]), cmp.Compare(a.Agent, b.Agent)) < 0
}

// configure re-indexes the agents under the new strategy.
func (q *Queue) configure(m ConfigureQueue) {
	if m.Strategy == q.strategy || m.Strategy == "" {
		return
	}
	agents := q.sortedAgents()
	for _, c := range agents {
		q.unlist(c)
	}
	q.strategy = m.Strategy
	for _, c := range agents {
		q.list(c)
	}
}
