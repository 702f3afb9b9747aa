package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pronto/protocol"
)

// mirror is an organisation of two halves: what is in the first must look to who works in the second like what does not
// exist.
type mirror struct {
	*office
	foreign map[string]string // prefix of an id → one of the first half
	other   string            // the second queue
}

func newMirror(t *testing.T) *mirror {
	t.Helper()
	o := newOffice(t, t.TempDir())
	m := &mirror{office: o, foreign: map[string]string{"que": o.queue, "chn": o.channel, "agt": o.anaID}}
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	in := o.inbound(o.channel, "e1", "+5511999990000", "oi")
	ana.ok("offer.accept", object{"offer_id": ana.event("offer.created")["id"]})
	sent := ana.ok("message.send", object{"conversation_id": in["conversation_id"], "text": "olá"})["message"].(object)
	o.inbound(o.channel, "e2", "+5511999990001", "tem alguém?")
	m.foreign["off"] = ana.event("offer.created")["id"].(string)
	m.foreign["cnv"], m.foreign["msg"] = in["conversation_id"].(string), sent["id"].(string)
	m.foreign["con"] = o.must(200, "GET", "/conversations/"+m.foreign["cnv"], o.admin, nil)["contact"].(object)["id"].(string)
	status, up := o.upload(o.ana, "nota.txt", []byte("segredo"))
	if status != 201 {
		t.Fatalf("upload: %d %v", status, up)
	}
	m.foreign["att"] = up["id"].(string)
	m.foreign["tok"] = o.must(201, "POST", "/api-tokens", o.admin, object{"name": "x", "scopes": []string{"conversations:read"}})["id"].(string)
	m.other = o.create("/queues", object{"name": "Outra"})
	return m
}

// missing is an id like the given one that nothing has.
func missing(id string) string {
	last := byte('0')
	if id[len(id)-1] == '0' {
		last = '1'
	}
	return id[:len(id)-1] + string(last)
}

// principals are those of the second half, with their tokens.
func (m *mirror) principals() map[string]string {
	out := map[string]string{}
	for _, role := range []string{"agent", "supervisor"} {
		login := "outro-" + role
		m.create("/agents", object{"name": login, "login": login, "password": password, "role": role, "queue_ids": []string{m.other}})
		out[role] = m.login(login, password)
	}
	channel := m.create("/channels", object{"name": "Outro", "kind": "generic", "queue_id": m.other})
	out["program"] = m.must(201, "POST", "/api-tokens", m.admin, object{"name": "p", "scopes": []string{"channel:" + channel}})["secret"].(string)
	return out
}

// ask sends one request and gives its answer without what names the request.
func (m *mirror) ask(method, path, token string, body any, id string) string {
	m.t.Helper()
	var payload io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			m.t.Fatal(err)
		}
		payload = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(m.t.Context(), method, m.base+"/api/v1"+path, payload)
	if err != nil {
		m.t.Fatal(err)
	}
	if req.Header.Set("Authorization", "Bearer "+token); body != nil {
		req.Header.Set("Content-Type", map[bool]string{true: "application/merge-patch+json", false: "application/json"}[method == "PATCH"])
	}
	if strings.HasPrefix(path, "/widget/") {
		req.Header.Set("Origin", m.base)
	}
	if method == "PATCH" || method == "DELETE" {
		req.Header.Set("If-Match", `"1"`)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		m.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	text := string(raw)
	var problem object
	if json.Unmarshal(raw, &problem) == nil {
		delete(problem, "request_id")
		clean, err := json.Marshal(problem)
		if err != nil {
			m.t.Fatal(err)
		}
		text = string(clean)
	}
	return fmt.Sprintf("%d %s %s", res.StatusCode, res.Header.Get("ETag"), strings.ReplaceAll(text, id, "ID"))
}

// bodies are sound requests by the last part of their path; others get an empty object.
func (m *mirror) body(method, path string) any {
	if method != "POST" && method != "PUT" && method != "PATCH" {
		return nil
	}
	queue := object{"queue_id": m.other}
	sound := map[string]object{
		"messages": {"text": "x", "external_id": "m1", "contact": object{"identities": []object{{"kind": "phone", "value": "+5511911112222"}}}},
		"notes":    {"text": "x"}, "transfer": {"to": queue}, "assign": {"agent_id": m.biaID}, "requeue": queue, "priority": {"priority": 3},
		"tags": {"add": []string{"x"}}, "edit": {"message_id": m.foreign["msg"], "text": "y"}, "redact": {"message_id": m.foreign["msg"]},
		"status": {"status": "not_ready"}, "merge": {"into": m.foreign["con"]}, "reveal": {"fields": []string{"name"}, "reason": "y"},
		"consents": {"purpose": "x", "given": true}, "{id}": {"name": "Novo"}, "close": {"script": object{"reason_id": m.reason, "resolved": true}},
	}
	parts := strings.Split(path, "/")
	last := parts[len(parts)-1]
	if last == "messages" && strings.HasPrefix(path, "/conversations/") {
		return object{"text": "x"}
	}
	if b, ok := sound[last]; ok {
		return b
	}
	return object{}
}

// public is what everybody who is signed in may see of any half: it is no secret that it exists.
var public = []string{
	"GET /queues/{id}",   // queues are targets of transfers
	"GET /agents/{id}",   // so are agents
	"GET /channels/{id}", // the name of a channel stands in every offer
}

// everybodys begins the routes of contacts: all who are signed in may know of each, with what is personal masked.
const everybodys = "/contacts/"

// routes are those of the running server's own document that name one object by its id.
func (m *mirror) routes() (out [][2]string) {
	m.t.Helper()
	res, err := http.Get(m.base + "/openapi.json")
	if err != nil {
		m.t.Fatal(err)
	}
	defer res.Body.Close()
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.NewDecoder(res.Body).Decode(&doc); err != nil {
		m.t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		short := strings.TrimPrefix(path, "/api/v1")
		if !strings.Contains(short, "{id}") || strings.HasPrefix(short, "/widget/") {
			continue
		}
		for method := range methods {
			out = append(out, [2]string{strings.ToUpper(method), short})
		}
	}
	slices.SortFunc(out, func(a, b [2]string) int { return strings.Compare(a[1]+a[0], b[1]+b[0]) })
	return out
}

var prefixOf = map[string]string{
	"agents": "agt", "api-tokens": "tok", "attachments": "att", "channels": "chn", "contacts": "con", "conversations": "cnv", "queues": "que",
}

// Every route with an id is asked about what belongs to others, and about what does not exist.
func TestWhatIsNotYoursLooksOnEveryRouteLikeWhatDoesNotExist(t *testing.T) {
	m := newMirror(t)
	asked, principals := 0, m.principals()
	before := m.standing()
	for role, token := range principals {
		for _, r := range m.routes() {
			id := m.foreign[prefixOf[strings.Split(r[1], "/")[1]]]
			if id == "" || slices.Contains(public, r[0]+" "+r[1]) || strings.HasPrefix(r[1], everybodys) {
				continue // of settings: everybody's or administrators'
			}
			asked++
			path := func(id string) string { return strings.ReplaceAll(r[1], "{id}", id) }
			absent := missing(id)
			theirs, none := m.ask(r[0], path(id), token, m.body(r[0], r[1]), id), m.ask(r[0], path(absent), token, m.body(r[0], r[1]), absent)
			if theirs != none || strings.HasPrefix(theirs, "2") {
				t.Errorf("%s: %s %s\n of others: %s\n of nobody: %s", role, r[0], r[1], theirs, none)
			}
		}
	}
	if asked < 100 {
		t.Errorf("only %d requests", asked)
	}
	m.unchanged(before)
}

// standing is what requests of others could have changed.
func (m *mirror) standing() map[string]string {
	m.t.Helper()
	out := map[string]string{}
	for _, path := range []string{"/conversations/" + m.foreign["cnv"], "/conversations/" + m.foreign["cnv"] + "/messages", "/agents/" + m.anaID, "/queues/" + m.queue, "/channels/" + m.channel} {
		now := m.must(200, "GET", path, m.admin, nil)
		delete(now, "version") // refusals of commands are kept with the conversation
		out[path] = dump(now)
	}
	return out
}

func (m *mirror) unchanged(before map[string]string) {
	m.t.Helper()
	for path, after := range m.standing() {
		if after != before[path] {
			m.t.Errorf("%s changed:\n%s\n%s", path, before[path], after)
		}
	}
}

// command is sound data for a command about the object of the first half, or about none.
func (m *mirror) command(info protocol.CommandInfo, id func(prefix string) string) (data object, names bool) {
	values := object{
		"conversation_id": id("cnv"), "offer_id": id("off"), "message_id": id("msg"), "text": "x", "typing": true, "seq": 1,
		"to": object{"queue_id": m.other}, "until": "2099-01-01T00:00:00Z", "add": []string{"x"}, "priority": 3, "status": "not_ready", "agent_id": id("agt"),
	}
	data = object{}
	of := reflect.TypeOf(info.Data)
	if of == nil {
		return data, false
	}
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		if v, ok := values[name]; ok {
			data[name] = v
		}
		names = names || slices.Contains([]string{"conversation_id", "offer_id", "agent_id"}, name)
	}
	if info.Name == "agent.reassign_all" {
		delete(data, "to")
	}
	return data, names
}

// Every command that names an object is sent about what belongs to others, and about what does not exist.
func TestWhatIsNotYoursLooksInEveryCommandLikeWhatDoesNotExist(t *testing.T) {
	m := newMirror(t)
	asked, principals := 0, m.principals()
	before := m.standing()
	for role, token := range principals {
		if role == "program" {
			continue // it has no desk
		}
		d := m.desk(token)
		for _, info := range protocol.Commands {
			theirs, names := m.command(info, func(p string) string { return m.foreign[p] })
			if !names {
				continue
			}
			none, _ := m.command(info, func(p string) string { return missing(m.foreign[p]) })
			asked++
			a, b := d.command(info.Name, theirs), d.command(info.Name, none)
			if dump(a["error"]) != dump(b["error"]) || a["ok"] == true && !slices.Contains([]string{"typing.set", "conversation.unwatch"}, info.Name) {
				t.Errorf("%s: %s\n of others: %v\n of nobody: %v", role, info.Name, a, b)
			}
		}
	}
	if asked < 40 {
		t.Errorf("only %d commands", asked)
	}
	m.unchanged(before)
}

func TestAnotherVisitorsConversationLooksLikeNone(t *testing.T) {
	s := openShop(t, nil, nil)
	first, mine := s.visit(nil)
	sent := first.ok("message.send", object{"text": "segredo"})["message"].(object)
	id := first.state("queued")["id"].(string)
	_, theirs := s.visit(nil)
	m := &mirror{office: &office{server: s.server}}
	for _, path := range []string{"/widget/conversations/{id}/messages?channel=" + s.channel + "&before_seq=5"} {
		ask := func(id string) string {
			return m.ask("GET", strings.ReplaceAll(path, "{id}", id), theirs["visitor_token"].(string), nil, id)
		}
		if a, b := ask(id), ask(missing(id)); a != b || strings.HasPrefix(a, "2") {
			t.Errorf("%s\n of others: %s\n of nobody: %s", path, a, b)
		}
		own := m.ask("GET", strings.ReplaceAll(path, "{id}", id), mine["visitor_token"].(string), nil, id)
		if !strings.HasPrefix(own, "200") || !strings.Contains(own, sent["id"].(string)) {
			t.Errorf("its own: %s", own)
		}
	}
}
