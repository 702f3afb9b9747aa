package outbound

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"pronto/transport/delivery"
)

// nameServer answers every question on loopback with the addresses of the moment, which nobody may keep.
type nameServer struct {
	addresses atomic.Pointer[[]netip.Addr]
	asked     atomic.Int32
	conn      net.PacketConn
}

func newNameServer(t *testing.T) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &nameServer{conn: conn}
	t.Cleanup(func() { _ = conn.Close() })
	go s.serve()
	return s
}

func (s *nameServer) says(addresses ...string) {
	var all []netip.Addr
	for _, a := range addresses {
		all = append(all, netip.MustParseAddr(a))
	}
	s.addresses.Store(&all)
}

func (s *nameServer) serve() {
	buf := make([]byte, 1500)
	for {
		n, from, err := s.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		s.asked.Add(1)
		if answer := s.answer(buf[:n]); answer != nil {
			_, _ = s.conn.WriteTo(answer, from) // who asks asks again
		}
	}
}

// answer is a message of RFC 1035 with the question and an A or AAAA record for each address of its family.
func (s *nameServer) answer(q []byte) []byte {
	end := 12
	for end < len(q) && q[end] != 0 {
		end += 1 + int(q[end])
	}
	if end+5 > len(q) {
		return nil
	}
	kind := binary.BigEndian.Uint16(q[end+1:])
	out := append([]byte(nil), q[:end+5]...)
	out[2], out[3] = 0x81, 0x80
	count := 0
	for _, a := range *s.addresses.Load() {
		if want := map[bool]uint16{true: 1, false: 28}[a.Is4()]; want != kind {
			continue
		}
		count++
		raw := a.AsSlice()
		out = append(out, 0xc0, 12)
		out = binary.BigEndian.AppendUint16(out, kind)
		out = append(out, 0, 1, 0, 0, 0, 0) // class IN, kept for no second
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(raw))), raw...)
	}
	binary.BigEndian.PutUint16(out[6:], uint16(count))
	binary.BigEndian.PutUint16(out[8:], 0)
	binary.BigEndian.PutUint16(out[10:], 0)
	return out
}

// asking makes a client resolve names here.
func (s *nameServer) asking(c *http.Client) *http.Client {
	g := c.Transport.(*gate)
	g.base.DisableKeepAlives = true
	g.guarded.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", s.conn.LocalAddr().String())
	}}
	return c
}

func TestANameThatLeadsInsideIsRefusedWhateverItsAnswersAre(t *testing.T) {
	s, hits := tlsServer(t, ok)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	names := newNameServer(t)
	c := names.asking(NewClient(Options{TLS: trusting(s), Timeout: 5 * time.Second}))
	for _, addresses := range [][]string{
		{"127.0.0.1"}, {"10.0.0.1"}, {"169.254.169.254"}, {"0.0.0.0"}, {"100.64.0.1"}, {"::1"}, {"::ffff:127.0.0.1"}, {"64:ff9b::7f00:1"},
		{"2002:7f00:1::"}, {"fd00:ec2::254"}, {"192.168.0.1", "127.0.0.1"}, {"::1", "127.0.0.1"},
	} {
		names.says(addresses...)
		if _, err := get(t, c, "https://inside.example.org.:"+port+"/"); !errors.Is(err, delivery.ErrForbiddenAddress) {
			t.Errorf("%v: %v", addresses, err)
		}
	}
	if hits.Load() != 0 || names.asked.Load() == 0 {
		t.Errorf("%d requests arrived, %d names were asked", hits.Load(), names.asked.Load())
	}
}

// The first answer leads to where the client may go, the second one elsewhere: each connection is checked by itself.
func TestANameThatIsBoundAnewIsCheckedAnew(t *testing.T) {
	s, hits := tlsServer(t, ok)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.2:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	names := newNameServer(t)
	o, err := ParseAllow([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	o.TLS, o.Timeout = trusting(s), 5*time.Second
	c := names.asking(NewClient(o))
	url := "https://rebound.example.org.:" + port + "/"
	names.says("127.0.0.1")
	if body, err := get(t, c, url); err != nil || body != "ok" {
		t.Fatalf("%q %v", body, err)
	}
	names.says("127.0.0.2")
	if _, err := get(t, c, url); !errors.Is(err, delivery.ErrForbiddenAddress) {
		t.Errorf("bound anew: %v", err)
	}
	names.says("127.0.0.1")
	if _, err := get(t, c, url); err != nil || hits.Load() != 2 {
		t.Errorf("bound back: %v, %d requests", err, hits.Load())
	}
}
