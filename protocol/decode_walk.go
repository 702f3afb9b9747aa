package protocol

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// maxFieldErrors bounds how many problems one answer names.
const maxFieldErrors = 20

// unknownFields names every field of the JSON text that the struct type t does not have, in the order of their names.
func unknownFields(data []byte, t reflect.Type) []FieldError {
	var tree any
	if json.Unmarshal(data, &tree) != nil {
		return nil
	}
	w := walker{visit: func(string, reflect.Type, any) {}}
	w.walk("", t, tree)
	return w.unknown
}

// pointerOfTime finds the first text that stands where a Time belongs and is none.
func pointerOfTime(data []byte, v any) string {
	var tree any
	if json.Unmarshal(data, &tree) != nil {
		return ""
	}
	found := ""
	w := walker{visit: func(pointer string, t reflect.Type, value any) {
		s, isText := value.(string)
		if t != typeTime || found != "" {
			return
		}
		if _, err := time.Parse(time.RFC3339Nano, s); !isText || err != nil {
			found = pointer
		}
	}}
	w.walk("", reflect.TypeOf(v), tree)
	return found
}

var typeTime = reflect.TypeFor[Time]()

// walker goes through a decoded JSON tree beside the Go type that it belongs to.
type walker struct {
	visit   func(pointer string, t reflect.Type, value any)
	unknown []FieldError
}

func (w *walker) walk(pointer string, t reflect.Type, value any) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if value == nil {
		return
	}
	if t == typeTime {
		w.visit(pointer, t, value)
		return
	}
	if readsItself(t) {
		return
	}
	switch x := value.(type) {
	case map[string]any:
		w.object(pointer, t, x)
	case []any:
		if t.Kind() != reflect.Slice {
			return
		}
		for i, item := range x {
			w.walk(pointer+"/"+strconv.Itoa(i), t.Elem(), item)
		}
	}
}

func (w *walker) object(pointer string, t reflect.Type, object map[string]any) {
	if t.Kind() != reflect.Struct {
		return
	}
	known := planOf(t)
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		at := pointer + "/" + EscapePointer(name)
		field := known.byName(name)
		if field == nil {
			if len(w.unknown) < maxFieldErrors {
				w.unknown = append(w.unknown, FieldError{Pointer: at, Code: FieldUnknown})
			}
			continue
		}
		w.walk(at, field.typ, object[name])
	}
}

// byName finds a field by its exact name; nil: there is none.
func (p *plan) byName(name string) *fieldPlan {
	for i := range p.fields {
		if p.fields[i].name == name {
			return &p.fields[i]
		}
	}
	return nil
}
