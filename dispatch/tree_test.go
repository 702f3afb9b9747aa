package dispatch

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestTreeIsASortedSlice compares the treap with the naive ordered set, through every operation.
func TestTreeIsASortedSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := newTree(lessInt, reachOfInt)
		asASlice(t, tr, func(want []int) {
			var most reach
			for _, v := range want {
				most.room = max(most.room, v)
			}
			if tr.root != nil && tr.root.most.room != most.room {
				t.Fatalf("the reach of %v is %d", want, tr.root.most.room)
			}
		})
	})
}

// TestBtreeIsASortedSlice does so for the B-tree, with small nodes, so that they part and join all the time.
func TestBtreeIsASortedSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := newBtree(lessInt)
		tr.most = rapid.SampledFrom([]int{3, 4, 5, 7}).Draw(t, "most")
		asASlice(t, tr, func(want []int) {
			first, ok := tr.first()
			if ok != (len(want) > 0) || ok && first != want[0] {
				t.Fatalf("first %d of %v", first, want)
			}
			for v := range smallInts {
				if at, _ := slices.BinarySearch(want, v); tr.before(v) != at {
					t.Fatalf("%d before %d in %v", tr.before(v), v, want)
				}
			}
			soundBtree(t, tr)
		})
	})
}

const smallInts = 60

func lessInt(a, b int) bool { return a < b }

func reachOfInt(v int) reach { return reach{room: v} }

type orderedSet interface {
	insert(v int)
	delete(v int) bool
	len() int
	at(i int) int
	all() []int
}

func asASlice(t *rapid.T, tr orderedSet, check func(want []int)) {
	var want []int
	grow := 1
	for range rapid.IntRange(0, 400).Draw(t, "steps") {
		v := rapid.IntRange(0, smallInts-1).Draw(t, "v")
		at, found := slices.BinarySearch(want, v)
		if grow += 1; !found && grow%200 < 130 {
			tr.insert(v)
			want = slices.Insert(want, at, v)
		} else {
			if tr.delete(v) != found {
				t.Fatalf("delete %d: found=%v", v, found)
			}
			if found {
				want = slices.Delete(want, at, at+1)
			}
		}
		if tr.len() != len(want) || !slices.Equal(tr.all(), want) {
			t.Fatalf("tree %v len %d, want %v", tr.all(), tr.len(), want)
		}
		for i := range want {
			if tr.at(i) != want[i] {
				t.Fatalf("element %d is %d, want %d", i, tr.at(i), want[i])
			}
		}
		check(want)
	}
}

// soundBtree: all leaves are equally deep, no node is too large, and the counts are right.
func soundBtree(t interface{ Fatalf(string, ...any) }, tr *btree[int]) {
	var walk func(n *bnode[int]) (depth, size int)
	walk = func(n *bnode[int]) (depth, size int) {
		size = len(n.items)
		if len(n.items) == 0 || len(n.items) > tr.most || n.below != nil && len(n.below) != len(n.items)+1 {
			t.Fatalf("a node has %d elements and %d below", len(n.items), len(n.below))
		}
		for i := range n.below {
			d, s := walk(n.below[i].bnode)
			if s != n.below[i].n || i > 0 && d != depth {
				t.Fatalf("below a node are %d elements, not %d, to a depth of %d and %d", s, n.below[i].n, depth, d)
			}
			depth, size = d, size+s
		}
		return depth + 1, size
	}
	if tr.root != nil {
		walk(tr.root)
	}
}

// TestBtreeStaysFull: who comes in order, and goes in order or not, leaves no half-empty nodes behind.
func TestBtreeStaysFull(t *testing.T) {
	tr := newBtree(lessInt)
	for i := range 100_000 {
		tr.insert(i)
	}
	soundBtree(t, tr)
	if n := leavesOf(tr.root); n > 100_000/nodeItems+100 {
		t.Errorf("%d leaves of %d for 100 000 elements in order", n, nodeItems)
	}
	for i := range 90_000 {
		if !tr.delete(i * 7 % 100_000) {
			t.Fatalf("%d is not there", i*7%100_000)
		}
	}
	soundBtree(t, tr)
	if n := leavesOf(tr.root); n > 10_000/(nodeItems/3)+10 {
		t.Errorf("%d leaves of %d for 10 000 that stayed", n, nodeItems)
	}
	for v, ok := tr.first(); ok; v, ok = tr.first() {
		tr.delete(v)
	}
	if tr.len() != 0 || tr.root != nil {
		t.Errorf("%d are left", tr.len())
	}
}

func leavesOf(n *bnode[int]) int {
	if n.below == nil {
		return 1
	}
	sum := 0
	for i := range n.below {
		sum += leavesOf(n.below[i].bnode)
	}
	return sum
}

// TestTreeStaysShallow: ascending insertion, the worst for a plain tree, keeps look-ups short.
func TestTreeStaysShallow(t *testing.T) {
	tr := newTree(lessInt, reachOfInt)
	for i := range 100_000 {
		tr.insert(i)
	}
	if d := depth(tr.root); d > 60 {
		t.Errorf("depth %d for 100 000 elements", d)
	}
}

func depth[T any](n *treeNode[T]) int {
	if n == nil {
		return 0
	}
	return 1 + max(depth(n.left), depth(n.right))
}

// TestDecisionsCostTheLogarithm: the comparisons that a queue makes for one conversation, with 10 000 agents and 100 000
// waiting, stay within a small multiple of those with a hundred of each. Benchmarks say what that takes in time.
func TestDecisionsCostTheLogarithm(t *testing.T) {
	few, many := comparisons(t, 100, 100), comparisons(t, 10_000, 100_000)
	t.Logf("%d comparisons with 100, %d with 10 000 and 100 000", few, many)
	if many > 4*few {
		t.Errorf("%d comparisons, %d with a hundred of each", many, few)
	}
}

func comparisons(t *testing.T, crowd, line int) int {
	t.Helper()
	q := benchQueue(crowd, line)
	mustStep(q, Envelope{Message: Enqueue{Ticket: ticketOf("cnv_warm", 1)}}) // the class of simple tickets exists
	n := 0
	less := q.free.less
	q.free.less = func(a, b *candidate) bool { n++; return less(a, b) }
	for _, k := range classesOf(&q.demands) {
		tickets := k.tickets.less
		k.tickets.less = func(a, b *waiting) bool { n++; return tickets(a, b) }
	}
	q.looks = 0
	for i := range 100 {
		version := uint64(i + 1)
		out := mustStep(q, Envelope{Message: Enqueue{Ticket: ticketOf("cnv_new", version)}})
		mustStep(q, Envelope{Message: Dequeue{Conversation: "cnv_new", Version: version}})
		again := Availability{Agent: AgentID(out.Sends[1].To.ID), Version: version + 1, Free: 3, IdleSince: t0.Add(time.Hour + time.Duration(i))}
		mustStep(q, Envelope{Message: again})
		expert := Availability{Agent: "expert", Version: 2 * version, Free: 1, IdleSince: t0, Skills: []SkillLevel{{"rare", 5}}}
		asked := mustStep(q, Envelope{Message: expert}).Sends[1].Message.(Reserve)
		expert.Version, expert.Free = 2*version+1, 0
		mustStep(q, Envelope{Message: expert})
		mustStep(q, Envelope{Message: Refused{Conversation: asked.Conversation, Offer: asked.Offer, Agent: "expert", Why: "full"}})
	}
	return n + int(q.looks)
}

func classesOf(n *demandNode) []*class {
	var all []*class
	if n.class != nil {
		all = append(all, n.class)
	}
	for _, next := range n.next {
		all = append(all, classesOf(next)...)
	}
	return all
}
