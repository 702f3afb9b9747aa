package actors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pronto/dispatch"
)

// Receive takes a contact's message to its conversation and returns once it is durable. open.Opened says what a new
// conversation would be, but for its protocol number, which number gives when one is about to be opened. The answer to a message that was taken before is the first one again, with duplicate set.
func (s *System) Receive(ctx context.Context, open dispatch.OpenConversation, number func(time.Time) (string, error)) (r dispatch.ReplyInbound, duplicate bool, err error) {
	a := dispatch.NewArrival(open)
	place := arrivalKey{open.Opened.Channel, open.Opened.Contact.ID}
	external := dispatch.ExternalID("") // looked for only once a claim says that it is known: most messages are new
	step := a.Start()
	if id, ok := s.hints.get(place); ok {
		step = a.Found(dispatch.Found{Open: id})
	}
	for {
		switch {
		case step.Err != nil:
			return r, false, step.Err
		case step.Look:
			f, err := s.o.Store.FindArrival(open.Opened.Channel, open.Opened.Contact.ID, external)
			if err != nil {
				return r, false, fmt.Errorf("find conversation: %w", err)
			}
			duplicate = f.Duplicate != nil
			step = a.Found(f)
		case step.Open && open.Opened.Protocol == "":
			if open.Opened.Protocol, err = number(s.Now()); err != nil {
				return r, false, err
			}
			step = a.Number(open.Opened.Protocol)
		case step.Ask != nil:
			answer, err := s.askAnswer(ctx, *step.Ask)
			if err != nil {
				return r, false, err
			}
			external = open.First.External
			step = a.Answered(answer)
		default:
			if !duplicate {
				s.hints.put(place, step.Done.Conversation)
			}
			return step.Done, duplicate, nil
		}
	}
}

// askAnswer is Ask with refusals as part of the answer.
func (s *System) askAnswer(ctx context.Context, e dispatch.Envelope) (dispatch.Answer, error) {
	reply, err := s.Ask(ctx, e)
	var refused *dispatch.Error
	if err != nil && !errors.As(err, &refused) {
		return dispatch.Answer{}, err
	}
	return dispatch.Answer{Reply: reply, Err: refused}, nil
}
