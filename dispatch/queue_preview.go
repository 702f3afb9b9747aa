package dispatch

import (
	"slices"
	"time"
)

// preview says who would get a conversation that does not exist, by the choice and the predicate of real ones. It changes
// nothing that a later decision could see: its ticket is in no index, its class in no tree, and the numbers of its skills are
// given back.
func (q *Queue) preview(now time.Time, m AskPreview) ReplyWhy {
	w := q.hold(&Ticket{
		Conversation: "~", // behind those who came at the same moment
		Priority:     m.Priority, EnqueuedAt: now.Add(-m.Waited), Preferred: m.Preferred,
	})
	w.steps = q.stepsOf(w, now)
	wanted := demand{weight: max(1, m.Weight), skills: m.Skills}
	w.class = &class{demand: demandAfter(q.settings.Relax, wanted, int(w.steps), nil), tickets: newBtree(earlierPlace)}
	w.class.path = q.numbers.climb(nil, &w.class.demand)
	w.class.needs = needs(w.class.path)
	defer func() {
		for _, s := range w.class.skills {
			q.numbers.release(s.ID)
		}
	}()
	w.place = q.placeOf(w)
	var chosen, keeper *candidate
	if !q.shut() && q.settings.Mode != ModePull {
		chosen, keeper = q.choose(now, w)
	}
	r := ReplyWhy{Decision: *q.decide(w, chosen, keeper), Place: q.standing(now, w)}
	r.Decision.leaveOut(WhyLeft) // who would get it is asked of those who are here
	r.Decision.Waiting++
	r.Place.Waiting++
	return r
}

// leaveOut takes those of a cause out of the decision. Agents that are not named because of them stay counted.
func (d *Decision) leaveOut(why Why) {
	d.Candidates = slices.DeleteFunc(d.Candidates, func(c Candidate) bool { return c.Why == why })
	d.Counts = slices.DeleteFunc(d.Counts, func(c WhyCount) bool { return c.Why == why })
}
