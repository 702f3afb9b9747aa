package transport

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
)

func create(t *testing.T, s *Server, path, body string) (id string) {
	t.Helper()
	return ask(t, s, "admin", "POST", "/api/v1"+path, body).wants(201).at("id")
}

func TestAConfigurationObjectIsCreatedReadChangedListedAndRemoved(t *testing.T) {
	s := testServer(t, newWorld())
	made := ask(t, s, "admin", "POST", "/api/v1/queues", `{"name":"Financeiro","offer_time_ms":1000}`).wants(201)
	id := made.at("id")
	if made.header.Get("Etag") != `"1"` || !strings.HasPrefix(id, "que_") || !strings.Contains(made.body, `"offer_time_ms":1000`) ||
		!strings.Contains(made.body, `"max_misses":2`) || !strings.Contains(made.body, `"wrapup":{"mode":"off","ms":60000,"default_reason_id":""}`) {
		t.Fatalf("got %s %v", made.body, made.header)
	}
	path := "/api/v1/queues/" + id
	got := ask(t, s, "ana", "GET", path, "").wants(200)
	if got.body != made.body {
		t.Fatalf("got %s, want %s", got.body, made.body)
	}
	changed := ask(t, s, "admin", "PATCH", path, `{"max_misses":0,"wrapup":{"mode":"timed"}}`, "If-Match", `"1"`).wants(200)
	if !strings.Contains(changed.body, `"wrapup":{"mode":"timed","ms":60000,"default_reason_id":""}`) || !strings.Contains(changed.body, `"max_misses":0`) || changed.header.Get("Etag") != `"2"` {
		t.Fatalf("got %s", changed.body)
	}
	back := ask(t, s, "admin", "PATCH", path, `{"max_misses":null}`).wants(200)
	if !strings.Contains(back.body, `"max_misses":2`) || !strings.Contains(back.body, `"version":3`) {
		t.Fatalf("null did not bring the default back: %s", back.body)
	}
	ask(t, s, "admin", "PATCH", path, changed.body).refused(protocol.CodeBadRequest)
	ask(t, s, "admin", "DELETE", path, "", "If-Match", `"2"`).refused(protocol.CodeVersionMismatch)
	ask(t, s, "admin", "DELETE", path, "", "If-Match", `"3"`).wants(204)
	ask(t, s, "admin", "GET", path, "").refused(protocol.CodeNotFound)
}

func TestAStaleIfMatchIs412AndChangesNothing(t *testing.T) {
	s := testServer(t, newWorld())
	path := "/api/v1/skills/" + create(t, s, "/skills", `{"name":"Inglês"}`)
	ask(t, s, "admin", "PATCH", path, `{"name":"Espanhol"}`, "If-Match", `"1"`).wants(200)
	ask(t, s, "admin", "PATCH", path, `{"name":"Francês"}`, "If-Match", `"1"`).refused(protocol.CodeVersionMismatch)
	if got := ask(t, s, "admin", "GET", path, "").at("name"); got != "Espanhol" {
		t.Fatalf("got %s", got)
	}
}

func TestNamesAndLoginsAreUniqueWhateverTheirCase(t *testing.T) {
	s := testServer(t, newWorld())
	create(t, s, "/queues", `{"name":"Financeiro"}`)
	p := ask(t, s, "admin", "POST", "/api/v1/queues", `{"name":" FINANCEIRO "}`).refused(protocol.CodeAlreadyExists)
	if p.Errors[0] != (protocol.FieldError{Pointer: "/name", Code: protocol.FieldTaken}) {
		t.Fatalf("got %v", p.Errors)
	}
	create(t, s, "/agents", `{"name":"Ana","login":"ana","role":"agent"}`)
	p = ask(t, s, "admin", "POST", "/api/v1/agents", `{"name":"Ana 2","login":"ANA","role":"agent"}`).refused(protocol.CodeAlreadyExists)
	if p.Errors[0].Pointer != "/login" {
		t.Fatalf("got %v", p.Errors)
	}
}

func TestListsArePaged(t *testing.T) {
	s := testServer(t, newWorld())
	for _, name := range []string{"a", "b", "c"} {
		create(t, s, "/skills", `{"name":"`+name+`"}`)
	}
	var page protocol.Page[protocol.Skill]
	first := ask(t, s, "admin", "GET", "/api/v1/skills?limit=2", "").wants(200)
	if json.Unmarshal([]byte(first.body), &page) != nil || len(page.Items) != 2 || page.NextCursor == "" {
		t.Fatalf("got %s", first.body)
	}
	second := ask(t, s, "admin", "GET", "/api/v1/skills?limit=2&cursor="+page.NextCursor, "").wants(200)
	page = protocol.Page[protocol.Skill]{}
	if json.Unmarshal([]byte(second.body), &page) != nil || len(page.Items) != 1 || page.NextCursor != "" || page.Items[0].Name != "c" {
		t.Fatalf("got %s", second.body)
	}
	if empty := ask(t, s, "admin", "GET", "/api/v1/scripts", "").wants(200); !strings.Contains(empty.body, `"items":[]`) {
		t.Fatalf("got %s", empty.body)
	}
}

func TestAPasswordIsSetAndNeverStoredInTheAgentNorAnswered(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	a := ask(t, s, "admin", "POST", "/api/v1/agents", `{"name":"Ana","login":"ana","role":"agent","password":"correct horse"}`).wants(201)
	id := a.at("id")
	if w.passwords[id] != "correct horse" {
		t.Fatal("the password was not set")
	}
	stored := string(w.docs["agent/"+id].Body)
	for _, text := range []string{a.body, stored} {
		if strings.Contains(text, "correct horse") || strings.Contains(text, `"password"`) {
			t.Fatalf("the password shows: %s", text)
		}
	}
	ask(t, s, "admin", "PATCH", "/api/v1/agents/"+id, `{"name":"Ana Maria"}`).wants(200)
	if w.passwords[id] != "correct horse" {
		t.Fatal("another change touched the password")
	}
	ask(t, s, "admin", "PATCH", "/api/v1/agents/"+id, `{"password":"short"}`).refused(protocol.CodeBadRequest)
	ask(t, s, "admin", "PATCH", "/api/v1/agents/"+id, `{"disabled":true}`).wants(200)
	if w.passwords[id+" revoked"] == "" {
		t.Fatal("a disabled agent's sessions must end")
	}
	ask(t, s, "admin", "DELETE", "/api/v1/agents/"+id, "").wants(204)
	if _, kept := w.passwords[id]; kept {
		t.Fatal("the credential of a removed agent must go")
	}
}

func TestSecretsOfAChannelSurviveChangesAndAreNeverAnswered(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	queue := create(t, s, "/queues", `{"name":"q"}`)
	a := ask(t, s, "admin", "POST", "/api/v1/channels", `{"name":"w","kind":"whatsapp","queue_id":"`+queue+`","config":{"app_secret":"hunter2","phone_number_id":"1"}}`).wants(201)
	id := a.at("id")
	b := ask(t, s, "admin", "PATCH", "/api/v1/channels/"+id, `{"config":{"phone_number_id":"2"}}`).wants(200)
	for _, text := range []string{a.body, b.body} {
		if strings.Contains(text, "hunter2") || !strings.Contains(text, `"secrets_set":["app_secret"]`) {
			t.Fatalf("got %s", text)
		}
	}
	if stored := string(w.docs["channel/"+id].Body); !strings.Contains(stored, "hunter2") || !strings.Contains(stored, `"phone_number_id":"2"`) {
		t.Fatalf("stored %s", stored)
	}
	ask(t, s, "admin", "PATCH", "/api/v1/channels/"+id, `{"kind":"generic","config":null}`).refused(protocol.CodeBadRequest)
}

func TestReferencesMustExistAndWhatIsReferredToIsNotRemoved(t *testing.T) {
	s := testServer(t, newWorld())
	p := ask(t, s, "admin", "POST", "/api/v1/agents", `{"name":"A","login":"a","role":"agent","queue_ids":["que_none"],"skills":[{"id":"skl_none","level":1}]}`).refused(protocol.CodeBadRequest)
	if len(p.Errors) != 2 || p.Errors[0] != (protocol.FieldError{Pointer: "/queue_ids/0", Code: protocol.FieldNotFound}) || p.Errors[1].Pointer != "/skills/0/id" {
		t.Fatalf("got %v", p.Errors)
	}
	queue := create(t, s, "/queues", `{"name":"q"}`)
	agent := create(t, s, "/agents", `{"name":"A","login":"a","role":"agent","queue_ids":["`+queue+`"]}`)
	ask(t, s, "admin", "DELETE", "/api/v1/queues/"+queue, "").refused(protocol.CodeInUse)
	ask(t, s, "admin", "DELETE", "/api/v1/agents/"+agent, "").wants(204)
	ask(t, s, "admin", "DELETE", "/api/v1/queues/"+queue, "").wants(204)
}

func TestAScriptsReasonsGetIdsThatStay(t *testing.T) {
	s := testServer(t, newWorld())
	a := ask(t, s, "admin", "POST", "/api/v1/scripts", `{"name":"s","reasons":[{"label":"A","children":[{"label":"A1"}]},{"id":"mine","label":"B"}]}`).wants(201)
	var made, again protocol.Script
	if json.Unmarshal([]byte(a.body), &made) != nil || made.Reasons[0].ID == "" || made.Reasons[0].Children[0].ID == "" || made.Reasons[1].ID != "mine" {
		t.Fatalf("got %s", a.body)
	}
	b := ask(t, s, "admin", "PATCH", "/api/v1/scripts/"+made.ID, `{"name":"t"}`).wants(200)
	if json.Unmarshal([]byte(b.body), &again) != nil || again.Reasons[0].ID != made.Reasons[0].ID {
		t.Fatalf("got %s", b.body)
	}
}

func TestPeopleWriteOnlyTheirOwnCannedResponses(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	w.docs["agent/agt_ana"] = Document{Kind: "agent", ID: "agt_ana", Version: 1, Body: []byte(`{}`)}
	const path = "/api/v1/canned-responses"
	ask(t, s, "ana", "POST", path, `{"shortcut":"oi","title":"Oi","text":"Olá"}`).refused(protocol.CodeForbidden)
	own := ask(t, s, "ana", "POST", path, `{"shortcut":"oi","title":"Oi","text":"Olá","owner_agent_id":"agt_ana"}`).wants(201).at("id")
	shared := create(t, s, "/canned-responses", `{"shortcut":"oi","title":"Oi","text":"Olá"}`)
	ask(t, s, "supervisor", "GET", path+"/"+own, "").refused(protocol.CodeNotFound)
	ask(t, s, "supervisor", "PATCH", path+"/"+own, `{"title":"x"}`).refused(protocol.CodeNotFound)
	ask(t, s, "supervisor", "DELETE", path+"/"+own, "").refused(protocol.CodeNotFound)
	ask(t, s, "ana", "PATCH", path+"/"+shared, `{"title":"x"}`).refused(protocol.CodeForbidden)
	ask(t, s, "ana", "PATCH", path+"/"+own, `{"owner_agent_id":""}`).refused(protocol.CodeForbidden)
	ask(t, s, "ana", "PATCH", path+"/"+own, `{"title":"x"}`).wants(200)
	if list := ask(t, s, "supervisor", "GET", path, "").wants(200); strings.Contains(list.body, own) || !strings.Contains(list.body, shared) {
		t.Fatalf("got %s", list.body)
	}
}

func TestARepeatedIdempotencyKeyGetsTheFirstAnswerAndAnotherBodyARefusal(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	key := []string{"Idempotency-Key", "k1"}
	first := ask(t, s, "admin", "POST", "/api/v1/queues", `{"name":"q"}`, key...).wants(201)
	again := ask(t, s, "admin", "POST", "/api/v1/queues", `{"name":"q"}`, key...).wants(201)
	if again.body != first.body || again.header.Get("Etag") != first.header.Get("Etag") || again.header.Get("Content-Type") != first.header.Get("Content-Type") {
		t.Fatalf("got %s %v, want %s", again.body, again.header, first.body)
	}
	ask(t, s, "admin", "POST", "/api/v1/queues", `{"name":"other"}`, key...).refused(protocol.CodeIdempotencyReused)
	ask(t, s, "admin", "POST", "/api/v1/skills", `{"name":"q"}`, key...).refused(protocol.CodeIdempotencyReused)
	ask(t, s, "admin", "POST", "/api/v1/queues", `{"name":"q","mode":"x"}`, "Idempotency-Key", "k2").refused(protocol.CodeBadRequest)
	ask(t, s, "admin", "POST", "/api/v1/queues", `{"name":"r"}`, "Idempotency-Key", "k2").wants(201)
}

func TestConcurrentRequestsWithOneKeyRunOnce(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	var group sync.WaitGroup
	bodies := make([]string, 8)
	for i := range bodies {
		group.Go(func() {
			bodies[i] = ask(t, s, "admin", "POST", "/api/v1/skills", `{"name":"q"}`, "Idempotency-Key", "k").body
		})
	}
	group.Wait()
	for _, body := range bodies {
		if body != bodies[0] || !strings.Contains(body, `"name":"q"`) {
			t.Fatalf("got %s and %s", bodies[0], body)
		}
	}
}

func TestAnAPITokensSecretIsShownOnceAndItsStoredAnswerStaysInMemory(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	body := `{"name":"bot","scopes":["channel:*"]}`
	made := ask(t, s, "admin", "POST", "/api/v1/api-tokens", body, "Idempotency-Key", "k").wants(201)
	if made.at("secret") != "pat_secret" {
		t.Fatalf("got %s", made.body)
	}
	if again := ask(t, s, "admin", "POST", "/api/v1/api-tokens", body, "Idempotency-Key", "k").wants(201); again.body != made.body || len(w.tokens) != 1 {
		t.Fatalf("got %s, %d tokens", again.body, len(w.tokens))
	}
	if len(w.answers) != 0 {
		t.Fatal("an answer with a secret was stored")
	}
	if got := ask(t, s, "admin", "GET", "/api/v1/api-tokens/"+made.at("id"), "").wants(200); strings.Contains(got.body, "secret") {
		t.Fatalf("got %s", got.body)
	}
	ask(t, s, "admin", "POST", "/api/v1/api-tokens", `{"name":"b","scopes":["x"],"expires_at":"2020-01-01T00:00:00Z"}`).refused(protocol.CodeBadRequest)
	ask(t, s, "ana", "GET", "/api/v1/api-tokens", "").refused(protocol.CodeForbidden)
	ask(t, s, "admin", "DELETE", "/api/v1/api-tokens/"+made.at("id"), "").wants(204)
	ask(t, s, "admin", "GET", "/api/v1/api-tokens/"+made.at("id"), "").refused(protocol.CodeNotFound)
}

func TestAnswersInMemoryEndAfterADay(t *testing.T) {
	now := born
	m := newAnswerMemory(func() time.Time { return now })
	_ = m.Keep(t.Context(), "p", "k", StoredAnswer{Status: 201})
	if _, ok, _ := m.Find(t.Context(), "p", "k"); !ok {
		t.Fatal("lost")
	}
	now = now.Add(24*time.Hour + time.Second)
	if _, ok, _ := m.Find(t.Context(), "p", "k"); ok {
		t.Fatal("kept too long")
	}
}

func TestADispatchCommandOverRESTUsesItsKeyAsCommandID(t *testing.T) {
	w := newWorld()
	w.do = func(e dispatch.Envelope) (dispatch.Reply, error) {
		return dispatch.ReplyMessage{Conversation: talkID, Message: dispatch.Chat{ID: "msg_9", Seq: 9, Text: "x", At: born}}, nil
	}
	s := testServer(t, w)
	path := "/api/v1/conversations/" + string(talkID) + "/messages"
	ask(t, s, "ana", "POST", path, `{"text":"x"}`, "Idempotency-Key", "k").wants(http.StatusCreated)
	ask(t, s, "ana", "POST", path, `{"text":"x"}`).wants(http.StatusCreated)
	if c := w.done[0].Cause; c.Principal != "agt_ana" || c.Command != "idempotency-key:k" || c.Hash == 0 {
		t.Fatalf("got %+v", c)
	}
	if c := w.done[1].Cause; c.Command != "" {
		t.Fatalf("got %+v", c)
	}
	w.do = func(dispatch.Envelope) (dispatch.Reply, error) {
		return nil, &dispatch.Error{Code: dispatch.CodeCommandIDReused}
	}
	ask(t, s, "ana", "POST", path, `{"text":"y"}`, "Idempotency-Key", "k").refused(protocol.CodeIdempotencyReused)
}

func TestNothingOfAnAgentsPasswordIsStoredForARepeatedRequest(t *testing.T) {
	w := newWorld()
	s := testServer(t, w)
	post := func(path, body string) answerOf {
		return ask(t, s, "admin", "POST", "/api/v1"+path, body, "Idempotency-Key", "once"+path).wants(201)
	}
	agent := `{"name":"Ana","login":"ana","role":"agent","password":"correct horse"}`
	if first, again := post("/agents", agent), post("/agents", agent); first.body != again.body {
		t.Errorf("%s, then %s", first.body, again.body)
	}
	if len(w.answers) != 0 {
		t.Errorf("stored: %v", w.answers)
	}
	if post("/skills", `{"name":"Inglês"}`); len(w.answers) != 1 {
		t.Errorf("stored of what has no secret: %v", w.answers)
	}
}
