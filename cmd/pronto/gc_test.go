package main

import "testing"

func TestTheHeapMayGrowLessTheLargerItIs(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]int{0: 400, 20 << 20: 400, 64 << 20: 400, 100 << 20: 250, 256 << 20: 100, 400 << 20: 50, 10 << 30: 50} {
		if got := gcPercent(live); got != want {
			t.Errorf("%d MiB: %d %%, not %d", live>>20, got, want)
		}
	}
}
