package dispatch

import "time"

// ContactSaw tells what the contact's own client says: every message to the contact up to Seq has arrived there, or was
// read. Only channels whose client is ours send it; it may be repeated and reordered.
type ContactSaw struct {
	isMessage
	Seq   uint64
	State DeliveryState // delivered or read
}

// contactSaw records the receipt once for all messages that it moves, in any state: receipts come after the end, too.
func (c *Conversation) contactSaw(t *turn, m ContactSaw) error {
	switch {
	case c.s.State == ConversationNone:
		return refuse(CodeNotFound, "no such conversation")
	case m.State != DeliveryDelivered && m.State != DeliveryRead:
		return refuse(CodeBadRequest, "a contact says delivered or read")
	case m.Seq > c.s.LastSeq:
		return refuseBecause(CodeBadRequest, "there is no such message yet", "/data/seq")
	}
	if moved := c.s.behind(m.Seq, m.State); len(moved) > 0 {
		ids := make([]MessageID, len(moved))
		for i, seq := range moved {
			ids[i] = c.s.outboundID(seq)
		}
		c.record(t, MessagesSeen{Seq: m.Seq, State: m.State, At: t.now})
		for i, seq := range moved {
			c.notify(t, EventDelivery{Conversation: c.s.ID, Message: ids[i], Seq: seq, Delivery: m.State})
		}
	}
	t.answer(Done{})
	return nil
}

// behind lists, in order, the messages up to seq whose delivery would advance to state.
func (s *ConversationSnapshot) behind(seq uint64, state DeliveryState) []uint64 {
	var moved []uint64
	for n := range min(seq, uint64(len(s.Deliveries))) {
		have := s.Delivery(n + 1)
		if deliveryAdvances(have, state) || planted("receipt_goes_back") && have == DeliveryRead {
			moved = append(moved, n+1)
		}
	}
	return moved
}

func (s *ConversationSnapshot) applySeen(r MessagesSeen) {
	for _, seq := range s.behind(r.Seq, r.State) {
		s.applyDelivery(DeliveryChanged{Seq: seq, State: r.State, At: r.At})
	}
}

// ContactEvent is an event as the contact of its conversation sees it: without what is only for the staff. It wraps
// EventMessage, EventTyping, EventDelivery (of the contact's own message), EventContactState and EventContactHours.
type ContactEvent struct {
	isEvent
	Event Event
}

// EventContactState shows a contact where the conversation stands.
type EventContactState struct {
	isEvent
	View ContactView
}

// EventContactHours tells a contact that its channel opened or closed.
type EventContactHours struct {
	isEvent
	Hours ContactHours
}

// ContactHours say whether somebody can be expected to answer.
type ContactHours struct {
	Closed bool
	Until  time.Time // when that changes; zero: not in sight
}

// ContactView is all that a contact sees of a conversation besides its messages.
type ContactView struct {
	Conversation ConversationID
	Protocol     string
	State        ConversationState // offered is shown as queued: whom it is offered to is nobody's business
	Agent        AgentID           // who answers; empty while nobody does
	OnHold       bool
	ReadSeq      uint64        // up to here the agent's side has read
	Position     int           // 1 is next; 0: not waiting, or not known
	Wait         time.Duration // estimated; 0: not known
	Rateable     bool          // it is over and the contact is asked for a rating
	Rating       Rating        // zero: none yet
}

// ContactView is the conversation as its contact sees it.
func (h *Head) ContactView() ContactView {
	v := ContactView{Conversation: h.ID, Protocol: h.Protocol, State: h.State, Agent: h.Owner, OnHold: h.OnHold, ReadSeq: h.ReadSeq}
	if v.State == ConversationOffered {
		v.State = ConversationQueued
	}
	if v.State == ConversationWrapup { // over for the customer
		v.State = ConversationClosed
	}
	v.Rateable = h.RatingAsked && v.State == ConversationClosed
	if h.Rating != nil {
		v.Rating = *h.Rating
	}
	return v
}
