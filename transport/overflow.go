package transport

import (
	"context"
	"encoding/json"
	"fmt"

	"pronto/protocol"
)

func overflowRefs(o *protocol.Overflow) []reference {
	var refs []reference
	for _, cause := range protocol.OverflowCauses {
		if r := o.Rule(cause); r != nil {
			refs = append(refs, someReference("/overflow/"+cause+"/queue_id", KindQueue, r.QueueID)...)
		}
	}
	return refs
}

// noOverflowCircle refuses a rule whose queue overflows, over others maybe, into this one again.
func (s *Server) noOverflowCircle(ctx context.Context, q *protocol.Queue) error {
	var wrong []protocol.FieldError
	for _, ref := range overflowRefs(q.Overflow) {
		if ref.id == q.ID {
			continue // told with the other fields
		}
		circle, err := s.overflowsInto(ctx, ref.id, q.ID, map[string]bool{})
		if err != nil {
			return err
		}
		if circle {
			wrong = append(wrong, protocol.FieldError{Pointer: ref.pointer, Code: protocol.FieldConflict})
		}
	}
	if len(wrong) > 0 {
		return &Refusal{Code: protocol.CodeBadRequest, Fields: wrong}
	}
	return nil
}

// overflowsInto follows the rules, as they are stored or about to be.
func (s *Server) overflowsInto(ctx context.Context, from, to string, seen map[string]bool) (bool, error) {
	if from == to || seen[from] {
		return from == to, nil
	}
	seen[from] = true
	o, err := s.overflowOf(ctx, from)
	if err != nil {
		return false, err
	}
	for _, ref := range overflowRefs(o) {
		if circle, err := s.overflowsInto(ctx, ref.id, to, seen); circle || err != nil {
			return circle, err
		}
	}
	return false, nil
}

// overflowOf a queue. One that is not there is told with the other references.
func (s *Server) overflowOf(ctx context.Context, id string) (*protocol.Overflow, error) {
	drafts, _ := ctx.Value(draftQueues{}).(map[string]*protocol.Overflow)
	if o, drafted := drafts[id]; drafted {
		return o, nil
	}
	doc, err := s.o.Documents.Get(ctx, KindQueue, id)
	if err != nil {
		if isNotFound(err) {
			err = nil
		}
		return nil, err
	}
	var q protocol.Queue
	if err := json.Unmarshal(doc.Body, &q); err != nil {
		return nil, fmt.Errorf("decode queue %s: %w", id, err)
	}
	return q.Overflow, nil
}

type draftQueues struct{}

// withDraftQueues lets the queues of a file that is being checked be seen before they are written. What is wrong with one
// is told elsewhere.
func withDraftQueues(ctx context.Context, list []json.RawMessage) context.Context {
	drafts := make(map[string]*protocol.Overflow, len(list))
	for _, raw := range list {
		var q struct {
			ID       string             `json:"id"`
			Overflow *protocol.Overflow `json:"overflow"`
		}
		if json.Unmarshal(raw, &q) == nil && q.ID != "" {
			drafts[q.ID] = q.Overflow
		}
	}
	return context.WithValue(ctx, draftQueues{}, drafts)
}
