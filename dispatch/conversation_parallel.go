package dispatch

import "slices"

// A queue may ask several agents at the same time. The conversation is offered while one of them has it open, and waits while
// fewer are asked than may be: then its ticket says who is being asked. The first who accepts has it.

// waits: a queue should look for an agent, or for one more.
func (s *ConversationSnapshot) waits() bool {
	return s.State == ConversationQueued || s.State == ConversationOffered && s.Parallel > 1+len(s.More)
}

// inParallel is what an offer says about others beside it. While more may be made, a new ticket says who is being asked;
// reservations for the older ones stay good.
func (s *ConversationSnapshot) inParallel(n int) {
	if n > 1 && s.Valid == 0 {
		s.Valid = s.Placed
	}
	s.Parallel = 0
	if n > 1 {
		s.Parallel = n
	}
	if s.waits() {
		s.Placed = s.Version
	}
}

// openOffers lists the offers that are open, in order of being made.
func (s *ConversationSnapshot) openOffers() []Offer {
	if s.Offer == nil {
		return nil
	}
	return append([]Offer{*s.Offer}, s.More...)
}

// OfferByID is an open offer; nil: it is not.
func (s *ConversationSnapshot) OfferByID(id OfferID) *Offer {
	return s.findOffer(func(o *Offer) bool { return o.ID == id })
}

// offerTo is the open offer to an agent.
func (s *ConversationSnapshot) offerTo(agent AgentID) *Offer {
	return s.findOffer(func(o *Offer) bool { return o.Agent == agent })
}

func (s *ConversationSnapshot) findOffer(is func(*Offer) bool) *Offer {
	if s.Offer == nil || is(s.Offer) {
		return s.Offer
	}
	for i := range s.More {
		if is(&s.More[i]) {
			return &s.More[i]
		}
	}
	return nil
}

// addressees are whom it is offered to.
func (s *ConversationSnapshot) addressees() []AgentID {
	var out []AgentID
	for _, o := range s.openOffers() {
		out = append(out, o.Agent)
	}
	return out
}

// takeOffer removes an open offer.
func (s *ConversationSnapshot) takeOffer(id OfferID) *Offer {
	taken := s.OfferByID(id)
	if taken == nil {
		return nil
	}
	o := *taken
	left := slices.DeleteFunc(s.openOffers(), func(x Offer) bool { return x.ID == id })
	s.setOffers(left)
	return &o
}

// takes reports whether a reservation of the queue may become an offer.
func (s *ConversationSnapshot) takes(m Reserved) bool {
	if !s.waits() || s.hadOffer(m.Offer) {
		return false
	}
	if s.State == ConversationQueued && (m.Ticket == s.Placed || planted("stale_reservation")) {
		return true
	}
	if m.Kind == OfferAuto { // the queue asked several until a moment ago: they go on ringing
		return false
	}
	if s.Offer != nil && 1+len(s.More) >= max(1, m.Parallel) { // it asked fewer when it asked this one
		return false
	}
	return s.Valid > 0 && m.Ticket >= s.Valid && m.Ticket <= s.Placed && s.offerTo(m.Agent) == nil && !slices.Contains(s.Excluded, m.Agent)
}

// hadOffer: it has ended lately. A reservation that was sent twice must not make it again.
func (s *ConversationSnapshot) hadOffer(id OfferID) bool {
	return slices.ContainsFunc(s.Ended, func(e EndedOffer) bool { return e.ID == id })
}

// tellTicket tells the queue what an offer changed: who is being asked now, or that nobody else is looked for. placed is the
// ticket before it.
func (c *Conversation) tellTicket(t *turn, placed uint64) {
	if c.s.waits() {
		c.enqueue(t)
		return
	}
	c.settle()
	t.send(c.s.Queue.Address(), Dequeue{Conversation: c.s.ID, Version: placed})
}

// withdrawOthers ends what other agents than the one who accepts have open.
func (c *Conversation) withdrawOthers(t *turn, accepted OfferID) {
	if planted("others_still_ring") {
		return
	}
	for _, o := range c.s.openOffers() {
		if o.ID != accepted {
			c.withdrawOne(t, o, EndAcceptedElsewhere, "", "")
		}
	}
}

// asked: the ticket is of now, and somebody is being asked. The queue may not know yet, and must not forget the ticket.
func (c *Conversation) asked(queue QueueID, ticket uint64) bool {
	return c.s.State == ConversationOffered && c.s.waits() && c.s.Queue == queue && c.s.Placed == ticket
}

// offersShow has all that is open show a text of the contact: what they showed, of when they were made, may be gone.
func (s *ConversationSnapshot) offersShow(text string) {
	open := s.openOffers()
	for i := range open {
		open[i].LastText = text
	}
	s.setOffers(open)
}

func (s *ConversationSnapshot) setOffers(open []Offer) {
	s.Offer, s.More = nil, nil
	if len(open) > 0 {
		s.Offer = &open[0]
	}
	if len(open) > 1 {
		s.More = open[1:]
	}
}
