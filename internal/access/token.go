package access

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"io"
	"strings"

	"pronto/dispatch"
)

// Secret is a value that proves something to whoever holds it. It prints as *** whatever the verb; Reveal gives it out.
type Secret string

// Reveal returns the secret itself, to be sent to its holder once.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret.
func (s Secret) String() string { return "***" }

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return "***" }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte("***"), nil }

// The forms of a secret:
//
//	pat_<secret><checksum>            API token
//	pst_<account>.<secret><checksum>  session token; the account is where its session is written down
//	pln_<account>.<secret><checksum>  link with which a person sets their password
//	pwt_…, pup_… and pvt_…            websocket ticket, set-up link and visitor of a web channel, as pat_
//
// The secret is 256 bits as 43 characters, the checksum the CRC-32 of all before it as 6: a mistyped or truncated token is
// told from a revoked one without a look at the disk, and leaked ones can be searched for.
const (
	prefixAPI     = "pat_"
	prefixSession = "pst_"
	prefixTicket  = "pwt_"
	prefixSetup   = "pup_"
	prefixLink    = "pln_"

	secretBytes     = 32
	secretChars     = 43
	checksumChars   = 6
	maxAccountChars = 64
)

var tokenEncoding = base64.RawURLEncoding.Strict()

type digest [sha256.Size]byte

// Credential names a session or an API token. It is comparable, safe to log and useless as proof.
type Credential struct {
	prefix  string // prefixSession, prefixAPI …
	account string // where the prefix names one: the agent's id
	hash    digest // SHA-256 of the whole token
}

// String returns a short public name of the credential.
func (c Credential) String() string {
	if c == (Credential{}) {
		return "none"
	}
	return c.prefix + hex.EncodeToString(c.hash[:16])
}

// Agent is whose session it is; empty for API tokens.
func (c Credential) Agent() dispatch.AgentID { return dispatch.AgentID(c.account) }

// withAccount says whether secrets of a prefix name the account whose document holds their hash.
func withAccount(prefix string) bool { return prefix == prefixSession || prefix == prefixLink }

// newToken makes a secret of the given prefix; account is empty except for those that name one.
func newToken(random io.Reader, prefix, account string) (Secret, error) {
	var raw [secretBytes]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(prefix)
	if withAccount(prefix) {
		b.WriteString(account)
		b.WriteByte('.')
	}
	b.WriteString(tokenEncoding.EncodeToString(raw[:]))
	b.WriteString(checksum(b.String()))
	return Secret(b.String()), nil
}

// parseToken checks the form and returns what the token names. It never tells whether the token is valid.
func parseToken(token string) (Credential, bool) {
	const prefixLen = len(prefixAPI)
	if len(token) < prefixLen+secretChars+checksumChars || len(token) > prefixLen+maxAccountChars+1+secretChars+checksumChars {
		return Credential{}, false
	}
	body, sum := token[:len(token)-checksumChars], token[len(token)-checksumChars:]
	if checksum(body) != sum {
		return Credential{}, false
	}
	prefix, rest := body[:prefixLen], body[prefixLen:]
	account, secret := "", rest
	if withAccount(prefix) {
		var found bool
		if account, secret, found = strings.Cut(rest, "."); !found || !isAccount(account) {
			return Credential{}, false
		}
	}
	if raw, err := tokenEncoding.DecodeString(secret); err != nil || len(raw) != secretBytes {
		return Credential{}, false
	}
	switch prefix {
	case prefixAPI, prefixSession, prefixTicket, prefixSetup, prefixLink, prefixVisitor:
		return Credential{prefix: prefix, account: account, hash: sha256.Sum256([]byte(token))}, true
	default:
		return Credential{}, false
	}
}

func isAccount(s string) bool {
	return s != "" && len(s) <= maxAccountChars && !strings.ContainsFunc(s, isNotIDLetter)
}

func checksum(s string) string {
	var raw [4]byte
	binary.BigEndian.PutUint32(raw[:], crc32.ChecksumIEEE([]byte(s)))
	return tokenEncoding.EncodeToString(raw[:])
}

// apiTokenID is the id under which an API token's document is kept and shown, derived from its hash so that the token
// itself can stay opaque.
func apiTokenID(hash digest) string { return "tok_" + hex.EncodeToString(hash[:13]) }
