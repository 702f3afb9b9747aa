package dispatch

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

// maxWaitingBytes is what a conversation that waits in a queue may cost, with its place in every index.
const maxWaitingBytes = 200

// TestAWaitingConversationIsSmall: a million of them have to fit beside everything else.
func TestAWaitingConversationIsSmall(t *testing.T) {
	if n := bytesPerTicket(50_000, plainTicket); n > maxWaitingBytes {
		t.Errorf("a plain ticket takes %.0f bytes, at most %d", n, maxWaitingBytes)
	}
}

// BenchmarkWaitingMemory is what a waiting conversation costs in a loaded queue, by what its ticket has.
func BenchmarkWaitingMemory(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		for name, make := range map[string]func(int, *Ticket){
			"plain": plainTicket,
			"priorities": func(i int, t *Ticket) {
				plainTicket(i, t)
				t.Priority = i % 7
			},
			"skills": func(i int, t *Ticket) {
				plainTicket(i, t)
				t.Skills = []SkillNeed{{SkillID(fmt.Sprintf("skl%02d", i%20)), 1 + i%5}}
			},
			"refused": func(i int, t *Ticket) {
				plainTicket(i, t)
				t.Excluded, t.RelaxAt, t.Preferred = []AgentID{AgentID(fmt.Sprintf("agt_%026d", i%1000))}, t0.Add(time.Hour), "agt_someone"
			},
		} {
			b.Run(fmt.Sprintf("waiting=%d/%s", n, name), func(b *testing.B) {
				bytes := 0.0
				for range b.N {
					bytes += bytesPerTicket(n, make)
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(bytes/float64(b.N), "B/waiting")
			})
		}
	}
}

func plainTicket(i int, t *Ticket) {
	t.Since, t.ToldAt, t.Told = t.EnqueuedAt, t.EnqueuedAt, i+1
}

// bytesPerTicket loads a queue as its actor does: with ids of our own, in their order.
func bytesPerTicket(n int, fill func(i int, t *Ticket)) float64 {
	before := liveBytes()
	tickets := make([]Ticket, n)
	for i := range tickets {
		at := t0.Add(time.Duration(i) * 10 * time.Millisecond)
		tickets[i] = Ticket{
			Conversation: numbered(i), Version: 1, Queue: "q1", EnqueuedAt: at, Weight: 1,
		}
		fill(i, &tickets[i])
	}
	q := NewQueue("q1")
	mustStep(q, Envelope{Message: LoadQueue{Tickets: tickets}})
	tickets = nil
	used := liveBytes() - before
	runtime.KeepAlive(q)
	return used / float64(n)
}

func liveBytes() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
