package app

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pronto/internal/outbound"
	"pronto/transport/whatsapp/fake"
)

const hookSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// posts is an integrator's receiver of messages.
type posts struct {
	*httptest.Server
	got chan outbound.EventPayload
}

func newPosts(t *testing.T) *posts {
	t.Helper()
	key, err := outbound.ParseSecret(hookSecret)
	if err != nil {
		t.Fatal(err)
	}
	p := &posts{got: make(chan outbound.EventPayload, 16)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var e outbound.Event
		if err != nil || !key.Verify(r.Header, body, time.Now()) || json.Unmarshal(body, &e) != nil {
			t.Errorf("post: %v", err)
		}
		p.got <- e.Data
	}))
	t.Cleanup(p.Close)
	return p
}

func TestAMessageWaitsForItsFilesAndTakesLinksAlong(t *testing.T) {
	t.Parallel()
	hooks, i := newPosts(t), newInspector(t)
	o := newOffice(t, t.TempDir())
	channel := o.create("/channels", object{"name": "Integração", "kind": "generic", "queue_id": o.queue, "config": object{"url": hooks.URL, "secret": hookSecret}})
	o.shut()
	config := i.config(o.dir)
	config.PublicURL = "https://pronto.example.com/"
	o.server, o.channel = again(o.server, startWith(t, config)), channel
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	id := o.accepted(ana, "e1", phoneOf(0))
	up := o.file(o.ana, "conta.txt", []byte("R$ 10"))
	<-i.asked
	sent := ana.ok("message.send", object{"conversation_id": id, "text": "segue", "attachment_ids": []any{up["id"]}})["message"].(object)
	ana.ok("message.send", object{"conversation_id": id, "text": "recebeu?"})
	if sent["delivery"] != "queued" {
		t.Errorf("sent %v", sent)
	}
	ana.changed(up["id"], "scanning")
	if n := len(hooks.got); n != 0 {
		t.Errorf("%d messages left before the file was looked into", n)
	}
	i.verdict <- 0
	first, second := <-hooks.got, <-hooks.got
	if first.Text != "segue" || second.Text != "recebeu?" || len(first.Attachments) != 1 || len(second.Attachments) != 0 {
		t.Fatalf("posted %+v and %+v", first, second)
	}
	f := first.Attachments[0]
	path, ok := strings.CutPrefix(f.URL, "https://pronto.example.com")
	if !ok || f.Name != "conta.txt" || f.Size != 5 || f.Type != "text/plain" || string(f.ID) != up["id"] || time.Until(f.ExpiresAt) < 23*time.Hour {
		t.Fatalf("%+v", f)
	}
	if res, data := o.download("", path); res.StatusCode != 200 || string(data) != "R$ 10" || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("by the link: %d %q", res.StatusCode, data)
	}
	for name, bad := range map[string]string{
		"another file": strings.Replace(path, "/att_", "/att_x", 1), "a later end": strings.Replace(path, "expires=1", "expires=2", 1), "another signature": path + "x",
		"without": strings.Split(path, "?")[0],
	} {
		if res, _ := o.download("", bad); res.StatusCode != 404 {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	o.shut()
	o.server = again(o.server, startWith(t, config))
	if res, _ := o.download("", path); res.StatusCode != 200 {
		t.Errorf("after a restart: %d", res.StatusCode)
	}
}

func TestAMessageWithABadFileFailsAndTheNextOneGoes(t *testing.T) {
	t.Parallel()
	hooks, i := newPosts(t), newInspector(t)
	o := newOffice(t, t.TempDir())
	channel := o.create("/channels", object{"name": "Integração", "kind": "generic", "queue_id": o.queue, "config": object{"url": hooks.URL, "secret": hookSecret}})
	o.shut()
	o.server, o.channel = again(o.server, startWith(t, i.config(o.dir))), channel
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	id := o.accepted(ana, "e1", phoneOf(0))
	up := o.file(o.ana, "a.txt", []byte("EICAR"))
	sent := ana.ok("message.send", object{"conversation_id": id, "attachment_ids": []any{up["id"]}})["message"].(object)
	ana.ok("message.send", object{"conversation_id": id, "text": "depois"})
	<-i.asked
	i.verdict <- 1
	if d := ana.event("conversation.delivery"); d["message_id"] != sent["id"] || d["delivery"] != "failed" || d["error"] != "attachment_infected" {
		t.Errorf("delivery %v", d)
	}
	if got := <-hooks.got; got.Text != "depois" || len(got.Attachments) != 0 {
		t.Errorf("posted %+v", got)
	}
}

func TestFilesGoOutOverWhatsAppWithRetries(t *testing.T) {
	t.Parallel()
	n, ana, id := talking(t)
	pic, doc := n.file(n.ana, "foto.png", pngOf(t, 60, 40)), n.file(n.ana, "conta.txt", []byte("R$ 10"))
	n.provider.FailUpload(fake.Failure{Status: 503})
	ana.ok("message.send", object{"conversation_id": id, "text": "segue", "attachment_ids": []any{pic["id"], doc["id"]}})
	ana.ok("message.send", object{"conversation_id": id, "text": "depois"})
	for range 2 {
		if d := ana.event("conversation.delivery"); d["delivery"] != "sent" {
			t.Fatalf("delivery %v", d)
		}
	}
	sent := n.provider.Sent()
	if len(sent) != 3 || sent[0].Kind != "image" || sent[0].Text != "segue" || sent[1].Kind != "document" || sent[1].FileName != "conta.txt" || sent[2].Text != "depois" {
		t.Fatalf("provider got %+v", sent)
	}
	if kind, data := n.provider.Media(sent[0].Media); kind != "image/png" || float64(len(data)) != pic["size"] {
		t.Errorf("%s of %d bytes", kind, len(data))
	}
	n.push()
	for range 2 {
		ana.wait("read", func(f object) bool {
			return f["name"] == "conversation.delivery" && f["data"].(object)["delivery"] == "read"
		})
	}
}

// The text is too long to stand below a file, so it goes first, and the provider reports it before it has the file.
func TestAReportAboutTheFirstPartOfAMessageKeepsNoneOfTheOthersBack(t *testing.T) {
	t.Parallel()
	n, ana, id := talking(t)
	doc, text := n.file(n.ana, "conta.txt", []byte("R$ 10")), strings.Repeat("a", 1025)
	n.provider.FailUpload(fake.Failure{Status: 503})
	ana.ok("message.send", object{"conversation_id": id, "text": text, "attachment_ids": []any{doc["id"]}})
	n.until("the text to be taken", func() bool { return len(n.provider.Sent()) == 1 })
	n.push()
	n.until("the file to follow", func() bool { return len(n.provider.Sent()) == 2 })
	if sent := n.provider.Sent(); sent[0].Text != text || sent[1].Kind != "document" {
		t.Errorf("provider got %+v", sent)
	}
	n.push()
	n.until("the message to be read", func() bool {
		return n.must(200, "GET", "/conversations/"+id+"/messages", n.ana, nil)["items"].([]any)[1].(object)["delivery"] == "read"
	})
}
