package dispatch

import (
	"slices"
	"testing"

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
