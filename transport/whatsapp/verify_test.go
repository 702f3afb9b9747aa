package whatsapp_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pronto/transport/whatsapp"
)

func TestOnlyTheChosenTokenIsVerified(t *testing.T) {
	got, err := whatsapp.Verify("chosen", "subscribe", "chosen", "1158201444")
	if err != nil || got != "1158201444" {
		t.Fatal(got, err)
	}
	for _, c := range []struct{ want, mode, token, challenge string }{
		{"chosen", "subscribe", "other", "1"},
		{"chosen", "subscribe", "", "1"},
		{"chosen", "unsubscribe", "chosen", "1"},
		{"chosen", "", "chosen", "1"},
		{"", "subscribe", "", "1"},
		{"chosen", "subscribe", "chosen", "<script>alert(1) </script>"},
		{"chosen", "subscribe", "chosen", "a\nb"},
		{"chosen", "subscribe", "chosen", strings.Repeat("1", 257)},
	} {
		if got, err := whatsapp.Verify(c.want, c.mode, c.token, c.challenge); !errors.Is(err, whatsapp.ErrNotVerified) || got != "" {
			t.Errorf("%+v: %q %v", c, got, err)
		}
	}
}

func TestOnlyTheRightSignatureOverTheRawBodyPasses(t *testing.T) {
	body := []byte(`{"object":"whatsapp_business_account"}`)
	good := whatsapp.Sign("secret", body)
	// Computed with `openssl dgst -sha256 -hmac secret`.
	if want := "sha256=03f6dd944ecab4ddac0e3dbc3923b2da4e12b03df679ae23a52efd78ca6056e0"; good != want {
		t.Errorf("signature %s, want %s", good, want)
	}
	if err := whatsapp.CheckSignature("secret", body, good); err != nil {
		t.Error(err)
	}
	if err := whatsapp.CheckSignature("secret", body, strings.ToUpper(good[7:])); !errors.Is(err, whatsapp.ErrNotVerified) {
		t.Errorf("without its prefix: %v", err)
	}
	for name, c := range map[string]struct {
		secret, header string
		body           []byte
	}{
		"no header":       {"secret", "", body},
		"no digest":       {"secret", "sha256=", body},
		"cut":             {"secret", good[:len(good)-2], body},
		"not hex":         {"secret", "sha256=zz", body},
		"another secret":  {"other", good, body},
		"another body":    {"secret", good, append([]byte(" "), body...)},
		"no secret":       {"", whatsapp.Sign("", body), body},
		"SHA-1's header":  {"secret", strings.Replace(good, "sha256", "sha1", 1), body},
		"longer than it ": {"secret", good + "00", body},
	} {
		if err := whatsapp.CheckSignature(c.secret, c.body, c.header); !errors.Is(err, whatsapp.ErrNotVerified) {
			t.Errorf("%s: %v", name, err)
		}
	}
	large := make([]byte, whatsapp.MaxBodyBytes+1)
	if err := whatsapp.CheckSignature("secret", large, whatsapp.Sign("secret", large)); !errors.Is(err, whatsapp.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

func TestTheWindowIsOpenFor24HoursAfterTheContactsLastMessage(t *testing.T) {
	last := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for at, want := range map[time.Time]bool{
		last: true, last.Add(24*time.Hour - 1): true, last.Add(24 * time.Hour): false, last.Add(-time.Hour): true,
	} {
		if got := whatsapp.WindowOpen(at, last); got != want {
			t.Errorf("at %s: %v", at, got)
		}
	}
	if whatsapp.WindowOpen(last, time.Time{}) || !whatsapp.WindowEnds(time.Time{}).IsZero() {
		t.Error("a contact who never wrote has no window")
	}
}
