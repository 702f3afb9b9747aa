package fake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"pronto/transport/whatsapp"
)

// event is one webhook waiting to be pushed: the value of its only change.
type event struct {
	status bool
	value  map[string]any
}

// Customer is who writes. One of Phone and User is required.
type Customer struct {
	Phone string // wa_id; empty for who hides it behind a user name
	User  string // business-scoped user id
	Name  string
}

// Text queues a webhook with a text message and returns the message's id.
func (p *Provider) Text(from Customer, text string) string {
	return p.Message(from, "text", map[string]any{"body": text})
}

// Message queues a webhook with a message of any type; content is the object under the type's name.
func (p *Provider) Message(from Customer, kind string, content map[string]any) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next++
	id := fmt.Sprintf("wamid.FAKE%08d", p.next)
	message := map[string]any{"id": id, "timestamp": p.timestamp(), "type": kind, kind: content}
	contact := map[string]any{"profile": map[string]string{"name": from.Name}}
	if from.Phone != "" {
		message["from"], contact["wa_id"] = from.Phone, from.Phone
	}
	if from.User != "" {
		message["from_user_id"], contact["user_id"] = from.User, from.User
	}
	p.queue = append(p.queue, event{value: p.value("messages", message, "contacts", contact)})
	return id
}

// FailDelivery queues a status that says that a message which was taken could not be delivered.
func (p *Provider) FailDelivery(s Sent, code int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = slices.DeleteFunc(p.queue, func(e event) bool { return e.status && e.value["statuses"].([]any)[0].(map[string]any)["id"] == s.ID })
	p.queue = append(p.queue, p.statusEvent(s, "failed", Failure{Code: code}))
}

func (p *Provider) statusEvent(s Sent, state string, f Failure) event {
	status := map[string]any{"id": s.ID, "status": state, "timestamp": p.timestamp(), "recipient_id": s.To}
	if s.Callback != "" {
		status["biz_opaque_callback_data"] = s.Callback
	}
	if s.User != "" {
		status["recipient_user_id"] = s.User
	}
	if f.Code != 0 {
		status["errors"] = []any{map[string]any{"code": f.Code, "title": "refused by the fake"}}
	}
	return event{status: true, value: p.value("statuses", status, "", nil)}
}

func (p *Provider) value(name string, element any, otherName string, other any) map[string]any {
	v := map[string]any{
		"messaging_product": "whatsapp",
		"metadata":          map[string]string{"display_phone_number": "15550000000", "phone_number_id": p.o.PhoneNumberID},
		name:                []any{element},
	}
	if otherName != "" {
		v[otherName] = []any{other}
	}
	return v
}

func (p *Provider) timestamp() string { return strconv.FormatInt(p.o.Now().Unix(), 10) }

// Push sends every webhook that waits, in order, as one request each, and returns how many requests were answered with
// success. What was not stays queued, in front of what comes later.
func (p *Provider) Push(ctx context.Context) (int, error) {
	p.mu.Lock()
	events, repeat := p.queue, p.repeat
	p.queue = nil
	if p.reverse {
		events = statusesReversed(events)
	}
	p.mu.Unlock()
	done := 0
	for i, e := range events {
		for range repeat + 1 {
			if err := p.post(ctx, e.value); err != nil {
				p.mu.Lock()
				p.queue = append(slices.Clone(events[i:]), p.queue...)
				p.mu.Unlock()
				return done, err
			}
			done++
		}
	}
	return done, nil
}

// statusesReversed leaves messages where they are and reverses the statuses among themselves.
func statusesReversed(events []event) []event {
	out := slices.Clone(events)
	var at []int
	for i, e := range out {
		if e.status {
			at = append(at, i)
		}
	}
	for i, j := 0, len(at)-1; i < j; i, j = i+1, j-1 {
		out[at[i]], out[at[j]] = out[at[j]], out[at[i]]
	}
	return out
}

func (p *Provider) post(ctx context.Context, value map[string]any) error {
	if p.o.Client == nil || p.o.WebhookURL == "" {
		return errors.New("push webhook: the fake has no client or no address")
	}
	body, err := json.Marshal(map[string]any{
		"object": "whatsapp_business_account",
		"entry":  []any{map[string]any{"id": "0", "changes": []any{map[string]any{"field": "messages", "value": value}}}},
	})
	if err != nil {
		return fmt.Errorf("encode webhook: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.o.WebhookURL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("push webhook: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Hub-Signature-256", whatsapp.Sign(p.o.AppSecret, body))
	response, err := p.o.Client.Do(request)
	if err != nil {
		return fmt.Errorf("push webhook: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxRequestBytes))
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return fmt.Errorf("push webhook: answered %d", response.StatusCode)
	}
	return nil
}
