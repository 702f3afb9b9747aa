package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"pronto/protocol"
)

func TestAnswersHaveTheShapesThatClientsRelyOn(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	in := o.must(200, "POST", "/login", "", object{"login": "ANA", "password": password})
	user := in["user"].(object)
	if user["id"] != o.anaID || user["name"] != "Ana" || user["role"] != "agent" || in["expires_at"] == nil {
		t.Errorf("login %v", in)
	}
	when := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	head := o.head(id)
	for _, field := range []string{"enqueued_at", "opened_at", "assigned_at"} {
		if text, _ := head[field].(string); !when.MatchString(text) {
			t.Errorf("%s is %v", field, head[field])
		}
	}
	if !regexp.MustCompile(`^20\d\d-000001$`).MatchString(head["protocol_number"].(string)) {
		t.Errorf("protocol number %v", head["protocol_number"])
	}
	for _, field := range []string{"session", "resume_token", "epoch", "heartbeat_ms", "max_frame_bytes", "command_window", "now"} {
		if ana.hello[field] == nil {
			t.Errorf("hello has no %s", field)
		}
	}
	status, problem := o.call("POST", "/queues", o.admin, object{"name": "X", "colour": "red"})
	errs, _ := problem["errors"].([]any)
	if status != 400 || problem["code"] != "bad_request" || len(errs) != 1 || errs[0].(object)["pointer"] != "/colour" || problem["request_id"] == "" {
		t.Errorf("unknown field: %d %v", status, problem)
	}
	if status, out := o.call("GET", "/me", "wrong", nil); status != 401 || out["code"] != "unauthorized" {
		t.Errorf("unknown token: %d %v", status, out)
	}
	if status, out := o.call("POST", "/queues", o.ana, object{"name": "X"}); status != 403 || out["code"] != "forbidden" {
		t.Errorf("an agent configures: %d %v", status, out)
	}
	if status, out := o.call("PATCH", "/queues/"+o.queue, o.admin, object{"name": "Y"}, "If-Match", `"99"`); status != 412 || out["code"] != "version_mismatch" {
		t.Errorf("stale version: %d %v", status, out)
	}
	if status, out := o.call("POST", "/agents", o.admin, object{"name": "Outra", "login": "Ana", "role": "agent"}); status != 409 || out["code"] != "already_exists" {
		t.Errorf("a taken login: %d %v", status, out)
	}
	for path, part := range map[string]string{"/livez": "", "/readyz": "", "/metrics": "pronto_", "/openapi.json": `"3.1.0"`, "/asyncapi.json": "asyncapi"} {
		res, err := http.Get(o.base + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != 200 || !strings.Contains(string(body), part) {
			t.Errorf("%s: %d without %q", path, res.StatusCode, part)
		}
	}
}

func TestAnIdempotencyKeyCarriesOutOnceAlsoAfterARestart(t *testing.T) {
	t.Parallel()
	o, _, id := owning(t)
	post := func(s *server, path, key string, body object) (int, object) {
		t.Helper()
		return s.call("POST", path, o.ana, body, "Idempotency-Key", key)
	}
	path := "/conversations/" + id + "/messages"
	var group sync.WaitGroup
	answers := make([]string, 10)
	for i := range answers {
		group.Go(func() {
			status, out := post(o.server, path, "k1", object{"text": "uma vez"})
			answers[i] = fmt.Sprint(status, out)
		})
	}
	group.Wait()
	for _, a := range answers {
		if a != answers[0] || !strings.HasPrefix(a, "201") {
			t.Errorf("answers %s and %s", answers[0], a)
		}
	}
	if status, out := post(o.server, path, "k1", object{"text": "outra"}); status != 409 || out["code"] != "idempotency_key_reused" {
		t.Errorf("other body: %d %v", status, out)
	}
	status, queue := o.call("POST", "/queues", o.admin, object{"name": "Uma"}, "Idempotency-Key", "q1")
	o.shut()
	next := startServer(t, o.dir)
	if status, out := post(next, path, "k1", object{"text": "uma vez"}); fmt.Sprint(status, out) != answers[0] {
		t.Errorf("after a restart: %d %v, was %s", status, out, answers[0])
	}
	if again, out := next.call("POST", "/queues", o.admin, object{"name": "Uma"}, "Idempotency-Key", "q1"); again != status || out["id"] != queue["id"] {
		t.Errorf("configuration after a restart: %d %v, was %d %v", again, out, status, queue)
	}
	if m := next.must(200, "GET", path, next.admin, nil)["items"].([]any); len(m) != 2 {
		t.Errorf("%d messages", len(m))
	}
}

// In a bubble no time passes while a request is answered, however busy the machine is.
func TestTooManyRequestsAreToldToWaitAndInboundHasNoSuchLimit(t *testing.T) {
	bubble(t, func(b *inBubble) {
		if err := b.app.CreateAdministrator(b.t.Context(), "Raiz", "root", password); err != nil {
			t.Fatal(err)
		}
		ask := func(method, path, token string, body any) *httptest.ResponseRecorder {
			raw, _ := json.Marshal(body)
			req := httptest.NewRequest(method, "/api/v1"+path, bytes.NewReader(raw))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "Bearer "+token)
			rec := httptest.NewRecorder()
			b.app.server.ServeHTTP(rec, req)
			return rec
		}
		signIn := func() string {
			var session struct{ Token string }
			if rec := ask("POST", "/login", "", object{"login": "root", "password": password}); json.Unmarshal(rec.Body.Bytes(), &session) != nil || session.Token == "" {
				t.Fatalf("sign in: %d %s", rec.Code, rec.Body)
			}
			return session.Token
		}
		token, other := signIn(), signIn()
		for i := range protocol.RequestBurst {
			if rec := ask("GET", "/me", token, nil); rec.Code != 200 {
				t.Fatalf("request %d: %d", i, rec.Code)
			}
		}
		if rec := ask("GET", "/me", token, nil); rec.Code != 429 || rec.Header().Get("Retry-After") == "" {
			t.Errorf("one more: %d %v", rec.Code, rec.Header())
		}
		if rec := ask("GET", "/me", other, nil); rec.Code != 200 {
			t.Errorf("another credential: %d", rec.Code)
		}
		for i := range protocol.RequestBurst + 10 {
			rec := ask("POST", "/channels/"+b.channel.ID+"/messages", other, object{
				"external_id": fmt.Sprint("f", i), "text": "oi",
				"contact": object{"name": "Marina", "identities": []object{{"kind": "phone", "value": phoneOf(i % 8)}}},
			})
			if rec.Code != 201 {
				t.Fatalf("message %d: %d %s", i, rec.Code, rec.Body)
			}
		}
		passInBubble(time.Second / protocol.RequestsPerSecond)
		if rec := ask("GET", "/me", token, nil); rec.Code != 200 {
			t.Errorf("after a while: %d", rec.Code)
		}
	})
}

func TestCommandsAboveTheRateAreRefusedAndFarAboveItEndTheSession(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	ana := o.desk(o.ana)
	limited := 0
	for i := range 400 {
		ana.send(object{"type": "command", "id": fmt.Sprint("r", i), "name": "directory.search", "data": object{"text": ""}})
	}
	for range 400 {
		r := ana.wait("reply", func(f object) bool { return f["type"] == "reply" })
		if r["ok"] == false {
			e := r["error"].(object)
			if e["code"] != "rate_limited" || e["data"].(object)["retry_after_ms"].(float64) < 1 {
				t.Fatalf("refused with %v", r)
			}
			limited++
		}
	}
	if limited == 0 {
		t.Error("nothing was limited")
	}
	go func() {
		for i := 0; ; i++ {
			raw := fmt.Sprintf(`{"type":"command","id":"x%d","name":"directory.search","data":{"text":""}}`, i)
			if ana.ws.Write(t.Context(), 1, []byte(raw)) != nil {
				return
			}
		}
	}()
	if code := ana.closedWith(); code != 4029 {
		t.Errorf("closed with %d", code)
	}
}

func TestFramesThatBreakTheProtocolEndTheSessionWithItsCode(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	for name, c := range map[string]struct {
		frame string
		code  int
	}{
		"not JSON":           {`hello`, 4000},
		"unknown type":       {`{"type":"dance"}`, 4000},
		"start twice":        {`{"type":"start"}`, 4000},
		"too big":            {`{"type":"command","id":"1","name":"note.add","data":{"text":"` + strings.Repeat("a", 17_000) + `"}}`, 1009},
		"command without id": {`{"type":"command","name":"status.set","data":{"status":"ready"}}`, 4000},
	} {
		d := o.desk(o.ana)
		if err := d.ws.Write(t.Context(), 1, []byte(c.frame)); err != nil {
			t.Fatal(err)
		}
		if code := d.closedWith(); code != c.code {
			t.Errorf("%s: %d, not %d", name, code, c.code)
		}
	}
	d := o.desk(o.ana)
	d.send(object{"type": "command", "id": "u1", "name": "status.set", "data": object{"status": "ready", "colour": "red"}})
	r := d.wait("reply", func(f object) bool { return f["type"] == "reply" })
	if e := r["error"].(object); e["code"] != "bad_request" {
		t.Errorf("unknown field in data: %v", r)
	}
	d.ok("status.set", object{"status": "ready"})
}
