package scan_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"pronto/internal/scan"
)

// daemon is a clamd that takes at most limit bytes and knows one signature.
func daemon(t *testing.T, network, address string, limit int) string {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				fmt.Fprintf(conn, "%s\x00", verdict(conn, limit))
			}()
		}
	}()
	return l.Addr().String()
}

func verdict(conn io.Reader, limit int) string {
	command := make([]byte, len("zINSTREAM\x00"))
	if _, err := io.ReadFull(conn, command); err != nil || string(command) != "zINSTREAM\x00" {
		return "UNKNOWN COMMAND"
	}
	var all bytes.Buffer
	for {
		var size [4]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return "INSTREAM: broken. ERROR"
		}
		n := int64(binary.BigEndian.Uint32(size[:]))
		switch {
		case n == 0 && strings.Contains(all.String(), "EICAR"):
			return "stream: Eicar-Signature FOUND"
		case n == 0:
			return "stream: OK"
		case all.Len()+int(n) > limit:
			return "INSTREAM size limit exceeded. ERROR"
		}
		if _, err := io.CopyN(&all, conn, n); err != nil {
			return "INSTREAM: broken. ERROR"
		}
	}
}

func program(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20+1))
	switch {
	case r.Header.Get("Authorization") != "Bearer chave":
		w.WriteHeader(http.StatusUnauthorized)
	case err != nil || len(body) > 1<<20:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	default:
		fmt.Fprintf(w, `{"infected":%t,"name":"Eicar-Signature"}`, bytes.Contains(body, []byte("EICAR")))
	}
}

// scanners is one of each kind.
func scanners(t *testing.T) map[string]scan.Scanner {
	t.Helper()
	out := map[string]scan.Scanner{}
	make := func(name, kind, address, token string) {
		s, err := scan.New(kind, address, token)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = s
	}
	make("clamd over TCP", "clamd", daemon(t, "tcp", "127.0.0.1:0", 1<<20), "")
	make("clamd on a socket", "clamd", "unix:"+daemon(t, "unix", filepath.Join(t.TempDir(), "clamd.ctl"), 1<<20), "")
	web := httptest.NewServer(http.HandlerFunc(program))
	t.Cleanup(web.Close)
	make("HTTP", "http", web.URL, "chave")
	return out
}

func TestEveryScannerTellsCleanFromInfected(t *testing.T) {
	for name, s := range scanners(t) {
		for _, size := range []int{0, 1, 64 << 10, 300<<10 + 7} {
			clean := strings.Repeat("x", size)
			if v, err := s.Scan(t.Context(), strings.NewReader(clean)); err != nil || v.Infected {
				t.Errorf("%s, %d clean bytes: %+v %v", name, size, v, err)
			}
			if v, err := s.Scan(t.Context(), strings.NewReader(clean+"EICAR")); err != nil || !v.Infected || v.Name != "Eicar-Signature" {
				t.Errorf("%s, infected after %d bytes: %+v %v", name, size, v, err)
			}
		}
		if _, err := s.Scan(t.Context(), strings.NewReader(strings.Repeat("x", 2<<20))); !errors.Is(err, scan.ErrUnfit) {
			t.Errorf("%s, too large: %v", name, err)
		}
		broken := errors.New("disk")
		if _, err := s.Scan(t.Context(), io.MultiReader(strings.NewReader("x"), failing{broken})); !errors.Is(err, broken) {
			t.Errorf("%s, a file that cannot be read: %v", name, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Scan(ctx, strings.NewReader("x")); err == nil || errors.Is(err, scan.ErrUnfit) {
			t.Errorf("%s, ended: %v", name, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestWhatIsNoVerdictMayBeTriedAgain(t *testing.T) {
	answers := map[string]string{"nothing": "", "another command": "UNKNOWN COMMAND\x00", "no end": "stream: OK", "a long answer": strings.Repeat("x", 1<<20)}
	for name, text := range answers {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.CopyN(io.Discard, conn, 10)
			_, _ = io.WriteString(conn, text)
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, conn)
			conn.Close()
		}()
		s := scan.Clamd{Network: "tcp", Address: l.Addr().String()}
		if v, err := s.Scan(t.Context(), strings.NewReader("x")); err == nil || v.Infected || errors.Is(err, scan.ErrUnfit) {
			t.Errorf("clamd, %s: %+v %v", name, v, err)
		}
		l.Close()
	}
	for status, body := range map[int]string{200: `{"infected":"no"}`, 201: `{"infected":false}`, 204: "", 302: "", 401: "", 500: `{"infected":false}`} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}))
		s, err := scan.New("http", web.URL+"?key=segredo", "chave-secreta")
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Scan(t.Context(), strings.NewReader("x"))
		if err == nil || errors.Is(err, scan.ErrUnfit) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "segredo") {
			t.Errorf("status %d: %v", status, err)
		}
		web.Close()
		if _, err = s.Scan(t.Context(), strings.NewReader("x")); err == nil || strings.Contains(err.Error(), "segredo") {
			t.Errorf("nobody there: %v", err)
		}
	}
}

func TestTheScannersAddressIsChecked(t *testing.T) {
	for _, c := range [][2]string{{"clamd", ""}, {"clamd", "localhost"}, {"clamd", "unix:"}, {"http", ""}, {"http", "ftp://x/"}, {"http", "http://u:p@x/"}, {"other", "x:1"}} {
		if s, err := scan.New(c[0], c[1], ""); err == nil {
			t.Errorf("%v: %v", c, s)
		}
	}
	if s, err := scan.New("none", "", ""); s != nil || err != nil {
		t.Errorf("none: %v %v", s, err)
	}
}
