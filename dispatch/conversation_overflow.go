package dispatch

import (
	"slices"
	"time"
)

// WaitRules are the settings of a queue for those who wait in it.
type WaitRules struct {
	Closed     bool      // outside of the business hours
	HoursUntil time.Time // when that changes; zero: not in sight
}

// overflow carries out a rule of the queue, in one commit. A word about an old ticket is answered, so that the queue forgets
// it.
func (c *Conversation) overflow(t *turn, m OverflowTicket) {
	if c.asked(m.From, m.Ticket) {
		return
	}
	if c.s.State != ConversationQueued || c.s.Queue != m.From || c.s.Placed != m.Ticket {
		t.send(m.From.Address(), Dequeue{Conversation: c.s.ID, Version: m.Ticket})
		return
	}
	if c.pending != nil || slices.Contains(c.s.spent(), m.Rule.Trigger) {
		return // somebody is about to get it: the queue tells again; or the queue has a rule that the ticket says is over
	}
	r := ConversationOverflowed{Queue: c.s.Queue, Trigger: m.Rule.Trigger, Action: c.overflowAction(m.Rule), At: t.now}
	if r.Action == OverflowToQueue {
		r.To = m.Rule.Queue
	}
	c.record(t, r)
	switch r.Action {
	case OverflowToQueue:
		c.say(t, m.Rule.Text, AuthorBot)
		c.backToQueue(t, ConversationRequeued{Queue: r.To, Cause: QueuedOverflow, Priority: c.s.Priority, Note: c.s.Note, At: t.now})
		return
	case OverflowRefuse:
		c.say(t, m.Rule.Text, AuthorSystem)
		c.end(t, ConversationEnded{Cause: ClosedOverflow, Script: systemScript(ClosedOverflow), At: t.now})
		return
	case OverflowCallback:
		c.markCallback(t, m.Rule.Tag)
		c.say(t, m.Rule.Text, AuthorBot)
	case OverflowMessage:
		c.say(t, m.Rule.Text, AuthorBot)
	case OverflowStays:
	}
	c.enqueue(t)
}

// overflowAction is what can be done of what a rule asks for. Nobody is moved in a circle, and nothing that somebody works
// on is closed.
func (c *Conversation) overflowAction(r OverflowRule) OverflowAction {
	switch r.Action {
	case OverflowToQueue:
		moved := func(o Overflowed) bool { return o.Action == OverflowToQueue }
		back := func(o Overflowed) bool { return moved(o) && o.Queue == r.Queue }
		n := 0
		for _, o := range c.s.Overflows {
			if moved(o) {
				n++
			}
		}
		if r.Queue == "" || r.Queue == c.s.Queue || n >= MaxOverflows || slices.ContainsFunc(c.s.Overflows, back) {
			return OverflowStays
		}
	case OverflowRefuse:
		if c.s.inProgress() && !planted("refuses_in_progress") {
			return OverflowStays
		}
	case OverflowMessage, OverflowCallback:
	default:
		return OverflowStays
	}
	return r.Action
}

// markCallback adds the tag, unless there is no room for it.
func (c *Conversation) markCallback(t *turn, text string) {
	tag, ok := NormalTag(text)
	if ok && !slices.Contains(c.s.Tags, tag) && len(c.s.Tags) < MaxTags {
		c.record(t, TagsChanged{Add: []string{tag}, At: t.now})
	}
}
