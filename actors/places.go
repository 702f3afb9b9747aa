package actors

import (
	"context"
	"fmt"

	"pronto/dispatch"
)

// Place asks a queue where a conversation stands: refused with not_found unless it waits there. The queue must exist.
func (s *System) Place(ctx context.Context, queue dispatch.QueueID, id dispatch.ConversationID) (dispatch.Place, error) {
	reply, err := s.Ask(ctx, dispatch.Envelope{To: queue.Address(), Message: dispatch.AskPlace{Conversation: id}})
	if err != nil {
		return dispatch.Place{}, err
	}
	p, ok := reply.(dispatch.ReplyPlace)
	if !ok {
		return dispatch.Place{}, fmt.Errorf("place in %s: reply of type %T", queue, reply)
	}
	return p.Place, nil
}

// Why asks a queue why a conversation waits: refused with not_found unless it waits there. The queue must exist.
func (s *System) Why(ctx context.Context, queue dispatch.QueueID, id dispatch.ConversationID) (dispatch.Decision, error) {
	reply, err := s.Ask(ctx, dispatch.Envelope{To: queue.Address(), Message: dispatch.AskWhy{Conversation: id}})
	if err != nil {
		return dispatch.Decision{}, err
	}
	w, ok := reply.(dispatch.ReplyWhy)
	if !ok {
		return dispatch.Decision{}, fmt.Errorf("why in %s: reply of type %T", queue, reply)
	}
	return w.Decision, nil
}

// QueueView asks a queue how it stands. The queue must exist.
func (s *System) QueueView(ctx context.Context, queue dispatch.QueueID) (dispatch.QueueView, error) {
	reply, err := s.Ask(ctx, dispatch.Envelope{To: queue.Address(), Message: dispatch.AskQueue{}})
	if err != nil {
		return dispatch.QueueView{}, err
	}
	v, ok := reply.(dispatch.ReplyQueue)
	if !ok {
		return dispatch.QueueView{}, fmt.Errorf("view of %s: reply of type %T", queue, reply)
	}
	return v.Queue, nil
}

// Waiting asks a queue for a part of its list. The queue must exist.
func (s *System) Waiting(ctx context.Context, queue dispatch.QueueID, after dispatch.WaitingPlace, limit int) (dispatch.ReplyWaiting, error) {
	reply, err := s.Ask(ctx, dispatch.Envelope{To: queue.Address(), Message: dispatch.AskWaiting{After: after, Limit: limit}})
	if err != nil {
		return dispatch.ReplyWaiting{}, err
	}
	r, ok := reply.(dispatch.ReplyWaiting)
	if !ok {
		return r, fmt.Errorf("list of %s: reply of type %T", queue, reply)
	}
	return r, nil
}

// Preview asks a queue who would get a conversation that does not exist, and which place it would have. The queue must exist.
func (s *System) Preview(ctx context.Context, queue dispatch.QueueID, m dispatch.AskPreview) (dispatch.ReplyWhy, error) {
	reply, err := s.Ask(ctx, dispatch.Envelope{To: queue.Address(), Message: m})
	if err != nil {
		return dispatch.ReplyWhy{}, err
	}
	w, ok := reply.(dispatch.ReplyWhy)
	if !ok {
		return w, fmt.Errorf("preview in %s: reply of type %T", queue, reply)
	}
	return w, nil
}
