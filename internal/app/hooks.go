package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"pronto/dispatch"
	"pronto/internal/hooks"
	"pronto/internal/outbound"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
	"pronto/transport/delivery"
)

// kindWebhookSecret is the kind of the documents that hold the secrets of webhooks. Nothing exports them.
const kindWebhookSecret = "webhook_secret"

// oldSecretTime is for how long the secret before the last one signs too.
const oldSecretTime = 24 * time.Hour

// webhookSecret is the stored form.
type webhookSecret struct {
	Secret   string    `json:"secret"`
	Previous string    `json:"previous,omitempty"`
	Until    time.Time `json:"until,omitzero"` // of Previous
}

// receivers are the webhooks as the edge sees them.
type receivers struct {
	db        *storage.DB
	audit     *audit
	catalog   *catalog
	service   *hooks.Service
	documents *documents
	now       func() time.Time
}

// newReceivers makes the service with what is configured. The server, which encodes bodies, follows.
func (a *App) newReceivers(client *http.Client) (*receivers, error) {
	r := &receivers{db: a.db, audit: a.audit, catalog: a.catalog, now: a.system.Now}
	var targets []hooks.Target
	for id := range a.catalog.now.Load().hooks {
		t, err := r.target(id)
		if err != nil {
			return nil, err
		}
		targets = append(targets, t)
	}
	r.service = hooks.New(hooks.Options{
		DB: a.db, Client: client, Body: a.hookBody, Gone: r.gone, Bell: a.bell, Now: a.system.Now, Log: a.log,
	}, targets)
	return r, nil
}

// target is a webhook as it is stored.
func (r *receivers) target(id string) (t hooks.Target, err error) {
	w := r.catalog.now.Load().hooks[id]
	if w == nil {
		return t, transport.Refuse(protocol.CodeNotFound)
	}
	t = hooks.Target{ID: id, URL: w.URL, Events: w.Events, Enabled: w.Enabled}
	secret, _, err := r.secret(id)
	if err != nil {
		return t, err
	}
	for _, k := range []struct {
		secret string
		until  time.Time
	}{{secret.Secret, time.Time{}}, {secret.Previous, secret.Until}} {
		if k.secret == "" {
			continue
		}
		key, err := outbound.ParseSecret(k.secret)
		if err != nil {
			return t, fmt.Errorf("secret of %s: %w", id, err)
		}
		t.Keys = append(t.Keys, hooks.Key{Key: key, Until: k.until})
	}
	return t, nil
}

// secret reads the document, or the zero value.
func (r *receivers) secret(id string) (out webhookSecret, version uint64, err error) {
	doc, err := r.db.Document(kindWebhookSecret, credentialID(kindWebhookSecret, id))
	if errors.Is(err, storage.ErrNotFound) {
		return out, 0, nil
	}
	if err != nil {
		return out, 0, err
	}
	if err := json.Unmarshal(doc.Body, &out); err != nil {
		return out, 0, fmt.Errorf("decode secret of %s: %w", id, err)
	}
	return out, doc.Version, nil
}

func (r *receivers) keep(ctx context.Context, id string, secret webhookSecret, version uint64) error {
	body, err := json.Marshal(secret)
	if err != nil {
		return fmt.Errorf("encode secret of %s: %w", id, err)
	}
	_, err = r.db.PutDocument(ctx, storage.Put{
		Kind: kindWebhookSecret, ID: credentialID(kindWebhookSecret, id), Shard: shardOf(id), Expect: version, Body: body, Time: r.now(),
	})
	if err != nil {
		return documentRefusal(err, nil)
	}
	return r.configure(ctx, id)
}

// configure puts a webhook in force as it is stored.
func (r *receivers) configure(ctx context.Context, id string) error {
	return r.service.Configure(ctx, func() (hooks.Target, error) { return r.target(id) })
}

func (r *receivers) MakeSecret(ctx context.Context, id string) (string, error) {
	secret, version, err := r.secret(id)
	if err != nil || secret.Secret != "" {
		return "", err
	}
	if secret.Secret, err = outbound.NewSecret(rand.Reader); err != nil {
		return "", err
	}
	return secret.Secret, r.keep(ctx, id, secret, version)
}

func (r *receivers) Rotate(ctx context.Context, by transport.Principal, id string) (string, error) {
	secret, version, err := r.secret(id)
	if err != nil {
		return "", err
	}
	fresh, err := outbound.NewSecret(rand.Reader)
	if err != nil {
		return "", err
	}
	if err := r.record(ctx, by, id, "secret_rotated"); err != nil {
		return "", err
	}
	next := webhookSecret{Secret: fresh, Previous: secret.Secret}
	if next.Previous != "" {
		next.Until = r.now().Add(oldSecretTime)
	}
	return fresh, r.keep(ctx, id, next, version)
}

func (r *receivers) record(ctx context.Context, by transport.Principal, id, action string) error {
	return r.audit.Record(ctx, by, protocol.AuditRecord{
		Action: transport.KindWebhook + "." + action, Object: protocol.AuditObject{Kind: transport.KindWebhook, ID: id},
	})
}

func (r *receivers) Forget(ctx context.Context, id string) error {
	_, version, err := r.secret(id)
	if err == nil && version > 0 {
		err = r.db.DeleteDocument(ctx, kindWebhookSecret, credentialID(kindWebhookSecret, id), version, r.now())
	}
	if err != nil {
		return documentRefusal(err, nil)
	}
	return r.service.Forget(ctx, id)
}

func (r *receivers) State(ctx context.Context, id string) (protocol.WebhookState, error) {
	var out protocol.WebhookState
	if err := r.known(id); err != nil {
		return out, err
	}
	s, err := r.service.State(ctx, id)
	out = protocol.WebhookState{Waiting: s.Waiting, Parked: s.Parked, Reason: s.Reason, Status: s.Status}
	if !s.FailingSince.IsZero() {
		out.FailingSince = protocol.At(s.FailingSince)
	}
	if !s.Next.IsZero() {
		out.NextAttemptAt = protocol.At(s.Next)
	}
	return out, err
}

func (r *receivers) known(id string) error {
	if r.catalog.now.Load().hooks[id] == nil {
		return transport.Refuse(protocol.CodeNotFound)
	}
	return nil
}

// Test sends an event without a conversation. The receiver's answer is never shown.
func (r *receivers) Test(ctx context.Context, id string) (protocol.WebhookTest, error) {
	t, err := r.target(id)
	if err != nil {
		return protocol.WebhookTest{}, err
	}
	began := r.now()
	event := newID("evt", 0)
	body, err := json.Marshal(protocol.WebhookEvent{ID: event, Type: protocol.EventWebhookTest, Timestamp: protocol.At(began)})
	if err != nil {
		return protocol.WebhookTest{}, fmt.Errorf("encode test: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	result, status := r.service.Try(ctx, t, event, body)
	out := protocol.WebhookTest{Outcome: "ok", Status: status, TookMS: r.now().Sub(began).Milliseconds()}
	if result.State != delivery.Sent {
		out.Outcome, out.Reason = "failed", result.Reason
	}
	return out, nil
}

func (r *receivers) Parked(_ context.Context, id, cursor string, limit int) (page []protocol.ParkedDelivery, next string, err error) {
	if err := r.known(id); err != nil {
		return nil, "", err
	}
	var after storage.HookEvent
	if cursor != "" {
		var ok bool
		if after, ok = hooks.ParseEventID(id, cursor); !ok {
			return nil, "", fieldRefusal("/cursor", protocol.FieldInvalid)
		}
	}
	list, err := r.db.HookParked(id, after, limit)
	if err != nil {
		return nil, "", err
	}
	for _, p := range list {
		d := protocol.ParkedDelivery{
			ID: hooks.EventID(p.HookEvent), ConversationID: string(p.Conversation), ParkedAt: protocol.At(p.ParkedAt), Attempts: p.Attempts, Reason: p.Reason, Status: p.Status,
		}
		name, at, err := r.service.What(p.HookEvent)
		if err != nil {
			return nil, "", err
		}
		if d.Type = name; name != "" {
			d.Timestamp = protocol.At(at)
		}
		page = append(page, d)
	}
	if len(page) == limit {
		next = page[len(page)-1].ID
	}
	return page, next, nil
}

func (r *receivers) Replay(ctx context.Context, by transport.Principal, id, event string) (int, error) {
	if err := r.known(id); err != nil {
		return 0, err
	}
	if err := r.record(ctx, by, id, "replayed"); err != nil {
		return 0, err
	}
	if event == "" {
		return r.service.ReplayAll(ctx, id)
	}
	e, ok := hooks.ParseEventID(id, event)
	if ok {
		replayed, err := r.service.Replay(ctx, e)
		if err != nil || replayed {
			return 1, err
		}
	}
	return 0, transport.Refuse(protocol.CodeNotFound)
}

// expireParked forgets what webhooks were not told for too long.
func (a *App) expireParked(ctx context.Context) error {
	n, err := a.receivers.service.Expire(ctx)
	if n > 0 {
		a.log.Info().Int("events", n).Msg("parked events of webhooks forgotten")
	}
	return err
}

// gone disables a webhook whose receiver says that it is gone for good, unless it has another address by now.
func (r *receivers) gone(id, url string) {
	ctx := context.Background()
	w, err := r.documents.Get(ctx, transport.KindWebhook, id)
	if err == nil {
		var v protocol.Webhook
		protocol.SetDefaults(&v)
		if err = json.Unmarshal(w.Body, &v); err == nil {
			if !v.Enabled || v.URL != url {
				return
			}
			v.Enabled = false
			w.Body, err = json.Marshal(v)
		}
	}
	if err == nil {
		_, err = r.documents.Put(ctx, transport.Change{Document: w})
	}
	if err != nil {
		r.audit.log.Error().Err(err).Str("webhook", id).Msg("webhook whose receiver is gone")
	}
}

// hookBody encodes an event with the conversation as it is now.
func (a *App) hookBody(t hooks.Told) ([]byte, error) {
	s, _, err := a.db.LoadConversation(t.Conversation)
	if err == nil && s.State == dispatch.ConversationNone {
		err = storage.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	h := s.Head()
	return a.server.WebhookBody(t.ID, t.Name, &h, transport.StoredRecord{Seq: t.Record.Ordinal, At: t.Record.Time, Record: t.Record.Record})
}
