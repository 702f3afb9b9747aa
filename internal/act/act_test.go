package act

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
)

// fn makes an actor of a function.
type fn func(c *Context, e Envelope)

func (f fn) Receive(c *Context, e Envelope) { f(c, e) }

// reluctant is an actor that decides itself whether it retires.
type reluctant struct {
	fn
	may func() bool
}

func (r reluctant) CanRetire() bool { return r.may() }

const testLimit = 1 << 20

// of is a kind named "k" whose actors are all f and never retire.
func of(f fn) Kind {
	return Kind{Name: "k", New: func(string) Actor { return f }, Inbox: 4, Limit: testLimit}
}

func start(t testing.TB, kinds ...Kind) *System {
	t.Helper()
	s := NewSystem(Options{Log: zerolog.Nop()})
	for _, k := range kinds {
		if err := s.Register(k); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func halt(t testing.TB, s *System) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Fatal(err)
	}
}

func at(id string) Address { return Address{Kind: "k", ID: id} }

func send(t testing.TB, s *System, id string, msg any) {
	t.Helper()
	if err := s.Send(Envelope{To: at(id), Msg: msg}); err != nil {
		t.Fatalf("send %v to %s: %v", msg, id, err)
	}
}

func echo(c *Context, e Envelope) { _ = c.Reply(e, e.Msg) }

func ask(t testing.TB, s *System, id string, msg any) any {
	t.Helper()
	answer, err := s.Ask(t.Context(), at(id), msg)
	if err != nil {
		t.Fatalf("ask %s: %v", id, err)
	}
	return answer
}

func TestFirstMessageActivates(t *testing.T) {
	s := start(t, of(echo))
	defer halt(t, s)
	if got := ask(t, s, "a", 7); got != 7 {
		t.Fatalf("answer %v, want 7", got)
	}
	m := s.Metrics().Kinds["k"]
	if m.Alive != 1 || m.Activations != 1 {
		t.Fatalf("alive %d, activations %d, want 1 and 1", m.Alive, m.Activations)
	}
}

func TestUnknownKindIsAnError(t *testing.T) {
	s := start(t)
	defer halt(t, s)
	var unknown *UnknownKindError
	if err := s.Send(Envelope{To: at("a")}); !errors.As(err, &unknown) || unknown.Kind != "k" {
		t.Fatalf("got %v, want *UnknownKindError for k", err)
	}
	if _, err := s.Ask(t.Context(), at("a"), 1); !errors.As(err, &unknown) {
		t.Fatalf("got %v, want *UnknownKindError", err)
	}
	if n := s.Metrics().OpenAsks; n != 0 {
		t.Fatalf("%d asks stay open after a refused one", n)
	}
}

func TestRegisterRefusesWhatCouldNotRun(t *testing.T) {
	s := start(t, of(echo))
	defer halt(t, s)
	ok := of(echo)
	for name, change := range map[string]func(*Kind){
		"no name":     func(k *Kind) { k.Name = "" },
		"slash":       func(k *Kind) { k.Name = "a/b" },
		"reserved":    func(k *Kind) { k.Name = "ask" },
		"hollywood's": func(k *Kind) { k.Name = "eventstream" },
		"no New":      func(k *Kind) { k.Name, k.New = "x", nil },
		"tiny inbox":  func(k *Kind) { k.Name, k.Inbox = "x", 3 },
		"no limit":    func(k *Kind) { k.Name, k.Limit = "x", 0 },
		"idle":        func(k *Kind) { k.Name, k.Idle = "x", -1 },
		"taken":       func(*Kind) {},
	} {
		k := ok
		change(&k)
		if s.Register(k) == nil {
			t.Errorf("%s: registered", name)
		}
	}
	for i := 1; i < maxKinds; i++ {
		k := ok
		k.Name = fmt.Sprint("k", i)
		if err := s.Register(k); err != nil {
			t.Fatal(err)
		}
	}
	ok.Name = "one too many"
	if s.Register(ok) == nil {
		t.Errorf("registered more than %d kinds", maxKinds)
	}
}

func TestOneSendersMessagesKeepTheirOrder(t *testing.T) {
	const senders, each = 4, 5000
	var got [senders][]int // written on the actor's goroutine only
	s := start(t, of(func(_ *Context, e Envelope) {
		m := e.Msg.([2]int)
		got[m[0]] = append(got[m[0]], m[1])
	}))
	var wg sync.WaitGroup
	for n := range senders {
		wg.Go(func() {
			for i := range each {
				send(t, s, "a", [2]int{n, i})
			}
		})
	}
	wg.Wait()
	halt(t, s)
	for n := range got {
		if len(got[n]) != each {
			t.Fatalf("sender %d: %d messages arrived, want %d", n, len(got[n]), each)
		}
		for i, v := range got[n] {
			if v != i {
				t.Fatalf("sender %d: message %d arrived in place %d", n, v, i)
			}
		}
	}
}

func TestFullMailboxRefusesAndNeverBlocks(t *testing.T) {
	gate, started := make(chan struct{}), make(chan struct{}, 8)
	k := of(func(*Context, Envelope) { started <- struct{}{}; <-gate })
	k.Limit = 3
	s := start(t, k)
	for i := range 3 {
		send(t, s, "a", i)
	}
	<-started
	if err := s.Send(Envelope{To: at("a"), Msg: 3}); !errors.Is(err, ErrOverloaded) {
		t.Fatalf("got %v, want ErrOverloaded", err)
	}
	send(t, s, "b", 0) // others are not affected
	m := s.Metrics().Kinds["k"]
	if m.Overloaded != 1 || m.DepthMax != 3 || m.Waiting != 4 {
		t.Fatalf("metrics %+v, want 1 overloaded, depth 3, 4 waiting", m)
	}
	close(gate)
	halt(t, s)
}

func TestStopLetsMailboxesDrain(t *testing.T) {
	var first, second int
	s := start(t,
		of(func(c *Context, _ Envelope) { first++; _ = c.Send(Address{Kind: "next", ID: "b"}, 1) }),
		Kind{Name: "next", New: func(string) Actor { return fn(func(*Context, Envelope) { second++ }) }, Inbox: 4, Limit: testLimit},
	)
	for i := range 10000 {
		send(t, s, "a", i)
	}
	halt(t, s)
	if first != 10000 || second != 10000 {
		t.Fatalf("received %d and %d, want 10000 each", first, second)
	}
	if err := s.Send(Envelope{To: at("a")}); !errors.Is(err, ErrStopped) {
		t.Fatalf("send after stop: %v, want ErrStopped", err)
	}
	if m := s.Metrics().Kinds["k"]; m.Alive != 0 || m.Waiting != 0 {
		t.Fatalf("after stop: %+v", m)
	}
}

func TestStopReportsWhatDidNotStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		received := 0
		s := start(t, of(func(*Context, Envelope) { received++; <-gate }))
		send(t, s, "stuck", 1)
		send(t, s, "stuck", 2)
		asked := make(chan error, 1)
		go func() {
			_, err := s.Ask(context.Background(), at("stuck"), 3)
			asked <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		err := s.Stop(ctx)
		var report *StopError
		if !errors.As(err, &report) || report.Busy != 1 || report.Actors[0] != at("stuck") {
			t.Fatalf("got %v, want a report of k/stuck", err)
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v does not say that time ran out", err)
		}
		if err := <-asked; !errors.Is(err, ErrStopped) {
			t.Errorf("open ask ended with %v, want ErrStopped", err)
		}
		close(gate)
		synctest.Wait()
		if received != 1 {
			t.Errorf("%d messages received, want none after the forced stop", received-1)
		}
	})
}

func TestAskHonoursItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, of(func(*Context, Envelope) {}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if _, err := s.Ask(ctx, at("a"), 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v, want deadline exceeded", err)
		}
		if took := time.Since(began); took != time.Second {
			t.Fatalf("took %s, want 1s", took)
		}
		if n := s.Metrics().OpenAsks; n != 0 {
			t.Fatalf("%d asks stay open", n)
		}
		halt(t, s)
	})
}

func TestForwardKeepsTheSender(t *testing.T) {
	s := start(t,
		of(func(c *Context, e Envelope) { _ = c.Forward(Address{Kind: "next", ID: "b"}, e, "by way of a") }),
		Kind{Name: "next", New: func(string) Actor { return fn(echo) }, Inbox: 4, Limit: 8},
	)
	defer halt(t, s)
	if got := ask(t, s, "a", 1); got != "by way of a" {
		t.Fatalf("answer %v", got)
	}
}

func TestPanicIsLoggedCountedAndAnswered(t *testing.T) {
	var log bytes.Buffer
	s := NewSystem(Options{Log: zerolog.New(&log)})
	var hooked any
	boom := errors.New("boom")
	k := of(func(_ *Context, e Envelope) {
		if _, ok := e.Msg.(Restarted); !ok {
			panic(boom)
		}
	})
	k.OnPanic = func(_ Address, v any) { hooked = v }
	if err := s.Register(k); err != nil {
		t.Fatal(err)
	}
	_, err := s.Ask(t.Context(), at("a"), 1)
	var p *PanicError
	if !errors.As(err, &p) || p.Actor != at("a") || !errors.Is(err, boom) {
		t.Fatalf("got %v, want a *PanicError of k/a around boom", err)
	}
	halt(t, s)
	if n := s.Metrics().Kinds["k"].Panics; n != 1 {
		t.Errorf("%d panics counted, want 1", n)
	}
	if err, _ := hooked.(error); !errors.Is(err, boom) {
		t.Errorf("OnPanic was given %v", hooked)
	}
	for _, want := range []string{"boom", "act_test.go", `"id":"a"`} {
		if !bytes.Contains(log.Bytes(), []byte(want)) {
			t.Errorf("log lacks %q: %s", want, log.Bytes())
		}
	}
}

func TestPanicGivesFailedToTheSendingActor(t *testing.T) {
	failed := make(chan Failed, 1)
	s := start(t,
		of(func(c *Context, e Envelope) {
			switch m := e.Msg.(type) {
			case Failed:
				failed <- m
			default:
				_ = c.Send(Address{Kind: "bad", ID: "b"}, m)
			}
		}),
		Kind{Name: "bad", New: func(string) Actor {
			return fn(func(_ *Context, e Envelope) {
				if e.Msg == "x" {
					panic("bad")
				}
			})
		}, Inbox: 4, Limit: 8},
	)
	defer halt(t, s)
	send(t, s, "a", "x")
	if f := <-failed; f.Msg != "x" || f.Err == nil {
		t.Fatalf("got %+v, want the message and an error", f)
	}
}

func TestNewValueIsToldOfTheRestartBeforeTheNextMessage(t *testing.T) {
	var trace []string
	made := 0
	k := of(nil)
	k.New = func(string) Actor {
		made++
		n := made
		return fn(func(_ *Context, e Envelope) {
			trace = append(trace, fmt.Sprintf("%d:%T %v", n, e.Msg, e.Msg))
			if e.Msg == 2 {
				panic("two")
			}
		})
	}
	s := start(t, k)
	for i := range 4 {
		send(t, s, "a", i+1)
	}
	halt(t, s)
	want := "[1:int 1 1:int 2 2:act.Restarted {} 2:int 3 2:int 4]"
	if got := fmt.Sprint(trace); got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func TestRestartIsTriedAgainWithPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var tries []time.Duration
		ready := false
		k := of(func(c *Context, e Envelope) {
			if _, ok := e.Msg.(Restarted); ok {
				tries = append(tries, time.Since(began))
				if len(tries) < 5 {
					panic("storage is away")
				}
				ready = true
				return
			}
			panic("first")
		})
		s := start(t, k)
		send(t, s, "a", 1)
		time.Sleep(time.Minute)
		synctest.Wait()
		want := "[0s 100ms 300ms 700ms 1.5s]"
		if got := fmt.Sprint(tries); got != want || !ready {
			t.Fatalf("restarted at %s (ready %v), want %s", got, ready, want)
		}
		halt(t, s)
	})
}

func TestHookThatPanicsEndsNothing(t *testing.T) {
	k := of(func(c *Context, e Envelope) {
		if e.Msg == "x" {
			panic("x")
		}
		echo(c, e)
	})
	k.OnPanic = func(Address, any) { panic("in the hook") }
	s := start(t, k)
	defer halt(t, s)
	send(t, s, "a", "x")
	if got := ask(t, s, "a", 1); got != 1 {
		t.Fatalf("answer %v", got)
	}
}
