package dispatch

import (
	"fmt"
	"reflect"
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
		step(ConfigureQueue{Settings: drawSettings(t)})
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			version++
			switch rapid.IntRange(0, 10).Draw(t, "what") {
			case 10:
				step(ConfigureQueue{Settings: drawSettings(t)})
			case 0, 1, 2, 3:
				ticket := drawTicket(t, now, version)
				want := naiveAgents(q, ticket, now)
				wantAsked(t, step(Enqueue{Ticket: ticket}), want, ticket.Conversation)
			case 4, 5, 6:
				a := drawAvailability(t, now, version)
				want := naiveTicket(q, a)
				if c := q.agents[a.Agent]; c != nil && c.kept.len() > 0 { // others may get what was kept
					step(a)
					continue
				}
				wantAsked(t, step(a), []AgentID{a.Agent}, want)
			case 7:
				step(Dequeue{Conversation: someTicket(t), Version: version})
			case 8:
				if w := q.waiting.of(someTicket(t)); w != nil && len(w.rare().asks) > 0 {
					step(Refused{Conversation: w.conversation(), Offer: w.few.asks[0].offer, Agent: w.few.asks[0].agent, Why: rapid.SampledFrom([]string{"full", "already"}).Draw(t, "why")})
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

var someSkills = []SkillID{"pt", "en", "es", "de"}

func someTicket(t *rapid.T) ConversationID {
	return ConversationID(fmt.Sprintf("c%d", rapid.IntRange(0, 9).Draw(t, "ticket")))
}

func drawTicket(t *rapid.T, now time.Time, version uint64) Ticket {
	ticket := Ticket{
		Conversation: someTicket(t), Version: version, Queue: "q1", Weight: rapid.IntRange(1, 3).Draw(t, "weight"),
		Priority:   rapid.IntRange(-1, 2).Draw(t, "priority"),
		EnqueuedAt: now.Add(-time.Duration(rapid.IntRange(0, 1500).Draw(t, "age")) * time.Second),
	}
	ticket.Top = rapid.IntRange(0, 4).Draw(t, "top") == 0
	for range rapid.IntRange(0, 3).Draw(t, "needs") { // also one twice, and in any order
		ticket.Skills = append(ticket.Skills, SkillNeed{rapid.SampledFrom(someSkills).Draw(t, "need"), rapid.IntRange(1, 5).Draw(t, "level")})
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
	for range rapid.IntRange(0, 4).Draw(t, "skills") {
		a.Skills = append(a.Skills, SkillLevel{rapid.SampledFrom(someSkills).Draw(t, "skill"), rapid.IntRange(1, 5).Draw(t, "level")})
	}
	if a.Free > 0 || rapid.Bool().Draw(t, "at work") {
		a.Capacity = a.Free + a.Load + 1
	}
	a.Tier, a.Share = rapid.IntRange(0, 3).Draw(t, "tier"), rapid.IntRange(0, 3).Draw(t, "share")
	return a
}

// naiveAgents are those of whom one should be asked for a new ticket: the preferred one if possible, else the first in
// turn, or any under a lot; who refused in this round waits for the pause, and comes last then.
func naiveAgents(q *Queue, ticket Ticket, now time.Time) []AgentID {
	if q.settings.Mode == ModePull {
		return nil
	}
	relaxed := !now.Before(ticket.RelaxAt)
	need := naiveDemand(q.settings, ticket, now)
	var fresh, refused []*candidate
	for _, id := range sortedKeys(q.agents) {
		c := q.agents[id]
		switch {
		case c.asked || c.Free < ticket.Weight || !hasSkills(c.Skills, need.skills) || need.tiers > 0 && max(1, c.Tier) > need.tiers:
		case !slices.Contains(ticket.Excluded, id):
			fresh = append(fresh, c)
		case relaxed:
			refused = append(refused, c)
		}
	}
	for _, c := range append(fresh, refused...) {
		if c.Agent == ticket.Preferred {
			return []AgentID{c.Agent}
		}
	}
	if naiveKept(q, ticket, now) {
		return nil
	}
	may := fresh
	if len(may) == 0 {
		may = refused
	}
	if q.settings.Strategy != Random {
		slices.SortFunc(may, func(a, b *candidate) int { return naiveTurn(q.settings.Strategy, a, b) })
		may = may[:min(1, len(may))]
	}
	var out []AgentID
	for _, c := range may {
		out = append(out, c.Agent)
	}
	return out
}

// naiveTicket is what an agent should get: the first in the waiting order of all that fit.
func naiveTicket(q *Queue, a Availability) ConversationID {
	if old := q.agents[a.Agent]; old != nil && old.Version >= a.Version || q.settings.Mode == ModePull {
		return ""
	}
	var may []Ticket
	for _, w := range ticketsOf(q) {
		refused := slices.Contains(w.rare().excluded, a.Agent) && !w.relaxed
		fits := a.Free >= w.class.weight && hasSkills(a.Skills, w.class.skills) && (w.class.tiers == 0 || max(1, a.Tier) <= w.class.tiers)
		if !w.rings() && (w.in == w.class.tickets || w.rare().preferred == a.Agent) && !refused && !slices.Contains(w.rare().skip, a.Agent) && fits {
			may = append(may, w.ticket())
		}
	}
	if len(may) == 0 {
		return ""
	}
	slices.SortFunc(may, func(a, b Ticket) int { return naiveOrder(q.settings, a, b) })
	return may[0].Conversation
}

// wantAsked: exactly one of the agents is asked for exactly the conversation, or nobody when either is empty.
func wantAsked(t *rapid.T, sends []Envelope, agents []AgentID, conversation ConversationID) {
	var asked []string
	for _, e := range sends {
		if r, ok := e.Message.(Reserve); ok {
			asked = append(asked, e.To.ID+" "+string(r.Conversation))
		}
	}
	if len(agents) == 0 || conversation == "" {
		if len(asked) > 0 {
			t.Fatalf("asked %v, the naive search finds nobody", asked)
		}
		return
	}
	for _, agent := range agents {
		if slices.Equal(asked, []string{string(agent) + " " + string(conversation)}) {
			return
		}
	}
	t.Fatalf("asked %v, the naive search says one of %v for %s", asked, agents, conversation)
}

// TestTicketsMayBeLoadedInParts: a queue that is loaded in parts is the one that is loaded at once, whichever tickets are in
// which part.
func TestTicketsMayBeLoadedInParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		settings := DefaultQueueSettings()
		settings.Overflow = []OverflowRule{{Trigger: OverflowFull, Length: 3, Action: OverflowMessage}}
		once, parts := NewQueue("q1"), NewQueue("q1")
		for _, q := range []*Queue{once, parts} {
			mustStep(q, Envelope{Message: ConfigureQueue{Settings: settings}})
		}
		var tickets []Ticket
		for i := range rapid.IntRange(0, 12).Draw(t, "tickets") {
			x := ticketOf(numbered(i), 1)
			x.Fresh, x.Priority = rapid.Bool().Draw(t, "fresh"), rapid.IntRange(-1, 1).Draw(t, "priority")
			tickets = append(tickets, x)
		}
		rest := tickets
		for len(rest) > 0 && rapid.Bool().Draw(t, "more") {
			n := rapid.IntRange(1, len(rest)).Draw(t, "part")
			mustStep(parts, Envelope{Message: LoadQueue{Tickets: rest[:n], More: true}})
			rest = rest[n:]
		}
		mustStep(parts, Envelope{Message: LoadQueue{Tickets: rest, Members: []AgentID{"ana"}}})
		mustStep(once, Envelope{Message: LoadQueue{Tickets: tickets, Members: []AgentID{"ana"}}})
		if err := soundQueue(parts); err != nil {
			t.Fatal(err)
		}
		a, b := ticketsOf(once), ticketsOf(parts)
		for i := range max(len(a), len(b)) {
			if len(a) != len(b) || !reflect.DeepEqual(a[i].ticket(), b[i].ticket()) || a[i].full != b[i].full {
				t.Fatalf("loaded at once: %+v, in parts: %+v", a, b)
			}
		}
		if !reflect.DeepEqual(once.NextDeadline(), parts.NextDeadline()) || len(parts.coming) > 0 {
			t.Fatalf("they wake at %v and %v", once.NextDeadline(), parts.NextDeadline())
		}
	})
}
