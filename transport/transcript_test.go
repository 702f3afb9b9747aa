package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"pronto/dispatch"
	"pronto/protocol"
)

// pages is a Transcripts that writes what it is told to, then fails as it is told to.
type pages struct {
	text string
	err  error
	seen TranscriptOptions
}

func (p *pages) Write(_ context.Context, w io.Writer, _ dispatch.ConversationID, o TranscriptOptions) error {
	p.seen = o
	if p.text != "" {
		if _, err := io.WriteString(w, p.text); err != nil {
			return err
		}
	}
	return p.err
}

func TestATranscriptIsAFileNamedAfterTheProtocolNumber(t *testing.T) {
	w := newWorld()
	o, p := w.options(), &pages{text: "%PDF-1.7 and so on"}
	o.Transcripts = p
	s := New(o)
	path := "/api/v1/conversations/" + string(talkID) + "/transcript.pdf"
	a := ask(t, s, "ana", "GET", path+"?notes=true&lang=es&zone=America/Sao_Paulo", "").wants(200)
	if a.body != p.text || a.header.Get("Content-Type") != "application/pdf" || a.header.Get("Content-Disposition") != `attachment; filename="2026-000001.pdf"` {
		t.Errorf("got %q with %v", a.body, a.header)
	}
	if p.seen != (TranscriptOptions{Notes: true, Language: "es", Zone: "America/Sao_Paulo"}) {
		t.Errorf("options %+v", p.seen)
	}
	ask(t, s, "bruno", "GET", path, "").refused(protocol.CodeNotFound)
	p.text, p.err = "", refuseField("query/lang", protocol.FieldNotAllowed)
	ask(t, s, "ana", "GET", path+"?lang=xx", "").refused(protocol.CodeBadRequest)
	w.denied = map[Action]error{ActTranscript: Refuse(protocol.CodeNotFound)}
	ask(t, s, "ana", "GET", path, "").refused(protocol.CodeNotFound)
}

func TestATranscriptThatBreaksOffIsNotAWholeFile(t *testing.T) {
	w := newWorld()
	o := w.options()
	o.Transcripts = &pages{text: "%PDF-1.7", err: errors.New("disk")}
	server := httptest.NewServer(New(o))
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/v1/conversations/"+string(talkID)+"/transcript.pdf", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer token-ana")
	res, err := server.Client().Do(req)
	if err != nil {
		return // cut off before the header was out
	}
	defer res.Body.Close()
	if _, err := io.ReadAll(res.Body); err == nil {
		t.Error("the answer ended as if it were whole")
	}
}

func TestAFileNameKeepsWhatIsSafe(t *testing.T) {
	for name, want := range map[string]string{"2026-000123": "2026-000123", "a\"b\r\nc/../d": "abcd", "": "transcript", "ção": "o"} {
		if got := fileName(name); got != want {
			t.Errorf("%q becomes %q", name, got)
		}
	}
}
