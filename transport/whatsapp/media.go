package whatsapp

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Why a file could not be fetched.
var (
	// ErrMediaGone: the provider does not have it (any more); it keeps files for 30 days.
	ErrMediaGone = errors.New("media is gone")
	// ErrMediaTooLarge: longer than the caller allows.
	ErrMediaTooLarge = errors.New("media is too large")
	// ErrMediaDamaged: its bytes are not those that the provider gave the hash of.
	ErrMediaDamaged = errors.New("media is damaged")
)

// mediaAnswer is where a file is and what it should be.
type mediaAnswer struct {
	URL    text `json:"url"`
	MIME   text `json:"mime_type"`
	SHA256 text `json:"sha256"`
}

// Fetch writes the file with the given id to dst and returns its MIME type as the provider has it. Bytes may have been written
// when an error is returned. The client must let maxBytes through; the one for sending need not.
func (s *Sender) Fetch(ctx context.Context, id string, dst io.Writer, maxBytes int64) (mime string, err error) {
	response, err := s.get(ctx, s.root+url.PathEscape(id))
	if err != nil {
		return "", fmt.Errorf("find media: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	_ = response.Body.Close()
	if err != nil {
		return "", fmt.Errorf("find media: %w", err)
	}
	var m mediaAnswer
	if json.Unmarshal(raw, &m) != nil || !s.mayCarryToken(string(m.URL)) {
		return "", fmt.Errorf("find media: answer has no address that may be used")
	}
	response, err = s.get(ctx, string(m.URL))
	if err != nil {
		return "", fmt.Errorf("fetch media: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(dst, hash), io.LimitReader(response.Body, maxBytes+1))
	switch want := digestOf(string(m.SHA256)); {
	case err != nil:
		return "", fmt.Errorf("fetch media: %w", err)
	case n > maxBytes:
		return "", ErrMediaTooLarge
	case want != nil && string(want) != string(hash.Sum(nil)):
		return "", ErrMediaDamaged
	}
	return string(m.MIME), nil
}

func (s *Sender) get(ctx context.Context, address string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("address is malformed")
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	response, err := s.client.Do(request)
	if err != nil {
		return nil, withoutURL(err)
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	_ = response.Body.Close()
	if response.StatusCode == http.StatusNotFound || response.StatusCode == http.StatusGone {
		return nil, ErrMediaGone
	}
	return nil, fmt.Errorf("answered %d", response.StatusCode)
}

// mayCarryToken: the token goes to where the provider points, but never unencrypted unless it is the configured server
// itself, such as a fake.
func (s *Sender) mayCarryToken(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	base, err := url.Parse(s.root)
	return u.Scheme == "https" || err == nil && u.Scheme == base.Scheme && u.Host == base.Host
}

// digestOf reads a SHA-256 in base64 or in hexadecimal, the provider writes both; nil for anything else.
func digestOf(s string) []byte {
	for _, read := range []func(string) ([]byte, error){hex.DecodeString, base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString} {
		if sum, err := read(s); err == nil && len(sum) == sha256.Size {
			return sum
		}
	}
	return nil
}
