package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"pronto/protocol"
)

// object is a pointer to a configuration object.
type object[T any] interface {
	*T
	Meta() protocol.Meta
}

// reference is an id of another object that must exist.
type reference struct{ pointer, kind, id string }

// resource is one kind of configuration with its five routes.
type resource[T any, P object[T]] struct {
	s           *Server
	path, tag   string
	kind        string // of the documents
	prefix      string // of the ids
	read, write Action
	unique      func(v *T) []Unique
	refs        func(v *T) []reference
	// prepare fills in what the server makes and refuses what the tags cannot say. before is nil when it is new.
	prepare func(ctx context.Context, before, v *T) error
	// after runs when the change is durable; v is nil when it was removed.
	after func(ctx context.Context, id string, v *T) error
	// show hides what is never answered.
	show func(v T) T
	// visible says whether the principal sees the object at all; mayWrite replaces the question about write.
	visible func(p Principal, v *T) bool
	// absent is what an id has that was never written; nil: nothing.
	absent   func(id string) *T
	mayWrite func(p Principal, v *T) error
	// only is the id where there is one object; prefix is empty then.
	only string
	// secret: the answer to a creation shows one, so it is kept in memory only; or the request has a password, of which the
	// hash that is kept with the answer would be a fast one.
	secret bool
}

type idIn struct {
	ID      string `path:"id" maxLength:"64" doc:"Id of the object"`
	IfMatch string `header:"If-Match" maxLength:"64" doc:"The version in quotes; another one is answered 412"`
}

type getIn struct {
	ID string `path:"id" maxLength:"64" doc:"Id of the object"`
}

// PageQuery is the query of every list. It is exported because huma reads only exported embedded fields.
type PageQuery struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"At most so many objects"`
	Cursor string `query:"cursor" maxLength:"256" doc:"next_cursor of the last page"`
}

func (r *resource[T, P]) register() {
	var zero T
	late := r.mayWrite != nil
	handle(r.s, route{method: http.MethodGet, path: r.path, tag: r.tag, summary: "List", action: r.read}, r.list)
	handle(r.s, route{
		method: http.MethodPost, path: r.path, tag: r.tag, summary: "Create", action: r.write, late: late, body: zero, replay: true,
		secret: r.secret, status: http.StatusCreated,
	}, r.create)
	handle(r.s, route{method: http.MethodGet, path: r.path + "/{id}", tag: r.tag, summary: "Read one", action: r.read}, r.get)
	handle(r.s, route{method: http.MethodPatch, path: r.path + "/{id}", tag: r.tag, summary: "Change", action: r.write, late: late, body: zero, patch: true}, r.patch)
	handle(r.s, route{
		method: http.MethodDelete, path: r.path + "/{id}", tag: r.tag, summary: "Remove", action: r.write, late: late,
		status: http.StatusNoContent,
	}, r.remove)
	r.s.referrers = append(r.s.referrers, r.refersTo)
	r.s.sections = append(r.s.sections, r)
}

func (r *resource[T, P]) list(ctx context.Context, in *PageQuery) (*bodyOf[protocol.Page[T]], error) {
	p := callOf(ctx).principal
	page := protocol.Page[T]{Items: []T{}}
	after := in.Cursor
	for len(page.Items) < in.Limit {
		want := in.Limit - len(page.Items)
		docs, err := r.s.o.Documents.List(ctx, r.kind, after, want)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			after = d.ID
			v, err := r.load(d)
			if err != nil {
				return nil, err
			}
			if r.visible == nil || r.visible(p, v) {
				page.Items = append(page.Items, r.shown(*v))
			}
		}
		if len(docs) < want {
			return answer(page), nil
		}
	}
	page.NextCursor = after
	return answer(page), nil
}

func (r *resource[T, P]) get(ctx context.Context, in *getIn) (*bodyOf[T], error) {
	v, _, err := r.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return r.answer(http.StatusOK, v), nil
}

func (r *resource[T, P]) create(ctx context.Context, _ *struct{}) (*bodyOf[T], error) {
	v := new(T)
	if err := decode(ctx, v); err != nil {
		return nil, err
	}
	meta := P(v).Meta()
	if *meta.ID != "" || *meta.Version != 0 {
		return nil, refuseField("/id", protocol.FieldReadOnly)
	}
	*meta.ID = r.s.o.IDs(r.prefix, 0)
	if err := r.save(ctx, nil, v, 0); err != nil {
		return nil, err
	}
	return r.answer(http.StatusCreated, v), nil
}

// maxPatchTries bounds how often a change without If-Match starts over because somebody else was faster.
const maxPatchTries = 5

func (r *resource[T, P]) patch(ctx context.Context, in *idIn) (*bodyOf[T], error) {
	for try := 1; ; try++ {
		v, err := r.patchOnce(ctx, in)
		var refused *Refusal
		if errors.As(err, &refused) && refused.Code == protocol.CodeVersionMismatch && in.IfMatch == "" && try < maxPatchTries {
			continue
		}
		if err != nil {
			return nil, err
		}
		return r.answer(http.StatusOK, v), nil
	}
}

func (r *resource[T, P]) patchOnce(ctx context.Context, in *idIn) (*T, error) {
	before, doc, err := r.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := checkMatch(in.IfMatch, doc.Version); err != nil {
		return nil, err
	}
	current, err := json.Marshal(before)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", r.kind, err)
	}
	merged, err := protocol.MergePatch(current, callOf(ctx).body)
	if err != nil {
		return nil, err
	}
	v := new(T)
	if err := protocol.Decode(merged, 0, v); err != nil {
		return nil, err
	}
	was, meta := P(before).Meta(), P(v).Meta()
	if *meta.ID != *was.ID || *meta.Version != *was.Version {
		return nil, refuseField("/id", protocol.FieldReadOnly)
	}
	return v, r.save(ctx, before, v, doc.Version)
}

func (r *resource[T, P]) remove(ctx context.Context, in *idIn) (*none, error) {
	v, doc, err := r.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	p := callOf(ctx).principal
	if r.mayWrite != nil {
		if err := r.mayWrite(p, v); err != nil {
			return nil, err
		}
	}
	if err := checkMatch(in.IfMatch, doc.Version); err != nil {
		return nil, err
	}
	if err := r.s.mustBeUnused(ctx, r.kind, in.ID); err != nil {
		return nil, err
	}
	if err := r.s.o.Documents.Delete(ctx, r.kind, in.ID, doc.Version, p); err != nil {
		return nil, err
	}
	if r.after != nil {
		if err := r.after(ctx, in.ID, nil); err != nil {
			return nil, err
		}
	}
	return &none{}, nil
}

// save checks, writes and sets the version. The stored body has neither secrets to show once nor the version.
func (r *resource[T, P]) save(ctx context.Context, before, v *T, version uint64) error {
	p := callOf(ctx).principal
	if err := r.may(p, before, v); err != nil {
		return err
	}
	if r.prepare != nil {
		if err := r.prepare(ctx, before, v); err != nil {
			return err
		}
	}
	if r.refs != nil {
		if err := r.s.mustExist(ctx, r.refs(v)); err != nil {
			return err
		}
	}
	return r.saveAs(ctx, v, version)
}

// saveAs writes what was checked.
func (r *resource[T, P]) saveAs(ctx context.Context, v *T, version uint64) error {
	p := callOf(ctx).principal
	meta := P(v).Meta()
	stored := *v
	*P(&stored).Meta().Version = 0
	body, err := json.Marshal(r.stored(stored))
	if err != nil {
		return fmt.Errorf("encode %s: %w", r.kind, err)
	}
	change := Change{Document: Document{Kind: r.kind, ID: *meta.ID, Version: version, Body: body}, By: p}
	if r.unique != nil {
		change.Unique = r.unique(v)
	}
	written, err := r.s.o.Documents.Put(ctx, change)
	if err != nil {
		return err
	}
	*meta.Version = int64(written)
	if r.after != nil {
		return r.after(ctx, *meta.ID, v)
	}
	return nil
}

func (r *resource[T, P]) may(p Principal, before, v *T) error {
	if r.mayWrite == nil {
		return nil
	}
	if before != nil {
		if err := r.mayWrite(p, before); err != nil {
			return err
		}
	}
	return r.mayWrite(p, v)
}

func (r *resource[T, P]) find(ctx context.Context, id string) (*T, Document, error) {
	doc, err := r.s.o.Documents.Get(ctx, r.kind, id)
	var refused *Refusal
	if r.absent != nil && errors.As(err, &refused) && refused.Code == protocol.CodeNotFound {
		return r.absent(id), Document{Kind: r.kind, ID: id}, nil
	}
	if err != nil {
		return nil, Document{}, err
	}
	v, err := r.load(doc)
	if err != nil {
		return nil, Document{}, err
	}
	if r.visible != nil && !r.visible(callOf(ctx).principal, v) {
		return nil, Document{}, Refuse(protocol.CodeNotFound)
	}
	return v, doc, nil
}

func (r *resource[T, P]) load(doc Document) (*T, error) {
	v := new(T)
	protocol.SetDefaults(v)
	if err := json.Unmarshal(doc.Body, v); err != nil {
		return nil, fmt.Errorf("decode %s %s: %w", r.kind, doc.ID, err)
	}
	protocol.FillLists(v)
	meta := P(v).Meta()
	*meta.ID, *meta.Version = doc.ID, int64(doc.Version)
	return v, nil
}

func (r *resource[T, P]) shown(v T) T {
	if r.show != nil {
		return r.show(v)
	}
	return v
}

// stored is what is written down: an agent's password is not.
func (r *resource[T, P]) stored(v T) any {
	if a, ok := any(v).(protocol.Agent); ok {
		a.Password = ""
		return a
	}
	return v
}

func (r *resource[T, P]) answer(status int, v *T) *bodyOf[T] {
	return &bodyOf[T]{Status: status, ETag: etag(*P(v).Meta().Version), Body: r.shown(*v)}
}

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// checkMatch compares If-Match with the stored version; an absent one and * match.
func checkMatch(header string, version uint64) error {
	header = strings.TrimPrefix(header, "W/")
	if header == "" || header == "*" || strings.Trim(header, `"`) == strconv.FormatUint(version, 10) {
		return nil
	}
	return Refuse(protocol.CodeVersionMismatch)
}
