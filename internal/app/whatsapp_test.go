package app

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"pronto/transport/whatsapp"
	"pronto/transport/whatsapp/fake"
)

// number is an office with a WhatsApp channel at the fake provider.
type number struct {
	*office
	provider *fake.Provider
	channel  string
	handler  *atomic.Pointer[fake.Provider]
	api      *httptest.Server
}

const (
	appSecret   = "segredo-do-app"
	accessToken = "token-de-envio"
)

func newNumber(t *testing.T) *number {
	t.Helper()
	n := &number{office: newOffice(t, t.TempDir()), handler: &atomic.Pointer[fake.Provider]{}}
	n.api = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { n.handler.Load().ServeHTTP(w, r) }))
	t.Cleanup(n.api.Close)
	n.channel = n.create("/channels", object{"name": "WhatsApp", "kind": "whatsapp", "queue_id": n.queue, "config": object{
		"phone_number_id": "555", "access_token": accessToken, "app_secret": appSecret, "verify_token": "confere", "api_url": n.api.URL,
	}})
	n.connect(n.server)
	return n
}

// connect makes a provider that sends its webhooks to a server.
func (n *number) connect(s *server) {
	n.provider = fake.New(fake.Options{
		PhoneNumberID: "555", AccessToken: accessToken, AppSecret: appSecret, Client: http.DefaultClient, WebhookURL: s.base + "/api/v1/channels/" + n.channel + "/whatsapp",
	})
	n.handler.Store(n.provider)
}

func (n *number) push() {
	n.t.Helper()
	if _, err := n.provider.Push(n.t.Context()); err != nil {
		n.t.Fatalf("push: %v", err)
	}
}

var marina = fake.Customer{Phone: "5511987654321", Name: "Marina"}

// talking is a number where Ana has accepted Marina's conversation.
func talking(t *testing.T) (n *number, ana *desk, id string) {
	t.Helper()
	n = newNumber(t)
	ana = n.desk(n.ana)
	ana.ok("status.set", object{"status": "ready"})
	n.provider.Text(marina, "oi")
	n.push()
	offer := ana.event("offer.created")
	ana.ok("offer.accept", object{"offer_id": offer["id"]})
	ana.event("conversation.assigned")
	return n, ana, offer["conversation_id"].(string)
}

func (n *number) post(body, signature string) int {
	n.t.Helper()
	req, err := http.NewRequestWithContext(n.t.Context(), "POST", n.base+"/api/v1/channels/"+n.channel+"/whatsapp", strings.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	req.Header.Set("X-Hub-Signature-256", signature)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		n.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

func TestTheWhatsAppWebhookIsVerifiedAndSigned(t *testing.T) {
	t.Parallel()
	n := newNumber(t)
	verify := func(token string) (int, string) {
		res, err := http.Get(n.base + "/api/v1/channels/" + n.channel + "/whatsapp?hub.mode=subscribe&hub.challenge=1234&hub.verify_token=" + token)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(body)
	}
	if status, body := verify("confere"); status != 200 || body != "1234" {
		t.Errorf("verification: %d %q", status, body)
	}
	if status, body := verify("errado"); status != 403 || strings.Contains(body, "1234") {
		t.Errorf("wrong token: %d %q", status, body)
	}
	body := `{"object":"whatsapp_business_account","entry":[]}`
	for signature, want := range map[string]int{whatsapp.Sign(appSecret, []byte(body)): 200, whatsapp.Sign("outro", []byte(body)): 403, "": 403, "sha256=zz": 403} {
		if got := n.post(body, signature); got != want {
			t.Errorf("signature %.12q: %d, not %d", signature, got, want)
		}
	}
	config := n.must(200, "GET", "/channels/"+n.channel, n.admin, nil)
	if text := fmt.Sprint(config); strings.Contains(text, appSecret) || strings.Contains(text, accessToken) {
		t.Errorf("secrets are told: %s", text)
	}
}

func TestWhatsAppMessagesOfABatchArriveOnceAndInOrder(t *testing.T) {
	t.Parallel()
	n, ana, id := talking(t)
	n.provider.Repeat(2)
	n.provider.Text(marina, "segunda via")
	n.provider.Message(marina, "image", map[string]any{"id": "m1", "mime_type": "image/jpeg", "sha256": "x", "caption": "veja a conta"})
	n.provider.Message(marina, "document", map[string]any{"id": "m2", "mime_type": "application/pdf", "sha256": "x", "filename": "conta.pdf"})
	n.push()
	for seq, text := range map[float64]string{2: "segunda via", 3: "veja a conta", 4: "conta.pdf"} {
		m := ana.wait("message", func(f object) bool {
			return f["name"] == "conversation.message" && f["data"].(object)["message"].(object)["seq"] == seq
		})["data"].(object)["message"].(object)
		if !strings.Contains(m["text"].(string), text) || m["author"].(object)["kind"] != "contact" {
			t.Errorf("message %v: %v", seq, m)
		}
	}
	h := n.head(id)
	if h["last_seq"] != 4.0 || h["window_expires_at"] == nil || h["contact"].(object)["name"] != "Marina" {
		t.Errorf("head %v", h)
	}
	generic := n.inbound(n.office.channel, "g1", "+551187654321", "por outro canal")["conversation_id"].(string)
	if n.head(generic)["contact"].(object)["id"] != h["contact"].(object)["id"] {
		t.Error("the same number is another contact on another channel")
	}
}

func TestDeliveryOnlyMovesForwardInWhateverOrderReportsCome(t *testing.T) {
	t.Parallel()
	n, ana, id := talking(t)
	sent := ana.ok("message.send", object{"conversation_id": id, "text": "olá"})["message"].(object)
	if sent["delivery"] != "queued" {
		t.Errorf("sent %v", sent)
	}
	if e := ana.event("conversation.delivery"); e["delivery"] != "sent" || e["message_id"] != sent["id"] {
		t.Errorf("delivery %v", e)
	}
	n.provider.Reverse(true)
	n.provider.Repeat(1)
	n.push()
	if e := ana.event("conversation.delivery"); e["delivery"] != "read" {
		t.Errorf("delivery %v", e)
	}
	messages := n.must(200, "GET", "/conversations/"+id+"/messages", n.ana, nil)["items"].([]any)
	if m := messages[1].(object); m["delivery"] != "read" {
		t.Errorf("stored %v", m)
	}
	if got := n.provider.Sent(); len(got) != 1 || got[0].To != marina.Phone || got[0].Text != "olá" {
		t.Errorf("provider got %v", got)
	}
}

func TestOutboundWaitsOutRefusalsKeepsItsOrderAndFailsWithAReason(t *testing.T) {
	t.Parallel()
	n, ana, id := talking(t)
	n.provider.FailNext(fake.Failure{Status: 400, Code: 130429})
	for _, text := range []string{"um", "dois", "três"} {
		ana.ok("message.send", object{"conversation_id": id, "text": text})
	}
	for range 3 {
		if e := ana.event("conversation.delivery"); e["delivery"] != "sent" {
			t.Errorf("delivery %v", e)
		}
	}
	var order []string
	for _, s := range n.provider.Sent() {
		order = append(order, s.Text)
	}
	if fmt.Sprint(order) != "[um dois três]" {
		t.Errorf("order %v", order)
	}
	n.provider.FailNext(fake.Failure{Status: 400, Code: 131026})
	ana.ok("message.send", object{"conversation_id": id, "text": "nunca"})
	if e := ana.event("conversation.delivery"); e["delivery"] != "failed" || e["error"] == "" {
		t.Errorf("delivery %v", e)
	}
	ana.ok("message.send", object{"conversation_id": id, "text": "depois"})
	if e := ana.event("conversation.delivery"); e["delivery"] != "sent" {
		t.Errorf("after a failure: %v", e)
	}
}

func TestALostAnswerIsSettledByTheReportWithoutSendingTwice(t *testing.T) {
	t.Parallel()
	n, ana, id := talking(t)
	n.provider.FailNext(fake.Failure{Status: 502, Taken: true})
	ana.ok("message.send", object{"conversation_id": id, "text": "perdida"})
	ana.ok("message.send", object{"conversation_id": id, "text": "seguinte"})
	n.until("the provider to take the message", func() bool { return len(n.provider.Sent()) == 1 })
	n.push()
	n.until("the next message to follow at once", func() bool { return len(n.provider.Sent()) == 2 })
	if got := n.provider.Sent(); got[0].Text != "perdida" || got[1].Text != "seguinte" {
		t.Errorf("provider got %v", got)
	}
	if m := n.must(200, "GET", "/conversations/"+id+"/messages", n.ana, nil)["items"].([]any)[1].(object); m["delivery"] != "read" {
		t.Errorf("message %v", m)
	}
}

func TestARestartSendsWhatWaitsInTheOutbox(t *testing.T) {
	t.Parallel()
	n, ana, id := talking(t)
	for range 10 {
		n.provider.FailNext(fake.Failure{Status: 400, Code: 130429})
	}
	ana.ok("message.send", object{"conversation_id": id, "text": "um"})
	ana.ok("message.send", object{"conversation_id": id, "text": "dois"})
	n.shut()
	if got := n.provider.Sent(); len(got) != 0 {
		t.Fatalf("provider got %v", got)
	}
	n.connect(n.server) // it fails no more
	n.useTool()
	if got := n.provider.Sent(); len(got) != 0 {
		t.Fatalf("a tool sent %v", got)
	}
	s := startServer(t, n.dir)
	s.until("the outbox to be sent", func() bool { return len(n.provider.Sent()) == 2 })
	if got := n.provider.Sent(); got[0].Text != "um" || got[1].Text != "dois" {
		t.Errorf("provider got %v", got)
	}
}

func TestAStopDoesNotWaitForASlowProvider(t *testing.T) {
	t.Parallel()
	n, ana, id := talking(t)
	asked, release := make(chan struct{}), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-release
	}))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(release) })
	n.patch("/channels/"+n.channel, object{"config": object{"api_url": slow.URL}})
	ana.ok("message.send", object{"conversation_id": id, "text": "um"})
	<-asked
	n.shut()
}

func TestAReplyQuotesTheContactsMessageAtTheProvider(t *testing.T) {
	n, ana, id := talking(t)
	first := n.must(200, "GET", "/conversations/"+id+"/messages", n.admin, nil)["items"].([]any)[0].(object)
	ana.ok("message.send", object{"conversation_id": id, "text": "sobre isto", "reply_to": first["id"]})
	ana.event("conversation.delivery")
	sent := n.provider.Sent()
	if len(sent) != 1 || !strings.HasPrefix(sent[0].ReplyTo, "wamid.") {
		t.Errorf("sent %+v", sent)
	}
}
