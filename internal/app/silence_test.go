package app

import (
	"slices"
	"testing"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
)

// saw reports how many events of the kind that fits came over a link.
func saw[T dispatch.Event](l *link, fits func(T) bool) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		if e, ok := e.(T); ok && fits(e) {
			n++
		}
	}
	return n
}

func (b *inBubble) texts(id dispatch.ConversationID) (texts []string) {
	b.t.Helper()
	messages, err := b.app.db.Messages(id, 0, 100)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, m := range messages {
		texts = append(texts, string(m.Author.Kind)+": "+m.Text)
	}
	return texts
}

func (l *link) says(id dispatch.ConversationID, text string) {
	l.b.t.Helper()
	if err := l.try(id, text); err != nil {
		l.b.t.Fatal(err)
	}
}

// try writes to the contact and returns the refusal.
func (l *link) try(id dispatch.ConversationID, text string) *dispatch.Error {
	l.b.t.Helper()
	author := dispatch.Author{Kind: dispatch.AuthorAgent, ID: string(l.agent)}
	return l.command(id.Address(), dispatch.SendMessage{
		ID: dispatch.MessageID(newID("msg", 0)), By: dispatch.Actor{Agent: l.agent}, Author: author, Text: text,
	})
}

func TestAContactWhoIsSilentIsWarnedAndThenTheConversationIsClosedAlsoOverARestart(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		ana := b.start(b.agent("ana"))
		ana.ready()
		web := b.channelOf("web")
		b.write(web, "+5511910000001")
		id := ana.take()
		ana.says(id, "Qual é o número do pedido?")
		passInBubble(49 * time.Minute)
		if texts := b.texts(id); len(texts) != 2 {
			t.Fatalf("said too early: %q", texts)
		}
		passInBubble(time.Minute + time.Second)
		warning := "system: " + protocol.DefaultInactivity("web").WarnText
		if texts := b.texts(id); len(texts) != 3 || texts[2] != warning {
			t.Fatalf("no warning: %q", texts)
		}
		if err := b.app.Close(); err != nil {
			t.Fatal(err)
		}
		b.open()
		b.start(ana.agent)
		passInBubble(10 * time.Minute)
		s := b.state(id)
		if s.State != dispatch.ConversationClosed || s.CloseCause != dispatch.ClosedInactivity || s.Script == nil || !s.Script.Automatic {
			t.Errorf("after an hour: %s by %q with %+v", s.State, s.CloseCause, s.Script)
		}
	})
}

func TestAnAnswerOfTheContactEndsItsSilenceAndAnotherKindOfChannelHasNone(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		ana := b.start(b.agent("ana"))
		ana.ready()
		web := b.channelOf("web")
		b.write(web, "+5511910000001")
		asked := ana.take()
		ana.says(asked, "?")
		b.write(b.channel, "+5511910000002")
		generic := ana.take()
		ana.says(generic, "?")
		passInBubble(51 * time.Minute)
		b.write(web, "+5511910000001")
		passInBubble(2 * time.Hour)
		for _, id := range []dispatch.ConversationID{asked, generic} {
			if s := b.state(id); s.State != dispatch.ConversationActive {
				t.Errorf("%s: %s by %s", s.Channel, s.State, s.CloseCause)
			}
		}
	})
}

func TestAnOwnerWhoDoesNotAnswerIsRemindedAndThenTheSupervisorsOfTheQueueAreTold(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		other := b.queueOf("Outra")
		ana := b.start(b.agent("ana"))
		ana.ready()
		sol, far := b.start(b.supervisor("sol", string(b.queue))), b.start(b.supervisor("far", other.ID))
		b.write(b.channel, "+5511910000001")
		id := ana.take()
		at := func(level dispatch.UnansweredLevel) func(dispatch.EventUnanswered) bool {
			return func(e dispatch.EventUnanswered) bool { return e.Conversation == id && e.Level == level }
		}
		check := func(when string, nudges, alerts, told int) {
			t.Helper()
			n, a, s := saw(ana, at(dispatch.UnansweredNudge)), saw(ana, at(dispatch.UnansweredAlert)), saw(sol, at(dispatch.UnansweredAlert))
			if n != nudges || a != alerts || s != told {
				t.Fatalf("%s: the owner has %d and %d, the supervisor %d", when, n, a, s)
			}
		}
		passInBubble(2*time.Minute + time.Second)
		check("after two minutes", 1, 0, 0)
		passInBubble(3 * time.Minute)
		check("after five", 1, 1, 1)
		ana.says(id, "Bom dia!")
		passInBubble(time.Hour)
		check("after the answer", 1, 1, 1)
		if n := saw(far, func(dispatch.EventUnanswered) bool { return true }); n != 0 {
			t.Errorf("the supervisor of another queue is told %d times", n)
		}
	})
}

func (b *inBubble) supervisor(name, queue string) dispatch.AgentID {
	b.t.Helper()
	a, err := b.app.CreateAgent(b.t.Context(), protocol.Agent{Name: name, Login: name, Role: "supervisor", QueueIDs: []string{queue}})
	if err != nil {
		b.t.Fatal(err)
	}
	return dispatch.AgentID(a.ID)
}

func TestSettingsOfSilenceAreCheckedByNameOfTheField(t *testing.T) {
	t.Parallel()
	o, _, _ := owning(t)
	made := o.must(201, "POST", "/channels", o.admin, object{"name": "Web", "kind": "web", "queue_id": o.queue})
	if in := made["inactivity"].(object); in["warn_ms"] != 3_000_000.0 || in["close_ms"] != 3_600_000.0 || in["warn_text"] == "" {
		t.Errorf("defaults of web: %v", in)
	}
	channel, queue := "/channels/"+made["id"].(string), "/queues/"+o.queue
	for _, c := range []struct {
		path, pointer string
		body          object
	}{
		{channel, "/inactivity/close_ms", object{"inactivity": object{"close_ms": 3_000_000}}},
		{channel, "/inactivity/warn_text", object{"inactivity": object{"warn_text": ""}}},
		{channel, "/inactivity/close_text", object{"inactivity": object{"close_text": "{{agent}}"}}},
		{channel, "/inactivity/warn_ms", object{"inactivity": object{"warn_ms": -1}}},
		{queue, "/agent_alert_ms", object{"agent_alert_ms": 120_000}},
		{queue, "/agent_nudge_ms", object{"agent_nudge_ms": 86_400_001}},
	} {
		status, out := o.call("PATCH", c.path, o.admin, c.body)
		fields, _ := out["errors"].([]any)
		if status != 400 || !slices.ContainsFunc(fields, func(f any) bool { return f.(object)["pointer"] == c.pointer }) {
			t.Errorf("%v: %d %v", c.body, status, out)
		}
	}
	off := o.must(200, "PATCH", channel, o.admin, object{"inactivity": object{"warn_ms": 0, "close_ms": 0}})
	if in := off["inactivity"].(object); in["close_ms"] != 0.0 {
		t.Errorf("switched off: %v", in)
	}
	back := o.must(200, "PATCH", channel, o.admin, object{"inactivity": nil})
	if in := back["inactivity"].(object); in["close_ms"] != 3_600_000.0 {
		t.Errorf("back to the default: %v", in)
	}
}
