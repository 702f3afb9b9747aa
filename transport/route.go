package transport

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pronto/internal/shed"
)

const apiPrefix = "/api/v1"

// route is one row of the REST interface.
type route struct {
	method, path string // path below /api/v1
	tag, summary string
	action       Action // what the gate is asked
	// late: the gate is asked by the handler, which knows the object; else it is asked before, about no object.
	late bool
	// public: no credential is demanded. Such a route must say here why.
	public   string
	body     any  // zero value of the request's struct; nil: no body is read
	patch    bool // the body is a merge patch
	raw      bool // the body belongs to a provider: any media type, kept as it is
	yaml     bool // with raw: nothing but JSON or YAML
	optional bool // the body may be absent
	limit    int  // bytes of the body
	// replay: a stored answer is given for a repeated Idempotency-Key. secret: it is kept in memory only.
	replay, secret bool
	unlimited      bool          // exempt from the rate of requests
	stream         bool          // the handler reads the body as it comes
	class          shed.Class    // of work that is refused under load; the zero class: it never is
	timeout        time.Duration // of the whole answer; 0: requestTimeout
	status         int           // of success; 0: 200, or 204 without a body
	also           []int
	// short serves a usual request without huma, which then only documents the route; false: it did nothing with this one.
	short func(w http.ResponseWriter, r *http.Request) bool
}

const metaRoute = "route"

// handle registers a route with a typed handler. The handler's error may be anything; see asRefusal.
func handle[I, O any](s *Server, r route, fn func(ctx context.Context, in *I) (*O, error)) {
	op := huma.Operation{
		Method: r.method, Path: apiPrefix + r.path, OperationID: operationID(r), Summary: r.summary, Tags: []string{r.tag},
		DefaultStatus: r.status, Metadata: map[string]any{metaRoute: &r}, MaxBodyBytes: -1,
	}
	if r.public == "" {
		op.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}}
	}
	if r.method == http.MethodPost && r.public == "" {
		op.Parameters = []*huma.Param{idempotencyParam()}
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		if r.method == http.MethodGet {
			err = s.durably(ctx, err)
		}
		if err != nil {
			return nil, s.problemOf(ctx, err)
		}
		return out, nil
	})
	s.routes = append(s.routes, r)
	s.documentBody(r)
}

// durably holds an answer, or the refusal err, back until what it tells is durable. A write needs no such wait: it is
// answered after its own sync, and everything that it has seen came before it in the log.
func (s *Server) durably(ctx context.Context, err error) error {
	if s.o.Durable == nil {
		return err
	}
	if failed := s.o.Durable(ctx); failed != nil {
		return fmt.Errorf("wait for the disk: %w", failed)
	}
	return err
}

// problemOf makes the answer of an error and notes an internal one for the access log.
func (s *Server) problemOf(ctx context.Context, err error) *problem {
	c := callOf(ctx)
	r, told := asRefusal(err)
	if !told {
		c.failure = err
	}
	return newProblem(r, c.requestID)
}

func operationID(r route) string {
	id := []byte{}
	for _, ch := range []byte(r.method + r.path) {
		switch {
		case ch >= 'A' && ch <= 'Z':
			id = append(id, ch+'a'-'A')
		case ch >= 'a' && ch <= 'z', ch >= '0' && ch <= '9':
			id = append(id, ch)
		case len(id) > 0 && id[len(id)-1] != '-' && ch != '}':
			id = append(id, '-')
		}
	}
	return string(id)
}

// adapter registers huma's operations on the server's mux, each behind the chain of its route.
type adapter struct{ server *Server }

// Handle registers one operation. It panics for a route without an action that the gate declares and without a reason
// to be public.
func (a *adapter) Handle(op *huma.Operation, next func(huma.Context)) {
	r, ok := op.Metadata[metaRoute].(*route)
	if !ok {
		panic(fmt.Sprintf("transport: %s %s was registered without a route", op.Method, op.Path))
	}
	a.server.mustBeDeclared(r.method+" "+r.path, r.action, r.public)
	a.server.mux.Handle(op.Method+" "+op.Path, a.server.guard(r, func(w http.ResponseWriter, req *http.Request) {
		if r.short == nil || !r.short(w, req) {
			next(newHumaContext(op, req, w))
		}
	}))
}

// ServeHTTP is part of huma's adapter; the server itself serves.
func (a *adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.server.mux.ServeHTTP(w, r) }

func (s *Server) mustBeDeclared(name string, action Action, public string) {
	if public != "" && action == "" {
		return
	}
	if action == "" || s.o.Gate != nil && !s.o.Gate.Declared(action) {
		panic(fmt.Sprintf("transport: %s has no action that the gate declares (%q)", name, action))
	}
}

// documentBody puts the request's body into the OpenAPI document; huma itself never reads a body here.
func (s *Server) documentBody(r route) {
	if r.body == nil && !r.raw {
		return
	}
	item := s.api.OpenAPI().Paths[apiPrefix+r.path]
	op := map[string]*huma.Operation{http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch}[r.method]
	media, schema := "application/json", &huma.Schema{}
	switch {
	case r.raw:
	case r.patch:
		media, schema = "application/merge-patch+json", InputSchema(s.api.OpenAPI().Components.Schemas, r.body, true)
	default:
		schema = InputSchema(s.api.OpenAPI().Components.Schemas, r.body, false)
	}
	op.RequestBody = &huma.RequestBody{Required: !r.optional, Content: map[string]*huma.MediaType{media: {Schema: schema}}}
}

func isInput(name string) bool {
	for _, suffix := range []string{"Input", "Patch"} {
		if len(name) > len(suffix) && name[len(name)-len(suffix):] == suffix {
			return true
		}
	}
	return false
}

// none is the output of routes that answer nothing.
type none struct{}

// bodyOf is the output of routes that answer an object.
type bodyOf[T any] struct {
	Status int
	ETag   string `header:"ETag"`
	Body   T
}

func answer[T any](v T) *bodyOf[T] { return &bodyOf[T]{Status: http.StatusOK, Body: v} }
