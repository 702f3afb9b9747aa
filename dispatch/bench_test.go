package dispatch

import (
	"fmt"
	"testing"
	"time"
)

// benchQueue is a queue with many agents and many waiting conversations, of which none fits: the agents are full, or the
// conversations ask for a skill that nobody has.
func benchQueue(agents, waiting int) *Queue {
	q := NewQueue("q1")
	for i := range agents {
		a := Availability{Agent: AgentID(fmt.Sprintf("agt%06d", i)), Version: 1, Free: 3, IdleSince: t0.Add(time.Duration(i) * time.Millisecond)}
		mustStep(q, Envelope{Message: a})
	}
	for i := range waiting {
		t := ticketOf(numbered(i), 1)
		t.EnqueuedAt = t0.Add(time.Duration(i) * time.Millisecond)
		t.Skills = []SkillNeed{{"rare", 5}}
		mustStep(q, Envelope{Message: Enqueue{Ticket: t}})
	}
	return q
}

// numbered is an id as a server makes it; they are in order.
func numbered(i int) ConversationID {
	at := t0.Add(time.Duration(i) * 10 * time.Millisecond)
	return ConversationID(FormatID("cnv", at, Partition(i%Partitions), uint64(i+1)*0x9e3779b97f4a7c15))
}

func mustStep(q *Queue, e Envelope) Outcome {
	out, err := q.Step(t0, e)
	if err != nil {
		panic(err)
	}
	return out
}

var benchSizes = []struct{ agents, waiting int }{{100, 100}, {10_000, 100}, {100, 100_000}, {10_000, 100_000}}

func eachSize(b *testing.B, run func(b *testing.B, q *Queue)) {
	for _, s := range benchSizes {
		b.Run(fmt.Sprintf("agents=%d/waiting=%d", s.agents, s.waiting), func(b *testing.B) {
			q := benchQueue(s.agents, s.waiting)
			b.ReportAllocs()
			b.ResetTimer()
			run(b, q)
		})
	}
}

// BenchmarkQueueEnqueue: a conversation comes and an agent is asked for it, then the ticket goes and the agent tells again.
func BenchmarkQueueEnqueue(b *testing.B) {
	eachSize(b, func(b *testing.B, q *Queue) {
		ticket := ticketOf(numbered(999_999), 1)
		for i := range b.N {
			ticket.Version = uint64(i + 1)
			out := mustStep(q, Envelope{Message: Enqueue{Ticket: ticket}})
			b.StopTimer()
			agent := out.Sends[1].Message.(Reserve)
			_ = agent
			mustStep(q, Envelope{Message: Dequeue{Conversation: ticket.Conversation, Version: ticket.Version}})
			again := Availability{Agent: AgentID(out.Sends[1].To.ID), Version: uint64(i + 2), Free: 3, IdleSince: t0.Add(time.Hour + time.Duration(i))}
			mustStep(q, Envelope{Message: again})
			b.StartTimer()
		}
	})
}

// BenchmarkQueueCycle is the whole work of a queue for one conversation: enqueue and ask, dequeue, the agent tells again.
func BenchmarkQueueCycle(b *testing.B) {
	eachSize(b, func(b *testing.B, q *Queue) {
		ticket := ticketOf(numbered(999_999), 1)
		for i := range b.N {
			ticket.Version = uint64(i + 1)
			out := mustStep(q, Envelope{Message: Enqueue{Ticket: ticket}})
			mustStep(q, Envelope{Message: Dequeue{Conversation: ticket.Conversation, Version: ticket.Version}})
			again := Availability{Agent: AgentID(out.Sends[1].To.ID), Version: uint64(i + 2), Free: 3, IdleSince: t0.Add(time.Hour + time.Duration(i))}
			mustStep(q, Envelope{Message: again})
		}
	})
}

// BenchmarkQueueAvailability: an agent with the rare skill becomes free and gets the conversation that has waited longest;
// then the same ticket comes back at its place.
func BenchmarkQueueAvailability(b *testing.B) {
	eachSize(b, func(b *testing.B, q *Queue) {
		expert := Availability{Agent: "expert", Free: 1, IdleSince: t0, Skills: []SkillLevel{{"rare", 5}}}
		for i := range b.N {
			expert.Version = uint64(2*i + 1)
			expert.Free = 1
			out := mustStep(q, Envelope{Message: expert})
			r := out.Sends[1].Message.(Reserve)
			expert.Version, expert.Free = uint64(2*i+2), 0
			mustStep(q, Envelope{Message: expert})
			mustStep(q, Envelope{Message: Refused{Conversation: r.Conversation, Offer: r.Offer, Agent: "expert", Why: "full"}})
		}
	})
}

// BenchmarkQueueWaiting: a conversation comes for which nobody is free, and goes again.
func BenchmarkQueueWaiting(b *testing.B) {
	eachSize(b, func(b *testing.B, q *Queue) {
		ticket := ticketOf(numbered(999_999), 1)
		ticket.Skills = []SkillNeed{{"rare", 5}}
		for i := range b.N {
			ticket.Version = uint64(i + 1)
			mustStep(q, Envelope{Message: Enqueue{Ticket: ticket}})
			mustStep(q, Envelope{Message: Dequeue{Conversation: ticket.Conversation, Version: ticket.Version}})
		}
	})
}

// BenchmarkConversation is a whole life: opened, offered, accepted, ten messages, closed.
func BenchmarkConversation(b *testing.B) {
	b.ReportAllocs()
	say := SendMessage{ID: "m", By: byAna, Author: Author{Kind: AuthorAgent, ID: "ana"}, Text: "good morning"}
	more := ReceiveMessage{Inbound: InboundChat{ID: "m", Author: byContact, Text: "thanks"}}
	for range b.N {
		c := NewConversation(ConversationSnapshot{ID: "c1"})
		steps := []Message{
			opening,
			Enqueued{Version: 1},
			Reserved{Offer: "o1", Agent: "ana", Queue: "q1", Ticket: 1, Until: t0.Add(time.Second), Kind: OfferFromQueue},
			AcceptOffer{Offer: "o1", Agent: "ana"},
			say, more, say, more, say, more, say, more, say, more,
			CloseConversation{By: byAna},
		}
		for _, m := range steps {
			if _, err := c.Step(t0, Envelope{From: client, Message: m}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkAgent is the agent's part of one conversation: reserve, offer, accept, own, release, with two queues.
func BenchmarkAgent(b *testing.B) {
	b.ReportAllocs()
	a := NewAgent(AgentSnapshot{ID: "ana"}, t0)
	step := func(m Message) {
		if _, err := a.Step(t0, Envelope{From: client, Message: m}); err != nil {
			b.Fatal(err)
		}
	}
	for _, m := range []Message{AdoptSlots{}, ConfigureAgent{Profile: AgentProfile{Capacity: 4, Queues: []QueueID{"q1", "q2"}}}, connect, nowReady} {
		step(m)
	}
	for i := range b.N {
		v := uint64(10 * (i + 1))
		own := own1
		own.Version = v + 1
		step(reserve1)
		step(MakeOffer{Offer: queueOffer("o1", "c1"), Version: v})
		step(AcceptOffer{Offer: "o1"})
		step(own)
		step(Released{Conversation: "c1", Version: v + 2, Cause: RemovedClosed})
	}
}

// BenchmarkDecisionRecord is what the record of a decision costs beside the decision: all agents are free, or all but one
// are full.
func BenchmarkDecisionRecord(b *testing.B) {
	for _, agents := range []int{5, 100, 10_000} {
		for name, free := range map[string]int{"free": 3, "full": 0} {
			b.Run(fmt.Sprintf("agents=%d/%s", agents, name), func(b *testing.B) {
				q := NewQueue("q1")
				for i := range agents {
					mustStep(q, Envelope{Message: Availability{Agent: AgentID(fmt.Sprintf("agt%06d", i)), Version: 1, Free: free, Why: "full", IdleSince: t0}})
				}
				ticket := ticketOf(numbered(999_999), 1)
				ticket.Weight = 4 // nobody has the room
				mustStep(q, Envelope{Message: Enqueue{Ticket: ticket}})
				mustStep(q, Envelope{Message: Availability{Agent: "agt", Version: 1, Free: 3, IdleSince: t0}})
				w, chosen := q.waiting.of(ticket.Conversation), q.agents["agt"]
				b.ReportAllocs()
				for b.Loop() {
					q.decide(w, chosen, nil)
				}
			})
		}
	}
}
