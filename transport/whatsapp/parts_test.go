package whatsapp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pronto/dispatch"
	"pronto/transport/delivery"
	"pronto/transport/whatsapp/fake"
)

func fileOf(name, kind string, size int) delivery.File {
	data := bytes.Repeat([]byte(name[:1]), size)
	return delivery.File{ID: dispatch.AttachmentID("att_" + name), Name: name, Type: kind, Size: int64(size), Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(data)), nil
	}}
}

// shown is what the contact sees.
func shown(p *fake.Provider) []fake.Sent {
	var out []fake.Sent
	for _, s := range p.Sent() {
		out = append(out, fake.Sent{Kind: s.Kind, Text: s.Text, FileName: s.FileName})
	}
	return out
}

func TestAFileIsShownAsTheProviderCan(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		files []delivery.File
		want  []fake.Sent
	}{
		"a picture with its text":      {"veja", []delivery.File{fileOf("a.jpg", "image/jpeg", 1000)}, []fake.Sent{{Kind: "image", Text: "veja"}}},
		"a picture alone":              {"", []delivery.File{fileOf("a.png", "image/png", 1000)}, []fake.Sent{{Kind: "image"}}},
		"a document with its name":     {"segue", []delivery.File{fileOf("conta de luz.pdf", "application/pdf", 1000)}, []fake.Sent{{Kind: "document", Text: "segue", FileName: "conta de luz.pdf"}}},
		"a picture too large for one":  {"", []delivery.File{fileOf("a.jpg", "image/jpeg", 5<<20+1)}, []fake.Sent{{Kind: "document", FileName: "a.jpg"}}},
		"sound after its text":         {"ouça", []delivery.File{fileOf("a.ogg", "audio/ogg", 1000)}, []fake.Sent{{Text: "ouça"}, {Kind: "audio"}}},
		"film":                         {"", []delivery.File{fileOf("a.mp4", "video/mp4", 1000)}, []fake.Sent{{Kind: "video"}}},
		"a text too long for below it": {strings.Repeat("é", 1025), []delivery.File{fileOf("a.jpg", "image/jpeg", 10)}, []fake.Sent{{Text: strings.Repeat("é", 1025)}, {Kind: "image"}}},
		"several": {"oi", []delivery.File{fileOf("a.jpg", "image/jpeg", 10), fileOf("b.pdf", "application/pdf", 20), fileOf("c.ogg", "audio/ogg", 30)}, []fake.Sent{
			{Kind: "image", Text: "oi"}, {Kind: "document", FileName: "b.pdf"}, {Kind: "audio"},
		}},
	} {
		p, s := provider(t)
		m := outgoing()
		m.Text, m.Files = c.text, c.files
		got, err := s.Deliver(t.Context(), m)
		if err != nil || got.State != delivery.Sent || got.External == "" {
			t.Errorf("%s: %+v %v", name, got, err)
			continue
		}
		if diff := cmp.Diff(c.want, shown(p), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		next := 0
		for i, sent := range p.Sent() {
			want := "msg_1"
			if i < len(c.want)-1 {
				want = fmt.Sprint("msg_1#", i+1)
			}
			if sent.Callback != want {
				t.Errorf("%s: a part names %q, not %q", name, sent.Callback, want)
			}
			if sent.Media == "" {
				continue
			}
			kind, data := p.Media(sent.Media)
			if f := c.files[next]; kind != f.Type || len(data) != int(f.Size) || data[0] != f.Name[0] {
				t.Errorf("%s: file %d is %s of %d bytes", name, next, kind, len(data))
			}
			next++
		}
	}
}

func TestPartsThatGotThroughAreNotSentAgain(t *testing.T) {
	p, s := provider(t)
	m := outgoing()
	m.Text, m.Files = "oi", []delivery.File{fileOf("a.ogg", "audio/ogg", 10), fileOf("b.pdf", "application/pdf", 20)}
	p.FailUpload(fake.Failure{Status: 503})
	got, err := s.Deliver(t.Context(), m)
	if err == nil || got.State != delivery.Retry || got.Done != 1 || got.RetryAfter <= 0 {
		t.Fatalf("%+v %v", got, err)
	}
	m.Done, m.Attempt = got.Done, 2
	p.FailNext(fake.Failure{Status: 400, Code: 130429})
	got, err = s.Deliver(t.Context(), m)
	if err == nil || got.State != delivery.Retry || got.Done != 1 {
		t.Fatalf("%+v %v", got, err)
	}
	m.Done, m.Attempt = got.Done, 3
	if got, err = s.Deliver(t.Context(), m); err != nil || got.State != delivery.Sent {
		t.Fatalf("%+v %v", got, err)
	}
	want := []fake.Sent{{Text: "oi"}, {Kind: "audio"}, {Kind: "document", FileName: "b.pdf"}}
	if diff := cmp.Diff(want, shown(p)); diff != "" {
		t.Error(diff)
	}
}

func TestALostAnswerToAnUploadProvesThatNothingWasShown(t *testing.T) {
	for name, f := range map[string]fake.Failure{"a proxy": {Status: 502}, "no id": {Status: 200}, "busy": {Status: 429, Code: 130429}} {
		p, s := provider(t)
		m := outgoing()
		m.Files = []delivery.File{fileOf("a.jpg", "image/jpeg", 10)}
		p.FailUpload(f)
		if got, err := s.Deliver(t.Context(), m); err == nil || got.State != delivery.Retry || got.RetryAfter <= 0 || len(p.Sent()) != 0 {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

func TestAFileThatTheProviderDoesNotTakeFailsTheMessage(t *testing.T) {
	p, s := provider(t)
	m := outgoing()
	m.Files = []delivery.File{fileOf("a.gif", "image/gif", 10)}
	if got, err := s.Deliver(t.Context(), m); err == nil || got.State != delivery.Failed || got.Reason != delivery.ReasonRejected || len(p.Sent()) != 0 {
		t.Errorf("%+v %v", got, err)
	}
	m.Files[0].Open = func(context.Context) (io.ReadCloser, error) { return nil, errors.New("disk") }
	if got, err := s.Deliver(t.Context(), m); err == nil || got.State != delivery.Retry {
		t.Errorf("a file that cannot be read: %+v %v", got, err)
	}
}
