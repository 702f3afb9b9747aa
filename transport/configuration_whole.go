package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"pronto/protocol"
)

// What only shows when a file is looked at as a whole, before its first object is written.

// claims are values that must be unique, with their key, and the object that has each.
type claims map[string]string

func (u *Unique) claim() string { return u.Key + "\x00" + u.Value }

func (r *resource[T, P]) claims(ctx context.Context) (claims, error) {
	if r.unique == nil {
		return nil, nil
	}
	out := claims{}
	err := r.each(ctx, func(v *T) error {
		for _, u := range r.unique(v) {
			out[u.claim()] = *P(v).Meta().ID
		}
		return nil
	})
	return out, err
}

// collide names the objects of a section that the writes would refuse, made in this order: what is in the file twice, and
// what takes a value that another object still has.
func collide(ctx context.Context, sec section, plans []*planned) (wrong []protocol.FieldError, err error) {
	if len(plans) == 0 {
		return nil, nil
	}
	held, err := sec.claims(ctx)
	if err != nil {
		return nil, err
	}
	its := map[string][]string{} // what each object holds
	for claim, id := range held {
		its[id] = append(its[id], claim)
	}
	seen := map[string]bool{}
	for _, p := range plans {
		id := p.change.ID
		if seen[id] {
			wrong = append(wrong, protocol.FieldError{Pointer: p.at + "/id", Code: protocol.FieldDuplicate})
			continue
		}
		seen[id] = true
		given := claims{}
		for i := range p.unique {
			u := &p.unique[i]
			if by, taken := held[u.claim()]; taken && by != id {
				wrong = append(wrong, protocol.FieldError{Pointer: p.at + u.Pointer, Code: protocol.FieldTaken})
				continue
			}
			given[u.claim()] = id
		}
		for _, claim := range its[id] {
			delete(held, claim)
		}
		maps.Copy(held, given)
	}
	return wrong, nil
}

// maxNameChars is how long the id of an object may be that a file brings.
const maxNameChars = 64

// mayBeCalled: an id that a file brings looks like one of the server's, or is that of the only object.
func (r *resource[T, P]) mayBeCalled(id string) bool {
	if r.prefix == "" {
		return id == r.only
	}
	rest, ok := strings.CutPrefix(id, r.prefix+"_")
	return ok && rest != "" && len(id) <= maxNameChars && !strings.ContainsFunc(rest, func(c rune) bool {
		return c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9')
	})
}

type draftScripts struct{}

// withDraftScripts lets the scripts of a file that is being checked be seen before they are written.
func withDraftScripts(ctx context.Context, list []json.RawMessage) context.Context {
	drafts := make(map[string]*protocol.Script, len(list))
	for _, raw := range list {
		var s protocol.Script
		if json.Unmarshal(raw, &s) == nil && s.ID != "" {
			drafts[s.ID] = &s
		}
	}
	return context.WithValue(ctx, draftScripts{}, drafts)
}

// scriptOf is a script as it is stored or about to be; nil: there is none.
func (s *Server) scriptOf(ctx context.Context, id string) (*protocol.Script, error) {
	drafts, _ := ctx.Value(draftScripts{}).(map[string]*protocol.Script)
	if script := drafts[id]; script != nil {
		return script, nil
	}
	doc, err := s.o.Documents.Get(ctx, KindScript, id)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	script := new(protocol.Script)
	if err := json.Unmarshal(doc.Body, script); err != nil {
		return nil, fmt.Errorf("decode script %s: %w", id, err)
	}
	return script, nil
}
