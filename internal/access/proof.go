package access

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Proof is what a host site vouches for about a visitor of its pages.
type Proof struct {
	Subject string // the customer's id there
	Name    string
	Email   string
	Phone   string
}

// ErrBadProof is every reason for which a proof is refused: whoever made it up learns nothing.
var ErrBadProof = errors.New("identity proof refused")

const (
	maxProofBytes = 4096
	proofLeeway   = time.Minute // between the clocks of the host site and this server
)

// CheckProof reads a JSON Web Token (RFC 7519) in compact form that is signed with HMAC-SHA256 (HS256) and nothing else.
// It must have sub and exp; nbf and aud are checked when they are there. The signature is compared in constant time and
// before anything in the token but the name of its algorithm is believed.
func CheckProof(token string, key []byte, audience string, now time.Time) (Proof, error) {
	head, rest, ok := strings.Cut(token, ".")
	body, signature, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 || len(token) > maxProofBytes || len(key) == 0 || !isHS256(head) {
		return Proof{}, ErrBadProof
	}
	given, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		return Proof{}, ErrBadProof
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(head + "." + body)) // a hash never fails
	if !hmac.Equal(given, mac.Sum(nil)) {
		return Proof{}, ErrBadProof
	}
	return readClaims(body, audience, now)
}

func isHS256(head string) bool {
	var h struct {
		Alg  string   `json:"alg"`
		Crit []string `json:"crit"`
	}
	return decodePart(head, &h) == nil && h.Alg == "HS256" && h.Crit == nil
}

func decodePart(part string, v any) error {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return ErrBadProof
	}
	if json.Unmarshal(raw, v) != nil {
		return ErrBadProof
	}
	return nil
}

func readClaims(body, audience string, now time.Time) (Proof, error) {
	var c struct {
		Subject   string    `json:"sub"`
		Expires   float64   `json:"exp"`
		NotBefore float64   `json:"nbf"`
		Audience  audiences `json:"aud"`
		Name      string    `json:"name"`
		Email     string    `json:"email"`
		Phone     string    `json:"phone_number"`
	}
	if err := decodePart(body, &c); err != nil {
		return Proof{}, err
	}
	at := float64(now.UnixMilli()) / 1000
	switch {
	case strings.TrimSpace(c.Subject) == "", c.Expires <= at-proofLeeway.Seconds(), c.NotBefore > at+proofLeeway.Seconds(), !c.Audience.allows(audience):
		return Proof{}, ErrBadProof
	}
	return Proof{Subject: c.Subject, Name: c.Name, Email: c.Email, Phone: c.Phone}, nil
}

// audiences is one name or a list of them (RFC 7519, 4.1.3).
type audiences []string

// UnmarshalJSON takes both forms.
func (a *audiences) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*a = audiences{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(data, &many); err != nil {
		return err
	}
	*a = many
	return nil
}

func (a audiences) allows(name string) bool {
	if len(a) == 0 {
		return true
	}
	for _, v := range a {
		if v == name {
			return true
		}
	}
	return false
}
