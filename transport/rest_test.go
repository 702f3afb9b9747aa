package transport

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
)

// answerOf is one answer of the server under test.
type answerOf struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

func (a answerOf) wants(status int) answerOf {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

func (a answerOf) refused(code protocol.Code) protocol.Problem {
	a.t.Helper()
	var p protocol.Problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		a.t.Fatalf("no problem document: %s", a.body)
	}
	if p.Code != code || p.Status != code.Info().Status || p.Status != a.status || p.RequestID == "" || p.Title == "" || p.Type == "" ||
		!strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") {
		a.t.Fatalf("status %d, %s, want %s: %s", a.status, a.header.Get("Content-Type"), code, a.body)
	}
	return p
}

func (a answerOf) at(field string) string {
	a.t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		a.t.Fatalf("no object: %s", a.body)
	}
	s, _ := m[field].(string)
	return s
}

func ask(t *testing.T, s *Server, who, method, path, body string, headers ...string) answerOf {
	t.Helper()
	req := httptest.NewRequest(method, "http://pronto.test"+path, strings.NewReader(body))
	if who != "" {
		req.Header.Set("Authorization", "Bearer token-"+who)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, req)
	return answerOf{t, rec.Code, rec.Header(), rec.Body.String()}
}

func TestARouteWithoutADeclaredActionCannotRegister(t *testing.T) {
	s := testServer(t, newWorld())
	for _, r := range []route{{method: "GET", path: "/x1"}, {method: "GET", path: "/x2", action: "undeclared"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s registered", r.path)
				}
			}()
			handle(s, r, s.me)
		}()
	}
}

func TestEveryRouteAsksTheGateAndDemandsACredential(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	for _, r := range s.routes {
		path := apiPrefix + strings.ReplaceAll(r.path, "{id}", string(talkID))
		if r.public != "" {
			continue
		}
		ask(t, s, "", r.method, path, "{}").refused(protocol.CodeUnauthorized)
		w.denied = map[Action]error{}
		for _, a := range []Action{r.action, ActReadTalk, ActWriteConfig, ActForceStatus} {
			w.denied[a] = Refuse(protocol.CodeForbidden)
		}
		if strings.HasPrefix(r.path, filePath+"/{id}") {
			continue // the file is looked for first: TestAFileIsGivenToWhoMayReadItAndToNobodyElse
		}
		if r.late && r.method == http.MethodPatch || r.late && r.method == http.MethodDelete {
			continue // the object is read first: TestPeopleWriteOnlyTheirOwnCannedResponses
		}
		body := map[string]string{
			"transfer": `{"to":{"agent_id":"agt_bruno"}}`, "notes": `{"text":"x"}`, "messages": `{"text":"x"}`, "status": `{"status":"ready"}`,
			"assign": `{"agent_id":"agt_bruno"}`, "edit": `{"message_id":"msg_1","text":"x"}`, "redact": `{"message_id":"msg_1","reason":"x"}`,
			"canned-responses": `{"shortcut":"a","title":"b","text":"c"}`,
		}[r.path[strings.LastIndex(r.path, "/")+1:]]
		ask(t, s, "admin", r.method, path, orText(body, "{}")).refused(protocol.CodeForbidden)
	}
}

func orText(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func TestSignInGivesATokenAndABrowserACookie(t *testing.T) {
	w := newWorld()
	w.passwords["ana"] = "correct horse"
	s := testServer(t, w)
	a := ask(t, s, "", "POST", "/api/v1/login", `{"login":"ana","password":"correct horse"}`).wants(200)
	if a.at("token") != "token-ana" || a.header.Get("Set-Cookie") != "" || a.at("expires_at") != "2026-11-24T00:00:00.000Z" || !strings.Contains(a.body, `"role":"agent"`) {
		t.Fatalf("got %s %v", a.body, a.header)
	}
	b := ask(t, s, "", "POST", "/api/v1/login", `{"login":"ana","password":"correct horse"}`, "Sec-Fetch-Site", "same-origin").wants(200)
	cookie := b.header.Get("Set-Cookie")
	if b.at("token") != "" || !strings.HasPrefix(cookie, "__Host-pronto=token-ana;") || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "Secure") ||
		!strings.Contains(cookie, "SameSite=Lax") {
		t.Fatalf("got %s, cookie %q", b.body, cookie)
	}
	ask(t, s, "", "GET", "/api/v1/me", "", "Cookie", "__Host-pronto=token-ana").wants(200)
	ask(t, s, "", "POST", "/api/v1/login", `{"login":"ana","password":"wrong"}`).refused(protocol.CodeUnauthorized)
	ask(t, s, "ana", "POST", "/api/v1/logout", "").wants(204)
	if a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control: %q", a.header.Get("Cache-Control"))
	}
	if _, empty := a.header["Set-Cookie"]; empty {
		t.Error("an empty Set-Cookie was sent")
	}
	if _, empty := ask(t, s, "ana", "GET", "/api/v1/me", "").header["Etag"]; empty {
		t.Error("an empty ETag was sent")
	}
}

func TestAChangeFromAnotherSitesPageIsRefused(t *testing.T) {
	w := newWorld()
	o := w.options()
	o.AllowedOrigins = []string{"https://desk.example"}
	s := New(o)
	ask(t, s, "", "POST", "/api/v1/logout", "", "Cookie", "__Host-pronto=token-ana", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example").refused(protocol.CodeForbidden)
	ok := ask(t, s, "", "POST", "/api/v1/logout", "", "Cookie", "__Host-pronto=token-ana", "Sec-Fetch-Site", "cross-site", "Origin", "https://desk.example").wants(204)
	if ok.header.Get("Access-Control-Allow-Origin") != "https://desk.example" {
		t.Fatalf("got %v", ok.header)
	}
	ask(t, s, "", "OPTIONS", "/api/v1/queues", "", "Origin", "https://desk.example", "Access-Control-Request-Method", "PATCH").wants(204)
}

func TestAnErrorSaysWhereAndNeverEchoesWhatWasSent(t *testing.T) {
	s := testServer(t, newWorld())
	for _, c := range []struct{ method, path, body, pointer, code string }{
		{"POST", "/api/v1/queues", `{"name":"a","hunter2":1}`, "/hunter2", protocol.FieldUnknown},
		{"POST", "/api/v1/queues", `{"name":"a","mode":"hunter2"}`, "/mode", protocol.FieldNotAllowed},
		{"POST", "/api/v1/queues", `hunter2`, "", protocol.FieldSyntax},
		{"GET", "/api/v1/queues?limit=hunter2", "", "query/limit", protocol.FieldInvalid},
		{"GET", "/api/v1/queues?limit=501", "", "query/limit", protocol.FieldRange},
		{"GET", "/api/v1/queues?colour=hunter2", "", "query/colour", protocol.FieldUnknown},
		{"GET", "/api/v1/conversations?state=hunter2", "", "query/state", protocol.FieldNotAllowed},
		{"GET", "/api/v1/conversations?from=hunter2", "", "query/from", protocol.FieldTime},
	} {
		a := ask(t, s, "admin", c.method, c.path, c.body)
		p := a.refused(protocol.CodeBadRequest)
		if len(p.Errors) == 0 || p.Errors[0].Pointer != c.pointer || p.Errors[0].Code != c.code {
			t.Errorf("%s %s: got %v, want %s %s", c.path, c.body, p.Errors, c.pointer, c.code)
		}
		if c.pointer != "/hunter2" && strings.Contains(a.body, "hunter2") {
			t.Errorf("%s: echoed: %s", c.path, a.body)
		}
	}
}

func TestAnInternalErrorShowsNothingOfItself(t *testing.T) {
	w := newWorld()
	w.do = func(dispatch.Envelope) (dispatch.Reply, error) { panic("disk /var/secret is on fire") }
	s := testServer(t, w)
	a := ask(t, s, "ana", "POST", "/api/v1/conversations/"+string(talkID)+"/close", "")
	a.refused(protocol.CodeInternal)
	if strings.Contains(a.body, "secret") {
		t.Fatal(a.body)
	}
}

func TestBodiesAreBoundedAndMustBeJSON(t *testing.T) {
	s := testServer(t, newWorld())
	ask(t, s, "admin", "POST", "/api/v1/queues", `{"name":"`+strings.Repeat("a", protocol.MaxBodyBytes)+`"}`).refused(protocol.CodePayloadTooLarge)
	ask(t, s, "admin", "POST", "/api/v1/queues", `name=a`, "Content-Type", "application/x-www-form-urlencoded").refused(protocol.CodeUnsupportedMedia)
}

func TestUnknownAddressesAndMethodsAreProblems(t *testing.T) {
	s := testServer(t, newWorld())
	ask(t, s, "admin", "GET", "/api/v1/nothing", "").refused(protocol.CodeNotFound)
	a := ask(t, s, "admin", "PUT", "/api/v1/queues", "{}")
	a.refused(protocol.CodeMethodNotAllowed)
	if got := strings.Join(a.header.Values("Allow"), ","); got != "GET,POST" {
		t.Fatalf("Allow: %s", got)
	}
}

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	a := ask(t, testServer(t, newWorld()), "", "GET", "/livez", "").wants(200)
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"} {
		if a.header.Get(name) != want {
			t.Errorf("%s: %q", name, a.header.Get(name))
		}
	}
}

func TestACredentialGets100RequestsASecondAndABurstOf200(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	for range protocol.RequestBurst {
		ask(t, s, "ana", "GET", "/api/v1/me", "").wants(200)
	}
	a := ask(t, s, "ana", "GET", "/api/v1/me", "")
	a.refused(protocol.CodeRateLimited)
	if a.header.Get("Retry-After") != "1" {
		t.Fatalf("Retry-After %q", a.header.Get("Retry-After"))
	}
	ask(t, s, "admin", "GET", "/api/v1/me", "").wants(200)
	w.now = w.now.Add(time.Second)
	for range protocol.RequestsPerSecond {
		ask(t, s, "ana", "GET", "/api/v1/me", "").wants(200)
	}
	ask(t, s, "ana", "GET", "/api/v1/me", "").refused(protocol.CodeRateLimited)
}

const sampleInbound = `{"external_id":"wamid.1","contact":{"name":"Marina","identities":[{"kind":"phone","value":"+5511999990000"}]},"text":"Segunda via"}`

func TestAnInboundMessageIs201OnceThen200WithTheSameAnswerAndHasNoRateLimit(t *testing.T) {
	w := newWorld()
	seen := false
	w.deliver = func(channel dispatch.ChannelID, m protocol.InboundMessage) (Delivered, error) {
		d := Delivered{Conversation: talkID, Message: "msg_1", Created: true, Duplicate: seen}
		seen = channel == "chn_1" && m.ExternalID == "wamid.1"
		return d, nil
	}
	s := testServer(t, w)
	first := ask(t, s, "integrator", "POST", "/api/v1/channels/chn_1/messages", sampleInbound).wants(201)
	for range protocol.RequestBurst + 1 {
		again := ask(t, s, "integrator", "POST", "/api/v1/channels/chn_1/messages", sampleInbound).wants(200)
		if again.body != first.body {
			t.Fatalf("got %s, want %s", again.body, first.body)
		}
	}
	ask(t, s, "ana", "POST", "/api/v1/channels/chn_1/messages", sampleInbound).refused(protocol.CodeForbidden)
	w.deliver = func(dispatch.ChannelID, protocol.InboundMessage) (Delivered, error) {
		return Delivered{}, &Refusal{Code: protocol.CodeOverloaded, RetryAfter: 2 * time.Second}
	}
	a := ask(t, s, "integrator", "POST", "/api/v1/channels/chn_1/messages", sampleInbound)
	if a.refused(protocol.CodeOverloaded); a.header.Get("Retry-After") != "2" {
		t.Fatalf("Retry-After %q", a.header.Get("Retry-After"))
	}
}

func TestTheWhatsAppWebhookIsVerifiedAndAnswered200OnlyWhenDurable(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	const path = "/api/v1/channels/chn_1/whatsapp"
	a := ask(t, s, "", "GET", path+"?hub.mode=subscribe&hub.verify_token=right&hub.challenge=42", "").wants(200)
	if a.body != "42" {
		t.Fatalf("got %q", a.body)
	}
	ask(t, s, "", "GET", path+"?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=42", "").refused(protocol.CodeForbidden)
	raw := `{"entry": [ 1 ]}`
	w.received = func(body []byte, signature string) error {
		if w.channel != "chn_1" || string(body) != raw || signature != "sha256=abc" {
			t.Errorf("got %s %s", body, signature)
		}
		return nil
	}
	ask(t, s, "", "POST", path, raw, "X-Hub-Signature-256", "sha256=abc").wants(200)
	w.received = func([]byte, string) error { return &Refusal{Code: protocol.CodeOverloaded, RetryAfter: time.Second} }
	ask(t, s, "", "POST", path, raw, "X-Hub-Signature-256", "sha256=abc").refused(protocol.CodeOverloaded)
}

func TestTheProbesAnswer(t *testing.T) {
	w := newWorld()
	o := w.options()
	var broken error
	o.Ready = func() error { return broken }
	o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { plainText(w, 200, "metrics") })
	s := New(o)
	ask(t, s, "", "GET", "/livez", "").wants(200)
	ask(t, s, "", "GET", "/readyz", "").wants(200)
	ask(t, s, "", "GET", "/metrics", "").wants(200)
	broken = Refuse(protocol.CodeReadOnly)
	ask(t, s, "", "GET", "/readyz", "").wants(503)
}

// What is served without huma must be what huma serves, but for the request's id.
func TestAnInboundMessageIsAnsweredInTheShortWayAsInTheLongOne(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	long := []string{"Accept", "application/json;q=0.9"} // a choice, which is huma's to make
	for _, c := range []struct {
		name, who, body string
		deliver         func(dispatch.ChannelID, protocol.InboundMessage) (Delivered, error)
		headers         []string
		status          int
	}{
		{name: "new", who: "integrator", status: 201},
		{name: "new, by key", who: "integrator", headers: []string{"Idempotency-Key", "k"}, status: 201},
		{name: "known", who: "integrator", status: 200, deliver: func(dispatch.ChannelID, protocol.InboundMessage) (Delivered, error) {
			return Delivered{Conversation: talkID, Message: "msg_\"é<", Duplicate: true}, nil
		}},
		{name: "no channel", who: "integrator", status: 404, deliver: func(dispatch.ChannelID, protocol.InboundMessage) (Delivered, error) {
			return Delivered{}, Refuse(protocol.CodeNotFound)
		}},
		{name: "busy", who: "integrator", status: 503, deliver: func(dispatch.ChannelID, protocol.InboundMessage) (Delivered, error) {
			return Delivered{}, &Refusal{Code: protocol.CodeOverloaded, RetryAfter: 2 * time.Second}
		}},
		{name: "broken", who: "integrator", status: 500, deliver: func(dispatch.ChannelID, protocol.InboundMessage) (Delivered, error) {
			return Delivered{}, errors.New("disk gone")
		}},
		{name: "bad body", who: "integrator", body: `{"text":""}`, status: 400},
		{name: "nobody", status: 401},
	} {
		if c.body == "" {
			c.body = sampleInbound
		}
		if c.deliver != nil {
			w.deliver = c.deliver
		}
		var got [2]answerOf
		for i, more := range [][]string{nil, long} {
			clear(w.answers)
			got[i] = ask(t, s, c.who, "POST", "/api/v1/channels/chn_1/messages", c.body, append(slices.Clone(c.headers), more...)...)
			id := got[i].header.Get("X-Request-Id")
			got[i].header.Del("X-Request-Id")
			got[i].body = strings.ReplaceAll(got[i].body, id, "ID")
		}
		if got[0].status != c.status || got[0].status != got[1].status || got[0].body != got[1].body || !reflect.DeepEqual(got[0].header, got[1].header) {
			t.Errorf("%s:\nshort %d %s %v\nlong  %d %s %v", c.name, got[0].status, got[0].body, got[0].header, got[1].status, got[1].body, got[1].header)
		}
	}
	for path, status := range map[string]int{"/channels/chn_1/messages?x=1": 400, "/channels/" + strings.Repeat("c", 65) + "/messages": 400} {
		if a := ask(t, s, "integrator", "POST", "/api/v1"+path, sampleInbound); a.status != status {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}
