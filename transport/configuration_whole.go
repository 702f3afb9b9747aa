package transport

import (
	"context"
	"encoding/json"
	"fmt"

	"pronto/protocol"
)

// What only shows when a file is looked at as a whole, before its first object is written.

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
