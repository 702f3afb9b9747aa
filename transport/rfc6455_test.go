package transport

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/protocol"
)

// raw is a client without a library: it sends any bytes.
type raw struct {
	t *testing.T
	c net.Conn
	r *bufio.Reader
}

const upgrade = "GET /api/v1/ws HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token-ana\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: " + protocol.Subprotocol + "\r\n\r\n"

func (sw *socketWorld) raw(t *testing.T) *raw {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(sw.url, "http://"))
	if err == nil {
		err = c.SetDeadline(time.Now().Add(20 * time.Second))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &raw{t, c, bufio.NewReader(c)}
}

// send writes bytes. What the server has closed already takes none: that is seen when reading.
func (r *raw) send(b []byte) { _, _ = r.c.Write(b) }

// open makes the handshake of RFC 6455, 1.3, and reads the hello.
func (r *raw) open() {
	r.t.Helper()
	r.send([]byte(upgrade))
	res, err := http.ReadResponse(r.r, nil)
	if err != nil || res.StatusCode != 101 || res.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		r.t.Fatalf("handshake: %v %v", res, err)
	}
	if op, hello, err := r.frame(); err != nil || op != opText || !bytes.Contains(hello, []byte(`"hello"`)) {
		r.t.Fatalf("hello: %x %s %v", op, hello, err)
	}
}

// frame reads one frame of the server, which never masks and never fragments.
func (r *raw) frame() (op byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(r.r, head[:]); err != nil {
		return 0, nil, err
	}
	if head[0]&0xf0 != 0x80 || head[1]&0x80 != 0 {
		r.t.Fatalf("the server sent a frame that begins with %x", head)
	}
	n := uint64(head[1])
	switch n {
	case 126:
		var b [2]byte
		_, err = io.ReadFull(r.r, b[:])
		n = uint64(binary.BigEndian.Uint16(b[:]))
	case 127:
		var b [8]byte
		_, err = io.ReadFull(r.r, b[:])
		n = binary.BigEndian.Uint64(b[:])
	}
	if err != nil || n > 1<<20 {
		return 0, nil, fmt.Errorf("%d bytes: %w", n, err)
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(r.r, payload)
	return head[0] & 0xf, payload, err
}

// maskedFrame is a frame of a client: its first byte as given, its length in the shortest form.
func maskedFrame(first byte, payload string) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	key := []byte{1, 2, 3, 4}
	b = append(b, key...)
	for i := range len(payload) {
		b = append(b, payload[i]^key[i%4])
	}
	return b
}

func frames(all ...[]byte) []byte { return bytes.Join(all, nil) }

const (
	start = `{"type":"start"}`
	pong1 = `{"type":"pong","n":1,"seq":0}`
)

// sound are bytes after which the session must have started and the client's pong have come.
var sound = map[string][]byte{
	"plain":                    frames(maskedFrame(0x81, start), maskedFrame(0x81, pong1)),
	"two fragments":            frames(maskedFrame(0x81, start), maskedFrame(0x01, pong1[:9]), maskedFrame(0x80, pong1[9:])),
	"an empty first fragment":  frames(maskedFrame(0x81, start), maskedFrame(0x01, ""), maskedFrame(0x80, pong1)),
	"an empty last fragment":   frames(maskedFrame(0x81, start), maskedFrame(0x01, pong1), maskedFrame(0x80, "")),
	"a ping between fragments": frames(maskedFrame(0x81, start), maskedFrame(0x01, pong1[:9]), maskedFrame(0x89, "x"), maskedFrame(0x80, pong1[9:])),
	"unasked pongs":            frames(maskedFrame(0x8a, ""), maskedFrame(0x81, start), maskedFrame(0x8a, "hello"), maskedFrame(0x81, pong1)),
	"pings before the start":   frames(maskedFrame(0x89, ""), maskedFrame(0x89, strings.Repeat("p", 125)), maskedFrame(0x81, start), maskedFrame(0x81, pong1)),
	"a length of 16 bits":      frames(maskedFrame(0x81, start), maskedFrame(0x81, pong1+strings.Repeat(" ", 300))),
}

var pings = map[string]int{"a ping between fragments": 1, "pings before the start": 2}

func TestSoundFramesHoweverTheyArePackedAreRead(t *testing.T) {
	sw := socketServer(t, nil)
	for name, all := range sound {
		for _, step := range []int{len(all), 1, 7} {
			r := sw.raw(t)
			r.open()
			for b := range slices.Chunk(all, step) {
				r.send(b)
			}
			p := <-sw.peers
			if _, ok := p.next(t).(startCall); !ok {
				t.Fatalf("%s in pieces of %d: no start", name, step)
			}
			if got := p.next(t); got != (pongCall{1, 0}) {
				t.Errorf("%s in pieces of %d: %+v", name, step, got)
			}
			for range pings[name] { // each has its answer
				if op, _, err := r.frame(); op != 0xa || err != nil {
					t.Errorf("%s: opcode %x, %v", name, op, err)
				}
			}
			_ = r.c.Close()
			p.end(t)
		}
	}
}

// broken are bytes after which the server must end the connection. They come as the first frames, and after a start.
var broken = map[string][]byte{
	"reserved bit 1":                       maskedFrame(0xc1, start),
	"reserved bit 2":                       maskedFrame(0xa1, start),
	"reserved bit 3":                       maskedFrame(0x91, start),
	"opcode 3":                             maskedFrame(0x83, start),
	"opcode 7":                             maskedFrame(0x87, start),
	"opcode 11":                            maskedFrame(0x8b, ""),
	"opcode 15":                            maskedFrame(0x8f, ""),
	"not masked":                           append([]byte{0x81, byte(len(start))}, start...),
	"binary":                               maskedFrame(0x82, start),
	"a continuation of nothing":            maskedFrame(0x80, start),
	"a continuation of nothing, open":      maskedFrame(0x00, start),
	"a text inside a fragmented text":      frames(maskedFrame(0x01, "{"), maskedFrame(0x81, start)),
	"a fragmented ping":                    maskedFrame(0x09, "x"),
	"a fragmented close":                   maskedFrame(0x08, "\x03\xe8"),
	"a ping of 126 bytes":                  maskedFrame(0x89, strings.Repeat("p", 126)),
	"a close of 126 bytes":                 maskedFrame(0x88, "\x03\xe8"+strings.Repeat("r", 124)),
	"a close of one byte":                  maskedFrame(0x88, "\x03"),
	"close code 0":                         maskedFrame(0x88, "\x00\x00"),
	"close code 999":                       maskedFrame(0x88, "\x03\xe7"),
	"close code 1005":                      maskedFrame(0x88, "\x03\xed"),
	"close code 1006":                      maskedFrame(0x88, "\x03\xee"),
	"close code 1015":                      maskedFrame(0x88, "\x03\xf7"),
	"close code 65535":                     maskedFrame(0x88, "\xff\xff"),
	"text that is not UTF-8":               maskedFrame(0x81, "{\"type\":\"\xff\xfe\"}"),
	"UTF-8 cut at the end":                 maskedFrame(0x81, "{\"type\":\"\xe2\x82"),
	"a surrogate":                          maskedFrame(0x81, "{\"type\":\"\xed\xa0\x80\"}"),
	"an overlong slash":                    maskedFrame(0x81, "{\"type\":\"\xc0\xaf\"}"),
	"a length of 2^63":                     {0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4},
	"a length of 2^62":                     {0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4},
	"a length of 4 GiB":                    {0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4},
	"a fragmented text without an end":     bytes.Repeat(maskedFrame(0x01, strings.Repeat("x", 100)), 1),
	"fragments beyond the size of a frame": frames(maskedFrame(0x01, strings.Repeat(" ", 12000)), maskedFrame(0x00, strings.Repeat(" ", 12000))),
	"more fragments than are allowed":      frames(maskedFrame(0x01, " "), bytes.Repeat(maskedFrame(0x00, " "), 100)),
	"HTTP":                                 []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
	"TLS":                                  []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaaaaaaaaaaaaaaaaaa"),
	"zeros":                                make([]byte, 64),
	"ones":                                 bytes.Repeat([]byte{0xff}, 64),
}

// The server may say why it closes, with a code; it says nothing else.
func TestBrokenFramesEndTheConnectionAndEchoNothing(t *testing.T) {
	sw := socketServer(t, func(o *Options) {
		o.Socket.FirstFrame, o.Socket.Silence, o.Socket.CloseTimeout = 300*time.Millisecond, 300*time.Millisecond, 200*time.Millisecond
	})
	codes := map[uint16]int{}
	for name, all := range broken {
		for _, before := range []string{"", start} {
			r := sw.raw(t)
			r.open()
			p := <-sw.peers
			if before != "" {
				r.send(maskedFrame(0x81, before))
				p.next(t)
			}
			r.send(all)
			for {
				op, payload, err := r.frame()
				if err != nil {
					break
				}
				if op != opClose || len(payload) < 2 {
					t.Errorf("%s after %q: the server says %x %q", name, before, op, payload)
					continue
				}
				code := binary.BigEndian.Uint16(payload)
				codes[code]++
				if reason := string(payload[2:]); reason != "" && reason != protocol.CloseCode(code).Reason() && code >= 4000 {
					t.Errorf("%s after %q: closed with %d %q", name, before, code, reason)
				}
				for _, secret := range []string{"ANA", "agt_", "ses_", "cred_", "rt"} {
					if strings.Contains(string(payload[2:]), secret) && code >= 4000 {
						t.Errorf("%s: the close frame says %q", name, payload[2:])
					}
				}
			}
			p.end(t)
		}
	}
	t.Logf("%d cases; close codes %v", 2*len(broken), codes)
}

func TestACloseIsAnsweredWithAClose(t *testing.T) {
	sw := socketServer(t, nil)
	for name, payload := range map[string]string{"empty": "", "1000": "\x03\xe8", "1001 with a reason": "\x03\xe9bye", "4999": "\x13\x87"} {
		r := sw.raw(t)
		r.open()
		r.send(maskedFrame(0x88, payload))
		if op, _, err := r.frame(); op != opClose || err != nil {
			t.Errorf("%s: %x %v", name, op, err)
		}
		if _, err := r.r.ReadByte(); err == nil {
			t.Errorf("%s: more after the close", name)
		}
		(<-sw.peers).end(t)
	}
}

func TestAHandshakeThatIsNoneIsRefusedInHTTP(t *testing.T) {
	sw := socketServer(t, nil)
	for name, change := range map[string][2]string{
		"another version":   {"Version: 13", "Version: 8"},
		"no version":        {"Sec-WebSocket-Version: 13\r\n", ""},
		"no key":            {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""},
		"a short key":       {"dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="},
		"a key of no bytes": {"dGhlIHNhbXBsZSBub25jZQ==", "%%%"},
		"no upgrade":        {"Upgrade: websocket\r\n", ""},
		"no connection":     {"Connection: Upgrade\r\n", ""},
		"another upgrade":   {"Upgrade: websocket", "Upgrade: h2c"},
		"POST":              {"GET /", "POST /"},
		"HTTP/1.0":          {"HTTP/1.1", "HTTP/1.0"},
		"no credential":     {"Authorization: Bearer token-ana\r\n", ""},
		"no subprotocol":    {"Sec-WebSocket-Protocol: " + protocol.Subprotocol + "\r\n", ""},
	} {
		r := sw.raw(t)
		r.send([]byte(strings.Replace(upgrade, change[0], change[1], 1)))
		res, err := http.ReadResponse(r.r, nil)
		if err != nil || res.StatusCode < 400 || res.StatusCode >= 500 {
			t.Errorf("%s: %v %v", name, res, err)
		}
		_ = r.c.Close()
	}
	if len(sw.peers) != 0 {
		t.Error("a session was opened")
	}
}
