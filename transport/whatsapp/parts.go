package whatsapp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"unicode/utf8"

	"pronto/dispatch"
	"pronto/transport/delivery"
)

// The provider's limits for files by how they are shown.
const (
	MaxCaptionRunes = 1024
	maxImageBytes   = 5 << 20
	maxClipBytes    = 16 << 20 // sound and film
)

// How a file is shown. What fits no other way goes as a document.
const (
	kindImage    = "image"
	kindAudio    = "audio"
	kindVideo    = "video"
	kindDocument = "document"
)

// part is one of the provider's messages that a message becomes.
type part struct {
	text string // alone, or below the file
	file *delivery.File
	kind string
}

// partsOf takes a message apart: the provider knows no message with several files.
func partsOf(m delivery.Outgoing) []part {
	var parts []part
	below := ""
	if m.Text != "" && (len(m.Files) == 0 || kindOf(&m.Files[0]) == kindAudio || utf8.RuneCountInString(m.Text) > MaxCaptionRunes) {
		parts = append(parts, part{text: m.Text})
	} else {
		below = m.Text
	}
	for i := range m.Files {
		p := part{file: &m.Files[i], kind: kindOf(&m.Files[i])}
		if i == 0 {
			p.text = below
		}
		parts = append(parts, p)
	}
	return parts
}

// partMark stands, in what statuses give back, between a message's id and the number of a part that others follow.
const partMark = "#"

// callbackOf is what the statuses of part n give back. Only the last part stands for the message: those before it may be read
// while the rest waits.
func callbackOf(id dispatch.MessageID, n, parts int) string {
	if n == parts-1 {
		return string(id)
	}
	return string(id) + partMark + strconv.Itoa(n+1)
}

// kindOf is how the provider shows a file of this type and size.
func kindOf(f *delivery.File) string {
	switch f.Type {
	case "image/jpeg", "image/png":
		if f.Size <= maxImageBytes {
			return kindImage
		}
	case "audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg":
		if f.Size <= maxClipBytes {
			return kindAudio
		}
	case "video/mp4", "video/3gpp":
		if f.Size <= maxClipBytes {
			return kindVideo
		}
	}
	return kindDocument
}

// show makes the body of a part with a file.
func (p part) show(body *sendBody, id string) {
	m := &sendMedia{ID: id, Caption: p.text}
	body.Type = p.kind
	switch p.kind {
	case kindImage:
		body.Image = m
	case kindAudio:
		body.Audio = m
	case kindVideo:
		body.Video = m
	default:
		m.FileName = p.file.Name
		body.Document = m
	}
}

// upload gives the provider a file. Nothing of it reaches the contact yet, so a lost answer proves that nothing was taken.
func (s *Sender) upload(ctx context.Context, m delivery.Outgoing, f *delivery.File) (id string, r delivery.Result, err error) {
	request, done, err := s.uploadRequest(ctx, f)
	if err != nil {
		return "", delivery.Result{State: delivery.Retry, Reason: delivery.ReasonFile, RetryAfter: delivery.Backoff(m.Attempt)}, err
	}
	defer done()
	status, header, raw, err := s.exchange(request)
	if err != nil {
		r = delivery.AfterError(err, m.Attempt)
	} else {
		var answer struct {
			ID text `json:"id"`
		}
		if status == http.StatusOK && json.Unmarshal(raw, &answer) == nil && answer.ID != "" {
			return string(answer.ID), r, nil
		}
		if status == http.StatusOK {
			raw = nil
		}
		r, err = judge(status, header, raw, m.Attempt)
	}
	if r.State == delivery.Unknown || r.State == delivery.Sent {
		r = delivery.Result{State: delivery.Retry, Reason: delivery.ReasonUnavailable, RetryAfter: delivery.Backoff(m.Attempt)}
	}
	return "", r, errors.Join(fmt.Errorf("upload media"), err)
}

// uploadRequest streams the file; the length is told, which the provider wants.
func (s *Sender) uploadRequest(ctx context.Context, f *delivery.File) (*http.Request, func(), error) {
	var around bytes.Buffer
	form := multipart.NewWriter(&around)
	err := errors.Join(form.WriteField("messaging_product", "whatsapp"), form.WriteField("type", f.Type))
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", `form-data; name="file"; filename="`+asciiName(f.Name)+`"`)
	header.Set("Content-Type", f.Type)
	if err == nil {
		_, err = form.CreatePart(header)
	}
	before := around.Len()
	if err = errors.Join(err, form.Close()); err != nil {
		return nil, nil, fmt.Errorf("upload media: %w", err)
	}
	file, err := f.Open(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("upload media: %w", err)
	}
	raw := around.Bytes()
	body := io.MultiReader(bytes.NewReader(raw[:before]), file, bytes.NewReader(raw[before:]))
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.media, io.NopCloser(body))
	if err != nil {
		return nil, nil, errors.Join(errors.New("upload media: base address is malformed"), file.Close())
	}
	request.ContentLength = int64(len(raw)) + f.Size
	request.Header.Set("Content-Type", form.FormDataContentType())
	return request, func() { _ = file.Close() }, nil
}

// asciiName is a name that needs no quoting; the contact sees the one of the message.
func asciiName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, name)
}
