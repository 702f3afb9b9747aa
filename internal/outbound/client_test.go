package outbound

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pronto/transport/delivery"
)

func TestOnlyPublicUnicastAddressesAreReached(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8": true, "157.240.0.1": true, "1.1.1.1": true, "100.63.255.255": true, "100.128.0.1": true, "172.32.0.1": true,
		"2606:4700::1111": true, "2a03:2880::1": true,

		"0.0.0.0": false, "127.0.0.1": false, "127.8.8.8": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "100.127.255.255": false, "192.0.0.192": false,
		"192.0.2.1": false, "198.18.0.1": false, "198.51.100.1": false, "203.0.113.1": false, "224.0.0.1": false, "240.0.0.1": false,
		"255.255.255.255": false,
		"::":              false, "::1": false, "fe80::1": false, "fec0::1": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false,
		"::ffff:8.8.8.8": false, "::ffff:127.0.0.1": false, "::127.0.0.1": false, "64:ff9b::7f00:1": false, "64:ff9b:1::1": false,
		"2002:7f00:1::": false, "2001::1": false, "2001:db8::1": false, "100::1": false, "fe80::1%eth0": false, "3fff::1": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	if public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

// tlsServer counts what reaches it and answers with handler.
func tlsServer(t *testing.T, handler http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var hits atomic.Int32
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s, &hits
}

func trusting(s *httptest.Server) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{RootCAs: pool, ServerName: "example.com", MinVersion: tls.VersionTLS12}
}

func get(t *testing.T, c *http.Client, url string) (string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }

func TestInsideAddressesAreRefusedWhenDialledHoweverTheyAreNamed(t *testing.T) {
	s, hits := tlsServer(t, ok)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := NewClient(Options{TLS: trusting(s)})
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1"} {
		if _, err := get(t, c, "https://"+host+":"+port+"/"); err == nil {
			t.Errorf("%s was reached", host)
		} else if !errors.Is(err, delivery.ErrForbiddenAddress) && host != "127.1" && host != "[::1]" {
			t.Errorf("%s: %v", host, err)
		}
	}
	if hits.Load() != 0 {
		t.Error("a request arrived")
	}
}

func TestExceptionsAreExact(t *testing.T) {
	s, _ := tlsServer(t, ok)
	plain := httptest.NewServer(http.HandlerFunc(ok))
	t.Cleanup(plain.Close)
	_, port, _ := net.SplitHostPort(plain.Listener.Addr().String())
	for _, c := range []struct {
		allow []string
		url   string
		ok    bool
	}{
		{[]string{"127.0.0.0/8"}, s.URL, true},
		{[]string{"127.0.0.1"}, s.URL, true},
		{[]string{"127.0.0.2"}, s.URL, false},
		{[]string{"10.0.0.0/8", "other.example"}, s.URL, false},
		{[]string{"127.0.0.0/8"}, plain.URL, true},
		{[]string{"127.0.0.0/8"}, "http://localhost:" + port, false}, // a name may lead anywhere: https only
		{[]string{"localhost"}, "http://localhost:" + port, true},
		{[]string{"LocalHost:" + port}, "http://localhost:" + port, true},
		{[]string{"localhost:1"}, "http://localhost:" + port, false},
		{[]string{"127.0.0.1"}, "ftp://127.0.0.1:" + port, false},
		{[]string{"127.0.0.1"}, "http://user:pass@127.0.0.1:" + port, false},
	} {
		o, err := ParseAllow(c.allow)
		if err != nil {
			t.Fatal(err)
		}
		o.TLS = trusting(s)
		body, err := get(t, NewClient(o), c.url)
		if (err == nil && body == "ok") != c.ok {
			t.Errorf("%v %s: %q %v", c.allow, c.url, body, err)
		}
		if !c.ok && !errors.Is(err, delivery.ErrForbiddenAddress) {
			t.Errorf("%v %s: %v, want ErrForbiddenAddress", c.allow, c.url, err)
		}
	}
	for _, bad := range []string{"", "https://x", "10.0.0.0/40", "*.example.com", "a b"} {
		if _, err := ParseAllow([]string{bad}); err == nil {
			t.Errorf("%q was taken for an exception", bad)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	inside, hits := tlsServer(t, ok)
	s, _ := tlsServer(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inside.URL, http.StatusFound) })
	o, _ := ParseAllow([]string{"127.0.0.1"})
	o.TLS = trusting(s)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := NewClient(o).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusFound || hits.Load() != 0 {
		t.Errorf("status %d, %d requests behind the redirect", response.StatusCode, hits.Load())
	}
}

func TestALongResponseIsAnErrorAndNotCut(t *testing.T) {
	const limit = 1000
	for size, want := range map[int]error{0: nil, 1: nil, limit - 1: nil, limit: nil, limit + 1: ErrTooLarge, 50 * limit: ErrTooLarge} {
		s, _ := tlsServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("x"), size)) })
		o, _ := ParseAllow([]string{"127.0.0.1"})
		o.TLS, o.MaxResponseBytes = trusting(s), limit
		body, err := get(t, NewClient(o), s.URL)
		if !errors.Is(err, want) || len(body) != min(size, limit) {
			t.Errorf("%d bytes: read %d, %v", size, len(body), err)
		}
	}
}

func TestASlowServerEndsAtTheTimeout(t *testing.T) {
	release := make(chan struct{})
	s, _ := tlsServer(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	o, _ := ParseAllow([]string{"127.0.0.1"})
	o.TLS, o.Timeout = trusting(s), 50*time.Millisecond
	_, err := get(t, NewClient(o), s.URL)
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("got %v", err)
	}
	if got := delivery.AfterError(err, 1).State; got != delivery.Unknown {
		t.Errorf("a timeout proves nothing, got %s", got)
	}
}

// It is what webhooks promise their receivers.
func TestAnAnswerMayTakeTwentySeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClient(Options{AllowHosts: []string{"crm.example"}})
		c.Transport.(*gate).base.DialContext = func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				defer func() { _ = far.Close() }()
				if r, err := http.ReadRequest(bufio.NewReader(far)); err == nil {
					_, _ = io.Copy(io.Discard, r.Body)
				}
				<-time.After(19 * time.Second)
				_, _ = io.WriteString(far, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			}()
			return near, nil
		}
		if _, err := get(t, c, "http://crm.example/"); err != nil {
			t.Error(err)
		}
	})
}

func TestTheEnvironmentsProxyIsNotUsed(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(ok))
	defer proxy.Close()
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("HTTP_PROXY", proxy.URL)
	g := NewClient(Options{}).Transport.(*gate)
	if g.base.Proxy != nil {
		t.Error("a proxy would resolve names out of the check's sight")
	}
}

func TestErrorsNameNoUserinfo(t *testing.T) {
	_, err := get(t, NewClient(Options{}), "https://user:hunter2@example.com/")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}
