package dispatch

import (
	"slices"
	"time"
)

// shut: outside of its hours a queue that has a rule for that asks nobody.
func (q *Queue) shut() bool {
	return q.settings.Waits.Closed && q.rule(OverflowClosed) != nil && !planted("closed_offers")
}

func (q *Queue) rule(trigger OverflowTrigger) *OverflowRule {
	for i := range q.settings.Overflow {
		if q.settings.Overflow[i].Trigger == trigger {
			return &q.settings.Overflow[i]
		}
	}
	return nil
}

// overflow tells the conversation which rule is for it, again and again until its ticket goes.
func (q *Queue) overflow(t *turn, w *waiting) {
	if few := w.few; few != nil {
		if few.overAt.time().After(t.now) || few.moveAt.time().After(t.now) {
			return
		}
		few.overAt = 0
	}
	for i := range q.settings.Overflow {
		if r := &q.settings.Overflow[i]; !slices.Contains(w.rare().spent, r.Trigger) && q.isFor(r, w, t.now) {
			w.own().overAt = momentOf(t.now.Add(RetryPause))
			t.send(w.conversation().Address(), OverflowTicket{Ticket: w.version, From: q.id, Rule: *r})
			return
		}
	}
}

func (q *Queue) isFor(r *OverflowRule, w *waiting, now time.Time) bool {
	switch r.Trigger {
	case OverflowClosed:
		return q.settings.Waits.Closed
	case OverflowFull:
		return w.full
	case OverflowNobody:
		return q.est.ready == 0 && !q.nobodyAt.IsZero() && due(q.nobodyAt.Add(r.After), now)
	case OverflowWait:
		return due(w.since().Add(r.After), now)
	}
	return false
}

// nextOverflow is when a rule may be for w that is not now, whatever happens until then.
func (q *Queue) nextOverflow(w *waiting, now time.Time) time.Time {
	at := w.rare().overAt.time()
	if r := q.rule(OverflowWait); r != nil && !slices.Contains(w.rare().spent, OverflowWait) && !planted("max_wait_unwatched") {
		if over := w.since().Add(r.After); over.After(now) {
			at = earliest(at, over)
		}
	}
	return at
}

// letIn judges one who came just now by how many waited before. Who stays is judged never again.
func (q *Queue) letIn(w *waiting) {
	if r := q.rule(OverflowFull); r != nil && w.fresh && !planted("length_ignored") {
		w.full = q.waiting.len() > r.Length
	}
}

// watchNobody keeps since when no agent is ready, and when that has lasted for as long as the rule says.
func (q *Queue) watchNobody(now time.Time) {
	if q.est.ready > 0 {
		q.nobodyAt, q.nobodyDue = time.Time{}, time.Time{}
		return
	}
	if q.nobodyAt.IsZero() {
		q.nobodyAt, q.nobodyDue = now, time.Time{}
		if r := q.rule(OverflowNobody); r != nil {
			q.nobodyDue = now.Add(r.After)
		}
	}
}

// watchAnew is watchNobody by new settings.
func (q *Queue) watchAnew() {
	q.nobodyDue = time.Time{}
	if r := q.rule(OverflowNobody); r != nil && !q.nobodyAt.IsZero() {
		q.nobodyDue = q.nobodyAt.Add(r.After)
	}
}

// loadNobody: members that are ready may be on their way back to a server that was just started.
func (q *Queue) loadNobody(now time.Time, m LoadQueue) {
	q.nobodyAt = m.NobodySince
	if q.nobodyAt.IsZero() {
		q.nobodyAt = now
	}
	if back := now.Add(SuspectTime); len(m.Members) > 0 && back.After(q.nobodyAt) {
		q.nobodyAt = back
	}
	q.watchAnew()
}

// nobodyFor tells those who wait when nobody has been ready for long enough. Who comes later is told at once.
func (q *Queue) nobodyFor(t *turn) {
	if !due(q.nobodyDue, t.now) {
		return
	}
	q.nobodyDue = time.Time{}
	for _, w := range q.waiting.sorted() {
		if !w.rings() {
			q.overflow(t, w)
			q.setTimer(w, q.nextChange(t.now, w))
		}
	}
}
