package identity

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// normalizeTelegram takes the numeric id of a private chat, which is positive.
func normalizeTelegram(value, _ string) (string, []Key, string) {
	id, err := strconv.ParseInt(value, 10, 64)
	if err != nil || id <= 0 {
		return "", nil, "is not a numeric user id"
	}
	canonical := strconv.FormatInt(id, 10)
	return canonical, []Key{keyOf(Telegram, canonical)}, ""
}

const (
	maxEmailBytes     = 254 // RFC 5321, the forward path
	maxLocalPartBytes = 64

	// Quoting and display names would give one mailbox several spellings.
	forbiddenInLocalPart = `"(),:;<>@[\]`
)

// domainProfile is the one for looking names up: it maps case and width, and refuses what no name may hold.
var domainProfile = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true))

// normalizeEmail folds case in both parts. Dots and plus-tags stay: what they mean is the receiving server's business.
func normalizeEmail(value, _ string) (string, []Key, string) {
	at := strings.LastIndexByte(value, '@')
	if at <= 0 || at == len(value)-1 {
		return "", nil, "is not an address"
	}
	local, ok := foldLocalPart(value[:at])
	if !ok {
		return "", nil, "has a local part that is not allowed"
	}
	domain, err := domainProfile.ToASCII(value[at+1:])
	if err != nil || !strings.Contains(strings.TrimSuffix(domain, "."), ".") || strings.HasSuffix(domain, ".") {
		return "", nil, "has a domain that is not allowed"
	}
	canonical := local + "@" + domain
	if len(canonical) > maxEmailBytes {
		return "", nil, "is too long"
	}
	return canonical, []Key{keyOf(Email, canonical)}, ""
}

// foldLocalPart lowers case. A letter outside ASCII that folds into ASCII (the Kelvin sign into k) is refused: it would
// make somebody else's address equal to this one.
func foldLocalPart(local string) (string, bool) {
	for _, r := range local {
		foldsIntoASCII := r >= utf8.RuneSelf && unicode.ToLower(r) < utf8.RuneSelf
		if !unicode.IsPrint(r) || unicode.IsSpace(r) || foldsIntoASCII {
			return "", false
		}
	}
	folded := norm.NFC.String(strings.ToLower(norm.NFC.String(local)))
	if strings.ContainsAny(folded, forbiddenInLocalPart) || strings.Contains("."+folded+".", "..") {
		return "", false
	}
	return folded, len(folded) <= maxLocalPartBytes
}

const (
	minVisitorBytes = 8
	maxVisitorBytes = 128
)

func normalizeVisitor(value, _ string) (string, []Key, string) {
	if len(value) < minVisitorBytes || len(value) > maxVisitorBytes {
		return "", nil, "is too short or too long"
	}
	for i := range len(value) {
		if c := value[i]; !isAlphanumeric(c) && c != '-' && c != '_' && c != '.' {
			return "", nil, "has characters that are not part of a visitor id"
		}
	}
	return value, []Key{keyOf(Visitor, value)}, ""
}

const maxExternalBytes = 200

// normalizeExternal keeps case: other systems' ids are theirs to compare.
func normalizeExternal(value, _ string) (string, []Key, string) {
	canonical := norm.NFC.String(value)
	if len(canonical) > maxExternalBytes {
		return "", nil, "is too long"
	}
	for _, r := range canonical {
		if !unicode.IsPrint(r) {
			return "", nil, "has characters that cannot be printed"
		}
	}
	return canonical, []Key{keyOf(External, canonical)}, ""
}

func isDigit(c byte) bool        { return c >= '0' && c <= '9' }
func isUpper(c byte) bool        { return c >= 'A' && c <= 'Z' }
func isAlphanumeric(c byte) bool { return isDigit(c) || isUpper(c) || c >= 'a' && c <= 'z' }

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}
