package act

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// alarm is an actor that arms what it is told, and notes when it wakes.
type alarm struct {
	began time.Time
	woke  *[]time.Duration
}

func (a alarm) Receive(c *Context, e Envelope) {
	switch m := e.Msg.(type) {
	case time.Duration:
		c.Arm(c.Now().Add(m))
	case Wake:
		*a.woke = append(*a.woke, time.Since(a.began))
	case string:
		c.Disarm()
	}
}

func alarms(woke *[]time.Duration) Kind {
	k := of(nil)
	k.New = func(string) Actor { return alarm{began: time.Now(), woke: woke} }
	return k
}

func TestArmReplacesWhatWasArmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var woke []time.Duration
		s := start(t, alarms(&woke))
		for _, d := range []time.Duration{time.Second, 5 * time.Second, 2 * time.Second, 3 * time.Second} {
			send(t, s, "a", d)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := fmt.Sprint(woke); got != "[3s]" {
			t.Fatalf("woke at %s, want [3s]", got)
		}
		halt(t, s)
	})
}

func TestArmInThePastWakesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var woke []time.Duration
		s := start(t, alarms(&woke))
		send(t, s, "a", -time.Hour)
		synctest.Wait()
		if got := fmt.Sprint(woke); got != "[0s]" {
			t.Fatalf("woke at %s, want [0s]", got)
		}
		halt(t, s)
	})
}

func TestDisarmWithdrawsAWakeAlreadyOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		var woke []time.Duration
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
			c := s.shard(how).cells[key{kind: (*s.kinds.Load())["k"], id: how}]
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
		if len(woke) != 0 {
			t.Fatalf("woke at %v, want never so far", woke)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if len(woke) != 1 {
			t.Fatalf("woke at %v, want once, by the second arming", woke)
		}
		halt(t, s)
	})
}

func TestClockSetBackDelaysTheWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		back := time.Duration(0)
		s := start(t)
		s.now = func() time.Time { return time.Now().Round(0).Add(back) }
		var woke []time.Duration
		if err := s.Register(alarms(&woke)); err != nil {
			t.Fatal(err)
		}
		send(t, s, "a", 10*time.Second)
		synctest.Wait()
		back = -4 * time.Second
		time.Sleep(time.Minute - time.Since(began))
		synctest.Wait()
		if got := fmt.Sprint(woke); got != "[14s]" {
			t.Fatalf("woke at %s, want [14s]", got)
		}
		halt(t, s)
	})
}
