package dispatch

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// TestConversationStatesAndMessages is the golden table: every state against every message. Rewrite with -rewrite and
// read the difference against DESIGN.md and docs/states.md.
func TestConversationStatesAndMessages(t *testing.T) {
	golden(t, "testdata/golden/conversation", func(t *testing.T, name string) (func() (stepper, time.Time), []Envelope) {
		build, ok := conversationStates[name]
		if !ok {
			t.Fatalf("no state %s", name)
		}
		return func() (stepper, time.Time) {
			s := &setup{t: t, c: newChecked("c1"), now: t0}
			s.rules = DefaultRules()
			build(s)
			return s.c.step, s.now
		}, conversationMessages()
	})
}

// TestAgentStatesAndMessages is the same for an agent.
func TestAgentStatesAndMessages(t *testing.T) {
	golden(t, "testdata/golden/agent", func(t *testing.T, name string) (func() (stepper, time.Time), []Envelope) {
		msgs, ok := agentStates[name]
		if !ok {
			t.Fatalf("no state %s", name)
		}
		return func() (stepper, time.Time) {
			a := newCheckedAgent("ana", t0)
			return a.step, walk(t, a.step, append([]any{ConfigureAgent{Profile: AgentProfile{Capacity: 2, Queues: []QueueID{"q1"}}}, AdoptSlots{}, AvailabilitySeen{}}, msgs...))
		}, agentMessages()
	})
}

// TestQueueStatesAndMessages is the same for a queue.
func TestQueueStatesAndMessages(t *testing.T) {
	golden(t, "testdata/golden/queue", func(t *testing.T, name string) (func() (stepper, time.Time), []Envelope) {
		msgs, ok := queueStates[name]
		if !ok {
			t.Fatalf("no state %s", name)
		}
		return func() (stepper, time.Time) {
			q := NewQueue("q1")
			step := func(now time.Time, e Envelope) (Outcome, error, error) {
				out, err := q.Step(now, e)
				return out, err, soundQueue(q)
			}
			return step, walk(t, step, msgs)
		}, queueMessages()
	})
}

// stepper is the checked Step of any machine.
type stepper func(time.Time, Envelope) (out Outcome, refused error, broken error)

// golden runs one block of a file for each state: the state is built anew for every message.
func golden(t *testing.T, path string, find func(*testing.T, string) (func() (stepper, time.Time), []Envelope)) {
	datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
		build, messages := find(t, d.Cmd)
		p := newPrinter()
		var b strings.Builder
		for _, e := range messages {
			step, now := build()
			out, err, bad := step(now, e)
			if bad != nil {
				t.Errorf("%s: %s in %s: %v", d.Pos, p.show(e.Message), d.Cmd, bad)
			}
			showOutcome(&b, p, e.Message, out, err)
		}
		return b.String()
	})
}

func showOutcome(b *strings.Builder, p *printer, m Message, out Outcome, err error) {
	fmt.Fprintf(b, "%s", p.show(m))
	switch {
	case err != nil:
		fmt.Fprintf(b, ": REFUSED %s\n", p.show(err))
		return
	case len(out.Records)+len(out.Sends)+len(out.Events) == 0:
		b.WriteString(": nothing\n")
		return
	}
	b.WriteString("\n")
	for _, r := range out.Records {
		fmt.Fprintf(b, "    * %s\n", p.show(r))
	}
	for _, s := range out.Sends {
		if a, ok := s.Message.(Answer); ok {
			fmt.Fprintf(b, "    → %s answers %s\n", s.To.ID, p.answer(a))
			continue
		}
		fmt.Fprintf(b, "    → %s %s\n", s.To.ID, p.show(s.Message))
	}
	for _, e := range out.Events {
		fmt.Fprintf(b, "    sees %s\n", p.show(e))
	}
}

func (p *printer) answer(a Answer) string {
	if a.Err != nil {
		return p.show(a.Err)
	}
	return p.show(a.Reply)
}

// walk brings a machine into a state: messages, and durations that pass.
func walk(t *testing.T, step stepper, msgs []any) time.Time {
	t.Helper()
	now := t0
	for _, m := range msgs {
		if d, ok := m.(time.Duration); ok {
			now = now.Add(d)
			continue
		}
		e := Envelope{Message: m.(Message)}
		if r, ok := m.(Reserve); ok {
			e.From = r.Queue.Address()
		}
		if _, err, bad := step(now, e); err != nil || bad != nil {
			t.Fatalf("%T: %v %v", m, err, bad)
		}
	}
	return now
}

func from(client Address, ms ...Message) []Envelope {
	es := make([]Envelope, len(ms))
	for i, m := range ms {
		es[i] = Envelope{From: client, Cause: Cause{Principal: "p", Command: "k"}, Message: m}
		switch m.(type) {
		case Reserve, Enqueued:
			es[i].From = QueueID("q1").Address()
		}
	}
	return es
}
