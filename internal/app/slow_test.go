package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/rs/zerolog"
)

// dialSlowly opens a session whose client takes very little before it reads, and starts it; the caller reads by calling read.
func (s *server) dialSlowly(token string) *desk {
	s.t.Helper()
	small := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if tcp, ok := c.(*net.TCPConn); ok && err == nil {
			err = tcp.SetReadBuffer(64 << 10)
		}
		return c, err
	}}}
	ws, res, err := websocket.Dial(s.t.Context(), strings.Replace(s.base, "http", "ws", 1)+"/api/v1/ws", &websocket.DialOptions{
		HTTPClient: small, Subprotocols: []string{"pronto.v1"}, HTTPHeader: http.Header{"Authorization": {"Bearer " + token}},
	})
	if err != nil {
		s.t.Fatalf("dial: %v", err)
	}
	if res.Body != nil {
		res.Body.Close()
	}
	ws.SetReadLimit(1 << 20)
	d := &desk{t: s.t, ws: ws, frames: make(chan object, 4096), closed: make(chan websocket.StatusCode, 1)}
	for _, kind := range []string{"hello", "snapshot"} {
		_, raw, err := ws.Read(s.t.Context())
		var f object
		if err != nil || json.Unmarshal(raw, &f) != nil || f["type"] != kind {
			s.t.Fatalf("%s: %s %v", kind, raw, err)
		}
		if kind == "hello" {
			d.hello = f
			d.send(object{"type": "start"})
		}
		d.follow(f)
	}
	return d
}

func TestASlowReaderIsCutAndResumesWithoutAGap(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	slow := o.dialSlowly(o.ana)
	text := strings.Repeat("texto longo ", 1300) // 15 600 bytes
	const sent = 1 + 300                         // more than outbox and buffers hold, less than the ring
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			for n := range (sent - 1) / 20 {
				o.inbound(o.channel, fmt.Sprintf("s%d-%d", i, n), phoneOf(0), text)
			}
		})
	}
	group.Wait()
	o.until("the client that does not read to be cut", func() bool { return o.app.server.Sockets() == 1 })
	go slow.read()
	if code := slow.closedWith(); code != 4008 && code != -1 { // -1: its buffers were too full for the code
		t.Errorf("closed with %d", code)
	}
	next := o.reconnect(o.ana, slow)
	if r := next.frame("resumed"); r["to"].(float64)-r["from"].(float64)+1 < 1 {
		t.Errorf("resumed %v", r)
	}
	for seq := 2 + int(slow.seq); seq <= sent; seq++ {
		if m := next.event("conversation.message")["message"].(object); m["seq"] != float64(seq) {
			t.Fatalf("message %v, not %d", m["seq"], seq)
		}
	}
	ana.ok("message.send", object{"conversation_id": id, "text": "fim"})
	if m := next.event("conversation.message")["message"].(object); m["text"] != "fim" {
		t.Errorf("afterwards %v", m)
	}
}

func TestOnlyPeopleOpenSessionsAndBadTicketsAreToldByCode(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	program := o.must(201, "POST", "/api-tokens", o.admin, object{"name": "CRM", "scopes": []string{"conversations:read"}})["secret"].(string)
	for name, c := range map[string]struct {
		protocols []string
		header    http.Header
		code      int
	}{
		"unknown ticket": {[]string{"pronto.v1", "ticket.none"}, http.Header{"Origin": {o.base}}, 4001},
		"used ticket":    {[]string{"pronto.v1", "ticket." + o.usedTicket()}, http.Header{"Origin": {o.base}}, 4001},
		"program":        {[]string{"pronto.v1"}, http.Header{"Authorization": {"Bearer " + program}}, 403},
		"other origin":   {[]string{"pronto.v1", "ticket.none"}, http.Header{"Origin": {"https://example.com"}}, 403},
		"nobody":         {[]string{"pronto.v1"}, http.Header{"Origin": {o.base}}, 401},
		"no protocol":    {nil, http.Header{"Authorization": {"Bearer " + o.ana}}, 400},
	} {
		ws, res, err := websocket.Dial(t.Context(), strings.Replace(o.base, "http", "ws", 1)+"/api/v1/ws", &websocket.DialOptions{
			Subprotocols: c.protocols, HTTPHeader: c.header,
		})
		got := 0
		if err != nil && res != nil {
			got = res.StatusCode
		} else if err == nil {
			if ws.Subprotocol() != "pronto.v1" {
				t.Errorf("%s: subprotocol %q", name, ws.Subprotocol())
			}
			_, _, err = ws.Read(t.Context())
			got = int(websocket.CloseStatus(err))
		}
		if got != c.code && !(name == "program" && got == 4003) {
			t.Errorf("%s: %d, not %d (%v)", name, got, c.code, err)
		}
	}
}

func (o *office) usedTicket() string {
	o.t.Helper()
	ticket := o.must(201, "POST", "/ws-tickets", o.ana, nil)["ticket"].(string)
	ws, res, err := websocket.Dial(o.t.Context(), strings.Replace(o.base, "http", "ws", 1)+"/api/v1/ws", &websocket.DialOptions{
		Subprotocols: []string{"pronto.v1", "ticket." + ticket}, HTTPHeader: http.Header{"Origin": {o.base}},
	})
	if err != nil {
		o.t.Fatal(err)
	}
	if res.Body != nil {
		res.Body.Close()
	}
	_ = ws.CloseNow()
	return ticket
}

func TestServingEndsWhenTheDiskFails(t *testing.T) {
	t.Parallel()
	app, err := Open(Config{Data: t.TempDir(), DrainTime: time.Second, MinFreeBytes: 1, MinFreePercent: 1}, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("input/output error")
	app.failed <- broken
	if err := app.Serve(t.Context(), l); !errors.Is(err, ErrStorage) || !errors.Is(err, broken) {
		t.Errorf("ended with %v", err)
	}
	if err := app.Close(); err != nil {
		t.Error(err)
	}
}
