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
		tr := newTree(func(a, b int) bool { return a < b })
		var want []int
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			v := rapid.IntRange(0, 40).Draw(t, "v")
			at, found := slices.BinarySearch(want, v)
			switch {
			case !found && rapid.Bool().Draw(t, "insert"):
				tr.insert(v)
				want = slices.Insert(want, at, v)
			default:
				if tr.delete(v) != found {
					t.Fatalf("delete %d: found=%v", v, found)
				}
				if found {
					want = slices.Delete(want, at, at+1)
				}
			}
			first, ok := tr.first()
			if tr.len() != len(want) || ok != (len(want) > 0) || (ok && first != want[0]) || !slices.Equal(tr.all(), want) {
				t.Fatalf("tree %v len %d first %d, want %v", tr.all(), tr.len(), first, want)
			}
			for i := range want {
				if tr.at(i) != want[i] {
					t.Fatalf("element %d is %d, want %d", i, tr.at(i), want[i])
				}
			}
			if at, _ := slices.BinarySearch(want, v); tr.before(v) != at {
				t.Fatalf("%d before %d in %v", tr.before(v), v, want)
			}
		}
	})
}

// TestTreeStaysShallow: ascending insertion, the worst for a plain tree, keeps look-ups short.
func TestTreeStaysShallow(t *testing.T) {
	tr := newTree(func(a, b int) bool { return a < b })
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
