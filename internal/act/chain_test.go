package act

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// relay passes a message on as often as it says, to the next of a hundred actors.
func relay(c *Context, e Envelope) {
	if n, ok := e.Msg.(int); ok && n > 0 {
		_ = c.Forward(at(fmt.Sprint(n%100)), e, n-1)
		return
	}
	_ = c.Reply(e, "through")
}

func TestAChainOfMessagesNeedsOneWorker(t *testing.T) {
	for chain, want := range map[bool]int{true: 1, false: 2} {
		synctest.Test(t, func(t *testing.T) {
			k := of(relay)
			k.Chain = chain
			s := start(t, k)
			ask(t, s, "0", 100) // activates them: each first runs on its own
			synctest.Wait()
			time.Sleep(3 * trimEvery)
			if got := ask(t, s, "0", 1000); got != "through" {
				t.Fatalf("answer %v", got)
			}
			synctest.Wait()
			if n := resting(s); n < want || chain && n > want {
				t.Errorf("chain %t: %d workers were needed, want %d", chain, n, want)
			}
			halt(t, s)
		})
	}
}

// What an actor woke must not wait until its next message is done, which may take long.
func TestWhatWasWokenDoesNotWaitForTheNextMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate, told := make(chan struct{}), make(chan string, 2)
		k := of(nil)
		k.Chain = true
		k.New = func(id string) Actor {
			return fn(func(c *Context, e Envelope) {
				switch {
				case id == "b":
					told <- "b was told"
				case e.Msg == "hold":
					<-gate
				default:
					_ = c.Send(at("b"), "x")
				}
			})
		}
		s := start(t, k)
		first := make(chan struct{})
		send(t, s, "a", "hold") // so that the two below come in one batch
		synctest.Wait()
		send(t, s, "a", "tell")
		send(t, s, "a", "hold")
		go func() { gate <- struct{}{}; close(first) }()
		<-first
		synctest.Wait()
		select {
		case <-told:
		default:
			t.Error("b waits for what a does next")
		}
		gate <- struct{}{}
		halt(t, s)
	})
}

func TestChainsLoseNothingAndKeepOrder(t *testing.T) {
	const senders, each = 20, 500
	var mu sync.Mutex
	got := map[string][]int{}
	k := of(nil)
	k.Chain = true
	k.New = func(id string) Actor {
		return fn(func(c *Context, e Envelope) {
			if id == "quiet" {
				return
			}
			if id == "hub" {
				mu.Lock()
				defer mu.Unlock()
				got[e.From.ID] = append(got[e.From.ID], e.Msg.(int))
				return
			}
			_ = c.Send(at("hub"), e.Msg)
			_ = c.Send(at("quiet"), e.Msg)
		})
	}
	s := start(t, k)
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			for n := range each {
				send(t, s, fmt.Sprint(i), n)
			}
		})
	}
	wg.Wait()
	halt(t, s)
	for i := range senders {
		list := got[fmt.Sprint(i)]
		if len(list) != each {
			t.Fatalf("%d of %d messages of %d", len(list), each, i)
		}
		for n, v := range list {
			if n != v {
				t.Fatalf("message %d of %d is %d", n, i, v)
			}
		}
	}
}
