package client_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"pronto/client"
	"pronto/protocol"
)

func api(t *testing.T, handler http.HandlerFunc) *client.REST {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return client.NewREST(s.URL+"/", s.Client())
}

func TestARequestCarriesItsCredentialAndConditions(t *testing.T) {
	r := api(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h := r.Header
		got := r.Method + " " + r.URL.String() + " " + h.Get("Authorization") + " " + h.Get("If-Match") + " " + h.Get("Idempotency-Key") + " " + h.Get("Content-Type") + " " + string(body)
		if want := `PATCH /api/v1/queues/que_1?x=y Bearer tok "7" key-1 application/json {"name":"Boletos"}`; got != want {
			t.Errorf("the server got\n%s, want\n%s", got, want)
		}
		_, _ = io.WriteString(w, `{"version":8}`)
	})
	r.SetToken("tok")
	var out struct{ Version int }
	err := r.Do(t.Context(), client.Request{
		Method: http.MethodPatch, Path: "/queues/que_1?x=y", IfMatch: "7", IdempotencyKey: "key-1",
		Body: map[string]string{"name": "Boletos"},
	}, &out)
	if err != nil || out.Version != 8 {
		t.Error(out, err)
	}
}

func TestARefusedRequestIsTyped(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		code protocol.Code
	}{
		"problem":      {`{"status":429,"code":"rate_limited","detail":"slower","request_id":"r1"}`, "rate_limited"},
		"proxy's page": {`<html>`, ""},
		"nothing":      {``, ""},
	} {
		r := api(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, c.body)
		})
		err := r.Do(t.Context(), client.Request{Method: http.MethodGet, Path: "/me"}, nil)
		var refused *client.APIError
		if !errors.As(err, &refused) || refused.Status != 429 || refused.Code != c.code || refused.RetryAfter != 3*time.Second {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

func TestAnAnswerThatIsNotJSONIsAnError(t *testing.T) {
	r := api(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") })
	var out protocol.User
	if err := r.Do(t.Context(), client.Request{Method: http.MethodGet, Path: "/me"}, &out); err == nil {
		t.Error("no error")
	}
	if err := r.Do(t.Context(), client.Request{Method: http.MethodGet, Path: "/me"}, nil); err != nil {
		t.Errorf("nobody wanted the answer: %v", err)
	}
}

func TestSigningInAndOutKeepsTheToken(t *testing.T) {
	s := newServer(t)
	r := client.NewREST(s.URL, s.Client())
	if _, err := r.Login(t.Context(), "ana", "wrong"); err == nil || r.Token() != "" {
		t.Error("a wrong password signed in")
	}
	session, err := r.Login(t.Context(), "ana", "right")
	if err != nil || session.User.Name != "Ana" || r.Token() != "tok1" {
		t.Errorf("%+v %v %q", session, err, r.Token())
	}
	ticket, err := r.Ticket(t.Context())
	if err != nil || ticket.Ticket != "tick1" {
		t.Errorf("%+v %v", ticket, err)
	}
}

func TestAnInboundMessageGoesToItsChannel(t *testing.T) {
	r := api(t, func(w http.ResponseWriter, r *http.Request) {
		var m protocol.InboundMessage
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil || m.ExternalID != "x1" || r.URL.EscapedPath() != "/api/v1/channels/chn%2F1/messages" {
			t.Errorf("%s %+v %v", r.URL, m, err)
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"conversation_id":"cnv_1","message_id":"msg_1","created_conversation":true}`)
	})
	a, err := r.Inbound(t.Context(), "chn/1", protocol.InboundMessage{ExternalID: "x1", Text: "oi"})
	if err != nil || a != (protocol.InboundAnswer{ConversationID: "cnv_1", MessageID: "msg_1", CreatedConversation: true}) {
		t.Errorf("%+v %v", a, err)
	}
}
