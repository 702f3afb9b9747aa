package dispatch

import (
	"slices"
	"time"
)

// A conversation may prefer an agent: the one who answered last, or one that was named. If that one is free it gets it. If it
// is at work and busy, the conversation is kept for it until the queue's time is over, and then goes to the pool. For one who
// is absent, or could not take it at all, nothing is kept.

// keeper is who a ticket is kept for at now; nil: the pool may have it.
func (q *Queue) keeper(now time.Time, w *waiting) *candidate {
	if w.rare().preferred == "" || !now.Before(q.keptUntil(w)) && !planted("kept_for_ever") {
		return nil
	}
	c := q.agents[w.rare().preferred]
	if c == nil || !w.class.couldFit(c) {
		return nil
	}
	if w.rings() { // kept while it rings there alone
		return keptBy(w, c)
	}
	if !w.mayGo(c) {
		return nil
	}
	return c
}

func keptBy(w *waiting, c *candidate) *candidate {
	if few := w.rare(); len(few.open)+len(few.asks) == 1 && w.ringsAt(c.Agent) {
		return c
	}
	return nil
}

func (q *Queue) keptUntil(w *waiting) time.Time { return w.since().Add(q.settings.PreferFor) }

// couldFit: at work, and fit once its other work ends.
func (d *demand) couldFit(c *candidate) bool {
	if planted("kept_for_the_absent") && c.Capacity == 0 {
		return true
	}
	return c.Capacity >= max(1, d.weight) && (d.tiers == 0 || c.tier() <= d.tiers) && hasSkills(c.Skills, d.skills)
}

func (c *candidate) keep(w *waiting) {
	if c.kept == nil {
		c.kept = newBtree(earlierPlace)
	}
	w.enter(c.kept)
}

// keepsAs: what matters for keeping is what it was.
func (c *candidate) keepsAs(old *Availability) bool {
	return c.Capacity == old.Capacity && c.Tier == old.Tier && slices.Equal(c.Skills, old.Skills)
}

// letGo looks again for whoever may have what was kept for an agent.
func (q *Queue) letGo(t *turn, c *candidate) {
	all := make([]*waiting, 0, c.kept.len())
	c.kept.ascend(func(w *waiting) bool {
		all = append(all, w)
		return true
	})
	for _, w := range all {
		q.findAgent(t, w)
	}
}
