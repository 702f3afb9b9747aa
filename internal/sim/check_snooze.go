package sim

import (
	"time"

	"pronto/dispatch"
)

// checkSnoozed: by its owner, for a time within the limits.
func (s *Sim) checkSnoozed(c *convModel, r dispatch.ConversationSnoozed) {
	if d := r.Until.Sub(s.now); r.By != c.s.Owner || d < dispatch.MinSnooze || d > dispatch.MaxSnooze {
		s.fail("snooze", c.s.ID.Address(), "%s snoozes it for %s, and %s owns it", r.By, d, c.s.Owner)
	}
	c.snoozed = r
}

// checkAwake: at rest nothing sleeps beyond its time, or beyond a message of the contact.
func (s *Sim) checkAwake(c *convModel) {
	if c.s.State != dispatch.ConversationActive || !c.s.Snoozed() {
		return
	}
	if late := s.now.Sub(c.snoozed.Until); late > 3*time.Second {
		s.fail("snooze", c.s.ID.Address(), "sleeps since %s and should have woken %s ago", c.snoozed.At, late)
	}
	for _, m := range c.messages {
		if m.Author.Kind == dispatch.AuthorContact && m.At.After(c.snoozed.At) && s.now.Sub(m.At) > 3*time.Second {
			s.fail("snooze", c.s.ID.Address(), "sleeps since %s, and the contact wrote at %s", c.snoozed.At, m.At)
		}
	}
}
