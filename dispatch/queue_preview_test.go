package dispatch

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestAPreviewTellsWhatHappensAndChangesNothing: of two queues that get the same messages one is asked for previews as
// well. Both do the same ever after, and a new conversation goes to whom the preview before it named.
func TestAPreviewTellsWhatHappensAndChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		asked, twin := NewQueue("q1"), NewQueue("q1")
		now, version := t0, uint64(0)
		step := func(m Message) []Envelope {
			got, err := asked.Step(now, Envelope{Message: m})
			want, errTwin := twin.Step(now, Envelope{Message: m})
			if err != nil || errTwin != nil {
				t.Fatal(err, errTwin)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%T: with previews %+v, without %+v", m, got, want)
			}
			if err := soundQueue(asked); err != nil {
				t.Fatalf("%T: %v", m, err)
			}
			return got.Sends
		}
		preview := func(m AskPreview) ReplyWhy {
			before := fmt.Sprint(len(asked.demands.next), len(asked.numbers.named), len(asked.idle), asked.turns, asked.served, asked.NextDeadline(), asked.View(now))
			r := asked.preview(now, m)
			if after := fmt.Sprint(len(asked.demands.next), len(asked.numbers.named), len(asked.idle), asked.turns, asked.served, asked.NextDeadline(), asked.View(now)); after != before {
				t.Fatalf("a preview changed %s to %s", before, after)
			}
			return r
		}
		step(ConfigureQueue{Settings: drawSettings(t)})
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			version++
			switch rapid.IntRange(0, 6).Draw(t, "what") {
			case 0, 1, 2:
				ticket := drawTicket(t, now, version)
				ticket.Conversation = ConversationID(fmt.Sprint("n", version))
				ticket.Excluded, ticket.RelaxAt, ticket.Top = nil, time.Time{}, false
				said := preview(AskPreview{Weight: ticket.Weight, Priority: ticket.Priority, Skills: ticket.Skills, Preferred: ticket.Preferred, Waited: now.Sub(ticket.EnqueuedAt)})
				wantChosen(t, &said.Decision, step(Enqueue{Ticket: ticket}), ticket.Conversation)
			case 3, 4:
				step(drawAvailability(t, now, version))
			case 5:
				step(Dequeue{Conversation: ConversationID(fmt.Sprint("n", rapid.Uint64Range(1, version).Draw(t, "gone"))), Version: version})
			case 6:
				now = now.Add(rapid.SampledFrom(someTimes).Draw(t, "time"))
				step(Wake{})
			}
		}
	})
}

// wantChosen: the first reservation for the conversation goes to whom the preview named.
func wantChosen(t *rapid.T, d *Decision, sends []Envelope, id ConversationID) {
	t.Helper()
	var said, got AgentID
	if len(d.Candidates) > 0 && d.Candidates[0].Why == WhyChosen {
		said = d.Candidates[0].Agent
	}
	for _, e := range sends {
		if r, ok := e.Message.(Reserve); ok && r.Conversation == id {
			got = AgentID(e.To.ID)
			break
		}
	}
	if got != said {
		t.Fatalf("the preview named %q, asked was %q: %+v", said, got, d)
	}
}

func TestAPreviewHasThePlaceAndTheStepsOfItsTime(t *testing.T) {
	q := NewQueue("q1")
	s := DefaultQueueSettings()
	s.Relax = []RelaxStep{{After: time.Minute, Action: RelaxDrop}}
	send := func(m Message) {
		t.Helper()
		if _, err := q.Step(t0, Envelope{Message: m}); err != nil {
			t.Fatal(err)
		}
	}
	send(ConfigureQueue{Settings: s})
	send(Enqueue{Ticket: Ticket{Conversation: "c1", Version: 1, Queue: "q1", Weight: 1, EnqueuedAt: t0, Skills: []SkillNeed{{"fr", 1}}}})
	send(Availability{Agent: "ana", Version: 1, Free: 1, Capacity: 1, Skills: []SkillLevel{{"pt", 2}}})
	m := AskPreview{Skills: []SkillNeed{{"pt", 3}}}
	first := func() (Candidate, Place) {
		t.Helper()
		out, err := q.Step(t0, Envelope{From: client, Message: m})
		if err != nil || len(out.Sends) != 1 {
			t.Fatal(out.Sends, err)
		}
		r, ok := out.Sends[0].Message.(Answer)
		if !ok {
			t.Fatalf("answered %T", out.Sends[0].Message)
		}
		why := r.Reply.(ReplyWhy)
		return why.Decision.Candidates[0], why.Place
	}
	if c, p := first(); c.Agent != "ana" || c.Why != WhySkills || p.Position != 2 || p.Waiting != 2 {
		t.Errorf("too low a level: %+v %+v", c, p)
	}
	m.Waited = time.Minute
	if c, p := first(); c.Why != WhyChosen || p.Position != 1 {
		t.Errorf("after the step, before c1: %+v %+v", c, p)
	}
	m.Waited, m.Weight = 0, 2
	if c, _ := first(); c.Why != WhyRoom {
		t.Errorf("too heavy: %+v", c)
	}
}

// Who left the queue is neither named nor counted, however many they are; a decision for who waits keeps them.
func TestAPreviewIsOfThoseWhoServeTheQueue(t *testing.T) {
	q := NewQueue("q1")
	send := func(m Message) {
		t.Helper()
		if _, err := q.Step(t0, Envelope{Message: m}); err != nil {
			t.Fatal(err)
		}
	}
	left := MaxCandidates + 5
	for i := range left {
		id := AgentID(fmt.Sprint("gone", i))
		send(Availability{Agent: id, Version: 1, Free: 1, Capacity: 1})
		send(Availability{Agent: id, Version: 2, Why: "not_member"})
	}
	send(Availability{Agent: "ana", Version: 1, Why: "offline"})
	d := q.preview(t0, AskPreview{}).Decision
	if len(d.Candidates) != 1 || d.Candidates[0] != (Candidate{Agent: "ana", Why: WhyOffline}) || len(d.Counts) > 0 {
		t.Errorf("the preview has %s", d.short())
	}
	send(Availability{Agent: "gone0", Version: 3, Free: 1, Capacity: 1}) // and came back
	if d := q.preview(t0, AskPreview{}).Decision; len(d.Candidates) != 2 || d.Candidates[0] != (Candidate{Agent: "gone0", Why: WhyChosen}) {
		t.Errorf("the preview has %s", d.short())
	}
	send(Availability{Agent: "gone0", Version: 4, Why: "not_member"})
	send(Enqueue{Ticket: Ticket{Conversation: "c1", Version: 1, Queue: "q1", Weight: 1, EnqueuedAt: t0}})
	real := q.decide(q.waiting.of("c1"), nil, nil)
	n := len(real.Candidates)
	for _, c := range real.Counts {
		n += c.N
	}
	if n != left+1 {
		t.Errorf("the decision for c1 has %d agents, not %d: %s", n, left+1, real.short())
	}
}
