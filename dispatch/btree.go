package dispatch

import "slices"

// btree is an ordered set of pointers: a B-tree, because a queue has some of them that hold everybody who waits. An element
// takes little more than its pointer. Insert, delete, the n-th element and the rank of one cost O(log n).
type btree[T any] struct {
	less func(a, b T) bool
	root *bnode[T] // nil: nothing is in the tree
	most int       // elements of a node
}

// bnode is a node. It has an element at least, and two neighbours have half of the most together, but at the right edge.
type bnode[T any] struct {
	items []T
	below []branch[T] // one more than items; nil: a leaf
}

type branch[T any] struct {
	*bnode[T]
	n int // elements there and below
}

// nodeItems fill 512 bytes. Larger nodes move more with each insert, smaller ones look at more nodes.
const nodeItems = 64

func newBtree[T any](less func(a, b T) bool) *btree[T] {
	return &btree[T]{less: less, most: nodeItems}
}

func (n *bnode[T]) size() int {
	if n == nil {
		return 0
	}
	size := len(n.items)
	for i := range n.below {
		size += n.below[i].n
	}
	return size
}

func (t *btree[T]) len() int {
	if t == nil {
		return 0
	}
	return t.root.size()
}

// find is where v stands in n, or how many elements of n come before it. Who comes last, as most do, is found at once.
func (t *btree[T]) find(n *bnode[T], v T) (i int, found bool) {
	low, high := 0, len(n.items)
	if high > 0 && t.less(n.items[high-1], v) {
		return high, false
	}
	for low < high {
		mid := int(uint(low+high) / 2)
		if t.less(n.items[mid], v) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, low < len(n.items) && !t.less(v, n.items[low])
}

// insert adds v; an equal element must not be in the tree.
func (t *btree[T]) insert(v T) {
	if t.root == nil {
		t.root = &bnode[T]{}
	}
	if len(t.root.items) == t.most {
		t.root = &bnode[T]{below: []branch[T]{{t.root, t.root.size()}}}
		t.split(t.root, 0, t.less(t.root.below[0].items[t.most-1], v))
	}
	n := t.root
	for n.below != nil {
		i, _ := t.find(n, v)
		if c := n.below[i]; len(c.items) == t.most {
			t.split(n, i, i == len(n.items) && t.less(c.items[t.most-1], v))
			if t.less(n.items[i], v) {
				i++
			}
		}
		n.below[i].n++
		n = n.below[i].bnode
	}
	i, _ := t.find(n, v)
	n.items = slices.Insert(n.items, i, v)
}

// split parts a full node below n, in the middle; near its end when what comes is the last of all. Who waits mostly comes in
// order, and then nodes stay full.
func (t *btree[T]) split(n *bnode[T], i int, last bool) {
	full := n.below[i].bnode
	at := t.most / 2
	if last {
		at = t.most - 2
	}
	mid, right := full.items[at], &bnode[T]{items: slices.Clone(full.items[at+1:])}
	full.items = slices.Delete(full.items, at, len(full.items))
	if full.below != nil {
		right.below = slices.Clone(full.below[at+1:])
		full.below = slices.Delete(full.below, at+1, len(full.below))
	}
	size := right.size()
	n.items = slices.Insert(n.items, i, mid)
	n.below = slices.Insert(n.below, i+1, branch[T]{right, size})
	n.below[i].n -= size + 1
}

// delete removes the element equal to v and reports whether there was one.
func (t *btree[T]) delete(v T) bool {
	if t.root == nil || !t.remove(t.root, v) {
		return false
	}
	if len(t.root.items) == 0 {
		if t.root.below == nil {
			t.root = nil
		} else {
			t.root = t.root.below[0].bnode
		}
	}
	return true
}

func (t *btree[T]) remove(n *bnode[T], v T) bool {
	i, found := t.find(n, v)
	switch {
	case n.below == nil && !found:
		return false
	case n.below == nil:
		n.items = slices.Delete(n.items, i, i+1)
		return true
	case found:
		n.items[i] = t.takeLast(n.below[i].bnode)
	case !t.remove(n.below[i].bnode, v):
		return false
	}
	n.below[i].n--
	t.mend(n, i)
	return true
}

// takeLast removes the last element of n and below.
func (t *btree[T]) takeLast(n *bnode[T]) T {
	last := len(n.items) - 1
	if n.below == nil {
		v := n.items[last]
		n.items = slices.Delete(n.items, last, last+1)
		return v
	}
	v := t.takeLast(n.below[last+1].bnode)
	n.below[last+1].n--
	t.mend(n, last+1)
	return v
}

// mend joins a node below n that has become small with a neighbour, unless that would be nearly full: then whoever comes and
// goes would part and join it every time. One that is empty gets one of its neighbour's elements.
func (t *btree[T]) mend(n *bnode[T], i int) {
	size := len(n.below[i].items)
	if size >= max(1, t.most/3) {
		return
	}
	for left := max(i-1, 0); left <= min(i, len(n.items)-1); left++ {
		if len(n.below[left].items)+1+len(n.below[left+1].items) <= t.most*3/4 {
			n.join(left)
			return
		}
	}
	if size == 0 {
		n.refill(i)
	}
}

// join puts two nodes below n and what is between them together.
func (n *bnode[T]) join(left int) {
	a, b := &n.below[left], &n.below[left+1]
	a.items = append(append(a.items, n.items[left]), b.items...)
	a.below = append(a.below, b.below...)
	a.n += 1 + b.n
	n.items = slices.Delete(n.items, left, left+1)
	n.below = slices.Delete(n.below, left+1, left+2)
}

// refill gives an empty node below n an element of its neighbour, which has more than one.
func (n *bnode[T]) refill(i int) {
	left := max(i-1, 0)
	a, b := &n.below[left], &n.below[left+1]
	sep := &n.items[left]
	switch {
	case left == i:
		a.items = append(a.items, *sep)
		*sep = b.items[0]
		b.items = slices.Delete(b.items, 0, 1)
		moved := 1
		if b.below != nil {
			moved += b.below[0].n
			a.below = append(a.below, b.below[0])
			b.below = slices.Delete(b.below, 0, 1)
		}
		a.n, b.n = a.n+moved, b.n-moved
	default:
		last := len(a.items) - 1
		b.items = slices.Insert(b.items, 0, *sep)
		*sep = a.items[last]
		a.items = slices.Delete(a.items, last, last+1)
		moved := 1
		if a.below != nil {
			moved += a.below[last+1].n
			b.below = slices.Insert(b.below, 0, a.below[last+1])
			a.below = slices.Delete(a.below, last+1, last+2)
		}
		a.n, b.n = a.n-moved, b.n+moved
	}
}

// ascend visits the elements in order until visit returns false. The tree must not change meanwhile.
func (t *btree[T]) ascend(visit func(T) bool) { t.root.ascend(visit) }

func (n *bnode[T]) ascend(visit func(T) bool) bool {
	if n == nil {
		return true
	}
	for i := range n.items {
		if n.below != nil && !n.below[i].ascend(visit) || !visit(n.items[i]) {
			return false
		}
	}
	return n.below == nil || n.below[len(n.items)].ascend(visit)
}

// first is the least element.
func (t *btree[T]) first() (v T, ok bool) {
	n := t.root
	if n == nil {
		return v, false
	}
	for n.below != nil {
		n = n.below[0].bnode
	}
	return n.items[0], true
}

// at is the i-th element in order, 0 the first; i must be less than len.
func (t *btree[T]) at(i int) T {
	n := t.root
	for n.below != nil {
		k := 0
		for i > n.below[k].n {
			i -= n.below[k].n + 1
			k++
		}
		if i == n.below[k].n {
			return n.items[k]
		}
		n = n.below[k].bnode
	}
	return n.items[i]
}

// before is the number of elements less than v, which need not be in the tree.
func (t *btree[T]) before(v T) int {
	before := 0
	for n := t.root; n != nil; {
		i, found := t.find(n, v)
		before += i
		if n.below == nil {
			if planted("place_miscounted") && i > 1 {
				before--
			}
			return before
		}
		for k := range i {
			before += n.below[k].n
		}
		if found {
			return before + n.below[i].n
		}
		n = n.below[i].bnode
	}
	return before
}
