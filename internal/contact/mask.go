package contact

import (
	"slices"
	"strconv"

	"pronto/internal/identity"
	"pronto/protocol"
)

// maskedValue stands for the value of a masked field, whatever its kind and length.
const maskedValue = "***"

// Masked returns d as it is shown, and the JSON pointers to what is masked in it, sorted. Pointers in revealed are shown.
func (r *Rules) Masked(d *Details, revealed []string) (Details, []string) {
	out := d.Clone()
	out.Fields = r.known(d.Fields)
	pointers := []string{}
	hide := func(pointer string, to func()) {
		if !slices.Contains(revealed, pointer) {
			to()
			pointers = append(pointers, pointer)
		}
	}
	for i := range out.Documents {
		doc := &out.Documents[i]
		if slices.Contains(r.MaskedDocuments, doc.Kind) {
			hide("/documents/"+strconv.Itoa(i)+"/value", func() { doc.Value = identity.Mask(identity.Kind(doc.Kind), doc.Value) })
		}
	}
	for key := range out.Fields {
		if r.Fields[key].Masked {
			hide("/fields/"+protocol.EscapePointer(key), func() { out.Fields[key] = maskedValue })
		}
	}
	slices.Sort(pointers)
	return out, pointers
}

// unmask puts the values back that were sent as they are shown masked.
func (r *Rules) unmask(sent *Details, have *Details) {
	shown, _ := r.Masked(have, nil)
	used := make([]bool, len(shown.Documents))
	for i, doc := range sent.Documents {
		for j := range shown.Documents {
			if !used[j] && doc == shown.Documents[j] && doc != have.Documents[j] {
				sent.Documents[i], used[j] = have.Documents[j], true
				break
			}
		}
	}
	for key, value := range sent.Fields {
		field := r.Fields[key]
		if was, has := have.Fields[key]; has && field != nil && field.Masked && value == maskedValue {
			sent.Fields[key] = was
		}
	}
}
