package transport

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"pronto/dispatch"
	"pronto/protocol"
)

// WaitingNow is one conversation in the list of a queue.
type WaitingNow struct {
	dispatch.WaitingView
	Head     dispatch.Head
	LastText string // of the contact
}

type waitingIn struct {
	ID     string `path:"id" maxLength:"64" doc:"que_…"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"At most so many"`
	Cursor string `query:"cursor" maxLength:"256" doc:"next_cursor of the last page"`
}

func (s *Server) registerWaiting() {
	handle(s, route{
		method: http.MethodGet, path: "/queues/{id}/waiting", tag: "queues", summary: "Who waits, in the order of waiting; for the queue's agents and supervisors",
		action: ActReadWaiting, late: true,
	}, s.waiting)
}

func (s *Server) waiting(ctx context.Context, in *waitingIn) (*bodyOf[protocol.Page[protocol.WaitingConversation]], error) {
	id := dispatch.QueueID(in.ID)
	if err := s.o.Gate.Can(callOf(ctx).principal, ActReadWaiting, Object{Queues: []dispatch.QueueID{id}}); err != nil {
		return nil, err
	}
	after, ok := placeOf(in.Cursor)
	if !ok {
		return nil, refuseField("query/cursor", protocol.FieldInvalid)
	}
	found, more, err := s.o.Live.Waiting(ctx, id, after, in.Limit)
	if err != nil {
		return nil, err
	}
	page := protocol.Page[protocol.WaitingConversation]{Items: make([]protocol.WaitingConversation, 0, len(found))}
	for i := range found {
		if found[i].Head.State == dispatch.ConversationQueued { // else it went in this moment
			page.Items = append(page.Items, wire{s.o.Catalog}.waiting(&found[i]))
		}
	}
	if more {
		page.NextCursor = cursorOf(found[len(found)-1].At)
	}
	return answer(page), nil
}

func (w wire) waiting(v *WaitingNow) protocol.WaitingConversation {
	h := &v.Head
	out := protocol.WaitingConversation{
		ConversationID: string(h.ID), ProtocolNumber: h.Protocol, Position: v.Position, Channel: w.channel(h.Channel), Contact: contactRef(h.Contact),
		Subject: h.Subject, Priority: h.Priority, EnqueuedAt: protocol.At(h.EnqueuedAt), LastText: v.LastText, Unread: h.Unread,
		Skills: skillNeeds(v.Skills), Tier: v.Tier, Weight: v.Weight, Tags: h.Tags,
	}
	protocol.FillLists(&out)
	return out
}

func cursorOf(p dispatch.WaitingPlace) string {
	return strconv.FormatInt(p.Place, 36) + "." + string(p.Conversation)
}

func placeOf(cursor string) (p dispatch.WaitingPlace, ok bool) {
	if cursor == "" {
		return p, true
	}
	place, id, found := strings.Cut(cursor, ".")
	n, err := strconv.ParseInt(place, 36, 64)
	return dispatch.WaitingPlace{Place: n, Conversation: dispatch.ConversationID(id)}, found && err == nil && id != ""
}

// pick asks the gate about the conversation as it is: who may take it is a member of its queue, whatever the role.
func (s *Server) pick(ctx context.Context, p Principal, id string) (dispatch.Envelope, error) {
	conversation, err := conversationID(id)
	if err != nil {
		return dispatch.Envelope{}, err
	}
	c, err := s.o.Conversations.Get(ctx, p, conversation)
	if err != nil {
		return dispatch.Envelope{}, err
	}
	if err := s.o.Gate.Can(p, ActPick, c.Object); err != nil {
		return dispatch.Envelope{}, err
	}
	offer := dispatch.OfferID(s.o.IDs("off", partitionOf(conversation)))
	m := dispatch.PickConversation{ID: offer, By: dispatch.Actor{Agent: p.Agent}}
	return dispatch.Envelope{To: conversation.Address(), Message: m}, nil
}
