package dispatch

import (
	"cmp"
	"math/bits"
	"slices"
)

// rung is one thing that a demand asks for, or that an agent has: so much of it.
type rung struct{ of, level int }

// What a rung is of, beside skills, whose numbers begin at 0.
const (
	ofAll  = -3 // the demand that asks for nothing
	ofRoom = -2 // the weight of a conversation, the room of an agent
	ofTier = -1 // both negative: an agent of a lower tier has more
)

func compareRungs(a, b rung) int {
	return cmp.Or(cmp.Compare(a.of, b.of), cmp.Compare(a.level, b.level))
}

// maxGrades is the most levels of one thing that the indexes tell apart; those beyond count as the nearest.
const maxGrades = 10

func (r rung) grade() int {
	switch r.of {
	case ofRoom:
		return min(max(r.level, 1), maxGrades) - 1
	case ofTier:
		return maxGrades - min(max(-r.level, 1), maxGrades)
	}
	return min(max(r.level, 1), skillLevels) - 1
}

// skillNumbers gives the skills that demands and agents of a queue name small numbers while they do.
type skillNumbers struct {
	named map[SkillID]*skillNumber
	free  []int // to be given again
}

type skillNumber struct{ n, users int }

func (s *skillNumbers) take(id SkillID) int {
	k := s.named[id]
	if k == nil {
		k = &skillNumber{n: len(s.named)}
		if last := len(s.free) - 1; last >= 0 {
			k.n, s.free = s.free[last], s.free[:last]
		}
		s.named[id] = k
	}
	k.users++
	return k.n
}

func (s *skillNumbers) release(id SkillID) {
	k := s.named[id]
	if k.users--; k.users == 0 {
		s.free = append(s.free, k.n)
		delete(s.named, id)
	}
}

// climb is what a demand asks for, in order. What every agent with anything free has is left out.
func (s *skillNumbers) climb(to []rung, d *demand) []rung {
	if d.weight > 1 {
		to = append(to, rung{ofRoom, d.weight})
	}
	if d.tiers > 0 {
		to = append(to, rung{ofTier, -d.tiers})
	}
	for _, n := range d.skills {
		to = append(to, rung{s.take(n.ID), n.MinLevel})
	}
	slices.SortFunc(to, compareRungs)
	return to
}

// skillsOf is what an agent has, in order, each skill once.
func (s *skillNumbers) skillsOf(to []rung, have []SkillLevel) []rung {
	for _, h := range have {
		to = append(to, rung{s.take(h.ID), h.Level})
	}
	slices.SortFunc(to, func(a, b rung) int { return cmp.Or(cmp.Compare(a.of, b.of), cmp.Compare(b.level, a.level)) })
	return slices.CompactFunc(to, func(a, b rung) bool { return a.of == b.of })
}

// reach is the most that anybody of a set of agents can take: a search passes over a set that is out of its reach. One that
// is within its reach may still have nobody, when one agent has this and another one that.
type reach struct {
	skills skillSet
	room   int // the most
	tier   int // the lowest
}

func (r *reach) add(o *reach) {
	for i := range r.skills {
		r.skills[i] |= o.skills[i]
	}
	r.room, r.tier = max(r.room, o.room), min(r.tier, o.tier)
}

// skillSet has a bit for each level of a skill. Beyond 51 skills some share theirs, which makes a search longer and not wrong.
type skillSet [4]uint64

const skillLevels = 5

// put adds the levels from 1 to that of a rung, or only that one.
func (s *skillSet) put(r rung, only bool) {
	for g := r.grade(); g >= 0; g-- {
		bit := uint(r.of*skillLevels+g) % uint(64*len(s))
		s[bit/64] |= 1 << (bit % 64)
		if only {
			return
		}
	}
}

func (s *skillSet) has(all *skillSet) bool {
	for i := range s {
		if all[i]&^s[i] != 0 {
			return false
		}
	}
	return true
}

// needs are the skills of a demand as a set.
func needs(path []rung) (s skillSet) {
	for _, r := range path {
		if r.of >= 0 {
			s.put(r, true)
		}
	}
	return s
}

// reachOf is what an agent can take.
func reachOf(c *candidate) reach { return reach{skills: c.skills, room: c.Free, tier: c.tier()} }

// enough: somebody of a set may fit.
func (k *class) enough(r *reach) bool {
	return r.room >= k.weight && (k.tiers == 0 || r.tier <= k.tiers) && r.skills.has(&k.needs)
}

// learn keeps what an agent has in the form of the indexes, once it is another than before.
func (q *Queue) learn(c *candidate, have []SkillLevel) {
	if slices.Equal(c.Skills, have) {
		return
	}
	for _, r := range c.has {
		q.holders.take(c.slot, r)
	}
	forget := c.Skills
	c.has, c.skills = q.numbers.skillsOf(c.has[:0], have), skillSet{}
	for _, id := range forget {
		q.numbers.release(id.ID)
	}
	for _, r := range c.has {
		q.holders.put(c.slot, r)
		c.skills.put(r, false)
	}
}

// holders are who has how much of what: a set of agents for each thing and grade, and those with more are in it too. Only who
// is free has room and a tier. Many of them at once cost next to nothing: 10 000 agents are 157 words.
type holders [][maxGrades]agentSet

// agentSet has a bit for the slot of each agent.
type agentSet []uint64

func (h *holders) put(slot int, r rung) {
	for len(*h) <= r.of-ofRoom {
		*h = append(*h, [maxGrades]agentSet{})
	}
	sets := &(*h)[r.of-ofRoom]
	for g := range r.grade() + 1 {
		for len(sets[g]) <= slot/64 {
			sets[g] = append(sets[g], 0)
		}
		sets[g][slot/64] |= 1 << (slot % 64)
	}
}

func (h holders) take(slot int, r rung) {
	for g := range r.grade() + 1 {
		h[r.of-ofRoom][g][slot/64] &^= 1 << (slot % 64)
	}
}

// ofAll visits who has all that a demand asks for, as far as grades tell.
func (h holders) ofAll(k *class, visit func(slot int)) {
	if len(h) == 0 {
		return
	}
	var few [8]agentSet
	sets := append(few[:0], h[0][rung{ofRoom, k.weight}.grade()])
	words := len(sets[0])
	for _, r := range k.path {
		if r.of-ofRoom >= len(h) {
			return
		}
		set := h[r.of-ofRoom][r.grade()]
		words = min(words, len(set))
		sets = append(sets, set)
	}
	for i := range words {
		all := sets[0][i]
		for _, set := range sets[1:] {
			all &= set[i]
		}
		for ; all != 0; all &= all - 1 {
			visit(64*i + bits.TrailingZeros64(all))
		}
	}
}
