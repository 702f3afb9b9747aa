package whatsapp

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"pronto/dispatch"
	"pronto/transport/delivery"
)

// Why a body is refused as a whole.
var (
	ErrTooLarge  = errors.New("webhook body is too large")
	ErrMalformed = errors.New("not a WhatsApp webhook")
)

const addressKind = "whatsapp"

// Parse reads a webhook whose signature was checked. It returns ErrTooLarge or ErrMalformed for what is no webhook at all.
func Parse(body []byte) (Batch, error) {
	if len(body) > MaxBodyBytes {
		return Batch{}, ErrTooLarge
	}
	var e wireEnvelope
	if err := json.Unmarshal(body, &e); err != nil || e.Object != "whatsapp_business_account" {
		return Batch{}, ErrMalformed
	}
	var b Batch
	for _, rawEntry := range e.Entry {
		entry, _ := object[wireEntry](rawEntry)
		for _, rawChange := range entry.Changes {
			change, ok := object[wireChange](rawChange)
			switch {
			case !ok:
				b.skip("", SkippedDamaged)
			case change.Field != "messages":
				b.skip("", SkippedField)
			default:
				b.add(change.Value.v)
			}
		}
	}
	return b, nil
}

func (b *Batch) skip(id text, reason string) {
	b.Skipped = append(b.Skipped, Skipped{External: dispatch.ExternalID(id), Reason: reason})
}

func (b *Batch) add(v wireValue) {
	number := string(v.Metadata.v.PhoneNumberID)
	contacts := readContacts(v.Contacts)
	for _, raw := range v.Messages {
		b.addMessage(number, contacts, raw)
	}
	for _, raw := range v.Statuses {
		b.addStatus(number, raw)
	}
	for _, raw := range v.Errors {
		b.Errors = append(b.Errors, providerError(raw))
	}
}

func (b *Batch) addMessage(number string, contacts contacts, raw json.RawMessage) {
	m, ok := object[wireMessage](raw)
	if !ok {
		b.skip("", SkippedDamaged)
		return
	}
	contact := contacts.of(m)
	in := Inbound{
		External:      dispatch.ExternalID(m.ID),
		PhoneNumberID: number,
		From:          addresses(m.From, contact.WaID, m.FromUserID, contact.UserID, m.FromParentUserID, contact.ParentUserID),
		Name:          string(contact.Profile.v.Name),
		Type:          string(m.Type),
		SentAt:        m.Timestamp.time(),
		ReplyTo:       dispatch.ExternalID(m.Context.v.ID),
	}
	if len(in.From) == 0 {
		b.skip(m.ID, SkippedNobody)
		return
	}
	if in.Name == "" {
		in.Name = string(contact.Profile.v.Username)
	}
	if in.External == "" {
		sum := sha256.Sum256(raw)
		in.External = dispatch.ExternalID("sha256." + hex.EncodeToString(sum[:]))
	}
	describe(m, &in)
	b.Inbound = append(b.Inbound, in)
}

// contacts are those of one change. They are found by id, not by looking through them: a hostile body has room for a
// hundred thousand contacts and as many messages.
type contacts struct {
	byID map[text]wireContact
	only *wireContact // set when there is exactly one
}

func readContacts(raw list) contacts {
	c := contacts{byID: make(map[text]wireContact, len(raw))}
	for _, element := range raw {
		contact, _ := object[wireContact](element)
		for _, id := range []text{contact.WaID, contact.UserID} {
			if _, taken := c.byID[id]; !taken && id != "" {
				c.byID[id] = contact
			}
		}
		if len(raw) == 1 {
			c.only = &contact
		}
	}
	return c
}

// of finds the sender. A change with one contact and a message that names nobody, or each by another kind of id, belong
// together: that is how a message from somebody without a phone number may look.
func (c contacts) of(m wireMessage) wireContact {
	for _, id := range []text{m.From, m.FromUserID} {
		if contact, ok := c.byID[id]; ok {
			return contact
		}
	}
	named := m.From != "" || m.FromUserID != ""
	if o := c.only; o != nil && (!named || o.WaID == "" && m.FromUserID == "" || o.UserID == "" && m.From == "") {
		return *o
	}
	return wireContact{}
}

// addresses drops empty and repeated values and keeps the order.
func addresses(values ...text) []delivery.Address {
	var out []delivery.Address
	for _, v := range values {
		a := delivery.Address{Kind: addressKind, Value: string(v)}
		if v != "" && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

var states = map[text]dispatch.DeliveryState{
	"sent":      dispatch.DeliverySent,
	"delivered": dispatch.DeliveryDelivered,
	"read":      dispatch.DeliveryRead,
	"played":    dispatch.DeliveryRead, // voice messages
	"failed":    dispatch.DeliveryFailed,
}

func (b *Batch) addStatus(number string, raw json.RawMessage) {
	s, ok := object[wireStatus](raw)
	state, known := states[s.Status]
	switch {
	case !ok:
		b.skip("", SkippedDamaged)
		return
	case !known:
		b.skip(s.ID, SkippedState)
		return
	case s.ID == "":
		b.skip("", SkippedNoID)
		return
	}
	message, _, partial := strings.Cut(string(s.Callback), partMark)
	out := Status{
		External: dispatch.ExternalID(s.ID), PhoneNumberID: number, State: state, At: s.Timestamp.time(),
		Recipient: addresses(s.RecipientID, s.RecipientUserID), Message: dispatch.MessageID(message), Partial: partial,
	}
	if state == dispatch.DeliveryFailed {
		out.Reason = delivery.ReasonUndeliverable
		if len(s.Errors) > 0 {
			out.Error = providerError(s.Errors[0])
			out.Reason = meaningOf(out.Error.Code).reason
		}
	}
	b.Statuses = append(b.Statuses, out)
}

func providerError(raw json.RawMessage) ProviderError {
	e, _ := object[wireError](raw)
	title := e.Title
	if title == "" {
		title = e.Message
	}
	return ProviderError{Code: e.Code.number(), Title: string(title)}
}
