package cputime

import "testing"

func TestTheHeapMayGrowLessTheLargerItIs(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]int{0: 800, 20 << 20: 800, 32 << 20: 800, 64 << 20: 400, 100 << 20: 250, 256 << 20: 100, 400 << 20: 50, 10 << 30: 50} {
		if got := gcPercent(live); got != want {
			t.Errorf("%d MiB: %d %%, not %d", live>>20, got, want)
		}
	}
}
