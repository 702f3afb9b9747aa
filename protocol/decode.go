package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
)

// Field error codes: what is wrong with one field. Stable on the wire.
const (
	FieldUnknown      = "unknown_field" // the object has no such field
	FieldRequired     = "required"      // missing or empty
	FieldType         = "wrong_type"    // another JSON type is expected
	FieldTime         = "invalid_time"  // not RFC 3339
	FieldRange        = "out_of_range"  // a number below its minimum or above its maximum
	FieldTooLong      = "too_long"      // too many characters, or too many items
	FieldTooShort     = "too_short"     // too few characters
	FieldNotAllowed   = "not_allowed"   // not one of the values of the list
	FieldNotSupported = "not_supported" // a value of the protocol that this version does not carry out
	FieldReadOnly     = "read_only"     // set by the server
	FieldDuplicate    = "duplicate"     // the same value twice in a list
	FieldNotFound     = "not_found"     // refers to an object that does not exist
	FieldTaken        = "taken"         // must be unique and is in use
	FieldSyntax       = "invalid_json"  // the body is not JSON
	FieldYAML         = "invalid_yaml"  // the body is not YAML
	FieldTooLarge     = "too_large"     // the body has too many bytes
	FieldTrailing     = "trailing_data" // something follows the JSON value
	FieldInvalid      = "invalid"       // malformed in a way that the other codes do not say
	FieldConflict     = "conflicts"     // excludes another field that is set
	FieldMerged       = "merged"        // belongs to a contact that was merged, or names one
	FieldChanged      = "changed"       // somebody else changed it since the version of If-Match
)

// FieldError says what is wrong with one field.
type FieldError struct {
	Pointer string `json:"pointer" doc:"JSON pointer (RFC 6901) to the field in the body, or query/NAME, path/NAME, header/NAME" example:"/offer_time_ms"`
	Code    string `json:"code" doc:"Stable code of the problem" example:"out_of_range"`
	Line    int    `json:"line,omitempty" doc:"Of a file, where people look for the field: from 1"`
	Column  int    `json:"column,omitempty" doc:"Of that line, from 1"`
}

// Invalid is why a request body was refused. Its text holds field names and codes, never a value that was sent.
type Invalid struct{ Fields []FieldError }

// Error lists pointer and code of each field.
func (e *Invalid) Error() string {
	var b strings.Builder
	for i, f := range e.Fields {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.Pointer)
		b.WriteString(": ")
		b.WriteString(f.Code)
	}
	return b.String()
}

var errTime = errors.New(FieldTime)

func invalid(pointer, code string) *Invalid {
	return &Invalid{Fields: []FieldError{{Pointer: pointer, Code: code}}}
}

// Decode reads exactly one JSON value of at most limit bytes into v, a pointer to a struct of this package: defaults
// first, then the body, then Check. Unknown fields and trailing data are refused. A limit of 0 means no limit.
// The error is always *Invalid. v holds rubbish after an error.
func Decode(data []byte, limit int, v any) error {
	if limit > 0 && len(data) > limit {
		return invalid("", FieldTooLarge)
	}
	SetDefaults(v)
	if !readUsual(data, v) {
		if err := readAny(data, v); err != nil {
			return err
		}
	}
	FillLists(v)
	if fields := Check(v); len(fields) > 0 {
		return &Invalid{Fields: fields}
	}
	return nil
}

// readAny reads what encoding/json takes.
func readAny(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return decodeError(data, v, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return invalid("", FieldTrailing)
	}
	if first := bytes.TrimLeft(data, " \t\r\n"); first[0] != '{' {
		return invalid("", FieldType)
	}
	if unlikeFields(data) { // encoding/json takes names in another case
		if fields := unknownFields(data, reflect.TypeOf(v)); len(fields) > 0 {
			return &Invalid{Fields: fields}
		}
	}
	return nil
}

// unlikeFields reports whether a name in the JSON text, which is valid, has what no field's name has: capitals, escapes or
// anything but ASCII.
func unlikeFields(data []byte) bool {
	for i := 0; i < len(data); i++ {
		if data[i] != '"' {
			continue
		}
		unlike := false
		for i++; data[i] != '"'; i++ {
			unlike = unlike || 'A' <= data[i] && data[i] <= 'Z' || data[i] == '\\' || data[i] >= 0x80
			if data[i] == '\\' {
				i++
			}
		}
		if unlike && bytes.HasPrefix(bytes.TrimLeft(data[i+1:], " \t\r\n"), []byte(":")) {
			return true
		}
	}
	return false
}

// decodeError turns an error of encoding/json into field errors.
func decodeError(data []byte, v any, err error) *Invalid {
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.Is(err, errTime):
		return invalid(pointerOfTime(data, v), FieldTime)
	case errors.As(err, &wrong):
		return invalid(pointerOfDots(wrong.Field), FieldType)
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		if fields := unknownFields(data, reflect.TypeOf(v)); len(fields) > 0 {
			return &Invalid{Fields: fields}
		}
		return invalid("", FieldUnknown)
	default:
		return invalid("", FieldSyntax)
	}
}

// pointerOfDots turns encoding/json's dotted path into a JSON pointer.
func pointerOfDots(path string) string {
	if path == "" {
		return ""
	}
	return "/" + strings.ReplaceAll(path, ".", "/")
}

// EscapePointer escapes one token of a JSON pointer, cut to 64 bytes so that an answer cannot be made large.
func EscapePointer(token string) string {
	if len(token) > 64 {
		token = strings.ToValidUTF8(token[:64], "")
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
}
