package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// receiver is somebody else's server that gets webhooks. It checks them as the Standard Webhooks specification says, by code
// of its own.
type receiver struct {
	t      *testing.T
	secret string

	mu    sync.Mutex
	texts map[string]bool
	seen  map[string]bool    // ids
	last  map[string]float64 // ordinal of what came last of a conversation, repetitions aside
	count int
}

func (r *receiver) genuine(h http.Header, body []byte) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(h.Get("webhook-id") + "." + h.Get("webhook-timestamp") + "."))
	mac.Write(body)
	return h.Get("webhook-signature") == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		return // the sender was killed
	}
	var e struct {
		ID, Type string
		Data     struct {
			Conversation struct{ ID string }
			Record       struct {
				Seq  float64
				Data struct{ Message struct{ Text string } }
			}
		}
	}
	if err := json.Unmarshal(body, &e); err != nil || !r.genuine(req.Header, body) || e.ID != req.Header.Get("webhook-id") {
		r.t.Errorf("not genuine: %v %s", req.Header, body)
	}
	r.count++
	if r.count%53 == 0 {
		w.WriteHeader(http.StatusInternalServerError) // after nothing was taken
		return
	}
	if d := e.Data; !r.seen[e.ID] {
		if d.Record.Seq <= r.last[d.Conversation.ID] {
			r.t.Errorf("%s: event %v after %v", d.Conversation.ID, d.Record.Seq, r.last[d.Conversation.ID])
		}
		r.seen[e.ID], r.last[d.Conversation.ID], r.texts[d.Record.Data.Message.Text] = true, d.Record.Seq, true
	}
}

// missing is how many acknowledged messages have not come.
func (r *receiver) missing(l *ledger) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, list := range []map[string]receipt{l.inbound, l.sent} {
		for _, m := range list {
			if !r.texts[m.text] {
				n++
			}
		}
	}
	return n
}

// Webhooks follow what is durable: whatever was acknowledged arrives, whenever the server was killed.
func TestWebhooksAreToldOfEverythingAcknowledgedOverKills(t *testing.T) {
	const allowed = "PRONTO_ALLOWED_NETWORKS=127.0.0.0/8"
	r := newTrial(t, allowed)
	r.env = []string{allowed}
	to := &receiver{t: t, texts: map[string]bool{}, seen: map[string]bool{}, last: map[string]float64{}}
	server := httptest.NewServer(to)
	t.Cleanup(server.Close)
	made := r.must(201, "POST", "/webhooks", r.login("root"), object{"url": server.URL, "events": []string{"message.received", "message.sent", "conversation.closed"}})
	id := made["id"].(string)
	to.secret = made["secret"].(string)
	for range kills(t, 5) {
		r.load(func() {
			<-time.After(100*time.Millisecond + rand.N(500*time.Millisecond))
			r.kill()
		})
		r.restart()
		r.settle()
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for left, since := to.missing(r.ledger), time.Now(); left > 0; <-tick.C {
		now := to.missing(r.ledger)
		if now < left {
			left, since = now, time.Now()
		}
		if time.Since(since) > patience {
			t.Fatalf("%d acknowledged messages were not told: %v: %s", left, r.must(200, "GET", "/webhooks/"+id+"/state", r.login("root"), nil), r.stderr)
		}
		if now == 0 {
			break
		}
	}
	to.mu.Lock()
	defer to.mu.Unlock()
	if len(to.seen) < 100 {
		t.Errorf("only %d events", len(to.seen))
	}
	t.Logf("%d events in %d posts over %d kills", len(to.seen), to.count, r.rounds)
}
