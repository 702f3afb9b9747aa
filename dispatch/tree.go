package dispatch

// tree is an ordered set: a treap with priorities from its own fixed sequence, so that equal inputs give equal trees.
// Insert, delete and the first element cost O(log n).
type tree[T any] struct {
	less func(a, b T) bool
	root *treeNode[T]
	n    int
	seed uint64
	free *treeNode[T] // deleted nodes, linked by left: a queue inserts and deletes all day long
}

type treeNode[T any] struct {
	v           T
	rank        uint64
	left, right *treeNode[T]
}

func newTree[T any](less func(a, b T) bool) *tree[T] {
	return &tree[T]{less: less, seed: 0x9e3779b97f4a7c15}
}

func (t *tree[T]) len() int { return t.n }

// insert adds v; an equal element must not be in the tree.
func (t *tree[T]) insert(v T) {
	t.seed ^= t.seed << 13
	t.seed ^= t.seed >> 7
	t.seed ^= t.seed << 17
	t.n++
	n := t.free
	if n == nil {
		n = &treeNode[T]{}
	} else {
		t.free = n.left
	}
	*n = treeNode[T]{v: v, rank: t.seed}
	t.root = t.insertAt(t.root, n)
}

func (t *tree[T]) insertAt(at, n *treeNode[T]) *treeNode[T] {
	switch {
	case at == nil:
		return n
	case n.rank > at.rank:
		n.left, n.right = t.split(at, n.v)
		return n
	case t.less(n.v, at.v):
		at.left = t.insertAt(at.left, n)
	default:
		at.right = t.insertAt(at.right, n)
	}
	return at
}

// split parts the tree under at into what is less than v and the rest.
func (t *tree[T]) split(at *treeNode[T], v T) (low, high *treeNode[T]) {
	if at == nil {
		return nil, nil
	}
	if t.less(at.v, v) {
		at.right, high = t.split(at.right, v)
		return at, high
	}
	low, at.left = t.split(at.left, v)
	return low, at
}

// delete removes the element equal to v and reports whether there was one.
func (t *tree[T]) delete(v T) bool {
	link := &t.root
	for *link != nil {
		switch at := *link; {
		case t.less(v, at.v):
			link = &at.left
		case t.less(at.v, v):
			link = &at.right
		default:
			*link = merge(at.left, at.right)
			t.n--
			*at = treeNode[T]{left: t.free}
			t.free = at
			return true
		}
	}
	return false
}

func merge[T any](a, b *treeNode[T]) *treeNode[T] {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.rank > b.rank:
		a.right = merge(a.right, b)
		return a
	}
	b.left = merge(a, b.left)
	return b
}

// ascend visits the elements in order until visit returns false. The tree must not change meanwhile.
func (t *tree[T]) ascend(visit func(T) bool) { ascend(t.root, visit) }

func ascend[T any](n *treeNode[T], visit func(T) bool) bool {
	return n == nil || (ascend(n.left, visit) && visit(n.v) && ascend(n.right, visit))
}

// first is the least element.
func (t *tree[T]) first() (v T, ok bool) {
	n := t.root
	if n == nil {
		return v, false
	}
	for n.left != nil {
		n = n.left
	}
	return n.v, true
}
