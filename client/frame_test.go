package client

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"pronto/protocol"
)

const eventFrame = `{"type":"event","seq":421,"name":"conversation.message","at":"2026-11-23T12:00:00.000Z","data":{"conversation_id":"cnv_1","unread":1}}`

// The scanner must never read another event than the decoder does.
func FuzzParseEvent(f *testing.F) {
	for _, seed := range []string{
		eventFrame, eventFrame + " ", `{"type":"event","seq":1,"name":"x","at":"y","data":1}`,
		`{"type":"event","seq":1,"name":"a\"b","at":"","data":null}`, `{"type":"event","seq":99999999999999999999,"name":"x","at":"y","data":{}}`,
		`{"type":"event","seq":-1,"name":"x","at":"y","data":{}}`, `{"seq":2,"type":"event"}`, `{"type":"event","seq":1,"name":"x","at":"y","data":}`,
		`{"type":"event","seq":01,"name":"x","at":"y","data":{}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, frame string) {
		e, err := parseEvent([]byte(frame))
		if err != nil || !json.Valid([]byte(frame)) || !utf8.ValidString(frame) {
			return // what is not JSON in UTF-8 is the decoder of the data's to refuse
		}
		var want struct {
			Seq  int64
			Name string
			Data json.RawMessage
		}
		if json.Unmarshal([]byte(frame), &want) != nil {
			t.Fatalf("%q was read as %+v", frame, e)
		}
		if hasRepeatedKeys(frame) {
			return
		}
		if e.Seq != want.Seq || e.Name != want.Name || !sameJSON(e.Data, want.Data) {
			t.Fatalf("%q was read as %d %q %s", frame, e.Seq, e.Name, e.Data)
		}
	})
}

// A reply must be read as the decoder reads it.
func FuzzParseReply(f *testing.F) {
	for _, seed := range []string{
		`{"type":"reply","id":"a","ok":true,"data":{"b":[1]}}`, `{"type":"reply","seq":7,"id":"a","ok":true}`, `{"type":"reply","id":"a\u0062","ok":false}`,
		`{"type":"reply","id":"a","ok":false,"error":{"code":"not_found","message":"x","data":{"retry_after_ms":5}}}`, `{"type":"reply","id":1,"ok":true}`,
		`{"type":"reply","ok":1}`, `{"type":"reply","ok":null}`, `{"type":"reply","seq":1.5}`, `{"type":"reply","data":null}`, `{"type":"reply","error":null}`, `{"type":"reply"`,
		`{"type":"reply","more":{"id":"b"},"id":"a","ok":true}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, frame string) {
		if typeOf([]byte(frame)) != protocol.FrameReply || unusualKeys(frame) {
			return
		}
		got, err := parseReply([]byte(frame))
		var want protocol.Reply
		if wrong := json.Unmarshal([]byte(frame), &want); (err != nil) != (wrong != nil) {
			t.Fatalf("%q: %v, want %v", frame, err, wrong)
		}
		if diff := cmp.Diff(want, got); err == nil && diff != "" {
			t.Fatalf("%q (-want +got):\n%s", frame, diff)
		}
	})
}

// unusualKeys: names in other letters than the protocol's mean the same to the decoder, and a null is nothing. The server
// writes neither.
func unusualKeys(frame string) bool {
	for _, key := range []string{"type", "id", "ok", "seq", "data", "error"} {
		if strings.Count(strings.ToLower(frame), `"`+key+`"`) != strings.Count(frame, `"`+key+`"`) {
			return true
		}
	}
	return strings.Contains(frame, "null") || strings.Contains(frame, `\u`) || !utf8.ValidString(frame)
}

// hasRepeatedKeys: of two equal keys (in any case) the decoder takes the last, the scanner the first; the server writes neither.
func hasRepeatedKeys(frame string) bool {
	lower := strings.ToLower(frame)
	for _, key := range []string{`"seq"`, `"name"`, `"data"`, `"at"`, `\u`} {
		if strings.Count(lower, key) > 1 || key == `\u` && strings.Contains(lower, key) {
			return true
		}
	}
	return false
}

func sameJSON(a, b []byte) bool { return strings.TrimSpace(string(a)) == strings.TrimSpace(string(b)) }

func FuzzFrames(f *testing.F) {
	for _, seed := range []string{
		eventFrame, `{"type":"ping","n":1}`, `{"type":"reply","id":"a","ok":true,"data":{}}`, `{"type":"reply","id":"a"}`,
		`{"type":"resumed","from":1,"to":0}`, `{"type":"hello"}`, `{"type":"later"}`, `{"type":"`, `{`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(_ *testing.T, frame []byte) {
		switch typeOf(frame) {
		case protocol.FrameEvent:
			_, _ = parseEvent(frame)
		case protocol.FramePing:
			_, _ = parsePing(frame)
		case protocol.FrameReply:
			var r protocol.Reply
			if decode(frame, &r) == nil {
				_ = replyError(r)
			}
		}
	})
}

func TestAnEventCostsNoAllocation(t *testing.T) {
	c, err := newClient(Options{URL: "http://127.0.0.1", OnEvent: func(Event) {}, Remember: 10})
	if err != nil {
		t.Fatal(err)
	}
	s := stream{client: c, live: true}
	frame := []byte(strings.Replace(eventFrame, "421", "1", 1))
	allocs := testing.AllocsPerRun(100, func() {
		c.seq.Store(0)
		if err := s.handle(frame); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 0 {
		t.Errorf("%.1f allocations", allocs)
	}
}

func TestFramesToTheServerAreJSON(t *testing.T) {
	for _, name := range []string{"message.send", `a"b`, "é\x01"} {
		raw := appendCommand(nil, "id-1", name, []byte(`{"a":1}`))
		var c protocol.Command
		if err := json.Unmarshal(raw, &c); err != nil || c.Type != "command" || c.ID != "id-1" || c.Name != name || string(c.Data) != `{"a":1}` {
			t.Errorf("%s: %+v %v", raw, c, err)
		}
	}
	var pong protocol.Pong
	if err := json.Unmarshal(appendPong(nil, 3, 99), &pong); err != nil || pong.N != 3 || pong.Seq != 99 {
		t.Errorf("%+v %v", pong, err)
	}
}

func TestPausesAreSpreadAndBounded(t *testing.T) {
	c, err := newClient(Options{URL: "http://127.0.0.1", MinPause: time.Hour, MaxPause: 3 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for failures, top := range []time.Duration{time.Hour, 2 * time.Hour, 3 * time.Hour, 3 * time.Hour} {
		low, high := top, time.Duration(0)
		for range 200 {
			d := c.pauseAfter(failures, nil)
			low, high = min(low, d), max(high, d)
		}
		if low < top/2 || high > top || high-low < top/10 {
			t.Errorf("after %d failures from %s to %s", failures, low, high)
		}
	}
	asked := &APIError{Status: http.StatusServiceUnavailable, RetryAfter: 10 * time.Hour}
	if d := c.pauseAfter(0, asked); d != 10*time.Hour {
		t.Errorf("the server asked for 10 h: %s", d)
	}
}

func TestTheRingKeepsTheLastOnesInOrder(t *testing.T) {
	for limit := 1; limit < 5; limit++ {
		r := ring{limit: limit}
		n := int64(rand.IntN(20))
		for i := range n {
			r.add(Handled{Seq: i})
		}
		all := r.all()
		if len(all) != min(limit, int(n)) {
			t.Fatalf("%d of %d kept in a ring of %d", len(all), n, limit)
		}
		for i, h := range all {
			if h.Seq != n-int64(len(all))+int64(i) {
				t.Errorf("kept %v of %d", all, n)
			}
		}
	}
}

func BenchmarkEvent(b *testing.B) {
	c, err := newClient(Options{URL: "http://127.0.0.1", OnEvent: func(Event) {}})
	if err != nil {
		b.Fatal(err)
	}
	s := stream{client: c, live: true}
	frame := []byte(strings.Replace(eventFrame, "421", "1", 1))
	b.ReportAllocs()
	for b.Loop() {
		c.seq.Store(0)
		if err := s.handle(frame); err != nil {
			b.Fatal(err)
		}
	}
}
