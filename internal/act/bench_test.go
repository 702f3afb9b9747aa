package act

import (
	"fmt"
	"sync"
	"testing"
)

func reportRate(b *testing.B) {
	b.Helper()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// flood sends like a caller that waits its turn when the mailbox is full.
func flood(b *testing.B, s *System, id string, n int) {
	b.Helper()
	to := at(id)
	for range n {
		for s.Send(Envelope{To: to, Msg: 1}) != nil {
			// full: try again
		}
	}
}

func BenchmarkSendToOne(b *testing.B) {
	k := of(func(*Context, Envelope) {})
	k.Inbox = 256
	s := start(b, k)
	b.ReportAllocs()
	b.ResetTimer()
	flood(b, s, "a", b.N)
	halt(b, s)
	reportRate(b)
}

// BenchmarkPingPong counts messages between two actors with as many balls in the air.
func BenchmarkPingPong(b *testing.B) {
	for _, balls := range []int{1, 64} {
		b.Run(fmt.Sprintf("balls=%d", balls), func(b *testing.B) {
			var wg sync.WaitGroup
			s := start(b, of(func(c *Context, e Envelope) {
				n := e.Msg.(int)
				if n == 0 {
					wg.Done()
					return
				}
				to := "b"
				if c.Self().ID == "b" {
					to = "a"
				}
				_ = c.Send(at(to), n-1)
			}))
			b.ReportAllocs()
			b.ResetTimer()
			wg.Add(balls)
			for range balls {
				send(b, s, "a", b.N/balls)
			}
			wg.Wait()
			reportRate(b)
			halt(b, s)
		})
	}
}

func BenchmarkFanIn(b *testing.B) {
	const senders = 100
	k := of(func(*Context, Envelope) {})
	k.Inbox = 256
	s := start(b, k)
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() { flood(b, s, "hub", b.N/senders+1) })
	}
	wg.Wait()
	halt(b, s)
	reportRate(b)
}

func BenchmarkFanOut(b *testing.B) {
	const targets = 10_000
	s := start(b, of(func(*Context, Envelope) {}))
	var to [targets]Address
	for i := range to {
		to[i] = at(fmt.Sprint("agt_", i))
		send(b, s, to[i].ID, 1)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		for s.Send(Envelope{To: to[i%targets], Msg: 1}) != nil {
			// full: try again
		}
	}
	halt(b, s)
	reportRate(b)
}

func BenchmarkActivate(b *testing.B) {
	s := start(b, of(func(*Context, Envelope) {}))
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		send(b, s, fmt.Sprint("cnv_", i), 1)
	}
	b.StopTimer()
	reportRate(b)
	halt(b, s)
}

func BenchmarkAsk(b *testing.B) {
	s := start(b, of(echo))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Ask(b.Context(), at("a"), 1); err != nil {
			b.Fatal(err)
		}
	}
	reportRate(b)
	halt(b, s)
}
