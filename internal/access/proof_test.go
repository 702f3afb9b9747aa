package access_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"pronto/internal/access"
)

// sign makes a compact token of two JSON texts.
func sign(head, claims string, key []byte) string {
	enc := base64.RawURLEncoding
	body := enc.EncodeToString([]byte(head)) + "." + enc.EncodeToString([]byte(claims))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(body))
	return body + "." + enc.EncodeToString(mac.Sum(nil))
}

const hs256 = `{"alg":"HS256","typ":"JWT"}`

var proofKey = []byte("0123456789abcdef0123456789abcdef")

func TestAProofSaysWhoTheVisitorIs(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for _, claims := range []string{
		`{"sub":"u-1","exp":1800000060,"name":"Marina","email":"m@example.com","phone_number":"+5511999990000"}`,
		`{"sub":"u-1","exp":1799999950,"name":"Marina","email":"m@example.com","phone_number":"+5511999990000","nbf":1800000050,"aud":["x","chn_1"],"iat":1}`,
	} {
		p, err := access.CheckProof(sign(hs256, claims, proofKey), proofKey, "chn_1", now)
		if err != nil || p != (access.Proof{Subject: "u-1", Name: "Marina", Email: "m@example.com", Phone: "+5511999990000"}) {
			t.Errorf("%s: %+v, %v", claims, p, err)
		}
	}
}

func TestWhatProvesNothingIsRefused(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	const good = `{"sub":"u-1","exp":1800000060}`
	whole := sign(hs256, good, proofKey)
	for name, token := range map[string]string{
		"nothing":                "",
		"two parts":              strings.Join(strings.Split(whole, ".")[:2], "."),
		"four parts":             whole + ".x",
		"no signature":           whole[:strings.LastIndexByte(whole, '.')+1],
		"a changed claim":        strings.Replace(whole, ".", ".e", 1),
		"another key":            sign(hs256, good, append([]byte("x"), proofKey...)),
		"alg none":               sign(`{"alg":"none"}`, good, proofKey),
		"alg HS384":              sign(`{"alg":"HS384"}`, good, proofKey),
		"alg in another case":    sign(`{"alg":"hs256"}`, good, proofKey),
		"critical extensions":    sign(`{"alg":"HS256","crit":["b64"]}`, good, proofKey),
		"a head that is no JSON": sign(`x`, good, proofKey),
		"claims that are none":   sign(hs256, `[]`, proofKey),
		"over":                   sign(hs256, `{"sub":"u-1","exp":1799999940}`, proofKey),
		"no end":                 sign(hs256, `{"sub":"u-1"}`, proofKey),
		"not yet":                sign(hs256, `{"sub":"u-1","exp":1800000600,"nbf":1800000300}`, proofKey),
		"blank subject":          sign(hs256, `{"sub":" ","exp":1800000060}`, proofKey),
		"other audience":         sign(hs256, `{"sub":"u-1","exp":1800000060,"aud":"chn_2"}`, proofKey),
		"audience of numbers":    sign(hs256, `{"sub":"u-1","exp":1800000060,"aud":[1]}`, proofKey),
		"too long":               sign(hs256, `{"sub":"`+strings.Repeat("u", 4096)+`","exp":1800000060}`, proofKey),
	} {
		if p, err := access.CheckProof(token, proofKey, "chn_1", now); err == nil || p != (access.Proof{}) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	if _, err := access.CheckProof(sign(hs256, good, nil), nil, "chn_1", now); err == nil {
		t.Error("a channel without a key believes everybody")
	}
}

func FuzzCheckProof(f *testing.F) {
	f.Add(sign(hs256, `{"sub":"u-1","exp":1800000060}`, proofKey))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		p, err := access.CheckProof(token, proofKey, "chn_1", time.Unix(1_800_000_000, 0))
		if err == nil && p.Subject == "" {
			t.Errorf("%q proves that nobody is there", token)
		}
	})
}

func TestAVisitorsTokenStandsForOneId(t *testing.T) {
	token, id, err := access.NewVisitor(rand.Reader)
	if err != nil || id == "" || strings.Contains(token.Reveal(), id) {
		t.Fatalf("%q %v", id, err)
	}
	if again, ok := access.VisitorOf(token.Reveal()); !ok || again != id {
		t.Errorf("%q, %v", again, ok)
	}
	other, _, err := access.NewVisitor(rand.Reader)
	if err != nil || other == token {
		t.Errorf("the same token twice: %v", err)
	}
	for _, bad := range []string{"", token.Reveal() + "x", token.Reveal()[1:], "pat_" + token.Reveal()[4:]} {
		if _, ok := access.VisitorOf(bad); ok {
			t.Errorf("%q is a visitor", bad)
		}
	}
}
