package protocol

import (
	"slices"
	"strconv"
)

// Webhook is an address that gets events. The secret is answered once, when it is made.
type Webhook struct {
	ID      string   `json:"id" readOnly:"true" doc:"whk_…"`
	Version int64    `json:"version" readOnly:"true" doc:"+1 with every change; for If-Match"`
	Name    string   `json:"name" maxLength:"100" doc:"Name for people; may be empty"`
	URL     string   `json:"url" required:"true" maxLength:"2048" doc:"Where events are posted: https, and a public address unless the operator allows others"`
	Events  []string `json:"events" required:"true" maxItems:"50" maxLength:"64" doc:"Names of events; see the table of webhook events"`
	Enabled bool     `json:"enabled" default:"true" doc:"false: nothing is sent, and what happens meanwhile never will be. Set by the server when the receiver answers 410"`
	Secret  string   `json:"secret,omitempty" readOnly:"true" doc:"Key of the signatures (Standard Webhooks), only in the answer to its creation and rotation"`
}

// Meta of the webhook.
func (w *Webhook) Meta() Meta { return Meta{&w.ID, &w.Version} }

func (w Webhook) check() []FieldError {
	out := duplicates("/events", w.Events)
	if len(w.Events) == 0 {
		out = append(out, FieldError{Pointer: "/events", Code: FieldRequired})
	}
	for i, name := range w.Events {
		if !slices.ContainsFunc(WebhookEvents, func(e WebhookEventInfo) bool { return e.Name == name }) {
			out = append(out, FieldError{Pointer: "/events/" + strconv.Itoa(i), Code: FieldUnknown})
		}
	}
	if w.URL != "" && !webAddress(w.URL) {
		out = append(out, FieldError{Pointer: "/url", Code: FieldInvalid})
	}
	if w.Secret != "" {
		out = append(out, FieldError{Pointer: "/secret", Code: FieldReadOnly})
	}
	return out
}

// WebhookEvent is the body of a request to a webhook. The header webhook-id has its id too.
type WebhookEvent struct {
	ID        string      `json:"id" doc:"evt_…: the same at every attempt, and to every webhook"`
	Type      string      `json:"type" doc:"Name of the event" example:"conversation.assigned"`
	Timestamp Time        `json:"timestamp" doc:"When it happened"`
	Data      WebhookData `json:"data" doc:"What happened"`
}

// WebhookData is what a webhook is told. A test has neither of them.
type WebhookData struct {
	Conversation *WebhookConversation `json:"conversation,omitempty" doc:"Where it happened"`
	Record       *Record              `json:"record,omitempty" doc:"The record as GET /conversations/{id}/events gives it, as it may be shown when it is sent"`
}

// WebhookConversation names the conversation of an event, as it is when the event is sent.
type WebhookConversation struct {
	ID             string            `json:"id" doc:"cnv_…"`
	ProtocolNumber string            `json:"protocol_number" doc:"Number for people"`
	Channel        ChannelRef        `json:"channel" doc:"Its channel"`
	Contact        ContactRef        `json:"contact" doc:"Its contact"`
	Queue          Ref               `json:"queue" doc:"Its queue"`
	Subject        string            `json:"subject" doc:"Subject; may be empty"`
	Attributes     map[string]string `json:"attributes,omitempty" doc:"Free facts that its first message brought"`
}

// WebhookState is how a webhook is doing.
type WebhookState struct {
	Waiting       int    `json:"waiting" doc:"Events that are still to be sent, up to 1 000"`
	Parked        int    `json:"parked" doc:"Events that were given up, up to 1 000"`
	FailingSince  Time   `json:"failing_since,omitzero" doc:"Since when every attempt fails; absent: the last one did not"`
	Reason        string `json:"reason,omitempty" doc:"Why the last attempt failed: forbidden_address, unavailable, timeout, rate_limited, rejected, gone or internal"`
	Status        int    `json:"status,omitempty" doc:"HTTP status of that attempt; absent: there was no answer"`
	NextAttemptAt Time   `json:"next_attempt_at,omitzero" doc:"When the receiver is tried again, if it is left alone for now"`
}

// WebhookTest answers POST /webhooks/{id}/test.
type WebhookTest struct {
	Outcome string `json:"outcome" enum:"ok,failed" doc:"ok: the receiver took the event webhook.test"`
	Reason  string `json:"reason,omitempty" doc:"failed: a stable word, as in the state"`
	Status  int    `json:"status,omitempty" doc:"HTTP status of the answer; absent: there was none"`
	TookMS  int64  `json:"took_ms" doc:"Milliseconds until the answer"`
}

// ParkedDelivery is an event that a webhook did not take within 24 hours.
type ParkedDelivery struct {
	ID             string `json:"id" doc:"evt_…, as in webhook-id"`
	Type           string `json:"type" doc:"Name of the event; empty when nothing is left of it"`
	ConversationID string `json:"conversation_id" doc:"cnv_…"`
	Timestamp      Time   `json:"timestamp,omitzero" doc:"When it happened"`
	ParkedAt       Time   `json:"parked_at" doc:"When it was given up"`
	Attempts       int    `json:"attempts" doc:"How often it was tried; 0: those before it kept it waiting for too long"`
	Reason         string `json:"reason" doc:"Why the last attempt failed: a stable word"`
	Status         int    `json:"status,omitempty" doc:"HTTP status of the last answer; absent: there was none"`
}

// WebhookReplay answers POST /webhooks/{id}/parked/replay.
type WebhookReplay struct {
	Replayed int `json:"replayed" doc:"So many events wait to be sent again"`
}

// WebhookEventInfo is one row of the table of webhook events.
type WebhookEventInfo struct {
	Name    string
	Records []string // of the table of records
	Doc     string
}

// EventWebhookTest is sent by POST /webhooks/{id}/test alone.
const EventWebhookTest = "webhook.test"

// WebhookEvents is every event that a webhook can ask for, in the order of the documentation. Each record is one event at most.
var WebhookEvents = []WebhookEventInfo{
	{"conversation.queued", []string{"conversation_opened", "conversation_requeued"}, "It was opened, or waits in a queue again for another reason than a transfer."},
	{"conversation.offered", []string{"offer_made"}, "It was offered to an agent; kind says whether that is a transfer."},
	{"conversation.assigned", []string{"offer_accepted", "conversation_assigned", "conversation_taken_over"}, "An agent has it: an offer was accepted, or a supervisor gave or took it."},
	{"conversation.transferred", []string{"offer_accepted", "conversation_requeued"}, "A transfer is done: an agent accepted it, or the conversation waits in another queue."},
	{"conversation.closed", []string{"conversation_ended"}, "It is closed."},
	{"conversation.reopened", []string{"conversation_reopened"}, "It is open again."},
	{"conversation.rated", []string{"conversation_rated"}, "The contact rated it, or changed the rating."},
	{"message.received", []string{"message_appended"}, "The contact wrote."},
	{"message.sent", []string{"message_appended"}, "An agent, a bot or the server wrote to the contact."},
	{"message.delivery", []string{"delivery_changed", "messages_seen"}, "The delivery of a message, or of all up to one, moved forward."},
	{"message.edited", []string{"message_edited"}, "The text of a message was changed."},
	{"message.redacted", []string{"message_redacted"}, "A message was hidden for good. Events of it that are sent later show what is left."},
}
