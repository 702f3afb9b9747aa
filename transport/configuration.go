package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"pronto/protocol"
)

// section is one kind of configuration as it is exported and imported.
type section interface {
	name() string
	// export gives the objects as they are answered, without their versions.
	export(ctx context.Context) ([]json.RawMessage, error)
	// plan checks one object as a whole, whatever is stored. Objects in known need not be stored to be referred to.
	plan(ctx context.Context, raw json.RawMessage, known map[reference]bool) (*planned, error)
	kindOf() string
	// claims are what must be unique of the stored objects, by whom.
	claims(ctx context.Context) (claims, error)
}

// planned is one object of an import that was checked.
type planned struct {
	change protocol.ConfigurationChange
	same   bool
	unique []Unique
	at     string // pointer to it in the file
	write  func(ctx context.Context) error
}

// Configuration is every configuration object without secrets. The caller has asked the gate.
func (s *Server) Configuration(ctx context.Context) (protocol.Configuration, error) {
	out := protocol.Configuration{}
	for _, sec := range s.sections {
		list, err := sec.export(ctx)
		if err != nil {
			return nil, err
		}
		if len(list) > 0 {
			out[sec.name()] = list
		}
	}
	if s.o.Audit != nil {
		if err := s.o.Audit.Record(ctx, callOf(ctx).principal, protocol.AuditRecord{Action: "configuration.exported"}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Configure makes and changes objects so that they are as given; others stay. Nothing is written unless all of it is
// right. The caller has asked the gate.
func (s *Server) Configure(ctx context.Context, file protocol.Configuration, dry bool) (protocol.ConfigurationPlan, error) {
	out := protocol.ConfigurationPlan{Changes: []protocol.ConfigurationChange{}, Applied: !dry}
	plans, err := s.planAll(ctx, file)
	if err != nil {
		return out, err
	}
	for _, p := range plans {
		if p.same {
			out.Unchanged++
			continue
		}
		out.Changes = append(out.Changes, p.change)
		if dry {
			continue
		}
		if err := p.write(ctx); err != nil {
			return out, fieldsBelow(err, "/"+p.change.Section+"/"+p.change.ID)
		}
	}
	return out, nil
}

// planAll checks a whole file and names every field that is wrong.
func (s *Server) planAll(ctx context.Context, file protocol.Configuration) (plans []*planned, err error) {
	known := map[reference]bool{}
	sections := map[string]bool{}
	for _, sec := range s.sections {
		sections[sec.name()] = true
		for _, raw := range file[sec.name()] {
			var o struct {
				ID string `json:"id"`
			}
			if json.Unmarshal(raw, &o) == nil && o.ID != "" {
				known[reference{kind: sec.kindOf(), id: o.ID}] = true
			}
		}
	}
	ctx = withDraftScripts(withDraftQueues(ctx, file["queues"]), file["scripts"])
	var wrong []protocol.FieldError
	for _, name := range slices.Sorted(maps.Keys(file)) {
		if !sections[name] {
			wrong = append(wrong, protocol.FieldError{Pointer: "/" + name, Code: protocol.FieldUnknown})
		}
	}
	for _, sec := range s.sections {
		first := len(plans)
		for i, raw := range file[sec.name()] {
			p, err := sec.plan(ctx, raw, known)
			at := "/" + sec.name() + "/" + strconv.Itoa(i)
			var r *Refusal
			if err = fieldsBelow(err, at); errors.As(err, &r) && len(r.Fields) > 0 {
				wrong = append(wrong, r.Fields...)
				continue
			}
			if err != nil {
				return nil, err
			}
			p.at = at
			plans = append(plans, p)
		}
		collisions, err := collide(ctx, sec, plans[first:])
		if err != nil {
			return nil, err
		}
		wrong = append(wrong, collisions...)
	}
	if len(wrong) > 0 {
		return nil, &Refusal{Code: protocol.CodeBadRequest, Fields: wrong}
	}
	return plans, nil
}

// fieldsBelow puts a pointer in front of those of a refusal.
func fieldsBelow(err error, pointer string) error {
	if err == nil {
		return nil
	}
	r, told := asRefusal(err)
	if !told {
		return err
	}
	below := *r
	below.Fields = nil
	for _, f := range r.Fields {
		below.Fields = append(below.Fields, protocol.FieldError{Pointer: pointer + f.Pointer, Code: f.Code})
	}
	if len(r.Fields) == 0 {
		below.Fields = []protocol.FieldError{{Pointer: pointer, Code: string(r.Code)}}
	}
	return &below
}

func (r *resource[T, P]) name() string { return strings.TrimPrefix(r.path, "/") }

func (r *resource[T, P]) kindOf() string { return r.kind }

func (r *resource[T, P]) export(ctx context.Context) (out []json.RawMessage, err error) {
	for after := ""; ; {
		docs, err := r.s.o.Documents.List(ctx, r.kind, after, protocol.MaxListLimit)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			after = d.ID
			v, err := r.load(d)
			if err != nil {
				return nil, err
			}
			shown := r.shown(*v)
			*P(&shown).Meta().Version = 0
			raw, err := json.Marshal(shown)
			if err != nil {
				return nil, fmt.Errorf("encode %s: %w", r.kind, err)
			}
			out = append(out, withoutVersion(raw))
		}
		if len(docs) < protocol.MaxListLimit {
			return out, nil
		}
	}
}

// withoutVersion takes out what belongs to one server's history.
func withoutVersion(raw json.RawMessage) json.RawMessage {
	return bytes.Replace(raw, []byte(`"version":0,`), nil, 1)
}

func (r *resource[T, P]) plan(ctx context.Context, raw json.RawMessage, known map[reference]bool) (*planned, error) {
	v := new(T)
	if err := protocol.Decode(raw, 0, v); err != nil {
		return nil, err
	}
	meta := P(v).Meta()
	var before *T
	var doc Document
	if *meta.ID == "" && r.prefix != "" {
		*meta.ID = r.s.o.IDs(r.prefix, 0)
	} else {
		if *meta.ID == "" {
			*meta.ID = r.only
		}
		if !r.mayBeCalled(*meta.ID) {
			return nil, refuseField("/id", protocol.FieldInvalid)
		}
		var err error
		if before, doc, err = r.find(ctx, *meta.ID); err != nil && !isNotFound(err) {
			return nil, err
		}
	}
	if doc.Version == 0 {
		before = nil
	}
	*meta.Version = 0
	if err := r.keepSecrets(before, v); err != nil {
		return nil, err
	}
	if r.prepare != nil {
		if err := r.prepare(ctx, before, v); err != nil {
			return nil, err
		}
	}
	if r.refs != nil {
		if err := r.s.mustExist(ctx, unknown(r.refs(v), known)); err != nil {
			return nil, err
		}
	}
	return r.planned(before, v, doc.Version)
}

func (r *resource[T, P]) planned(before, v *T, version uint64) (*planned, error) {
	p := &planned{change: protocol.ConfigurationChange{Section: r.name(), ID: *P(v).Meta().ID, Action: "created"}}
	var was []byte
	if before != nil {
		p.change.Action = "updated"
		old := *before
		*P(&old).Meta().Version = 0
		var err error
		if was, err = json.Marshal(r.stored(old)); err != nil {
			return nil, fmt.Errorf("encode %s: %w", r.kind, err)
		}
	}
	is, err := json.Marshal(r.stored(*v))
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", r.kind, err)
	}
	var named struct{ Name, Title string }
	if err := json.Unmarshal(is, &named); err != nil {
		return nil, fmt.Errorf("decode %s: %w", r.kind, err)
	}
	p.change.Name = named.Name + named.Title
	if p.change.Fields, err = ChangedFields(was, is); err != nil {
		return nil, err
	}
	if r.unique != nil {
		p.unique = r.unique(v)
	}
	p.same = before != nil && len(p.change.Fields) == 0
	p.write = func(ctx context.Context) error { return r.saveAs(ctx, v, version) }
	return p, nil
}

// keepSecrets gives an imported channel the secrets that the stored one has: a file never holds those that it names as set.
func (r *resource[T, P]) keepSecrets(before, v *T) error {
	c, ok := any(v).(*protocol.Channel)
	if !ok {
		return nil
	}
	stored, _ := any(before).(*protocol.Channel)
	for _, name := range c.SecretsSet {
		if c.Config[name] != "" {
			continue
		}
		if stored == nil || stored.Config[name] == "" {
			return refuseField("/config/"+name, protocol.FieldRequired)
		}
		c.Config[name] = stored.Config[name]
	}
	return nil
}

// unknown leaves out references to what the same file brings.
func unknown(refs []reference, known map[reference]bool) []reference {
	return slices.DeleteFunc(refs, func(ref reference) bool { return known[reference{kind: ref.kind, id: ref.id}] })
}

func isNotFound(err error) bool {
	var r *Refusal
	return errors.As(err, &r) && r.Code == protocol.CodeNotFound
}
