package outbound

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pronto/transport/delivery"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestASignatureIsTheSpecificationsExample(t *testing.T) {
	// The example of the Standard Webhooks specification.
	k, err := ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := k.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signed %s, want %s", got, want)
	}
}

func TestSecretsHaveTheSpecificationsForm(t *testing.T) {
	secret, err := NewSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k, err := ParseSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	if s := fmt.Sprintf("%v %#v %s", k, k, k); s != "*** *** ***" {
		t.Errorf("a key prints as %s", s)
	}
	for _, bad := range []string{"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_short", "whsec_%%%", "whsec_" + strings.Repeat("AAAA", 30)} {
		if _, err := ParseSecret(bad); !errors.Is(err, ErrBadSecret) {
			t.Errorf("%.10q: %v", bad, err)
		}
	}
}

func key(t *testing.T, fill string) Key {
	t.Helper()
	k, err := ParseSecret("whsec_" + strings.Repeat(fill, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAReceiverAcceptsTheRightKeyTimeAndBodyOnly(t *testing.T) {
	k, other := key(t, "A"), key(t, "B")
	body := []byte(`{"a":1}`)
	header := func(id string, at time.Time, signatures ...string) http.Header {
		h := http.Header{}
		h.Set(HeaderID, id)
		h.Set(HeaderTimestamp, fmt.Sprint(at.Unix()))
		h.Set(HeaderSignature, strings.Join(signatures, " "))
		return h
	}
	good := header("msg_1", noon, k.Sign("msg_1", noon, body))
	if !k.Verify(good, body, noon.Add(Tolerance)) {
		t.Error("a good one was refused")
	}
	if !k.Verify(header("msg_1", noon, other.Sign("msg_1", noon, body), k.Sign("msg_1", noon, body)), body, noon) {
		t.Error("one of two keys must do")
	}
	for name, refused := range map[string]bool{
		"another key":  other.Verify(good, body, noon),
		"no key":       Key{}.Verify(header("m", noon, Key{}.Sign("m", noon, body)), body, noon),
		"another body": k.Verify(good, []byte(`{"a":2}`), noon),
		"another id":   k.Verify(header("msg_2", noon, k.Sign("msg_1", noon, body)), body, noon),
		"too late":     k.Verify(good, body, noon.Add(Tolerance+time.Second)),
		"too early":    k.Verify(good, body, noon.Add(-Tolerance-time.Second)),
		"no header":    k.Verify(http.Header{}, body, noon),
	} {
		if refused {
			t.Errorf("%s was accepted", name)
		}
	}
}

func message() delivery.Outgoing {
	return delivery.Outgoing{
		Conversation: "cnv_1", Message: "msg_1", Seq: 4, To: delivery.Address{Kind: "phone", Value: "+5511999990000"},
		Text: "Olá", ReplyTo: "ext_9", Attempt: 1,
	}
}

func generic(t *testing.T, handler http.HandlerFunc) (Generic, Key) {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	o, err := ParseAllow([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	k := key(t, "A")
	return Generic{Hook{Client: NewClient(o), URL: s.URL + "/in?key=hunter2", Keys: []Key{k}, Now: func() time.Time { return noon }}}, k
}

func TestTheGenericChannelPostsASignedMessage(t *testing.T) {
	var got Event
	var valid bool
	var id string
	var k Key
	g, k := generic(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		valid, id = k.Verify(r.Header, body, noon), r.Header.Get("webhook-id")
		_ = json.Unmarshal(body, &got)
		_, _ = io.WriteString(w, `{"external_id":"ext_10"}`)
	})
	result, err := g.Deliver(t.Context(), message())
	if err != nil || result != (delivery.Result{State: delivery.Sent, External: "ext_10"}) {
		t.Fatalf("%+v %v", result, err)
	}
	want := Event{Type: EventMessage, Timestamp: noon, Data: EventPayload{
		ConversationID: "cnv_1", MessageID: "msg_1", Seq: 4,
		To: delivery.Address{Kind: "phone", Value: "+5511999990000"}, Text: "Olá", ReplyTo: "ext_9",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !valid || id != "msg_1" {
		t.Errorf("signature valid: %v, id %q", valid, id)
	}
}

func TestAReceiversAnswerDecides(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   delivery.State
	}{
		"taken":          {202, "", delivery.Sent},
		"taken, no json": {200, "<html>", delivery.Sent},
		"limited":        {429, "", delivery.Retry},
		"broken":         {500, "", delivery.Unknown},
		"refused":        {400, "", delivery.Failed},
		"redirected":     {302, "", delivery.Failed},
	} {
		g, _ := generic(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		})
		got, err := g.Deliver(t.Context(), message())
		if got.State != c.want || (err == nil) != (got.State == delivery.Sent) || got.External != "" {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

func TestAnUnreachableReceiverIsTriedAgainAndAForbiddenOneIsNot(t *testing.T) {
	g, _ := generic(t, ok)
	inside := g
	inside.Hook.Client = NewClient(Options{})
	got, err := inside.Deliver(t.Context(), message())
	if got != (delivery.Result{State: delivery.Failed, Reason: delivery.ReasonBadAddress}) || err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%+v %v", got, err)
	}
	closed := httptest.NewServer(http.HandlerFunc(ok))
	closed.Close()
	gone := g
	gone.Hook.URL = closed.URL
	if got, err := gone.Deliver(t.Context(), message()); got.State != delivery.Retry || err == nil {
		t.Errorf("%+v %v", got, err)
	}
	malformed := g
	malformed.Hook.URL = "https://exa mple.com/?key=hunter2"
	if got, err := malformed.Deliver(t.Context(), message()); got.State != delivery.Failed || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%+v %v", got, err)
	}
}
