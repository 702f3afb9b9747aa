package identity

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

const (
	brazil              = 55
	brazilMobileDigits  = 11 // area code, 9, eight digits
	brazilWithoutNinth  = 10 // the same number as it was written until 2016, and as many wa_ids still are
	maxDialledCharacter = 40 // E.164 has 15 digits; the rest is room for punctuation and carrier prefixes
)

func normalizePhone(value, region string) (string, []Key, string) {
	e164, reason := parsePhone(value, region)
	if reason != "" {
		return "", nil, reason
	}
	return e164, []Key{keyOf(Phone, e164)}, ""
}

// parsePhone returns the E.164 form, Brazilian mobile numbers always with the ninth digit. It asks for a possible number,
// not for an assigned one: operators open ranges faster than the library's tables follow.
func parsePhone(value, region string) (e164, reason string) {
	if isPlainBrazilianMobile(value) {
		return value, ""
	}
	if !isDiallable(value) {
		return "", "has characters that are not part of a phone number"
	}
	number, err := phonenumbers.Parse(value, strings.ToUpper(region))
	if err != nil {
		return "", "is not a phone number"
	}
	if phonenumbers.IsPossibleNumberWithReason(number) != phonenumbers.IS_POSSIBLE {
		return "", "has too few or too many digits"
	}
	national := phonenumbers.GetNationalSignificantNumber(number)
	if number.GetCountryCode() == brazil {
		return brazilianE164(national)
	}
	return phonenumbers.Format(number, phonenumbers.E164), ""
}

// brazilianE164 insists on an area code, which the library does not: without it one number would match in every city. Area
// codes have no zero (11 to 99); a number that begins with one is read anew as something else.
func brazilianE164(national string) (e164, reason string) {
	switch {
	case len(national) != brazilMobileDigits && len(national) != brazilWithoutNinth,
		national[0] == '0', national[1] == '0':
		return "", "has no area code"
	case lacksNinthDigit(national):
		return "+55" + national[:2] + "9" + national[2:], ""
	}
	return "+55" + national, ""
}

// lacksNinthDigit reports whether a Brazilian national number is a mobile one in the old form: eight digits that begin with
// 6 to 9 after the area code. Fixed lines begin with 2 to 5, so no fixed line is mistaken for one.
func lacksNinthDigit(national string) bool {
	return len(national) == brazilWithoutNinth && national[2] >= '6'
}

// isPlainBrazilianMobile recognises the form that nearly every inbound message carries, "+55", area code, "9" and eight
// digits, so that the hot path skips the library (0.1 µs instead of about 10).
func isPlainBrazilianMobile(value string) bool {
	const prefix = "+55"
	if len(value) != len(prefix)+brazilMobileDigits || !strings.HasPrefix(value, prefix) || !allDigits(value[1:]) {
		return false
	}
	return value[3] != '0' && value[4] != '0' && value[5] == '9'
}

// isDiallable keeps letters (vanity numbers, extensions, URI parameters) and endless input away from the parser.
func isDiallable(value string) bool {
	if len(value) > maxDialledCharacter {
		return false
	}
	for i := range len(value) {
		c := value[i]
		if !isDigit(c) && !strings.ContainsRune(" +()-./", rune(c)) {
			return false
		}
	}
	return true
}

const (
	minWaIDDigits      = 6
	maxWaIDDigits      = 20 // phone numbers have at most 15; room for the provider's test ids
	maxScopedIDLetters = 128
)

// normalizeWhatsApp keeps the provider's own spelling as the value, because sending goes to exactly that, and adds the
// phone key when the wa_id is a phone number.
func normalizeWhatsApp(value, _ string) (string, []Key, string) {
	if isScopedUserID(value) {
		return value, []Key{keyOf(WhatsApp, value)}, ""
	}
	digits := strings.TrimPrefix(value, "+")
	if len(digits) < minWaIDDigits || len(digits) > maxWaIDDigits || !allDigits(digits) {
		return "", nil, "is neither a wa_id nor a business-scoped user id"
	}
	e164, reason := parsePhone("+"+digits, "")
	if reason != "" {
		return digits, []Key{keyOf(WhatsApp, digits)}, ""
	}
	return digits, []Key{keyOf(WhatsApp, e164[1:]), keyOf(Phone, e164)}, ""
}

// IsScopedUserID reports whether a WhatsApp identity is a business-scoped user id, which the provider's API takes in
// another field than a phone number.
func (i Identity) IsScopedUserID() bool { return i.Kind == WhatsApp && isScopedUserID(i.Value) }

// isScopedUserID: two letters of a country, a dot, up to 128 letters and digits; parent ids have "ENT." in between.
func isScopedUserID(value string) bool {
	if len(value) < 4 || value[2] != '.' || !isUpper(value[0]) || !isUpper(value[1]) {
		return false
	}
	rest := strings.TrimPrefix(value[3:], "ENT.")
	if rest == "" || len(rest) > maxScopedIDLetters {
		return false
	}
	for i := range len(rest) {
		if !isAlphanumeric(rest[i]) {
			return false
		}
	}
	return true
}
