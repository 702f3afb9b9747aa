package dispatch

import (
	"cmp"
	"slices"
	"time"
)

// findAgent asks the best agent that may have w; else w waits in its class, or for the agent it is kept for, until the
// timer that may change who may have it.
func (q *Queue) findAgent(t *turn, w *waiting) {
	w.leave()
	q.relax(t, w)
	switch {
	case q.wants(w) < 1:
	case q.shut():
		w.enter(q.held)
	default:
		q.askSomebody(t, w)
	}
	if !w.rings() {
		q.moveOn(t, w)
		q.overflow(t, w)
		q.tellPlace(t, w)
	}
	w.shrink()
	q.setTimer(w, q.nextChange(t.now, w))
}

// askSomebody asks as many as may be asked, or lets w wait in its class or for the agent it is kept for.
func (q *Queue) askSomebody(t *turn, w *waiting) {
	if q.settings.Mode == ModePull && !planted("offers_in_pull") {
		w.enter(w.class.tickets)
		return
	}
	for q.wants(w) > 0 {
		c, keeper := q.choose(t.now, w)
		switch {
		case c != nil:
			q.ask(t, w, c)
		case keeper != nil:
			keeper.keep(w)
			return
		default:
			w.enter(w.class.tickets)
			return
		}
	}
}

// choose is who gets w at now; nil: nobody, or it is kept for keeper.
func (q *Queue) choose(now time.Time, w *waiting) (c, keeper *candidate) {
	if c := q.agents[w.rare().preferred]; c != nil && w.class.fits(c) && w.mayGo(c) {
		return c, nil
	}
	if keeper := q.keeper(now, w); keeper != nil {
		return nil, keeper
	}
	return q.best(w), nil
}

// nextChange is when somebody else may have w, whatever agents tell until then.
func (q *Queue) nextChange(now time.Time, w *waiting) time.Time {
	var at time.Time
	few := w.rare()
	for i := range few.asks {
		at = earliest(at, few.asks[i].until)
	}
	if q.wants(w) < 1 {
		return at
	}
	at = earliest(at, earliest(q.nextStep(w), q.nextOverflow(w, now)))
	if !w.rings() {
		at = earliest(at, q.tellAt(w))
	}
	if len(few.excluded) > 0 && !w.relaxed && len(few.open) == 0 {
		at = earliest(at, few.relaxAt.time())
	}
	if len(few.skip) > 0 {
		at = earliest(at, now.Add(RetryPause))
	}
	if w.in != w.class.tickets && w.in != q.held {
		at = earliest(at, q.keptUntil(w))
	}
	return at
}

func (w *waiting) enter(in *btree[*waiting]) {
	w.in = in
	in.insert(w)
	if in == w.class.tickets {
		w.class.node.reordered()
	}
}

func (w *waiting) leave() {
	if w.in != nil {
		w.in.delete(w)
		if w.in == w.class.tickets {
			w.class.node.reordered()
		}
		w.in = nil
	}
}

// best is the first agent in turn that may have w; who refused it in this round comes after everybody else, also once
// the pause is over.
func (q *Queue) best(w *waiting) (found *candidate) {
	q.inTurn(w.class, func(c *candidate) bool {
		if !w.mayGo(c) {
			return true
		}
		if slices.Contains(w.rare().excluded, c.Agent) && !planted("excluded_ignored") {
			if found == nil {
				found = c
			}
			return true
		}
		found = c
		return false
	})
	return found
}

// mayGo: refused in this round, or skipped for a moment, means not now.
func (w *waiting) mayGo(c *candidate) bool {
	if planted("pause_ignored") && !w.ringsAt(c.Agent) {
		return !slices.Contains(w.rare().skip, c.Agent)
	}
	return w.refuses(c) == WhyNone
}

// refuses is why the agent may not have w now, whatever it could have.
func (w *waiting) refuses(c *candidate) Why {
	switch {
	case w.ringsAt(c.Agent):
		return WhyOfferOpen // of this one
	case slices.Contains(w.rare().skip, c.Agent):
		return WhySkipped
	case !w.relaxed && slices.Contains(w.rare().excluded, c.Agent):
		return WhyDeclined
	}
	return WhyNone
}

// findTicket gives the agent the earliest conversation of those that are kept for it and of all classes that it fits.
func (q *Queue) findTicket(t *turn, c *candidate) {
	if !c.free || q.settings.Mode == ModePull {
		return
	}
	best := q.firstFor(c, c.firstOf(c.kept, nil))
	if best == nil {
		return
	}
	q.ask(t, best, c)
	if q.wants(best) > 0 {
		q.findAgent(t, best)
		return
	}
	q.setTimer(best, q.nextChange(t.now, best))
}

// firstOf is the first ticket of an index that the agent may have, unless best comes before it.
func (c *candidate) firstOf(index *btree[*waiting], best *waiting) *waiting {
	if index.len() == 0 {
		return best
	}
	index.ascend(func(w *waiting) bool {
		if best != nil && !earlierPlace(w, best) {
			return false
		}
		if w.mayGo(c) && w.class.fits(c) {
			best = w
			return false
		}
		return true
	})
	return best
}

// ask sends the reservation: the ticket waits for its outcome, the agent gets nothing more until it tells again.
func (q *Queue) ask(t *turn, w *waiting, c *candidate) {
	why := q.decide(w, c, nil)
	q.turns++
	w.leave()
	id := w.conversation()
	offer := q.offerID(t.now, w, id)
	few := w.own()
	few.asks = append(few.asks, asking{agent: c.Agent, offer: offer, ticket: w.version, until: t.now.Add(reserveLease)})
	q.unlist(c)
	q.setAsk(c, t.now.Add(reserveLease))
	c.asked, c.turn = true, q.turns
	q.recount(c)
	q.served = c.used
	c.used += c.portion()
	t.send(c.Agent.Address(), Reserve{
		Offer: offer, Conversation: id, Queue: q.id, Ticket: w.version, Kind: q.settings.Mode.offers(),
		Weight: w.class.weight, Skills: w.class.skills, Tiers: w.class.tiers, Relaxed: q.relaxations(w), NewRound: w.relaxed,
		Why:      why,
		Parallel: q.settings.parallel(),
	})
}

func comparePlace(a, b *waiting) int {
	if a.place != b.place {
		return cmp.Compare(a.place, b.place)
	}
	return compareConversation(a, b)
}

func earlierPlace(a, b *waiting) bool {
	if planted("last_come_first_served") {
		return comparePlace(a, b) > 0
	}
	return comparePlace(a, b) < 0
}
