package identity

import (
	"strings"
	"unicode/utf8"
)

const (
	maskedTail   = 4 // enough for an operator to tell two customers apart
	maskedMinLen = 8 // shorter values are hidden whole
)

// Mask hides a value for logs and screens that may not show it: the last four characters of numbers and ids stay, the
// first letter and the domain of an address, nothing of a document. It accepts values that were never normalised.
func Mask(kind Kind, value string) string {
	switch kind {
	case Email:
		at := strings.LastIndexByte(value, '@')
		if at <= 0 {
			return "***"
		}
		_, size := utf8.DecodeRuneInString(value)
		return value[:size] + "***" + value[at:]
	case Phone, WhatsApp, Telegram, Visitor, External:
		if len(value) < maskedMinLen || !utf8.RuneStart(value[len(value)-maskedTail]) {
			return "***"
		}
		return "***" + value[len(value)-maskedTail:]
	case CPF, CNPJ, RG:
		return "***"
	default:
		return "***"
	}
}
