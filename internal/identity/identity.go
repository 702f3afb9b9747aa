package identity

import (
	"strings"
	"unicode/utf8"
)

// Kind says what an identity's value means. It is the wire value of `identities[].kind` and `documents[].kind`.
type Kind string

// The closed list of kinds.
const (
	Phone    Kind = "phone"    // E.164, "+5511999990000"
	WhatsApp Kind = "whatsapp" // wa_id (digits of a phone number) or business-scoped user id ("BR.1502576394655843")
	Telegram Kind = "telegram" // numeric user id; user names change hands and are refused
	Email    Kind = "email"    // lower case, domain in its ASCII form
	Visitor  Kind = "visitor"  // the widget's own visitor id
	CPF      Kind = "cpf"      // 11 digits
	CNPJ     Kind = "cnpj"     // 14 characters; alphanumeric since 2026
	RG       Kind = "rg"       // digits and letters, issued by each state under its own rules
	External Kind = "external" // the contact's id in the integrator's own system; one namespace per organisation
)

// Strength says what two contacts that show the same key have proved about each other.
type Strength uint8

const (
	// Describes: typed by somebody, shared by families, or forgeable. Worth showing and searching, never worth a merge.
	Describes Strength = iota
	// JoinsVerified: joins once the holder has proved control of the address, and describes until then.
	JoinsVerified
	// Joins: given by the channel that the customer wrote through, so the same key is the same customer.
	Joins
)

// Strength returns what a key of this kind proves. Unknown kinds only describe.
func (k Kind) Strength() Strength {
	switch k {
	case Phone, WhatsApp, Telegram, Visitor, External:
		return Joins
	case Email:
		return JoinsVerified
	case CPF, CNPJ, RG:
		return Describes
	default:
		return Describes
	}
}

// Identity is a kind and its canonical value: the spelling that is stored, shown and used to reach the customer.
// Printing one masks the value.
type Identity struct {
	Kind  Kind
	Value string
}

// String returns the kind and the masked value, fit for logs.
func (i Identity) String() string { return string(i.Kind) + ":" + Mask(i.Kind, i.Value) }

// GoString keeps %#v from printing the value.
func (i Identity) GoString() string { return i.String() }

// Key is "kind:value" in the form that all spellings of one identity share. A key is for matching only: the number in a
// phone key may never have been dialled in that form.
type Key string

// Kind returns the part before the colon.
func (k Key) Kind() Kind {
	kind, _, _ := strings.Cut(string(k), ":")
	return Kind(kind)
}

// Joins reports whether two contacts that show this key are one contact. Verified says that the holder proved control
// of it; it matters for e-mail only.
func (k Key) Joins(verified bool) bool {
	s := k.Kind().Strength()
	return s == Joins || verified && s == JoinsVerified
}

// String masks the value, so that a key can be logged.
func (k Key) String() string {
	kind, value, _ := strings.Cut(string(k), ":")
	return kind + ":" + Mask(Kind(kind), value)
}

// GoString keeps %#v from printing the value.
func (k Key) GoString() string { return k.String() }

// MaxValueBytes bounds what is looked at: longer than any real identity, short enough that refusing costs nothing.
const MaxValueBytes = 320

// Error says which kind of identity was refused and why. It never holds the refused value.
type Error struct {
	Kind   Kind // empty when the kind itself is unknown
	Reason string
}

func (e *Error) Error() string {
	if e.Kind == "" {
		return "identity kind: " + e.Reason
	}
	return "identity " + string(e.Kind) + ": " + e.Reason
}

// Normalize returns the canonical form of an identity and the keys under which it matches others, the identity's own
// key first. Region is the ISO country used for phone numbers written without a country code; without it such numbers
// are refused. The error is an *Error.
func Normalize(kind Kind, value, region string) (Identity, []Key, error) {
	normalize, known := kinds[kind]
	switch {
	case !known:
		return Identity{}, nil, &Error{Reason: "is unknown"}
	case len(value) > MaxValueBytes:
		return Identity{}, nil, &Error{Kind: kind, Reason: "is too long"}
	case !utf8.ValidString(value):
		return Identity{}, nil, &Error{Kind: kind, Reason: "is not UTF-8"}
	}
	value = strings.TrimSpace(value)
	if value == "" {
		return Identity{}, nil, &Error{Kind: kind, Reason: "is empty"}
	}
	canonical, keys, reason := normalize(value, region)
	if reason != "" {
		return Identity{}, nil, &Error{Kind: kind, Reason: reason}
	}
	return Identity{Kind: kind, Value: canonical}, keys, nil
}

// normalizer returns the canonical value and its keys, or the reason for refusing a trimmed, non-empty, short value.
type normalizer func(value, region string) (canonical string, keys []Key, reason string)

// kinds is the closed table of kinds.
var kinds = map[Kind]normalizer{
	Phone:    normalizePhone,
	WhatsApp: normalizeWhatsApp,
	Telegram: normalizeTelegram,
	Email:    normalizeEmail,
	Visitor:  normalizeVisitor,
	CPF:      normalizeCPF,
	CNPJ:     normalizeCNPJ,
	RG:       normalizeRG,
	External: normalizeExternal,
}

func keyOf(kind Kind, value string) Key { return Key(string(kind) + ":" + value) }
