package app

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"pronto/internal/outbound"
)

// mailbox is a receiver on loopback that keeps what came.
type mailbox struct {
	*httptest.Server
	mu     sync.Mutex
	got    []post
	status int
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	m := &mailbox{status: 200}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		p := post{header: r.Header, body: raw}
		if err == nil {
			err = json.Unmarshal(raw, &p.event)
		}
		if err != nil {
			t.Error(err)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		w.WriteHeader(m.status)
		if m.status == 200 {
			m.got = append(m.got, p)
		}
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *mailbox) answers(status int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status = status
}

func (m *mailbox) taken() []post {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]post(nil), m.got...)
}

// logBuffer is a log that is read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestAWebhooksSecretIsShownOnceAndNowhereElse(t *testing.T) {
	log := &logBuffer{}
	o := officeWithLog(t, t.TempDir(), zerolog.New(log).Level(zerolog.DebugLevel))
	m := newMailbox(t)
	spec := object{"name": "CRM", "url": m.URL + "/in", "events": []string{"message.received"}}
	status, made := o.call("POST", "/webhooks", o.admin, spec, "Idempotency-Key", "k1")
	secret, _ := made["secret"].(string)
	if status != 201 || !strings.HasPrefix(secret, "whsec_") || made["enabled"] != true {
		t.Fatalf("%d %v", status, made)
	}
	if _, again := o.call("POST", "/webhooks", o.admin, spec, "Idempotency-Key", "k1"); again["id"] != made["id"] || again["secret"] != secret {
		t.Errorf("repeated: %v", again)
	}
	path := "/webhooks/" + made["id"].(string)
	rotated := o.must(200, "POST", path+"/rotate", o.admin, nil)["secret"].(string)
	if rotated == secret {
		t.Error("the secret is the same")
	}
	o.inbound(o.channel, "e1", "+5511999990000", "oi")
	o.until("the event", func() bool { return len(m.taken()) == 1 })
	o.patch(path, object{"name": "Outro"})
	everything := log.String()
	for _, where := range []string{path, "/webhooks", "/configuration", "/audit?limit=500", path + "/state", path + "/parked"} {
		_, out := o.call("GET", where, o.admin, nil)
		raw, err := json.Marshal(out)
		if err != nil || len(out) == 0 {
			t.Fatalf("%s: %v", where, err)
		}
		everything += string(raw)
	}
	for _, s := range []string{secret, rotated, strings.TrimPrefix(secret, "whsec_"), strings.TrimPrefix(rotated, "whsec_")} {
		if strings.Contains(everything, s) {
			t.Error("a secret is shown")
		}
	}
	for _, action := range []string{"webhook.created", "webhook.secret_rotated", "webhook.updated"} {
		if !strings.Contains(everything, action) {
			t.Errorf("the audit has no %s", action)
		}
	}
	if status, _ := o.call("PATCH", path, o.admin, object{"name": "x"}, "If-Match", `"1"`); status != 412 {
		t.Errorf("stale version: %d", status)
	}
	o.must(204, "DELETE", path, o.admin, nil)
	o.must(404, "POST", path+"/rotate", o.admin, nil)
	o.must(404, "GET", path+"/state", o.admin, nil)
	o.must(404, "GET", path+"/parked", o.admin, nil)
}

func TestAnImportedWebhookHasASecretOfItsOwn(t *testing.T) {
	o := newOffice(t, t.TempDir())
	m := newMailbox(t)
	o.create("/webhooks", object{"name": "CRM", "url": m.URL, "events": []string{"message.received"}, "enabled": false})
	file := o.must(200, "GET", "/configuration", o.admin, nil)
	other := startServer(t, t.TempDir())
	plan := other.must(200, "PUT", "/configuration", other.admin, object{"webhooks": file["webhooks"]})
	if len(plan["changes"].([]any)) != 1 {
		t.Fatalf("plan %v", plan)
	}
	hook := file["webhooks"].([]any)[0].(object)["id"].(string)
	if out := other.must(200, "POST", "/webhooks/"+hook+"/test", other.admin, nil); out["outcome"] != "ok" {
		t.Errorf("test %v", out)
	}
	key, err := outbound.ParseSecret(other.must(200, "POST", "/webhooks/"+hook+"/rotate", other.admin, nil)["secret"].(string))
	if err != nil {
		t.Fatal(err)
	}
	other.must(200, "POST", "/webhooks/"+hook+"/test", other.admin, nil)
	got := m.taken()
	if p := got[len(got)-1]; !key.Verify(p.header, p.body, time.Now()) || p.event.Type != "webhook.test" {
		t.Errorf("test %s", p.body)
	}
}

// Who gets a conversation by a transfer is another event than who gets it from the queue.
func TestATransferThatIsAcceptedIsToldAsOne(t *testing.T) {
	o, ana, bia, id := pair(t)
	m := newMailbox(t)
	o.create("/webhooks", object{"url": m.URL, "events": []string{"conversation.offered", "conversation.assigned", "conversation.transferred", "conversation.closed"}})
	ana.ok("transfer.start", object{"conversation_id": id, "to": object{"agent_id": o.biaID}})
	bia.ok("offer.accept", object{"offer_id": bia.event("offer.created")["id"]})
	bia.ok("transfer.start", object{"conversation_id": id, "to": object{"queue_id": o.queue}})
	ana.ok("offer.accept", object{"offer_id": ana.event("offer.created")["id"]})
	o.must(200, "POST", "/conversations/"+id+"/close", o.admin, object{"override_script": true})
	o.until("the close", func() bool {
		got := m.taken()
		return len(got) > 0 && got[len(got)-1].event.Type == "conversation.closed"
	})
	want := []string{"conversation.offered", "conversation.transferred", "conversation.transferred", "conversation.offered", "conversation.assigned", "conversation.closed"}
	if got := types(m.taken()); !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

func TestAWebhookIsRefusedWithItsFields(t *testing.T) {
	o := newOffice(t, t.TempDir())
	for field, spec := range map[string]object{
		"/url":      {"url": "ftp://example.org/", "events": []string{"message.sent"}},
		"/events":   {"url": "https://example.org/", "events": []string{}},
		"/events/1": {"url": "https://example.org/", "events": []string{"message.sent", "message.lost"}},
		"/secret":   {"url": "https://example.org/", "events": []string{"message.sent"}, "secret": "whsec_x"},
	} {
		status, out := o.call("POST", "/webhooks", o.admin, spec)
		if raw, err := json.Marshal(out["errors"]); status != 400 || err != nil || !strings.Contains(string(raw), `"`+field+`"`) {
			t.Errorf("%s: %d %v", field, status, out)
		}
	}
	spec := object{"url": "https://example.org/", "events": []string{"message.sent"}}
	if status, _ := o.call("POST", "/webhooks", o.ana, spec); status != 403 {
		t.Errorf("an agent made a webhook: %d", status)
	}
	if status, _ := o.call("GET", "/webhooks", o.ana, nil); status != 403 {
		t.Errorf("an agent read webhooks: %d", status)
	}
}

// Loopback is allowed in tests, other addresses inside are not; nor is a redirect followed to anywhere.
func TestAWebhookReachesNoForbiddenAddress(t *testing.T) {
	o := newOffice(t, t.TempDir())
	m := newMailbox(t)
	moved := httptest.NewServer(http.RedirectHandler(m.URL, http.StatusTemporaryRedirect))
	t.Cleanup(moved.Close)
	for url, reason := range map[string]string{
		"https://10.0.0.1/": "forbidden_address", "https://169.254.169.254/latest": "forbidden_address", "https://[::ffff:10.0.0.1]/": "forbidden_address",
		"http://example.org/": "forbidden_address", moved.URL: "rejected",
	} {
		id := o.create("/webhooks", object{"url": url, "events": []string{"message.received"}})
		out := o.must(200, "POST", "/webhooks/"+id+"/test", o.admin, nil)
		if out["outcome"] != "failed" || out["reason"] != reason {
			t.Errorf("%s: %v", url, out)
		}
		o.inbound(o.channel, url, "+5511999990000", "oi")
		o.until("the failure", func() bool {
			return o.must(200, "GET", "/webhooks/"+id+"/state", o.admin, nil)["reason"] == reason
		})
	}
	if got := m.taken(); len(got) > 0 {
		t.Errorf("a redirect was followed: %d", len(got))
	}
}

func TestWhatWaitsForAWebhookOutlivesARestart(t *testing.T) {
	dir := t.TempDir()
	o := newOffice(t, dir)
	m := newMailbox(t)
	m.answers(503)
	id := o.create("/webhooks", object{"url": m.URL, "events": []string{"conversation.queued", "message.received"}})
	o.inbound(o.channel, "e1", "+5511999990000", "um")
	o.inbound(o.channel, "e2", "+5511999990000", "dois")
	o.until("the failure", func() bool {
		out := o.must(200, "GET", "/webhooks/"+id+"/state", o.admin, nil)
		return out["waiting"] == 3.0 && out["status"] == 503.0
	})
	o.shut()
	m.answers(200)
	before := len(m.taken())
	o.useTool()
	if n := len(m.taken()); n != before {
		t.Errorf("a tool delivered %d", n-before)
	}
	again := startServer(t, dir)
	again.inbound(o.channel, "e3", "+5511999990000", "três")
	again.until("the events", func() bool { return len(m.taken()) >= 4 })
	var seqs []int64
	for _, p := range m.taken() {
		seqs = append(seqs, seqOf(p))
	}
	for i := 1; i < len(seqs); i++ {
		if seqs[i] <= seqs[i-1] {
			t.Errorf("order %v", seqs)
		}
	}
	again.must(204, "DELETE", "/webhooks/"+id, again.admin, nil)
	if rows, err := again.app.db.HooksWithRows(); err != nil || len(rows) > 0 {
		t.Errorf("rows are left of %v: %v", rows, err)
	}
}
