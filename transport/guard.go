package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"pronto/internal/shed"
	"pronto/protocol"
)

// The session cookie of browsers. The prefix __Host- binds it to this host, to https (or localhost) and to the whole path.
const (
	secureCookie = "__Host-pronto"
	plainCookie  = "pronto_session"
)

// requestTimeout bounds the work of one request: beyond it the client is told to try again, while a command that has
// begun may still become durable, as its repetition with the same key will tell.
const requestTimeout = 20 * time.Second

// guard is the chain of one route: credential, rate, gate, body, idempotency, then the handler.
func (s *Server) guard(r *route, next http.HandlerFunc) http.HandlerFunc {
	if r.replay {
		next = s.replaying(r, next)
	}
	return func(w http.ResponseWriter, req *http.Request) {
		c := callOf(req.Context())
		c.route = r
		w.Header()["Cache-Control"] = noStore // answers are about people
		ctx, cancel := context.WithTimeout(req.Context(), s.timeout(w, r))
		defer cancel()
		req = req.WithContext(ctx)
		if err := s.admit(w, req, c); err != nil {
			s.refuse(w, req, err)
			return
		}
		leave, err := s.enter(ctx, r)
		if err != nil {
			s.refuse(w, req, err)
			return
		}
		defer leave()
		next(w, req)
	}
}

// noStore is shared by answers, as apiHeaders are.
var noStore = []string{"no-store"}

// enter waits for a place when the route's work is of a kind that is refused under load.
func (s *Server) enter(ctx context.Context, r *route) (leave func(), err error) {
	if r.class == shed.Trifles {
		return func() {}, nil
	}
	return s.o.Shed.Enter(ctx, r.class)
}

// timeout bounds the work of a request. Where the route has its own, the connection takes as long.
func (s *Server) timeout(w http.ResponseWriter, r *route) time.Duration {
	if r.timeout == 0 {
		return requestTimeout
	}
	// Without support, as in tests, the server's own deadline holds.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(r.timeout))
	return r.timeout
}

func (s *Server) admit(w http.ResponseWriter, req *http.Request, c *call) error {
	r := c.route
	if r.public == "" {
		p, err := s.authenticate(req)
		if err != nil {
			return err
		}
		c.principal = p
		if wait := s.rate(r, p); wait > 0 {
			return &Refusal{Code: protocol.CodeRateLimited, RetryAfter: wait}
		}
		if err := s.o.Gate.Can(p, r.action, Object{}); err != nil && (!r.late || never(err)) {
			return err
		}
	}
	if err := idempotencyKey(req, c); err != nil {
		return err
	}
	if r.stream || r.body == nil && !r.raw {
		return nil
	}
	return readBody(w, req, c)
}

// never says that the credential may not do this to any object: that is told before one is looked for, so that it says
// nothing about which exist.
func never(err error) bool {
	var refused *Refusal
	return errors.As(err, &refused) && refused.Code == protocol.CodeForbidden
}

func (s *Server) rate(r *route, p Principal) time.Duration {
	if r.unlimited {
		return 0
	}
	return s.rates.take(p.Credential)
}

// authenticate finds the credential: a bearer token, else a browser's cookie.
func (s *Server) authenticate(req *http.Request) (Principal, error) {
	token, ok := bearer(req)
	if !ok {
		cookie, err := req.Cookie(s.cookieName())
		if err != nil {
			return Principal{}, Refuse(protocol.CodeUnauthorized)
		}
		token = cookie.Value
	}
	return s.o.Accounts.ByToken(req.Context(), token)
}

func bearer(req *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(req.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(token), true
}

func (s *Server) cookieName() string {
	if s.o.PlainCookies {
		return plainCookie
	}
	return secureCookie
}

func (s *Server) cookie(token string, expires time.Time) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(), Value: token, Path: "/", Expires: expires, HttpOnly: true, Secure: !s.o.PlainCookies,
		SameSite: http.SameSiteLaxMode,
	}
}

// readBody reads the whole body within the route's limit. JSON routes demand JSON.
func readBody(w http.ResponseWriter, req *http.Request, c *call) error {
	limit := c.route.limit
	if limit == 0 {
		limit = protocol.MaxBodyBytes
	}
	if req.ContentLength != 0 && !c.route.takes(req.Header.Get("Content-Type")) {
		return Refuse(protocol.CodeUnsupportedMedia)
	}
	body, err := readBytes(http.MaxBytesReader(w, req.Body, int64(limit)), req.ContentLength)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return Refuse(protocol.CodePayloadTooLarge)
	case err != nil:
		return Refuse(protocol.CodeBadRequest)
	}
	c.body = body
	return nil
}

func (r *route) takes(contentType string) bool {
	return isJSON(contentType) || r.raw && (!r.yaml || isYAML(contentType))
}

// readBytes reads to the end. A small body of the announced size, -1 for unknown, takes one allocation.
func readBytes(r io.Reader, size int64) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(min(max(size, 0), 4<<10)) + bytes.MinRead) // the last read finds the end
	_, err := b.ReadFrom(r)
	return b.Bytes(), err
}

func isJSON(contentType string) bool {
	if contentType == "" || contentType == "application/json" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || media == "application/merge-patch+json")
}

// decode reads the request's body into v, a pointer to a struct of protocol. An absent optional body leaves v as it is.
func decode(ctx context.Context, v any) error {
	c := callOf(ctx)
	if len(c.body) == 0 && c.route.optional {
		return nil
	}
	return protocol.Decode(c.body, 0, v)
}

const maxIdempotencyKey = 255

// idempotencyKey takes the header over and refuses one that is no plain text of at most 255 characters.
func idempotencyKey(req *http.Request, c *call) error {
	key := req.Header.Get("Idempotency-Key")
	if len(key) > maxIdempotencyKey || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return refuseField("header/Idempotency-Key", protocol.FieldInvalid)
	}
	c.command = key
	return nil
}
