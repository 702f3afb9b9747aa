package actors

import (
	"errors"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// answerKept is the record that keeps what is about to be sent, when that is the answer of a durable cause; else nil.
func answerKept(out *dispatch.Envelope, now time.Time) dispatch.Record {
	a, ok := out.Message.(dispatch.Answer)
	if !ok || !a.Cause.Durable() {
		return nil
	}
	return dispatch.CommandAnswered{Cause: a.Cause, Reply: a.Reply, Err: a.Err, At: now}
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

// refusals tells everybody who waits for an answer of a decision that was not made. Only an arrival knows what to do about
// a claim of somebody else; for others it is the open conversation of the contact that is in the way.
func refusals(e dispatch.Envelope, sends []dispatch.Envelope, err *dispatch.Error) []dispatch.Envelope {
	switch e.Message.(type) {
	case dispatch.OpenConversation, dispatch.ReceiveMessage:
		return refusal(e, err)
	}
	if err.Code == dispatch.CodeTaken {
		err = &dispatch.Error{Code: dispatch.CodeConversationOpen, Message: "another conversation of the contact is open on the channel", Detail: "another"}
	}
	out := refusal(e, err)
	for _, s := range sends {
		if a, ok := s.Message.(dispatch.Answer); ok && (s.To != e.From || a.Cause != e.Cause) {
			out = append(out, dispatch.Envelope{To: s.To, From: e.To, Cause: a.Cause, Message: dispatch.Answer{Cause: a.Cause, Err: err}})
		}
	}
	return out
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
	if _, ok := e.Msg.(act.Wake); ok {
		return dispatch.Envelope{Message: dispatch.Wake{}}, true
	}
	m, ok := carried(e.Msg)
	m.From = plain(e.From)
	return m, ok
}

// carried gives the machine's message that travels as an actor's: by value, or by pointer when deliver sent it.
func carried(msg any) (m dispatch.Envelope, ok bool) {
	if p, ok := msg.(*dispatch.Envelope); ok {
		return *p, true
	}
	m, ok = msg.(dispatch.Envelope)
	return m, ok
}

// notMade tells the errors of a save that prove that nothing was written from those that do not; nil for the latter.
func notMade(err error) *dispatch.Error {
	switch {
	case errors.Is(err, ErrAttachment):
		return &dispatch.Error{Code: dispatch.CodeBadRequest, Message: "an attachment is in another conversation", Detail: "/data/attachment_ids"}
	case errors.Is(err, ErrMerged):
		return &dispatch.Error{Code: dispatch.CodeContactMerged, Message: "the contact was merged into another one"}
	case errors.Is(err, ErrTaken):
		return &dispatch.Error{Code: dispatch.CodeTaken, Message: "somebody else has it"}
	case errors.Is(err, ErrReadOnly):
		return &dispatch.Error{Code: dispatch.CodeReadOnly, Message: "the disk is too full for changes"}
	}
	return nil
}
