package dispatch

// assign is a supervisor's word: the target's actor is asked for a slot as for any other assignment.
func (c *Conversation) assign(t *turn, m AssignConversation) error {
	return c.order(t, m.By, pendingReserve{kind: OfferAssignment, offer: m.ID, target: m.Agent})
}

// takeOver is an assignment to whoever gives the command.
func (c *Conversation) takeOver(t *turn, m TakeOver) error {
	if m.By.Agent == "" {
		return refuse(CodeForbidden, "only a person takes over")
	}
	return c.order(t, m.By, pendingReserve{kind: OfferTakeover, offer: m.ID, target: m.By.Agent})
}

// order asks the target's actor for the slot that the ceiling allows.
func (c *Conversation) order(t *turn, by Actor, p pendingReserve) error {
	if c.repeatsPending(t) {
		return nil
	}
	if err := c.mayAct(by); err != nil {
		return err
	}
	switch {
	case !by.Supervisor:
		return refuse(CodeForbidden, "only a supervisor decides who has it")
	case c.pending != nil:
		return refuse(CodeTransferPending, "a transfer is already waiting")
	case p.target == c.s.Owner:
		return refuseBecause(CodeTargetUnavailable, "the conversation is already theirs", "owner")
	case c.s.offerTo(p.target) != nil:
		return refuse(CodeTransferPending, "it is being offered to this agent")
	case c.s.State == ConversationWrapup:
		return refuse(CodeConversationClosed, "the conversation is being filed")
	}
	p.by = by.Agent
	c.reservePending(t, &p)
	return nil
}

// grantAssignment makes the target the owner: one commit, with the end of open offers in it.
func (c *Conversation) grantAssignment(t *turn, p *pendingReserve) {
	c.withdrawOffers(t, EndWithdrawn, "cancelled", p.by)
	former, placed, waited := c.s.Owner, c.s.Placed, c.s.State == ConversationQueued
	if p.kind == OfferTakeover {
		c.record(t, ConversationTakenOver{Agent: p.target, From: former, Epoch: c.s.Epoch + 1, At: t.now, Quiet: c.ownerOwes()})
	} else {
		c.record(t, ConversationAssigned{Agent: p.target, By: p.by, Epoch: c.s.Epoch + 1, At: t.now, Quiet: c.ownerOwes()})
	}
	c.settle()
	c.answered(t, former)
	if waited {
		t.send(c.s.Queue.Address(), Dequeue{Conversation: c.s.ID, Version: placed})
	}
	t.send(p.target.Address(), Assigned{Head: c.Head(), Version: c.s.Version, Offer: p.offer, Weight: c.s.Weight})
	if former != "" && (p.kind != OfferTakeover || !planted("takeover_keeps_former")) {
		c.releaseOwner(t, former, RemovedTakenOver)
	}
	t.answerTo(p.command.From, p.command.Cause, ReplyConversation{Head: c.Head()}, nil)
}

// requeue is a supervisor's word.
func (c *Conversation) requeue(t *turn, m RequeueConversation) error {
	if err := c.mayAct(m.By); err != nil {
		return err
	}
	r := ConversationRequeued{Queue: m.Queue, Cause: QueuedRequeue, By: m.By.Agent, Priority: c.s.Priority, At: t.now}
	if m.Priority != nil {
		r.Priority = *m.Priority
	}
	switch {
	case !m.By.Supervisor:
		return refuse(CodeForbidden, "only a supervisor requeues")
	case r.Priority < MinPriority || r.Priority > MaxPriority:
		return refuseBecause(CodeBadRequest, "a priority is between -10 and 10", "/data/priority")
	case r.Queue == "":
		r.Queue = c.s.Queue
	}
	if c.s.Owner != "" { // taken from somebody: not straight back to them
		r.Exclude, r.RelaxAt = c.s.Owner, t.now.Add(c.rules.ReofferPause)
	}
	c.backToQueue(t, r)
	t.answer(ReplyConversation{Head: c.Head()})
	return nil
}

// giveUp is the word of a supervisor about all that an agent had. Whoever believes to own the conversation is put right.
func (c *Conversation) giveUp(t *turn, m GiveUp) {
	if c.s.Owner != m.Agent || c.s.Owner == "" {
		c.notYours(t, m.Agent)
		return
	}
	if c.s.State != ConversationActive || c.s.AssignedAt.After(m.At) { // the agent has it anew, and does not know yet
		c.query(t, QueryOffer{Agent: m.Agent})
		return
	}
	r := ConversationRequeued{Queue: m.Queue, Cause: QueuedRequeue, By: m.By, Priority: c.s.Priority, Exclude: m.Agent, Top: true, At: t.now}
	if r.Queue == "" {
		r.Queue = c.s.Queue
	}
	r.RelaxAt = t.now.Add(c.rules.ReofferPause)
	c.backToQueue(t, r)
}
