package dispatch

// tree is an ordered set whose nodes know what the best of those below can take, so that a search passes over whole sets: a
// treap with priorities from its own fixed sequence, so that equal inputs give equal trees. Insert, delete and the n-th element
// cost O(log n).
type tree[T any] struct {
	less func(a, b T) bool
	can  func(v T) reach
	root *treeNode[T]
	seed uint64
	free *treeNode[T] // deleted nodes, linked by left: a queue inserts and deletes all day long
}

type treeNode[T any] struct {
	v           T
	rank        uint64
	n           int // elements below and here
	left, right *treeNode[T]
	most        reach // of the elements below and here
}

func (n *treeNode[T]) size() int {
	if n == nil {
		return 0
	}
	return n.n
}

// sized counts n again after its children changed.
func (t *tree[T]) sized(n *treeNode[T]) *treeNode[T] {
	n.n = n.left.size() + 1 + n.right.size()
	t.reached(n)
	return n
}

// reached sums the reach of n up again after its children changed.
func (t *tree[T]) reached(n *treeNode[T]) {
	n.most = t.can(n.v)
	if n.left != nil {
		n.most.add(&n.left.most)
	}
	if n.right != nil {
		n.most.add(&n.right.most)
	}
}

func newTree[T any](less func(a, b T) bool, can func(T) reach) *tree[T] {
	return &tree[T]{less: less, can: can, seed: 0x9e3779b97f4a7c15}
}

func (t *tree[T]) len() int { return t.root.size() }

// insert adds v; an equal element must not be in the tree.
func (t *tree[T]) insert(v T) {
	t.seed ^= t.seed << 13
	t.seed ^= t.seed >> 7
	t.seed ^= t.seed << 17
	n := t.free
	if n == nil {
		n = &treeNode[T]{}
	} else {
		t.free = n.left
	}
	*n = treeNode[T]{v: v, rank: t.seed, n: 1, most: t.can(v)}
	t.root = t.insertAt(t.root, n)
}

func (t *tree[T]) insertAt(at, n *treeNode[T]) *treeNode[T] {
	switch {
	case at == nil:
		return n
	case n.rank > at.rank:
		n.left, n.right = t.split(at, n.v)
		return t.sized(n)
	case t.less(n.v, at.v):
		at.left = t.insertAt(at.left, n)
	default:
		at.right = t.insertAt(at.right, n)
	}
	at.n++
	at.most.add(&n.most)
	return at
}

// split parts the tree under at into what is less than v and the rest.
func (t *tree[T]) split(at *treeNode[T], v T) (low, high *treeNode[T]) {
	if at == nil {
		return nil, nil
	}
	if t.less(at.v, v) {
		at.right, high = t.split(at.right, v)
		return t.sized(at), high
	}
	low, at.left = t.split(at.left, v)
	return low, t.sized(at)
}

// delete removes the element equal to v and reports whether there was one.
func (t *tree[T]) delete(v T) bool {
	link := &t.root
	for *link != nil {
		at := *link
		at.n--
		switch {
		case t.less(v, at.v):
			link = &at.left
		case t.less(at.v, v):
			link = &at.right
		default:
			*link = t.merge(at.left, at.right)
			*at = treeNode[T]{left: t.free}
			t.free = at
			t.reachedTo(t.root, v)
			return true
		}
	}
	t.count(v, 1)
	return false
}

// reachedTo sums up again on the way to where v was.
func (t *tree[T]) reachedTo(at *treeNode[T], v T) {
	switch {
	case at == nil:
		return
	case t.less(v, at.v):
		t.reachedTo(at.left, v)
	default:
		t.reachedTo(at.right, v)
	}
	t.reached(at)
}

// count adds to the sizes on the way to where v would be.
func (t *tree[T]) count(v T, by int) {
	for at := t.root; at != nil; {
		at.n += by
		if t.less(v, at.v) {
			at = at.left
		} else {
			at = at.right
		}
	}
}

func (t *tree[T]) merge(a, b *treeNode[T]) *treeNode[T] {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.rank > b.rank:
		a.right = t.merge(a.right, b)
		return t.sized(a)
	}
	b.left = t.merge(a, b.left)
	return t.sized(b)
}

// ascend visits the elements in order until visit returns false. The tree must not change meanwhile.
func (t *tree[T]) ascend(visit func(T) bool) { ascend(t.root, visit) }

func ascend[T any](n *treeNode[T], visit func(T) bool) bool {
	return n == nil || (ascend(n.left, visit) && visit(n.v) && ascend(n.right, visit))
}

// within visits the elements in order, but passes over whole sets whose reach is not enough, until visit returns false. The
// tree must not change meanwhile.
func (t *tree[T]) within(enough func(*reach) bool, visit func(T) bool) { within(t.root, enough, visit) }

func within[T any](n *treeNode[T], enough func(*reach) bool, visit func(T) bool) bool {
	return n == nil || !enough(&n.most) || (within(n.left, enough, visit) && visit(n.v) && within(n.right, enough, visit))
}

// at is the i-th element in order, 0 the first; i must be less than len.
func (t *tree[T]) at(i int) T {
	n := t.root
	for {
		switch left := n.left.size(); {
		case i < left:
			n = n.left
		case i > left:
			i -= left + 1
			n = n.right
		default:
			return n.v
		}
	}
}
