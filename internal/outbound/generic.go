package outbound

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"pronto/dispatch"
	"pronto/transport/delivery"
)

// EventMessage is the type of the generic channel's requests.
const EventMessage = "message.outgoing"

// Generic is the generic channel's driver: it posts each message, signed, to the address that the integrator configured.
// Answers: 2xx, taken, optionally with {"external_id": "…"}; 429 or 503 with Retry-After, later; other 5xx, try again; the
// rest, never.
type Generic struct {
	Hook Hook
}

var _ delivery.Driver = Generic{}

// Event is the body of a generic channel's request.
type Event struct {
	Type      string       `json:"type"`
	Timestamp time.Time    `json:"timestamp"`
	Data      EventPayload `json:"data"`
}

// EventPayload is the message. MessageID is the same at every attempt.
type EventPayload struct {
	ConversationID dispatch.ConversationID `json:"conversation_id"`
	MessageID      dispatch.MessageID      `json:"message_id"`
	Seq            uint64                  `json:"seq"`
	To             delivery.Address        `json:"to"`
	Text           string                  `json:"text"`
	ReplyTo        dispatch.ExternalID     `json:"reply_to,omitempty"`
}

type genericAnswer struct {
	ExternalID string `json:"external_id"`
}

const maxExternalID = 256

// Deliver posts one message.
func (g Generic) Deliver(ctx context.Context, m delivery.Outgoing) (delivery.Result, error) {
	body, err := json.Marshal(Event{
		Type: EventMessage, Timestamp: g.Hook.Now().UTC().Truncate(time.Millisecond),
		Data: EventPayload{ConversationID: m.Conversation, MessageID: m.Message, Seq: m.Seq, To: m.To, Text: m.Text, ReplyTo: m.ReplyTo},
	})
	if err != nil {
		return delivery.Result{State: delivery.Failed, Reason: delivery.ReasonRejected}, fmt.Errorf("encode message: %w", err)
	}
	result, raw, err := g.Hook.Post(ctx, string(m.Message), body, m.Attempt)
	if err != nil {
		return result, err
	}
	var answer genericAnswer
	if json.Unmarshal(raw, &answer) == nil && len(answer.ExternalID) <= maxExternalID {
		result.External = dispatch.ExternalID(answer.ExternalID)
	}
	return result, nil
}
