package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"pronto/dispatch"
	"pronto/protocol"
)

// fakePeer records what a session is told. answer, if set, replies to commands.
type fakePeer struct {
	conn   *Conn
	answer func(p *fakePeer, e dispatch.Envelope)
	calls  chan any
	closed chan error
}

type (
	pongCall  struct{ n, seq uint64 }
	startCall struct{}
)

func (p *fakePeer) Start()          { p.calls <- startCall{} }
func (p *fakePeer) Resume(r Resume) { p.calls <- r }
func (p *fakePeer) Command(e dispatch.Envelope) {
	if p.answer != nil {
		p.answer(p, e)
		return
	}
	p.calls <- e
}
func (p *fakePeer) Pong(n, seq uint64) { p.calls <- pongCall{n, seq} }
func (p *fakePeer) Closed(err error)   { p.closed <- err }

func (p *fakePeer) next(t *testing.T) any {
	t.Helper()
	select {
	case v := <-p.calls:
		return v
	case <-time.After(5 * time.Second):
		t.Fatal("the peer was not called")
		return nil
	}
}

func (p *fakePeer) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-p.closed:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("Closed was not called")
		return nil
	}
}

// socketWorld is a running server whose sessions are fake peers.
type socketWorld struct {
	*world
	url   string
	peers chan *fakePeer
	setup func(p *fakePeer)
}

func socketServer(t *testing.T, change func(o *Options)) *socketWorld {
	t.Helper()
	sw := &socketWorld{world: newWorld(), peers: make(chan *fakePeer, 16)}
	sw.open = func(_ Principal, c *Conn) (Peer, Greeting, error) {
		p := &fakePeer{conn: c, calls: make(chan any, 1024), closed: make(chan error, 1)}
		if sw.setup != nil {
			sw.setup(p)
		}
		sw.peers <- p
		return p, Greeting{Session: "ses_1", ResumeToken: "rt", Epoch: "e1", Now: born}, nil
	}
	o := sw.options()
	o.Now = time.Now
	if change != nil {
		change(&o)
	}
	server := New(o)
	h := httptest.NewServer(server)
	t.Cleanup(h.Close)
	sw.url = h.URL
	return sw
}

// client is a websocket from outside.
type client struct {
	t  *testing.T
	ws *websocket.Conn
}

func (sw *socketWorld) dial(t *testing.T, headers http.Header, protocols ...string) (*client, *http.Response, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	ws, resp, err := websocket.Dial(ctx, sw.url+"/api/v1/ws", &websocket.DialOptions{HTTPHeader: headers, Subprotocols: protocols})
	if err != nil {
		return nil, resp, err
	}
	ws.SetReadLimit(1 << 22)
	t.Cleanup(func() { _ = ws.CloseNow() })
	return &client{t, ws}, resp, nil
}

func token(who string) http.Header { return http.Header{"Authorization": {"Bearer token-" + who}} }

// connect opens a socket as ana, reads the hello and sends start.
func (sw *socketWorld) connect(t *testing.T) (*client, *fakePeer) {
	t.Helper()
	c, _, err := sw.dial(t, token("ana"), protocol.Subprotocol)
	if err != nil {
		t.Fatal(err)
	}
	var hello protocol.Hello
	c.read(&hello)
	if hello.Type != "hello" || hello.Session != "ses_1" || hello.ResumeToken != "rt" || hello.Epoch != "e1" || hello.HeartbeatMS != 15000 || hello.MaxFrameBytes != 16384 ||
		hello.CommandWindow != 8 {
		t.Fatalf("got %+v", hello)
	}
	c.write(`{"type":"start"}`)
	p := <-sw.peers
	if _, ok := p.next(t).(startCall); !ok {
		t.Fatal("no start")
	}
	return c, p
}

func (c *client) write(frame string) {
	c.t.Helper()
	if err := c.ws.Write(c.t.Context(), websocket.MessageText, []byte(frame)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) readRaw() (string, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	_, data, err := c.ws.Read(ctx)
	return string(data), err
}

func (c *client) read(v any) {
	c.t.Helper()
	frame, err := c.readRaw()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(frame), v); err != nil {
		c.t.Fatalf("%s: %v", frame, err)
	}
}

func (c *client) reply() protocol.Reply {
	c.t.Helper()
	var r protocol.Reply
	c.read(&r)
	if r.Type != "reply" {
		c.t.Fatalf("got %+v", r)
	}
	return r
}

// closedWith reads to the end and returns the close code.
func (c *client) closedWith() protocol.CloseCode {
	c.t.Helper()
	for {
		if _, err := c.readRaw(); err != nil {
			var closed websocket.CloseError
			if !errors.As(err, &closed) {
				c.t.Fatalf("no close frame: %v", err)
			}
			if code := protocol.CloseCode(closed.Code); closed.Reason != code.Reason() && code != protocol.CloseTooBig {
				c.t.Fatalf("reason %q", closed.Reason)
			}
			return protocol.CloseCode(closed.Code)
		}
	}
}

func TestASocketNeedsACredentialAnOriginOfOursAndTheSubprotocol(t *testing.T) {
	sw := socketServer(t, func(o *Options) { o.AllowedOrigins = []string{"https://desk.example"} })
	withOrigin := func(origin string, h http.Header) http.Header { h.Set("Origin", origin); return h }
	for name, c := range map[string]struct {
		headers   http.Header
		protocols []string
		status    int
	}{
		"no credential":             {http.Header{}, []string{protocol.Subprotocol}, 403},
		"no credential, own origin": {withOrigin(sw.url, http.Header{}), []string{protocol.Subprotocol}, 401},
		"bad token":                 {http.Header{"Authorization": {"Bearer x"}}, []string{protocol.Subprotocol}, 401},
		"no subprotocol":            {token("ana"), nil, 400},
		"other subprotocol":         {token("ana"), []string{"pronto.v2"}, 400},
		"foreign origin":            {withOrigin("https://evil.example", token("ana")), []string{protocol.Subprotocol}, 403},
		"null origin":               {withOrigin("null", token("ana")), []string{protocol.Subprotocol}, 403},
		"ticket without an origin":  {http.Header{}, []string{protocol.Subprotocol, "ticket.t1"}, 403},
		"cookie":                    {http.Header{"Cookie": {"__Host-pronto=token-ana"}, "Origin": {sw.url}}, []string{protocol.Subprotocol}, 401},
	} {
		sw.tickets["t1"] = principal("ana")
		_, resp, err := sw.dial(t, c.headers, c.protocols...)
		if err == nil || resp == nil || resp.StatusCode != c.status {
			t.Errorf("%s: %v %v", name, resp, err)
		}
	}
	for _, origin := range []string{sw.url, "https://desk.example"} {
		sw.tickets["t1"] = principal("ana")
		c, resp, err := sw.dial(t, withOrigin(origin, http.Header{}), protocol.Subprotocol, "ticket.t1")
		if err != nil {
			t.Fatalf("%s: %v", origin, err)
		}
		if got := resp.Header.Get("Sec-WebSocket-Protocol"); got != protocol.Subprotocol {
			t.Errorf("the server echoed %q", got)
		}
		var hello protocol.Hello
		c.read(&hello)
	}
	c, _, err := sw.dial(t, withOrigin(sw.url, http.Header{}), protocol.Subprotocol, "ticket.t1")
	if err != nil {
		t.Fatal(err)
	}
	if code := c.closedWith(); code != protocol.CloseBadTicket {
		t.Errorf("a used ticket: %d", code)
	}
}

func TestASessionStartsResumesCommandsAndPongs(t *testing.T) {
	sw := socketServer(t, nil)
	c, p := sw.connect(t)
	c.write(`{"type":"command","id":"c1","name":"offer.accept","data":{"offer_id":"off_1"}}`)
	e, ok := p.next(t).(dispatch.Envelope)
	if m, is := e.Message.(dispatch.AcceptOffer); !ok || !is || m.Offer != "off_1" || m.Agent != ana || e.To != ana.Address() || e.Cause.Command != "c1" || e.Cause.Principal != "agt_ana" || e.Cause.Hash == 0 {
		t.Fatalf("got %+v", e)
	}
	tail, _ := sw.encoder().EncodeEvent(born, dispatch.EventAssigned{Head: sampleHead(talkID)})
	p.conn.Event(1, tail)
	p.conn.Reply("c1", 1, dispatch.ReplyConversation{Head: sampleHead(talkID)}, nil)
	p.conn.Ping(7)
	var event protocol.Event
	c.read(&event)
	if event.Seq != 1 || event.Name != "conversation.assigned" {
		t.Fatalf("got %+v", event)
	}
	if r := c.reply(); !r.OK || r.ID != "c1" || r.Seq != 1 || !strings.Contains(string(r.Data), `"conversation":{"id":"cnv_`) {
		t.Fatalf("got %+v", r)
	}
	var ping protocol.Ping
	c.read(&ping)
	c.write(`{"type":"pong","n":7,"seq":1}`)
	if got := p.next(t); ping.N != 7 || got != (pongCall{7, 1}) {
		t.Fatalf("got %+v %+v", ping, got)
	}
	p.conn.Snapshot(0, "start", SnapshotView{
		Agent:         AgentView{ID: ana, Status: dispatch.StatusNotReady, Since: born, Capacity: 4, Queues: []dispatch.QueueID{"que_team"}},
		Conversations: []dispatch.Head{sampleHead(talkID)},
	})
	frame, err := c.readRaw()
	if err != nil || strings.Contains(frame, "null") || !strings.Contains(frame, `"queues":[{"id":"que_team","name":"Financeiro"}]`) || !strings.Contains(frame, `"offers":[]`) {
		t.Fatalf("got %s, %v", frame, err)
	}
	_ = c.ws.Close(websocket.StatusNormalClosure, "")
	if err := p.end(t); err == nil {
		t.Fatal("Closed needs a reason")
	}
}

func (sw *socketWorld) encoder() *Server { return New(sw.options()) }

func TestAResumeIsHandedOver(t *testing.T) {
	sw := socketServer(t, nil)
	c, _, err := sw.dial(t, token("ana"), protocol.Subprotocol)
	if err != nil {
		t.Fatal(err)
	}
	c.write(`{"type":"resume","session":"ses_0","resume_token":"x","epoch":"e1","seq":412}`)
	p := <-sw.peers
	if got := p.next(t); got != (Resume{Session: "ses_0", Token: "x", Epoch: "e1", Seq: 412}) {
		t.Fatalf("got %+v", got)
	}
	p.conn.Resumed(413, 420)
	p.conn.Drain(10 * time.Second)
	var hello protocol.Hello
	c.read(&hello)
	for _, want := range []string{`{"type":"resumed","from":413,"to":420}`, `{"type":"drain","reconnect_within_ms":10000}`} {
		if frame, err := c.readRaw(); err != nil || frame != want {
			t.Fatalf("got %s %v", frame, err)
		}
	}
}

func TestAFrameThatIsNoneClosesWith4000AndAHugeOneWith1009(t *testing.T) {
	sw := socketServer(t, nil)
	for _, frame := range []string{
		``, `x`, `[]`, `null`, `{}`, `{"type":"start"}{}`, `{"type":"command","id":"1","name":"status.set","data":{}}`, `{"type":"pong","n":1,"seq":0}`,
		`{"type":"resume","session":"s"}`, `{"type":"start","seq":3}`, `{"type":"start","x":3}`, `{"type":"hello"}`,
	} {
		c, _, err := sw.dial(t, token("ana"), protocol.Subprotocol)
		if err != nil {
			t.Fatal(err)
		}
		c.write(frame)
		if code := c.closedWith(); code != protocol.CloseProtocol {
			t.Errorf("%q as first frame: %d", frame, code)
		}
		(<-sw.peers).end(t)
	}
	for _, frame := range []string{`x`, `{"type":"start"}`, `{"type":"command","name":"status.set"}`, `{"type":"pong","n":-1,"seq":0}`, `{"type":"pong","n":1,"id":"2","seq":0}`, `{"type":"nonsense"}`} {
		c, p := sw.connect(t)
		c.write(frame)
		if code := c.closedWith(); code != protocol.CloseProtocol {
			t.Errorf("%q: %d", frame, code)
		}
		p.end(t)
	}
	c, p := sw.connect(t)
	if err := c.ws.Write(t.Context(), websocket.MessageBinary, []byte(`{"type":"pong","n":1,"seq":0}`)); err != nil {
		t.Fatal(err)
	}
	if code := c.closedWith(); code != protocol.CloseProtocol {
		t.Errorf("binary: %d", code)
	}
	p.end(t)
	c, p = sw.connect(t)
	_ = c.ws.Write(t.Context(), websocket.MessageText, []byte(`{"type":"command","id":"`+strings.Repeat("x", protocol.MaxFrameBytes)+`"}`))
	if code := c.closedWith(); code != protocol.CloseTooBig {
		t.Errorf("too big: %d", code)
	}
	p.end(t)
}

func TestAFrameOfExactlyTheLimitIsRead(t *testing.T) {
	sw := socketServer(t, nil)
	c, p := sw.connect(t)
	frame := fmt.Sprintf(`{"type":"command","id":"c","name":"note.add","data":{"conversation_id":"%s","text":"x"}`, talkID)
	c.write(frame + strings.Repeat(" ", protocol.MaxFrameBytes-len(frame)-1) + "}")
	if e, ok := p.next(t).(dispatch.Envelope); !ok || e.Cause.Command != "c" {
		t.Fatalf("got %+v", e)
	}
}

func TestAMalformedCommandIsAnsweredAndTheSessionGoesOn(t *testing.T) {
	sw := socketServer(t, nil)
	c, p := sw.connect(t)
	for _, v := range []struct{ frame, pointer, code string }{
		{`{"type":"command","id":"1","name":"nonsense"}`, "/name", protocol.FieldNotAllowed},
		{`{"type":"command","id":"2","name":"offer.accept","data":{"offer_id":"o","hunter2":1}}`, "/hunter2", protocol.FieldUnknown},
		{`{"type":"command","id":"3","name":"offer.accept","data":{}}`, "/offer_id", protocol.FieldRequired},
		{`{"type":"command","id":"4","name":"offer.accept"}`, "/offer_id", protocol.FieldRequired},
		{`{"type":"command","id":"5","name":"status.set","data":{"status":"busy"}}`, "/status", protocol.FieldNotAllowed},
		{`{"type":"command","id":"6","name":"offer.accept","data":[]}`, "", protocol.FieldType},
		{`{"type":"command","id":"7","name":"offer.accept","colour":1,"data":{"offer_id":"o"}}`, "/colour", protocol.FieldUnknown},
		{`{"type":"command","id":"8","name":"transfer.start","data":{"conversation_id":"` + string(talkID) + `","to":{}}}`, "/to", protocol.FieldRequired},
	} {
		c.write(v.frame)
		r := c.reply()
		if r.OK || r.Error.Code != protocol.CodeBadRequest || r.Error.Data == nil || r.Error.Data.Errors[0] != (protocol.FieldError{Pointer: v.pointer, Code: v.code}) {
			t.Errorf("%s: got %+v %+v", v.frame, r, r.Error)
		}
	}
	c.write(`{"type":"command","id":"9","name":"conversation.hold","data":{"conversation_id":"nonsense"}}`)
	if r := c.reply(); r.ID != "9" || r.Error.Code != protocol.CodeNotFound {
		t.Errorf("got %+v", r)
	}
	c.write(`{"type":"command","id":"10","name":"status.force","data":{"agent_id":"agt_bruno","status":"ready"}}`)
	if r := c.reply(); r.Error.Code != protocol.CodeForbidden {
		t.Errorf("got %+v", r)
	}
	if len(p.calls) != 0 {
		t.Errorf("the peer got %+v", <-p.calls)
	}
}

func TestRefusalsOfTheCoreKeepTheirCodeAndShowNoInternalText(t *testing.T) {
	sw := socketServer(t, nil)
	c, p := sw.connect(t)
	p.conn.Reply("1", 0, nil, &dispatch.Error{Code: dispatch.CodeTargetUnavailable, Message: "m", Detail: "full"})
	if r := c.reply(); r.Error.Code != protocol.CodeTargetUnavailable || r.Error.Data.Reason != "full" {
		t.Fatalf("got %+v", r)
	}
	p.conn.Reply("2", 0, nil, errors.New("open /var/lib/secret: denied"))
	if r := c.reply(); r.Error.Code != protocol.CodeInternal || strings.Contains(r.Error.Message, "secret") {
		t.Fatalf("got %+v", r.Error)
	}
}

func TestTheDirectoryIsSearchedWithoutThePeerAndIgnoresAccents(t *testing.T) {
	sw := socketServer(t, nil)
	c, _ := sw.connect(t)
	c.write(`{"type":"command","id":"1","name":"directory.search","data":{"text":"tecnico","limit":5}}`)
	var d protocol.Directory
	if r := c.reply(); !r.OK || json.Unmarshal(r.Data, &d) != nil || len(d.Agents) != 1 || len(d.Queues) != 1 || d.Queues[0].ID != "que_far" {
		t.Fatalf("got %+v", d)
	}
}

func TestTypingIsAnsweredAtOnceAndCarriesNoCause(t *testing.T) {
	sw := socketServer(t, nil)
	c, p := sw.connect(t)
	c.write(`{"type":"command","id":"1","name":"typing.set","data":{"conversation_id":"` + string(talkID) + `","typing":true}}`)
	if e, ok := p.next(t).(dispatch.Envelope); !ok || e.Cause != (dispatch.Cause{}) {
		t.Fatalf("got %+v", e)
	}
	if r := c.reply(); !r.OK {
		t.Fatalf("got %+v", r)
	}
}

func TestCloseWritesWhatWaitsFirstAndEveryCodeArrives(t *testing.T) {
	sw := socketServer(t, nil)
	for _, row := range protocol.CloseCodes {
		c, p := sw.connect(t)
		p.conn.Ping(1)
		p.conn.Close(int(row.Code))
		p.conn.Close(int(protocol.CloseRestart))
		var ping protocol.Ping
		c.read(&ping)
		if code := c.closedWith(); ping.N != 1 || code != row.Code {
			t.Errorf("got %d, want %d", code, row.Code)
		}
		p.end(t)
	}
}

func TestAnOverloadedEdgeClosesWith1013AndAForbiddenOneWith4003(t *testing.T) {
	for code, want := range map[protocol.Code]protocol.CloseCode{protocol.CodeOverloaded: protocol.CloseOverloaded, protocol.CodeForbidden: protocol.CloseForbidden} {
		sw := socketServer(t, nil)
		sw.open = func(Principal, *Conn) (Peer, Greeting, error) { return nil, Greeting{}, Refuse(code) }
		c, _, err := sw.dial(t, token("ana"), protocol.Subprotocol)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.closedWith(); got != want {
			t.Errorf("%s: %d", code, got)
		}
	}
}
