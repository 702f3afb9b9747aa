package dispatch

import "slices"

// still is why the agent can have nothing at all now; WhyNone while it can have something.
func (c *candidate) still() Why {
	switch {
	case c.asked && c.Version == 0:
		return WhyUnknown
	case c.asked:
		return WhyAsked
	case c.Free >= 1:
		return WhyNone
	}
	if why, known := ownWords[c.Why]; known {
		return why
	}
	return WhyUnknown
}

// recount keeps the agents that can have nothing by their cause.
func (q *Queue) recount(c *candidate) {
	why := c.still()
	if c.counted == why || planted("why_not_recounted") && c.counted == WhyOfferOpen {
		return
	}
	if c.counted != WhyNone {
		q.rest.delete(c)
		q.stills[c.counted]--
	}
	c.counted = why
	if why != WhyNone {
		q.rest.insert(c)
		q.stills[why]++
	}
}

func nearestFirst(a, b *candidate) bool {
	if a.counted != b.counted {
		return a.counted < b.counted
	}
	return a.Agent < b.Agent
}

// decision collects what is told of one. A queue has a single one, whose memory every decision uses again.
type decision struct {
	q              *Queue
	w              *waiting
	chosen, keeper *candidate
	named          []Candidate
	left           []WhyCount // who is not
	seen           int        // free agents that are named
	passed         int        // that were looked at in vain
	otherwise      Why        // why one who could have it does not get it
}

// room for one more name.
func (d *decision) room() bool { return len(d.named) < MaxCandidates }

func (d *decision) add(c *candidate, why Why) {
	d.named = append(d.named, Candidate{Agent: c.Agent, Why: why})
}

// decide tells why chosen gets w and the others do not; nobody gets it with a nil one. It must come before anything changes.
// The work is bounded: so many of the free agents, who fits first, in the order of the strategy, and the nearest of the
// others by an index; the counts of those are kept.
func (q *Queue) decide(w *waiting, chosen, keeper *candidate) *Decision {
	d := &q.decision
	*d = decision{q: q, w: w, chosen: chosen, keeper: keeper, named: d.named[:0], left: d.left[:0], otherwise: q.otherwise(w, chosen, keeper)}
	if chosen != nil {
		d.add(chosen, WhyChosen)
		if chosen.free {
			d.seen++
		}
	}
	q.look(w.class, d.lookAt)
	if d.room() && d.seen < q.free.len() {
		q.free.ascend(d.lookElsewhere)
	}
	return q.record(d)
}

// record is what is kept of a decision: those who are named, the nearest of who can have nothing too, and how many of each
// cause are not.
func (q *Queue) record(d *decision) *Decision {
	stills := q.stills
	if c := d.chosen; c != nil && c.counted != WhyNone { // it picked beyond what it would be offered
		stills[c.counted]--
	}
	q.rest.ascend(func(c *candidate) bool {
		if !d.room() {
			return false
		}
		if c != d.chosen {
			d.add(c, c.counted)
			stills[c.counted]--
		}
		return true
	})
	for why, n := range stills {
		if n > 0 {
			d.left = append(d.left, WhyCount{Why: Why(why), N: n})
		}
	}
	out := d.keep()
	out.Strategy, out.Waiting, out.Unseen = q.settings.Strategy, q.waiting.len(), q.free.len()-d.seen
	return out
}

// keep copies what was collected into memory of its own; a full one is one piece with its names.
func (d *decision) keep() *Decision {
	var out *Decision
	if len(d.named) == MaxCandidates {
		full := &struct {
			Decision
			named [MaxCandidates]Candidate
		}{}
		full.Candidates, out = full.named[:], &full.Decision
	} else {
		out = &Decision{Candidates: make([]Candidate, len(d.named))}
	}
	copy(out.Candidates, d.named)
	if len(d.left) > 0 {
		out.Counts = make([]WhyCount, len(d.left))
		copy(out.Counts, d.left)
	}
	return out
}

// lookAt takes one who fits.
func (d *decision) lookAt(c *candidate) bool {
	if c == d.chosen {
		return true
	}
	why := d.w.refuses(c)
	switch {
	case d.otherwise == WhyPull && why != WhyOfferOpen: // who refused an offer may pick
		why = WhyPull
	case why != WhyNone:
	case slices.Contains(d.w.rare().excluded, c.Agent): // a new round: it comes after those that did not refuse
		why = WhyDeclined
	default:
		why = d.otherwise
	}
	d.add(c, why)
	d.seen++
	return d.room()
}

// lookElsewhere takes one who does not fit, and passes over the others. They may be further ones than those that were found.
func (d *decision) lookElsewhere(c *candidate) bool {
	if c == d.chosen {
		return true
	}
	why := d.w.class.refuses(c)
	if why == WhyNone {
		d.passed++
		return d.passed < maxLooked
	}
	if why == WhySkills && planted("why_blames_another") {
		why = WhyTier
	}
	d.add(c, why)
	d.seen++
	return d.room()
}

// otherwise is why one who could have w does not get it.
func (q *Queue) otherwise(w *waiting, chosen, keeper *candidate) Why {
	switch {
	case q.settings.Mode == ModePull && (chosen != nil || !q.shut()):
		return WhyPull
	case chosen != nil && chosen.Agent == w.rare().preferred:
		return WhyPreferred
	case chosen != nil:
		return WhyLower
	case q.shut():
		return WhyShut
	case keeper != nil:
		return WhyKept
	}
	return WhyLower
}

// whyNobody is the decision for one who waits in line.
func (q *Queue) whyNobody(t *turn, w *waiting) *Decision {
	var keeper *candidate
	if w.in != w.class.tickets {
		keeper = q.keeper(t.now, w)
	}
	return q.decide(w, nil, keeper)
}

func (q *Queue) askWhy(t *turn, m AskWhy) error {
	w := q.waiting.of(m.Conversation)
	if w == nil {
		return refuse(CodeNotFound, "it does not wait here")
	}
	t.answer(ReplyWhy{Decision: *q.whyNobody(t, w), Place: q.standing(t.now, w)})
	return nil
}
