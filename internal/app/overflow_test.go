package app

import (
	"slices"
	"testing"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
	"pronto/transport"
)

func TestOverflowRulesThatMeanNothingAreRefusedAtTheirField(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	other := o.create("/queues", object{"name": "Reserva"})
	third := o.create("/queues", object{"name": "Última"})
	rule := func(cause string, fields object) object { return object{"overflow": object{cause: fields}} }
	to := func(queue string) object { return object{"after_ms": 1000, "action": "queue", "queue_id": queue} }
	for pointer, body := range map[string]object{
		"/overflow/max_wait/after_ms":     rule("max_wait", object{"after_ms": 999, "action": "refuse", "text": "x"}),
		"/overflow/max_wait/queue_id":     rule("max_wait", to("que_none")),
		"/overflow/max_wait/length":       rule("max_wait", object{"after_ms": 1000, "length": 1, "action": "refuse", "text": "x"}),
		"/overflow/nobody_ready/queue_id": rule("nobody_ready", to(o.queue)),
		"/overflow/nobody_ready/action":   rule("nobody_ready", object{"after_ms": 1000, "action": "shout"}),
		"/overflow/max_length/length":     rule("max_length", object{"action": "refuse", "text": "x"}),
		"/overflow/max_length/text":       rule("max_length", object{"length": 3, "action": "message"}),
		"/overflow/max_length/tag":        rule("max_length", object{"length": 3, "action": "message", "text": "x", "tag": "y"}),
		"/overflow/closed/text":           rule("closed", object{"action": "refuse", "text": "até {{position}}"}),
		"/overflow/sometime":              rule("sometime", to(other)),
		"/hours_id":                       rule("closed", object{"action": "refuse", "text": "x"}),
	} {
		o.refusedField("PATCH", "/queues/"+o.queue, body, pointer)
	}
	o.patch("/queues/"+o.queue, rule("max_wait", to(other)))
	o.patch("/queues/"+other, rule("max_length", object{"length": 0, "action": "queue", "queue_id": third}))
	o.refusedField("PATCH", "/queues/"+third, rule("nobody_ready", to(o.queue)), "/overflow/nobody_ready/queue_id")
	if status, _ := o.call("DELETE", "/queues/"+third, o.admin, nil); status != 409 {
		t.Errorf("a queue that a rule names is removed: %d", status)
	}
	file := o.must(200, "GET", "/configuration", o.admin, nil)
	for _, q := range file["queues"].([]any) {
		if q := q.(object); q["id"] == third {
			q["overflow"] = object{"max_wait": to(o.queue)}
		}
	}
	if status, out := o.call("PUT", "/configuration", o.admin, file); status != 400 {
		t.Errorf("a circle is imported: %d %v", status, out)
	}
	o.patch("/queues/"+o.queue, object{"overflow": nil})
	if q := o.must(200, "GET", "/queues/"+o.queue, o.admin, nil); q["overflow"] != nil {
		t.Errorf("the rules are still there: %v", q["overflow"])
	}
}

func TestAConversationOverflowsIntoAnotherQueueWithItsAge(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	other := o.create("/queues", object{"name": "Reserva"})
	id := o.arrive(1, nil)
	before := o.head(id)
	o.patch("/queues/"+o.queue, object{"overflow": object{"max_wait": object{"after_ms": 1000, "action": "queue", "queue_id": other, "text": "Um momento, {{contact.name}}."}}})
	o.until("the other queue", func() bool { return o.head(id)["queue"].(object)["id"] == other })
	if head := o.head(id); head["enqueued_at"] != before["enqueued_at"] {
		t.Errorf("enqueued at %v, not %v", head["enqueued_at"], before["enqueued_at"])
	}
	facts := o.must(200, "GET", "/conversations/"+id+"/events", o.admin, nil)["items"].([]any)
	named := func(name string) object {
		i := slices.IndexFunc(facts, func(f any) bool { return f.(object)["name"] == name })
		if i < 0 {
			t.Fatalf("no %s in %v", name, facts)
		}
		return facts[i].(object)["data"].(object)
	}
	if f := named("conversation_overflowed"); f["cause"] != "max_wait" || f["action"] != "queue" || f["to"].(object)["id"] != other {
		t.Errorf("recorded %v", f)
	}
	if f := named("conversation_requeued"); f["cause"] != "overflow" {
		t.Errorf("recorded %v", f)
	}
	o.patch("/queues/"+other, object{"overflow": object{"max_length": object{"length": 1, "action": "refuse", "text": "Lotado."}}})
	o.patch("/queues/"+o.queue, object{"overflow": object{"max_length": object{"length": 0, "action": "queue", "queue_id": other}}})
	refused := o.arrive(2, nil)
	o.until("the refusal", func() bool { return o.head(refused)["state"] == "closed" })
	if head := o.head(refused); head["script"].(object)["reason_id"] != "overflow" || head["script"].(object)["automatic"] != true || head["last_message"].(object)["text"] != "Lotado." {
		t.Errorf("refused with %v", head)
	}
	o.patch("/queues/"+o.queue, object{"overflow": object{"max_length": object{"length": 0, "action": "callback", "queue_id": nil, "text": "Ligaremos.", "tag": "Retorno"}}})
	called := o.arrive(3, nil)
	o.until("the mark", func() bool {
		tags, _ := o.head(called)["tags"].([]any) // absent without any
		return slices.Contains(tags, any("retorno"))
	})
	if head := o.head(called); head["state"] != "queued" || head["last_message"].(object)["author"].(object)["kind"] != "bot" {
		t.Errorf("marked: %v", head)
	}
}

// TestOverflowTimersOutliveARestart: in a bubble, whose clock begins at midnight UTC of 1 January 2000, a Saturday.
func TestOverflowTimersOutliveARestart(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		h := protocol.BusinessHours{ID: newID("hrs", 0), Name: "h", TimeZone: "UTC", Weekly: []protocol.WeeklyHours{{Days: []string{"sat"}, From: "00:00", To: "18:00"}}}
		b.put(transport.KindBusinessHours, h.ID, &h)
		rules := protocol.Overflow{
			MaxWait:     &protocol.OverflowRule{AfterMS: 3_600_000, Action: "message", Text: "Ainda há gente na frente."},
			NobodyReady: &protocol.OverflowRule{AfterMS: 600_000, Action: "callback", Text: "Ninguém está aqui."},
			Closed:      &protocol.OverflowRule{Action: "refuse", Text: "Fechado."},
		}
		q := *b.app.catalog.now.Load().queues[b.queue]
		q.HoursID, q.Overflow = h.ID, &rules
		b.replace(transport.KindQueue, q.ID, 1, &q)
		first := b.write(b.channel, "+5511999990001").Conversation
		restart := func() {
			if err := b.app.Close(); err != nil {
				b.t.Fatal(err)
			}
			b.open()
			if err := b.app.system.Start(); err != nil {
				b.t.Fatal(err)
			}
		}
		had := func(want ...dispatch.OverflowTrigger) {
			b.t.Helper()
			var got []dispatch.OverflowTrigger
			for _, o := range b.state(first).Overflows {
				got = append(got, o.Trigger)
			}
			if !slices.Equal(got, want) {
				b.t.Errorf("at %v: %v, not %v", b.app.system.Now(), got, want)
			}
		}
		passInBubble(9 * time.Minute)
		had()
		passInBubble(time.Minute)
		had(dispatch.OverflowNobody)
		passInBubble(48 * time.Minute)
		restart()
		passInBubble(time.Minute + 59*time.Second)
		had(dispatch.OverflowNobody)
		passInBubble(time.Second)
		had(dispatch.OverflowNobody, dispatch.OverflowWait)
		passInBubble(17*time.Hour - time.Second)
		if s := b.state(first); s.State != dispatch.ConversationQueued {
			b.t.Errorf("before closing: %s", s.State)
		}
		passInBubble(time.Second)
		if s := b.state(first); s.State != dispatch.ConversationClosed || s.CloseCause != dispatch.ClosedOverflow || s.LastMessage.Text != "Fechado." {
			b.t.Errorf("after closing: %s %s %+v", s.State, s.CloseCause, s.LastMessage)
		}
		late := b.write(b.channel, "+5511999990002").Conversation
		if s := b.state(late); s.State != dispatch.ConversationClosed {
			b.t.Errorf("came after closing: %s", s.State)
		}
	})
}

// TestARuleThatComesLaterCountsFromWhenTheLastOneLeft: also when nothing has looked at that since the start.
func TestARuleThatComesLaterCountsFromWhenTheLastOneLeft(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		id := b.agent("ana")
		ana := b.start(id)
		for _, status := range []dispatch.AgentStatus{dispatch.StatusReady, dispatch.StatusNotReady} {
			if err := ana.command(id.Address(), dispatch.SetStatus{Status: status, By: id}); err != nil {
				b.t.Fatal(err)
			}
		}
		ana.lose()
		first := b.write(b.channel, "+5511999990001").Conversation
		passInBubble(time.Hour)
		if err := b.app.Close(); err != nil {
			b.t.Fatal(err)
		}
		b.open()
		if err := b.app.system.Start(); err != nil {
			b.t.Fatal(err)
		}
		passInBubble(time.Hour)
		q := *b.app.catalog.now.Load().queues[b.queue]
		q.Overflow = &protocol.Overflow{NobodyReady: &protocol.OverflowRule{AfterMS: 3 * 3_600_000, Action: "callback", Text: "Ninguém está aqui."}}
		b.replace(transport.KindQueue, q.ID, 1, &q)
		passInBubble(59 * time.Minute)
		if n := len(b.state(first).Overflows); n != 0 {
			b.t.Errorf("%d rules were carried out too early", n)
		}
		passInBubble(2 * time.Minute)
		if n := len(b.state(first).Overflows); n != 1 {
			b.t.Errorf("%d rules were carried out, three hours after the last agent left", n)
		}
	})
}
