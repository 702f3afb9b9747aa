package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"pronto/protocol"
)

// registerContactConfiguration: custom fields of contacts, and what of a contact is shown masked.
func (s *Server) registerContactConfiguration() {
	(&resource[protocol.ContactField, *protocol.ContactField]{
		s: s, path: "/contact-fields", tag: "contact fields", kind: KindContactField, prefix: "cfd", read: ActReadShared, write: ActWriteConfig,
		unique: func(f *protocol.ContactField) []Unique {
			return []Unique{{Key: "contact_field_key", Value: f.Key, Pointer: "/key"}}
		},
		prepare: func(_ context.Context, before, f *protocol.ContactField) error {
			switch {
			case before == nil:
				return nil
			case before.Key != f.Key:
				return refuseField("/key", protocol.FieldReadOnly) // values are kept under it
			case before.Kind != f.Kind:
				return refuseField("/kind", protocol.FieldReadOnly)
			}
			return nil
		},
	}).register()
	const path, tag = "/contact-privacy", "contact fields"
	s.sections = append(s.sections, privacySection{s})
	handle(s, route{method: http.MethodGet, path: path, tag: tag, summary: "What of contacts is shown masked", action: ActReadShared}, s.getPrivacy)
	handle(s, route{
		method: http.MethodPatch, path: path, tag: tag, summary: "Change what is shown masked", action: ActWriteConfig,
		body: protocol.ContactPrivacy{}, patch: true,
	}, s.patchPrivacy)
}

type matchIn struct {
	IfMatch string `header:"If-Match" maxLength:"64" doc:"The version in quotes; another one is answered 412"`
}

func (s *Server) getPrivacy(ctx context.Context, _ *struct{}) (*bodyOf[protocol.ContactPrivacy], error) {
	v, err := s.privacy(ctx)
	return privacyAnswer(v, err)
}

func privacyAnswer(v protocol.ContactPrivacy, err error) (*bodyOf[protocol.ContactPrivacy], error) {
	if err != nil {
		return nil, err
	}
	out := answer(v)
	out.ETag = etag(v.Version)
	return out, nil
}

// privacy is the stored document, or the defaults at version 0.
func (s *Server) privacy(ctx context.Context) (v protocol.ContactPrivacy, err error) {
	protocol.SetDefaults(&v)
	protocol.FillLists(&v)
	doc, err := s.o.Documents.Get(ctx, KindContactPrivacy, KindContactPrivacy)
	var refused *Refusal
	if errors.As(err, &refused) && refused.Code == protocol.CodeNotFound {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(doc.Body, &v); err != nil {
		return v, fmt.Errorf("decode %s: %w", KindContactPrivacy, err)
	}
	v.Version = int64(doc.Version)
	return v, nil
}

func (s *Server) patchPrivacy(ctx context.Context, in *matchIn) (*bodyOf[protocol.ContactPrivacy], error) {
	before, err := s.privacy(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkMatch(in.IfMatch, uint64(before.Version)); err != nil {
		return nil, err
	}
	current, err := json.Marshal(before)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", KindContactPrivacy, err)
	}
	merged, err := protocol.MergePatch(current, callOf(ctx).body)
	if err != nil {
		return nil, err
	}
	var v protocol.ContactPrivacy
	if err := protocol.Decode(merged, 0, &v); err != nil {
		return nil, err
	}
	if v.Version != before.Version {
		return nil, refuseField("/version", protocol.FieldReadOnly)
	}
	stored := v
	stored.Version = 0
	body, err := json.Marshal(stored)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", KindContactPrivacy, err)
	}
	written, err := s.o.Documents.Put(ctx, Change{
		Document: Document{Kind: KindContactPrivacy, ID: KindContactPrivacy, Version: uint64(before.Version), Body: body}, By: callOf(ctx).principal,
	})
	v.Version = int64(written)
	return privacyAnswer(v, err)
}
