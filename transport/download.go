package transport

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
)

// filePolicy keeps a file that a browser opens by itself from doing anything.
const filePolicy = "default-src 'none'; sandbox; frame-ancestors 'none'"

// getFile gives out a file to who may read it: as a download, or for a picture that was drawn here, with ?inline=true, to be
// shown. Small pictures are always to be shown.
func (s *Server) getFile(w http.ResponseWriter, req *http.Request, little bool) error {
	id := dispatch.AttachmentID(req.PathValue("id"))
	if _, err := s.readableFile(req.Context(), id); err != nil {
		return err
	}
	f, err := s.o.Attachments.Open(req.Context(), id, little)
	if err != nil {
		return err
	}
	return s.serveFile(w, req, f, little || f.Drawn && req.URL.Query().Get("inline") == "true")
}

// getLinkedFile gives out a file to whoever has a link: always as a download. What does not hold is not there.
func (s *Server) getLinkedFile(w http.ResponseWriter, req *http.Request) error {
	id, q := dispatch.AttachmentID(req.PathValue("id")), req.URL.Query()
	expires, err := strconv.ParseInt(q.Get("expires"), 10, 64)
	if err != nil || !s.o.Attachments.Linked(id, expires, q.Get("signature")) {
		return Refuse(protocol.CodeNotFound)
	}
	f, err := s.o.Attachments.Open(req.Context(), id, false)
	if err != nil {
		return err
	}
	return s.serveFile(w, req, f, false)
}

// serveFile writes a file, or the part of it that was asked for, once its record is durable, and closes it. A file that turns out damaged ends before
// its last bytes, so that the client sees an answer cut short.
func (s *Server) serveFile(w http.ResponseWriter, req *http.Request, f File, inline bool) error {
	defer func() { _ = f.Close() }()
	if err := s.durably(req.Context(), nil); err != nil {
		return err
	}
	disposition := "attachment"
	if inline {
		disposition = "inline"
	}
	h := w.Header()
	h.Set("Content-Type", servedType(f.Type))
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Cache-Control", "private, no-cache") // a copy is asked about each time: who may read changes
	h.Set("ETag", `"`+f.Hash+`"`)
	watched := &watchedFile{File: f, call: callOf(req.Context())}
	http.ServeContent(newPace(w, req), req, "", time.Time{}, watched)
	return nil
}

// servedType is the type that a browser is told. What it could run is told as unknown bytes, whatever an organisation takes.
func servedType(kind string) string {
	for _, active := range []string{"html", "xml", "svg", "javascript", "ecmascript", "xsl"} {
		if strings.Contains(kind, active) && !strings.HasPrefix(kind, "application/vnd.") {
			return "application/octet-stream"
		}
	}
	if kind == "text/plain" {
		return "text/plain; charset=utf-8"
	}
	return kind
}

// watchedFile notes an error of reading for the access log: the answer has begun by then.
type watchedFile struct {
	File
	call *call
}

func (f *watchedFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	if err != nil && err != io.EOF && f.call.failure == nil { //nolint:errorlint // the bare value, as readers return it
		f.call.failure = fmt.Errorf("read file: %w", err)
	}
	return n, err
}

// sendable checks the attachments of a message and returns their ids.
func (s *Server) sendable(ctx context.Context, p Principal, conversation dispatch.ConversationID, list []string) ([]dispatch.AttachmentID, error) {
	if len(list) == 0 {
		return nil, nil
	}
	ids := make([]dispatch.AttachmentID, len(list))
	for i, id := range list {
		ids[i] = dispatch.AttachmentID(id)
	}
	return ids, s.o.Attachments.Sendable(ctx, p, conversation, ids)
}
