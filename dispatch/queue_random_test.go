package dispatch

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestTheQueueChoosesAsTheNaiveSearchDoes: whoever comes, a conversation or an agent, gets what a search through
// everything would give; with more distinct demands than classes are kept (I9, I10).
func TestTheQueueChoosesAsTheNaiveSearchDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := NewQueue("q1")
		strategy := rapid.SampledFrom([]Strategy{LongestIdle, LeastBusy, MostSpareCapacity, RoundRobin}).Draw(t, "strategy")
		now, version := t0, uint64(0)
		step := func(m Message) []Envelope {
			out, err := q.Step(now, Envelope{Message: m})
			if err != nil {
				t.Fatal(err)
			}
			if err := soundQueue(q); err != nil {
				t.Fatalf("%T: %v", m, err)
			}
			return out.Sends
		}
		step(ConfigureQueue{Strategy: strategy})
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			version++
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0, 1, 2, 3:
				ticket := drawTicket(t, now, version)
				want := naiveAgent(q, ticket, now)
				wantAsked(t, step(Enqueue{Ticket: ticket}), want, ticket.Conversation)
			case 4, 5, 6:
				a := drawAvailability(t, now, version)
				want := naiveTicket(q, a)
				wantAsked(t, step(a), a.Agent, want)
			case 7:
				step(Dequeue{Conversation: someTicket(t), Version: version})
			case 8:
				if w := q.waiting[someTicket(t)]; w != nil && w.agent != "" {
					step(Refused{Conversation: w.Conversation, Offer: w.offer, Agent: w.agent, Why: rapid.SampledFrom([]string{"full", "already"}).Draw(t, "why")})
				}
			case 9:
				now = now.Add(rapid.SampledFrom(someTimes).Draw(t, "time"))
				step(Wake{})
				if at := q.NextDeadline(); !at.IsZero() && !at.After(now) {
					t.Fatalf("woken at %v, and again at %v", now, at)
				}
			}
		}
	})
}

func someTicket(t *rapid.T) ConversationID {
	return ConversationID(fmt.Sprintf("c%d", rapid.IntRange(0, 9).Draw(t, "ticket")))
}

func drawTicket(t *rapid.T, now time.Time, version uint64) Ticket {
	ticket := Ticket{
		Conversation: someTicket(t), Version: version, Queue: "q1", Weight: rapid.IntRange(1, 3).Draw(t, "weight"),
		Priority:   rapid.IntRange(-1, 2).Draw(t, "priority"),
		EnqueuedAt: now.Add(-time.Duration(rapid.IntRange(0, 1500).Draw(t, "age")) * time.Second),
	}
	if rapid.Bool().Draw(t, "skilled") {
		ticket.Skills = []SkillNeed{{"pt", rapid.IntRange(1, 5).Draw(t, "level")}}
	}
	if rapid.IntRange(0, 2).Draw(t, "refused") == 0 {
		ticket.Excluded = []AgentID{rapid.SampledFrom(someAgents).Draw(t, "excluded")}
		ticket.RelaxAt = now.Add(rapid.SampledFrom([]time.Duration{0, time.Second, time.Minute}).Draw(t, "pause"))
	}
	if rapid.IntRange(0, 2).Draw(t, "prefers") == 0 {
		ticket.Preferred = rapid.SampledFrom(someAgents).Draw(t, "preferred")
	}
	return ticket
}

func drawAvailability(t *rapid.T, now time.Time, version uint64) Availability {
	a := Availability{
		Agent: rapid.SampledFrom(someAgents).Draw(t, "agent"), Version: version, Free: rapid.IntRange(0, 4).Draw(t, "free"),
		Load: rapid.IntRange(0, 3).Draw(t, "load"), IdleSince: now.Add(-time.Duration(rapid.IntRange(0, 3).Draw(t, "idle")) * time.Second),
	}
	if rapid.Bool().Draw(t, "skilled") {
		a.Skills = []SkillLevel{{"pt", rapid.IntRange(1, 5).Draw(t, "level")}}
	}
	return a
}

// naiveAgent is who should be asked for a new ticket: the preferred one if possible, else the first in turn; who refused
// in this round waits for the pause, and comes last then.
func naiveAgent(q *Queue, ticket Ticket, now time.Time) AgentID {
	relaxed := !now.Before(ticket.RelaxAt)
	var may []*candidate
	for _, id := range sortedKeys(q.agents) {
		c := q.agents[id]
		refused := slices.Contains(ticket.Excluded, id)
		if !c.asked && c.Free >= ticket.Weight && hasSkills(c.Skills, ticket.Skills) && (!refused || relaxed) {
			may = append(may, c)
		}
	}
	slices.SortFunc(may, func(a, b *candidate) int {
		x, y := slices.Contains(ticket.Excluded, a.Agent), slices.Contains(ticket.Excluded, b.Agent)
		switch {
		case x != y && x:
			return 1
		case x != y:
			return -1
		}
		return naiveTurn(q.strategy, a, b)
	})
	for _, c := range may {
		if c.Agent == ticket.Preferred {
			return c.Agent
		}
	}
	if len(may) == 0 {
		return ""
	}
	return may[0].Agent
}

// naiveTicket is what an agent should get: the first in the waiting order of all that fit.
func naiveTicket(q *Queue, a Availability) ConversationID {
	if old := q.agents[a.Agent]; old != nil && old.Version >= a.Version {
		return ""
	}
	var may []Ticket
	for _, id := range sortedKeys(q.waiting) {
		w := q.waiting[id]
		refused := slices.Contains(w.Excluded, a.Agent) && !w.relaxed
		if w.agent == "" && !refused && !slices.Contains(w.skip, a.Agent) && a.Free >= w.Weight && hasSkills(a.Skills, w.Skills) {
			may = append(may, w.Ticket)
		}
	}
	if len(may) == 0 {
		return ""
	}
	slices.SortFunc(may, naiveOrder)
	return may[0].Conversation
}

// wantAsked: exactly the agent is asked for exactly the conversation, or nobody when either is empty.
func wantAsked(t *rapid.T, sends []Envelope, agent AgentID, conversation ConversationID) {
	var asked []string
	for _, e := range sends {
		if r, ok := e.Message.(Reserve); ok {
			asked = append(asked, e.To.ID+" "+string(r.Conversation))
		}
	}
	var want []string
	if agent != "" && conversation != "" {
		want = []string{string(agent) + " " + string(conversation)}
	}
	if !slices.Equal(asked, want) {
		t.Fatalf("asked %v, the naive search says %v", asked, want)
	}
}
