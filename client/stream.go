package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/coder/websocket"

	"pronto/protocol"
)

// errGap ends a connection whose events skipped a number; the next one resumes before the gap.
var errGap = errors.New("events are missing")

// stream is the reading side of a client: one connection after the other, owned by the client's goroutine.
type stream struct {
	client *Client

	conn     *websocket.Conn
	hello    protocol.Hello
	watchdog *time.Timer // cuts a connection on which nothing comes
	from     place       // where to resume; zero when there is nothing to resume
	gapAt    int64       // the last gap; a second one at the same place gives the session up
	live     bool        // the first frame after start or resume has come
	drained  bool        // the server announced its end
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

// connect signs in as needed, upgrades, and asks for the stream.
func (s *stream) connect() error {
	c := s.client
	s.live, s.drained = false, false
	header, err := c.credential()
	if err != nil {
		return err
	}
	options := websocket.DialOptions{HTTPClient: c.rest.http, HTTPHeader: header.fields, Subprotocols: header.subprotocols}
	ctx, cancel := context.WithTimeout(c.ctx, restTimeout)
	defer cancel()
	var network net.Conn
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { network = i.Conn }})
	conn, response, err := websocket.Dial(ctx, c.rest.base+apiPrefix+c.address(), &options)
	if err != nil {
		if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
			raw, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
			return fmt.Errorf("open websocket: %w", apiError(response, raw))
		}
		return fmt.Errorf("open websocket: %w", err)
	}
	conn.SetReadLimit(c.o.MaxFrameBytes)
	s.conn = conn
	c.mu.Lock()
	c.conn, c.network = conn, network
	c.mu.Unlock()
	if c.ctx.Err() != nil { // ended meanwhile: nobody else closes it
		_ = conn.CloseNow()
		return context.Cause(c.ctx)
	}
	c.connections.Add(1)
	s.watchdog = time.AfterFunc(helloTimeout, func() { _ = conn.CloseNow() })
	return nil
}

// read handles frames until the connection ends, and says why it did.
func (s *stream) read() error {
	defer func() {
		s.watchdog.Stop()
		_ = s.conn.CloseNow()
	}()
	if err := s.frame(s.greet); err != nil {
		return err
	}
	for {
		if err := s.frame(s.handle); err != nil {
			return err
		}
	}
}

// frame reads one frame into a buffer that is lent only while there is something in it: an idle connection holds none.
func (s *stream) frame(handle func([]byte) error) error {
	_, in, err := s.conn.Reader(context.Background())
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	buffer := buffers.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
	defer buffers.Put(buffer)
	*buffer, err = readAll(in, (*buffer)[:0])
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	return handle(*buffer)
}

func readAll(r io.Reader, b []byte) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

// greet takes the hello and answers with resume or start.
func (s *stream) greet(frame []byte) error {
	if typeOf(frame) != protocol.FrameHello {
		return fmt.Errorf("%w: first frame is not hello", ErrProtocol)
	}
	s.hello = protocol.Hello{}
	if err := decode(frame, &s.hello); err != nil {
		return err
	}
	if v := s.client.o.Visit; v != nil {
		return s.writeJSON(v.greeting(s.from, s.client.seq.Load()))
	}
	if s.from == (place{}) {
		return s.write([]byte(`{"type":"start"}`))
	}
	return s.writeJSON(protocol.Resume{
		Type: protocol.FrameResume, Session: s.from.session, ResumeToken: s.from.token,
		Epoch: s.from.epoch, Seq: s.client.seq.Load(),
	})
}

// handle takes every frame after the hello. Unknown types are left alone.
func (s *stream) handle(frame []byte) error {
	switch typeOf(frame) {
	case protocol.FrameEvent:
		return s.event(frame)
	case protocol.FramePing:
		return s.ping(frame)
	case protocol.FrameReply:
		r, err := parseReply(frame)
		if err != nil {
			return err
		}
		s.client.out.answered(r)
		return nil
	case protocol.FrameSnapshot:
		return s.snapshot(frame)
	case protocol.FrameResumed:
		return s.resumed(frame)
	case protocol.FrameDrain:
		return s.drain(frame)
	case "":
		return fmt.Errorf("%w: frame without a type", ErrProtocol)
	default:
		return nil
	}
}

// event gives the next event to the handler, skips one that was handled before, and resumes at a gap.
func (s *stream) event(frame []byte) error {
	e, err := parseEvent(frame)
	if err != nil {
		return err
	}
	c := s.client
	have := c.seq.Load()
	switch {
	case !s.live:
		return fmt.Errorf("%w: event before the stream began", ErrProtocol)
	case e.Seq <= have:
		c.duplicates.Add(1)
		return nil
	case e.Seq > have+1:
		return s.gap(have)
	}
	c.events.Add(1) // before the handler: whoever it wakes sees itself counted
	if c.o.OnEvent != nil {
		c.o.OnEvent(e)
	}
	c.seq.Store(e.Seq)
	if c.o.Remember > 0 {
		c.mu.Lock()
		c.recent.add(Handled{Seq: e.Seq, Name: e.Name})
		c.mu.Unlock()
	}
	return nil
}

// gap resumes before the missing events; when that gap comes again they are gone, and a new session brings a snapshot.
func (s *stream) gap(have int64) error {
	s.client.gaps.Add(1)
	if s.gapAt == have+1 {
		s.from = place{}
	}
	s.gapAt = have + 1
	return errGap
}

func (s *stream) ping(frame []byte) error {
	n, err := parsePing(frame)
	if err != nil {
		return err
	}
	s.watch()
	var pong [64]byte
	return s.write(appendPong(pong[:0], n, s.client.seq.Load()))
}

// watch expects the next ping in time. A server that drains has set the watchdog to the moment of leaving.
func (s *stream) watch() {
	if s.drained {
		return
	}
	beat := time.Duration(s.hello.HeartbeatMS) * time.Millisecond
	if beat <= 0 {
		beat = protocol.HeartbeatMS * time.Millisecond
	}
	s.watchdog.Reset(missedHeartbeats*beat + beat/2)
}

func (s *stream) snapshot(frame []byte) error {
	var wire struct {
		Seq    int64  `json:"seq"`
		Reason string `json:"reason"`
		Data   raw    `json:"data"`
	}
	if err := decode(frame, &wire); err != nil {
		return err
	}
	c := s.client
	c.snapshots.Add(1)
	s.gapAt = 0
	if c.o.Visit != nil {
		c.o.Visit.recognize(wire.Data)
	}
	if c.o.OnSnapshot != nil {
		c.o.OnSnapshot(Snapshot{Seq: wire.Seq, Reason: wire.Reason, Data: wire.Data})
	}
	c.seq.Store(wire.Seq)
	s.goLive()
	return nil
}

func (s *stream) resumed(frame []byte) error {
	var r protocol.Resumed
	if err := decode(frame, &r); err != nil {
		return err
	}
	if r.From != s.client.seq.Load()+1 {
		return s.gap(s.client.seq.Load())
	}
	s.client.resumes.Add(1)
	s.goLive()
	return nil
}

// goLive makes this connection the place to resume and lets commands out.
func (s *stream) goLive() {
	c := s.client
	s.from = newPlace(s.hello)
	s.watch()
	if s.live {
		return // a snapshot in the middle of the stream
	}
	s.live = true
	select {
	case <-c.live:
	default:
		close(c.live)
	}
	c.tell(Live, nil)
	c.out.up(s.conn, s.hello.CommandWindow)
}

// drain leaves at a moment of its own within the time that the server gives.
func (s *stream) drain(frame []byte) error {
	var d protocol.Drain
	if err := decode(frame, &d); err != nil {
		return err
	}
	s.drained = true
	within := max(time.Duration(d.ReconnectWithinMS)*time.Millisecond, time.Millisecond)
	conn := s.conn
	s.watchdog.Stop()
	s.watchdog = time.AfterFunc(mathrand.N(within), func() { _ = conn.CloseNow() })
	return nil
}

func (s *stream) write(frame []byte) error {
	if err := s.conn.Write(context.Background(), websocket.MessageText, frame); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
