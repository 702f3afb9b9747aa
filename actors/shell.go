package actors

import (
	"errors"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// answersOf gives the records that keep the answers of durable causes among what is about to be sent.
func answersOf(out []dispatch.Envelope, now time.Time) []dispatch.CommandAnswered {
	var kept []dispatch.CommandAnswered
	for i := range out {
		if a, ok := out[i].Message.(dispatch.Answer); ok && a.Cause.Durable() {
			kept = append(kept, dispatch.CommandAnswered{Cause: a.Cause, Reply: a.Reply, Err: a.Err, At: now})
		}
	}
	return kept
}

// refusal turns an error of Step into the answer that tells it.
func refusal(e dispatch.Envelope, err error) []dispatch.Envelope {
	if e.From == (dispatch.Address{}) {
		return nil
	}
	var de *dispatch.Error
	if !errors.As(err, &de) {
		de = &dispatch.Error{Code: dispatch.CodeInternal, Message: "internal error"}
	}
	return []dispatch.Envelope{{To: e.From, From: e.To, Cause: e.Cause, Message: dispatch.Answer{Cause: e.Cause, Err: de}}}
}

// arm sets the actor's one timer.
func arm(c *act.Context, at time.Time) {
	if at.IsZero() {
		c.Disarm()
		return
	}
	c.Arm(at)
}

// incoming gives the machine's message of an actor's envelope; ok is false for what is not for a machine.
func incoming(e act.Envelope) (dispatch.Envelope, bool) {
	switch m := e.Msg.(type) {
	case dispatch.Envelope:
		m.From = plain(e.From)
		return m, true
	case act.Wake:
		return dispatch.Envelope{Message: dispatch.Wake{}}, true
	}
	return dispatch.Envelope{}, false
}

// notMade tells the errors of a save that prove that nothing was written from those that do not; nil for the latter.
func notMade(err error) *dispatch.Error {
	switch {
	case errors.Is(err, ErrTaken):
		return &dispatch.Error{Code: dispatch.CodeTaken, Message: "somebody else has it"}
	case errors.Is(err, ErrReadOnly):
		return &dispatch.Error{Code: dispatch.CodeReadOnly, Message: "the disk is too full for changes"}
	}
	return nil
}
