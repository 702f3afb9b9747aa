package outbound

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"pronto/dispatch"
	"pronto/transport/delivery"
)

// EventMessage is the type of the generic channel's requests.
const EventMessage = "message.outgoing"

// The types of changes of a message that was posted before.
const (
	EventEdited   = "message.edited"
	EventRedacted = "message.redacted"
)

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
	Attachments    []EventFile             `json:"attachments,omitempty"`
	ChangedAt      time.Time               `json:"changed_at,omitzero"`
}

// EventFile is an attachment. URL needs no credential and works until ExpiresAt, then a repeated request has a new one;
// without a URL the file is read at /api/v1/attachments/{id} with a token.
type EventFile struct {
	ID        dispatch.AttachmentID `json:"id"`
	Name      string                `json:"name"`
	Size      int64                 `json:"size"`
	Type      string                `json:"type"`
	URL       string                `json:"url,omitempty"`
	ExpiresAt time.Time             `json:"expires_at,omitzero"`
}

// EventTest is the type of the request that tries a connection. It carries no message; receivers answer 2xx.
const EventTest = "channel.test"

// Check posts a signed request without a message.
func (g Generic) Check(ctx context.Context) (delivery.Result, error) {
	at := g.Hook.Now().UTC().Truncate(time.Millisecond)
	body, err := json.Marshal(struct {
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
	}{EventTest, at})
	if err != nil {
		return delivery.Result{State: delivery.Failed, Reason: delivery.ReasonRejected}, fmt.Errorf("encode test: %w", err)
	}
	result, _, err := g.Hook.Post(ctx, "test_"+strconv.FormatInt(at.UnixMilli(), 36), body, 1)
	return result, err
}

type genericAnswer struct {
	ExternalID string `json:"external_id"`
}

const maxExternalID = 256

// Deliver posts one message.
func (g Generic) Deliver(ctx context.Context, m delivery.Outgoing) (delivery.Result, error) {
	var files []EventFile
	for _, f := range m.Files {
		files = append(files, EventFile{ID: f.ID, Name: f.Name, Size: f.Size, Type: f.Type, URL: f.URL, ExpiresAt: f.Expires})
	}
	kind, id := typeOf(m)
	body, err := json.Marshal(Event{
		Type: kind, Timestamp: g.Hook.Now().UTC().Truncate(time.Millisecond),
		Data: EventPayload{ConversationID: m.Conversation, MessageID: m.Message, Seq: m.Seq, To: m.To, Text: m.Text, ReplyTo: m.ReplyTo, Attachments: files, ChangedAt: m.Changed},
	})
	if err != nil {
		return delivery.Result{State: delivery.Failed, Reason: delivery.ReasonRejected}, fmt.Errorf("encode message: %w", err)
	}
	result, raw, err := g.Hook.Post(ctx, id, body, m.Attempt)
	if err != nil {
		return result, err
	}
	var answer genericAnswer
	if json.Unmarshal(raw, &answer) == nil && len(answer.ExternalID) <= maxExternalID {
		result.External = dispatch.ExternalID(answer.ExternalID)
	}
	return result, nil
}

// typeOf is the type of a request and the id by which receivers know a repetition: each change has its own.
func typeOf(m delivery.Outgoing) (kind, id string) {
	kind, id = EventMessage, string(m.Message)
	if m.Left {
		kind, id = EventEdited, id+"."+strconv.FormatUint(m.Revision, 10)
	}
	if m.Redacted {
		kind = EventRedacted
	}
	return kind, id
}
