package dispatch

import (
	"slices"
	"time"
)

// waiting is a ticket in the queue. A queue may have a million of them, so it holds what every one has in few bytes, and
// what few have behind one pointer. TestAWaitingConversationIsSmall has the limit.
type waiting struct {
	id         shortID // zero: rare has the name
	version    uint64
	came, here moment // its original place; since when it has been in this queue
	place      int64  // microseconds: less is earlier
	timer      moment // what comes first of lease end, end of the round's pause, next step
	toldAt     moment // when the contact was told a position
	class      *class
	in         *btree[*waiting] // of its class, or of who it is kept for; nil: an agent is being asked
	skills     *[]SkillNeed     // that it came with; nil: none
	few        *rare            // nil: it has nothing of that
	told       int32            // position in line that the contact knows
	steps      int32            // of relaxation that are in force
	priority   int8             // what is beyond maxClass counts as that
	top        bool
	fresh      bool // it was not let into the line yet
	relaxed    bool // the round is over: everybody may get it again
	full       bool // too many waited when it came
}

// rare is what few tickets have at a time.
type rare struct {
	name      ConversationID // an id that is not one of ours
	excluded  []AgentID      // refused in this round
	relaxAt   moment         // when the round starts over
	preferred AgentID
	open      []AgentID         // are being asked already
	spent     []OverflowTrigger // rules that it has had
	asks      []asking
	skip      []AgentID
	moveAt    moment // when to tell its conversation again that it belongs into another queue
	overAt    moment // when to tell it again that a rule of overflow is for it
}

// asking is an agent who was asked to hold a slot, and has neither refused nor was heard of.
type asking struct {
	agent  AgentID
	offer  OfferID
	ticket uint64
	until  time.Time // then it is taken for lost
}

// hold takes over what the queue needs of a ticket, but for what it asks for; its slices are shared from then on.
func (q *Queue) hold(t *Ticket) *waiting {
	w := &waiting{
		version: t.Version, came: momentOf(t.EnqueuedAt), here: momentOf(t.Since), toldAt: momentOf(t.ToldAt), told: int32(t.Told),
		priority: int8(max(-maxClass, min(t.Priority, maxClass))), top: t.Top, fresh: t.Fresh,
	}
	if w.here == 0 {
		w.here = w.came
	}
	few := rare{excluded: t.Excluded, relaxAt: momentOf(t.RelaxAt), preferred: t.Preferred, open: t.Open, spent: t.Spent}
	if c := q.agents[t.Preferred]; c != nil {
		few.preferred = c.Agent // the same text once
	}
	if w.id = shortOf(t.Conversation); w.id == (shortID{}) {
		few.name = t.Conversation
	}
	if !few.empty() {
		own := few // only this one is on the heap
		w.few = &own
	}
	return w
}

func (w *waiting) conversation() ConversationID {
	if w.id == (shortID{}) {
		return w.rare().name
	}
	return w.id.conversation()
}

var none rare // of every ticket that has nothing of it: never written

// rare is to be read only.
func (w *waiting) rare() *rare {
	if w.few == nil {
		return &none
	}
	return w.few
}

// own is to be written.
func (w *waiting) own() *rare {
	if w.few == nil {
		w.few = &rare{}
	}
	return w.few
}

// shrink gives back what is empty.
func (w *waiting) shrink() {
	if w.few != nil && w.few.empty() {
		w.few = nil
	}
}

func (r *rare) empty() bool {
	return r.name == "" && r.preferred == "" && r.relaxAt == 0 && r.moveAt == 0 && r.overAt == 0 &&
		len(r.excluded)+len(r.open)+len(r.spent)+len(r.asks)+len(r.skip) == 0
}

// since is from when on its wait in this queue counts.
func (w *waiting) since() time.Time { return w.here.time() }

// wanted is what the ticket came with, before any relaxation.
func (w *waiting) wanted(weight int) demand {
	d := demand{weight: weight}
	if w.skills != nil {
		d.skills = *w.skills
	}
	return d
}

// share gives the skills that a ticket came with the memory of its class, if they are the same.
func (k *class) share(skills []SkillNeed) *[]SkillNeed {
	switch {
	case len(skills) == 0:
		return nil
	case slices.Equal(skills, k.skills):
		return &k.skills
	}
	own := skills
	return &own
}

// moment is a time in eight bytes, nanoseconds of Unix time; 0 is no time.
type moment int64

func momentOf(t time.Time) moment {
	if t.IsZero() {
		return 0
	}
	return moment(t.UnixNano())
}

func (m moment) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(m)).UTC()
}
