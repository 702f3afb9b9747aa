package apidoc

import (
	"encoding/json"
	"reflect"
	"strings"

	"pronto/protocol"
)

// field is one documented field of a struct.
type field struct {
	Name, Type, Presence, Rules, Doc string
}

// fieldsOf lists the fields of struct type t in the order of the source.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		out = append(out, field{Name: name, Type: typeName(f.Type), Presence: presence(f, options), Rules: rules(f), Doc: f.Tag.Get("doc")})
	}
	return out
}

func presence(f reflect.StructField, options string) string {
	switch {
	case f.Tag.Get("required") == "true":
		return "required"
	case f.Tag.Get("readOnly") == "true":
		return "set by the server"
	case f.Tag.Get("writeOnly") == "true":
		return "never answered"
	case strings.Contains(options, "omit"):
		return "optional"
	default:
		return ""
	}
}

var ruleTags = []struct{ tag, text string }{
	{"default", "default "}, {"minimum", "≥ "}, {"maximum", "≤ "}, {"minLength", "at least "}, {"maxLength", "at most "}, {"maxItems", "entries ≤ "},
}

func rules(f reflect.StructField) string {
	var out []string
	for _, r := range ruleTags {
		value := f.Tag.Get(r.tag)
		if value == "" {
			continue
		}
		text := r.text + value
		if strings.HasSuffix(r.tag, "Length") {
			text += " characters"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func typeName(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[protocol.Time]():
		return "time"
	case t == reflect.TypeFor[json.RawMessage]():
		return "object"
	case t.Kind() == reflect.Pointer:
		return typeName(t.Elem())
	case t.Kind() == reflect.Slice:
		return "list of " + typeName(t.Elem())
	case t.Kind() == reflect.Map:
		return "map of " + typeName(t.Elem())
	case t.Kind() == reflect.Interface:
		return "value"
	case t.Kind() == reflect.Struct:
		return t.Name()
	case t.Kind() == reflect.String:
		return "text"
	case t.Kind() == reflect.Bool:
		return "bool"
	default:
		return "integer"
	}
}

// structs collects every struct that is reachable from the roots, in order of first mention.
type structs struct {
	order []reflect.Type
	seen  map[reflect.Type]bool
}

func (s *structs) add(t reflect.Type) {
	t = element(t)
	if !isObject(t) || s.seen[t] {
		return
	}
	s.seen[t] = true
	s.order = append(s.order, t)
	for i := range t.NumField() {
		s.add(t.Field(i).Type)
	}
}

func reachable(roots ...any) []reflect.Type {
	s := structs{seen: map[reflect.Type]bool{}}
	for _, r := range roots {
		s.add(reflect.TypeOf(r))
	}
	return s.order
}
