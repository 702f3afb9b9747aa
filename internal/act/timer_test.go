package act

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// wakes notes when actors woke.
type wakes struct {
	mu sync.Mutex
	at []time.Duration
}

func (w *wakes) note(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = append(w.at, d)
}

func (w *wakes) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return fmt.Sprint(w.at)
}

// alarm is an actor that arms what it is told, and notes when it wakes.
type alarm struct {
	began time.Time
	woke  *wakes
}

func (a alarm) Receive(c *Context, e Envelope) {
	switch m := e.Msg.(type) {
	case time.Duration:
		c.Arm(c.Now().Add(m))
	case Wake:
		a.woke.note(time.Since(a.began))
	case string:
		c.Disarm()
	}
}

func alarms(woke *wakes) Kind {
	k := of(nil)
	k.New = func(string) Actor { return alarm{began: time.Now(), woke: woke} }
	return k
}

func TestArmReplacesWhatWasArmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var woke wakes
		s := start(t, alarms(&woke))
		for _, d := range []time.Duration{time.Second, 5 * time.Second, 2 * time.Second, 3 * time.Second} {
			send(t, s, "a", d)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := woke.String(); got != "[3s]" {
			t.Fatalf("woke at %s, want [3s]", got)
		}
		halt(t, s)
	})
}

func TestArmInThePastWakesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var woke wakes
		s := start(t, alarms(&woke))
		send(t, s, "a", -time.Hour)
		synctest.Wait()
		if got := woke.String(); got != "[0s]" {
			t.Fatalf("woke at %s, want [0s]", got)
		}
		halt(t, s)
	})
}

func TestDisarmWithdrawsAWakeAlreadyOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		var woke wakes
		k := of(nil)
		k.New = func(string) Actor {
			a := alarm{began: time.Now(), woke: &woke}
			return fn(func(c *Context, e Envelope) {
				a.Receive(c, e)
				if e.Msg == "wait, then disarm" {
					<-gate
					c.Disarm()
				}
				if e.Msg == "wait, then arm again" {
					<-gate
					c.Arm(c.Now().Add(time.Hour))
				}
			})
		}
		s := start(t, k)
		for _, how := range []string{"wait, then disarm", "wait, then arm again"} {
			send(t, s, how, time.Second)
			synctest.Wait()
		}
		for _, how := range []string{"wait, then disarm", "wait, then arm again"} {
			s.shard(how).mu.RLock()
			c := s.shard(how).cells[(*s.kinds.Load())["k"].index][how]
			s.shard(how).mu.RUnlock()
			c.ctx.mu.Lock()
			stale := armed{ctx: c.ctx, gen: c.ctx.gen}
			c.ctx.mu.Unlock()
			send(t, s, how, how)
			synctest.Wait() // the actor is busy; now its wake comes
			s.shard(how).internal(c, &letter{kind: letterWake, msg: stale})
			gate <- struct{}{}
		}
		synctest.Wait()
		if got := woke.String(); got != "[]" {
			t.Fatalf("woke at %s, want never so far", got)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if got := woke.String(); got != "[1h0m0s]" {
			t.Fatalf("woke at %s, want once, by the second arming", got)
		}
		halt(t, s)
	})
}

func TestClockSetBackDelaysTheWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var back atomic.Int64
		s := start(t)
		s.now = func() time.Time { return time.Now().Round(0).Add(time.Duration(back.Load())) }
		var woke wakes
		if err := s.Register(alarms(&woke)); err != nil {
			t.Fatal(err)
		}
		send(t, s, "a", 10*time.Second)
		synctest.Wait()
		back.Store(int64(-4 * time.Second))
		time.Sleep(time.Minute - time.Since(began))
		synctest.Wait()
		if got := woke.String(); got != "[14s]" {
			t.Fatalf("woke at %s, want [14s]", got)
		}
		halt(t, s)
	})
}

func TestClockThatStandsStillDoesNotSpin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		frozen := time.Now()
		var still atomic.Bool
		still.Store(true)
		s := start(t)
		s.now = func() time.Time {
			if still.Load() {
				return frozen
			}
			return time.Now()
		}
		var woke wakes
		if err := s.Register(alarms(&woke)); err != nil {
			t.Fatal(err)
		}
		send(t, s, "a", time.Millisecond)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if n := s.Metrics().Kinds["k"].Messages; n > 1000 {
			t.Fatalf("%d letters in 10 s of a clock that stands still", n)
		}
		if got := woke.String(); got != "[]" {
			t.Fatalf("woke at %s, before its time", got)
		}
		still.Store(false)
		time.Sleep(time.Second)
		synctest.Wait()
		if got := woke.String(); len(got) < 3 {
			t.Fatalf("did not wake when the clock went on")
		}
		halt(t, s)
	})
}
