package transport

import (
	"context"
	"encoding/json"
	"fmt"

	"pronto/protocol"
)

// privacySection is the one document of what is shown masked, as a section of one object.
type privacySection struct{ s *Server }

func (p privacySection) name() string { return "contact-privacy" }

func (p privacySection) kindOf() string { return KindContactPrivacy }

func (p privacySection) claims(context.Context) (claims, error) { return nil, nil }

func (p privacySection) export(ctx context.Context) ([]json.RawMessage, error) {
	v, err := p.s.privacy(ctx)
	if err != nil || v.Version == 0 {
		return nil, err
	}
	v.Version = 0
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", KindContactPrivacy, err)
	}
	return []json.RawMessage{withoutVersion(raw)}, nil
}

func (p privacySection) plan(ctx context.Context, raw json.RawMessage, _ map[reference]bool) (*planned, error) {
	var v protocol.ContactPrivacy
	if err := protocol.Decode(raw, 0, &v); err != nil {
		return nil, err
	}
	before, err := p.s.privacy(ctx)
	if err != nil {
		return nil, err
	}
	version := uint64(before.Version)
	before.Version, v.Version = 0, 0
	was, err := json.Marshal(before)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", KindContactPrivacy, err)
	}
	is, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", KindContactPrivacy, err)
	}
	out := &planned{change: protocol.ConfigurationChange{Section: p.name(), ID: KindContactPrivacy, Action: "updated"}}
	out.change.Fields, err = ChangedFields(was, is)
	out.same = len(out.change.Fields) == 0
	out.write = func(ctx context.Context) error {
		_, err := p.s.o.Documents.Put(ctx, Change{
			Document: Document{Kind: KindContactPrivacy, ID: KindContactPrivacy, Version: version, Body: is}, By: callOf(ctx).principal,
		})
		return err
	}
	return out, err
}
