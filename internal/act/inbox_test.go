package act

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func resting(s *System) int {
	s.workers.mu.Lock()
	defer s.workers.mu.Unlock()
	return len(s.workers.resting)
}

// A hundred actors that wait at once need a hundred workers, and nobody needs them afterwards.
func TestWorkersRunWhoeverIsReadyAndGoWhenTheyAreNotNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		s := start(t, of(func(c *Context, e Envelope) {
			if e.Msg == "wait" {
				<-gate
				return
			}
			echo(c, e)
		}))
		for i := range 100 {
			send(t, s, fmt.Sprint(i), "wait")
		}
		synctest.Wait()
		ask(t, s, "another", 1) // although a hundred are busy
		close(gate)
		synctest.Wait()
		if n := resting(s); n != 101 {
			t.Fatalf("%d workers rest, want all 101", n)
		}
		for range 20 { // one of them is needed all the time
			ask(t, s, "0", 1)
			time.Sleep(trimEvery / 4)
		}
		synctest.Wait()
		if n := resting(s); n != 1 {
			t.Errorf("%d workers rest, want the one that is needed", n)
		}
		time.Sleep(2 * trimEvery)
		synctest.Wait()
		if n := resting(s); n != 0 {
			t.Errorf("%d workers rest, want none", n)
		}
		if got := ask(t, s, "0", 2); got != 2 {
			t.Errorf("answer %v after all workers left", got)
		}
		halt(t, s) // the bubble fails if a worker stays
	})
}

func TestACrowdedMailboxGivesItsMemoryBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		s := start(t, of(func(_ *Context, e Envelope) {
			if e.Msg == "wait" {
				<-gate
			}
		}))
		send(t, s, "a", "wait")
		for i := range 10_000 {
			send(t, s, "a", i)
		}
		close(gate)
		synctest.Wait()
		sh := s.shard("a")
		in := &sh.cells[(*s.kinds.Load())["k"].index]["a"].inbox
		if n := cap(in.waiting) + cap(in.spare); n > 2*keptEnvelopes {
			t.Errorf("an idle mailbox keeps room for %d messages", n)
		}
		halt(t, s)
	})
}
