package dispatch

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A crowd of agents and a long line with twenty skills: agents have five of them at any level, conversations ask for one to
// three at any level, so that nearly every demand and every agent is another one.

const crowdSkills = 20

func skillNamed(i int) SkillID { return SkillID(fmt.Sprintf("skl_01J0000000000000000000%02d", i)) }

type crowd struct {
	q       *Queue
	rng     *rand.Rand
	version uint64
}

func (c *crowd) level() int { return 1 + c.rng.IntN(skillLevels) }

func (c *crowd) agent(i, free int) Availability {
	c.version++
	a := Availability{
		Agent: AgentID(fmt.Sprintf("agt%06d", i)), Version: c.version, Free: free, Capacity: 4,
		IdleSince: t0.Add(time.Duration(c.version) * time.Millisecond),
	}
	for _, s := range rand.New(rand.NewPCG(uint64(i), 1)).Perm(crowdSkills)[:5] { // the same ones every time
		a.Skills = append(a.Skills, SkillLevel{skillNamed(s), 1 + (i+s)%skillLevels})
	}
	return a
}

func (c *crowd) ticket(i int) Ticket {
	c.version++
	t := ticketOf(numbered(i), c.version)
	t.EnqueuedAt = t0.Add(time.Duration(i) * time.Millisecond)
	for _, s := range c.rng.Perm(crowdSkills)[:1+c.rng.IntN(3)] {
		t.Skills = append(t.Skills, SkillNeed{skillNamed(s), c.level()})
	}
	return t
}

// busyCrowd has a line that agents come back to: all of them are full.
func busyCrowd(agents, line int) *crowd {
	c := &crowd{q: NewQueue("q1"), rng: rand.New(rand.NewPCG(7, 7))}
	for i := range agents {
		mustStep(c.q, Envelope{Message: c.agent(i, 0)})
	}
	for i := range line {
		mustStep(c.q, Envelope{Message: Enqueue{Ticket: c.ticket(i)}})
	}
	return c
}

// freeCrowd has a line that nobody can serve, and agents that are free for whoever comes.
func freeCrowd(agents, line int) *crowd {
	c := busyCrowd(agents, 0)
	for i := range line {
		t := c.ticket(i)
		t.Skills = append(t.Skills, SkillNeed{"nobody has it", c.level()})
		mustStep(c.q, Envelope{Message: Enqueue{Ticket: t}})
	}
	for i := range agents {
		mustStep(c.q, Envelope{Message: c.agent(i, 1)})
	}
	return c
}

// agentComes is one decision: an agent becomes free and gets what has waited longest of all that it can serve. The ticket
// comes back to its place afterwards and the agent is full.
func (c *crowd) agentComes(i int, decide func(Message) Outcome) {
	out := decide(c.agent(i, 1))
	mustStep(c.q, Envelope{Message: c.agent(i, 0)})
	if r, ok := asked(out); ok {
		mustStep(c.q, Envelope{Message: Refused{Conversation: r.Conversation, Offer: r.Offer, Agent: AgentID(fmt.Sprintf("agt%06d", i)), Why: "full"}})
	}
}

// ticketComes is one decision: a conversation comes and the first agent who can serve it is asked, or nobody. It goes again
// and the agent is free again.
func (c *crowd) ticketComes(decide func(Message) Outcome) {
	t := c.ticket(999_999)
	out := decide(Enqueue{Ticket: t})
	mustStep(c.q, Envelope{Message: Dequeue{Conversation: t.Conversation, Version: t.Version}})
	for _, e := range out.Sends {
		if _, ok := e.Message.(Reserve); ok {
			var i int
			if _, err := fmt.Sscanf(e.To.ID, "agt%d", &i); err != nil {
				panic(err)
			}
			mustStep(c.q, Envelope{Message: c.agent(i, 1)})
		}
	}
}

func asked(out Outcome) (Reserve, bool) {
	for _, e := range out.Sends {
		if r, ok := e.Message.(Reserve); ok {
			return r, true
		}
	}
	return Reserve{}, false
}

var crowdSizes = []int{100, 1_000, 10_000}

var lineSizes = []int{100, 10_000, 100_000}

func eachCrowd(b *testing.B, build func(agents, line int) *crowd, run func(c *crowd, i int, decide func(Message) Outcome)) {
	for _, agents := range crowdSizes {
		for _, line := range lineSizes {
			b.Run(fmt.Sprintf("agents=%d/waiting=%d", agents, line), func(b *testing.B) {
				c := build(agents, line)
				var took []time.Duration
				looks, found := uint64(0), 0
				for i := range b.N {
					run(c, i%agents, func(m Message) Outcome {
						before, start := c.q.looks, time.Now()
						out := mustStep(c.q, Envelope{Message: m})
						took = append(took, time.Since(start))
						looks += c.q.looks - before
						if _, ok := asked(out); ok {
							found++
						}
						return out
					})
				}
				slices.Sort(took)
				b.ReportMetric(0, "ns/op") // of the whole cycle; the decision is what counts, and its median: machines do other things too
				b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "ns/decision")
				b.ReportMetric(float64(looks)/float64(b.N), "looks/decision")
				b.ReportMetric(100*float64(found)/float64(b.N), "%found")
			})
		}
	}
}

// BenchmarkSkillsAgentComes: a full agent becomes free while everybody waits.
func BenchmarkSkillsAgentComes(b *testing.B) {
	eachCrowd(b, busyCrowd, func(c *crowd, i int, decide func(Message) Outcome) { c.agentComes(i, decide) })
}

// BenchmarkSkillsTicketComes: a conversation comes while everybody is free.
func BenchmarkSkillsTicketComes(b *testing.B) {
	eachCrowd(b, freeCrowd, func(c *crowd, _ int, decide func(Message) Outcome) { c.ticketComes(decide) })
}

// TestManySkillsCostNoMoreInACrowd: what the queue compares and looks at for one decision stays within a small multiple when
// a hundred times as many agents stand there, and a hundred times as many conversations wait, with hardly two demands alike.
// Benchmarks say what that takes in time.
func TestManySkillsCostNoMoreInACrowd(t *testing.T) {
	for name, cost := range map[string]func(agents, line int) int{"an agent comes": agentCost, "a conversation comes": ticketCost} {
		few, many := cost(100, 100), cost(10_000, 20_000)
		t.Logf("%s: %d with 100, %d with 10 000 and 20 000", name, few, many)
		if many > 3*few || many > 250 {
			t.Errorf("%s: a decision costs %d comparisons and looks, %d with a hundred of each", name, many, few)
		}
	}
}

func agentCost(agents, line int) int {
	c := busyCrowd(agents, line)
	return costOf(c, func(i int, decide func(Message) Outcome) { c.agentComes(i%agents, decide) })
}

func ticketCost(agents, line int) int {
	c := freeCrowd(agents, line)
	return costOf(c, func(_ int, decide func(Message) Outcome) { c.ticketComes(decide) })
}

// costOf is how many comparisons and looks one decision takes in the mean.
func costOf(c *crowd, cycle func(i int, decide func(Message) Outcome)) int {
	const decisions = 500
	total, counts := 0, false
	count := func(less func(a, b *candidate) bool) func(a, b *candidate) bool {
		return func(a, b *candidate) bool {
			if counts {
				total++
			}
			return less(a, b)
		}
	}
	c.q.free.less, c.q.rest.less = count(c.q.free.less), count(c.q.rest.less)
	line := c.q.est.line.less
	c.q.est.line.less = func(a, b *waiting) bool {
		if counts {
			total++
		}
		return line(a, b)
	}
	for i := range decisions {
		cycle(i, func(m Message) Outcome {
			c.q.looks, counts = 0, true
			out := mustStep(c.q, Envelope{Message: m})
			counts = false
			total += int(c.q.looks)
			return out
		})
	}
	return total / decisions
}

// TestManySkillsAreServedAsTheNaiveSearchSays: with so many agents and demands that no search is short, whoever comes gets
// what a search through everything would give, at any time, by any strategy, with any steps of relaxation.
func TestManySkillsAreServedAsTheNaiveSearchSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &crowd{q: NewQueue("q1"), rng: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))}
		now := t0
		step := func(m Message) []Envelope {
			out, err := c.q.Step(now, Envelope{Message: m})
			if err != nil {
				t.Fatal(err)
			}
			return out.Sends
		}
		s := drawSettings(t)
		s.Mode = ModePush
		step(ConfigureQueue{Settings: s})
		size := rapid.IntRange(50, 300).Draw(t, "agents")
		for i := range size {
			a := c.agent(i, c.rng.IntN(4))
			a.Tier, a.Share, a.Load = c.rng.IntN(13), c.rng.IntN(3), c.rng.IntN(3)
			step(a)
		}
		for i := range rapid.IntRange(10, 60).Draw(t, "decisions") {
			switch c.rng.IntN(6) {
			case 0:
				now = now.Add(time.Duration(c.rng.IntN(20)) * time.Second)
				step(Wake{})
			case 1, 2:
				a := c.agent(c.rng.IntN(size), 1+c.rng.IntN(3))
				a.Tier = c.rng.IntN(13)
				want := naiveTicket(c.q, a)
				wantAsked(t, step(a), []AgentID{a.Agent}, want)
			default:
				ticket := c.ticket(i)
				ticket.EnqueuedAt, ticket.Weight = now.Add(-time.Duration(c.rng.IntN(60))*time.Second), 1+c.rng.IntN(2)
				for range c.rng.IntN(3) {
					ticket.Excluded = append(ticket.Excluded, AgentID(fmt.Sprintf("agt%06d", c.rng.IntN(size))))
				}
				ticket.RelaxAt = now.Add(time.Duration(c.rng.IntN(2)) * time.Minute)
				want := naiveAgents(c.q, ticket, now)
				wantAsked(t, step(Enqueue{Ticket: ticket}), want, ticket.Conversation)
			}
		}
		if err := soundQueue(c.q); err != nil {
			t.Fatal(err)
		}
	})
}

// TestTheFirstInTurnIsFoundBehindManyWhoLackOneOfTwoSkills: also once the search in turn was given up; who refused comes last.
func TestTheFirstInTurnIsFoundBehindManyWhoLackOneOfTwoSkills(t *testing.T) {
	q := NewQueue("q1")
	say := func(i int, agent AgentID, skills ...SkillLevel) {
		mustStep(q, Envelope{Message: Availability{Agent: agent, Version: 1, Free: 1, IdleSince: t0.Add(time.Duration(i) * time.Second), Skills: skills}})
	}
	pt, en := SkillLevel{"pt", 3}, SkillLevel{"en", 3}
	for i := range 400 {
		say(i, AgentID(fmt.Sprint("a", i)), []SkillLevel{pt, en}[i%2])
	}
	for _, i := range []int{903, 901, 904, 900, 902} { // told in another order than their turn
		say(i, AgentID(fmt.Sprint("b", i)), pt, en)
	}
	for version, want := range []AgentID{"b902", "b903", "b904", "b900", "b901"} {
		ticket := ticketOf(ConversationID(fmt.Sprint("c", version)), 1)
		ticket.Skills = []SkillNeed{{"en", 1}, {"pt", 2}}
		ticket.Excluded, ticket.RelaxAt = []AgentID{"b901", "b900"}, t0
		out := mustStep(q, Envelope{Message: Enqueue{Ticket: ticket}})
		if r, ok := asked(out); !ok || out.Sends[1].To != want.Address() {
			t.Fatalf("%+v asks %+v, not %s", r, out.Sends, want)
		}
	}
	if len(q.found) == 0 {
		t.Error("no search was long")
	}
}

// TestWhatNobodyAsksForIsForgotten: demands and the numbers of their skills are given up, however many there were.
func TestWhatNobodyAsksForIsForgotten(t *testing.T) {
	q := NewQueue("q1")
	for i := range 2_000 {
		ticket := ticketOf("c1", uint64(i+1))
		ticket.Skills = []SkillNeed{{SkillID(fmt.Sprint("odd", i)), 1}, {"pt", 1 + i%5}}
		mustStep(q, Envelope{Message: Enqueue{Ticket: ticket}})
	}
	if n := len(classesOf(&q.demands)); n > keptClasses+1 {
		t.Errorf("%d demands are kept", n)
	}
	if n := len(q.numbers.named) + len(q.numbers.free); n > 2*keptClasses {
		t.Errorf("%d skills have had numbers", n)
	}
	if err := soundQueue(q); err != nil {
		t.Error(err)
	}
}

// TestTheRecordOfADecisionTakesLittle: its memory is what it names, whatever the queue has.
func TestTheRecordOfADecisionTakesLittle(t *testing.T) {
	c := freeCrowd(1_000, 100)
	w := c.q.est.line.at(0)
	c.q.decide(w, nil, nil) // what it is collected in is there
	if n := testing.AllocsPerRun(100, func() { c.q.decide(w, nil, nil) }); n > 2 {
		t.Errorf("%v allocations", n)
	}
	c.q.looks = 0
	if d := c.q.decide(w, nil, nil); len(d.Candidates) != MaxCandidates || c.q.looks > longLook {
		t.Errorf("%d looks for %s", c.q.looks, d.short())
	}
}
