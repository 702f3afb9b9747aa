package transport

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"pronto/dispatch"
	"pronto/internal/shed"
)

// TranscriptOptions are a reader's choices for a transcript.
type TranscriptOptions struct {
	Notes    bool
	Language string // a BCP 47 tag; empty: the first one
	Zone     string // an IANA name; empty: the server's
}

// Transcripts composes documents of conversations.
type Transcripts interface {
	// Write streams the conversation as a PDF. A *Refusal comes before the first byte; an error after it leaves a file
	// that is not whole. CodeBadRequest with the field for an unknown language or zone, CodeOverloaded when many are being
	// written.
	Write(ctx context.Context, w io.Writer, id dispatch.ConversationID, o TranscriptOptions) error
}

type transcriptIn struct {
	ID    string `path:"id" maxLength:"64" doc:"cnv_…"`
	Notes bool   `query:"notes" doc:"With the internal notes; every page then carries a warning"`
	Lang  string `query:"lang" maxLength:"35" doc:"pt-BR, en or es; pt-BR when absent" example:"pt-BR"`
	Zone  string `query:"zone" maxLength:"64" doc:"Time zone of its times, by its IANA name; that of the queue's opening hours when absent, else the server's" example:"America/Sao_Paulo"`
}

func (s *Server) registerTranscript() {
	r := route{
		method: http.MethodGet, path: "/conversations/{id}/transcript.pdf", tag: "conversations", late: true, action: ActTranscript, timeout: transcriptTimeout, class: shed.Reports,
		summary: "The conversation as a PDF, for who owns or owned it and for supervisors",
	}
	handle(s, r, s.getTranscript)
	op := s.api.OpenAPI().Paths[apiPrefix+r.path].Get
	op.Responses["200"] = &huma.Response{
		Description: "A tagged PDF, named after the protocol number",
		Content:     map[string]*huma.MediaType{pdfType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}
}

// transcriptTimeout is for the longest conversations over slow lines: 14 MB for 100 000 messages.
const transcriptTimeout = 3 * time.Minute

const pdfType = "application/pdf"

func (s *Server) getTranscript(ctx context.Context, in *transcriptIn) (*huma.StreamResponse, error) {
	c, err := s.readable(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.o.Gate.Can(callOf(ctx).principal, ActTranscript, c.Object); err != nil {
		return nil, err
	}
	if err := s.readTranscript(ctx, callOf(ctx).principal, c.Head.ID, in.Notes); err != nil {
		return nil, err
	}
	o := TranscriptOptions{Notes: in.Notes, Language: in.Lang, Zone: in.Zone}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		file := &lateFile{w: w, name: fileName(c.Head.Protocol), durable: func() error { return s.durably(r.Context(), nil) }}
		err := s.o.Transcripts.Write(r.Context(), file, c.Head.ID, o)
		switch {
		case err == nil:
		case !file.begun:
			s.refuse(w, r, err)
		default:
			callOf(ctx).failure = err
			panic(http.ErrAbortHandler) // the reader must not take it for a whole file
		}
	}}, nil
}

// lateFile is an answer whose headers are those of a file once there is something in it, so that a failure before that
// is answered as one.
type lateFile struct {
	w       http.ResponseWriter
	name    string
	begun   bool
	durable func() error // returns once what was read so far is
}

// Write writes on what is durable.
func (f *lateFile) Write(b []byte) (int, error) {
	if err := f.durable(); err != nil {
		return 0, err
	}
	if !f.begun {
		f.begun = true
		f.w.Header().Set("Content-Type", pdfType)
		f.w.Header().Set("Content-Disposition", `attachment; filename="`+f.name+`.pdf"`)
	}
	return f.w.Write(b)
}

// fileName keeps what is safe in a header and in every file system.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' {
			return r
		}
		return -1
	}, name)
	if name == "" {
		return "transcript"
	}
	return name
}
