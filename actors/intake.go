package actors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pronto/dispatch"
)

// Intake is a contact's message on its way to its conversation.
type Intake struct {
	// Open says what a new conversation would be, but for its protocol number, which Number gives when one is about to
	// be opened.
	Open   dispatch.OpenConversation
	Number func(time.Time) (string, error)
	// Prefer says who should have a new conversation that names nobody; nil: anybody.
	Prefer func() (dispatch.AgentID, error)
	// Kin are the contacts that are one with Open's by merges, whose open conversations go on: the sender's first.
	Kin []dispatch.ContactID
	Era uint64 // what Era said before Kin was looked up
	// Stranger: the contact was made for this message, so there is no conversation to look for.
	Stranger bool
}

// Receive takes the message to its conversation and returns once it is durable. The answer to a message that was taken
// before is the first one again, with duplicate set.
func (s *System) Receive(ctx context.Context, in Intake) (r dispatch.ReplyInbound, duplicate bool, err error) {
	open := in.Open
	a := dispatch.NewArrival(open)
	place := arrivalKey{open.Opened.Channel, in.Kin[0]}
	external := dispatch.ExternalID("") // looked for only once a claim says that it is known: most messages are new
	step, hinted := a.Start(), dispatch.ConversationID("")
	if in.Stranger {
		step = dispatch.ArrivalStep{Open: true} // there is nothing to be found
	} else if id, young, ok := s.hints.get(place); ok {
		step = a.Found(dispatch.Found{Open: id})
		if young {
			hinted = id
		}
	}
	for {
		switch {
		case step.Err != nil:
			return r, false, step.Err
		case step.Look:
			f, err := s.o.Store.FindArrival(open.Opened.Channel, open.Opened.Contact.ID, in.Kin, external)
			if err != nil {
				return r, false, fmt.Errorf("find conversation: %w", err)
			}
			duplicate = f.Duplicate != nil
			step = a.Found(f)
		case step.Open && open.Opened.Protocol == "":
			if open.Opened.Protocol, err = in.Number(s.Now()); err != nil {
				return r, false, err
			}
			if in.Prefer != nil && open.Opened.Preferred == "" {
				who, err := in.Prefer()
				if err != nil {
					return r, false, fmt.Errorf("find who served the contact: %w", err)
				}
				a.Prefer(who)
			}
			step = a.Number(open.Opened.Protocol)
		case step.Ask != nil:
			answer, err := s.askAnswer(ctx, step.Ask)
			if err != nil {
				return r, false, err
			}
			external = open.First.External
			step = a.Answered(answer)
		default:
			if !duplicate && step.Done.Conversation != hinted {
				s.hints.put(place, step.Done.Conversation, in.Era)
			}
			return step.Done, duplicate, nil
		}
	}
}

// Era grows whenever who is one with whom has changed.
func (s *System) Era() uint64 { return s.hints.era.Load() }

// ForgetArrivals begins a new era: every contact's next message looks for its conversation anew.
func (s *System) ForgetArrivals() { s.hints.era.Add(1) }

// askAnswer is Ask with refusals as part of the answer. The envelope is the receiver's.
func (s *System) askAnswer(ctx context.Context, e *dispatch.Envelope) (dispatch.Answer, error) {
	reply, err := s.ask(ctx, e.To, e)
	var refused *dispatch.Error
	if err != nil && !errors.As(err, &refused) {
		return dispatch.Answer{}, err
	}
	return dispatch.Answer{Reply: reply, Err: refused}, nil
}
