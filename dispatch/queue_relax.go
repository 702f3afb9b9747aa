package dispatch

import (
	"slices"
	"time"
)

// RelaxAction is what a step of relaxation does to a conversation that has waited long enough.
type RelaxAction string

// The actions.
const (
	RelaxLower RelaxAction = "lower" // a lower level of a skill will do
	RelaxDrop  RelaxAction = "drop"  // the skill is not asked for any more
	RelaxTier  RelaxAction = "tier"  // agents of further tiers may have it; a queue with such a step begins with tier 1
	RelaxQueue RelaxAction = "queue" // it belongs into another queue from now on
)

// RelaxStep weakens what the conversations of a queue ask for, once they have waited in it for After.
type RelaxStep struct {
	After  time.Duration
	Action RelaxAction
	Skill  SkillID // lower, drop; empty: all
	By     int     // lower: levels, tier: tiers; 0 is 1
	Queue  QueueID // queue
}

// Relaxation is one step that did something for a conversation.
type Relaxation struct {
	Action RelaxAction   `cbor:"1,keyasint"`
	Skill  SkillID       `cbor:"2,keyasint,omitempty"`
	Level  int           `cbor:"3,keyasint,omitempty"` // lower: the level that is asked for now
	Tier   int           `cbor:"4,keyasint,omitempty"` // tier: the highest that may have it now
	After  time.Duration `cbor:"5,keyasint"`
}

// stepsDue counts the steps whose time has come for one who has waited since then.
func stepsDue(steps []RelaxStep, since, now time.Time) int {
	n := 0
	if planted("relaxed_early") {
		now = now.Add(5 * time.Second)
	}
	for n < len(steps) && due(since.Add(steps[n].After), now) {
		n++
	}
	return n
}

// here is since when the conversation has waited in this queue.
func (t *Ticket) here() time.Time {
	if t.Since.IsZero() {
		return t.EnqueuedAt
	}
	return t.Since
}

// demandAfter is what is left of a demand after the first n of the steps. What they did goes to done, unless it is nil.
func demandAfter(steps []RelaxStep, d demand, n int, done *[]Relaxation) demand {
	if slices.ContainsFunc(steps, func(s RelaxStep) bool { return s.Action == RelaxTier }) {
		d.tiers = 1
	}
	for _, s := range steps[:n] {
		d.relax(s, done)
	}
	return d
}

// relaxations lists what the steps in force did for a ticket.
func (q *Queue) relaxations(w *waiting) []Relaxation {
	var out []Relaxation
	if w.steps > 0 {
		demandAfter(q.settings.Relax, w.wanted(w.class.weight), int(w.steps), &out)
	}
	return out
}

// relax carries out one step. A demand never shares memory with a weaker one.
func (d *demand) relax(s RelaxStep, done *[]Relaxation) {
	by := max(1, s.By)
	note := func(r Relaxation) {
		if done != nil {
			r.Action, r.After = s.Action, s.After
			*done = append(*done, r)
		}
	}
	switch s.Action {
	case RelaxLower:
		d.skills = slices.Clone(d.skills)
		for i := range d.skills {
			if n := &d.skills[i]; (s.Skill == "" || s.Skill == n.ID) && n.MinLevel > 1 {
				n.MinLevel = max(1, n.MinLevel-by)
				note(Relaxation{Skill: n.ID, Level: n.MinLevel})
			}
		}
	case RelaxDrop:
		kept := make([]SkillNeed, 0, len(d.skills))
		for _, n := range d.skills {
			if s.Skill == "" || s.Skill == n.ID {
				note(Relaxation{Skill: n.ID})
				continue
			}
			kept = append(kept, n)
		}
		d.skills = kept
	case RelaxTier:
		d.tiers += by
		note(Relaxation{Tier: d.tiers})
	case RelaxQueue: // the conversation moves
	}
}

func (q *Queue) stepsOf(w *waiting, now time.Time) int32 {
	return int32(stepsDue(q.settings.Relax, w.since(), now))
}

// demandNow puts the steps in force that are due. The ticket must be in no index.
func (q *Queue) demandNow(t *turn, w *waiting) {
	w.steps = q.stepsOf(w, t.now)
	if w.few != nil {
		w.few.moveAt = 0
	}
	old := w.class
	w.class = q.classFor(demandAfter(q.settings.Relax, w.wanted(old.weight), int(w.steps), nil))
	w.class.held++
	q.unheld(old)
}

// relax moves a ticket to its weaker demand when a step is due.
func (q *Queue) relax(t *turn, w *waiting) {
	if q.stepsOf(w, t.now) == w.steps || planted("relaxation_forgotten") {
		return
	}
	q.demandNow(t, w)
}

// moveOn tells the conversation that it has waited here long enough, again and again until its ticket goes.
func (q *Queue) moveOn(t *turn, w *waiting) {
	if w.steps == 0 || q.settings.Relax[w.steps-1].Action != RelaxQueue {
		return
	}
	to := q.settings.Relax[w.steps-1].Queue
	if to == q.id || to == "" || w.rare().moveAt.time().After(t.now) {
		return
	}
	w.own().moveAt = momentOf(t.now.Add(RetryPause))
	t.send(w.conversation().Address(), MoveToQueue{Ticket: w.version, From: q.id, To: to})
}

// nextStep is when the next step is due; zero: never.
func (q *Queue) nextStep(w *waiting) time.Time {
	moveAt := w.rare().moveAt.time()
	if int(w.steps) == len(q.settings.Relax) {
		return moveAt
	}
	return earliest(moveAt, w.since().Add(q.settings.Relax[w.steps].After))
}
