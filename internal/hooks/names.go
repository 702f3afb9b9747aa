package hooks

import (
	"fmt"
	"strconv"
	"strings"

	"pronto/dispatch"
	"pronto/storage"
)

// eventName is the event that a record is; empty for most records. An accepted offer is named by nameOfAccepted.
func eventName(r dispatch.Record) string {
	switch r := r.(type) {
	case dispatch.ConversationOpened:
		return "conversation.queued"
	case dispatch.ConversationRequeued:
		if r.Cause == dispatch.QueuedTransfer {
			return "conversation.transferred"
		}
		return "conversation.queued"
	case dispatch.OfferMade:
		return "conversation.offered"
	case dispatch.OfferAccepted, dispatch.ConversationAssigned, dispatch.ConversationTakenOver:
		return "conversation.assigned"
	case dispatch.ConversationEnded:
		return "conversation.closed"
	case dispatch.ConversationReopened:
		return "conversation.reopened"
	case dispatch.ConversationRated:
		return "conversation.rated"
	case dispatch.MessageAppended:
		if r.Message.Author.Kind == dispatch.AuthorContact {
			return "message.received"
		}
		return "message.sent"
	case dispatch.DeliveryChanged, dispatch.MessagesSeen:
		return "message.delivery"
	case dispatch.MessageEdited:
		return "message.edited"
	case dispatch.MessageRedacted:
		return "message.redacted"
	default:
		return ""
	}
}

// offerReach is how far before its acceptance an offer is looked for: they are a few records apart.
const offerReach = 64

// nameOf is the event that a record is. An accepted offer that was a transfer is another event than one of a queue.
func nameOf(db *storage.DB, id dispatch.ConversationID, ordinal uint64, r dispatch.Record) (string, error) {
	accepted, ok := r.(dispatch.OfferAccepted)
	if !ok {
		return eventName(r), nil
	}
	events, err := db.Events(string(id), ordinal-min(ordinal, offerReach), offerReach)
	if err != nil {
		return "", fmt.Errorf("find offer: %w", err)
	}
	for _, e := range events {
		fact, err := storage.DecodeFact(e.Event)
		if err != nil {
			return "", fmt.Errorf("find offer: %w", err)
		}
		if made, ok := fact.(dispatch.OfferMade); ok && made.Offer.ID == accepted.Offer && made.Offer.Kind == dispatch.OfferTransfer {
			return "conversation.transferred", nil
		}
	}
	return eventName(r), nil
}

const conversationPrefix, eventPrefix = "cnv_", "evt_"

// EventID is the id under which an event is sent, to every webhook and at every attempt.
func EventID(e storage.HookEvent) string {
	return eventPrefix + strings.TrimPrefix(string(e.Conversation), conversationPrefix) + "_" + strconv.FormatUint(e.Ordinal, 10)
}

// ParseEventID is the inverse of EventID.
func ParseEventID(hook, id string) (storage.HookEvent, bool) {
	rest, ok := strings.CutPrefix(id, eventPrefix)
	at := strings.LastIndexByte(rest, '_')
	if !ok || at <= 0 {
		return storage.HookEvent{}, false
	}
	n, err := strconv.ParseUint(rest[at+1:], 10, 64)
	return storage.HookEvent{Hook: hook, Conversation: dispatch.ConversationID(conversationPrefix + rest[:at]), Ordinal: n}, err == nil && n > 0
}
