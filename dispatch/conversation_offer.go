package dispatch

import (
	"slices"
	"time"
)

// reserved turns a held slot into an offer, or sends the sender home: the agent is told what a stale reservation came to
// (mostly that it is over, but a repeat may come from the owner), and a queue that believes in an old ticket to drop it.
func (c *Conversation) reserved(t *turn, m Reserved) {
	late := !t.now.Before(m.Until)
	if c.s.OfferByID(m.Offer) != nil {
		return // a repeat
	}
	if m.Kind == OfferPicked {
		c.picked(t, m, late)
		return
	}
	if !m.Kind.asked() {
		if late || c.pending == nil || c.pending.offer != m.Offer {
			c.query(t, QueryOffer{Offer: m.Offer, Agent: m.Agent})
			return
		}
		c.grantPending(t, m)
		return
	}
	if stale := !c.s.takes(m); late || stale {
		c.query(t, QueryOffer{Offer: m.Offer, Agent: m.Agent})
		if stale && m.Queue != "" && !c.asked(m.Queue, m.Ticket) {
			t.send(m.Queue.Address(), Dequeue{Conversation: c.s.ID, Version: m.Ticket})
		}
		return
	}
	if m.Kind == OfferAuto {
		c.give(t, m)
		return
	}
	c.offer(t, m)
}

// queueOffer is the offer that a reservation of the queue stands for.
func (c *Conversation) queueOffer(now time.Time, m Reserved) Offer {
	o := c.newOffer(now, m.Offer, m.Agent)
	o.Kind, o.ExpiresAt = m.Kind, now.Add(c.rules.OfferTime)
	o.Attempt = c.s.Attempt + 1
	o.Returned = slices.Contains(c.s.Refusers, m.Agent)
	o.Note, o.Relaxed = c.s.Note, m.Relaxed
	return o
}

// give makes whoever holds the slot the owner at once. It is an offer and its acceptance in one commit, so that whoever
// counts or explains offers counts and explains these too.
func (c *Conversation) give(t *turn, m Reserved) {
	o, ticket := c.queueOffer(t.now, m), c.s.Placed
	c.record(t, OfferMade{Offer: o, NewRound: m.NewRound, Why: m.Why})
	c.record(t, OfferAccepted{Offer: o.ID, Agent: o.Agent, Epoch: c.s.Epoch + 1, At: t.now, Quiet: c.ownerOwes()})
	c.settle()
	c.answered(t, "")
	t.send(c.s.Queue.Address(), Dequeue{Conversation: c.s.ID, Version: ticket})
	t.send(o.Agent.Address(), Assigned{Head: c.Head(), Version: c.s.Version, Offer: o.ID, Weight: c.s.Weight})
}

// offer makes the queue's offer durable, then shows it to the agent and takes the ticket out of the queue.
func (c *Conversation) offer(t *turn, m Reserved) {
	o, ticket := c.queueOffer(t.now, m), c.s.Placed
	if planted("why_forgotten") {
		m.Why = nil
	}
	newRound := m.NewRound && m.Ticket == ticket // with others at the same time, the first one begins it
	c.record(t, OfferMade{Offer: o, NewRound: newRound, Parallel: m.Parallel, Why: m.Why})
	c.tellTicket(t, ticket)
	t.send(m.Agent.Address(), MakeOffer{Offer: o, Version: c.s.Version})
}

func (c *Conversation) newOffer(now time.Time, id OfferID, agent AgentID) Offer {
	return Offer{
		ID: id, Conversation: c.s.ID, Agent: agent, Queue: c.s.Queue, Channel: c.s.Channel, Contact: c.s.Contact,
		Subject: c.s.Subject, Priority: c.s.Priority, EnqueuedAt: c.s.EnqueuedAt, MadeAt: now, LastText: c.s.LastText,
		Weight: c.s.Weight, MaxMisses: c.rules.MaxMisses,
	}
}

// moveTo another queue: the present one says that the conversation has waited long enough. A word about an old ticket is
// answered, so that the queue forgets it.
func (c *Conversation) moveTo(t *turn, m MoveToQueue) {
	if c.asked(m.From, m.Ticket) {
		return
	}
	if c.s.State != ConversationQueued || c.s.Queue != m.From || c.s.Placed != m.Ticket {
		t.send(m.From.Address(), Dequeue{Conversation: c.s.ID, Version: m.Ticket})
		return
	}
	if c.pending != nil {
		return // somebody is about to get it; the queue tells again
	}
	c.backToQueue(t, ConversationRequeued{Queue: m.To, Cause: QueuedRelaxed, Priority: c.s.Priority, Note: c.s.Note, At: t.now})
}

// freeSlot tells an agent's actor that a reservation or offer is over.
func (c *Conversation) freeSlot(t *turn, agent AgentID, offer OfferID, cause EndCause) {
	t.send(agent.Address(), OfferEnded{Offer: offer, Conversation: c.s.ID, Version: c.s.Version, Cause: cause})
}

// openOffer checks that m answers the current offer in time; otherwise the error says what became of the one it means.
func (c *Conversation) openOffer(t *turn, id OfferID, agent AgentID) error {
	if o := c.s.OfferByID(id); o != nil && o.Agent == agent {
		if due(o.ExpiresAt, t.now) && !planted("late_accept") {
			return refuse(CodeOfferExpired, "the offer's time is over")
		}
		return nil
	}
	for _, e := range c.s.Ended {
		if e.ID == id {
			return endedError(e.Cause)
		}
	}
	return refuse(CodeNotFound, "no such offer")
}

func endedError(cause EndCause) *Error {
	switch cause {
	case EndExpired:
		return refuse(CodeOfferExpired, "the offer's time is over")
	case EndAccepted, EndAcceptedElsewhere:
		return refuse(CodeOfferTaken, "the offer was accepted")
	case EndDeclined, EndWithdrawn, EndAgentLost:
		return refuse(CodeOfferWithdrawn, "the offer is gone")
	}
	return refuse(CodeOfferWithdrawn, "the offer is gone")
}

// accept makes the addressee the owner in one record.
func (c *Conversation) accept(t *turn, m AcceptOffer) error {
	if err := c.openOffer(t, m.Offer, m.Agent); err != nil {
		return err
	}
	o, former, waited := *c.s.OfferByID(m.Offer), c.s.Owner, c.s.waits()
	c.withdrawOthers(t, o.ID)
	ticket := c.s.Placed
	c.record(t, OfferAccepted{Offer: o.ID, Agent: o.Agent, Epoch: c.s.Epoch + 1, At: t.now, Quiet: c.ownerOwes()})
	c.answered(t, former)
	if waited {
		c.settle()
		t.send(c.s.Queue.Address(), Dequeue{Conversation: c.s.ID, Version: ticket})
	}
	t.send(o.Agent.Address(), Assigned{Head: c.Head(), Version: c.s.Version, Offer: o.ID, Weight: c.s.Weight})
	if former != "" {
		ended := EventTransferEnded{Conversation: c.s.ID, Transfer: o.ID, Outcome: "accepted"}
		c.notifyAgent(t, former, ended)
		c.tellFollowers(t, ended)
		c.releaseOwner(t, former, RemovedTransferred)
	}
	t.answer(ReplyConversation{Head: c.Head()})
	return nil
}

// decline moves the conversation on: another agent, or the same one after the pause. A transfer returns to its sender.
func (c *Conversation) decline(t *turn, m DeclineOffer) error {
	if err := c.openOffer(t, m.Offer, m.Agent); err != nil {
		return err
	}
	o := *c.s.OfferByID(m.Offer)
	c.record(t, OfferDeclined{Offer: o.ID, Agent: o.Agent, Reason: m.Reason, RelaxAt: c.relaxAt(t.now, o.Kind), At: t.now})
	c.afterOffer(t, o, EndDeclined)
	c.waitOn(t)
	t.answer(Done{})
	return nil
}

// expire ends the offers whose time is over.
func (c *Conversation) expire(t *turn) {
	over := false
	for _, o := range c.s.openOffers() {
		if !due(o.ExpiresAt, t.now) {
			continue
		}
		c.record(t, OfferExpired{Offer: o.ID, Agent: o.Agent, RelaxAt: c.relaxAt(t.now, o.Kind), At: t.now})
		c.afterOffer(t, o, EndExpired)
		over = true
	}
	if over {
		c.waitOn(t)
	}
}

// waitOn asks the queue for an agent, or for one more, after an offer has ended.
func (c *Conversation) waitOn(t *turn) {
	if c.s.waits() {
		c.enqueue(t)
	}
}

// withdraw ends an offer whose addressee cannot take it; the agent is not excluded.
func (c *Conversation) withdraw(t *turn, m WithdrawOffer) {
	o := c.s.OfferByID(m.Offer)
	if o == nil || o.Agent != m.Agent {
		c.query(t, QueryOffer{Offer: m.Offer, Agent: m.Agent})
		return
	}
	c.withdrawOne(t, *o, m.Cause, "target_gone", "")
	c.waitOn(t)
}

// withdrawOffers records the end of all open offers and frees the slots; where the conversation goes is the caller's.
// outcome is what the sender of a transfer is told.
func (c *Conversation) withdrawOffers(t *turn, cause EndCause, outcome string, by AgentID) {
	for _, o := range c.s.openOffers() {
		c.withdrawOne(t, o, cause, outcome, by)
	}
}

func (c *Conversation) withdrawOne(t *turn, o Offer, cause EndCause, outcome string, by AgentID) {
	c.record(t, OfferWithdrawn{Offer: o.ID, Agent: o.Agent, Cause: cause, By: by, At: t.now})
	c.freeSlot(t, o.Agent, o.ID, cause)
	if o.Kind == OfferTransfer {
		c.notify(t, EventTransferEnded{Conversation: c.s.ID, Transfer: o.ID, Outcome: outcome}, EventUpdated{Head: c.Head()})
	}
}

// afterOffer tells the addressee that a refused offer is over, and the sender of a transfer.
func (c *Conversation) afterOffer(t *turn, o Offer, cause EndCause) {
	c.freeSlot(t, o.Agent, o.ID, cause)
	if o.Kind == OfferTransfer {
		c.notify(t, EventTransferEnded{Conversation: c.s.ID, Transfer: o.ID, Outcome: string(cause)}, EventUpdated{Head: c.Head()})
	}
}

// relaxAt is when the round may start over: the pause doubles with every round that is over.
func (c *Conversation) relaxAt(now time.Time, kind OfferKind) time.Time {
	if kind != OfferFromQueue {
		return time.Time{}
	}
	pause := c.rules.ReofferPause << min(c.s.Round, 16)
	return now.Add(min(pause, max(c.rules.ReofferPauseMax, c.rules.ReofferPause)))
}

// query answers with what the conversation and the agent are to each other now.
func (c *Conversation) query(t *turn, m QueryOffer) {
	switch o := c.s.offerTo(m.Agent); {
	case o != nil: // also when another one is meant: its end at this version would hide this one
		t.send(m.Agent.Address(), MakeOffer{Offer: *o, Version: c.s.Version})
	case c.s.Owner != "" && c.s.Owner == m.Agent:
		t.send(m.Agent.Address(), Assigned{Head: c.Head(), Version: c.s.Version, Offer: m.Offer, Weight: c.s.Weight})
	default:
		cause := EndWithdrawn
		for _, e := range c.s.Ended {
			if e.ID == m.Offer && e.Cause != EndAccepted {
				cause = e.Cause
			}
		}
		c.freeSlot(t, m.Agent, m.Offer, cause)
	}
}

// ownerGone starts the time without an owner's session.
func (c *Conversation) ownerGone(t *turn, m OwnerGone) {
	if c.s.Owner == "" || c.s.Owner != m.Agent {
		c.notYours(t, m.Agent)
		return
	}
	if c.s.LostAt.IsZero() {
		var at time.Time
		if c.rules.GoneRequeue && c.s.State == ConversationActive && !c.s.Snoozed() {
			at = t.now.Add(c.rules.GoneAfter)
		}
		c.record(t, OwnerLost{Agent: m.Agent, RequeueAt: at, At: t.now})
	}
	t.send(m.Agent.Address(), OwnerSeen{Conversation: c.s.ID, Gone: true})
}

func (c *Conversation) ownerBack(t *turn, m OwnerBack) {
	if c.s.Owner == "" || c.s.Owner != m.Agent {
		c.notYours(t, m.Agent)
		return
	}
	if !c.s.LostAt.IsZero() {
		c.record(t, OwnerReturned{Agent: m.Agent, At: t.now})
	}
	t.send(m.Agent.Address(), OwnerSeen{Conversation: c.s.ID})
}

// notYours puts an agent right that believes to own the conversation.
func (c *Conversation) notYours(t *turn, agent AgentID) {
	if c.s.offerTo(agent) != nil {
		c.query(t, QueryOffer{Agent: agent})
		return
	}
	cause := RemovedRequeued
	if c.s.LastOwner == agent && c.s.ReleaseCause != "" {
		cause = c.s.ReleaseCause
	}
	t.send(agent.Address(), Released{Conversation: c.s.ID, Version: c.s.Version, Cause: cause})
}

// SlotOf is what the conversation holds of an agent's capacity, as the agent's machine adopts it.
func (s *ConversationSnapshot) SlotOf(agent AgentID) (Slot, bool) {
	if s.Owner == agent && agent != "" {
		return Slot{Conversation: s.ID, Kind: SlotOwned, Version: s.Version, Weight: s.Weight, Head: s.Head(), Alerted: !s.AlertedAt.IsZero()}, true
	}
	if o := s.offerTo(agent); o != nil {
		return Slot{Conversation: s.ID, Kind: SlotOffered, Version: s.Version, Weight: o.Weight, Offer: *o}, true
	}
	return Slot{}, false
}
