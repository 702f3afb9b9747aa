package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
	"golang.org/x/time/rate"

	"pronto/dispatch"
	"pronto/protocol"
)

func TestANinthCommandWithoutARepliedOneIsRateLimited(t *testing.T) {
	sw := socketServer(t, nil)
	c, p := sw.connect(t)
	send := func(id string) {
		c.write(`{"type":"command","id":"` + id + `","name":"offer.decline","data":{"offer_id":"o"}}`)
	}
	for i := range protocol.CommandWindow {
		send(fmt.Sprint(i))
		p.next(t)
	}
	send("ninth")
	if r := c.reply(); r.ID != "ninth" || r.Error.Code != protocol.CodeRateLimited || r.Error.Data.RetryAfterMS <= 0 {
		t.Fatalf("got %+v", r)
	}
	p.conn.Reply("0", 0, dispatch.Done{}, nil)
	if r := c.reply(); r.ID != "0" || !r.OK {
		t.Fatalf("got %+v", r)
	}
	send("tenth")
	p.next(t)
}

// A client that repeats what was refused when it was told to is never cut off, while nothing is replied to for long.
func TestWhoComesAgainAsToldIsNotFarAboveTheRate(t *testing.T) {
	r := &socketReader{commands: rate.NewLimiter(protocol.CommandsPerSecond, protocol.CommandBurst), frames: rate.NewLimiter(10*protocol.CommandsPerSecond, 10*protocol.CommandBurst)}
	begin := time.Unix(0, 0)
	due := make([]time.Duration, 400) // of each command
	frames, taken := 0, int32(0)
	for at := time.Duration(0); at < time.Minute; at += time.Millisecond {
		now := begin.Add(at)
		if at == 20*time.Second { // now they are replied to
			taken = 0
		}
		for i, d := range due {
			if d > at || d < 0 {
				continue
			}
			if frames++; !r.frames.AllowN(now, 1) {
				t.Fatalf("cut off after %v, at frame %d", at, frames)
			}
			if due[i] = at + r.wait(now, taken); due[i] == at {
				due[i] = -1
				if at < 20*time.Second {
					taken++
				}
			}
		}
	}
	for i, d := range due {
		if d >= 0 {
			t.Fatalf("command %d was never taken", i)
		}
	}
}

func TestCommandsAboveTheRateAreRefusedAndFarAboveItCloseWith4029(t *testing.T) {
	sw := socketServer(t, nil)
	sw.setup = func(p *fakePeer) {
		p.answer = func(p *fakePeer, e dispatch.Envelope) { p.conn.Reply(e.Cause.Command, 0, dispatch.Done{}, nil) }
	}
	c, _ := sw.connect(t)
	go func() {
		for i := range 20 * protocol.CommandBurst {
			frame := fmt.Sprintf(`{"type":"command","id":"%d","name":"offer.decline","data":{"offer_id":"o"}}`, i)
			if c.ws.Write(context.Background(), websocket.MessageText, []byte(frame)) != nil {
				return
			}
		}
	}()
	limited := 0
	for {
		frame, err := c.readRaw()
		if err != nil {
			if code := websocket.CloseStatus(err); code != websocket.StatusCode(protocol.CloseRate) {
				t.Fatalf("closed with %d: %v", code, err)
			}
			break
		}
		if strings.Contains(frame, `"rate_limited"`) && strings.Contains(frame, `"retry_after_ms":`) {
			limited++
		}
	}
	if limited == 0 {
		t.Fatal("nothing was rate limited before the end")
	}
}

func TestASlowReaderIsCutWith4008AndNobodyWaitsForIt(t *testing.T) {
	sw := socketServer(t, func(o *Options) { o.Socket.OutboxFrames, o.Socket.OutboxBytes = 64, 1<<20 })
	c, p := sw.connect(t)
	tail := []byte(`"name":"x","at":"","data":"` + strings.Repeat("x", 64<<10) + `"}`)
	started, sent := time.Now(), 0
	for p.conn.Event(uint64(sent+1), tail) {
		sent++
	}
	if took := time.Since(started); took > 2*time.Second {
		t.Fatalf("sending to a slow reader took %s", took)
	}
	if p.conn.Event(1, tail) || p.conn.Reply("1", 0, dispatch.Done{}, nil) {
		t.Fatal("a closing connection takes no frames")
	}
	if code := c.closedWith(); code != protocol.CloseTooSlow {
		t.Fatalf("got %d after %d frames", code, sent)
	}
	p.end(t)
}

// A live view of thousands of agents is larger than what may wait. Who reads gets it; who does not is cut at the next one.
func TestAFrameLargerThanTheOutboxReachesWhoReads(t *testing.T) {
	sw := socketServer(t, func(o *Options) { o.Socket.OutboxBytes = 64 << 10 })
	c, p := sw.connect(t)
	tail := []byte(`"name":"x","at":"","data":"` + strings.Repeat("x", 1<<20) + `"}`)
	c.ws.SetReadLimit(2 << 20)
	for n := range 3 {
		if !p.conn.Event(uint64(n+1), tail) {
			t.Fatalf("frame %d was not taken", n)
		}
		if frame, err := c.readRaw(); err != nil || len(frame) < len(tail) {
			t.Fatalf("frame %d: %d bytes, %v", n, len(frame), err)
		}
	}
}

func TestAReaderThatNeverReadsAgainIsGivenUp(t *testing.T) {
	sw := socketServer(t, func(o *Options) { o.Socket.OutboxBytes, o.Socket.CloseTimeout = 1<<20, 50*time.Millisecond })
	_, p := sw.connect(t)
	tail := []byte(`"data":"` + strings.Repeat("x", 64<<10) + `"}`)
	for n := uint64(1); p.conn.Event(n, tail); n++ {
	}
	p.end(t)
}

func TestASocketAboveTheNumberOfOpenOnesIsAnswered503(t *testing.T) {
	sw := socketServer(t, func(o *Options) { o.Socket.MaxOpen = 1 })
	c, p := sw.connect(t)
	_, resp, err := sw.dial(t, token("ana"), protocol.Subprotocol)
	if err == nil || resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "5" {
		t.Fatalf("got %v %v", resp, err)
	}
	_ = c.ws.Close(websocket.StatusNormalClosure, "")
	p.end(t)
}

func TestAMessageOfMoreThan64FragmentsClosesWith4000(t *testing.T) {
	sw := socketServer(t, nil)
	for _, fragments := range []int{60, 70} {
		c, p := sw.connect(t)
		w, err := c.ws.Writer(t.Context(), websocket.MessageText)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Write([]byte(`{"type":"pong","n":1,"seq":0}`))
		for range fragments {
			if err == nil {
				_, err = w.Write(nil)
			}
		}
		_ = w.Close() // the server may be gone already
		if fragments < maxFramesPerMessage {
			if got := p.next(t); got != (pongCall{1, 0}) {
				t.Errorf("got %+v", got)
			}
			continue
		}
		if code := c.closedWith(); code != protocol.CloseProtocol {
			t.Errorf("got %d", code)
		}
		p.end(t)
	}
}

func FuzzTheFrameCounterDoesNotDependOnHowBytesArePacked(f *testing.F) {
	f.Add([]byte{0x81, 0x82, 1, 2, 3, 4, 5, 6, 0x89, 0x80, 1, 2, 3, 4}, uint8(3))
	f.Add(bytes.Repeat([]byte{0x01, 0x00}, 70), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, step uint8) {
		var whole, parts frameCounter
		want := whole.pass(data)
		var got error
		for rest := data; len(rest) > 0 && got == nil; {
			n := min(int(step%16)+1, len(rest))
			got = parts.pass(rest[:n])
			rest = rest[n:]
		}
		if (want == nil) != (got == nil) || want == nil && whole != parts {
			t.Fatalf("%v and %v, %+v and %+v", want, got, whole, parts)
		}
	})
}

func TestNothingWithinTheFirstSecondsClosesWith4000(t *testing.T) {
	sw := socketServer(t, func(o *Options) { o.Socket.FirstFrame = 30 * time.Millisecond })
	c, _, err := sw.dial(t, token("ana"), protocol.Subprotocol)
	if err != nil {
		t.Fatal(err)
	}
	if code := c.closedWith(); code != protocol.CloseProtocol {
		t.Fatalf("got %d", code)
	}
	(<-sw.peers).end(t)
}

func TestASilentConnectionEnds(t *testing.T) {
	sw := socketServer(t, func(o *Options) { o.Socket.Silence = 30 * time.Millisecond })
	_, p := sw.connect(t)
	if err := p.end(t); !isTimeout(err) {
		t.Fatalf("got %v", err)
	}
}

func TestAnIdleConnectionHasOneGoroutineAndNoneAfterItsEnd(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Run("connections", func(t *testing.T) {
		sw := socketServer(t, nil)
		for range 20 {
			c, p := sw.connect(t)
			p.conn.Ping(1)
			var ping protocol.Ping
			c.read(&ping)
			p.conn.mu.Lock()
			for p.conn.writing {
				p.conn.mu.Unlock()
				p.conn.mu.Lock()
			}
			if p.conn.pending != nil {
				t.Error("an idle connection holds a buffer")
			}
			p.conn.mu.Unlock()
			_ = c.ws.Close(websocket.StatusNormalClosure, "")
			p.end(t)
		}
	})
	goleak.VerifyNone(t, before)
}

func FuzzNoFrameOfTheClientIsTakenForAnotherType(f *testing.F) {
	f.Add([]byte(`{"type":"start"}`))
	f.Add([]byte(`{"type":"resume","session":"s","resume_token":"t","epoch":"e","seq":1}`))
	f.Add([]byte(`{"type":"command","id":"1","name":"offer.accept","data":{"offer_id":"o"}}`))
	f.Add([]byte(`{"type":"pong","n":1,"seq":2}`))
	f.Add([]byte(`{"type":"command","id":"1","zzz":1}`))
	w := newWorld()
	s := New(w.options())
	f.Fuzz(func(t *testing.T, data []byte) {
		frame, bad := parseFrame(data)
		if bad != nil {
			if frame.Type == protocol.FrameCommand && len(frame.ID) > protocol.MaxCommandIDLength {
				t.Fatalf("would answer %+v", frame)
			}
			return
		}
		if frame.Seq < 0 || frame.N < 0 || frame.Type == protocol.FrameCommand && frame.ID == "" {
			t.Fatalf("took %+v", frame)
		}
		info, known := protocol.CommandByName(frame.Name)
		if !known {
			return
		}
		v := newData(info)
		if protocol.Decode(frame.Data, 0, v) == nil {
			if e, err := s.command(t.Context(), principal("ana"), frame.Name, v); err == nil && e.Message == nil {
				t.Fatalf("%s made no message", frame.Name)
			}
		}
	})
}

func TestFramesFromManySendersArriveWholeAndInEachSendersOrder(t *testing.T) {
	sw := socketServer(t, nil)
	c, p := sw.connect(t)
	const senders, each = 8, 200
	var group sync.WaitGroup
	for s := range senders {
		group.Go(func() {
			for i := range each {
				p.conn.Event(uint64(s*each+i+1), []byte(`"name":"x","at":"2026-11-23T12:00:00.000Z","data":"`+strings.Repeat("y", i)+`"}`))
			}
		})
	}
	last := map[int64]int64{}
	for range senders * each {
		var e protocol.Event
		c.read(&e)
		s := (e.Seq - 1) / each
		if e.Seq-1 != s*each+last[s] || len(e.Data) != int(last[s])+2 {
			t.Fatalf("sender %d: got %d after %d", s, e.Seq, last[s])
		}
		last[s]++
	}
	group.Wait()
}

func FuzzTheFastParserAgreesWithTheFullOne(f *testing.F) {
	for _, frame := range []string{
		`{"type":"start"}`, `{"type":"pong","n":1,"seq":20}`, ` { "type" : "command" , "id":"1","name":"x","data":{"a":"}\\\"","b":[{}]} } `,
		`{"type":"command","id":"1","name":"x","data":{}}`, `{"type":"pong","n":01,"seq":1}`, `{"type":"pong","n":1,"n":2}`, `{"data":{"a":]},"type":"command"}`,
	} {
		f.Add([]byte(frame))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fast, ok := fastFrame(data)
		if !ok || fast.Data != nil && !json.Valid(fast.Data) {
			return // the command's decoder refuses data that is no JSON
		}
		slow, bad := parseSlowly(data)
		if check := fast.check(); (check == nil) != (bad == nil) {
			t.Fatalf("%s: fast %v, full %v", data, check, bad)
		}
		if bad == nil && !reflect.DeepEqual(fast, slow) {
			t.Fatalf("%s: fast %+v, full %+v", data, fast, slow)
		}
	})
}
