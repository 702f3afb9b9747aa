package dispatch

import "time"

// In an active conversation somebody owes a word: the owner, from the moment it owns the conversation or the contact writes,
// or the contact, from the moment an agent writes. One deadline watches whoever it is. Nobody owes anything while the
// conversation is on hold. What the server says is no word of either.

// QuietStep says what a silence that lasts until its deadline leads to.
type QuietStep uint8

// The steps. Those of the owner come before those of the contact.
const (
	QuietNone  QuietStep = iota
	QuietNudge           // the owner is reminded
	QuietAlert           // the supervisors of the queue are told
	QuietTold            // the owner is silent and all of it was told
	QuietWarn            // the contact is warned
	QuietClose           // the conversation is closed
)

// Quiet is a silence that may begin: after For comes Step. The zero Quiet is one that nobody watches.
type Quiet struct {
	Step QuietStep     `cbor:"1,keyasint"`
	For  time.Duration `cbor:"2,keyasint,omitempty"`
}

// Inactivity is what the silence of a contact leads to. Both times count from the agent's last message; 0 is never.
type Inactivity struct {
	WarnAfter, CloseAfter time.Duration
	WarnText, CloseText   string
}

// ownerOwes is the silence that begins when the contact waits for the owner's word.
func (c *Conversation) ownerOwes() Quiet {
	switch {
	case c.rules.AgentNudge > 0:
		return Quiet{QuietNudge, c.rules.AgentNudge}
	case c.rules.AgentAlert > 0:
		return Quiet{QuietAlert, c.rules.AgentAlert}
	}
	return Quiet{}
}

// contactOwes is the silence that begins with an agent's message. It lasts no longer than the channel's window: after that
// the contact cannot be written to any more.
func (c *Conversation) contactOwes(now time.Time) Quiet {
	in := c.rules.Inactivity
	end := c.withinWindow(now, in.CloseAfter)
	switch {
	case in.WarnAfter > 0 && (in.CloseAfter == 0 || in.WarnAfter < end):
		return Quiet{QuietWarn, in.WarnAfter}
	case in.CloseAfter > 0:
		return Quiet{QuietClose, end}
	}
	return Quiet{}
}

// withinWindow shortens a time to what is left of the channel's window.
func (c *Conversation) withinWindow(now time.Time, d time.Duration) time.Duration {
	if c.s.WindowEnds.IsZero() {
		return d
	}
	return min(d, max(0, c.s.WindowEnds.Sub(now)))
}

// quietAfter is the silence that begins with a message. A contact who waits already does not begin to wait anew.
func (c *Conversation) quietAfter(now time.Time, by AuthorKind) Quiet {
	if c.s.State != ConversationActive || c.s.OnHold || c.s.Snoozed() {
		return Quiet{}
	}
	switch by {
	case AuthorContact:
		if c.s.contactQuiet() || c.s.QuietStep == QuietNone {
			return c.ownerOwes()
		}
	case AuthorAgent:
		return c.contactOwes(now)
	case AuthorBot, AuthorSystem:
	}
	return Quiet{}
}

// quietAgain is the silence that begins when nothing but the conversation itself changes: it is off hold, or awake.
func (c *Conversation) quietAgain(now time.Time) Quiet {
	if c.s.SilentSince.IsZero() {
		return c.ownerOwes()
	}
	return c.contactOwes(now)
}

// contactQuiet: it is the contact who owes a word, whether anybody watches or not.
func (s *ConversationSnapshot) contactQuiet() bool { return !s.SilentSince.IsZero() }

func (s *ConversationSnapshot) setQuiet(q Quiet, from time.Time) {
	s.QuietStep, s.QuietAt, s.AlertedAt = q.Step, time.Time{}, time.Time{}
	if q.Step != QuietNone && q.Step != QuietTold {
		s.QuietAt = from.Add(q.For)
	}
}

// messageQuiet folds what a message does to the silence; it looks at who was silent before it.
func (s *ConversationSnapshot) messageQuiet(m Chat, q Quiet) {
	switch m.Author.Kind {
	case AuthorContact:
		if q.Step != QuietNone || s.contactQuiet() && !planted("silence_outlives_answer") {
			s.setQuiet(q, m.At)
		}
	case AuthorAgent:
		if s.contactQuiet() || !planted("reminded_after_answer") {
			s.setQuiet(q, m.At)
		}
	case AuthorBot, AuthorSystem:
	}
}

// silent carries out the step that is due. A setting that was switched off since leads to nothing but the next step.
func (c *Conversation) silent(t *turn) {
	r := SilenceNoted{At: t.now}
	nudge, alert, in := c.rules.AgentNudge, c.rules.AgentAlert, c.rules.Inactivity
	switch step := c.s.QuietStep; step {
	case QuietNudge:
		r.Told, r.Next = told(step, nudge > 0), Quiet{Step: QuietTold}
		if alert > 0 {
			r.Next = Quiet{QuietAlert, max(0, alert-nudge)}
		}
	case QuietAlert:
		r.Told, r.Next = told(step, alert > 0), Quiet{Step: QuietTold}
	case QuietWarn:
		r.Told = told(step, in.WarnAfter > 0)
		if in.CloseAfter > 0 {
			r.Next = Quiet{QuietClose, c.withinWindow(t.now, max(0, in.CloseAfter-in.WarnAfter))}
		}
	case QuietClose:
		if in.CloseAfter > 0 {
			c.say(t, in.CloseText, AuthorSystem)
			c.end(t, ConversationEnded{Cause: ClosedInactivity, Script: systemScript(ClosedInactivity), At: t.now})
			return
		}
	case QuietNone, QuietTold:
	}
	c.record(t, r)
	c.tellSilence(t, r.Told)
}

func told(step QuietStep, on bool) QuietStep {
	if on {
		return step
	}
	return QuietNone
}

// tellSilence: what the contact is told is a message, what the owner and the supervisors are told is an event.
func (c *Conversation) tellSilence(t *turn, step QuietStep) {
	e := EventUnanswered{
		Conversation: c.s.ID, Protocol: c.s.Protocol, Queue: c.s.Queue, Contact: c.s.Contact, Owner: c.s.Owner, Level: UnansweredNudge,
	}
	switch step {
	case QuietNudge:
		e.Since = t.now.Add(-c.rules.AgentNudge)
		c.notify(t, e)
	case QuietAlert:
		e.Level, e.Since = UnansweredAlert, t.now.Add(-c.rules.AgentAlert)
		c.notify(t, e)
		t.send(Address{Kind: KindSupervisors, ID: string(c.s.Queue)}, TellSupervisors{Queue: c.s.Queue, Event: e})
	case QuietWarn:
		c.say(t, c.rules.Inactivity.WarnText, AuthorSystem)
	case QuietNone, QuietTold, QuietClose:
	}
}

// endAlert tells the supervisors that the silence is over of which they were told.
func (c *Conversation) endAlert(t *turn, queue QueueID, since time.Time) {
	if since.IsZero() || c.s.AlertedAt.Equal(since) {
		return
	}
	e := EventAlert{Alert: Alert{AlertKey: AlertKey{Kind: AlertUnanswered, Queue: queue, Conversation: c.s.ID}}, Cleared: true, At: t.now}
	t.send(Address{Kind: KindSupervisors, ID: string(queue)}, TellSupervisors{Queue: queue, Event: e})
}

// Unanswered is the alert about the owner's silence, of which the supervisors were told.
func (c *Conversation) Unanswered() Alert {
	key := AlertKey{Kind: AlertUnanswered, Queue: c.s.Queue, Conversation: c.s.ID}
	return Alert{AlertKey: key, Since: c.s.AlertedAt.Add(-c.rules.AgentAlert), Owner: c.s.Owner}
}

// Alert is what the event of level alert raises.
func (e *EventUnanswered) Alert() Alert {
	return Alert{AlertKey: AlertKey{Kind: AlertUnanswered, Queue: e.Queue, Conversation: e.Conversation}, Since: e.Since, Owner: e.Owner}
}
