package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/rs/zerolog"

	"pronto/internal/shed"
)

// server is a whole server on a free port over a real data folder.
type server struct {
	t     *testing.T
	app   *App
	base  string
	admin string // token
	stop  context.CancelFunc
	ended chan error
	dir   string
}

const password = "senha-forte-1"

func startServer(t *testing.T, dir string) *server {
	t.Helper()
	return administered(t, startWith(t, Config{Data: dir}))
}

// administered makes the first administrator of a new folder and signs in.
func administered(t *testing.T, s *server) *server {
	t.Helper()
	if !s.app.HasAdministrator() {
		if err := s.app.CreateAdministrator(t.Context(), "Raiz", "root", password); err != nil {
			t.Fatal(err)
		}
	}
	s.admin = s.login("root", password)
	return s
}

// startWith starts a server with defaults for tests where the configuration says nothing. Nobody is signed in.
func startWith(t *testing.T, c Config) *server {
	t.Helper()
	return startLogged(t, c, zerolog.New(t.Output()).Level(zerolog.WarnLevel))
}

func startLogged(t *testing.T, c Config, log zerolog.Logger) *server {
	t.Helper()
	c.Places = shed.LeastPlaces() // a test may fill them
	c.DrainTime, c.Idle, c.AllowedNetworks = 5*time.Second, time.Minute, []string{"127.0.0.0/8"}
	c.MinFreeBytes, c.MinFreePercent = max(c.MinFreeBytes, 1), 1
	app, err := Open(c, log)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{t: t, app: app, base: "http://" + l.Addr().String(), stop: cancel, ended: make(chan error, 1), dir: c.Data}
	go func() { s.ended <- app.Serve(ctx, l) }()
	t.Cleanup(func() { s.shut() })
	return s
}

// shut stops the server in an orderly way, once.
func (s *server) shut() {
	s.t.Helper()
	if s.stop == nil {
		return
	}
	s.stop()
	s.stop = nil
	if err := <-s.ended; err != nil {
		s.t.Errorf("stop: %v", err)
	}
}

// useTool reads and imports the configuration with the server stopped, and leaves time for what must not happen.
func (s *server) useTool() {
	s.t.Helper()
	c := Tool(s.dir)
	c.AllowedNetworks, c.MinFreeBytes, c.MinFreePercent = []string{"127.0.0.0/8"}, 1, 1
	a, err := Open(c, zerolog.New(s.t.Output()).Level(zerolog.WarnLevel))
	if err != nil {
		s.t.Fatal(err)
	}
	file, err := a.Configuration(s.t.Context())
	if err == nil {
		_, err = a.Configure(s.t.Context(), file, false)
	}
	<-time.After(200 * time.Millisecond)
	if err := errors.Join(err, a.Close()); err != nil {
		s.t.Fatal(err)
	}
}

type object = map[string]any

// call sends one request and returns status and body.
func (s *server) call(method, path, token string, body any, headers ...string) (int, object) {
	s.t.Helper()
	var payload io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		payload = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.base+"/api/v1"+path, payload)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var out object
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil && err != io.EOF {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return res.StatusCode, out
}

// patient is call that comes again while the server is too busy, as everybody's program does: beside other tests it may be.
func (s *server) patient(method, path, token string, body any) (int, object) {
	s.t.Helper()
	for until := time.Now().Add(patience); ; <-time.After(50 * time.Millisecond) {
		status, out := s.call(method, path, token, body)
		if status != http.StatusServiceUnavailable || out["code"] != "overloaded" || time.Now().After(until) {
			return status, out
		}
	}
}

// must is patient that demands a status.
func (s *server) must(status int, method, path, token string, body any) object {
	s.t.Helper()
	got, out := s.patient(method, path, token, body)
	if got != status {
		s.t.Fatalf("%s %s: %d, not %d: %v", method, path, got, status, out)
	}
	return out
}

func (s *server) create(path string, body any) string {
	s.t.Helper()
	return s.must(201, "POST", path, s.admin, body)["id"].(string)
}

func (s *server) login(login, password string) string {
	s.t.Helper()
	return s.must(200, "POST", "/login", "", object{"login": login, "password": password})["token"].(string)
}

// inbound sends a contact's message through a generic channel.
func (s *server) inbound(channel, external, phone, text string) object {
	s.t.Helper()
	status, out := s.call("POST", "/channels/"+channel+"/messages", s.admin, object{
		"external_id": external, "text": text,
		"contact": object{"name": "Marina", "identities": []object{{"kind": "phone", "value": phone}}},
	})
	if status != 201 && status != 200 {
		s.t.Fatalf("inbound: %d %v", status, out)
	}
	return out
}

// desk is an agent's websocket.
type desk struct {
	t      *testing.T
	ws     *websocket.Conn
	hello  object
	frames chan object
	closed chan websocket.StatusCode
	seq    float64
	before object   // hello of the connection before, until this one is synced
	synced bool     // a snapshot or a resumption said where the events go on
	kept   []object // frames that were read while waiting for another
}

// hasNot: no event of the name is among the frames that were passed over.
func (d *desk) hasNot(name, what string) {
	d.t.Helper()
	for _, f := range d.kept {
		if f["name"] == name {
			d.t.Errorf("%s: %v", what, f)
		}
	}
}

func (s *server) dial(token string) *desk {
	s.t.Helper()
	return s.dialBy(nil, token)
}

// dialBy is dial through a client of the test's own.
func (s *server) dialBy(h *http.Client, token string) *desk {
	s.t.Helper()
	ticket := s.must(201, "POST", "/ws-tickets", token, nil)["ticket"].(string)
	ws, res, err := websocket.Dial(s.t.Context(), strings.Replace(s.base, "http", "ws", 1)+"/api/v1/ws", &websocket.DialOptions{
		HTTPClient: h, Subprotocols: []string{"pronto.v1", "ticket." + ticket}, HTTPHeader: http.Header{"Origin": {s.base}},
	})
	if err != nil {
		s.t.Fatalf("dial: %v", err)
	}
	if res.Body != nil {
		res.Body.Close()
	}
	ws.SetReadLimit(1 << 20)
	d := &desk{t: s.t, ws: ws, frames: make(chan object, 4096), closed: make(chan websocket.StatusCode, 1)}
	go d.read()
	d.hello = d.frame("hello")
	return d
}

func (d *desk) read() {
	for {
		_, raw, err := d.ws.Read(context.Background())
		if err != nil {
			d.closed <- websocket.CloseStatus(err)
			close(d.frames)
			return
		}
		var f object
		if json.Unmarshal(raw, &f) == nil {
			d.frames <- f
		}
	}
}

// closedWith waits for the end of the connection and returns its close code.
func (d *desk) closedWith() int {
	d.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case f, ok := <-d.frames:
			if ok {
				d.follow(f)
				d.kept = append(d.kept, f)
				continue
			}
			return int(<-d.closed)
		case <-timeout:
			d.t.Fatal("the connection does not end")
		}
	}
}

// drop ends the connection as a broken network does.
func (d *desk) drop() {
	d.t.Helper()
	_ = d.ws.CloseNow()
	d.closedWith()
}

// reconnect opens a new connection and asks to continue the session of d after the last event that d has read.
func (s *server) reconnect(token string, d *desk) *desk {
	s.t.Helper()
	n := s.dial(token)
	n.seq = d.seq
	if n.before = d.hello; !d.synced && d.before != nil {
		n.before = d.before
	}
	n.send(d.resumption())
	return n
}

// resumption names the last session that the client knows to be its own.
func (d *desk) resumption() object {
	hello := d.hello
	if !d.synced && d.before != nil {
		hello = d.before
	}
	return object{"type": "resume", "session": hello["session"], "resume_token": hello["resume_token"], "epoch": hello["epoch"], "seq": d.seq}
}

// resume is reconnect that demands to be continued.
func (s *server) resume(token string, d *desk) *desk {
	s.t.Helper()
	n := s.reconnect(token, d)
	n.frame("resumed")
	return n
}

// desk signs an agent in over a websocket that has had its snapshot.
func (s *server) desk(token string) *desk {
	s.t.Helper()
	d := s.dial(token)
	d.send(object{"type": "start"})
	d.frame("snapshot")
	return d
}

func (d *desk) send(frame any) {
	d.t.Helper()
	raw, err := json.Marshal(frame)
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.ws.Write(d.t.Context(), websocket.MessageText, raw); err != nil {
		d.t.Fatalf("send: %v", err)
	}
}

const patience = 10 * time.Second

// wait returns the first frame that fits, in the order of arrival; others stay for later waits.
func (d *desk) wait(what string, fits func(object) bool) object {
	d.t.Helper()
	for i, f := range d.kept {
		if fits(f) {
			d.kept = append(d.kept[:i:i], d.kept[i+1:]...)
			return f
		}
	}
	timeout := time.After(patience)
	for {
		select {
		case f, ok := <-d.frames:
			if !ok {
				d.t.Fatalf("closed while waiting for %s", what)
			}
			d.follow(f)
			if fits(f) {
				return f
			}
			d.kept = append(d.kept, f)
		case <-timeout:
			d.t.Fatalf("no %s; have %v", what, d.kept)
		}
	}
}

// follow keeps the number of the last event, and demands that none is missing and none comes twice.
func (d *desk) follow(f object) {
	d.t.Helper()
	switch f["type"] {
	case "snapshot":
		d.seq, d.synced = f["seq"].(float64), true
	case "resumed":
		if f["from"] != d.seq+1 {
			d.t.Fatalf("resumed from %v after %v", f["from"], d.seq)
		}
		d.synced = true
	case "event":
		if f["seq"] != d.seq+1 || !d.synced {
			d.t.Fatalf("event %v after %v (synced: %v): %v", f["seq"], d.seq, d.synced, f)
		}
		d.seq++
	}
}

func (d *desk) frame(kind string) object {
	d.t.Helper()
	return d.wait(kind, func(f object) bool { return f["type"] == kind })
}

func (d *desk) event(name string) object {
	d.t.Helper()
	f := d.wait(name, func(f object) bool { return f["type"] == "event" && f["name"] == name })
	return f["data"].(object)
}

var commandCount atomic.Int64

// command sends a command and returns its reply frame.
func (d *desk) command(name string, data any) object {
	d.t.Helper()
	return d.commandWith(fmt.Sprintf("c%d", commandCount.Add(1)), name, data)
}

func (d *desk) commandWith(id, name string, data any) object {
	d.t.Helper()
	d.send(object{"type": "command", "id": id, "name": name, "data": data})
	return d.wait("reply to "+name, func(f object) bool { return f["type"] == "reply" && f["id"] == id })
}

// ok demands that the command is carried out and returns the reply's data.
func (d *desk) ok(name string, data any) object {
	d.t.Helper()
	r := d.command(name, data)
	if r["ok"] != true {
		d.t.Fatalf("%s: %v", name, r)
	}
	out, _ := r["data"].(object)
	return out
}

// refused demands a refusal and returns its code.
func (d *desk) refused(name string, data any) string {
	d.t.Helper()
	r := d.command(name, data)
	if r["ok"] != false {
		d.t.Fatalf("%s was carried out: %v", name, r)
	}
	return r["error"].(object)["code"].(string)
}

// patch changes a configuration object.
func (s *server) patch(path string, change object) object {
	s.t.Helper()
	status, now := s.call("GET", path, s.admin, nil)
	if status != 200 {
		s.t.Fatalf("GET %s: %d", path, status)
	}
	status, out := s.call("PATCH", path, s.admin, change, "If-Match", fmt.Sprintf("%q", fmt.Sprint(now["version"])))
	if status != 200 {
		s.t.Fatalf("PATCH %s: %d %v", path, status, out)
	}
	return out
}

// until asks again and again, for what no event tells.
func (s *server) until(what string, holds func() bool) {
	s.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-timeout:
			s.t.Fatalf("no end of waiting for %s", what)
		}
	}
}
