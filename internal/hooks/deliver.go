package hooks

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"pronto/dispatch"
	"pronto/internal/outbound"
	"pronto/storage"
	"pronto/transport/delivery"
)

// GiveUp is for how long a failing event is tried, from when it began to wait.
const GiveUp = 24 * time.Hour

const (
	attemptTime = 20 * time.Second // of one request, with everything
	// longestPause is how long a receiver that failed again and again is left alone. Events wait longer, each for itself.
	longestPause = time.Minute
	duePage      = 64 // conversations that are looked at, in order of what is due
)

// reasonGone is what a webhook is disabled for.
const reasonGone = "gone"

// outcome is what became of an attempt.
type outcome struct {
	hook         string
	conversation dispatch.ConversationID
	event        storage.HookEvent // no ordinal: nothing waited any more
	result       delivery.Result
	status       int
	at           time.Time
}

func (o *outcome) taken() bool { return o.result.State == delivery.Sent }

// room is how many more attempts may begin for the webhook now.
func (s *Service) room(h *hook) int {
	limit := maxPerHook
	switch {
	case s.o.Now().Before(h.pause):
		limit = 0
	case h.failing():
		limit = 1
	}
	return min(limit-len(h.busy), maxFlying-s.flying)
}

// failing: not one event but the receiver is in trouble. One that refuses now and then is not.
func (h *hook) failing() bool { return h.failures >= maxPerHook }

// start begins what is due for a webhook, as far as there is room, and says when there is more to begin; zero: once something
// under way has ended.
func (s *Service) start(ctx context.Context, h *hook) (next time.Time, err error) {
	keys := h.keys(s.o.Now())
	if !h.Enabled || len(keys) == 0 || ctx.Err() != nil {
		return time.Time{}, nil
	}
	now, room := s.o.Now(), s.room(h)
	if s.o.DB.Err() != nil { // what is taken could not be noted, and would be sent again and again
		return now.Add(trouble), nil
	}
	var old []outcome
	err = s.o.DB.HookDue(h.ID, duePage+len(h.busy), func(head storage.HookHead) error {
		switch {
		case head.Due.After(now):
			next = sooner(next, head.Due)
			return storage.ErrStop
		case h.busy[head.Conversation]:
		case h.failing() && now.Sub(head.Since) >= GiveUp:
			old = append(old, outcome{hook: h.ID, conversation: head.Conversation, result: h.last.result, status: h.last.status, at: now})
		case room > 0:
			room--
			s.begin(ctx, h, keys, head)
		default:
			if now.Before(h.pause) {
				next = sooner(next, h.pause)
			}
			if !h.failing() {
				return storage.ErrStop
			}
		}
		return nil
	})
	if err == nil && len(old) > 0 {
		if next = now; !s.park(ctx, old) {
			next = now.Add(trouble)
		}
	}
	return next, err
}

func (h *hook) keys(now time.Time) (out []outbound.Key) {
	for _, k := range h.Keys {
		if k.Until.IsZero() || now.Before(k.Until) {
			out = append(out, k.Key)
		}
	}
	return out
}

// begin makes one attempt on its own.
func (s *Service) begin(ctx context.Context, h *hook, keys []outbound.Key, head storage.HookHead) {
	h.busy[head.Conversation] = true
	s.flying++
	to := outbound.Hook{Client: s.o.Client, URL: h.URL, Keys: keys, Now: s.o.Now}
	s.working.Go(func() {
		o := outcome{hook: head.Hook, conversation: head.Conversation}
		if err := s.attempt(ctx, to, head, &o); err != nil && !stopped(ctx, err) {
			s.o.Log.Error().Err(err).Str("webhook", head.Hook).Str("conversation_id", string(head.Conversation)).Msg("webhook event")
		}
		o.at = s.o.Now()
		s.outcomes <- o // never full: maxFlying at once
	})
}

// attempt sends the first event that waits. An error is ours, not the receiver's; the event is tried again all the same.
func (s *Service) attempt(ctx context.Context, to outbound.Hook, head storage.HookHead, o *outcome) error {
	o.result = delivery.Result{State: delivery.Retry, Reason: "internal"}
	events, err := s.o.DB.HookWaiting(head.Hook, head.Conversation, 1)
	if err != nil {
		return err
	}
	if len(events) == 0 {
		o.result = delivery.Result{State: delivery.Sent}
		return nil
	}
	o.event = events[0]
	told, err := s.told(o.event)
	var body []byte
	if err == nil {
		body, err = s.o.Body(told)
	}
	if errors.Is(err, storage.ErrNotFound) { // erased since: nothing is left to tell
		o.result = delivery.Result{State: delivery.Sent}
		return nil
	}
	if err != nil {
		return err
	}
	o.result, o.status = post(ctx, to, EventID(o.event), body, head.Attempts+1)
	return nil
}

// told reads an event from the history as it may be shown now.
func (s *Service) told(e storage.HookEvent) (Told, error) {
	records, err := s.o.DB.Records(e.Conversation, e.Ordinal-1, 1)
	if err != nil {
		return Told{}, err
	}
	if len(records) == 0 || records[0].Ordinal != e.Ordinal {
		return Told{}, fmt.Errorf("event %d of %s: %w", e.Ordinal, e.Conversation, storage.ErrNotFound)
	}
	name, err := nameOf(s.o.DB, e.Conversation, e.Ordinal, records[0].Record)
	return Told{ID: EventID(e), Name: name, Conversation: e.Conversation, Record: records[0]}, err
}

// What says which event a waiting or parked one is, and when it happened; no name: nothing is left of it.
func (s *Service) What(e storage.HookEvent) (name string, at time.Time, err error) {
	told, err := s.told(e)
	if errors.Is(err, storage.ErrNotFound) {
		return "", time.Time{}, nil
	}
	return told.Name, told.Record.Time, err
}

// post judges an answer: 2xx is taken, 410 is gone, and everything else may be better later.
func post(ctx context.Context, to outbound.Hook, id string, body []byte, attempt int) (delivery.Result, int) {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	answer, err := to.Send(ctx, id, body)
	if err != nil {
		return delivery.AfterError(err, attempt), 0
	}
	r := delivery.AfterStatus(answer.Status, answer.Header, attempt)
	switch {
	case answer.Status == http.StatusGone:
		r.Reason = reasonGone
	case r.Reason == delivery.ReasonUnauthorized: // the words for channels are other ones
		r.Reason = delivery.ReasonRejected
	}
	return r, answer.Status
}

// Try posts one body to a webhook now, for somebody who waits for the outcome.
func (s *Service) Try(ctx context.Context, t Target, id string, body []byte) (delivery.Result, int) {
	h := hook{Target: t}
	return post(ctx, outbound.Hook{Client: s.o.Client, URL: t.URL, Keys: h.keys(s.o.Now()), Now: s.o.Now}, id, body, 1)
}

// jittered spreads what failed together.
func jittered(d time.Duration) time.Duration { return d + rand.N(d/4+1) }
