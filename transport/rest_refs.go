package transport

import (
	"context"
	"errors"
	"slices"

	"pronto/protocol"
)

// mustExist refuses references to what is not there.
func (s *Server) mustExist(ctx context.Context, refs []reference) error {
	var missing []protocol.FieldError
	for _, ref := range refs {
		_, err := s.o.Documents.Get(ctx, ref.kind, ref.id)
		var refused *Refusal
		switch {
		case errors.As(err, &refused) && refused.Code == protocol.CodeNotFound:
			missing = append(missing, protocol.FieldError{Pointer: ref.pointer, Code: protocol.FieldNotFound})
		case err != nil:
			return err
		}
	}
	if len(missing) > 0 {
		return &Refusal{Code: protocol.CodeBadRequest, Fields: missing}
	}
	return nil
}

// refersTo reports whether any object of this resource refers to the given one.
func (r *resource[T, P]) refersTo(ctx context.Context, kind, id string) (found bool, err error) {
	if r.refs == nil {
		return false, nil
	}
	err = r.each(ctx, func(v *T) error {
		found = found || slices.ContainsFunc(r.refs(v), func(ref reference) bool { return ref.kind == kind && ref.id == id })
		return nil
	})
	return found, err
}

// each calls fn with every stored object.
func (r *resource[T, P]) each(ctx context.Context, fn func(v *T) error) error {
	for after := ""; ; {
		docs, err := r.s.o.Documents.List(ctx, r.kind, after, protocol.MaxListLimit)
		if err != nil {
			return err
		}
		for _, d := range docs {
			after = d.ID
			v, err := r.load(d)
			if err == nil {
				err = fn(v)
			}
			if err != nil {
				return err
			}
		}
		if len(docs) < protocol.MaxListLimit {
			return nil
		}
	}
}

// mustBeUnused refuses to remove what another object refers to.
func (s *Server) mustBeUnused(ctx context.Context, kind, id string) error {
	for _, refersTo := range s.referrers {
		used, err := refersTo(ctx, kind, id)
		if err != nil {
			return err
		}
		if used {
			return Refuse(protocol.CodeInUse)
		}
	}
	return nil
}
