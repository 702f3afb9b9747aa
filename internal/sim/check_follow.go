package sim

import (
	"pronto/dispatch"
)

// follower is somebody who took the head of a conversation when its actor was loaded, and has folded its events since.
type follower struct{ head dispatch.Head }

// checkFollower: at every moment a follower has what the conversation would show it now (I24), and each message once.
func (s *Sim) checkFollower(c *conversation, out dispatch.Outcome) {
	if len(out.Records)+len(out.Events) == 0 {
		return
	}
	for _, e := range out.Events {
		switch e := e.(type) {
		case dispatch.EventNote:
			if dispatch.ForContact(e) {
				s.fail("I17", c.addr, "the contact may see note %q", e.Note.Text)
			}
		case dispatch.EventMessage:
			if e.Message.Seq != c.view.head.LastSeq+1 {
				s.fail("I24", c.addr, "a follower with message %d is told message %d", c.view.head.LastSeq, e.Message.Seq)
			}
			c.view.head.LastSeq, c.view.head.Unread, c.view.head.LastMessage = e.Message.Seq, e.Unread, e.Message
		case dispatch.EventRead:
			c.view.head.ReadSeq, c.view.head.Unread = e.Seq, e.Unread
		case dispatch.EventDelivery:
			if last := c.view.head.LastMessage; last != nil && last.Seq == e.Seq {
				m := *last
				m.Delivery = e.Delivery
				c.view.head.LastMessage = &m
			}
		case dispatch.EventUpdated:
			c.view.head = e.Head
		}
	}
	now := c.m.Head()
	have := c.view.head
	// These grow or follow from the messages themselves, or are the configuration's.
	have.Version, have.WindowExpiresAt, have.ScriptRequired = now.Version, now.WindowExpiresAt, now.ScriptRequired
	have.SilentSince, have.RatingAsked = now.SilentSince, now.RatingAsked
	if !sameAt(&have, &now) {
		s.fail("I24", c.addr, "the events of a follower do not add up to the head:\n%s", difference(now, have))
	}
}
