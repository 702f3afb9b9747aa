package outbound

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"pronto/transport/delivery"
)

// The headers of a Standard Webhooks request.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

const (
	secretPrefix   = "whsec_"
	minSecretBytes = 24 // the bounds of the specification
	maxSecretBytes = 64
	newSecretBytes = 32
	// Tolerance is how far a receiver's clock may be from the timestamp.
	Tolerance = 5 * time.Minute
)

// ErrBadSecret refuses what is not "whsec_" and 24 to 64 bytes in base64.
var ErrBadSecret = errors.New("not a webhook secret")

// Key signs webhooks. It prints as ***.
type Key struct{ raw []byte }

// String hides the key.
func (k Key) String() string { return "***" }

// GoString hides the key from %#v.
func (k Key) GoString() string { return "***" }

// NewSecret makes a secret to be shown once; ParseSecret makes it a key.
func NewSecret(random io.Reader) (string, error) {
	raw := make([]byte, newSecretBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("make webhook secret: %w", err)
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(raw), nil
}

// ParseSecret reads a secret in the form of the specification.
func ParseSecret(secret string) (Key, error) {
	encoded, ok := strings.CutPrefix(secret, secretPrefix)
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(raw) < minSecretBytes || len(raw) > maxSecretBytes {
		return Key{}, ErrBadSecret
	}
	return Key{raw: raw}, nil
}

// Sign returns one signature, "v1,…", over id, time and body.
func (k Key) Sign(id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, k.raw)
	_, _ = fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Verify is the receiver's side: it reports whether one of the header's signatures is k's and the time is near now.
func (k Key) Verify(header http.Header, body []byte, now time.Time) bool {
	seconds, err := strconv.ParseInt(header.Get(HeaderTimestamp), 10, 64)
	at := time.Unix(seconds, 0)
	if err != nil || len(k.raw) == 0 || now.Sub(at).Abs() > Tolerance {
		return false
	}
	want := k.Sign(header.Get(HeaderID), at, body)
	for _, given := range strings.Fields(header.Get(HeaderSignature)) {
		if hmac.Equal([]byte(given), []byte(want)) {
			return true
		}
	}
	return false
}

// Doer is what a Hook needs of an HTTP client.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Hook posts signed bodies to one address.
type Hook struct {
	Client Doer
	URL    string
	Keys   []Key // more than one while a secret is being replaced
	Now    func() time.Time
}

// Answer is what a receiver said. Its body, as far as the client let it be read, is for the driver to interpret and for
// nobody to see.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// errMalformed is the error of an address that no request can be made for.
var errMalformed = errors.New("address is malformed")

// Send posts body under id, which stays the same over attempts so that the receiver can tell repetitions. Its error, that
// there was no answer, never holds the address.
func (h Hook) Send(ctx context.Context, id string, body []byte) (*Answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("post webhook: %w", errMalformed)
	}
	now := h.Now()
	signatures := make([]string, len(h.Keys))
	for i, k := range h.Keys {
		signatures[i] = k.Sign(id, now, body)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Pronto")
	request.Header.Set(HeaderID, id)
	request.Header.Set(HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	if len(signatures) > 0 {
		request.Header.Set(HeaderSignature, strings.Join(signatures, " "))
	}
	response, err := h.Client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("post webhook: %w", withoutURL(err))
	}
	defer func() { _ = response.Body.Close() }()
	answer := &Answer{Status: response.StatusCode, Header: response.Header}
	answer.Body, _ = io.ReadAll(response.Body) // the status has decided; a cut body only loses the receiver's own id
	return answer, nil
}

// Post is Send with the outcome in the terms of delivery, and the answer's body.
func (h Hook) Post(ctx context.Context, id string, body []byte, attempt int) (delivery.Result, []byte, error) {
	answer, err := h.Send(ctx, id, body)
	switch {
	case errors.Is(err, errMalformed):
		return delivery.Result{State: delivery.Failed, Reason: delivery.ReasonBadAddress}, nil, err
	case err != nil:
		return delivery.AfterError(err, attempt), nil, err
	}
	result := delivery.AfterStatus(answer.Status, answer.Header, attempt)
	if result.State != delivery.Sent {
		return result, answer.Body, fmt.Errorf("post webhook: answered %d", answer.Status)
	}
	return result, answer.Body, nil
}

// withoutURL drops the address from a client's error: it may hold a receiver's key.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
