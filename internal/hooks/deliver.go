package hooks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"pronto/dispatch"
	"pronto/internal/outbound"
	"pronto/storage"
	"pronto/transport/delivery"
)

const (
	// longestPause is how long a receiver that failed again and again is left alone. Events wait longer, each for itself.
	longestPause = time.Minute
	duePage      = 64 // conversations that are looked at, in order of what is due
)

// reasonGone is what a webhook is disabled for.
const reasonGone = "gone"

// Attempt is one event's turn at a receiver.
type Attempt struct {
	Hook         string
	Conversation dispatch.ConversationID
	o            *Options
	to           outbound.Hook
	attempts     int // before this one
}

// Outcome is what became of an attempt.
type Outcome struct {
	hook         string
	conversation dispatch.ConversationID
	url          string            // where it was sent
	event        storage.HookEvent // no ordinal: nothing waited any more
	result       delivery.Result
	status       int
	at           time.Time // when it was settled
}

func (o *Outcome) taken() bool { return o.result.State == delivery.Sent }

// room is how many more attempts may begin for the webhook now.
func (f *Follower) room(h *hook) int {
	limit := maxPerHook
	switch {
	case f.o.Now().Before(h.pause):
		limit = 0
	case h.failing():
		limit = 1
	}
	return min(limit-len(h.busy), maxFlying-f.flying)
}

// failing: not one event but the receiver is in trouble. One that refuses now and then is not.
func (h *hook) failing() bool { return h.failures >= maxPerHook }

// send begins what is due for a webhook, as far as there is room, and says when there is more to begin; zero: once something
// under way has ended.
func (f *Follower) send(ctx context.Context, h *hook) (next time.Time, err error) {
	now, room := f.o.Now(), f.room(h)
	if !h.Enabled || len(h.keys(now)) == 0 || ctx.Err() != nil {
		return time.Time{}, nil
	}
	if f.o.DB.Err() != nil { // what is taken could not be noted, and would be sent again and again
		return now.Add(trouble), nil
	}
	var old []Outcome
	err = f.o.DB.HookDue(h.ID, duePage+len(h.busy), func(head storage.HookHead) error {
		switch {
		case head.Due.After(now):
			next = sooner(next, head.Due)
			return storage.ErrStop
		case h.busy[head.Conversation]:
		case h.failing() && now.Sub(head.Since) >= f.w.GiveUp:
			old = append(old, Outcome{hook: h.ID, conversation: head.Conversation, result: h.last.result, status: h.last.status, at: now})
		case room > 0:
			room--
			f.begin(ctx, h, now, head)
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
		if next = now; !f.park(ctx, old) {
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

// to is where a webhook's events go now.
func (o *Options) to(h *hook, now time.Time) outbound.Hook {
	return outbound.Hook{Client: o.Client, URL: h.URL, Keys: h.keys(now), Now: o.Now}
}

func (f *Follower) begin(ctx context.Context, h *hook, now time.Time, head storage.HookHead) {
	h.busy[head.Conversation] = true
	f.flying++
	f.w.Begin(ctx, &Attempt{Hook: head.Hook, Conversation: head.Conversation, o: &f.o, to: f.o.to(h, now), attempts: head.Attempts})
}

// Do sends the first event that waits. It reads what is stored now, and may be called beside everything else.
func (a *Attempt) Do(ctx context.Context) Outcome {
	o := Outcome{hook: a.Hook, conversation: a.Conversation, url: a.to.URL}
	if err := a.try(ctx, &o); err != nil && !stopped(ctx, err) {
		a.o.Log.Error().Err(err).Str("webhook", a.Hook).Str("conversation_id", string(a.Conversation)).Msg("webhook event")
	}
	return o
}

// try's error is ours, not the receiver's; the event is tried again all the same.
func (a *Attempt) try(ctx context.Context, o *Outcome) error {
	o.result = delivery.Result{State: delivery.Retry, Reason: "internal"}
	limit := 1
	if planted("webhook_retry_overtaken") && a.attempts > 0 {
		limit = 2
	}
	events, err := a.o.DB.HookWaiting(a.Hook, a.Conversation, limit)
	if err != nil {
		return err
	}
	if len(events) == 0 {
		o.result = delivery.Result{State: delivery.Sent}
		return nil
	}
	o.event = events[len(events)-1]
	told, err := toldOf(a.o.DB, o.event)
	var body []byte
	if err == nil {
		body, err = a.o.Body(told)
	}
	if errors.Is(err, storage.ErrNotFound) { // erased since: nothing is left to tell
		o.result = delivery.Result{State: delivery.Sent}
		return nil
	}
	if err != nil {
		return err
	}
	o.result, o.status = post(ctx, a.to, EventID(o.event), body, a.attempts+1)
	return nil
}

// toldOf reads an event from the history as it may be shown now.
func toldOf(db *storage.DB, e storage.HookEvent) (Told, error) {
	records, err := db.Records(e.Conversation, e.Ordinal-1, 1)
	if err != nil {
		return Told{}, err
	}
	if len(records) == 0 || records[0].Ordinal != e.Ordinal {
		return Told{}, fmt.Errorf("event %d of %s: %w", e.Ordinal, e.Conversation, storage.ErrNotFound)
	}
	name, err := nameOf(db, e.Conversation, e.Ordinal, records[0].Record)
	return Told{ID: EventID(e), Name: name, Conversation: e.Conversation, Record: records[0]}, err
}

// post judges an answer: 2xx is taken, 410 is gone, and everything else may be better later.
func post(ctx context.Context, to outbound.Hook, id string, body []byte, attempt int) (delivery.Result, int) {
	answer, err := to.Send(ctx, id, body)
	if err != nil {
		if planted("webhook_silence_is_taken") {
			return delivery.Result{State: delivery.Sent}, 0
		}
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
