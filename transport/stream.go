package transport

import (
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// streamTimeout bounds the transfer of one file, which also has to move.
const streamTimeout = 10 * time.Minute

// stall is how long a transfer may stand still before it is cut.
const stall = 30 * time.Second

// streamed is the part of a stream's documentation that cannot be read from a handler's types.
type streamed struct {
	parameters []*huma.Param
	body       *huma.RequestBody
	answer     *huma.Response
}

// stream registers a route whose body or answer is a file: a plain handler behind the same chain. fn answers by itself, or
// returns an error before it has begun to.
//
// A handler of a GET waits with durably before the first byte of what it has read.
func (s *Server) stream(r route, doc streamed, fn func(w http.ResponseWriter, req *http.Request) error) {
	r.stream, r.timeout = true, streamTimeout
	op := &huma.Operation{
		Method: r.method, Path: apiPrefix + r.path, OperationID: operationID(r), Summary: r.summary, Tags: []string{r.tag},
		Parameters: doc.parameters, RequestBody: doc.body, Responses: map[string]*huma.Response{
			strconv.Itoa(r.status): doc.answer,
			"default": {Description: "Error", Content: map[string]*huma.MediaType{
				"application/problem+json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[problem](), true, "")},
			}},
		},
	}
	if r.public == "" {
		op.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}}
	}
	s.api.OpenAPI().AddOperation(op)
	s.mustBeDeclared(r.method+" "+r.path, r.action, r.public)
	s.mux.Handle(r.method+" "+apiPrefix+r.path, s.guard(&r, func(w http.ResponseWriter, req *http.Request) {
		err := fn(w, req)
		if err != nil && r.method == http.MethodGet {
			err = s.durably(req.Context(), err) // a refusal tells what was read, too
		}
		if err != nil {
			s.refuse(w, req, err)
		}
	}))
	s.routes = append(s.routes, r)
}

// jsonAnswer describes an answer of one object.
func (s *Server) jsonAnswer(description string, of reflect.Type) *huma.Response {
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{
		"application/json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(of, true, "")},
	}}
}

// pace moves a connection's deadlines on as long as bytes move: a file may take longer than the server's time-outs, but may
// not stand still. It is both sides of one request.
type pace struct {
	http.ResponseWriter
	control *http.ResponseController
	body    interface{ Read(p []byte) (int, error) }
}

func newPace(w http.ResponseWriter, req *http.Request) *pace {
	return &pace{ResponseWriter: w, control: http.NewResponseController(w), body: req.Body}
}

func (p *pace) Read(b []byte) (int, error) {
	now := time.Now()
	_ = p.control.SetReadDeadline(now.Add(stall)) // a recorder in a test has no connection
	_ = p.control.SetWriteDeadline(now.Add(2 * stall))
	return p.body.Read(b)
}

func (p *pace) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(stall))
	return p.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (p *pace) Unwrap() http.ResponseWriter { return p.ResponseWriter }
