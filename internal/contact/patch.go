package contact

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"pronto/protocol"
)

// changeable are the fields of a contact that a change may name, beside the custom ones.
var changeable = []string{"name", "identities", "documents"}

const fieldsName = "fields"

// Change is a merge patch over a contact's details.
type Change struct {
	After Details
	// Touched are the JSON pointers to what the patch named, sorted: "/name", "/fields/plan".
	Touched []string
}

// Patch applies a merge patch to what stands for own details and the rest, those of contacts that were merged, as the
// principal sees it. The change is one of own. What the patch does not name stays, also when it is not shown, and so does
// what it sends back as it is shown. Lists of identities and documents are as they were sent, in the caller's spelling;
// see [Own].
func (r *Rules) Patch(own *Details, rest Details, shown *protocol.Contact, patch []byte) (Change, error) {
	touched, err := touchedBy(patch)
	if err != nil {
		return Change{}, err
	}
	base := *shown // lists are replaced as a whole, and those of many contacts may be longer than one's may be
	base.Identities, base.Documents = nil, nil
	current, err := json.Marshal(base)
	if err != nil {
		return Change{}, fmt.Errorf("encode contact: %w", err)
	}
	merged, err := protocol.MergePatch(current, patch)
	if err != nil {
		return Change{}, asRefused(err)
	}
	var sent protocol.Contact
	if err := protocol.Decode(merged, 0, &sent); err != nil {
		return Change{}, asRefused(err)
	}
	if pointer := readOnly(shown, &sent); pointer != "" {
		return Change{}, refuse(pointer, protocol.FieldReadOnly)
	}
	t := taking{
		Change: Change{After: own.Clone(), Touched: touched}, whole: with(own, rest), rest: rest,
		wish: Details{Name: sent.Name, Identities: sent.Identities, Documents: sent.Documents, Fields: sent.Fields},
	}
	r.unmask(&t.wish, &t.whole)
	err = r.take(&t)
	return t.Change, err
}

// taking is a change on its way from the wish.
type taking struct {
	Change
	whole, rest, wish Details
	problems          []protocol.FieldError
}

func asRefused(err error) error {
	var bad *protocol.Invalid
	if errors.As(err, &bad) {
		return &Refused{Fields: bad.Fields}
	}
	return err
}

// touchedBy lists what a patch names.
func touchedBy(patch []byte) ([]string, error) {
	var names map[string]json.RawMessage
	if err := json.Unmarshal(patch, &names); err != nil || names == nil {
		return nil, refuse("", protocol.FieldSyntax)
	}
	out := []string{}
	for name := range names {
		if strings.ToLower(name) != name { // encoding/json would take it for the name in lower case
			return nil, refuse("/"+protocol.EscapePointer(name), protocol.FieldUnknown)
		}
		if slices.Contains(changeable, name) {
			out = append(out, "/"+name)
		}
	}
	slices.Sort(out)
	raw, ok := names[fieldsName]
	if !ok {
		return out, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, refuse("/"+fieldsName, protocol.FieldType)
	}
	if fields == nil {
		out = append(out, "/"+fieldsName) // null: all of them
	}
	for key := range fields {
		out = append(out, fieldPointer(key))
	}
	slices.Sort(out)
	return out, nil
}

func fieldPointer(key string) string { return "/" + fieldsName + "/" + protocol.EscapePointer(key) }

// readOnly finds a field of the server's that the patch would change.
func readOnly(shown, sent *protocol.Contact) string {
	a, b := *shown, *sent
	for _, c := range []*protocol.Contact{&a, &b} {
		c.Name, c.Identities, c.Documents, c.Fields = "", nil, nil, nil
		protocol.FillLists(c)
	}
	left, right := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range left.NumField() {
		if !reflect.DeepEqual(left.Field(i).Interface(), right.Field(i).Interface()) {
			name, _, _ := strings.Cut(left.Type().Field(i).Tag.Get("json"), ",")
			return "/" + name
		}
	}
	return ""
}

// take moves what was touched from the wish into the change, checked.
func (r *Rules) take(t *taking) error {
	for _, pointer := range t.Touched {
		switch pointer {
		case "/name":
			if t.wish.Name != t.whole.Name {
				t.After.Name = t.wish.Name
			}
		case "/identities":
			t.After.Identities = t.wish.Identities
		case "/documents":
			t.After.Documents = t.wish.Documents
		case "/" + fieldsName:
			for key := range r.known(t.whole.Fields) {
				r.takeField(t, key)
			}
		}
	}
	for _, key := range t.touchedKeys() {
		r.takeField(t, key)
	}
	if len(t.problems) > 0 {
		return &Refused{Fields: sorted(t.problems)}
	}
	return nil
}

// touchedKeys are the custom fields that were named one by one.
func (t *taking) touchedKeys() []string {
	keys := map[string]bool{}
	for _, fields := range []map[string]any{t.whole.Fields, t.wish.Fields} {
		for key := range fields {
			keys[key] = slices.Contains(t.Touched, fieldPointer(key))
		}
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if keys[key] {
			out = append(out, key)
		}
	}
	return out
}

// takeField takes one custom field's wish: a value that its definition allows, or none.
func (r *Rules) takeField(t *taking, key string) {
	field := r.Fields[key]
	value, given := t.wish.Fields[key]
	had, has := t.whole.Fields[key]
	_, below := t.rest.Fields[key]
	problem := ""
	switch {
	case field == nil:
		problem = protocol.FieldUnknown
	case given && has && reflect.DeepEqual(had, value):
		return // also one that the definition no longer allows
	case given:
		problem = valueProblem(field, value)
	case has && field.Required:
		problem = protocol.FieldRequired
	}
	switch {
	case problem != "":
		t.problems = append(t.problems, protocol.FieldError{Pointer: fieldPointer(key), Code: problem})
	case given || below: // without a value, it keeps that of a merged contact from showing
		if t.After.Fields == nil {
			t.After.Fields = map[string]any{}
		}
		t.After.Fields[key] = value
	default:
		delete(t.After.Fields, key)
	}
}

// Changed returns which of the touched fields differ between two versions: those that somebody else changed.
func Changed(touched []string, then, now *Details) []protocol.FieldError {
	var out []protocol.FieldError
	for _, pointer := range touched {
		if !reflect.DeepEqual(then.at(pointer), now.at(pointer)) {
			out = append(out, protocol.FieldError{Pointer: pointer, Code: protocol.FieldChanged})
		}
	}
	return out
}

// at is the value under a pointer of Touched; empty lists are nil, and so is what is absent.
func (d *Details) at(pointer string) any {
	switch pointer {
	case "/name":
		return d.Name
	case "/identities":
		return append([]protocol.Identity(nil), d.Identities...)
	case "/documents":
		return append([]protocol.Identity(nil), d.Documents...)
	case "/" + fieldsName:
		if len(d.Fields) > 0 {
			return d.Fields
		}
		return nil
	}
	for key, value := range d.Fields {
		if fieldPointer(key) == pointer {
			return value
		}
	}
	return nil
}
