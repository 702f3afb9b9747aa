package app

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	goclient "pronto/client"
	"pronto/protocol"
)

// shop is a server with a web channel, a queue and an agent.
type shop struct {
	*server
	channel, queue, ana string
	token               string // ana's
	visitor             string // token of the visitor of served
}

func openShop(t *testing.T, widget object, config object) *shop {
	t.Helper()
	return shopOf(startServer(t, t.TempDir()), widget, config)
}

func shopOf(server *server, widget object, config object) *shop {
	s := &shop{server: server}
	s.queue = s.must(201, "POST", "/queues", s.admin, object{"name": "Vendas"})["id"].(string)
	body := object{"name": "Loja", "kind": "web", "queue_id": s.queue}
	if widget != nil {
		body["widget"] = widget
	}
	if config != nil {
		body["config"] = config
	}
	s.channel = s.must(201, "POST", "/channels", s.admin, body)["id"].(string)
	s.ana = s.must(201, "POST", "/agents", s.admin, object{"name": "Ana", "login": "ana", "password": password, "role": "agent", "queue_ids": []string{s.queue}})["id"].(string)
	s.token = s.login("ana", password)
	return s
}

// page opens the widget's websocket from a page of an origin; the status is that of a refused upgrade.
func (s *shop) page(channel, origin string) (*desk, int) {
	s.t.Helper()
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	ws, res, err := websocket.Dial(s.t.Context(), strings.Replace(s.base, "http", "ws", 1)+"/api/v1/widget/ws?channel="+channel, &websocket.DialOptions{
		Subprotocols: []string{"pronto.widget.v1"}, HTTPHeader: header,
	})
	if err != nil {
		if res == nil {
			s.t.Fatal(err)
		}
		return nil, res.StatusCode
	}
	ws.SetReadLimit(1 << 20)
	d := &desk{t: s.t, ws: ws, frames: make(chan object, 4096), closed: make(chan websocket.StatusCode, 1)}
	go d.read()
	d.hello = d.frame("hello")
	return d, http.StatusSwitchingProtocols
}

// visit is a page whose session has started, and what its snapshot holds.
func (s *shop) visit(start object) (*desk, object) {
	s.t.Helper()
	d, status := s.page(s.channel, s.base)
	if d == nil {
		s.t.Fatalf("upgrade: %d", status)
	}
	frame := object{"type": "start"}
	for k, v := range start {
		frame[k] = v
	}
	d.send(frame)
	return d, d.frame("snapshot")["data"].(object)
}

// state waits until the visitor is shown a state.
func (d *desk) state(want string) object {
	d.t.Helper()
	f := d.wait("state "+want, func(f object) bool {
		return f["name"] == "conversation.state" && f["data"].(object)["state"] == want
	})
	return f["data"].(object)
}

func (d *desk) text(want string) object {
	d.t.Helper()
	f := d.wait("message "+want, func(f object) bool {
		return f["name"] == "conversation.message" && f["data"].(object)["message"].(object)["text"] == want
	})
	return f["data"].(object)["message"].(object)
}

func TestAVisitorWritesIsAnsweredAndEnds(t *testing.T) {
	s := openShop(t, object{"pre_chat": []object{{"key": "pedido", "label": "Pedido"}}}, nil)
	v, world := s.visit(object{"name": "Marina", "page": "https://loja.example/caixa", "attributes": object{"pedido": "77"}})
	if world["conversation"] != nil || world["visitor_token"] == "" {
		t.Fatalf("a new visitor has %v", world)
	}
	sent := v.ok("message.send", object{"text": "Oi"})["message"].(object)
	if sent["seq"] != 1.0 || sent["author"].(object)["kind"] != "contact" {
		t.Errorf("sent %v", sent)
	}
	v.state("queued")
	v.text("Oi")

	ana := s.desk(s.token)
	ana.ok("status.set", object{"status": "ready"})
	offer := ana.event("offer.created")
	if offer["contact"].(object)["name"] != "Marina" || offer["last_text"] != "Oi" || offer["channel"].(object)["kind"] != "web" {
		t.Errorf("offer %v", offer)
	}
	head := ana.ok("offer.accept", object{"offer_id": offer["id"]})["conversation"].(object)
	id := head["id"]
	if got := head["attributes"].(object); got["pedido"] != "77" || got["page"] != "https://loja.example/caixa" {
		t.Errorf("attributes %v", got)
	}
	if agent := v.state("active")["agent"].(object); agent["name"] != "Ana" || len(agent) != 1 {
		t.Errorf("agent %v", agent)
	}

	ana.ok("typing.set", object{"conversation_id": id, "typing": true})
	if typing := v.event("conversation.typing"); typing["typing"] != true || typing["author"].(object)["name"] != "Ana" {
		t.Errorf("typing %v", typing)
	}
	ana.ok("note.add", object{"conversation_id": id, "text": "cliente antiga"})
	ana.ok("message.send", object{"conversation_id": id, "text": "Olá, Marina"})
	if m := v.text("Olá, Marina"); m["author"].(object)["kind"] != "agent" || m["author"].(object)["id"] != nil {
		t.Errorf("message %v", m)
	}
	v.ok("typing.set", object{"typing": true})
	ana.wait("the contact's typing", func(f object) bool {
		return f["name"] == "conversation.typing" && f["data"].(object)["author"].(object)["name"] == "Marina"
	})

	v.ok("conversation.end", object{})
	if v.state("closed")["id"] != id {
		t.Error("another conversation ended")
	}
	if ana.event("conversation.removed")["cause"] != "closed" {
		t.Error("the agent still has it")
	}
	if got := v.refused("conversation.end", object{}); got != "conversation_closed" {
		t.Errorf("a second end: %s", got)
	}
	for _, f := range v.kept {
		if raw, _ := json.Marshal(f); strings.Contains(string(raw), "cliente antiga") {
			t.Errorf("a note reached the visitor: %s", raw)
		}
	}
}

func TestAVisitorSeesItsPlaceInLine(t *testing.T) {
	s := openShop(t, nil, nil)
	place := func(want float64) func(object) bool {
		return func(f object) bool {
			return f["name"] == "conversation.state" && f["data"].(object)["position"] == want
		}
	}
	first, _ := s.visit(nil)
	first.ok("message.send", object{"text": "primeira"})
	first.wait("place 1", place(1))
	second, world := s.visit(nil)
	second.ok("message.send", object{"text": "segunda"})
	second.wait("place 2", place(2))
	tab, _ := s.visit(object{"visitor_token": world["visitor_token"]})
	first.ok("conversation.end", object{})
	second.wait("place 1", place(1))
	tab.wait("place 1", place(1))
}

func TestReceiptsGoBothWays(t *testing.T) {
	s := openShop(t, nil, nil)
	v, _ := s.visit(nil)
	first := v.ok("message.send", object{"text": "Oi"})["message"].(object)
	ana := s.desk(s.token)
	ana.ok("status.set", object{"status": "ready"})
	id := ana.ok("offer.accept", object{"offer_id": ana.event("offer.created")["id"]})["conversation"].(object)["id"]

	ana.ok("message.read", object{"conversation_id": id, "seq": 1})
	if d := v.event("conversation.delivery"); d["message_id"] != first["id"] || d["delivery"] != "read" {
		t.Errorf("receipt of the agent %v", d)
	}

	answer := ana.ok("message.send", object{"conversation_id": id, "text": "Olá"})["message"].(object)
	v.text("Olá")
	v.send(object{"type": "pong", "n": v.frame("ping")["n"], "seq": v.seq})
	if d := ana.event("conversation.delivery"); d["message_id"] != answer["id"] || d["delivery"] != "delivered" {
		t.Errorf("receipt of the page %v", d)
	}
	v.ok("message.read", object{"seq": answer["seq"]})
	if d := ana.event("conversation.delivery"); d["delivery"] != "read" {
		t.Errorf("receipt of the visitor %v", d)
	}
	if got := v.refused("message.read", object{"seq": 99}); got != "bad_request" {
		t.Errorf("a receipt of what is not there: %s", got)
	}
}

func TestAVisitorComesBackByTokenAndSeesOnlyItsOwn(t *testing.T) {
	dir := t.TempDir()
	s := openShop(t, nil, nil)
	s.dir = dir
	v, world := s.visit(nil)
	v.ok("message.send", object{"text": "Meu segredo"})
	token := world["visitor_token"]
	v.drop()

	other, theirs := s.visit(nil)
	if theirs["conversation"] != nil || theirs["visitor_token"] == token {
		t.Errorf("a stranger gets %v", theirs)
	}
	again, mine := s.visit(object{"visitor_token": token})
	messages := mine["messages"].([]any)
	if mine["visitor_token"] != token || len(messages) != 1 || messages[0].(object)["text"] != "Meu segredo" {
		t.Fatalf("back with %v", mine)
	}
	tab, _ := s.visit(object{"visitor_token": token})
	again.ok("message.send", object{"text": "Alguém?"})
	tab.text("Alguém?")
	for _, bad := range []object{{"visitor_token": "pvt_guess"}, {"visitor_token": token.(string) + "x"}, {"identity_proof": "a.b.c"}} {
		d, _ := s.page(s.channel, s.base)
		d.send(object{"type": "start", "visitor_token": bad["visitor_token"], "identity_proof": bad["identity_proof"]})
		if bad["visitor_token"] == nil {
			d.closedWith() // a null token is a broken frame
			continue
		}
		if code := d.closedWith(); code != 4001 {
			t.Errorf("%v: closed with %d", bad, code)
		}
	}
	other.drop()
	for _, f := range other.kept {
		if f["type"] == "event" {
			t.Errorf("a stranger is told %v", f)
		}
	}
}

func TestAVisitResumesWithoutAGapAndStartsAnewAfterARestart(t *testing.T) {
	s := openShop(t, nil, nil)
	v, world := s.visit(nil)
	token := world["visitor_token"]
	v.ok("message.send", object{"text": "um"})
	v.text("um")
	tab, _ := s.visit(object{"visitor_token": token})
	v.drop()
	tab.ok("message.send", object{"text": "dois"})
	tab.ok("message.send", object{"text": "três"})

	back, _ := s.page(s.channel, s.base)
	back.seq, back.before = v.seq, v.hello
	back.send(back.resumption())
	back.frame("resumed")
	back.text("dois")
	back.text("três")

	elsewhere := s.must(201, "POST", "/channels", s.admin, object{"name": "Outra", "kind": "web", "queue_id": s.queue})["id"].(string)
	back.drop()
	thief, _ := s.page(elsewhere, s.base)
	thief.before = back.hello
	thief.send(thief.resumption())
	if snap := thief.frame("snapshot"); snap["reason"] != "expired" || snap["data"].(object)["conversation"] != nil {
		t.Errorf("a session went over to another channel: %v", snap)
	}

	last, hello := tab.seq, tab.hello
	dir := s.dir
	s.shut()
	again := startServer(t, dir)
	s.server = again
	fresh, _ := s.page(s.channel, s.base)
	fresh.send(object{
		"type": "resume", "session": hello["session"], "resume_token": hello["resume_token"], "epoch": hello["epoch"], "seq": last, "visitor_token": token,
	})
	snap := fresh.frame("snapshot")
	if snap["reason"] != "restart" || len(snap["data"].(object)["messages"].([]any)) != 3 {
		t.Errorf("after a restart: %v", snap)
	}
	fresh.ok("message.send", object{"text": "quatro"})
	if m := fresh.text("quatro"); m["seq"] != 4.0 {
		t.Errorf("message %v", m)
	}
}

func TestACommandOfAVisitorIsCarriedOutOnce(t *testing.T) {
	s := openShop(t, nil, nil)
	v, world := s.visit(nil)
	send := object{"type": "command", "id": "c-1", "name": "message.send", "data": object{"text": "Oi"}}
	v.send(send)
	v.send(send)
	reply := func() object {
		return v.wait("reply", func(f object) bool { return f["type"] == "reply" && f["id"] == "c-1" })
	}
	one, two := reply(), reply()
	if one["ok"] != true || one["data"].(object)["message"].(object)["id"] != two["data"].(object)["message"].(object)["id"] {
		t.Errorf("%v and %v", one, two)
	}
	if r := v.commandWith("c-1", "message.send", object{"text": "outra coisa"}); r["ok"] != false || r["error"].(object)["code"] != "command_id_reused" {
		t.Errorf("the id again with other content: %v", r)
	}
	_, now := s.visit(object{"visitor_token": world["visitor_token"]})
	if n := len(now["messages"].([]any)); n != 1 {
		t.Errorf("%d messages", n)
	}
}

func TestOnlyPagesOfTheChannelsOriginsOpenAWidget(t *testing.T) {
	s := openShop(t, object{"origins": []string{"https://loja.example"}}, nil)
	generic := s.must(201, "POST", "/channels", s.admin, object{"name": "API", "kind": "generic", "queue_id": s.queue})["id"].(string)
	for _, c := range []struct {
		channel, origin string
		status          int
	}{
		{s.channel, "https://loja.example", 101},
		{s.channel, s.base, 101},
		{s.channel, "https://evil.example", 403},
		{s.channel, "", 403},
		{s.channel, "null", 403},
		{generic, s.base, 404},
		{"chn_none", s.base, 404},
		{"", s.base, 404},
	} {
		d, status := s.page(c.channel, c.origin)
		if status != c.status {
			t.Errorf("%s from %q: %d, want %d", c.channel, c.origin, status, c.status)
		}
		if d != nil {
			d.drop()
		}
	}
	for field, widget := range map[string]object{
		"/widget/origins/0":       {"origins": []string{"https://loja.example/path"}},
		"/widget/color":           {"color": "red"},
		"/config/identity_secret": {"require_identity": true},
	} {
		status, out := s.call("POST", "/channels", s.admin, object{"name": "X", "kind": "web", "queue_id": s.queue, "widget": widget})
		if status != 400 && status != 422 || !strings.Contains(dump(out), `"`+field+`"`) {
			t.Errorf("%s: %d %v", field, status, out)
		}
	}
}

func dump(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}

const hostKey = "a key that the host site and the server share"

func jwt(head, claims object, key string) string {
	enc := base64.RawURLEncoding
	h, _ := json.Marshal(head)
	c, _ := json.Marshal(claims)
	signed := enc.EncodeToString(h) + "." + enc.EncodeToString(c)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(signed))
	return signed + "." + enc.EncodeToString(mac.Sum(nil))
}

func TestAHostSiteVouchesForAVisitor(t *testing.T) {
	s := openShop(t, object{"require_identity": true}, object{"identity_secret": hostKey})
	hs := object{"alg": "HS256", "typ": "JWT"}
	soon := time.Now().Add(time.Hour).Unix()
	claims := object{"sub": "u-42", "exp": soon, "name": "Marina", "email": "marina@example.com", "aud": s.channel}
	v, world := s.visit(object{"identity_proof": jwt(hs, claims, hostKey)})
	if world["visitor_token"] != "" {
		t.Errorf("a proven visitor got the token %v", world["visitor_token"])
	}
	v.ok("message.send", object{"text": "Oi"})
	_, again := s.visit(object{"identity_proof": jwt(hs, claims, hostKey), "name": "Outro nome"})
	if len(again["messages"].([]any)) != 1 {
		t.Errorf("the same customer sees %v", again)
	}
	for name, proof := range map[string]string{
		"another key":     jwt(hs, claims, hostKey+"x"),
		"no algorithm":    jwt(object{"alg": "none"}, claims, hostKey),
		"other algorithm": jwt(object{"alg": "HS512"}, claims, hostKey),
		"over":            jwt(hs, object{"sub": "u-42", "exp": time.Now().Add(-time.Hour).Unix()}, hostKey),
		"without an end":  jwt(hs, object{"sub": "u-42"}, hostKey),
		"without a name":  jwt(hs, object{"exp": soon}, hostKey),
		"other channel":   jwt(hs, object{"sub": "u-42", "exp": soon, "aud": "chn_other"}, hostKey),
		"not a token":     "x",
		"":                "",
	} {
		d, _ := s.page(s.channel, s.base)
		d.send(object{"type": "start", "identity_proof": proof})
		if code := d.closedWith(); code != 4001 {
			t.Errorf("%s: closed with %d", name, code)
		}
	}
}

func TestAVisitorIsBounded(t *testing.T) {
	s := openShop(t, object{"max_sessions": 2, "messages_per_minute": 1}, nil)
	v, world := s.visit(nil)
	token := object{"visitor_token": world["visitor_token"]}
	second, _ := s.visit(token)
	third, _ := s.page(s.channel, s.base)
	third.send(object{"type": "start", "visitor_token": world["visitor_token"]})
	if code := third.closedWith(); code != 1013 {
		t.Errorf("a third page: closed with %d", code)
	}
	second.drop()
	for end, in := time.Now().Add(patience), false; !in; { // in its place, once the server knows that it broke
		p, _ := s.page(s.channel, s.base)
		p.send(object{"type": "start", "visitor_token": world["visitor_token"]})
		if _, in = <-p.frames; !in && time.Now().After(end) {
			t.Fatalf("a page in place of a broken one: closed with %d", p.closedWith())
		}
	}
	v.ok("message.send", object{"text": "um"})
	v.ok("message.send", object{"text": "dois"})
	if got := v.refused("message.send", object{"text": "três"}); got != "rate_limited" {
		t.Errorf("a third message: %s", got)
	}
	for _, c := range []struct{ name, code string }{
		{"message.send", "empty_message"}, {"offer.accept", "bad_request"}, {"status.set", "bad_request"}, {"note.add", "bad_request"},
	} {
		if got := v.refused(c.name, object{}); got != c.code {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	stranger, _ := s.visit(nil)
	if got := stranger.refused("conversation.end", object{}); got != "not_found" {
		t.Errorf("ending nothing: %s", got)
	}
}

func TestTheGoClientPlaysAPageAndComesBack(t *testing.T) {
	s := openShop(t, nil, nil)
	texts := make(chan string, 16)
	open := func(token string) *goclient.Client {
		c, err := goclient.Dial(t.Context(), goclient.Options{
			URL: s.base, Visit: &goclient.Visit{Channel: s.channel, Name: "Marina", Token: token}, MinPause: time.Millisecond,
			OnEvent: func(e goclient.Event) {
				var m protocol.WidgetMessage
				if e.Name == protocol.EventConversationMessage && e.Decode(&m) == nil {
					texts <- m.Message.Text
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	a := open("")
	b := open(a.VisitorToken())
	for _, text := range []string{"um", "dois"} {
		if err := a.Do(t.Context(), "message.send", protocol.WidgetSend{Text: text}, nil); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := <-texts; got != text {
				t.Errorf("%q, not %q", got, text)
			}
		}
		b.Drop()
	}
	for _, c := range []*goclient.Client{a, b} {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if n := b.Stats().Gaps; n != 0 {
		t.Errorf("%d gaps", n)
	}
}

// post uploads a file as a page of an origin does, and returns status and answer.
func (s *shop) post(credential, origin string, body []byte) (int, object) {
	s.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "nota.txt")
	if err != nil {
		s.t.Fatal(err)
	}
	part.Write(body)
	w.Close()
	req, err := http.NewRequestWithContext(s.t.Context(), "POST", s.base+"/api/v1/widget/attachments?channel="+s.channel, &form)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+credential)
	req.Header.Set("Origin", origin)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	return s.answered(req)
}

func (s *shop) answered(req *http.Request) (int, object) {
	s.t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	out := object{}
	if json.Unmarshal(raw, &out) != nil {
		out["text"] = string(raw)
	}
	out["allowed"] = res.Header.Get("Access-Control-Allow-Origin")
	return res.StatusCode, out
}

func (s *shop) file(id, credential string) (int, object) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), "GET", s.base+"/api/v1/widget/attachments/"+id+"?channel="+s.channel, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+credential)
	req.Header.Set("Origin", "https://loja.example")
	return s.answered(req)
}

func TestAVisitorSendsAFileAndNobodyElseGetsIt(t *testing.T) {
	const page = "https://loja.example"
	s := openShop(t, object{"origins": []string{page}}, nil)
	v, world := s.visit(nil)
	token := world["visitor_token"].(string)
	status, made := s.post(token, page, []byte("Olá, segue o pedido."))
	if status != 201 || made["allowed"] != page {
		t.Fatalf("upload: %d %v", status, made)
	}
	id := made["id"].(string)
	stranger, theirs := s.visit(nil)
	other := theirs["visitor_token"].(string)
	if got := stranger.refused("message.send", object{"attachment_ids": []string{id}}); got != "bad_request" {
		t.Errorf("another's file was sent: %s", got)
	}
	sent := v.ok("message.send", object{"attachment_ids": []string{id}})["message"].(object)
	if a := sent["attachments"].([]any)[0].(object); a["name"] != "nota.txt" || a["state"] != "clean" {
		t.Errorf("message %v", sent)
	}
	if status, got := s.file(id, token); status != 200 || got["text"] != "Olá, segue o pedido." || got["allowed"] != page {
		t.Errorf("own file: %d %v", status, got)
	}
	if status, _ := s.file(id, other); status != 404 {
		t.Errorf("another's file: %d", status)
	}
	for name, c := range map[string]struct {
		credential, origin string
		status             int
	}{
		"another page":  {token, "https://evil.example", 403},
		"no token":      {"", page, 401},
		"a guess":       {"pvt_guess", page, 401},
		"a staff token": {s.token, page, 401},
	} {
		if status, got := s.post(c.credential, c.origin, []byte("x")); status != c.status || c.status == 403 && got["allowed"] != "" {
			t.Errorf("%s: %d %v", name, status, got)
		}
	}
	stranger.drop()
	req, err := http.NewRequestWithContext(t.Context(), "OPTIONS", s.base+"/api/v1/widget/attachments?channel="+s.channel, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", page)
	req.Header.Set("Access-Control-Request-Method", "POST")
	if status, got := s.answered(req); status != 204 || got["allowed"] != page {
		t.Errorf("pre-flight: %d %v", status, got)
	}
}
