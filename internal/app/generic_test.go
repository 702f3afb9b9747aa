package app

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"pronto/internal/outbound"
)

func TestTheGenericChannelPostsSignedMessagesInOrder(t *testing.T) {
	const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	key, err := outbound.ParseSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	texts := make(chan string, 16)
	refusals := 1
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || !key.Verify(r.Header, body, time.Now()) {
			t.Errorf("signature: %v", err)
		}
		if refusals > 0 {
			refusals--
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var e outbound.Event
		if err := json.Unmarshal(body, &e); err != nil {
			t.Error(err)
		}
		texts <- e.Data.Text
	}))
	defer receiver.Close()
	o := newOffice(t, t.TempDir())
	channel := o.create("/channels", object{"name": "Integração", "kind": "generic", "queue_id": o.queue, "config": object{"url": receiver.URL, "secret": secret}})
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	id := o.inbound(channel, "e1", "+5511999990000", "oi")["conversation_id"]
	ana.ok("offer.accept", object{"offer_id": ana.event("offer.created")["id"]})
	for _, text := range []string{"um", "dois", "três"} {
		m := ana.ok("message.send", object{"conversation_id": id, "text": text})["message"].(object)
		if m["delivery"] != "queued" {
			t.Fatalf("message %v", m)
		}
	}
	for _, want := range []string{"um", "dois", "três"} {
		if got := <-texts; got != want {
			t.Fatalf("got %q, not %q", got, want)
		}
		if d := ana.event("conversation.delivery"); d["delivery"] != "sent" {
			t.Fatalf("delivery %v", d)
		}
	}
}
