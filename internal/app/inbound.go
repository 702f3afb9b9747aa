package app

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"pronto/actors"
	"pronto/dispatch"
	"pronto/internal/attach"
	"pronto/internal/shed"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
	"pronto/transport/whatsapp"
)

// inbound takes contacts' messages to their conversations.
type inbound struct {
	catalog   *catalog
	contacts  *contacts
	system    *actors.System
	protocols *protocols
	files     *attach.Service
	db        *storage.DB
	line      *shed.Line
	underWay  atomic.Int64
}

// arrival is a message of any channel before its conversation is known.
type arrival struct {
	channel *protocol.Channel
	from    known
	first   dispatch.InboundChat // without author
	queue   string
	subject string
	prio    *int
	skills  []dispatch.SkillNeed
	facts   map[string]string
	prefers dispatch.AgentID
	class   shed.Class // under which it is refused when it would open a conversation; the zero class: as an arrival
}

// Deliver is the generic channel.
func (in *inbound) Deliver(ctx context.Context, by transport.Principal, channel dispatch.ChannelID, m protocol.InboundMessage) (transport.Delivered, error) {
	ch := in.catalog.now.Load().channels[channel]
	if ch == nil || ch.Disabled {
		return transport.Delivered{}, transport.Refuse(protocol.CodeNotFound)
	}
	from, err := normalize(m.Contact)
	if err != nil {
		return transport.Delivered{}, err
	}
	a := arrival{
		channel: ch, from: from, queue: m.Queue, subject: m.Subject, prio: m.Priority, facts: m.Attributes, prefers: dispatch.AgentID(m.PreferredAgent),
		first: dispatch.InboundChat{External: dispatch.ExternalID(m.ExternalID), Text: m.Text, SentAt: m.SentAt.Time},
	}
	for _, id := range m.AttachmentIDs {
		a.first.Attachments = append(a.first.Attachments, dispatch.AttachmentID(id))
	}
	if err := in.files.Sendable(by.ID, "", a.first.Attachments); err != nil {
		return transport.Delivered{}, sendRefusal(err)
	}
	a.skills = skillNeeds(m.Skills)
	return in.deliver(ctx, a)
}

func skillNeeds(asked []protocol.SkillNeed) (out []dispatch.SkillNeed) {
	for _, s := range asked {
		out = append(out, dispatch.SkillNeed{ID: dispatch.SkillID(s.ID), MinLevel: max(1, s.MinLevel)})
	}
	return out
}

// maxArrivals is how many inbound messages are under way at once; more are answered 503, and providers try again.
const maxArrivals = 4096

func (in *inbound) deliver(ctx context.Context, a arrival) (transport.Delivered, error) {
	r, duplicate, err := in.receive(ctx, a)
	if err != nil {
		return transport.Delivered{}, err
	}
	return transport.Delivered{Conversation: r.Conversation, Message: r.Message, Created: r.Created, Duplicate: duplicate}, nil
}

func (in *inbound) receive(ctx context.Context, a arrival) (r dispatch.ReplyInbound, duplicate bool, err error) {
	if in.underWay.Add(1) > maxArrivals {
		in.underWay.Add(-1)
		return r, false, &transport.Refusal{Code: protocol.CodeOverloaded, RetryAfter: time.Second}
	}
	defer in.underWay.Add(-1)
	door := newDoor(in.line, a.class)
	defer door.close()
	queue, err := in.queueOf(a)
	if err != nil {
		return r, false, err
	}
	for range findTries {
		era := in.system.Era()
		from, err := in.contacts.find(ctx, a.from, door)
		if err != nil {
			return r, false, err
		}
		r, duplicate, err = in.system.Receive(ctx, actors.Intake{
			Open: opening(a, queue, from.contact), Kin: from.kin, Era: era,
			Number: func(now time.Time) (string, error) {
				if err := door.enter(ctx); err != nil {
					return "", err
				}
				return in.protocols.next(now)
			},
			Stranger: from.made, Prefer: in.lastOwner(queue, from),
		})
		if err == nil || !errors.Is(err, &dispatch.Error{Code: dispatch.CodeContactMerged}) {
			return r, duplicate, err
		}
		in.contacts.recent.forgetAll() // a merge became durable meanwhile
	}
	return r, false, &transport.Refusal{Code: protocol.CodeOverloaded, RetryAfter: time.Second}
}

// queueOf is the message's queue, else the channel's.
func (in *inbound) queueOf(a arrival) (*protocol.Queue, error) {
	now := in.catalog.now.Load()
	if a.queue != "" {
		if q := now.queues[dispatch.QueueID(a.queue)]; q != nil {
			return q, nil
		}
		return nil, fieldRefusal("/queue", protocol.FieldInvalid)
	}
	if q := now.queues[dispatch.QueueID(a.channel.QueueID)]; q != nil {
		return q, nil
	}
	return nil, fmt.Errorf("channel %s: its queue is gone", a.channel.ID)
}

// opening says what a new conversation would be, but for its protocol number.
func opening(a arrival, q *protocol.Queue, contact dispatch.Contact) dispatch.OpenConversation {
	p := dispatch.PartitionOf(q.ID)
	o := dispatch.ConversationOpened{
		ID: dispatch.ConversationID(newID("cnv", p)), Channel: dispatch.ChannelID(a.channel.ID), Contact: contact, Queue: dispatch.QueueID(q.ID),
		Subject: firstOf(a.subject, a.channel.Subject, q.Subject), Priority: q.Priority, Skills: a.skills, Attributes: a.facts, Preferred: a.prefers,
	}
	if a.prio != nil {
		o.Priority = *a.prio
	}
	first := a.first
	first.ID = dispatch.MessageID(newID("msg", p))
	first.Author = dispatch.Author{Kind: dispatch.AuthorContact, ID: string(contact.ID), Name: contact.Name, Identity: contact.Identity}
	return dispatch.OpenConversation{Opened: o, First: first}
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// Verify and Receive are the WhatsApp Cloud API webhook.

// whatsAppChannel is refused like a wrong token or signature: who is not the provider learns nothing of which channels are
// there.
func (in *inbound) whatsAppChannel(id dispatch.ChannelID) (*protocol.Channel, error) {
	ch := in.catalog.now.Load().channels[id]
	if ch == nil || ch.Kind != "whatsapp" || ch.Disabled {
		return nil, transport.Refuse(protocol.CodeForbidden)
	}
	return ch, nil
}

// webhooks is the provider's side of inbound: Deliver and Receive have different signatures on the edge's ports.
type webhooks struct{ *inbound }

func (w webhooks) Verify(_ context.Context, channel dispatch.ChannelID, mode, token, challenge string) (string, error) {
	ch, err := w.whatsAppChannel(channel)
	if err != nil {
		return "", err
	}
	answer, err := whatsapp.Verify(ch.Config["verify_token"], mode, token, challenge)
	if err != nil {
		return "", transport.Refuse(protocol.CodeForbidden)
	}
	return answer, nil
}

func (w webhooks) Receive(ctx context.Context, channel dispatch.ChannelID, body []byte, signature string) error {
	ch, err := w.whatsAppChannel(channel)
	if err != nil {
		return err
	}
	if err := whatsapp.CheckSignature(ch.Config["app_secret"], body, signature); err != nil {
		return transport.Refuse(protocol.CodeForbidden)
	}
	batch, err := whatsapp.Parse(body)
	if err != nil {
		return transport.Refuse(protocol.CodeBadRequest)
	}
	for _, m := range batch.Inbound {
		if err := w.message(ctx, w.ofNumber(ch, m.PhoneNumberID), m); err != nil {
			return err
		}
	}
	if len(batch.Statuses) > 0 { // the provider repeats them
		leave, err := w.line.Enter(ctx, shed.Webhooks)
		if err != nil {
			return err
		}
		defer leave()
	}
	for _, s := range batch.Statuses {
		if err := w.status(ctx, w.ofNumber(ch, s.PhoneNumberID), s); err != nil {
			return err
		}
	}
	return nil
}

// ofNumber is the channel of the number that something is about: the provider sends what comes to any number of an
// application to one address. A number without a channel of its own is the addressed one's.
func (w webhooks) ofNumber(ch *protocol.Channel, number string) *protocol.Channel {
	if number == "" || number == ch.Config["phone_number_id"] {
		return ch
	}
	found := ch
	for _, c := range w.catalog.now.Load().channels {
		its := c.Kind == "whatsapp" && !c.Disabled && c.Config["phone_number_id"] == number && c.Config["app_secret"] == ch.Config["app_secret"]
		if its && (found == ch || c.ID < found.ID) {
			found = c
		}
	}
	return found
}

// message delivers one message of a batch. One that can never be delivered is not refused: the provider would repeat the
// whole batch for ever.
func (w webhooks) message(ctx context.Context, ch *protocol.Channel, m whatsapp.Inbound) error {
	_, err := w.deliver(ctx, arrival{
		channel: ch, from: senderOf(m), class: shed.Webhooks, first: dispatch.InboundChat{External: m.External, Text: m.Text, SentAt: m.SentAt, ReplyTo: w.answered(ch, m.ReplyTo)},
	})
	return err
}

// answered is our message that the contact quotes; empty when it is none of those that went through the driver.
func (w webhooks) answered(ch *protocol.Channel, external dispatch.ExternalID) dispatch.MessageID {
	if external == "" {
		return ""
	}
	id, seq, err := w.db.Outbound(dispatch.ChannelID(ch.ID), external)
	if err != nil {
		return "" // a message without its quotation is better than none
	}
	m, err := w.db.Messages(id, seq-1, 1)
	if err != nil || len(m) == 0 {
		return ""
	}
	return m[0].ID
}

// senderOf is who wrote, by those of the provider's ids that rules know.
func senderOf(m whatsapp.Inbound) known {
	from := protocol.InboundContact{Name: m.Name}
	for _, a := range m.From {
		id := protocol.Identity{Kind: a.Kind, Value: a.Value}
		if _, err := spell([]protocol.Identity{id}, ""); err == nil {
			from.Identities = append(from.Identities, id)
		}
	}
	k, err := normalize(from)
	if err != nil {
		return unnormalized(m)
	}
	return k
}

// unnormalized keeps a sender of whose ids no rule knows any under exactly what the provider called it.
func unnormalized(m whatsapp.Inbound) known {
	id := protocol.Identity{Kind: m.From[0].Kind, Value: m.From[0].Value}
	return known{name: m.Name, identities: []protocol.Identity{id}, keys: []string{rawKey(id)}, shown: id.Value, route: id.Value}
}

// status moves a message's delivery forward. A report about a message that is not ours is not an error.
func (w webhooks) status(ctx context.Context, ch *protocol.Channel, s whatsapp.Status) error {
	id, seq, err := w.db.Outbound(dispatch.ChannelID(ch.ID), s.External)
	if errors.Is(err, storage.ErrNotFound) && (!s.Partial || s.State == dispatch.DeliveryFailed) { // the rest may still wait
		id, seq, err = w.byMessage(s.Message)
	}
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find message of status: %w", err)
	}
	_, err = w.system.Ask(ctx, dispatch.Envelope{To: id.Address(), Message: dispatch.ReportDelivery{
		Seq: seq, State: s.State, External: s.External, Error: s.Reason,
	}})
	var refused *dispatch.Error
	if errors.As(err, &refused) && refused.Code == dispatch.CodeNotFound {
		return nil
	}
	return err
}

// byMessage finds our own message by its id, which sending gave along: the report may be faster than the answer to it.
func (w webhooks) byMessage(id dispatch.MessageID) (dispatch.ConversationID, uint64, error) {
	if id == "" {
		return "", 0, storage.ErrNotFound
	}
	return w.db.MessageByID(id)
}
