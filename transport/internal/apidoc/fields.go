package apidoc

import (
	"encoding/json"
	"reflect"
	"slices"
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
	for _, f := range wireFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		out = append(out, field{Name: name, Type: typeName(f.Type), Presence: presence(f, options), Rules: rules(f), Doc: f.Tag.Get("doc")})
	}
	return out
}

// wireFields are the fields as they travel: those of an embedded struct are the struct's own.
func wireFields(t reflect.Type) []reflect.StructField {
	return slices.DeleteFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { return f.Anonymous })
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

// tables are the data and replies of every command, event and record, of agents and of visitors.
func tables() []any {
	var out []any
	for _, c := range slices.Concat(protocol.Commands, protocol.WidgetCommands) {
		out = append(out, c.Data, c.Reply)
	}
	for _, e := range slices.Concat(protocol.Events, protocol.WidgetEvents) {
		out = append(out, e.Data)
	}
	for _, r := range protocol.Records {
		out = append(out, r.Data)
	}
	return out
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
	for _, f := range wireFields(t) {
		s.add(f.Type)
	}
}

func reachable(roots ...any) []reflect.Type {
	s := structs{seen: map[reflect.Type]bool{}}
	for _, r := range roots {
		s.add(reflect.TypeOf(r))
	}
	return s.order
}
