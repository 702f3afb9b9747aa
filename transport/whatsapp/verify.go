package whatsapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strings"
	"time"
)

// ErrNotVerified refuses a verification request or a signature. It does not say what was wrong.
var ErrNotVerified = errors.New("not verified")

// MaxBodyBytes bounds a webhook; the provider promises 3 MB at most.
const MaxBodyBytes = 3 << 20

const (
	signaturePrefix   = "sha256="
	maxChallengeBytes = 256
)

// Verify answers the provider's GET: the challenge, if mode is "subscribe" and token is the one chosen for the channel. An
// empty want verifies nothing. The challenge is echoed as plain text and has to be short and printable for that.
func Verify(want, mode, token, challenge string) (string, error) {
	wanted, given := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(token))
	equal := subtle.ConstantTimeCompare(wanted[:], given[:]) == 1
	if want == "" || !equal || mode != "subscribe" || len(challenge) > maxChallengeBytes {
		return "", ErrNotVerified
	}
	if strings.ContainsFunc(challenge, func(r rune) bool { return r < '!' || r > '~' }) {
		return "", ErrNotVerified
	}
	return challenge, nil
}

// CheckSignature compares the header X-Hub-Signature-256 with the HMAC of the raw body, in constant time. An empty secret
// accepts nothing.
func CheckSignature(secret string, body []byte, header string) error {
	if len(body) > MaxBodyBytes {
		return ErrTooLarge
	}
	given, ok := strings.CutPrefix(header, signaturePrefix)
	sum, err := hex.DecodeString(given)
	if secret == "" || !ok || err != nil || !hmac.Equal(sum, signature(secret, body)) {
		return ErrNotVerified
	}
	return nil
}

// Sign returns the header that CheckSignature accepts.
func Sign(secret string, body []byte) string {
	return signaturePrefix + hex.EncodeToString(signature(secret, body))
}

func signature(secret string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return mac.Sum(nil)
}

// Window is how long after a contact's last message free text may be sent.
const Window = 24 * time.Hour

// WindowEnds is when free text stops being accepted, given the time of the contact's last message; zero when there was none.
func WindowEnds(lastFromContact time.Time) time.Time {
	if lastFromContact.IsZero() {
		return time.Time{}
	}
	return lastFromContact.Add(Window)
}

// WindowOpen reports whether free text is accepted at now.
func WindowOpen(now, lastFromContact time.Time) bool { return now.Before(WindowEnds(lastFromContact)) }
