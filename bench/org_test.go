package bench

import (
	"errors"
	"sync/atomic"
	"testing"
)

func TestNothingMoreIsBegunOnceOneFails(t *testing.T) {
	broken := errors.New("broken")
	var begun atomic.Int64
	err := inParallel(10_000, func(i int) error {
		begun.Add(1)
		if i >= 10 {
			return broken
		}
		return nil
	})
	if err != broken { //nolint:errorlint // one of them, and not all joined
		t.Errorf("%v, not the one error", err)
	}
	if n := begun.Load(); n > 10+2*parallel {
		t.Errorf("%d were begun", n)
	}
	begun.Store(0)
	if err := inParallel(100, func(int) error { begun.Add(1); return nil }); err != nil || begun.Load() != 100 {
		t.Errorf("%d of 100: %v", begun.Load(), err)
	}
}
