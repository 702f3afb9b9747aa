package transport

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"pronto/protocol"
)

const (
	maxUploads   = 64       // files on their way in at once
	framingBytes = 64 << 10 // of a multipart body around its file
	uploadField  = "file"
)

// upload is one request on its way.
type upload struct {
	s      *Server
	ctx    context.Context //nolint:containedctx // of one request
	c      *call
	form   *multipart.Reader
	name   string
	hash   string        // of the request, once its bytes are known
	first  *StoredAnswer // of an earlier request with the same key and bytes
	limits protocol.AttachmentLimits
}

// errReplay ends an upload whose answer is known.
var errReplay = errors.New("answer is known")

func (s *Server) postAttachment(w http.ResponseWriter, req *http.Request) error {
	select {
	case s.uploads <- struct{}{}:
		defer func() { <-s.uploads }()
	default:
		return &Refusal{Code: protocol.CodeOverloaded, RetryAfter: time.Second}
	}
	u := &upload{s: s, ctx: req.Context(), c: callOf(req.Context()), limits: s.o.Attachments.Limits()}
	if u.c.command != "" {
		release, err := s.flights.enter(u.ctx, u.c.principal.ID+"\x00"+u.c.command)
		if err != nil {
			return err
		}
		defer release()
	}
	a, err := u.run(w, req)
	if errors.Is(err, errReplay) && u.first != nil {
		replay(w, *u.first)
		return nil
	}
	if err != nil {
		w.Header().Set("Connection", "close") // what is left of the body is not worth reading
		return err
	}
	return u.created(w, a)
}

func (u *upload) run(w http.ResponseWriter, req *http.Request) (protocol.Attachment, error) {
	if req.ContentLength > u.limits.MaxBytes+framingBytes {
		return protocol.Attachment{}, u.tooLarge()
	}
	media, parameters, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" || parameters["boundary"] == "" {
		return protocol.Attachment{}, Refuse(protocol.CodeUnsupportedMedia)
	}
	body := http.MaxBytesReader(w, io.NopCloser(newPace(w, req)), u.limits.MaxBytes+framingBytes)
	u.form = multipart.NewReader(body, parameters["boundary"])
	part, err := u.form.NextPart()
	if err != nil || part.FormName() != uploadField {
		return protocol.Attachment{}, u.broken(err, protocol.FieldRequired)
	}
	u.name = part.FileName()
	a, err := u.s.o.Attachments.Upload(u.ctx, u.c.principal, Upload{
		Name: u.name, Expect: max(0, req.ContentLength-framingBytes), Body: partReader{u, part}, Confirm: u.confirm,
	})
	if err != nil && req.Context().Err() == nil {
		return a, err
	}
	if err != nil {
		return a, u.broken(req.Context().Err(), protocol.FieldInvalid)
	}
	return a, nil
}

func (u *upload) tooLarge() error {
	return &Refusal{
		Code: protocol.CodeTooLarge, MaxBytes: u.limits.MaxBytes,
		Fields: []protocol.FieldError{{Pointer: "/" + uploadField, Code: protocol.FieldTooLarge}},
	}
}

// broken gives an error of the body its code: too long, or not what it should be.
func (u *upload) broken(err error, code string) error {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return u.tooLarge()
	}
	return refuseField("/"+uploadField, code)
}

// confirm is asked when the file is here. Nothing may follow it, and a request that was answered before is not carried out
// again.
func (u *upload) confirm(sent [32]byte) error {
	if _, err := u.form.NextPart(); err != io.EOF { //nolint:errorlint // the bare value, as NextPart returns it
		return u.broken(err, protocol.FieldInvalid)
	}
	if u.c.command == "" {
		return nil
	}
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "POST %s\n%s\n%x", filePath, u.name, sent) // a hash never fails
	u.hash = hex.EncodeToString(h.Sum(nil))
	first, known, err := u.s.o.Answers.Find(u.ctx, u.c.principal.ID, u.c.command)
	switch {
	case err != nil:
		return fmt.Errorf("find stored answer: %w", err)
	case known && first.Request != u.hash:
		return Refuse(protocol.CodeIdempotencyReused)
	case known:
		u.first = &first
		return errReplay
	}
	return nil
}

func (u *upload) created(w http.ResponseWriter, a protocol.Attachment) error {
	var body bytes.Buffer
	if err := writeJSON(&body, a); err != nil {
		return fmt.Errorf("encode attachment: %w", err)
	}
	out := StoredAnswer{Request: u.hash, Status: http.StatusCreated, Body: body.Bytes(), Header: map[string]string{
		"Content-Type": "application/json", "Location": apiPrefix + filePath + "/" + a.ID,
	}}
	if u.c.command != "" {
		if err := u.s.o.Answers.Keep(u.ctx, u.c.principal.ID, u.c.command, out); err != nil {
			return fmt.Errorf("keep answer: %w", err)
		}
	}
	replay(w, out)
	return nil
}

// partReader gives the bytes of the file, and errors of the body the code that the client gets.
type partReader struct {
	u    *upload
	part io.Reader
}

func (r partReader) Read(p []byte) (int, error) {
	n, err := r.part.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // the bare value, as readers return it
		err = r.u.broken(err, protocol.FieldInvalid)
	}
	return n, err
}
