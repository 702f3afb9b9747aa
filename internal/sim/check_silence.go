package sim

import (
	"time"

	"pronto/dispatch"
)

// The shortest times of the settings for silence.
const (
	minNudge = 2 * time.Second
	minWarn  = 3 * time.Second
	minClose = 6 * time.Second
)

func silenceRules(r *rng, rules *dispatch.Rules) {
	if r.chance(500) {
		rules.AgentNudge = pick(r, []time.Duration{0, r.dur(minNudge, 10*time.Second)})
		rules.AgentAlert = pick(r, []time.Duration{0, rules.AgentNudge + r.dur(minNudge, 10*time.Second)})
	}
	if r.chance(300) {
		in := dispatch.Inactivity{CloseAfter: r.dur(minClose, 30*time.Second), CloseText: pick(r, []string{"", "closed for {{contact.name}}"})}
		if r.chance(500) {
			in.WarnAfter, in.WarnText = r.dur(minWarn, in.CloseAfter), "are you there?"
		}
		rules.Inactivity = in
	}
}

// words is who said something last in a conversation, and since when the other side owes an answer.
type words struct {
	contactOwes bool
	since       time.Time // zero: nobody owes anything
	rules       dispatch.Rules
	alerts      int
}

// checkWords follows who owes a word, and judges what a silence led to.
func (s *Sim) checkWords(c *convModel, r dispatch.ConversationRecord) {
	owes := func(contact bool) {
		c.words.contactOwes, c.words.since, c.words.rules = contact, s.now, s.queueByID[c.s.Queue].rules
	}
	switch r := r.(type) {
	case dispatch.MessageAppended:
		switch by := r.Message.Author.Kind; {
		case by == dispatch.AuthorAgent:
			owes(true)
		case by == dispatch.AuthorContact && (c.words.contactOwes || c.words.since.IsZero()):
			owes(false)
		}
	case dispatch.OfferAccepted, dispatch.ConversationAssigned, dispatch.ConversationTakenOver:
		if c.s.Owner == "" || c.s.OnHold || c.s.Snoozed() || !c.words.contactOwes {
			owes(false)
		}
	case dispatch.HoldChanged:
		if !r.On {
			owes(c.words.contactOwes)
		}
	case dispatch.ConversationSnoozed:
		s.checkSnoozed(c, r)
	case dispatch.SnoozeEnded:
		owes(c.words.contactOwes)
	case dispatch.WrapupInterrupted:
		c.words.since = time.Time{}
	case dispatch.SilenceNoted:
		s.checkSilence(c, r)
	case dispatch.ConversationEnded:
		if r.Cause == dispatch.ClosedInactivity {
			least := minClose
			if s.queueByID[c.s.Queue].rules.Inactivity != c.words.rules.Inactivity { // and by those of now, what is left after the warning
				least = 0
			}
			s.silentFor(c, "closed", true, least)
		}
	}
}

func (s *Sim) checkSilence(c *convModel, r dispatch.SilenceNoted) {
	switch r.Told {
	case dispatch.QuietNudge:
		s.silentFor(c, "reminded", false, minNudge)
	case dispatch.QuietAlert:
		s.silentFor(c, "alerted", false, minNudge)
		c.words.alerts++
	case dispatch.QuietWarn:
		s.silentFor(c, "warned", true, minWarn)
	case dispatch.QuietNone: // a setting that is off when it is due leads to nothing, also once it is on again
		if c.words.contactOwes && r.Next.Step == dispatch.QuietNone && s.queueByID[c.s.Queue].rules.Inactivity.CloseAfter == 0 {
			c.words.rules.Inactivity = dispatch.Inactivity{}
		}
	case dispatch.QuietTold, dispatch.QuietClose:
	}
}

// silentFor: only who owes a word is reminded of it, and only after the time that is set at least. The end of the
// channel's window shortens the silence of a contact.
func (s *Sim) silentFor(c *convModel, what string, contact bool, least time.Duration) {
	who, w := c.s.ID.Address(), c.words
	over := contact && !c.s.WindowEnds.IsZero() && !s.now.Before(c.s.WindowEnds)
	switch {
	case c.s.State != dispatch.ConversationActive || c.s.OnHold:
		s.fail("silence", who, "%s in state %q, on hold: %v", what, c.s.State, c.s.OnHold)
	case w.contactOwes != contact:
		s.fail("silence", who, "%s, but the last word is the other one's", what)
	case s.now.Sub(w.since) < least && !over:
		s.fail("silence", who, "%s after %s of silence", what, s.now.Sub(w.since))
	}
}

// checkSilenceEnds: at rest no silence has lasted longer than what was set when it began and is still on.
func (s *Sim) checkSilenceEnds(c *convModel) {
	if c.s.State != dispatch.ConversationActive || c.s.OnHold || c.s.Snoozed() || c.words.since.IsZero() {
		return
	}
	silent, now, then := s.now.Sub(c.words.since)-2*time.Second, s.queueByID[c.s.Queue].rules, c.words.rules
	owner := !c.words.contactOwes
	switch in := then.Inactivity; {
	case !owner && in.CloseAfter > 0 && now.Inactivity.CloseAfter > 0 && silent > in.CloseAfter:
		s.fail("silence", c.s.ID.Address(), "the contact owes a word since %s and it is not closed", c.words.since)
	case owner && then.AgentNudge > 0 && silent > then.AgentNudge && c.s.QuietStep <= dispatch.QuietNudge:
		s.fail("silence", c.s.ID.Address(), "the owner owes a word since %s and was not reminded", c.words.since)
	}
}

// alerted: supervisors are told of what is durable alone.
func (s *Sim) alerted(e dispatch.Envelope) {
	m, ok := e.Message.(dispatch.TellSupervisors)
	if !ok {
		s.fail("silence", e.To, "%T for supervisors", e.Message)
	}
	if over, ok := m.Event.(dispatch.EventAlert); ok && over.Cleared && over.Kind == dispatch.AlertUnanswered {
		return
	}
	told, ok := m.Event.(dispatch.EventUnanswered)
	if !ok || s.model.conv(told.Conversation).words.alerts == 0 {
		s.fail("silence", e.To, "supervisors are told %+v, and there is no record of it", m.Event)
	}
}
