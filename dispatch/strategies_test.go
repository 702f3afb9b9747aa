package dispatch

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// asksInTurn lets n conversations come one after the other to free agents, who are free again before the next one.
func asksInTurn(s QueueSettings, agents []Availability, n int) []AgentID {
	q := NewQueue("q1")
	mustStep(q, Envelope{Message: ConfigureQueue{Settings: s}})
	version := uint64(1)
	for _, a := range agents {
		a.Version = version
		mustStep(q, Envelope{Message: a})
	}
	var asked []AgentID
	for i := range n {
		out := mustStep(q, Envelope{Message: Enqueue{Ticket: ticketOf(ConversationID(fmt.Sprint("c", i)), 1)}})
		who := AgentID(out.Sends[1].To.ID)
		asked = append(asked, who)
		version++
		a := agents[slices.IndexFunc(agents, func(a Availability) bool { return a.Agent == who })]
		for _, free := range []int{0, a.Free} {
			version++
			a.Version, a.Free = version, free
			mustStep(q, Envelope{Message: a})
		}
	}
	return asked
}

func agentsWith(shares ...int) []Availability {
	var out []Availability
	for i, share := range shares {
		out = append(out, Availability{Agent: AgentID(fmt.Sprint("a", i)), Free: 3, IdleSince: t0, Share: share})
	}
	return out
}

// TestWeightedIsEvenlyMixed: at every moment each agent has had its share, give or take two conversations.
func TestWeightedIsEvenlyMixed(t *testing.T) {
	s := DefaultQueueSettings()
	s.Strategy = Weighted
	shares := []int{1, 2, 7, 0, 100}
	total := 0
	for _, share := range shares {
		total += max(1, share)
	}
	had := map[AgentID]int{}
	for i, who := range asksInTurn(s, agentsWith(shares...), 3*total) {
		had[who]++
		for j, share := range shares {
			due := float64((i+1)*max(1, share)) / float64(total)
			if n := float64(had[AgentID(fmt.Sprint("a", j))]); n < due-2 || n > due+2 {
				t.Fatalf("after %d conversations agent %d with %d of %d has had %v, due are %.2f", i+1, j, share, total, n, due)
			}
		}
	}
}

// TestWeightedMakesUpForNothing: who was away does not get all that comes after its return.
func TestWeightedMakesUpForNothing(t *testing.T) {
	q := NewQueue("q1")
	s := DefaultQueueSettings()
	s.Strategy = Weighted
	mustStep(q, Envelope{Message: ConfigureQueue{Settings: s}})
	version := uint64(0)
	say := func(agent AgentID, free int) {
		version++
		mustStep(q, Envelope{Message: Availability{Agent: agent, Version: version, Free: free, IdleSince: t0, Share: 1}})
	}
	ask := func() AgentID {
		version++
		out := mustStep(q, Envelope{Message: Enqueue{Ticket: ticketOf(ConversationID(fmt.Sprint("c", version)), 1)}})
		who := AgentID(out.Sends[1].To.ID)
		say(who, 0)
		say(who, 3)
		return who
	}
	say("ana", 3)
	say("bob", 0)
	for range 50 {
		ask()
	}
	say("bob", 3)
	had := map[AgentID]int{}
	for range 10 {
		had[ask()]++
	}
	if had["ana"] < 4 || had["bob"] < 4 {
		t.Errorf("after bob's return: %v", had)
	}
}

// TestRandomIsItsSeed: the same seed gives the same choices, another one others, and all agents come about equally often.
func TestRandomIsItsSeed(t *testing.T) {
	s := DefaultQueueSettings()
	s.Strategy, s.Seed = Random, 7
	agents := agentsWith(1, 1, 1, 1, 1)
	first, again := asksInTurn(s, agents, 1000), asksInTurn(s, agents, 1000)
	if !slices.Equal(first, again) {
		t.Error("the same seed chooses otherwise")
	}
	s.Seed = 8
	if slices.Equal(first, asksInTurn(s, agents, 1000)) {
		t.Error("another seed chooses the same")
	}
	had := map[AgentID]int{}
	for _, who := range first {
		had[who]++
	}
	for _, a := range agents {
		if n := had[a.Agent]; n < 160 || n > 240 {
			t.Errorf("%s got %d of 1000", a.Agent, n)
		}
	}
}

// TestANewBoostMovesWhoIsBeingAskedForToo: a ticket that comes back from an agent has the place of the new settings.
func TestANewBoostMovesWhoIsBeingAskedForToo(t *testing.T) {
	q := NewQueue("q1")
	old, important := ticketOf("c1", 1), ticketOf("c2", 1)
	old.EnqueuedAt, important.Priority = t0.Add(-5*time.Minute), 1
	mustStep(q, Envelope{Message: available("ana", 1, 1)})
	mustStep(q, Envelope{Message: Enqueue{Ticket: old}})
	mustStep(q, Envelope{Message: Enqueue{Ticket: important}})
	asked := q.waiting.of("c1")
	s := DefaultQueueSettings()
	s.AgeBoost = time.Minute
	mustStep(q, Envelope{Message: ConfigureQueue{Settings: s}})
	mustStep(q, Envelope{Message: Refused{Conversation: "c1", Offer: asked.few.asks[0].offer, Agent: "ana", Why: "full"}})
	out := mustStep(q, Envelope{Message: available("ana", 2, 1)})
	if r := out.Sends[1].Message.(Reserve); r.Conversation != "c1" {
		t.Errorf("%s comes first", r.Conversation)
	}
}
