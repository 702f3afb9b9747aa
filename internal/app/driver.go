package app

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"pronto/actors"
	"pronto/dispatch"
	"pronto/internal/attach"
	"pronto/internal/failpoint"
	"pronto/internal/outbound"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
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
	slow    *http.Client // for files: more time, longer answers
	now     func() time.Time
	db      *storage.DB
	files   *attach.Service
	links   *fileLinks
	partly  partlySent
}

// slowRequest bounds one request that carries a file.
const slowRequest = 4 * time.Minute

// newDrivers makes the clients; files and links follow before the first message.
func newDrivers(allowed []string, c *catalog, db *storage.DB) (*drivers, error) {
	o, err := outbound.ParseAllow(allowed)
	if err != nil {
		return nil, fmt.Errorf("allowed networks: %w", err)
	}
	d := &drivers{catalog: c, client: outbound.NewClient(o), now: failpoint.Now, db: db}
	o.Timeout, o.MaxResponseBytes = slowRequest, protocol.MaxFileBytes+1
	d.slow = outbound.NewClient(o)
	return d, nil
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
	return d.whatsApp(ch)
}

func (d *drivers) whatsApp(ch *protocol.Channel) *whatsapp.Sender {
	return whatsapp.NewSender(whatsapp.SenderOptions{
		Client: d.slow, BaseURL: ch.Config["api_url"], PhoneNumberID: ch.Config["phone_number_id"], AccessToken: ch.Config["access_token"],
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
	files, wait := d.filesOf(m.Attachments)
	if wait != nil {
		return *wait
	}
	route, err := d.routeOf(&h, &m)
	if err != nil {
		return actors.Delivery{Retry: delivery.Backoff(attempt)}
	}
	r, err := driver.Deliver(ctx, delivery.Outgoing{
		Conversation: h.ID, Message: m.ID, Seq: m.Seq, Text: m.Text, Attempt: attempt, ReplyTo: d.repliedTo(h.ID, m),
		To: delivery.Address{Kind: addressKind(ch), Value: route}, Files: files, Done: d.partly.done(m.ID),
		Revision: m.Revision, Redacted: m.Redacted, Left: m.Revision > 0 && m.Delivery != dispatch.DeliveryQueued, Changed: m.ChangedAt,
	})
	d.partly.note(m.ID, r)
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

// Test tries the connection of a channel with the settings that are stored. The receiver is never told more than that.
func (d *drivers) Test(ctx context.Context, id dispatch.ChannelID) (protocol.ChannelTest, error) {
	ch := d.catalog.now.Load().channels[id]
	if ch == nil {
		return protocol.ChannelTest{}, transport.Refuse(protocol.CodeNotFound)
	}
	checker, ok := d.of(ch).(delivery.Checker)
	if !ok {
		return protocol.ChannelTest{Outcome: "nothing_to_test"}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	began := d.now()
	r, err := checker.Check(ctx)
	out := protocol.ChannelTest{Outcome: "ok", TookMS: d.now().Sub(began).Milliseconds()}
	if err != nil || r.State != delivery.Sent {
		out.Outcome, out.Reason = "failed", r.Reason
	}
	return out, nil
}

const testTime = 10 * time.Second // somebody waits for the answer

const (
	replyReach = 256 // how many messages back a reply may point
	routePage  = 8   // messages that are read at once to find who wrote last
)

// routeOf is where m goes: to who wrote last before it. In a conversation of a contact with several numbers, by merges, that
// may be another one than the one it was opened for.
func (d *drivers) routeOf(h *dispatch.Head, m *dispatch.Chat) (string, error) {
	for end := m.Seq - 1; end > 0 && m.Seq-end < replyReach; end -= min(end, routePage) {
		after := end - min(end, routePage)
		page, err := d.db.Messages(h.ID, after, int(end-after))
		if err != nil {
			return "", err
		}
		for _, earlier := range slices.Backward(page) {
			switch a := earlier.Author; {
			case a.Kind != dispatch.AuthorContact || a.Identity == "": // redacted: who wrote it is not said
			case a.Identity == h.Contact.Identity:
				return h.Contact.Route, nil
			default:
				return a.Identity, nil
			}
		}
	}
	return h.Contact.Route, nil
}

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
