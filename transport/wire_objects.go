package transport

import (
	"time"

	"pronto/dispatch"
	"pronto/protocol"
)

// wire turns the core's views into the protocol's objects. The catalog adds the names.
type wire struct{ names Catalog }

func (w wire) queue(id dispatch.QueueID) protocol.Ref {
	return protocol.Ref{ID: string(id), Name: w.names.QueueName(id)}
}

func (w wire) channel(id dispatch.ChannelID) protocol.ChannelRef {
	kind, name := w.names.Channel(id)
	return protocol.ChannelRef{ID: string(id), Kind: kind, Name: name}
}

func contactRef(c dispatch.Contact) protocol.ContactRef {
	return protocol.ContactRef{ID: string(c.ID), Name: c.Name, Identity: c.Identity}
}

func author(a dispatch.Author) protocol.Author {
	return protocol.Author{Kind: string(a.Kind), ID: a.ID, Name: a.Name, Identity: a.Identity}
}

func (w wire) offer(o *dispatch.Offer) protocol.Offer {
	out := protocol.Offer{
		ID: string(o.ID), ConversationID: string(o.Conversation), Queue: w.queue(o.Queue), Channel: w.channel(o.Channel), Contact: contactRef(o.Contact),
		Subject: o.Subject, Priority: o.Priority, EnqueuedAt: protocol.At(o.EnqueuedAt), WaitMS: max(0, o.MadeAt.Sub(o.EnqueuedAt).Milliseconds()),
		Attempt: o.Attempt, Returned: o.Returned, Kind: string(o.Kind), Note: o.Note, ExpiresAt: protocol.At(o.ExpiresAt), LastText: o.LastText,
		Relaxed: relaxed(o.Relaxed),
	}
	if o.From != "" {
		out.FromAgent = &protocol.Ref{ID: string(o.From), Name: w.names.AgentName(o.From)}
	}
	return out
}

func (w wire) head(h *dispatch.Head) protocol.ConversationHead {
	out := protocol.ConversationHead{
		ID: string(h.ID), ProtocolNumber: h.Protocol, State: string(h.State), Version: int64(h.Version), Queue: w.queue(h.Queue), Channel: w.channel(h.Channel),
		Contact: contactRef(h.Contact), Subject: h.Subject, Priority: h.Priority, OwnerAgentID: string(h.Owner), OnHold: h.OnHold,
		EnqueuedAt: protocol.At(h.EnqueuedAt), AssignedAt: at(h.AssignedAt), ClosedAt: at(h.ClosedAt), LastSeq: int64(h.LastSeq), ReadSeq: int64(h.ReadSeq),
		Unread: h.Unread, ScriptRequired: h.ScriptRequired, WindowExpiresAt: at(h.WindowExpiresAt), OpenedAt: protocol.At(h.OpenedAt),
		PreviousID: string(h.Previous), Script: disposition(h.Script), Attributes: h.Attributes,
		WrapupUntil: at(h.WrapupUntil), CloseCause: string(h.CloseCause), Tags: h.Tags, Rating: rating(h.Rating),
		SnoozedUntil: at(h.SnoozedUntil),
	}
	if h.Transfer != nil {
		t := w.transfer(*h.Transfer)
		out.Transfer = &t
	}
	if h.LastMessage != nil {
		m := w.message(h.ID, h.LastMessage)
		out.LastMessage = &m
	}
	return out
}

func (w wire) transfer(t dispatch.TransferView) protocol.Transfer {
	return protocol.Transfer{ID: string(t.ID), To: protocol.Target{AgentID: string(t.To)}, ToName: w.names.AgentName(t.To), ExpiresAt: protocol.At(t.ExpiresAt)}
}

func (w wire) heads(list []dispatch.Head) []protocol.ConversationHead {
	out := make([]protocol.ConversationHead, len(list))
	for i := range list {
		out[i] = w.head(&list[i])
	}
	return out
}

func (w wire) message(conversation dispatch.ConversationID, m *dispatch.Chat) protocol.Message {
	out := protocol.Message{
		ID: string(m.ID), ConversationID: string(conversation), Seq: int64(m.Seq), Author: author(m.Author), Text: m.Text,
		Attachments: make([]protocol.Attachment, len(m.Attachments)), At: protocol.At(m.At), SentAt: at(m.SentAt), ReplyTo: string(m.ReplyTo),
		Delivery: string(m.Delivery), CannedID: string(m.Canned), Redacted: m.Redacted,
	}
	if m.Redacted {
		out.RedactedAt = at(m.ChangedAt)
	} else {
		out.EditedAt = at(m.ChangedAt)
	}
	for i, id := range m.Attachments {
		out.Attachments[i] = w.names.Attachment(id)
	}
	return out
}

func note(conversation dispatch.ConversationID, n *dispatch.Note) protocol.Note {
	return protocol.Note{
		ID: string(n.ID), ConversationID: string(conversation), Author: author(n.Author), Text: n.Text,
		Mentions: texts(n.Mentions), At: protocol.At(n.At), Whisper: n.Whisper,
	}
}

// texts are ids as they travel; an empty list for none.
func texts[T ~string](ids []T) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

func disposition(a *dispatch.ScriptAnswer) *protocol.Disposition {
	if a == nil {
		return nil
	}
	return &protocol.Disposition{ReasonID: a.Reason, Resolved: a.Resolved, Answers: a.Answers, Automatic: a.Automatic}
}

func rating(r *dispatch.Rating) *protocol.Rating {
	if r == nil {
		return nil
	}
	return &protocol.Rating{Score: r.Score, Comment: r.Comment, At: protocol.At(r.At), ChangedAt: at(r.ChangedAt)}
}

// at keeps a zero time zero, so that it is left out.
func at(t time.Time) protocol.Time {
	if t.IsZero() {
		return protocol.Time{}
	}
	return protocol.At(t)
}
