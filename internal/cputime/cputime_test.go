package cputime

import (
	"runtime"
	"testing"
	"time"
)

func TestWorkIsCounted(t *testing.T) {
	before, err := Used()
	if err != nil {
		t.Fatal(err)
	}
	after := before
	for began := time.Now(); after < before+20*time.Millisecond && time.Since(began) < 10*time.Second; {
		if after, err = Used(); err != nil {
			t.Fatal(err)
		}
	}
	if after < before+20*time.Millisecond {
		t.Errorf("10 s of work count as %v", after-before)
	}
}

func TestOneThreadMoreThanCoresOrHalfOfThemUnlessTheOperatorSays(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	t.Setenv("GOMAXPROCS", "7")
	if Spare(); runtime.GOMAXPROCS(0) != before {
		t.Errorf("%d threads, the operator said how many", runtime.GOMAXPROCS(0))
	}
	if Halve(); runtime.GOMAXPROCS(0) != before {
		t.Errorf("%d threads, the operator said how many", runtime.GOMAXPROCS(0))
	}
	t.Setenv("GOMAXPROCS", "")
	if Halve(); runtime.GOMAXPROCS(0) != max(1, Cores()/2) {
		t.Errorf("%d threads on half of %d cores", runtime.GOMAXPROCS(0), Cores())
	}
	if Spare(); runtime.GOMAXPROCS(0) != Cores()+1 {
		t.Errorf("%d threads for %d cores", runtime.GOMAXPROCS(0), Cores())
	}
}
