package cputime

import (
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
