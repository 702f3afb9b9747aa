package transport

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"pronto/dispatch"
	"pronto/protocol"
)

// KindWebhook is the kind of the documents that hold webhooks. Their secrets are elsewhere.
const KindWebhook = "webhook"

// Webhooks are the events that leave for other people's servers. CodeNotFound for a webhook that is not there.
type Webhooks interface {
	// MakeSecret makes the secret of a webhook that has none and returns it; empty: it has one.
	MakeSecret(ctx context.Context, id string) (string, error)
	// Rotate makes another secret. The one before signs too for a day.
	Rotate(ctx context.Context, by Principal, id string) (string, error)
	// Forget drops the secret and everything that waits for the webhook.
	Forget(ctx context.Context, id string) error
	State(ctx context.Context, id string) (protocol.WebhookState, error)
	Test(ctx context.Context, id string) (protocol.WebhookTest, error)
	// Parked lists what was given up, by conversation; cursor is where the last page ended, next is empty at the end.
	Parked(ctx context.Context, id, cursor string, limit int) (page []protocol.ParkedDelivery, next string, err error)
	// Replay lets one parked event, or all of them for an empty one, wait to be sent again, and says how many.
	Replay(ctx context.Context, by Principal, id, event string) (int, error)
}

func (s *Server) webhooks() *resource[protocol.Webhook, *protocol.Webhook] {
	return &resource[protocol.Webhook, *protocol.Webhook]{
		s: s, path: "/webhooks", tag: "webhooks", kind: KindWebhook, prefix: "whk", read: ActReadConfig, write: ActWriteConfig, secret: true,
		after: func(ctx context.Context, id string, w *protocol.Webhook) (err error) {
			if w == nil {
				return s.o.Webhooks.Forget(ctx, id)
			}
			w.Secret, err = s.o.Webhooks.MakeSecret(ctx, id)
			return err
		},
	}
}

type parkedIn struct {
	ID    string `path:"id" maxLength:"64" doc:"whk_…"`
	Event string `path:"event" maxLength:"128" doc:"evt_…"`
}

type parkedQuery struct {
	PageQuery
	ID string `path:"id" maxLength:"64" doc:"whk_…"`
}

func (s *Server) registerWebhooks() {
	const path, tag = "/webhooks", "webhooks"
	r := s.webhooks()
	r.register()
	handle(s, route{
		method: http.MethodPost, path: path + "/{id}/rotate", tag: tag, summary: "Make another secret, shown once; the one before signs too for 24 hours",
		action: ActWriteConfig, replay: true, secret: true, status: http.StatusOK,
	}, func(ctx context.Context, in *getIn) (*bodyOf[protocol.Webhook], error) {
		v, _, err := r.find(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		v.Secret, err = s.o.Webhooks.Rotate(ctx, callOf(ctx).principal, in.ID)
		if err != nil {
			return nil, err
		}
		return r.answer(http.StatusOK, v), nil
	})
	handle(s, route{
		method: http.MethodPost, path: path + "/{id}/test", tag: tag, summary: "Send the event webhook.test now, and say what came of it", action: ActWriteConfig, status: http.StatusOK,
	}, func(ctx context.Context, in *getIn) (*bodyOf[protocol.WebhookTest], error) {
		return answered(s.o.Webhooks.Test(ctx, in.ID))
	})
	handle(s, route{
		method: http.MethodGet, path: path + "/{id}/state", tag: tag, summary: "What waits, what is parked, and whether the receiver fails", action: ActReadConfig,
	}, func(ctx context.Context, in *getIn) (*bodyOf[protocol.WebhookState], error) {
		return answered(s.o.Webhooks.State(ctx, in.ID))
	})
	handle(s, route{
		method: http.MethodGet, path: path + "/{id}/parked", tag: tag, summary: "Events that the receiver did not take within 24 hours", action: ActReadConfig,
	}, s.parkedWebhooks)
	handle(s, route{
		method: http.MethodPost, path: path + "/{id}/parked/replay", tag: tag, summary: "Send every parked event again", action: ActManage, replay: true, status: http.StatusOK,
	}, func(ctx context.Context, in *getIn) (*bodyOf[protocol.WebhookReplay], error) {
		return s.replayWebhook(ctx, in.ID, "")
	})
	handle(s, route{
		method: http.MethodPost, path: path + "/{id}/parked/{event}/replay", tag: tag, summary: "Send one parked event again", action: ActManage, replay: true, status: http.StatusOK,
	}, func(ctx context.Context, in *parkedIn) (*bodyOf[protocol.WebhookReplay], error) {
		return s.replayWebhook(ctx, in.ID, in.Event)
	})
}

func answered[T any](v T, err error) (*bodyOf[T], error) {
	if err != nil {
		return nil, err
	}
	return answer(v), nil
}

func (s *Server) parkedWebhooks(ctx context.Context, in *parkedQuery) (*bodyOf[protocol.Page[protocol.ParkedDelivery]], error) {
	items, next, err := s.o.Webhooks.Parked(ctx, in.ID, in.Cursor, in.Limit)
	return answered(protocol.Page[protocol.ParkedDelivery]{Items: append([]protocol.ParkedDelivery{}, items...), NextCursor: next}, err)
}

func (s *Server) replayWebhook(ctx context.Context, id, event string) (*bodyOf[protocol.WebhookReplay], error) {
	n, err := s.o.Webhooks.Replay(ctx, callOf(ctx).principal, id, event)
	return answered(protocol.WebhookReplay{Replayed: n}, err)
}

// WebhookBody encodes an event of a conversation as webhooks get it.
func (s *Server) WebhookBody(id, name string, h *dispatch.Head, r StoredRecord) ([]byte, error) {
	w := wire{s.o.Catalog}
	record, _ := w.record(h.ID, &r)
	return webhookBody(protocol.WebhookEvent{
		ID: id, Type: name, Timestamp: protocol.At(r.At),
		Data: protocol.WebhookData{
			Conversation: &protocol.WebhookConversation{
				ID: string(h.ID), ProtocolNumber: h.Protocol, Channel: w.channel(h.Channel), Contact: contactRef(h.Contact), Queue: w.queue(h.Queue),
				Subject: h.Subject, Attributes: h.Attributes,
			},
			Record: &record,
		},
	})
}

func webhookBody(e protocol.WebhookEvent) ([]byte, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode webhook event: %w", err)
	}
	return body, nil
}
