package app

import (
	"context"
	"net/http"
	"time"

	"pronto/actors"
	"pronto/dispatch"
	"pronto/protocol"
	"pronto/transport/delivery"
	"pronto/transport/whatsapp"
)

// hasDriver reports whether messages of agents leave through a driver. Other channels are read over REST: a message is
// sent once it is stored.
func hasDriver(ch *protocol.Channel) bool {
	return ch.Kind == "whatsapp" && ch.Config["phone_number_id"] != "" && ch.Config["access_token"] != ""
}

// drivers picks the driver of a conversation's channel, with the settings of the moment.
type drivers struct {
	catalog *catalog
	client  *http.Client
}

func (d *drivers) of(ch *protocol.Channel) delivery.Driver {
	if ch == nil || !hasDriver(ch) {
		return nil
	}
	return whatsapp.NewSender(whatsapp.SenderOptions{
		Client: d.client, BaseURL: ch.Config["api_url"], PhoneNumberID: ch.Config["phone_number_id"], AccessToken: ch.Config["access_token"],
	})
}

// Deliver makes one attempt. The outcome of a lost answer is unknown: the provider's report settles it, or a later attempt.
func (d *drivers) Deliver(ctx context.Context, h dispatch.Head, m dispatch.Chat, attempt int) actors.Delivery {
	driver := d.of(d.catalog.now.Load().channels[h.Channel])
	if driver == nil {
		return actors.Delivery{State: dispatch.DeliveryFailed, Error: delivery.ReasonUnauthorized}
	}
	r, err := driver.Deliver(ctx, delivery.Outgoing{
		Conversation: h.ID, Message: m.ID, Seq: m.Seq, To: delivery.Address{Kind: "whatsapp", Value: h.Contact.Route}, Text: m.Text, Attempt: attempt,
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
