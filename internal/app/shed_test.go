package app

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pronto/internal/shed"
)

// While every place is taken by new conversations, everything that may be refused is, with when to try again; what is
// served goes on, and a stranger who was refused has left no trace.
func TestAFullServerRefusesWhatMayBeRefusedAndServesTheRest(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	var leave []func()
	for range shed.LeastPlaces() {
		out, err := o.app.line.Enter(t.Context(), shed.Arrivals)
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, out)
	}
	var refusals sync.WaitGroup
	for _, ask := range []struct {
		method, path string
		body         any
	}{
		{"POST", "/channels/" + o.channel + "/messages", object{"external_id": "new", "text": "oi", "contact": byPhone(phoneOf(7))}},
		{"GET", "/live", nil}, {"GET", "/search?q=oi", nil}, {"GET", "/audit", nil}, {"GET", "/conversations/" + id + "/why", nil},
		{"POST", "/login", object{"login": "ana", "password": "x"}},
	} {
		refusals.Go(func() {
			if status, out := o.call(ask.method, ask.path, o.admin, ask.body); status != 503 || out["code"] != "overloaded" {
				t.Errorf("%s %s: %d %v", ask.method, ask.path, status, out)
			}
		})
	}
	for n := range 5 {
		ana.ok("message.send", object{"conversation_id": id, "text": fmt.Sprint("resposta ", n)})
		o.inbound(o.channel, fmt.Sprint("known", n), phoneOf(0), "pergunta")
		ana.ok("typing.set", object{"conversation_id": id, "typing": true})
	}
	refusals.Wait()
	ana.ok("conversation.close", object{"conversation_id": id, "script": object{"reason_id": o.reason, "resolved": true}})
	for _, out := range leave {
		out()
	}
	if status, out := o.send("new", byPhone(phoneOf(7))); status != 201 || out["created_conversation"] != true {
		t.Errorf("tried again: %d %v", status, out)
	}
	contacts, err := o.app.db.Documents(kindContact, "", 10)
	if err != nil || len(contacts) != 2 {
		t.Errorf("%d contacts, %v: who was refused was kept", len(contacts), err)
	}
	for _, class := range []string{"typing", "reports", "live", "sign_ins", "arrivals"} {
		if strings.Contains(o.metrics(), fmt.Sprintf("pronto_shed_total{class=%q} 0\n", class)) {
			t.Errorf("%s: nothing was counted", class)
		}
	}
}

// A webhook with messages of a conversation that is there is never refused; one that would open a conversation is, and the
// provider's repetition is taken.
func TestAFullServerTakesAWebhookOfAKnownConversation(t *testing.T) {
	t.Parallel()
	n, ana, id := talking(t)
	var leave []func()
	for range shed.LeastPlaces() {
		out, err := n.app.line.Enter(t.Context(), shed.Arrivals)
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, out)
	}
	n.provider.Text(marina, "ainda aí?")
	n.push()
	if m := ana.event("conversation.message"); m["conversation_id"] != id {
		t.Errorf("message of %v", m["conversation_id"])
	}
	for _, out := range leave {
		out()
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if out, err := n.app.line.Enter(ctx, shed.Webhooks); err != nil {
		t.Error(err)
	} else {
		out()
	}
}

// A visitor's first message is refused as an integration's is, and taken when it is sent again.
func TestAFullServerTellsAVisitorToTryAgain(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, nil)
	v, _ := s.visit(nil)
	var leave []func()
	for range shed.LeastPlaces() {
		out, err := s.app.line.Enter(t.Context(), shed.Arrivals)
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, out)
	}
	if got := v.refused("message.send", object{"text": "oi"}); got != "overloaded" {
		t.Errorf("refused with %s", got)
	}
	for _, out := range leave {
		out()
	}
	v.ok("message.send", object{"text": "oi"})
}
