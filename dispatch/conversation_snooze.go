package dispatch

import "time"

// A snoozed conversation keeps its owner and holds no slot. It wakes at its time, when the contact writes, or by a word; then
// it needs its slot again: the owner's machine is asked, and where that refuses, the conversation waits in its queue at its
// old place, for its owner first.

// Limits of a snooze.
const (
	MinSnooze = time.Minute
	MaxSnooze = 30 * 24 * time.Hour
)

// Snoozed reports whether the conversation sleeps, or is about to wake.
func (s *ConversationSnapshot) Snoozed() bool { return !s.SnoozedUntil.IsZero() }

func (c *Conversation) snooze(t *turn, m SnoozeConversation) error {
	if err := c.mayAct(Actor{Agent: m.By.Agent}); err != nil {
		return err
	}
	switch {
	case c.s.State != ConversationActive:
		return refuse(CodeNotOwner, "only a conversation in progress can be snoozed")
	case c.s.Offer != nil || c.pending != nil:
		return refuse(CodeTransferPending, "a transfer is waiting")
	case m.Until.Before(t.now.Add(MinSnooze)) || m.Until.After(t.now.Add(MaxSnooze)):
		return refuseBecause(CodeBadRequest, "a snooze lasts between a minute and 30 days", "/data/until")
	}
	if !m.Until.Equal(c.s.SnoozedUntil) {
		c.record(t, ConversationSnoozed{Until: m.Until, By: m.By.Agent, At: t.now})
		c.notify(t, EventUpdated{Head: c.Head()})
	}
	t.answer(ReplyConversation{Head: c.Head()})
	return nil
}

// unsnooze is the owner's word, or a supervisor's. It sleeps on where its owner has no room.
func (c *Conversation) unsnooze(t *turn, m UnsnoozeConversation) error {
	if c.repeatsPending(t) {
		return nil
	}
	if err := c.mayAct(m.By); err != nil {
		return err
	}
	switch {
	case !c.s.Snoozed():
		t.answer(ReplyConversation{Head: c.Head()})
		return nil
	case c.pending != nil:
		return refuse(CodeTransferPending, "somebody is about to get it")
	}
	c.askBack(t, &pendingReserve{kind: OfferReturn, by: m.By.Agent})
	c.pending.command = t.in
	return nil
}

// rouse wakes a conversation whose time has come. A transfer or assignment that is under way goes first: it ends the sleep,
// or the deadline is still there after it.
func (c *Conversation) rouse(t *turn) {
	if c.pending == nil && c.s.Offer == nil {
		c.askBack(t, &pendingReserve{kind: OfferReturn})
	}
}

// askBack asks the owner's machine for the slot. Nobody waits for an answer but who gave a command.
func (c *Conversation) askBack(t *turn, p *pendingReserve) {
	p.offer, p.target, p.owner = c.offerID(t.now), c.s.Owner, c.s.Owner
	p.until = t.now.Add(ReserveHold)
	c.pending = p
	t.send(p.target.Address(), Reserve{
		Offer: p.offer, Conversation: c.s.ID, Queue: c.s.Queue, Ticket: c.s.Version, Kind: OfferReturn, Weight: c.s.Weight,
		Skills: c.s.Skills, Own: p.by != "" && p.by == c.s.Owner,
	})
}

// grantReturn ends the sleep: the owner has its slot again.
func (c *Conversation) grantReturn(t *turn, p *pendingReserve) {
	r := SnoozeEnded{By: p.by, At: t.now}
	if !c.s.OnHold {
		r.Quiet = c.quietAgain(t.now)
	}
	c.record(t, r)
	t.send(p.target.Address(), Assigned{Head: c.Head(), Version: c.s.Version, Offer: p.offer, Weight: c.s.Weight})
	c.notify(t, EventUpdated{Head: c.Head()})
	t.answerTo(p.command.From, p.command.Cause, ReplyConversation{Head: c.Head()}, nil)
}

// notGranted ends a wish that was refused or not answered. One that wakes by itself waits for anybody then.
func (c *Conversation) notGranted(t *turn, why string) {
	wakes := c.pending.kind == OfferReturn && c.pending.command.Message == nil
	c.failPending(t, why)
	if wakes && c.s.State == ConversationActive && c.s.Snoozed() && !planted("snoozed_for_its_owner_only") {
		c.backToQueue(t, ConversationRequeued{Queue: c.s.Queue, Cause: QueuedSnoozeOver, Priority: c.s.Priority, At: t.now})
	}
}

// wakeNow: the contact wrote, and nobody is to miss it, whatever happens to this process.
func (s *ConversationSnapshot) wakeNow(at time.Time) {
	if s.Snoozed() && at.Before(s.SnoozedUntil) && !planted("snoozed_message_unheard") {
		s.SnoozedUntil = at
	}
}
