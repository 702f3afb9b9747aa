package dispatch

import (
	"fmt"
	"slices"
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
		if earlierPlace(a, b) {
			return -1
		}
		return 1
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
		if beforeInTurn(a, b) {
			return -1
		}
		return 1
	})
	if got := k.agents.all(); !slices.Equal(got, agents) {
		return fmt.Errorf("the index of agents %v is not the sorted list %v", got, agents)
	}
	return nil
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
