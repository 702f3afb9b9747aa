package app

import "testing"

func TestIDsSortInTheOrderInWhichTheyWereMade(t *testing.T) {
	last := ""
	for i := range 100_000 {
		id := newID("cnv", homePartition)
		if id <= last {
			t.Fatalf("id %d: %s after %s", i, id, last)
		}
		last = id
	}
}
