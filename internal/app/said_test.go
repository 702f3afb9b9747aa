package app

import (
	"slices"
	"testing"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
	"pronto/transport"
)

func TestAQueueGreetsWhoComesOnceAndTheGreetingIsNoReply(t *testing.T) {
	t.Parallel()
	n := newNumber(t)
	n.patch("/queues/"+n.queue, object{"greeting": "Olá {{contact.name}}! Protocolo {{protocol}}.", "script_required": false})
	n.provider.Text(marina, "oi")
	n.push()
	n.until("the greeting to go out", func() bool { return len(n.provider.Sent()) == 1 })
	id := n.must(200, "GET", "/conversations", n.admin, nil)["items"].([]any)[0].(object)["id"].(string)
	head := n.head(id)
	if got := n.provider.Sent()[0]; got.To != marina.Phone || got.Text != "Olá Marina! Protocolo "+head["protocol_number"].(string)+"." {
		t.Errorf("the provider got %+v", got)
	}
	said := n.must(200, "GET", "/conversations/"+id+"/messages", n.admin, nil)["items"].([]any)[1].(object)
	if a := said["author"].(object); a["kind"] != "bot" || a["name"] != "Financeiro" {
		t.Errorf("said %v", said)
	}
	ana := n.desk(n.ana)
	ana.ok("status.set", object{"status": "ready"})
	offer := ana.event("offer.created")
	ana.ok("offer.accept", object{"offer_id": offer["id"]})
	if head := ana.event("conversation.assigned"); offer["last_text"] != "oi" || head["unread"] != 1.0 || head["last_message"].(object)["author"].(object)["kind"] != "bot" {
		t.Errorf("offer %v, head %v", offer, head)
	}
	ana.ok("conversation.close", object{"conversation_id": id})
	n.provider.Text(marina, "voltei")
	n.push()
	if head := n.head(id); head["last_seq"] != 3.0 {
		t.Errorf("greeted again: %v", head)
	}
}

func TestATextThatMentionsWhatNobodyKnowsIsRefusedAtItsField(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	for _, text := range []string{"Olá {{nome}}", "Olá {{contact.name", "número {{position}}"} {
		status, out := o.call("POST", "/queues", o.admin, object{"name": "Q", "greeting": text})
		if e := out["errors"].([]any)[0].(object); status != 400 || e["pointer"] != "/greeting" || e["code"] != "invalid" {
			t.Errorf("%s: %d %v", text, status, out)
		}
	}
}

func TestTextsOfAQueueAreRefusedAtTheirField(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	for pointer, body := range map[string]object{
		"/after_hours":       {"after_hours": "número {{position}}"},
		"/closing":           {"closing": "{{agent}}"},
		"/position_text":     {"position_text": "{{place}}"},
		"/position_every_ms": {"position_text": "{{position}}", "position_every_ms": 9_999},
	} {
		o.refusedField("PATCH", "/queues/"+o.queue, body, pointer)
	}
}

// TestPlacesAndHoursAreSaidAndAreNoAnswer: in a bubble, whose clock begins at midnight UTC of 1 January 2000, a Saturday.
func TestPlacesAndHoursAreSaidAndAreNoAnswer(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		h := protocol.BusinessHours{ID: newID("hrs", 0), Name: "h", TimeZone: "UTC", Weekly: []protocol.WeeklyHours{{Days: []string{"sat"}, From: "09:00", To: "18:00"}}}
		b.put(transport.KindBusinessHours, h.ID, &h)
		q := *b.app.catalog.now.Load().queues[b.queue]
		q.HoursID, q.AgentNudgeMS, q.AgentAlertMS = h.ID, 120_000, 0
		q.AfterHours, q.PositionText, q.PositionEveryMS, q.Closing = "Abrimos às nove.", "Você é o número {{position}}.", 60_000, "Até logo!"
		b.replace(transport.KindQueue, q.ID, 1, &q)
		said := func(id dispatch.ConversationID) []string {
			b.t.Helper()
			chats, err := b.app.db.Messages(id, 0, 50)
			if err != nil {
				b.t.Fatal(err)
			}
			var out []string
			for _, m := range chats {
				if m.Author.Kind == dispatch.AuthorBot {
					out = append(out, m.Text)
				}
			}
			return out
		}
		first := b.write(b.channel, "+5511999990001").Conversation
		second := b.write(b.channel, "+5511999990002").Conversation
		if got := said(second); !slices.Equal(got, []string{"Abrimos às nove.", "Você é o número 2."}) {
			b.t.Errorf("the second one was told %q", got)
		}
		ana := b.start(b.agent("ana"))
		ana.ready()
		if got := ana.take(); got != first {
			b.t.Fatalf("Ana took %s", got)
		}
		passInBubble(59 * time.Second)
		if got := said(second); len(got) != 2 {
			b.t.Errorf("too soon: %q", got)
		}
		if s := b.state(second); s.State == dispatch.ConversationOffered { // Ana has room for more, and does not answer
			passInBubble(b.state(second).Offer.ExpiresAt.Sub(b.app.system.Now()))
		}
		if err := ana.command(ana.agent.Address(), dispatch.SetStatus{Status: dispatch.StatusNotReady, By: ana.agent}); err != nil {
			b.t.Fatal(err)
		}
		passInBubble(62 * time.Second)
		if got := said(second); len(got) != 3 || got[2] != "Você é o número 1." {
			b.t.Errorf("the second one was told %q", got)
		}
		if s := b.state(first); s.QuietStep != dispatch.QuietTold {
			b.t.Errorf("the owner's silence: %v", s.QuietStep)
		}
		if err := ana.command(first.Address(), dispatch.CloseConversation{By: dispatch.Actor{Agent: ana.agent}}); err != nil {
			b.t.Fatal(err)
		}
		if got := said(first); got[len(got)-1] != "Até logo!" {
			b.t.Errorf("the first one was told %q", got)
		}
		passInBubble(9 * time.Hour)
		if got := said(b.write(b.channel, "+5511999990003").Conversation); slices.Contains(got, "Abrimos às nove.") {
			b.t.Errorf("in the hours: %q", got)
		}
	})
}

func TestTheCoreKnowsEveryVariableThatValidationLetsPass(t *testing.T) {
	if !slices.Equal(dispatch.TextVariables, protocol.PositionVariables) {
		t.Errorf("%v, and %v", dispatch.TextVariables, protocol.PositionVariables)
	}
}
