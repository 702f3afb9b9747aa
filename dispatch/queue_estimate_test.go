package dispatch

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestAnAverageIsThatOfTheLastHour compares the ring of minutes with the list of everything.
func TestAnAverageIsThatOfTheLastHour(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h hourly
		type sample struct {
			at time.Time
			d  time.Duration
		}
		var all []sample
		now := t0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20*60).Draw(t, "seconds")) * time.Second)
			s := sample{now.Add(-time.Duration(rapid.IntRange(-2, 70).Draw(t, "age")) * time.Minute), time.Duration(rapid.IntRange(-500, 500).Draw(t, "d")) * time.Second}
			h.add(now, s.at, s.d)
			if minute := s.at.Truncate(time.Minute); !minute.After(now) && minute.After(now.Truncate(time.Minute).Add(-time.Hour)) {
				all = append(all, s)
			}
			n, sum := 0, time.Duration(0)
			for _, s := range all {
				if s.at.Truncate(time.Minute).After(now.Truncate(time.Minute).Add(-time.Hour)) {
					n++
					sum += s.d
				}
			}
			if mean, got := h.mean(now); got != n || (n > 0 && mean != sum/time.Duration(n)) {
				t.Fatalf("mean %v of %d, not %v of %d", mean, got, sum, n)
			}
		}
	})
}

func TestTheWaitFollowsFromHandlingPlaceAndEffectiveSlots(t *testing.T) {
	q := NewQueue("q1")
	for _, m := range []Message{
		busy("ana", 1, 4, 2), busy("bob", 1, 1, 1), // 2 + 1 slots
		Enqueue{Ticket: ticketOf("c1", 1)}, Enqueue{Ticket: ticketOf("c2", 1)}, Enqueue{Ticket: ticketOf("c3", 1)},
	} {
		mustStep(q, Envelope{Message: m})
	}
	if p, _ := q.Place(t0, "c2"); p != (Place{Position: 2, Waiting: 3, Ready: 2}) {
		t.Errorf("without any handling: %+v", p)
	}
	mustStep(q, Envelope{Message: Served{Sample: ServiceSample{At: t0, Handling: 5 * time.Minute}}})
	mustStep(q, Envelope{Message: Served{Sample: ServiceSample{At: t0, Handling: time.Minute}}})
	for i, want := range []time.Duration{time.Minute, 2 * time.Minute, 3 * time.Minute} {
		if p, _ := q.Place(t0, ConversationID(fmt.Sprint("c", i+1))); p.Wait != want {
			t.Errorf("place %d waits %v, not %v", i+1, p.Wait, want)
		}
	}
	if v := q.View(t0); v.Handling != 3*time.Minute || v.Handled != 2 || v.Slots != 3000 || v.Wait != 4*time.Minute || !v.Oldest.Equal(t0) {
		t.Errorf("view %+v", v)
	}
	if v := q.View(t0.Add(time.Hour)); v.Handled != 0 || v.Wait != 0 {
		t.Errorf("an hour later: %+v", v)
	}
	mustStep(q, Envelope{Message: Availability{Agent: "ana", Version: 2}})
	if p, _ := q.Place(t0, "c1"); p.Ready != 1 || p.Wait != 3*time.Minute {
		t.Errorf("ana is not ready: %+v", p)
	}
}

// TestEstimatesAreRightOnAverage runs crowded queues for half a day each: agents with several slots, times that scatter
// as people's do. The bias stays small against the waits, and counting only those ahead would promise too little.
func TestEstimatesAreRightOnAverage(t *testing.T) {
	var all floor
	for seed := range uint64(5) {
		f := runFloor(seed + 7)
		v := f.q.View(f.now).Error
		if v.Answered == 0 || v.Mean < v.Bias.Abs() {
			t.Errorf("the queue measured %+v", v)
		}
		all.n, all.waited, all.bias, all.ahead = all.n+f.n, all.waited+f.waited, all.bias+f.bias, all.ahead+f.ahead
	}
	n := time.Duration(all.n)
	mean, bias, ahead := all.waited/n, all.bias/n, all.ahead/n
	t.Logf("%d answered after %v on average: bias %v; counting only those ahead: %v", n, mean, bias, ahead)
	if n < 5000 || bias.Abs() > mean/20 || ahead.Abs() < bias.Abs() {
		t.Errorf("bias %v (ahead only: %v) of waits of %v over %d", bias, ahead, mean, n)
	}
}

func runFloor(seed uint64) *floor {
	f := &floor{q: NewQueue("q1"), now: t0, seed: seed, ends: map[AgentID][]time.Time{}, asked: map[ConversationID]Place{}, came: map[ConversationID]time.Time{}}
	for i := range 3 {
		f.tell(AgentID(fmt.Sprint("agent", i)))
	}
	next := f.now
	for f.now.Before(t0.Add(12 * time.Hour)) {
		id, end := f.nextEnd()
		if next.Before(end) || id == "" {
			f.now = next
			next = f.now.Add(f.random(floorHandling / (3 * floorSlots) * 100 / 97))
			f.arrive()
			continue
		}
		f.now = end
		f.finish(id)
	}
	return f
}

const (
	floorSlots    = 4
	floorHandling = 5 * time.Minute
)

// floor is a queue with agents who take whatever they are asked for.
type floor struct {
	q       *Queue
	now     time.Time
	seed    uint64
	version uint64
	ends    map[AgentID][]time.Time
	asked   map[ConversationID]Place // of those who waited in line
	came    map[ConversationID]time.Time

	n                   int
	waited, bias, ahead time.Duration
}

// random is exponential, as times between arrivals and of handling mostly are; always the same for the same seed.
func (f *floor) random(mean time.Duration) time.Duration {
	f.seed = f.seed*6364136223846793005 + 1442695040888963407
	return time.Duration(-math.Log(float64(f.seed>>11+1)/(1<<53)) * float64(mean))
}

func (f *floor) step(m Message) {
	out, err := f.q.Step(f.now, Envelope{Message: m})
	if err != nil {
		panic(err)
	}
	for _, e := range out.Sends {
		switch m := e.Message.(type) {
		case Enqueued:
			if id := ConversationID(e.To.ID); m.Place.Position > 0 {
				f.asked[id] = m.Place
			}
		case Reserve:
			f.take(AgentID(e.To.ID), m)
		}
	}
}

func (f *floor) arrive() {
	f.version++
	ticket := ticketOf(ConversationID(fmt.Sprintf("c%d", f.version)), 1)
	ticket.EnqueuedAt = f.now
	f.came[ticket.Conversation] = f.now
	f.step(Enqueue{Ticket: ticket})
}

func (f *floor) take(agent AgentID, m Reserve) {
	wait := f.now.Sub(f.came[m.Conversation])
	if p, waited := f.asked[m.Conversation]; waited && p.Wait > 0 {
		f.n++
		f.waited += wait
		f.bias += wait - p.Wait
		f.ahead += wait - p.Wait*time.Duration(p.Position-1)/time.Duration(p.Position)
		f.step(Answered{Sample: ServiceSample{AnsweredAt: f.now, Expected: p.Wait, Waited: wait}})
	}
	f.step(Dequeue{Conversation: m.Conversation, Version: 1})
	f.ends[agent] = append(f.ends[agent], f.now.Add(f.random(floorHandling)))
	slices.SortFunc(f.ends[agent], time.Time.Compare)
	f.tell(agent)
}

func (f *floor) tell(agent AgentID) {
	f.version++
	load := len(f.ends[agent])
	f.step(Availability{Agent: agent, Version: f.version, Free: floorSlots - load, Load: load, IdleSince: f.now, Capacity: floorSlots, Queues: 1})
}

func (f *floor) nextEnd() (who AgentID, at time.Time) {
	for _, id := range sortedKeys(f.ends) {
		if e := f.ends[id]; len(e) > 0 && (who == "" || e[0].Before(at)) {
			who, at = id, e[0]
		}
	}
	return who, at
}

func (f *floor) finish(agent AgentID) {
	f.ends[agent] = f.ends[agent][1:]
	f.step(Served{Sample: ServiceSample{At: f.now, Handling: floorHandling}})
	f.tell(agent)
}
