package dispatch

import "time"

// mayAct checks that who gives the command owns the conversation, or may act on those of others.
func (c *Conversation) mayAct(by Actor) error {
	switch {
	case c.s.State == ConversationNone:
		return refuse(CodeNotFound, "no such conversation")
	case c.s.State == ConversationClosed:
		return refuse(CodeConversationClosed, "the conversation is closed")
	case c.s.Owner == by.Agent && by.Agent != "", by.Supervisor, planted("owner_unchecked"):
		return nil
	}
	return refuse(CodeNotOwner, "the conversation belongs to somebody else")
}

// startTransfer to a queue is one commit; to an agent it first asks the target's actor for a slot.
func (c *Conversation) startTransfer(t *turn, m StartTransfer) error {
	if c.repeatsPending(t) {
		return nil
	}
	if err := c.mayTransfer(m); err != nil {
		return err
	}
	if m.ToQueue != "" {
		from := c.s.Owner
		r := ConversationRequeued{Queue: m.ToQueue, Cause: QueuedTransfer, By: m.By.Agent, Note: m.Note, Priority: c.s.Priority, Exclude: from, At: t.now}
		r.RelaxAt = t.now.Add(c.rules.ReofferPause)
		c.backToQueue(t, r)
		t.answer(ReplyTransfer{})
		return nil
	}
	c.reservePending(t, &pendingReserve{kind: OfferTransfer, offer: m.ID, target: m.ToAgent, by: m.By.Agent, note: m.Note})
	return nil
}

// repeatsPending: a repeat of the command that waits for the target gets that command's answer when it comes, and none
// of its own: the two would differ.
func (c *Conversation) repeatsPending(t *turn) bool {
	if c.pending == nil || !t.in.Cause.Durable() || c.pending.command.Cause != t.in.Cause {
		return false
	}
	c.pending.command = t.in
	return true
}

func (c *Conversation) mayTransfer(m StartTransfer) error {
	if err := c.mayAct(m.By); err != nil {
		return err
	}
	switch {
	case (m.ToAgent == "") == (m.ToQueue == ""):
		return refuse(CodeBadRequest, "give either an agent or a queue")
	case c.s.State != ConversationActive:
		return refuse(CodeNotOwner, "only a conversation in progress can be transferred")
	case c.s.Offer != nil || c.pending != nil:
		return refuse(CodeTransferPending, "a transfer is already waiting")
	case m.ToAgent == c.s.Owner:
		return refuseBecause(CodeTargetUnavailable, "the conversation is already theirs", "owner")
	case m.ToAgent != "" && c.bounces(m.ToAgent) >= MaxBounces:
		return refuseBecause(CodeTargetUnavailable, "handed between these two too often", "bounced")
	}
	return nil
}

// bounces counts the transfers between the owner and the other, either way.
func (c *Conversation) bounces(other AgentID) int {
	n := 0
	for _, h := range c.s.Handed {
		if (h.From == c.s.Owner && h.To == other) || (h.From == other && h.To == c.s.Owner) {
			n++
		}
	}
	return n
}

func (c *Conversation) reservePending(t *turn, p *pendingReserve) {
	p.command, p.owner = t.in, c.s.Owner
	p.until = t.now.Add(ReserveHold)
	c.pending = p
	t.send(p.target.Address(), Reserve{
		Offer: p.offer, Conversation: c.s.ID, Queue: c.s.Queue, Ticket: c.s.Version, Kind: p.kind, Weight: c.s.Weight, Skills: c.s.Skills,
	})
}

// grantPending makes the transfer's offer, or the assignment, durable and answers the command that asked for it.
func (c *Conversation) grantPending(t *turn, m Reserved) {
	p := c.pending
	if err := c.stillGrantable(p, t.now); err != nil {
		c.endPending(t, err)
		c.query(t, QueryOffer{Offer: m.Offer, Agent: m.Agent})
		return
	}
	c.pending = nil
	switch p.kind {
	case OfferAssignment, OfferTakeover:
		c.grantAssignment(t, p)
		return
	case OfferReopen:
		c.grantReopening(t, p)
		return
	case OfferReturn:
		c.grantReturn(t, p)
		return
	case OfferFromQueue, OfferTransfer:
	}
	o := c.newOffer(t.now, p.offer, p.target)
	o.Kind, o.From, o.Note, o.Attempt = OfferTransfer, c.s.Owner, p.note, 1
	o.ExpiresAt = t.now.Add(c.rules.TransferTime)
	c.record(t, OfferMade{Offer: o})
	t.send(p.target.Address(), MakeOffer{Offer: o, Version: c.s.Version})
	c.notify(t, EventTransferPending{Conversation: c.s.ID, Transfer: *c.Head().Transfer}, EventUpdated{Head: c.Head()})
	t.answerTo(p.command.From, p.command.Cause, ReplyTransfer{Transfer: o.ID}, nil)
}

// stillGrantable is the second look, at the commit: the conversation must be where the command found it, and what is to be
// reopened by the rules of now.
func (c *Conversation) stillGrantable(p *pendingReserve, now time.Time) *Error {
	switch {
	case !c.isWhereItWas(p):
		return unavailable("withdrawn")
	case p.kind == OfferReopen && !c.reopens(now):
		return tooLate()
	}
	return nil
}

func (c *Conversation) isWhereItWas(p *pendingReserve) bool {
	if p.kind == OfferReturn {
		return c.s.State == ConversationActive && c.s.Offer == nil && c.s.Snoozed() && c.s.Owner == p.owner
	}
	if p.kind == OfferReopen {
		return c.s.State == ConversationClosed && c.s.LastOwner == p.target
	}
	if p.kind == OfferTransfer {
		return c.s.State == ConversationActive && c.s.Offer == nil && c.s.Owner == p.owner
	}
	switch c.s.State {
	case ConversationQueued, ConversationOffered, ConversationActive:
		return c.s.Owner == p.owner
	case ConversationNone, ConversationWrapup, ConversationClosed:
	}
	return false
}

// refused answers the waiting command; the queue's reservations are never refused to the conversation.
func (c *Conversation) refused(t *turn, m Refused) {
	if c.pending != nil && c.pending.offer == m.Offer {
		c.notGranted(t, m.Why)
	}
	c.pickRefused(t, m)
}

func (c *Conversation) failPending(t *turn, why string) { c.endPending(t, unavailable(why)) }

func unavailable(why string) *Error {
	return refuseBecause(CodeTargetUnavailable, "the target cannot take it now", why)
}

func (c *Conversation) endPending(t *turn, err *Error) {
	p := c.pending
	c.pending = nil
	t.answerTo(p.command.From, p.command.Cause, nil, err)
}

func (c *Conversation) cancelTransfer(t *turn, m CancelTransfer) error {
	if err := c.mayAct(m.By); err != nil {
		return err
	}
	if c.s.Offer == nil || c.s.Offer.Kind != OfferTransfer {
		return refuse(CodeNoTransfer, "no transfer is waiting")
	}
	c.withdrawOffers(t, EndWithdrawn, "cancelled", m.By.Agent)
	t.answer(Done{})
	return nil
}

// backToQueue ends whatever the conversation was in and puts it into a queue: one commit.
func (c *Conversation) backToQueue(t *turn, r ConversationRequeued) {
	if c.pending != nil {
		c.failPending(t, "withdrawn")
	}
	c.withdrawOffers(t, EndWithdrawn, "cancelled", r.By)
	former, oldQueue, placed, waited := c.s.Owner, c.s.Queue, c.s.Placed, c.s.State == ConversationQueued
	c.record(t, r)
	if waited && oldQueue != c.s.Queue {
		t.send(oldQueue.Address(), Dequeue{Conversation: c.s.ID, Version: placed})
	}
	if former != "" {
		cause := RemovedRequeued
		if r.Cause == QueuedTransfer {
			cause = RemovedTransferred
		}
		c.releaseOwner(t, former, cause)
	}
	c.enqueue(t)
}

func (c *Conversation) setHold(t *turn, m SetHold) error {
	if err := c.mayAct(m.By); err != nil {
		return err
	}
	if c.s.State != ConversationActive {
		return refuse(CodeNotOwner, "only a conversation in progress can be held")
	}
	if c.s.OnHold != m.On {
		r := HoldChanged{On: m.On, By: m.By.Agent, At: t.now}
		if !m.On && !c.s.Snoozed() {
			r.Quiet = c.quietAgain(t.now)
		}
		c.record(t, r)
		c.notify(t, EventUpdated{Head: c.Head()})
	}
	t.answer(ReplyConversation{Head: c.Head()})
	return nil
}
