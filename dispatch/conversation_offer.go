package dispatch

import (
	"slices"
	"time"
)

// reserved turns a held slot into an offer, or sends the sender home: the agent is told what a stale reservation came to
// (mostly that it is over, but a repeat may come from the owner), and a queue that believes in an old ticket to drop it.
func (c *Conversation) reserved(t *turn, m Reserved) {
	late := !t.now.Before(m.Until)
	if c.s.Offer != nil && c.s.Offer.ID == m.Offer {
		return // a repeat
	}
	if m.Kind != OfferFromQueue {
		if late || c.pending == nil || c.pending.offer != m.Offer {
			c.query(t, QueryOffer{Offer: m.Offer, Agent: m.Agent})
			return
		}
		c.grantPending(t, m)
		return
	}
	if stale := c.s.State != ConversationQueued || (c.s.Placed != m.Ticket && !planted("stale_reservation")); late || stale {
		c.query(t, QueryOffer{Offer: m.Offer, Agent: m.Agent})
		if stale && m.Queue != "" {
			t.send(m.Queue.Address(), Dequeue{Conversation: c.s.ID, Version: m.Ticket})
		}
		return
	}
	c.offer(t, m)
}

// offer makes the queue's offer durable, then shows it to the agent and takes the ticket out of the queue.
func (c *Conversation) offer(t *turn, m Reserved) {
	o := c.newOffer(t.now, m.Offer, m.Agent)
	o.Kind, o.ExpiresAt = OfferFromQueue, t.now.Add(c.rules.OfferTime)
	o.Attempt = c.s.Attempt + 1
	o.Returned = slices.Contains(c.s.Refusers, m.Agent)
	o.Note = c.s.Note
	ticket := c.s.Placed
	c.record(t, OfferMade{Offer: o, NewRound: m.NewRound})
	c.settle()
	t.send(c.s.Queue.Address(), Dequeue{Conversation: c.s.ID, Version: ticket})
	t.send(m.Agent.Address(), MakeOffer{Offer: o, Version: c.s.Version})
}

func (c *Conversation) newOffer(now time.Time, id OfferID, agent AgentID) Offer {
	return Offer{
		ID: id, Conversation: c.s.ID, Agent: agent, Queue: c.s.Queue, Channel: c.s.Channel, Contact: c.s.Contact,
		Subject: c.s.Subject, Priority: c.s.Priority, EnqueuedAt: c.s.EnqueuedAt, MadeAt: now, LastText: c.s.LastText,
		Weight: c.s.Weight, MaxMisses: c.rules.MaxMisses,
	}
}

// freeSlot tells an agent's actor that a reservation or offer is over.
func (c *Conversation) freeSlot(t *turn, agent AgentID, offer OfferID, cause EndCause) {
	t.send(agent.Address(), OfferEnded{Offer: offer, Conversation: c.s.ID, Version: c.s.Version, Cause: cause})
}

// openOffer checks that m answers the current offer in time; otherwise the error says what became of the one it means.
func (c *Conversation) openOffer(t *turn, id OfferID, agent AgentID) error {
	if o := c.s.Offer; o != nil && o.ID == id && o.Agent == agent {
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
	o, former := *c.s.Offer, c.s.Owner
	c.record(t, OfferAccepted{Offer: o.ID, Agent: o.Agent, Epoch: c.s.Epoch + 1, At: t.now})
	t.send(o.Agent.Address(), Assigned{Head: c.Head(), Version: c.s.Version, Offer: o.ID, Weight: c.s.Weight})
	if former != "" {
		c.notifyAgent(t, former, EventTransferEnded{Conversation: c.s.ID, Transfer: o.ID, Outcome: "accepted"})
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
	o := *c.s.Offer
	c.record(t, OfferDeclined{Offer: o.ID, Agent: o.Agent, Reason: m.Reason, RelaxAt: c.relaxAt(t.now, o.Kind), At: t.now})
	c.afterOffer(t, o, EndDeclined)
	t.answer(Done{})
	return nil
}

func (c *Conversation) expire(t *turn) {
	o := *c.s.Offer
	c.record(t, OfferExpired{Offer: o.ID, Agent: o.Agent, RelaxAt: c.relaxAt(t.now, o.Kind), At: t.now})
	c.afterOffer(t, o, EndExpired)
}

// withdraw ends an offer whose addressee cannot take it; the agent is not excluded.
func (c *Conversation) withdraw(t *turn, m WithdrawOffer) {
	o := c.s.Offer
	if o == nil || o.ID != m.Offer || o.Agent != m.Agent {
		c.query(t, QueryOffer{Offer: m.Offer, Agent: m.Agent})
		return
	}
	c.withdrawOffer(t, m.Cause, "target_gone", "")
	if c.s.State == ConversationQueued {
		c.enqueue(t)
	}
}

// withdrawOffer records the end of the open offer and frees the slot; where the conversation goes is the caller's.
// outcome is what the sender of a transfer is told.
func (c *Conversation) withdrawOffer(t *turn, cause EndCause, outcome string, by AgentID) {
	o := *c.s.Offer
	c.record(t, OfferWithdrawn{Offer: o.ID, Agent: o.Agent, Cause: cause, By: by, At: t.now})
	c.freeSlot(t, o.Agent, o.ID, cause)
	if o.Kind == OfferTransfer {
		c.notify(t, EventTransferEnded{Conversation: c.s.ID, Transfer: o.ID, Outcome: outcome}, EventUpdated{Head: c.Head()})
	}
}

// afterOffer tells the addressee that a refused offer is over, and whoever has the conversation now.
func (c *Conversation) afterOffer(t *turn, o Offer, cause EndCause) {
	c.freeSlot(t, o.Agent, o.ID, cause)
	if o.Kind == OfferTransfer {
		c.notify(t, EventTransferEnded{Conversation: c.s.ID, Transfer: o.ID, Outcome: string(cause)}, EventUpdated{Head: c.Head()})
		return
	}
	c.enqueue(t)
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
	switch o := c.s.Offer; {
	case o != nil && o.Agent == m.Agent: // also when another one is meant: its end at this version would hide this one
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
		if c.rules.Live && c.s.State == ConversationActive {
			at = t.now.Add(OwnerLostRequeue)
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
	if c.s.Offer != nil && c.s.Offer.Agent == agent {
		c.query(t, QueryOffer{Agent: agent})
		return
	}
	cause := RemovedRequeued
	if c.s.LastOwner == agent && c.s.ReleaseCause != "" {
		cause = c.s.ReleaseCause
	}
	t.send(agent.Address(), Released{Conversation: c.s.ID, Version: c.s.Version, Cause: cause})
}
