package transport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
)

// EncodeEvent returns what follows {"type":"event","seq":N, in an event's frame: name, time, data and the closing brace.
// It depends on nothing but the event, so the bytes are made once and shared by all receivers.
func (s *Server) EncodeEvent(when time.Time, e dispatch.Event) ([]byte, error) {
	name, data := wire{s.o.Catalog}.event(e)
	if data == nil {
		return nil, fmt.Errorf("encode event: %T is not on the wire", e)
	}
	scratch := encodeBuffers.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
	defer encodeBuffers.Put(scratch)
	out := append((*scratch)[:0], `"name":"`...)
	out = append(out, name...)
	out = append(out, `","at":`...)
	out = protocol.At(when).AppendJSON(out)
	out, err := appendJSON(append(out, `,"data":`...), data)
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", name, err)
	}
	*scratch = append(out, '}')
	return bytes.Clone(*scratch), nil
}

// appendJSON appends v: objects that are written by hand, or whatever encoding/json can write.
func appendJSON(b []byte, v any) ([]byte, error) {
	if hot, ok := v.(interface{ AppendJSON(b []byte) []byte }); ok {
		return hot.AppendJSON(b), nil
	}
	body, err := json.Marshal(v)
	return append(b, body...), err
}

// event returns the name of an event and its data, nil for one that is not on the wire.
func (w wire) event(e dispatch.Event) (string, any) {
	switch e := e.(type) {
	case dispatch.EventOfferCreated:
		offer := w.offer(&e.Offer)
		return protocol.EventOfferCreated, &offer
	case dispatch.EventOfferEnded:
		return protocol.EventOfferEnded, protocol.OfferEnded{OfferID: string(e.Offer), Cause: string(e.Cause)}
	case dispatch.EventAssigned:
		head := w.head(&e.Head)
		return protocol.EventConversationAssigned, &head
	case dispatch.EventMessage:
		return protocol.EventConversationMessage, &protocol.ConversationMessage{
			ConversationID: string(e.Conversation), Message: w.message(e.Conversation, e.Message),
			Version: int64(e.Version), Unread: e.Unread,
		}
	case dispatch.EventMessageChanged:
		return protocol.EventMessageChanged, protocol.MessageChanged{
			ConversationID: string(e.Conversation), Message: w.message(e.Conversation, &e.Message), Version: int64(e.Version),
		}
	case dispatch.EventUpdated:
		head := w.head(&e.Head)
		return protocol.EventConversationUpdated, &head
	case dispatch.EventRead:
		return protocol.EventConversationRead, protocol.ConversationRead{ConversationID: string(e.Conversation), ReadSeq: int64(e.Seq), Unread: e.Unread}
	case dispatch.EventTyping:
		return protocol.EventConversationTyping, protocol.ConversationTyping{ConversationID: string(e.Conversation), Author: author(e.Author), Typing: e.Typing}
	case dispatch.EventNote:
		return protocol.EventConversationNote, protocol.ConversationNote{ConversationID: string(e.Conversation), Note: note(e.Conversation, &e.Note)}
	case dispatch.EventDelivery:
		return protocol.EventConversationDelivery, protocol.ConversationDelivery{
			ConversationID: string(e.Conversation), MessageID: string(e.Message),
			Seq: int64(e.Seq), Delivery: string(e.Delivery), Error: e.Error,
		}
	case dispatch.EventUnanswered:
		return protocol.EventUnanswered, protocol.ConversationUnanswered{
			ConversationID: string(e.Conversation), ProtocolNumber: e.Protocol, Queue: w.queue(e.Queue), Contact: contactRef(e.Contact),
			Owner: protocol.Ref{ID: string(e.Owner), Name: w.names.AgentName(e.Owner)}, Level: string(e.Level), Since: protocol.At(e.Since),
		}
	case dispatch.EventTransferPending:
		return protocol.EventTransferPending, protocol.TransferPending{ConversationID: string(e.Conversation), Transfer: w.transfer(e.Transfer)}
	case dispatch.EventTransferEnded:
		return protocol.EventTransferEnded, protocol.TransferEnded{ConversationID: string(e.Conversation), TransferID: string(e.Transfer), Outcome: e.Outcome}
	case dispatch.EventRemoved:
		return protocol.EventConversationRemoved, protocol.ConversationRemoved{ConversationID: string(e.Conversation), Cause: string(e.Cause)}
	case dispatch.EventWatched:
		return protocol.EventConversationWatched, w.watched(&e)
	case dispatch.EventWatchEnded:
		return protocol.EventWatchEnded, protocol.WatchEnded{ConversationID: string(e.Conversation)}
	case dispatch.EventStatus:
		return protocol.EventStatusChanged, protocol.StatusChanged{
			Status: string(e.Status), ReasonID: e.Reason, By: w.actor(e.By), At: protocol.At(e.At),
			Since: protocol.At(e.Since), AfterCurrent: e.After, AfterReasonID: e.AfterIs, PlannedUntil: protocol.At(e.Until),
		}
	case dispatch.ContactEvent:
		return w.contactEvent(e.Event)
	case dispatch.EventDraft:
		return protocol.EventDraftSaved, draft(e.Draft)
	case dispatch.EventQueueWaiting:
		return protocol.EventQueueWaiting, protocol.QueueWaiting{QueueID: string(e.Queue), Waiting: e.Waiting, OldestAt: at(e.Oldest)}
	case dispatch.EventConfigChanged:
		return protocol.EventConfigChanged, protocol.ConfigChanged{Kind: e.Kind, ID: e.ID, Version: int64(e.Version)}
	case dispatch.EventAttachment:
		return protocol.EventAttachmentUpdated, protocol.AttachmentUpdated{ConversationID: string(e.Conversation), Attachment: w.names.Attachment(e.Attachment)}
	case dispatch.EventContactUpdated:
		contact, ok := e.Wire.(protocol.Contact)
		if !ok {
			return "", nil
		}
		protocol.FillLists(&contact)
		return protocol.EventContactUpdated, protocol.ContactUpdated{Contact: contact}
	default:
		return w.liveEvent(e)
	}
}

func (w wire) actor(id dispatch.AgentID) protocol.Actor {
	if id == "" {
		return protocol.Actor{Kind: string(dispatch.AuthorSystem)}
	}
	return protocol.Actor{Kind: string(dispatch.AuthorAgent), ID: string(id), Name: w.names.AgentName(id)}
}

// reply returns the data of a reply.
func (w wire) reply(r dispatch.Reply) (any, error) {
	switch r := r.(type) {
	case dispatch.Done:
		return protocol.Empty{}, nil
	case dispatch.ReplyConversation:
		return &protocol.ConversationReply{Conversation: w.head(&r.Head)}, nil
	case dispatch.ReplyMessage:
		return &protocol.MessageReply{Message: w.message(r.Conversation, &r.Message)}, nil
	case dispatch.ReplyNote:
		return protocol.NoteReply{Note: note(r.Conversation, &r.Note)}, nil
	case dispatch.ReplyTransfer:
		return protocol.TransferReply{TransferID: string(r.Transfer)}, nil
	case dispatch.ReplyReassigned:
		return protocol.ReassignReply{ConversationIDs: texts(r.Conversations)}, nil
	case dispatch.ReplyStatus:
		return protocol.StatusReply{
			Status: string(r.Status), ReasonID: r.Reason, Since: protocol.At(r.Since), AfterCurrent: r.After,
			AfterReasonID: r.AfterIs, PlannedUntil: protocol.At(r.Until),
		}, nil
	default:
		return nil, fmt.Errorf("encode reply: %T is not on the wire", r)
	}
}
