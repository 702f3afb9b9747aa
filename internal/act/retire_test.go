package act

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func idle(k Kind, d time.Duration) Kind { k.Idle = d; return k }

func alive(s *System) int64 { return s.Metrics().Kinds["k"].Alive }

func TestIdleActorIsPassivatedAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, idle(of(echo), time.Minute))
		began := time.Now()
		ask(t, s, "a", 1)
		time.Sleep(time.Minute - time.Nanosecond)
		synctest.Wait()
		if alive(s) != 1 {
			t.Fatal("passivated before its Idle")
		}
		time.Sleep(time.Minute / 2)
		synctest.Wait()
		if alive(s) != 0 {
			t.Fatalf("still alive %s after its last message", time.Since(began))
		}
		if got := ask(t, s, "a", 2); got != 2 {
			t.Fatalf("answer %v after passivation", got)
		}
		m := s.Metrics().Kinds["k"]
		if m.Activations != 2 || m.Passivations != 1 {
			t.Fatalf("metrics %+v, want 2 activations, 1 passivation", m)
		}
		halt(t, s)
	})
}

func TestMessagesPutPassivationOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, idle(of(echo), time.Minute))
		for range 20 {
			ask(t, s, "a", 1)
			time.Sleep(50 * time.Second)
		}
		if n := s.Metrics().Kinds["k"].Activations; n != 1 {
			t.Fatalf("%d activations, want 1", n)
		}
		halt(t, s)
	})
}

func TestActorMayRefuseToRetire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		var may atomic.Bool
		k := idle(of(nil), time.Minute)
		k.New = func(string) Actor { return reluctant{fn: echo, may: func() bool { asked.Add(1); return may.Load() }} }
		s := start(t, k)
		ask(t, s, "a", 1)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := asked.Load(); alive(s) != 1 || n < 5 || n > 10 {
			t.Fatalf("alive %d, asked %d times in ten minutes, want alive and asked once per Idle", alive(s), n)
		}
		may.Store(true)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if alive(s) != 0 {
			t.Fatal("alive although it agreed to retire")
		}
		halt(t, s)
	})
}

func TestArmedActorStaysUnlessItAgrees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var silent, agrees atomic.Int32
		woke := map[string]*atomic.Int32{"silent": &silent, "agrees": &agrees}
		arm := fn(func(c *Context, e Envelope) {
			if _, ok := e.Msg.(Wake); ok {
				woke[c.Self().ID].Add(1)
				return
			}
			c.Arm(c.Now().Add(time.Hour))
		})
		k := idle(of(nil), time.Minute)
		k.New = func(id string) Actor {
			if id == "agrees" {
				return reluctant{fn: arm, may: func() bool { return true }}
			}
			return arm
		}
		s := start(t, k)
		send(t, s, "silent", 1)
		send(t, s, "agrees", 1)
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		if alive(s) != 1 {
			t.Fatalf("%d alive, want only the silent one", alive(s))
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if silent.Load() != 1 || agrees.Load() != 0 {
			t.Fatalf("woke %d and %d times, want the silent one only", silent.Load(), agrees.Load())
		}
		if alive(s) != 0 {
			t.Fatal("alive long after its wake")
		}
		halt(t, s)
	})
}

func TestNothingIsSweptWhileNothingIsAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, idle(of(echo), time.Minute))
		ask(t, s, "a", 1)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if s.shard("a").sweeper.Stop() {
			t.Fatal("the sweeper is armed with no actor in memory")
		}
		ask(t, s, "a", 1)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if alive(s) != 0 {
			t.Fatal("the sweeper did not come back with the actor")
		}
		halt(t, s)
	})
}

// retireNow does what the sweeper does for the shard of id, without its patience.
func retireNow(s *System, id string) {
	for range 20 {
		for _, c := range s.shard(id).ripe(minTick) {
			c.push(&letter{kind: letterProbe}, nil)
		}
		runtime.Gosched()
	}
}

// TestNeverTwoAliveAndNothingLost sends to few ids whose actors retire as fast as they can, by their time and because there
// are more than are kept, while some panic.
func TestNeverTwoAliveAndNothingLost(t *testing.T) {
	const ids, senders, each = 8, 6, 1500
	var inside [ids]atomic.Int32
	var received, overlaps atomic.Int64
	numbers := map[string]int{}
	k := keep(of(nil), 2)
	k.Idle = minTick
	k.New = func(id string) Actor {
		n := numbers[id]
		owner := new(int) // a race report here means two goroutines in one actor
		return fn(func(c *Context, e Envelope) {
			if inside[n].Add(1) != 1 {
				overlaps.Add(1)
			}
			defer inside[n].Add(-1)
			*owner++
			if _, again := e.Msg.(Restarted); again {
				return
			}
			received.Add(1)
			if e.Msg.(int)%97 == 0 {
				panic("now and then")
			}
		})
	}
	s := start(t, k)
	names := together(s, ids)
	for n, id := range names {
		numbers[id] = n
	}
	var wg sync.WaitGroup
	for n := range senders {
		wg.Go(func() {
			for i := range each {
				id := names[(i*7+n)%ids]
				if i%3 != 0 {
					if err := s.Send(Envelope{To: at(id), Msg: i}); err != nil {
						t.Errorf("send: %v", err)
					}
					continue
				}
				_, _ = s.Ask(context.Background(), at(id), 97) // panics, and leaves the mailbox nearly empty
				retireNow(s, id)
			}
		})
	}
	wg.Wait()
	halt(t, s)
	m := s.Metrics().Kinds["k"]
	if received.Load() != senders*each || overlaps.Load() != 0 {
		t.Fatalf("received %d of %d, %d overlaps", received.Load(), senders*each, overlaps.Load())
	}
	if m.Passivations < 50 || m.Panics < 50 {
		t.Fatalf("only %d passivations and %d panics: the test did not reach its subject", m.Passivations, m.Panics)
	}
	if m.Alive != 0 || m.Waiting != 0 {
		t.Fatalf("after stop: %+v", m)
	}
	if n := s.engine.Registry.GetPID("k", names[0]); n != nil {
		t.Fatal("hollywood still knows an actor")
	}
}

// TestAcceptedIsHandledOrRefusedDuringStop races senders with Stop: an accepted message is received.
func TestAcceptedIsHandledOrRefusedDuringStop(t *testing.T) {
	for round := range 50 {
		var received, accepted atomic.Int64
		s := start(t, of(func(*Context, Envelope) { received.Add(1) }))
		var wg sync.WaitGroup
		for n := range 4 {
			wg.Go(func() {
				for i := 0; ; i++ {
					switch err := s.Send(Envelope{To: at(fmt.Sprint(n, i%10))}); {
					case err == nil:
						accepted.Add(1)
					case errors.Is(err, ErrStopped):
						return
					default:
						t.Errorf("send: %v", err)
						return
					}
				}
			})
		}
		for received.Load() < int64(round) {
			_ = s.Metrics()
		}
		halt(t, s)
		wg.Wait()
		if received.Load() != accepted.Load() {
			t.Fatalf("round %d: accepted %d, received %d", round, accepted.Load(), received.Load())
		}
	}
}
