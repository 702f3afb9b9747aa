package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pronto/internal/outbound"
)

func TestAChannelsConnectionIsTriedWithoutAMessage(t *testing.T) {
	t.Parallel()
	const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	key, err := outbound.ParseSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	status := http.StatusOK
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method == http.MethodPost && (!key.Verify(r.Header, body, time.Now()) || !strings.Contains(string(body), `"channel.test"`)) {
			t.Errorf("posted %s, %v", body, err)
		}
		if r.Method == http.MethodGet && (r.Header.Get("Authorization") != "Bearer token" || !strings.HasSuffix(r.URL.Path, "/4711")) {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.WriteHeader(status)
	}))
	defer receiver.Close()
	o := newOffice(t, t.TempDir())
	test := func(id string) (outcome, reason string) {
		got := o.must(200, "POST", "/channels/"+id+"/test", o.admin, nil)
		reason, _ = got["reason"].(string)
		return got["outcome"].(string), reason
	}
	channel := func(name, kind string, config object) string {
		return o.create("/channels", object{"name": name, "kind": kind, "queue_id": o.queue, "config": config})
	}
	bare := channel("Só entrada", "generic", object{})
	generic := channel("Integração", "generic", object{"url": receiver.URL, "secret": secret})
	whatsapp := channel("WhatsApp", "whatsapp", object{"phone_number_id": "4711", "access_token": "token", "api_url": receiver.URL})
	closed := channel("Longe", "generic", object{"url": "http://192.0.2.1:9/", "secret": secret})
	if got, _ := test(bare); got != "nothing_to_test" {
		t.Errorf("without an address: %s", got)
	}
	if got, reason := test(closed); got != "failed" || reason != "forbidden_address" {
		t.Errorf("where it may not go: %s %s", got, reason)
	}
	for _, id := range []string{generic, whatsapp} {
		status = http.StatusOK
		if got, reason := test(id); got != "ok" {
			t.Errorf("one that works: %s %s", got, reason)
		}
		status = http.StatusUnauthorized
		if got, reason := test(id); got != "failed" || reason != "channel_unauthorized" {
			t.Errorf("one that refuses: %s %s", got, reason)
		}
	}
	if got, _ := o.call("POST", "/channels/"+generic+"/test", o.ana, nil); got != 403 {
		t.Errorf("an agent tries it: %d", got)
	}
	if got, _ := o.call("POST", "/channels/chn_none/test", o.admin, nil); got != 404 {
		t.Errorf("none: %d", got)
	}
}
