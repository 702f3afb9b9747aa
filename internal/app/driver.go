package app

import (
	"context"
	"net/http"
	"time"

	"pronto/actors"
	"pronto/dispatch"
	"pronto/internal/outbound"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport/delivery"
	"pronto/transport/whatsapp"
)

// hasDriver reports whether messages of agents leave through a driver. Other channels are read over REST: a message is
// sent once it is stored.
func hasDriver(ch *protocol.Channel) bool {
	switch ch.Kind {
	case "whatsapp":
		return ch.Config["phone_number_id"] != "" && ch.Config["access_token"] != ""
	case "generic":
		return ch.Config["url"] != "" && ch.Config["secret"] != ""
	}
	return false
}

// drivers picks the driver of a conversation's channel, with the settings of the moment.
type drivers struct {
	catalog *catalog
	client  *http.Client
	now     func() time.Time
	db      *storage.DB
}

func (d *drivers) of(ch *protocol.Channel) delivery.Driver {
	if ch == nil || !hasDriver(ch) {
		return nil
	}
	if ch.Kind == "generic" {
		key, err := outbound.ParseSecret(ch.Config["secret"])
		if err != nil {
			return nil
		}
		return outbound.Generic{Hook: outbound.Hook{Client: d.client, URL: ch.Config["url"], Keys: []outbound.Key{key}, Now: d.now}}
	}
	return whatsapp.NewSender(whatsapp.SenderOptions{
		Client: d.client, BaseURL: ch.Config["api_url"], PhoneNumberID: ch.Config["phone_number_id"], AccessToken: ch.Config["access_token"],
	})
}

// addressKind is how the channel's driver names whom it writes to.
func addressKind(ch *protocol.Channel) string {
	if ch.Kind == "generic" {
		return "contact"
	}
	return ch.Kind
}

// Deliver makes one attempt. The outcome of a lost answer is unknown: the provider's report settles it, or a later attempt.
func (d *drivers) Deliver(ctx context.Context, h dispatch.Head, m dispatch.Chat, attempt int) actors.Delivery {
	ch := d.catalog.now.Load().channels[h.Channel]
	driver := d.of(ch)
	if driver == nil {
		return actors.Delivery{State: dispatch.DeliveryFailed, Error: delivery.ReasonUnauthorized}
	}
	r, err := driver.Deliver(ctx, delivery.Outgoing{
		Conversation: h.ID, Message: m.ID, Seq: m.Seq, Text: m.Text, Attempt: attempt, ReplyTo: d.repliedTo(h.ID, m),
		To: delivery.Address{Kind: addressKind(ch), Value: h.Contact.Route},
	})
	switch r.State {
	case delivery.Sent:
		return actors.Delivery{State: dispatch.DeliverySent, External: r.External}
	case delivery.Failed:
		return actors.Delivery{State: dispatch.DeliveryFailed, Error: r.Reason}
	case delivery.Retry, delivery.Unknown:
	}
	pause := r.RetryAfter
	if err != nil && pause <= 0 {
		pause = delivery.Backoff(attempt)
	}
	return actors.Delivery{Retry: max(pause, 100*time.Millisecond)}
}

const replyReach = 256 // how many messages back a reply may point

// repliedTo is the provider's id of the contact's message that m answers; empty when it is too far back or not theirs.
func (d *drivers) repliedTo(id dispatch.ConversationID, m dispatch.Chat) dispatch.ExternalID {
	if m.ReplyTo == "" {
		return ""
	}
	earlier, err := d.db.Messages(id, m.Seq-min(m.Seq, replyReach), replyReach)
	if err != nil {
		return "" // a message without its quotation is better than none
	}
	for i := range earlier {
		if earlier[i].ID == m.ReplyTo {
			return earlier[i].External
		}
	}
	return ""
}
