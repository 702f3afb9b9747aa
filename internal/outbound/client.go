package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	"pronto/transport/delivery"
)

// Limits of one request.
const (
	DefaultTimeout          = 20 * time.Second // what receivers of webhooks are promised
	DefaultMaxResponseBytes = 1 << 20

	dialTimeout         = 5 * time.Second
	handshakeTimeout    = 5 * time.Second
	idleTimeout         = 60 * time.Second
	maxHeaderBytes      = 64 << 10
	maxIdlePerHost      = 16
	maxPerHost          = 64
	maxIdle             = 256
	networkTCP4         = "tcp4"
	networkTCP6         = "tcp6"
	errSchemeOrUserinfo = "only https without user info"
)

// ErrTooLarge ends the reading of a response that is longer than allowed.
var ErrTooLarge = errors.New("response is too large")

// Options are the exceptions and limits of a client. The zero value allows nothing but public addresses over https.
type Options struct {
	AllowRanges      []netip.Prefix // addresses that may be reached although they are not public, also over http when named by number
	AllowHosts       []string       // "host" or "host:port" as in the URL: any address, also over http
	Timeout          time.Duration  // of a whole request; DefaultTimeout by default
	MaxResponseBytes int64          // DefaultMaxResponseBytes by default
	TLS              *tls.Config    // for tests against own certificates
}

// ParseAllow sorts a configured list of exceptions: CIDR ranges, addresses and host names.
func ParseAllow(entries []string) (Options, error) {
	var o Options
	for _, e := range entries {
		e = strings.ToLower(strings.TrimSpace(e))
		prefix, err := netip.ParsePrefix(e)
		if err == nil {
			o.AllowRanges = append(o.AllowRanges, prefix.Masked())
			continue
		}
		if ip, err := netip.ParseAddr(e); err == nil {
			o.AllowRanges = append(o.AllowRanges, netip.PrefixFrom(ip, ip.BitLen()))
			continue
		}
		if e == "" || strings.ContainsAny(e, "/@ ?#*") {
			return Options{}, fmt.Errorf("outbound exception %q is neither a range, nor an address, nor a host", e)
		}
		o.AllowHosts = append(o.AllowHosts, e)
	}
	return o, nil
}

// NewClient returns the client. It follows no redirects, uses no proxy and keeps no cookies.
func NewClient(o Options) *http.Client {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxResponseBytes <= 0 {
		o.MaxResponseBytes = DefaultMaxResponseBytes
	}
	g := &gate{o: o}
	g.guarded.Timeout, g.free.Timeout = dialTimeout, dialTimeout
	g.guarded.Control = g.control
	g.base = &http.Transport{
		DialContext:            g.dial,
		TLSClientConfig:        o.TLS,
		TLSHandshakeTimeout:    handshakeTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		MaxConnsPerHost:        maxPerHost,
		MaxResponseHeaderBytes: maxHeaderBytes,
		ForceAttemptHTTP2:      true,
	}
	return &http.Client{
		Transport:     g,
		Timeout:       o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// gate lets requests out.
type gate struct {
	o             Options
	base          *http.Transport
	guarded, free net.Dialer
}

// RoundTrip checks what can be checked before a name is resolved; control checks the rest.
func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.User != nil || r.URL.Scheme != "https" && (r.URL.Scheme != "http" || !g.mayBePlain(r)) {
		return nil, fmt.Errorf("%w: %s", delivery.ErrForbiddenAddress, errSchemeOrUserinfo)
	}
	response, err := g.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = &bounded{body: response.Body, left: g.o.MaxResponseBytes}
	return response, nil
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the transport.
func (g *gate) CloseIdleConnections() { g.base.CloseIdleConnections() }

func (g *gate) mayBePlain(r *http.Request) bool {
	if g.allowedHost(r.URL.Host) {
		return true
	}
	ip, err := netip.ParseAddr(r.URL.Hostname())
	return err == nil && within(ip, g.o.AllowRanges)
}

// allowedHost compares with and without the port.
func (g *gate) allowedHost(hostPort string) bool {
	hostPort = strings.ToLower(hostPort)
	if slices.Contains(g.o.AllowHosts, hostPort) {
		return true
	}
	host, _, err := net.SplitHostPort(hostPort)
	return err == nil && slices.Contains(g.o.AllowHosts, host)
}

func (g *gate) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if g.allowedHost(address) {
		return g.free.DialContext(ctx, network, address)
	}
	return g.guarded.DialContext(ctx, network, address)
}

// control runs for each address that a name resolved to, between socket and connect: the address seen here is the one that is
// connected to.
func (g *gate) control(network, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil || network != networkTCP4 && network != networkTCP6 {
		return delivery.ErrForbiddenAddress
	}
	ip := target.Addr()
	if public(ip) || within(ip, g.o.AllowRanges) {
		return nil
	}
	return delivery.ErrForbiddenAddress
}

// bounded fails a read beyond the limit instead of cutting silently.
type bounded struct {
	body io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n - 1, ErrTooLarge
	}
	return n, err
}

func (b *bounded) Close() error { return b.body.Close() }
