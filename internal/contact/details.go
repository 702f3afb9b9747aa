package contact

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"pronto/protocol"
)

// Details is what is kept of one contact. A field that is nil has no value, also where a merged contact has one.
type Details struct {
	Name       string              `json:"name,omitempty"`
	Identities []protocol.Identity `json:"identities"`
	Documents  []protocol.Identity `json:"documents"`
	Fields     map[string]any      `json:"fields,omitempty"`
	CreatedAt  protocol.Time       `json:"created_at,omitzero"`
	// MergedInto is the contact that stands for this one; empty: it stands for itself.
	MergedInto string `json:"merged_into,omitempty"`
	// By is who made this version; empty: a message of the contact did.
	By string `json:"by,omitempty"`
}

// Clone shares nothing with d that a change could touch.
func (d Details) Clone() Details {
	d.Identities, d.Documents, d.Fields = slices.Clone(d.Identities), slices.Clone(d.Documents), maps.Clone(d.Fields)
	return d
}

// JSON returns d as encoding/json reads it. A contact without fields, as a message makes it, is written without reflection.
func (d *Details) JSON() ([]byte, error) {
	if d.Fields != nil {
		return json.Marshal(d)
	}
	b := []byte{'{'}
	if d.Name != "" {
		b = append(protocol.AppendText(append(b, `"name":`...), d.Name), ',')
	}
	b = appendIdentities(append(b, `"identities":`...), d.Identities)
	b = appendIdentities(append(b, `,"documents":`...), d.Documents)
	if !d.CreatedAt.IsZero() {
		b = d.CreatedAt.AppendJSON(append(b, `,"created_at":`...))
	}
	if d.MergedInto != "" {
		b = protocol.AppendText(append(b, `,"merged_into":`...), d.MergedInto)
	}
	if d.By != "" {
		b = protocol.AppendText(append(b, `,"by":`...), d.By)
	}
	return append(b, '}'), nil
}

func appendIdentities(b []byte, list []protocol.Identity) []byte {
	if list == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, id := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = protocol.AppendText(append(b, `{"kind":`...), id.Kind)
		b = protocol.AppendText(append(b, `,"value":`...), id.Value)
		b = append(b, '}')
	}
	return append(b, ']')
}

// Rules are the settings of an administrator that concern contacts.
type Rules struct {
	Fields          map[string]*protocol.ContactField // by key
	MaskedDocuments []string                          // kinds
}

// Refused says which fields of a change cannot be taken, and why.
type Refused struct{ Fields []protocol.FieldError }

// Error lists pointer and code of each field.
func (r *Refused) Error() string { return (&protocol.Invalid{Fields: r.Fields}).Error() }

func refuse(pointer, code string) *Refused {
	return &Refused{Fields: []protocol.FieldError{{Pointer: pointer, Code: code}}}
}

// Missing returns the keys of the required fields that have no value, sorted.
func (r *Rules) Missing(d *Details) []string {
	missing := []string{}
	for key, field := range r.Fields {
		if _, has := d.Fields[key]; field.Required && !has {
			missing = append(missing, key)
		}
	}
	slices.Sort(missing)
	return missing
}

// known are the defined fields among those of d: the value of a removed definition is kept, but not shown, because what
// it said about masking is gone.
func (r *Rules) known(fields map[string]any) map[string]any {
	out := make(map[string]any, len(fields))
	for key, value := range fields {
		if r.Fields[key] != nil {
			out[key] = value
		}
	}
	return out
}

func sorted(fields []protocol.FieldError) []protocol.FieldError {
	slices.SortFunc(fields, func(a, b protocol.FieldError) int { return cmp.Compare(a.Pointer, b.Pointer) })
	return fields
}
