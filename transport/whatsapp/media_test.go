package whatsapp_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pronto/transport/whatsapp"
)

func TestAFileIsFetchedWholeOrNotAtAll(t *testing.T) {
	p, s := provider(t)
	data := bytes.Repeat([]byte("x"), 5000)
	good, bad := p.AddMedia("image/png", data), p.AddMedia("image/png", data)
	p.DamageMedia(bad)
	for name, c := range map[string]struct {
		id    string
		limit int64
		want  error
	}{
		"whole": {good, 5000, nil}, "too large": {good, 4999, whatsapp.ErrMediaTooLarge},
		"damaged": {bad, 1 << 20, whatsapp.ErrMediaDamaged}, "gone": {"media9", 5000, whatsapp.ErrMediaGone},
		"no id of the provider": {"../100", 5000, whatsapp.ErrMediaGone},
	} {
		var got bytes.Buffer
		mime, err := s.Fetch(t.Context(), c.id, &got, c.limit)
		if !errors.Is(err, c.want) || err == nil && (mime != "image/png" || !bytes.Equal(got.Bytes(), data)) {
			t.Errorf("%s: %d bytes of %q, %v", name, got.Len(), mime, err)
		}
	}
}

func TestTheWrongTokenFetchesNothing(t *testing.T) {
	p, _ := provider(t)
	id := p.AddMedia("image/png", []byte("x"))
	client := pipe{p}
	s := whatsapp.NewSender(whatsapp.SenderOptions{Client: client, PhoneNumberID: "100", AccessToken: "wrong-secret"})
	if _, err := s.Fetch(t.Context(), id, io.Discard, 10); err == nil || strings.Contains(err.Error(), "wrong-secret") {
		t.Errorf("got %v", err)
	}
}

// pipe answers requests by a handler, without a network.
type pipe struct{ h http.Handler }

func (c pipe) Do(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	r.Host = r.URL.Host
	c.h.ServeHTTP(w, r)
	return w.Result(), nil
}

func TestTheTokenIsNotSentInTheClearToAnotherServer(t *testing.T) {
	for address, want := range map[string]bool{
		"https://lookaside.example.com/file": true, "http://provider.example.com/file": true,
		"http://other.example.com/file": false, "http://user:x@provider.example.com/file": false, "/file": false, "": false, "ftp://provider.example.com/": false,
	} {
		var asked []string
		client := pipe{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.URL.String())
			if len(asked) == 1 {
				_, _ = io.WriteString(w, `{"url":"`+address+`","mime_type":"a/b"}`)
			}
		})}
		s := whatsapp.NewSender(whatsapp.SenderOptions{Client: client, BaseURL: "http://provider.example.com", PhoneNumberID: "100", AccessToken: accessToken})
		_, err := s.Fetch(t.Context(), "m1", io.Discard, 10)
		if (err == nil) != want || (len(asked) == 2) != want {
			t.Errorf("%s: asked %v, %v", address, asked, err)
		}
	}
}
