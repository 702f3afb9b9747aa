package dispatch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// soundQueue checks the indexes of a queue against the tickets and agents that it knows.
func soundQueue(q *Queue) error {
	free := demand{weight: 1}
	if err := soundAgents(q, q.free, free.fits); err != nil {
		return err
	}
	if err := soundRest(q); err != nil {
		return err
	}
	if err := soundReach(q); err != nil {
		return err
	}
	if err := soundHolders(q); err != nil {
		return err
	}
	if err := soundDemands(q); err != nil {
		return err
	}
	for _, w := range ticketsOf(q) {
		id := w.conversation()
		if err := soundTicket(q, w); err != nil {
			return err
		}
		if int(w.steps) > len(q.settings.Relax) {
			return fmt.Errorf("%s has %d steps of %d", id, w.steps, len(q.settings.Relax))
		}
		if err := soundPath(q, w.class); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		if err := soundAsks(q, w); err != nil {
			return err
		}
		if q.wants(w) < 1 {
			if w.in != nil {
				return fmt.Errorf("%s waits for nobody and is in an index", id)
			}
			continue
		}
		if held := w.in == q.held; held != q.shut() {
			return fmt.Errorf("%s is held back: %v, in a queue that is shut: %v", id, held, q.shut())
		} else if held {
			continue
		}
		if kept := w.in != w.class.tickets; kept && (q.agents[w.rare().preferred] == nil || w.in != q.agents[w.rare().preferred].kept) {
			return fmt.Errorf("%s is in no index", id)
		} else if c := eligible(q, w); c != nil && q.settings.Mode != ModePull && (!kept || c.Agent == w.rare().preferred) {
			return fmt.Errorf("%s waits though %s could take it", id, c.Agent)
		}
	}
	return soundEstimate(q)
}

// soundTicket: it is found by its conversation, and has memory only for what it needs.
func soundTicket(q *Queue, w *waiting) error {
	if q.waiting.of(w.conversation()) != w || w.few != nil && w.few.empty() || w.skills != nil && len(*w.skills) == 0 {
		return fmt.Errorf("%s is not where it should be, or has room for nothing", w.conversation())
	}
	return nil
}

// soundRest counts who can take nothing, and demands that a decision for anybody has every agent once, under its cause.
func soundRest(q *Queue) error {
	var counts [whys]int
	var rest []*candidate
	for _, id := range sortedKeys(q.agents) {
		if c := q.agents[id]; c.still() != WhyNone {
			counts[c.still()]++
			rest = append(rest, c)
		}
	}
	slices.SortStableFunc(rest, func(a, b *candidate) int { return int(a.still()) - int(b.still()) })
	if counts != q.stills || !slices.Equal(q.rest.all(), rest) {
		return fmt.Errorf("of the rest %v are counted, not %v", q.stills, counts)
	}
	for _, w := range ticketsOf(q) {
		if err := soundDecision(q, w, q.decide(w, nil, nil)); err != nil {
			return fmt.Errorf("%s: %w", w.conversation(), err)
		}
	}
	return nil
}

func soundDecision(q *Queue, w *waiting, d *Decision) error {
	n, seen := d.Unseen, map[AgentID]bool{}
	for _, c := range d.Candidates {
		a := q.agents[c.Agent]
		may := a != nil && w.class.fits(a) && (w.mayGo(a) || q.settings.Mode == ModePull && !q.shut() && !w.ringsAt(a.Agent))
		if a == nil || seen[c.Agent] || may != (c.Why <= WhyKept || c.Why == WhyShut || c.Why == WhyPull || c.Why == WhyDeclined && w.relaxed) {
			return fmt.Errorf("%s is named as %s", c.Agent, c.Why)
		}
		seen[c.Agent] = true
		n++
	}
	for _, c := range d.Counts {
		n += c.N
	}
	if n != len(q.agents) || len(d.Candidates) < min(MaxCandidates, len(q.agents)-d.Unseen) {
		return fmt.Errorf("%d of %d agents are in the decision %s", n, len(q.agents), d.short())
	}
	return nil
}

// soundEstimate counts what the queue keeps counted.
func soundEstimate(q *Queue) error {
	line := ticketsOf(q)
	slices.SortFunc(line, func(a, b *waiting) int { return naiveOrder(q.settings, a.ticket(), b.ticket()) })
	if got := q.est.line.all(); !slices.Equal(got, line) {
		return fmt.Errorf("the line %v is not the sorted list %v", got, line)
	}
	for i, w := range line {
		p, ok := q.Place(t0, w.conversation())
		if want := i + 1; !ok || p.Waiting != len(line) || (!w.rings() && p.Position != want) || (w.rings() && p.Position != 0) {
			return fmt.Errorf("%s stands at %+v, not at %d of %d", w.conversation(), p, want, len(line))
		}
	}
	ready, slots := 0, 0
	for _, id := range sortedKeys(q.agents) {
		if a := q.agents[id]; a.Capacity > 0 {
			ready++
			slots += a.Capacity * SlotShare / max(1, a.Queues)
		}
	}
	if ready != q.est.ready || slots != q.est.slots {
		return fmt.Errorf("%d ready with %d, counted %d with %d", ready, slots, q.est.ready, q.est.slots)
	}
	return nil
}

func soundClass(q *Queue, k *class) error {
	var tickets []*waiting
	for _, w := range ticketsOf(q) {
		if w.class == k && q.wants(w) > 0 && w.in != q.held && w.in != keptFor(q, w) {
			tickets = append(tickets, w)
		}
	}
	slices.SortFunc(tickets, func(a, b *waiting) int {
		return naiveOrder(q.settings, a.ticket(), b.ticket())
	})
	if got := k.tickets.all(); !slices.Equal(got, tickets) {
		return fmt.Errorf("the index of tickets %v is not the sorted list %v", got, tickets)
	}
	held := 0
	for _, w := range ticketsOf(q) {
		if w.class == k {
			held++
		}
	}
	if held != k.held || held == 0 && !k.idle || k.idle != slices.Contains(q.idle, k) {
		return fmt.Errorf("demand %v: %d tickets are counted of %d, idle %v", k.demand, k.held, held, k.idle)
	}
	return nil
}

// soundDemands walks the whole tree of demands: every node knows the earliest ticket of all below it, and leads to a class.
func soundDemands(q *Queue) error {
	users := map[SkillID]int{}
	var walk func(n *demandNode) (tickets []*waiting, err error)
	walk = func(n *demandNode) ([]*waiting, error) {
		var tickets []*waiting
		if k := n.class; k != nil {
			if err := soundClass(q, k); err != nil {
				return nil, err
			}
			tickets = k.tickets.all()
			for _, s := range k.skills {
				users[s.ID]++
			}
		}
		if n.class == nil && len(n.next) == 0 && n.parent != nil || !slices.IsSortedFunc(n.next, func(a, b *demandNode) int { return compareRungs(a.rung, b.rung) }) {
			return nil, fmt.Errorf("the demands after %v: %v", n.rung, n.next)
		}
		for _, next := range n.next {
			below, err := walk(next)
			if err != nil {
				return nil, err
			}
			tickets = append(tickets, below...)
		}
		slices.SortFunc(tickets, comparePlace)
		if first := append(tickets, nil)[0]; first != n.first {
			return nil, fmt.Errorf("the first of the demands at %v is %v, not %v", n.rung, first, n.first)
		}
		return tickets, nil
	}
	if _, err := walk(&q.demands); err != nil {
		return err
	}
	for _, c := range q.agents {
		for _, s := range c.Skills {
			users[s.ID]++
		}
	}
	taken := map[int]bool{}
	for id, k := range q.numbers.named {
		if k.users != users[id] || taken[k.n] || slices.Contains(q.numbers.free, k.n) {
			return fmt.Errorf("skill %s is number %d with %d users, not %d", id, k.n, k.users, users[id])
		}
		taken[k.n] = true
	}
	if len(taken) != len(users) || len(q.idle) > keptClasses {
		return fmt.Errorf("%d skills have numbers, of %d; %d idle classes", len(taken), len(users), len(q.idle))
	}
	return nil
}

// soundPath: the tree of demands leads to the class, and nobody fits whom its search passes over.
func soundPath(q *Queue, k *class) error {
	if k.node.class != k || q.classFor(k.demand) != k {
		return fmt.Errorf("the class of %v is forgotten", k.demand)
	}
	var found []*candidate
	ended := q.look(k, func(c *candidate) bool { found = append(found, c); return true })
	for _, id := range sortedKeys(q.agents) {
		c := q.agents[id]
		if k.fits(c) != slices.Contains(q.fitting(k), c) || ended && k.fits(c) != slices.Contains(found, c) {
			return fmt.Errorf("%s and the demand %v: the searches find %v and %v", id, k.demand, found, q.fitting(k))
		}
	}
	return nil
}

// soundReach: every node of the index of agents knows what the best of those below can take.
func soundReach(q *Queue) error {
	var walk func(n *treeNode[*candidate]) (*reach, error)
	walk = func(n *treeNode[*candidate]) (*reach, error) {
		if n == nil {
			return nil, nil
		}
		want := reachOf(n.v)
		for _, next := range []*treeNode[*candidate]{n.left, n.right} {
			r, err := walk(next)
			if err != nil {
				return nil, err
			}
			if r != nil {
				want.add(r)
			}
		}
		if want != n.most {
			return nil, fmt.Errorf("those about %s reach %v, not %v", n.v.Agent, want, n.most)
		}
		return &n.most, nil
	}
	_, err := walk(q.free.root)
	return err
}

// soundHolders: who is in the set of a thing and a grade has that much of it, room and tier only while it is free.
func soundHolders(q *Queue) error {
	for of := range q.holders {
		for grade, set := range q.holders[of] {
			for slot, c := range q.slots {
				has := slices.Clone(c.has)
				if c.free {
					has = append(has, rung{ofRoom, c.Free}, rung{ofTier, -c.tier()})
				}
				want := slices.ContainsFunc(has, func(r rung) bool { return r.of-ofRoom == of && r.grade() >= grade })
				if in := slot/64 < len(set) && set[slot/64]>>(slot%64)&1 == 1; in != want || c.slot != slot {
					return fmt.Errorf("%s is among those with %d of %d: %v", c.Agent, grade, of+ofRoom, in)
				}
			}
		}
	}
	return nil
}

// soundAsks: nobody is asked twice, nor while having it open.
func soundAsks(q *Queue, w *waiting) error {
	seen := map[AgentID]bool{}
	for _, a := range w.rare().asks {
		if seen[a.agent] || slices.Contains(w.rare().open, a.agent) {
			return fmt.Errorf("%s is asked of %s twice", w.conversation(), a.agent)
		}
		seen[a.agent] = true
	}
	return nil
}

func keptFor(q *Queue, w *waiting) *btree[*waiting] {
	c := q.agents[w.rare().preferred]
	if c == nil || c.kept == nil {
		return &btree[*waiting]{}
	}
	return c.kept
}

// naiveKept: who is preferred is at work, busy, able, and has not refused it; and the time is not over.
func naiveKept(q *Queue, t Ticket, now time.Time) bool {
	c := q.agents[t.Preferred]
	since := t.Since
	if since.IsZero() {
		since = t.EnqueuedAt
	}
	if c == nil || c.Capacity < max(1, t.Weight) || now.Sub(since) >= q.settings.PreferFor || slices.Contains(t.Excluded, c.Agent) && now.Before(t.RelaxAt) {
		return false
	}
	need := naiveDemand(q.settings, t, now)
	return hasSkills(c.Skills, need.skills) && (need.tiers == 0 || max(1, c.Tier) <= need.tiers)
}

func soundAgents(q *Queue, index *tree[*candidate], fits func(*candidate) bool) error {
	var agents []*candidate
	for _, id := range sortedKeys(q.agents) {
		if c := q.agents[id]; fits(c) {
			agents = append(agents, c)
		}
	}
	slices.SortFunc(agents, func(a, b *candidate) int {
		return naiveTurn(q.settings.Strategy, a, b)
	})
	if got := index.all(); !slices.Equal(got, agents) {
		return fmt.Errorf("the index of agents %v is not the sorted list %v", got, agents)
	}
	return nil
}

// naiveOrder is the waiting order as it is documented: whose owner was gone comes first; a priority class is worth so much
// waiting, or more than any.
func naiveOrder(s QueueSettings, a, b Ticket) int {
	class := func(t Ticket) int { return max(-10, min(t.Priority, 10)) }
	switch {
	case a.Top != b.Top && a.Top:
		return -1
	case a.Top != b.Top:
		return 1
	case a.Top:
		a.Priority, b.Priority = 0, 0
	case s.AgeBoost <= 0 && class(a) != class(b):
		return class(b) - class(a)
	}
	boost := max(0, s.AgeBoost.Truncate(time.Microsecond)) // places are whole microseconds
	place := func(t Ticket) time.Time {
		return t.EnqueuedAt.Truncate(time.Microsecond).Add(-time.Duration(class(t)) * boost)
	}
	if n := place(a).Compare(place(b)); n != 0 {
		return n
	}
	return strings.Compare(string(a.Conversation), string(b.Conversation))
}

// naiveTurn is who comes first under a strategy as it is documented: ties by idle time, then by id.
func naiveTurn(s Strategy, a, b *candidate) int {
	n := 0
	switch s {
	case LeastBusy:
		n = a.Load - b.Load
	case MostSpareCapacity:
		n = b.Free - a.Free
	case RoundRobin:
		n = int(a.turn - b.turn)
	case TopDown:
		n = max(1, a.Tier) - max(1, b.Tier)
	case Weighted:
		n = cmp.Compare(a.used+a.portion()/2, b.used+b.portion()/2)
	case Random: // the index is by id alone; the draw picks from it
		return strings.Compare(string(a.Agent), string(b.Agent))
	case LongestIdle:
	}
	if n == 0 {
		n = a.IdleSince.Compare(b.IdleSince)
	}
	if n == 0 {
		n = strings.Compare(string(a.Agent), string(b.Agent))
	}
	return n
}

// eligible is the naive search that the indexes replace.
func eligible(q *Queue, w *waiting) *candidate {
	for _, id := range sortedKeys(q.agents) {
		if c := q.agents[id]; w.class.fits(c) && w.mayGo(c) {
			return c
		}
	}
	return nil
}

// naiveDemand is what a ticket asks for at now, as it is documented.
func naiveDemand(s QueueSettings, t Ticket, now time.Time) demand {
	d := demand{weight: t.Weight}
	gone := make([]bool, len(t.Skills))
	d.skills = slices.Clone(t.Skills)
	for _, step := range s.Relax {
		if step.Action == RelaxTier {
			d.tiers = 1
		}
	}
	since := t.Since
	if since.IsZero() {
		since = t.EnqueuedAt
	}
	for _, step := range s.Relax {
		if now.Sub(since) < step.After {
			break
		}
		if step.Action == RelaxTier {
			d.tiers += max(1, step.By)
		}
		for i := range d.skills {
			if step.Skill != "" && step.Skill != d.skills[i].ID {
				continue
			}
			switch step.Action {
			case RelaxLower:
				d.skills[i].MinLevel -= max(1, step.By)
			case RelaxDrop:
				gone[i] = true
			case RelaxTier, RelaxQueue:
			}
		}
	}
	for i := len(gone) - 1; i >= 0; i-- {
		if gone[i] {
			d.skills = slices.Delete(d.skills, i, i+1)
		}
	}
	return d
}

// ticketsOf are all tickets of a queue, by conversation.
func ticketsOf(q *Queue) []*waiting {
	all := q.waiting.sorted()
	slices.SortFunc(all, compareConversation)
	return all
}

// ticket is what the queue holds of the ticket that came.
func (w *waiting) ticket() Ticket {
	few := w.rare()
	t := Ticket{
		Conversation: w.conversation(), Version: w.version, Priority: int(w.priority), EnqueuedAt: w.came.time(),
		Weight: w.class.weight, Excluded: few.excluded, RelaxAt: few.relaxAt.time(), Preferred: few.preferred, Since: w.here.time(),
		Top: w.top, Open: few.open, Spent: few.spent, Fresh: w.fresh, Told: int(w.told), ToldAt: w.toldAt.time(),
	}
	if w.skills != nil {
		t.Skills = *w.skills
	}
	return t
}

func (t *btree[T]) all() (out []T) {
	t.ascend(func(v T) bool { out = append(out, v); return true })
	return out
}

func (t *tree[T]) all() []T {
	var out []T
	t.ascend(func(v T) bool { out = append(out, v); return true })
	return out
}
