package dispatch

import "time"

// reopen undoes a close by somebody's word. Who had it last owns it again, through the same eligibility as any assignment;
// by a supervisor's word it waits, for its last owner first. That no other one of the contact is open on the channel, the
// claim of storage sees to.
func (c *Conversation) reopen(t *turn, m ReopenConversation) error {
	if c.repeatsPending(t) {
		return nil
	}
	if err := c.mayReopen(t, m); err != nil {
		return err
	}
	if m.By.Supervisor {
		c.record(t, ConversationReopened{Queue: c.s.Queue, By: m.By.Agent, At: t.now})
		c.enqueue(t)
		t.answer(ReplyConversation{Head: c.Head()})
		return nil
	}
	c.reservePending(t, &pendingReserve{kind: OfferReopen, offer: m.ID, target: m.By.Agent, by: m.By.Agent})
	return nil
}

func (c *Conversation) mayReopen(t *turn, m ReopenConversation) error {
	switch {
	case c.s.State == ConversationNone:
		return refuse(CodeNotFound, "no such conversation")
	case !c.hasHand(m.By):
		return refuse(CodeNotOwner, "somebody else had the conversation last")
	case c.s.State != ConversationClosed:
		return refuseBecause(CodeConversationOpen, "the conversation is not closed", "this")
	case c.pending != nil:
		return refuse(CodeTransferPending, "it is being reopened")
	case !c.reopens(t.now):
		return tooLate()
	}
	return nil
}

// reopens: the conversation, which is closed, has not been so for longer than it may be opened again.
func (c *Conversation) reopens(now time.Time) bool {
	return c.rules.ReopenWindow > 0 && (!due(c.s.ClosedAt.Add(c.rules.ReopenWindow), now) || planted("reopened_for_ever"))
}

func tooLate() *Error {
	return refuseBecause(CodeConversationClosed, "the time to reopen it is over", "too_late")
}

// grantReopening makes the last owner the owner again, in one commit.
func (c *Conversation) grantReopening(t *turn, p *pendingReserve) {
	c.record(t, ConversationReopened{Queue: c.s.Queue, By: p.by, At: t.now})
	c.record(t, ConversationAssigned{Agent: p.target, By: p.by, Epoch: c.s.Epoch + 1, At: t.now, Quiet: c.ownerOwes()})
	c.settle()
	t.send(p.target.Address(), Assigned{Head: c.Head(), Version: c.s.Version, Offer: p.offer, Weight: c.s.Weight})
	t.answerTo(p.command.From, p.command.Cause, ReplyConversation{Head: c.Head()}, nil)
}
