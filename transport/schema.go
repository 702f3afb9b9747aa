package transport

import (
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pronto/protocol"
)

const refPrefix = "#/components/schemas/"

// NewSchemas returns an empty registry of JSON schemas in which wire times are date-time texts and lists never null.
func NewSchemas() huma.Registry {
	setUpHuma()
	r := huma.NewMapRegistry(refPrefix, huma.DefaultSchemaNamer)
	r.RegisterTypeAlias(reflect.TypeFor[protocol.Time](), reflect.TypeFor[time.Time]())
	return r
}

// SchemaOf registers v's type as it appears in answers and returns a reference to it.
func SchemaOf(r huma.Registry, v any) *huma.Schema {
	return r.Schema(reflect.TypeOf(v), true, "")
}

// InputSchema registers v's type as it is taken in a request: without the fields that the server sets, with only those
// fields required that have no default. A patch requires none. It returns a reference.
func InputSchema(r huma.Registry, v any, patch bool) *huma.Schema {
	t := reflect.TypeOf(v)
	name := t.Name() + "Input"
	if patch {
		name = t.Name() + "Patch"
	}
	if _, done := r.Map()[name]; !done {
		r.Map()[name] = inputOf(r.SchemaFromRef(SchemaOf(r, v).Ref), t, patch)
	}
	return &huma.Schema{Ref: refPrefix + name}
}

func inputOf(answer *huma.Schema, t reflect.Type, patch bool) *huma.Schema {
	in := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{}}
	for name, field := range answer.Properties {
		if !field.ReadOnly {
			in.Properties[name] = field
		}
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := cutTag(f.Tag.Get("json"))
		if f.Tag.Get("required") == "true" && !patch && in.Properties[name] != nil {
			in.Required = append(in.Required, name)
		}
	}
	slices.Sort(in.Required)
	return in
}

// OpenAnswers lets every schema of an answer have fields that a client does not know yet; inputs stay closed.
func OpenAnswers(r huma.Registry, closed func(name string) bool) {
	for name, s := range r.Map() {
		if !closed(name) && s.AdditionalProperties == false {
			s.AdditionalProperties = nil
		}
	}
}

func cutTag(tag string) (name, options string, found bool) {
	for i := range len(tag) {
		if tag[i] == ',' {
			return tag[:i], tag[i+1:], true
		}
	}
	return tag, "", false
}
