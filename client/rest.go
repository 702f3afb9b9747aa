package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"pronto/protocol"
)

const (
	apiPrefix       = "/api/v1"
	restTimeout     = 30 * time.Second
	maxAnswerBytes  = 16 << 20
	maxIdleConns    = 64 // to one server: enough for the REST side of a load generator
	idleConnTimeout = 90 * time.Second
)

// REST calls the REST interface of one server. It is safe for concurrent use.
type REST struct {
	base string
	http *http.Client

	mu    sync.Mutex
	token string
}

// NewREST returns a caller for the server at base, such as "https://desk.example.com". A nil client gets one of its own.
func NewREST(base string, c *http.Client) *REST {
	if c == nil {
		c = &http.Client{Timeout: restTimeout, Transport: &http.Transport{
			Proxy:        http.ProxyFromEnvironment,
			MaxIdleConns: maxIdleConns, MaxIdleConnsPerHost: maxIdleConns, IdleConnTimeout: idleConnTimeout,
		}}
	}
	return &REST{base: strings.TrimSuffix(base, "/"), http: c}
}

// SetToken makes further calls carry the token; an empty one makes them carry none.
func (r *REST) SetToken(token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.token = token
}

// Token returns the token in use.
func (r *REST) Token() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.token
}

// Request is one REST call. Path is below /api/v1, with its query.
type Request struct {
	Method, Path   string
	Body           any    // sent as JSON; nil for none
	IfMatch        string // a version, for updates
	IdempotencyKey string
}

// Do sends q and reads the answer into out, unless that is nil. A refusal is an *APIError.
func (r *REST) Do(ctx context.Context, q Request, out any) error {
	request, err := r.request(ctx, q)
	if err != nil {
		return err
	}
	response, err := r.http.Do(request)
	if err != nil {
		return fmt.Errorf("call %s %s: %w", q.Method, q.Path, err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	if err != nil {
		return fmt.Errorf("read answer of %s %s: %w", q.Method, q.Path, err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return apiError(response, raw)
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("decode answer of %s %s: %w", q.Method, q.Path, err)
	}
	return nil
}

func (r *REST) request(ctx context.Context, q Request) (*http.Request, error) {
	var body io.Reader
	if q.Body != nil {
		raw, err := json.Marshal(q.Body)
		if err != nil {
			return nil, fmt.Errorf("encode %s %s: %w", q.Method, q.Path, err)
		}
		body = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, q.Method, r.base+apiPrefix+q.Path, body)
	if err != nil {
		return nil, fmt.Errorf("call %s %s: %w", q.Method, q.Path, err)
	}
	if q.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if token := r.Token(); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if q.IfMatch != "" {
		request.Header.Set("If-Match", strconv.Quote(q.IfMatch))
	}
	if q.IdempotencyKey != "" {
		request.Header.Set("Idempotency-Key", q.IdempotencyKey)
	}
	return request, nil
}

// apiError reads a refusal; raw need not be a problem document.
func apiError(response *http.Response, raw []byte) *APIError {
	e := &APIError{Status: response.StatusCode}
	if json.Unmarshal(raw, &e.Problem) == nil {
		e.Code, e.Detail = e.Problem.Code, e.Problem.Detail
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(min(seconds, 3600)) * time.Second
	}
	return e
}

// Login signs in, and makes further calls carry the new session's token.
func (r *REST) Login(ctx context.Context, login, password string) (protocol.Session, error) {
	var s protocol.Session
	err := r.Do(ctx, Request{Method: http.MethodPost, Path: "/login", Body: protocol.Login{Login: login, Password: password}}, &s)
	if err != nil {
		return protocol.Session{}, err
	}
	r.SetToken(s.Token)
	return s, nil
}

// Logout ends the session and drops its token.
func (r *REST) Logout(ctx context.Context) error {
	if err := r.Do(ctx, Request{Method: http.MethodPost, Path: "/logout"}, nil); err != nil {
		return err
	}
	r.SetToken("")
	return nil
}

// Ticket returns a ticket for one websocket.
func (r *REST) Ticket(ctx context.Context) (protocol.Ticket, error) {
	var t protocol.Ticket
	err := r.Do(ctx, Request{Method: http.MethodPost, Path: "/ws-tickets"}, &t)
	return t, err
}

// Inbound puts a contact's message into a generic channel. The same external id again gets the same answer.
func (r *REST) Inbound(ctx context.Context, channel string, m protocol.InboundMessage) (protocol.InboundAnswer, error) {
	var a protocol.InboundAnswer
	err := r.Do(ctx, Request{Method: http.MethodPost, Path: "/channels/" + url.PathEscape(channel) + "/messages", Body: m}, &a)
	return a, err
}
