package contact

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pronto/protocol"
)

// Kinds of custom fields.
const (
	kindText   = "text"
	kindNumber = "number"
	kindDate   = "date"
	kindBool   = "bool"
	kindChoice = "choice"
)

// valueProblem returns the code of what is wrong with a value for the field, or "".
func valueProblem(field *protocol.ContactField, value any) string {
	switch field.Kind {
	case kindNumber:
		return ofType(value, func(n float64) string { return when(math.IsNaN(n) || math.IsInf(n, 0), protocol.FieldInvalid) })
	case kindBool:
		return ofType(value, func(bool) string { return "" })
	case kindDate:
		return ofType(value, func(text string) string {
			t, err := time.Parse(time.DateOnly, text)
			return when(err != nil || t.Year() < 1, protocol.FieldTime)
		})
	case kindChoice:
		return ofType(value, func(text string) string { return when(!slices.Contains(field.Choices, text), protocol.FieldNotAllowed) })
	default:
		return ofType(value, textProblem)
	}
}

func textProblem(text string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return protocol.FieldRequired
	case utf8.RuneCountInString(text) > protocol.MaxFieldText:
		return protocol.FieldTooLong
	case !utf8.ValidString(text):
		return protocol.FieldInvalid
	}
	return ""
}

func ofType[T any](value any, check func(T) string) string {
	typed, ok := value.(T)
	if !ok {
		return protocol.FieldType
	}
	return check(typed)
}

func when(holds bool, code string) string {
	if holds {
		return code
	}
	return ""
}
