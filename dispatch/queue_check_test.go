package dispatch

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// soundQueue checks the indexes of a queue against the tickets and agents that it knows.
func soundQueue(q *Queue) error {
	for _, k := range q.classes {
		if err := soundClass(q, k); err != nil {
			return err
		}
	}
	for _, id := range sortedKeys(q.waiting) {
		w := q.waiting[id]
		if !slices.Contains(q.classes, w.class) {
			return fmt.Errorf("the class of %s is forgotten", id)
		}
		if w.agent != "" {
			continue
		}
		if c := eligible(q, w); c != nil {
			return fmt.Errorf("%s waits though %s could take it", id, c.Agent)
		}
	}
	return nil
}

func soundClass(q *Queue, k *class) error {
	var tickets []*waiting
	for _, id := range sortedKeys(q.waiting) {
		if w := q.waiting[id]; w.class == k && w.agent == "" {
			tickets = append(tickets, w)
		}
	}
	slices.SortFunc(tickets, func(a, b *waiting) int {
		return naiveOrder(a.Ticket, b.Ticket)
	})
	if got := k.tickets.all(); !slices.Equal(got, tickets) {
		return fmt.Errorf("the index of tickets %v is not the sorted list %v", got, tickets)
	}
	var agents []*candidate
	for _, id := range sortedKeys(q.agents) {
		if c := q.agents[id]; k.fits(c) {
			agents = append(agents, c)
		}
	}
	slices.SortFunc(agents, func(a, b *candidate) int {
		return naiveTurn(q.strategy, a, b)
	})
	if got := k.agents.all(); !slices.Equal(got, agents) {
		return fmt.Errorf("the index of agents %v is not the sorted list %v", got, agents)
	}
	return nil
}

// naiveOrder is the waiting order as it is documented: a priority class is worth ten minutes of waiting.
func naiveOrder(a, b Ticket) int {
	place := func(t Ticket) time.Time { return t.EnqueuedAt.Add(-time.Duration(t.Priority) * 10 * time.Minute) }
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

func (t *tree[T]) all() []T {
	var out []T
	t.ascend(func(v T) bool { out = append(out, v); return true })
	return out
}
