package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"pronto/client"
)

// patience bounds every wait of a test; nothing here takes a hundredth of it.
const patience = 10 * time.Second

// server is the other end: it hands each upgraded connection to the test, which says what is sent and when.
type server struct {
	*httptest.Server
	t     *testing.T
	peers chan *peer

	mu       sync.Mutex
	refuse   []func(http.ResponseWriter) // answers instead of the next upgrades
	upgrades []*http.Request
	open     []*websocket.Conn
	logins   int
	tickets  int
	token    string // the one that is valid; logins make new ones
}

// peer is one connection, server side.
type peer struct {
	t  *testing.T
	ws *websocket.Conn
	n  int
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, peers: make(chan *peer, 64), token: "tok0"}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/ws", s.upgrade)
	mux.HandleFunc("POST /api/v1/login", s.login)
	mux.HandleFunc("POST /api/v1/ws-tickets", s.ticket)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *server) upgrade(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.upgrades = append(s.upgrades, r)
	n := len(s.upgrades)
	var refuse func(http.ResponseWriter)
	if len(s.refuse) > 0 {
		refuse, s.refuse = s.refuse[0], s.refuse[1:]
	} else if a := r.Header.Get("Authorization"); a != "" && a != "Bearer "+s.token {
		refuse = problem(http.StatusUnauthorized, "unauthorized")
	}
	s.mu.Unlock()
	if refuse != nil {
		refuse(w)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"pronto.v1"}})
	if err != nil {
		return
	}
	s.mu.Lock()
	s.open = append(s.open, ws)
	s.mu.Unlock()
	select {
	case s.peers <- &peer{t: s.t, ws: ws, n: n}:
	case <-s.t.Context().Done(): // a client that comes back without end, and a test that is over
		_ = ws.CloseNow()
	}
}

func (s *server) dropAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ws := range s.open {
		_ = ws.CloseNow()
	}
}

func problem(status int, code string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"status":%d,"code":%q}`, status, code)
	}
}

func (s *server) refuseNext(f ...func(http.ResponseWriter)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = append(s.refuse, f...)
}

func (s *server) login(w http.ResponseWriter, r *http.Request) {
	var in struct{ Login, Password string }
	_ = json.NewDecoder(r.Body).Decode(&in)
	if in.Password != "right" {
		problem(http.StatusUnauthorized, "unauthorized")(w)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logins++
	s.token = fmt.Sprint("tok", s.logins)
	_, _ = fmt.Fprintf(w, `{"token":%q,"expires_at":"2026-11-23T12:00:00.000Z","user":{"id":"agt_1","name":"Ana","role":"agent"}}`, s.token)
}

func (s *server) ticket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+s.token {
		problem(http.StatusUnauthorized, "unauthorized")(w)
		return
	}
	s.tickets++
	_, _ = fmt.Fprintf(w, `{"ticket":"tick%d","expires_at":"2026-11-23T12:00:30.000Z"}`, s.tickets)
}

// next waits for the next connection and greets it.
func (s *server) next() *peer {
	s.t.Helper()
	p := s.accept()
	p.hello(15000, 8)
	return p
}

func (s *server) accept() *peer {
	s.t.Helper()
	select {
	case p := <-s.peers:
		return p
	case <-time.After(patience):
		s.t.Fatal("no connection came")
		return nil
	}
}

func (p *peer) hello(heartbeatMS, window int) {
	p.t.Helper()
	p.send(`{"type":"hello","session":"ses_%d","resume_token":"rt%d","epoch":"e1","heartbeat_ms":%d,"max_frame_bytes":16384,"command_window":%d,"now":"2026-11-23T12:00:00.000Z"}`,
		p.n, p.n, heartbeatMS, window)
}

func (p *peer) send(format string, args ...any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.ws.Write(ctx, websocket.MessageText, fmt.Appendf(nil, format, args...)); err != nil {
		p.t.Fatalf("send: %v", err)
	}
}

func (p *peer) event(seqs ...int) {
	p.t.Helper()
	for _, seq := range seqs {
		p.send(`{"type":"event","seq":%d,"name":"conversation.read","at":"2026-11-23T12:00:00.000Z","data":{"conversation_id":"cnv_1","read_seq":%d,"unread":0}}`, seq, seq)
	}
}

func (p *peer) snapshot(seq int, reason string) {
	p.t.Helper()
	p.send(`{"type":"snapshot","seq":%d,"reason":%q,"data":{"agent":{"id":"agt_1"}}}`, seq, reason)
}

// frame is any frame of the client.
type frame struct {
	Type, Session, Epoch, ID, Name string
	ResumeToken                    string `json:"resume_token"`
	Seq, N                         int64
	Data                           json.RawMessage
}

func (p *peer) read() frame {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, raw, err := p.ws.Read(ctx)
	if err != nil {
		p.t.Fatalf("read: %v", err)
	}
	var f frame
	if err := json.Unmarshal(raw, &f); err != nil {
		p.t.Fatalf("the client sent %q: %v", raw, err)
	}
	return f
}

func (p *peer) expect(kind string) frame {
	p.t.Helper()
	f := p.read()
	if f.Type != kind {
		p.t.Fatalf("the client sent %+v, want %s", f, kind)
	}
	return f
}

// begin answers start with a snapshot.
func (p *peer) begin() *peer {
	p.t.Helper()
	p.expect("start")
	p.snapshot(0, "start")
	return p
}

func (p *peer) close(code int) {
	p.t.Helper()
	go func() { _ = p.ws.Close(websocket.StatusCode(code), "test") }()
}

func (p *peer) drop() { _ = p.ws.CloseNow() }

// seen collects what the handler was given.
type seen struct {
	events    chan int64
	snapshots chan string
	states    chan client.State
}

func (s *server) options() (client.Options, *seen) {
	got := &seen{events: make(chan int64, 4096), snapshots: make(chan string, 64), states: make(chan client.State, 256)}
	return client.Options{
		URL: s.URL, Token: "tok0", HTTP: s.Client(), MinPause: time.Millisecond, MaxPause: 10 * time.Millisecond, Remember: 3,
		OnEvent:    func(e client.Event) { got.events <- e.Seq },
		OnSnapshot: func(sn client.Snapshot) { got.snapshots <- fmt.Sprint(sn.Reason, sn.Seq) },
		OnState:    func(st client.State, _ error) { got.states <- st },
	}, got
}

// dial connects in the background, since the test plays the server's part meanwhile.
func (s *server) dial(o client.Options) <-chan dialled {
	out := make(chan dialled, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		c, err := client.Dial(ctx, o)
		out <- dialled{c, err}
	}()
	return out
}

type dialled struct {
	c   *client.Client
	err error
}

// connect brings a client to its first snapshot.
func (s *server) connect(o client.Options) (*client.Client, *peer) {
	s.t.Helper()
	result := s.dial(o)
	p := s.next().begin()
	d := <-result
	if d.err != nil {
		s.t.Fatal(d.err)
	}
	s.t.Cleanup(func() {
		s.dropAll() // a server that plays dead would be waited for
		_ = d.c.Close()
	})
	return d.c, p
}

func wait[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("waited for %s", what)
		panic("unreachable")
	}
}

func (g *seen) expectEvents(t *testing.T, want ...int64) {
	t.Helper()
	for _, w := range want {
		if got := wait(t, g.events, fmt.Sprint("event ", w)); got != w {
			t.Fatalf("handled event %d, want %d", got, w)
		}
	}
}

func (g *seen) expectSnapshot(t *testing.T, want string) {
	t.Helper()
	if got := wait(t, g.snapshots, "snapshot "+want); got != want {
		t.Fatalf("handled snapshot %s, want %s", got, want)
	}
}

func mustEnd(t *testing.T, c *client.Client) error {
	t.Helper()
	wait(t, c.Done(), "the client's end")
	return c.Err()
}

func asGiveUp(t *testing.T, err error) *client.GiveUpError {
	t.Helper()
	var g *client.GiveUpError
	if !errors.As(err, &g) {
		t.Fatalf("got %v, want a GiveUpError", err)
	}
	return g
}

func hasSubprotocol(r *http.Request, name string) bool {
	return strings.Contains(strings.Join(r.Header.Values("Sec-WebSocket-Protocol"), ","), name)
}

func (s *server) session(n int) string     { return fmt.Sprint("ses_", n) }
func (s *server) resumeToken(n int) string { return fmt.Sprint("rt", n) }

func isNormal(err error) bool { return websocket.CloseStatus(err) == websocket.StatusNormalClosure }
