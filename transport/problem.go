package transport

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pronto/dispatch"
	"pronto/internal/shed"
	"pronto/protocol"
)

// Refusal is how a port says no. It holds nothing internal: all of it may travel.
type Refusal struct {
	Code       protocol.Code
	Fields     []protocol.FieldError
	Reason     string        // a stable word for ErrorData.Reason
	RetryAfter time.Duration // CodeOverloaded and CodeRateLimited
	MaxBytes   int64         // CodeTooLarge
}

func (e *Refusal) Error() string { return "refused: " + string(e.Code) }

// Refuse returns a *Refusal with nothing but its code.
func Refuse(code protocol.Code) error { return &Refusal{Code: code} }

func refuseField(pointer, code string) error {
	return &Refusal{Code: protocol.CodeBadRequest, Fields: []protocol.FieldError{{Pointer: pointer, Code: code}}}
}

// shedRetry is when who was refused under load should try again.
const shedRetry = 2 * time.Second

// asRefusal turns any error into what may travel. The bool is false for an error that is internal and must be logged.
func asRefusal(err error) (*Refusal, bool) {
	var own *Refusal
	var bad *protocol.Invalid
	var core *dispatch.Error
	switch {
	case errors.As(err, &own):
		return own, true
	case errors.As(err, &bad):
		return &Refusal{Code: protocol.CodeBadRequest, Fields: bad.Fields}, true
	case errors.As(err, &core):
		return refusalOfCore(core), core.Code != dispatch.CodeInternal
	case errors.Is(err, shed.ErrShed):
		return &Refusal{Code: protocol.CodeOverloaded, RetryAfter: shedRetry}, true
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &Refusal{Code: protocol.CodeOverloaded, RetryAfter: time.Second}, true
	default:
		return &Refusal{Code: protocol.CodeInternal}, false
	}
}

func refusalOfCore(e *dispatch.Error) *Refusal {
	r := &Refusal{Code: protocol.Code(e.Code).Info().Code}
	switch {
	case strings.HasPrefix(e.Detail, "/"):
		code := protocol.FieldInvalid
		if r.Code == protocol.CodeScriptRequired {
			code = protocol.FieldRequired
		}
		r.Fields = []protocol.FieldError{{Pointer: strings.TrimPrefix(e.Detail, "/data"), Code: code}}
	case r.Code == protocol.CodeOverloaded, r.Code == protocol.CodeRateLimited:
		r.RetryAfter = time.Second
	default:
		r.Reason = e.Detail
	}
	return r
}

func (e *Refusal) data() *protocol.ErrorData {
	if e.Reason == "" && e.RetryAfter == 0 && e.MaxBytes == 0 {
		return nil
	}
	return &protocol.ErrorData{Reason: e.Reason, RetryAfterMS: e.RetryAfter.Milliseconds(), MaxBytes: e.MaxBytes}
}

// wire returns the error of a reply frame.
func (e *Refusal) wire() *protocol.Error {
	out := &protocol.Error{Code: e.Code, Message: e.Code.Info().Text, Data: e.data()}
	if len(e.Fields) > 0 {
		if out.Data == nil {
			out.Data = &protocol.ErrorData{}
		}
		out.Data.Errors = e.Fields
	}
	return out
}

// problem is a problem document as huma writes it.
type problem struct{ protocol.Problem }

func (p *problem) Error() string  { return string(p.Code) }
func (p *problem) GetStatus() int { return p.Status }

// ContentType makes huma answer with the media type of problem documents.
func (p *problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders adds Retry-After where the client should wait.
func (p *problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.Data != nil && p.Data.RetryAfterMS > 0 {
		h.Set("Retry-After", strconv.FormatInt((p.Data.RetryAfterMS+999)/1000, 10))
	}
	return h
}

func newProblem(r *Refusal, requestID string) *problem {
	info := r.Code.Info()
	return &problem{protocol.Problem{
		Type: "about:blank", Title: info.Text, Status: info.Status, Code: info.Code,
		Errors: r.Fields, RequestID: requestID, Data: r.data(),
	}}
}

// setUpHuma replaces huma's error model, which echoes input values, and makes lists never null. Both are process-wide and
// always the same; once, because a process may make more than one server at a time.
var setUpHuma = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
		return newProblem(&Refusal{Code: codeOfStatus(status), Fields: fieldsOfHuma(errs)}, "")
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		return newProblem(&Refusal{Code: codeOfStatus(status), Fields: fieldsOfHuma(errs)}, callOf(ctx.Context()).requestID)
	}
})

var statusCodes = map[int]protocol.Code{
	http.StatusBadRequest: protocol.CodeBadRequest, http.StatusUnprocessableEntity: protocol.CodeBadRequest,
	http.StatusUnauthorized: protocol.CodeUnauthorized, http.StatusForbidden: protocol.CodeForbidden,
	http.StatusNotFound: protocol.CodeNotFound, http.StatusMethodNotAllowed: protocol.CodeMethodNotAllowed,
	http.StatusRequestEntityTooLarge: protocol.CodePayloadTooLarge, http.StatusUnsupportedMediaType: protocol.CodeUnsupportedMedia,
	http.StatusTooManyRequests: protocol.CodeRateLimited, http.StatusServiceUnavailable: protocol.CodeOverloaded,
}

func codeOfStatus(status int) protocol.Code {
	if code, ok := statusCodes[status]; ok {
		return code
	}
	return protocol.CodeInternal
}

// fieldsOfHuma keeps of huma's details where the problem is, never the value.
func fieldsOfHuma(errs []error) []protocol.FieldError {
	var out []protocol.FieldError
	for _, err := range errs {
		var detail huma.ErrorDetailer
		if !errors.As(err, &detail) {
			continue
		}
		d := detail.ErrorDetail()
		code := protocol.FieldInvalid
		switch {
		case strings.HasPrefix(d.Message, "required"):
			code = protocol.FieldRequired
		case strings.HasPrefix(d.Message, "unknown"):
			code = protocol.FieldUnknown
		case strings.Contains(d.Message, "RFC 3339"):
			code = protocol.FieldTime
		case strings.HasPrefix(d.Message, "expected number >"), strings.HasPrefix(d.Message, "expected number <"):
			code = protocol.FieldRange
		case strings.HasPrefix(d.Message, "expected length <="):
			code = protocol.FieldTooLong
		}
		out = append(out, protocol.FieldError{Pointer: strings.Replace(d.Location, ".", "/", 1), Code: code})
	}
	return out
}
