package act

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anthdm/hollywood/actor"
)

// One test for each way in which plain hollywood v1.0.5 was seen to lose, mix up or kill. "Raw" tests show the trap
// itself, so that a version without it is noticed; the others show that actors of this package cannot meet it.

// rawPanicEnv makes TestRawFourthPanicKillsTheProcess run its victim instead of itself.
const rawPanicEnv = "PRONTO_ACT_RAW_PANIC"

func rawEngine(t *testing.T) *actor.Engine {
	t.Helper()
	e, err := actor.NewEngine(actor.NewEngineConfig())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRawFourthPanicKillsTheProcess(t *testing.T) {
	if os.Getenv(rawPanicEnv) != "" {
		e := rawEngine(t)
		pid := e.SpawnFunc(func(c *actor.Context) {
			if c.Message() == "x" {
				panic("x")
			}
		}, "victim", actor.WithRestartDelay(0))
		for range 4 {
			e.Send(pid, "x")
		}
		select {} // until the panic on the actor's goroutine ends the process, or the parent does
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	victim := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestRawFourthPanicKillsTheProcess$")
	victim.Env = append(os.Environ(), rawPanicEnv+"=1")
	out, err := victim.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "nil pointer dereference") {
		t.Fatalf("hollywood survived four panics (%v); the recovery here may be simplified:\n%s", err, out)
	}
}

func TestTrap1AnyNumberOfPanicsIsSurvived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, of(func(c *Context, e Envelope) {
			if e.Msg == "x" {
				panic("x")
			}
			echo(c, e)
		}))
		for range 1000 {
			send(t, s, "a", "x")
		}
		if got := ask(t, s, "a", 1); got != 1 {
			t.Fatalf("answer %v", got)
		}
		if n := s.Metrics().Kinds["k"].Panics; n != 1000 {
			t.Fatalf("%d panics counted, want 1000", n)
		}
		halt(t, s)
	})
}

func TestTrap1NilPanicsAndFailingNewAreSurvived(t *testing.T) {
	var tries atomic.Int32
	k := of(nil)
	k.New = func(string) Actor {
		switch tries.Add(1) {
		case 1:
			panic("in New")
		case 2:
			return nil
		}
		return fn(func(c *Context, e Envelope) {
			if e.Msg == "nil" {
				panic(nil)
			}
			echo(c, e)
		})
	}
	s := start(t, k)
	defer halt(t, s)
	for _, msg := range []any{"lost to New", "nil"} {
		if _, err := s.Ask(t.Context(), at("a"), msg); err == nil {
			t.Fatalf("%v: answered without an error", msg)
		}
	}
	if got := ask(t, s, "a", 1); got != 1 {
		t.Fatalf("answer %v", got)
	}
}

func TestTrap2PanicTellsTheSenderAndStallsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, of(func(c *Context, e Envelope) {
			if e.Msg == "x" {
				panic("x")
			}
			echo(c, e)
		}))
		began := time.Now()
		var p *PanicError
		if _, err := s.Ask(t.Context(), at("a"), "x"); !errors.As(err, &p) {
			t.Fatalf("got %v, want *PanicError", err)
		}
		ask(t, s, "a", 1)
		if took := time.Since(began); took != 0 { // hollywood's own restart takes 500 ms
			t.Fatalf("the mailbox stood still for %s", took)
		}
		halt(t, s)
	})
}

func TestTrap2PanicDuringStopNeverRunsAnActorTwiceAtOnce(t *testing.T) {
	for range 50 {
		var inside, overlaps, received atomic.Int32
		s := start(t, of(func(_ *Context, e Envelope) {
			if inside.Add(1) != 1 {
				overlaps.Add(1)
			}
			defer inside.Add(-1)
			if _, again := e.Msg.(Restarted); again {
				return
			}
			received.Add(1)
			if e.Msg.(int)%3 == 0 {
				panic("in the batch that stops")
			}
		}))
		for i := range 100 {
			send(t, s, "a", i)
		}
		halt(t, s)
		if overlaps.Load() != 0 || received.Load() != 100 {
			t.Fatalf("%d overlaps, %d of 100 received", overlaps.Load(), received.Load())
		}
	}
}

func TestRawSecondRespondBlocksTheActor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := rawEngine(t)
		var after atomic.Bool
		pid := e.SpawnFunc(func(c *actor.Context) {
			if c.Message() == "q" {
				c.Respond(1)
				c.Respond(2)
				after.Store(true)
			}
		}, "twice")
		r := e.Request(pid, "q", time.Hour)
		synctest.Wait()
		if after.Load() {
			t.Fatal("a second Respond does not block any more")
		}
		_, _ = r.Result() // lets the actor go
		synctest.Wait()
	})
}

func TestTrap3SecondAndLateAnswersBlockNobody(t *testing.T) {
	s := start(t, of(func(c *Context, e Envelope) {
		for range 3 {
			_ = c.Reply(e, e.Msg)
		}
	}))
	defer halt(t, s)
	for i := range 10 {
		if got := ask(t, s, "a", i); got != i {
			t.Fatalf("answer %v, want %d", got, i)
		}
	}
	halt(t, s)
	if n := s.Metrics().LateAnswers; n != 20 {
		t.Fatalf("%d late answers counted, want 20", n)
	}
}

func TestTrap3EveryAskerGetsItsOwnAnswer(t *testing.T) {
	const outstanding, askers = 200_000, 8
	s := start(t, of(echo))
	defer halt(t, s)
	for range outstanding { // questions that nobody answers; hollywood mixed answers up at 150 000 of them
		s.asks.add()
	}
	var wg sync.WaitGroup
	for n := range askers {
		wg.Go(func() {
			for i := range 2000 {
				got, err := s.Ask(context.Background(), at(fmt.Sprint(n)), [2]int{n, i})
				if err != nil || got != [2]int{n, i} {
					t.Errorf("asker %d, question %d: got %v, %v", n, i, got, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n := s.Metrics().OpenAsks; n != outstanding {
		t.Fatalf("%d asks open, want %d", n, outstanding)
	}
}

func TestRawStopLosesWhatIsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := rawEngine(t)
		var received atomic.Int32
		gate := make(chan struct{})
		pid := e.SpawnFunc(func(c *actor.Context) {
			if c.Message() == "m" {
				received.Add(1)
				<-gate
			}
		}, "stopped")
		e.Send(pid, "m")
		synctest.Wait()
		e.Send(pid, "m")
		e.Stop(pid)
		e.Send(pid, "m")
		close(gate)
		synctest.Wait()
		if n := received.Load(); n == 3 {
			t.Fatal("hollywood's Stop loses nothing any more")
		}
	})
}

func TestTrap4MailboxIsBoundedAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		k := of(func(*Context, Envelope) { <-gate })
		k.Limit = 100
		s := start(t, k)
		refused := 0
		for i := range 1000 {
			if s.Send(Envelope{To: at("a"), Msg: i}) != nil {
				refused++
			}
		}
		m := s.Metrics().Kinds["k"]
		if refused != 900 || m.Overloaded != 900 || m.Waiting != 100 || m.DepthMax != 100 {
			t.Fatalf("%d refused, metrics %+v, want 900 refused and 100 waiting", refused, m)
		}
		close(gate)
		halt(t, s)
	})
}

func TestTrap4StopLosesNothingAndEndsForEveryCaller(t *testing.T) {
	var received atomic.Int32
	s := start(t, of(func(*Context, Envelope) { received.Add(1) }))
	for i := range 5000 {
		send(t, s, fmt.Sprint(i%50), i)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { halt(t, s) })
	}
	wg.Wait()
	if received.Load() != 5000 {
		t.Fatalf("received %d, want 5000", received.Load())
	}
}

func TestTrap6SpawnerRunsNoCodeOfTheActor(t *testing.T) {
	gate := make(chan struct{})
	k := of(nil)
	k.New = func(string) Actor {
		<-gate // as slow as a disk
		return fn(echo)
	}
	s := start(t, k)
	send(t, s, "a", 1) // would hang if New or the first Receive ran here
	close(gate)
	halt(t, s)
}

func TestTrap6NoTimerOutlivesItsActor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var woke wakes
		k := idle(alarms(&woke), time.Minute)
		inner := k.New
		k.New = func(id string) Actor {
			a := inner(id)
			return reluctant{may: func() bool { return true }, fn: func(c *Context, e Envelope) {
				a.Receive(c, e)
				if e.Msg == time.Hour {
					panic("after arming")
				}
			}}
		}
		s := start(t, k)
		send(t, s, "retires", 10*time.Minute)
		send(t, s, "panics", time.Hour)
		send(t, s, "stops", 59*time.Second)
		time.Sleep(50 * time.Second)
		synctest.Wait()
		began := time.Now()
		time.Sleep(2*time.Hour - time.Since(began))
		synctest.Wait()
		if got := woke.String(); got != "[59s]" {
			t.Fatalf("woke at %s, want only the living one at 59s", got)
		}
		send(t, s, "last", time.Second)
		synctest.Wait()
		halt(t, s)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := woke.String(); got != "[59s]" {
			t.Fatalf("woke at %s, want nothing after Stop", got)
		}
	})
}

func TestRawTakenIDSilentlyGetsTheOtherActor(t *testing.T) {
	e := rawEngine(t)
	var second atomic.Bool
	first := e.SpawnFunc(func(*actor.Context) {}, "k", actor.WithID("a"))
	again := e.SpawnFunc(func(*actor.Context) { second.Store(true) }, "k", actor.WithID("a"))
	if !first.Equals(again) || second.Load() {
		t.Fatal("hollywood refuses a taken id now")
	}
}

func TestTrap7OneIDIsSpawnedOnceHoweverManySendFirst(t *testing.T) {
	const senders = 16
	for round := range 200 {
		var made, received atomic.Int32
		k := of(nil)
		k.New = func(string) Actor {
			made.Add(1)
			return fn(func(*Context, Envelope) { received.Add(1) })
		}
		s := start(t, k)
		var wg sync.WaitGroup
		for range senders {
			wg.Go(func() { send(t, s, "a", 1) })
		}
		wg.Wait()
		halt(t, s)
		if made.Load() != 1 || received.Load() != senders {
			t.Fatalf("round %d: %d values made, %d of %d received", round, made.Load(), received.Load(), senders)
		}
	}
}

func TestTrap8NoDeadLettersAndNoSubscribers(t *testing.T) {
	s := start(t, idle(of(echo), minTick))
	var dead atomic.Int32
	watcher := s.engine.SpawnFunc(func(c *actor.Context) {
		switch c.Message().(type) {
		case actor.DeadLetterEvent, actor.ActorDuplicateIdEvent, actor.ActorRestartedEvent, actor.ActorMaxRestartsExceededEvent:
			dead.Add(1)
		}
	}, "watcher", actor.WithMaxRestarts(math.MaxInt32))
	s.engine.Subscribe(watcher)
	for range 20 {
		for i := range 50 {
			ask(t, s, fmt.Sprint(i), i)
		}
		for i := range s.shards { // retire them all
			for range 8 {
				for _, c := range s.shards[i].ripe(minTick) {
					c.push(&letter{kind: letterProbe}, nil)
				}
			}
		}
	}
	halt(t, s)
	s.engine.Unsubscribe(watcher)
	<-s.engine.Poison(watcher).Done()
	if n := dead.Load(); n != 0 {
		t.Fatalf("%d dead letters or duplicates in hollywood, want none", n)
	}
	if s.Metrics().Kinds["k"].Passivations == 0 {
		t.Fatal("nothing was passivated: the test did not reach its subject")
	}
}

func TestTrap9OwnProcesserKeepsTheRestOfABatchInOrder(t *testing.T) {
	gate := make(chan struct{})
	var got []int
	s := start(t, of(func(_ *Context, e Envelope) {
		switch m := e.Msg.(type) {
		case chan struct{}:
			<-m
		case int:
			if m%10 == 5 {
				panic("in the middle of a batch")
			}
			got = append(got, m)
		}
	}))
	send(t, s, "a", gate)
	for i := range 1000 { // one batch, while the first message holds the actor
		send(t, s, "a", i)
	}
	close(gate)
	halt(t, s)
	if len(got) != 900 {
		t.Fatalf("%d messages received, want 900", len(got))
	}
	for i, v := range got {
		if want := i/9*10 + i%9 + (i%9)/5; v != want {
			t.Fatalf("place %d: message %d, want %d", i, v, want)
		}
	}
}

func TestTrap9MessagePastTheDirectoryIsRefused(t *testing.T) {
	s := start(t, of(echo))
	ask(t, s, "a", 1)
	s.engine.Send(s.engine.Registry.GetPID("k", "a"), "uncounted")
	halt(t, s)
	if n := s.Metrics().Kinds["k"].Messages; n != 1 {
		t.Fatalf("%d messages received, want the counted one only", n)
	}
}

func TestTrap10ContextMayBeKeptAndOutlivesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := make(chan *Context, 2)
		var woke, sent atomic.Int32
		s := start(t, of(func(c *Context, e Envelope) {
			switch e.Msg {
			case "keep":
				c.Arm(c.Now().Add(time.Hour))
				kept <- c
			case "x":
				panic("x")
			case "from a kept context":
				sent.Add(1)
			case Wake{}:
				woke.Add(1)
			}
		}))
		send(t, s, "a", "keep")
		send(t, s, "b", "keep")
		one, two := <-kept, <-kept
		if one.Self() == two.Self() {
			t.Fatalf("both contexts say they are %v", one.Self())
		}
		send(t, s, one.Self().ID, "x")
		synctest.Wait()
		before := s.Metrics().Kinds["k"].Messages
		one.Arm(time.Now().Add(time.Second)) // of a value that is gone
		two.Arm(time.Now().Add(time.Second)) // of a value that lives, from another goroutine
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if n := woke.Load(); n != 1 {
			t.Fatalf("%d wakes, want the living actor's only", n)
		}
		if n := s.Metrics().Kinds["k"].Messages - before; n != 1 {
			t.Fatalf("%d letters, want that wake only: the timers of a value end with it", n)
		}
		if err := one.Send(two.Self(), "from a kept context"); err != nil {
			t.Fatalf("send from a kept context: %v", err)
		}
		halt(t, s)
		if n := sent.Load(); n != 1 {
			t.Fatalf("%d messages from the kept context arrived, want 1", n)
		}
	})
}
