package transport

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"sync"
	"time"

	"pronto/protocol"
)

// replaying gives a request with a known Idempotency-Key its first answer again. Requests with one key run one at a
// time. Only answers of success are kept: a refusal changed nothing, so the request may be tried again.
func (s *Server) replaying(r *route, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		c := callOf(req.Context())
		if c.command == "" {
			next(w, req)
			return
		}
		release, err := s.flights.enter(req.Context(), c.principal.ID+"\x00"+c.command)
		if err != nil {
			s.refuse(w, req, err)
			return
		}
		defer release()
		if err := s.replayOrRun(r, next, w, req); err != nil {
			s.refuse(w, req, err)
		}
	}
}

func (s *Server) replayOrRun(r *route, next http.HandlerFunc, w http.ResponseWriter, req *http.Request) error {
	c := callOf(req.Context())
	answers := s.o.Answers
	if r.secret {
		answers = s.secrets
	}
	hash := requestHash(req, c.body)
	first, known, err := answers.Find(req.Context(), c.principal.ID, c.command)
	switch {
	case err != nil:
		return fmt.Errorf("find stored answer: %w", err)
	case known && first.Request != hash:
		return Refuse(protocol.CodeIdempotencyReused)
	case known:
		if err := s.durably(req.Context(), nil); err != nil {
			return err
		}
		replay(w, first)
		return nil
	}
	rec := &recorder{header: w.Header(), status: http.StatusOK}
	next(rec, req)
	if rec.status < 300 {
		kept := StoredAnswer{Request: hash, Status: rec.status, Header: keptHeaders(rec.header), Body: rec.body.Bytes()}
		if err := answers.Keep(req.Context(), c.principal.ID, c.command, kept); err != nil {
			return fmt.Errorf("keep answer: %w", err)
		}
	}
	w.WriteHeader(rec.status)
	_, _ = w.Write(rec.body.Bytes()) // the client is gone; its next try gets the stored answer
	return nil
}

func requestHash(req *http.Request, body []byte) string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%s %s\n", req.Method, req.URL.Path) // a hash never fails
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

func replay(w http.ResponseWriter, a StoredAnswer) {
	for name, value := range a.Header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // as above
}

func keptHeaders(h http.Header) map[string]string {
	kept := map[string]string{}
	for _, name := range []string{"Content-Type", "Etag", "Location"} {
		if v := h.Get(name); v != "" {
			kept[name] = v
		}
	}
	return kept
}

// recorder holds an answer back until it is kept.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// flights lets one request per key run at a time.
type flights struct {
	mu  sync.Mutex
	now map[string]chan struct{}
}

func newFlights() *flights { return &flights{now: map[string]chan struct{}{}} }

// enter waits until nobody else holds key. The release must be called.
func (f *flights) enter(ctx context.Context, key string) (release func(), err error) {
	for {
		f.mu.Lock()
		other, busy := f.now[key]
		if !busy {
			mine := make(chan struct{})
			f.now[key] = mine
			f.mu.Unlock()
			return func() { f.leave(key, mine) }, nil
		}
		f.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, &Refusal{Code: protocol.CodeOverloaded, RetryAfter: time.Second}
		}
	}
}

func (f *flights) leave(key string, mine chan struct{}) {
	f.mu.Lock()
	delete(f.now, key)
	f.mu.Unlock()
	close(mine)
}

// maxSecretAnswers bounds the answers that hold a secret and so are kept in memory only.
const maxSecretAnswers = 1024

// answerMemory is an Answers for answers that hold a secret: in memory, the oldest given up first.
type answerMemory struct {
	now   func() time.Time
	mu    sync.Mutex
	kept  map[string]StoredAnswer
	order []keptAnswer
}

type keptAnswer struct {
	key string
	at  time.Time
}

func newAnswerMemory(now func() time.Time) *answerMemory {
	return &answerMemory{now: now, kept: map[string]StoredAnswer{}}
}

// Find returns a kept answer.
func (m *answerMemory) Find(_ context.Context, principal, key string) (StoredAnswer, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expire()
	a, ok := m.kept[principal+"\x00"+key]
	return a, ok, nil
}

// Keep stores an answer for 24 h at most.
func (m *answerMemory) Keep(_ context.Context, principal, key string, a StoredAnswer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[principal+"\x00"+key] = a
	m.order = append(m.order, keptAnswer{principal + "\x00" + key, m.now()})
	m.expire()
	return nil
}

func (m *answerMemory) expire() {
	oldest := m.now().Add(-protocol.IdempotencyHours * time.Hour)
	for len(m.order) > 0 && (len(m.order) > maxSecretAnswers || m.order[0].at.Before(oldest)) {
		delete(m.kept, m.order[0].key)
		m.order = m.order[1:]
	}
}
