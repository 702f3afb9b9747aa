package contact

import (
	"slices"
	"strings"
	"time"

	"pronto/protocol"
)

// Node is a contact with those that were merged into it, which may have had others merged into them before.
type Node struct {
	ID      string
	Version uint64
	At      time.Time // of the version: that of a merged one is the merge
	Details           // its own, untouched by merges
	Merged  []Node
}

// Order puts those that were merged into n in the order in which that happened.
func (n *Node) Order() {
	slices.SortFunc(n.Merged, func(a, b Node) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// All calls fn with n and everybody who was merged into it, those first who were first.
func (n *Node) All(fn func(*Node)) {
	fn(n)
	for i := range n.Merged {
		n.Merged[i].All(fn)
	}
}

// Size is how many contacts there are.
func (n *Node) Size() (size int) {
	n.All(func(*Node) { size++ })
	return size
}

// Whole is the contact as it is shown: its own details, completed by those of the merged ones. A custom field that is
// kept as nil has no value, whatever they have.
func (n *Node) Whole() Details { return with(&n.Details, n.Rest()) }

// Rest is what the merged ones have together.
func (n *Node) Rest() (rest Details) {
	for i := range n.Merged {
		rest = with(&rest, n.Merged[i].Whole())
	}
	return rest
}

// with completes d by what rest has. The arguments are not changed.
func with(d *Details, rest Details) Details {
	out := d.Clone()
	if out.Name == "" {
		out.Name = rest.Name
	}
	out.Identities, out.Documents = union(out.Identities, rest.Identities), union(out.Documents, rest.Documents)
	if out.CreatedAt.IsZero() || !rest.CreatedAt.IsZero() && rest.CreatedAt.Before(out.CreatedAt.Time) {
		out.CreatedAt = rest.CreatedAt
	}
	for key, value := range rest.Fields {
		if _, has := out.Fields[key]; has {
			continue
		}
		if out.Fields == nil {
			out.Fields = map[string]any{}
		}
		out.Fields[key] = value
	}
	for key, value := range out.Fields {
		if value == nil {
			delete(out.Fields, key)
		}
	}
	return out
}

func union(list, more []protocol.Identity) []protocol.Identity {
	for _, id := range more {
		if !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

// Own is what of a list that stands for own and rest is the contact's own. What the merged ones have stays theirs: a list
// that leaves it out is refused under the pointer.
func Own(pointer string, list, own, rest []protocol.Identity) ([]protocol.Identity, error) {
	out := []protocol.Identity{}
	for _, id := range list {
		if slices.Contains(own, id) || !slices.Contains(rest, id) {
			out = append(out, id)
		}
	}
	for _, id := range rest {
		if !slices.Contains(list, id) && !slices.Contains(own, id) {
			return nil, refuse(pointer, protocol.FieldMerged)
		}
	}
	return out, nil
}
