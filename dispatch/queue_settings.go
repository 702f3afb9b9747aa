package dispatch

import (
	"cmp"
	"hash/fnv"
	"math/bits"
	"slices"
	"time"
)

// Strategy says which of the agents that can take a conversation gets it.
type Strategy string

// The strategies. Ties are broken by idle time, then by id: never by chance.
const (
	LongestIdle       Strategy = "longest_idle"
	LeastBusy         Strategy = "least_busy"
	MostSpareCapacity Strategy = "most_spare_capacity"
	RoundRobin        Strategy = "round_robin"
	TopDown           Strategy = "top_down" // by tier; the next tier only when nobody of the earlier ones can take it
	Weighted          Strategy = "weighted" // each in proportion to its share, evenly mixed
	Random            Strategy = "random"   // from the seed: the same seed gives the same choices
)

// QueueMode says how conversations get from a queue to its agents.
type QueueMode string

// The modes. The empty one is push.
const (
	ModePush QueueMode = "push" // they are offered
	ModePull QueueMode = "pull" // nothing is offered: the members see who waits, and pick
	ModeAuto QueueMode = "auto" // they are given, without a question
)

// offers is the kind of what a queue in this mode asks agents to hold a slot for.
func (m QueueMode) offers() OfferKind {
	if m == ModeAuto {
		return OfferAuto
	}
	return OfferFromQueue
}

// QueueSettings are what an administrator sets of a queue, as far as its machine needs it.
type QueueSettings struct {
	Strategy Strategy
	Seed     uint64        // of Random
	AgeBoost time.Duration // how much waiting time one priority class is worth; 0: no waiting makes up for a class
	Relax    []RelaxStep   // in order of time

	PreferFor time.Duration  // how long a conversation is kept for its preferred agent, who is there and busy
	Overflow  []OverflowRule // at most one for a trigger, in the order of the triggers
	Waits     WaitRules
	Mode      QueueMode
	Parallel  int // agents that are asked for one conversation at the same time; 0 is 1

	PositionEvery time.Duration // how often a conversation is told its new place at most; 0: never
	ServiceTarget time.Duration // within which a conversation should be answered
	Alerts        AlertRules
}

// DefaultQueueSettings are the defaults of the documentation.
func DefaultQueueSettings() QueueSettings {
	return QueueSettings{Strategy: LongestIdle, AgeBoost: 10 * time.Minute, ServiceTarget: 20 * time.Second}
}

// noAgeing is longer than anybody waits, and twenty classes of it fit into a place.
const noAgeing = 100 * 365 * 24 * time.Hour

// topPlaces is more than any priority and age can be worth together.
const topPlaces = 1 << 60

// placeOf is where a ticket waits, in microseconds: less is earlier. Ordering by arrival − priority × AgeBoost is the
// continuous form of "class, then age, ageing one class per AgeBoost", and it is constant in time, so that a waiting
// conversation never needs to be moved in the index.
func (q *Queue) placeOf(w *waiting) int64 {
	at := w.came.time().UnixMicro()
	if w.top && !planted("top_forgotten") {
		return at - topPlaces
	}
	boost := q.settings.AgeBoost
	if boost <= 0 {
		boost = noAgeing
	}
	return at - int64(w.priority)*boost.Microseconds()
}

// maxClass is the highest priority; the lowest is its negative. What no channel takes must not turn the order around.
const maxClass = 10

// configure puts new settings in force: agents and tickets are indexed anew where their order depends on what changed.
func (q *Queue) configure(t *turn, s QueueSettings) {
	old := q.settings
	q.settings = s
	q.told.changed = true
	if s.Strategy != old.Strategy {
		q.listAnew()
	}
	q.watchNobody(t.now)
	q.watchAnew()
	if planted("boost_forgotten") && s.AgeBoost != old.AgeBoost {
		return
	}
	if s.AgeBoost != old.AgeBoost || !slices.Equal(s.Relax, old.Relax) || s.PreferFor != old.PreferFor || s.PositionEvery != old.PositionEvery ||
		!slices.Equal(s.Overflow, old.Overflow) || s.Waits.Closed != old.Waits.Closed || s.Mode != old.Mode || s.Parallel != old.Parallel {
		q.queueAnew(t)
	}
}

func (q *Queue) listAnew() {
	agents := q.sortedAgents()
	for _, c := range agents {
		q.unlist(c)
	}
	for _, c := range agents {
		q.list(c)
	}
}

// queueAnew gives every ticket its place and its demand by the new settings, and looks for agents where nobody is asked.
func (q *Queue) queueAnew(t *turn) {
	all := q.waiting.sorted()
	for _, w := range all {
		q.est.leave(w)
		w.leave()
	}
	for _, w := range all {
		w.place = q.placeOf(w)
		q.est.join(w)
		q.demandNow(t, w)
	}
	slices.SortFunc(all, comparePlace)
	for _, w := range all {
		if q.wants(w) > 0 {
			q.findAgent(t, w)
		}
	}
}

// shareUnit divided by a share is what one conversation uses up: fine enough that the rounding of a division does not
// show, and 2^37 conversations do not overflow.
const shareUnit = 1 << 26

// keyOf is where an agent stands in turn.
func (q *Queue) keyOf(c *candidate) [2]int64 {
	idle := c.IdleSince.UnixMicro()
	switch q.settings.Strategy {
	case LeastBusy:
		return [2]int64{int64(c.Load), idle}
	case MostSpareCapacity:
		return [2]int64{-int64(c.Free), idle}
	case RoundRobin:
		return [2]int64{c.turn, idle}
	case TopDown:
		return [2]int64{int64(c.tier()), idle}
	case Weighted:
		return [2]int64{c.used + c.portion()/2, idle} // by the middle of the next portion: as even as it can be
	case Random:
		return [2]int64{}
	case LongestIdle:
	}
	return [2]int64{idle, 0}
}

// portion is what one conversation takes of an agent's share.
func (c *candidate) portion() int64 { return shareUnit / int64(c.share()) }

func (c *candidate) tier() int {
	if planted("tier_ignored") {
		return 1
	}
	return max(1, c.Tier)
}

func (c *candidate) share() int {
	if planted("share_ignored") {
		return 1
	}
	return max(1, c.Share)
}

func beforeInTurn(a, b *candidate) bool {
	return compareTurn(a, b) < 0
}

func compareTurn(a, b *candidate) int {
	for i := range a.key {
		if a.key[i] != b.key[i] {
			return cmp.Compare(a.key[i], b.key[i])
		}
	}
	return cmp.Compare(a.Agent, b.Agent)
}

// drawn is a number below n of the queue's own sequence: it depends on the seed, the queue, the reservations so far and
// how often was drawn for the next one.
func (q *Queue) drawn(try, n int) int {
	h := fnv.New64a()
	h.Write([]byte(q.id)) // a hash never fails
	x := (q.settings.Seed ^ h.Sum64()) + uint64(q.turns+1)*0x9e3779b97f4a7c15 + uint64(try)<<32
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	below, _ := bits.Mul64(x^x>>31, uint64(n))
	return int(below)
}
