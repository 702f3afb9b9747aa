package dispatch

import "slices"

// demandNode is a place in the tree of demands: the way to it is what a demand asks for, in order. An agent can have what is
// below only if it has what the way there asks for, so a search for it goes nowhere that it could not serve.
type demandNode struct {
	rung
	parent *demandNode
	next   []*demandNode // in order
	class  *class        // whose demand ends here; nil: none
	first  *waiting      // the earliest here and below; nil: none
	line   *btree[*demandNode]
}

func earlierNode(a, b *demandNode) bool { return earlierPlace(a.first, b.first) }

// at is the next node of a rung, and where it stands or would stand.
func (n *demandNode) at(r rung) (*demandNode, int) {
	i, found := slices.BinarySearchFunc(n.next, r, func(n *demandNode, r rung) int { return compareRungs(n.rung, r) })
	if !found {
		return nil, i
	}
	return n.next[i], i
}

// reordered puts n and what is above it right, after the earliest ticket of its class has changed.
func (n *demandNode) reordered() {
	for ; n != nil; n = n.parent {
		var first *waiting
		if n.class != nil {
			first, _ = n.class.tickets.first()
		}
		if n.line != nil {
			if next, ok := n.line.first(); ok && (first == nil || earlierPlace(next.first, first)) {
				first = next.first
			}
		}
		if first == n.first {
			return
		}
		if n.parent != nil && n.first != nil {
			n.parent.line.delete(n)
		}
		n.first = first
		if n.parent != nil && first != nil {
			n.parent.line.insert(n)
		}
	}
}

// classFor returns the class of a demand, whatever the order in which it names its skills.
func (q *Queue) classFor(d demand) *class {
	q.path = q.numbers.climb(q.path[:0], &d)
	n := &q.demands
	for _, r := range q.path {
		next, i := n.at(r)
		if next == nil {
			next = &demandNode{rung: r, parent: n}
			n.next = slices.Insert(n.next, i, next)
		}
		if n.line == nil {
			n.line = newBtree(earlierNode)
		}
		n = next
	}
	if n.class == nil {
		n.class = &class{demand: d, node: n, path: slices.Clone(q.path), needs: needs(q.path), tickets: newBtree(earlierPlace)}
		return n.class
	}
	for _, s := range d.skills { // the class has them already
		q.numbers.release(s.ID)
	}
	return n.class
}

// keptClasses is how many demands are kept beyond the last ticket, because the next one may have them too.
const keptClasses = 64

// unheld takes a ticket off a class. Of those that have none left the one that had none first goes.
func (q *Queue) unheld(k *class) {
	if k.held--; k.held > 0 || k.idle {
		return
	}
	k.idle = true
	q.idle = append(q.idle, k)
	if len(q.idle) <= keptClasses {
		return
	}
	old := q.idle[0]
	q.idle = append(q.idle[:0], q.idle[1:]...)
	if old.idle = false; old.held == 0 {
		q.forget(old)
	}
}

func (q *Queue) forget(k *class) {
	n := k.node
	for n.class = nil; n.parent != nil && n.class == nil && len(n.next) == 0; n = n.parent {
		_, i := n.parent.at(n.rung)
		n.parent.next = slices.Delete(n.parent.next, i, i+1)
	}
	for _, s := range k.skills {
		q.numbers.release(s.ID)
	}
}

// firstFor is the earliest ticket of all demands that the agent fits and may have, unless best comes before it. It looks at
// nodes in the order of what waits below them: those that are looked at have something earlier than what is found, which the
// agent could have but for what is asked for further below.
func (q *Queue) firstFor(c *candidate, best *waiting) *waiting {
	if q.demands.first == nil {
		return best
	}
	q.ahead = append(q.ahead[:0], &q.demands)
	for len(q.ahead) > 0 {
		n := q.ahead.pop()
		if best != nil && !earlierPlace(n.first, best) {
			clear(q.ahead)
			break
		}
		if n.class != nil {
			best = c.firstOf(n.class.tickets, best)
		}
		if len(n.next) == 0 {
			continue
		}
		q.addAhead(n, rung{ofRoom, c.Free}, best)
		q.addAhead(n, rung{ofTier, -c.tier()}, best)
		for _, r := range c.has {
			if r.of >= n.of {
				q.addAhead(n, r, best)
			}
		}
	}
	return best
}

// addAhead adds the nodes after n for one who has that much of something, unless best comes before what waits there.
func (q *Queue) addAhead(n *demandNode, has rung, best *waiting) {
	i, _ := slices.BinarySearchFunc(n.next, has.of, func(n *demandNode, of int) int { return n.of - of })
	for ; i < len(n.next) && n.next[i].of == has.of && n.next[i].level <= has.level; i++ {
		q.looks++
		if next := n.next[i]; next.first != nil && (best == nil || earlierPlace(next.first, best)) {
			q.ahead.push(next)
		}
	}
}

// nodeHeap has the node with the earliest ticket at its top.
type nodeHeap []*demandNode

func (h *nodeHeap) push(n *demandNode) {
	*h = append(*h, n)
	s := *h
	for i := len(s) - 1; i > 0; {
		up := (i - 1) / 2
		if !earlierNode(s[i], s[up]) {
			return
		}
		s[i], s[up] = s[up], s[i]
		i = up
	}
}

func (h *nodeHeap) pop() *demandNode {
	s := *h
	top, last := s[0], len(s)-1
	s[0], s[last] = s[last], nil
	s = s[:last]
	*h = s
	for i := 0; ; {
		next := 2*i + 1
		if next+1 < last && earlierNode(s[next+1], s[next]) {
			next++
		}
		if next >= last || !earlierNode(s[next], s[i]) {
			return top
		}
		s[i], s[next] = s[next], s[i]
		i = next
	}
}
