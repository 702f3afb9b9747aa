package transport

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"pronto/protocol"
)

// call is what the chain knows about one request. It belongs to the request's goroutine.
type call struct {
	requestID string
	principal Principal
	route     *route
	body      []byte
	command   string // Idempotency-Key of a route that is a command
	remote    netip.Addr
	failure   error // an internal error, for the log
}

type callKey struct{}

// callOf returns the request's call; outside the chain, an empty one.
func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

// chain wraps every request, also those outside the API.
func (s *Server) chain(next http.Handler) http.Handler {
	guarded := s.crossOrigin(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := s.o.Now()
		c := &call{requestID: "req_" + rand.Text(), remote: remoteOf(r)}
		r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
		rec := &statusWriter{ResponseWriter: w}
		securityHeaders(rec.Header())
		rec.Header().Set("X-Request-Id", c.requestID)
		defer func() {
			if p := recover(); p != nil {
				s.recovered(rec, r, c, p)
			}
			s.access(r, c, rec, s.o.Now().Sub(started))
		}()
		guarded.ServeHTTP(rec, r)
	})
}

// recovered answers a request whose handler panicked. http.ErrAbortHandler keeps its meaning.
func (s *Server) recovered(w *statusWriter, r *http.Request, c *call, p any) {
	if p == http.ErrAbortHandler { //nolint:errorlint // a panic value, compared as net/http does
		panic(p)
	}
	s.o.Log.Error().Str("request_id", c.requestID).Bytes("stack", debug.Stack()).Msg("handler panicked")
	c.failure = fmt.Errorf("panic in handler")
	if w.status == 0 {
		s.refuse(w, r, Refuse(protocol.CodeInternal))
	}
}

// access writes one line per request with a fixed list of fields: no query, no header, no body.
func (s *Server) access(r *http.Request, c *call, w *statusWriter, took time.Duration) {
	level := zerolog.DebugLevel
	if c.failure != nil {
		level = zerolog.ErrorLevel
	}
	e := s.o.Log.WithLevel(level)
	if !e.Enabled() {
		return
	}
	e = e.Str("request_id", c.requestID).Str("method", r.Method).Int("status", w.status).Int64("bytes", w.bytes).Dur("took", took)
	if c.route != nil {
		e = e.Str("route", c.route.path)
	}
	if c.principal.ID != "" {
		e = e.Str("principal", c.principal.ID)
	}
	if c.failure != nil {
		e = e.Err(c.failure)
	}
	e.Msg("request")
}

// refuse answers with a problem document outside huma.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problemOf(r.Context(), err)
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	if p.Code == protocol.CodeUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	if err := writeJSON(w, p); err != nil {
		callOf(r.Context()).failure = fmt.Errorf("write problem: %w", err)
	}
}

// apiHeaders are right for an API; the desk's and the documentation's own handlers replace the policy. Answers share the
// lists, which nobody appends to.
var apiHeaders = map[string][]string{
	"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
	"X-Content-Type-Options":       {"nosniff"},
	"Referrer-Policy":              {"no-referrer"},
	"Cross-Origin-Opener-Policy":   {"same-origin"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
	"Permissions-Policy":           {"camera=(), geolocation=(), microphone=()"},
}

func securityHeaders(h http.Header) { maps.Copy(h, apiHeaders) }

// crossOrigin refuses changes that another site's page makes with a browser's cookies, and answers the pre-flight of
// the origins that are allowed.
func (s *Server) crossOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	for origin := range s.origins {
		if err := guard.AddTrustedOrigin(origin); err != nil {
			panic(fmt.Sprintf("transport: allowed origin: %v", err))
		}
	}
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.refuse(w, r, Refuse(protocol.CodeForbidden)) }))
	inner, widget := guard.Handler(next), s.crossWidget(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isWidget(r) {
			widget.ServeHTTP(w, r)
			return
		}
		origin := r.Header.Get("Origin")
		if !s.origins[origin] {
			inner.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Expose-Headers", "ETag, Retry-After, X-Request-Id")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Add("Vary", "Origin")
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-Match")
			h.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

func remoteOf(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap()
}

// statusWriter remembers what was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader remembers the status.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
