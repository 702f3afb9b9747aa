package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pronto/dispatch"
)

// What the server says about hours, places and the end, judged from the records of the same commit and the rules of the moment.

const (
	minPositionEvery = 3 * time.Second
	afterHoursText   = "after hours"
	positionText     = "position {{position}}"
	closingText      = "bye {{contact.name}}"
)

func textRules(r *rng, rules *dispatch.Rules) {
	rules.AfterHours = pick(r, []string{"", afterHoursText})
	rules.PositionText = pick(r, []string{"", positionText})
	rules.Closing = pick(r, []string{"", "", closingText})
}

// rulesAt are those of the queue at a moment: whether it is closed, and how often it tells places, its settings say.
func (q *queue) rulesAt(now time.Time) dispatch.Rules {
	r := q.rules
	r.Waits.Closed, r.PositionEvery = closedAt(q.settings.Waits, now), q.settings.PositionEvery
	r.Picks = dispatch.PickRules{Open: q.settings.Mode == dispatch.ModePull, Relax: q.settings.Relax}
	return r
}

// said is whether a text of the server that begins so is among the records.
func said(records []dispatch.Record, begin string) bool {
	return slices.ContainsFunc(records, func(r dispatch.Record) bool {
		m, ok := r.(dispatch.MessageAppended)
		return ok && m.Message.Author.Kind == dispatch.AuthorBot && strings.HasPrefix(m.Message.Text, begin)
	})
}

// checkTexts judges one commit as a whole; c is as it was before it.
func (s *Sim) checkTexts(c *convModel, records []dispatch.Record) {
	queue, comes, closes, place := c.s.Queue, false, false, 0
	for _, r := range records {
		switch r := r.(type) {
		case dispatch.ConversationOpened:
			queue, comes = r.Queue, true
		case dispatch.ConversationReopened:
			queue, comes = r.Queue, r.By == ""
		case dispatch.WrapupStarted:
			closes = true
		case dispatch.ConversationEnded:
			closes = c.s.State != dispatch.ConversationWrapup && (r.Cause == dispatch.ClosedByAgent || r.Cause == dispatch.ClosedBySupervisor)
		case dispatch.QueueJoined:
			place = r.Place.Position
		case dispatch.PositionTold:
			place = r.Place.Position
			s.checkPositionTold(c, r)
		}
	}
	if queue == "" {
		return // a refusal of what does not exist
	}
	who, rules := c.s.ID.Address(), s.queueByID[queue].rulesAt(s.now)
	hears := c.s.WindowEnds.IsZero() || s.now.Before(c.s.WindowEnds) || comes && rules.Window > 0
	if got, want := said(records, afterHoursText), comes && hears && rules.Waits.Closed && rules.AfterHours != ""; got != want {
		s.fail("texts", who, "after hours is said: %v, not %v; closed %v", got, want, rules.Waits.Closed)
	}
	if got, want := said(records, "bye"), closes && hears && rules.Closing != ""; got != want {
		s.fail("texts", who, "the closing text is said: %v, not %v", got, want)
	}
	if got, want := said(records, "position"), place > 0 && hears && rules.PositionText != ""; got != want {
		s.fail("texts", who, "a position is said: %v, not %v", got, want)
	}
	if place > 0 && rules.PositionText != "" && hears && !said(records, fmt.Sprint("position ", place)) {
		s.fail("texts", who, "another position than %d is said", place)
	}
}

// checkPositionTold: a new place, and not too soon after the last one.
func (s *Sim) checkPositionTold(c *convModel, r dispatch.PositionTold) {
	switch {
	case r.Place.Position == c.s.Told:
		s.fail("texts", c.s.ID.Address(), "is told position %d again", r.Place.Position)
	case s.now.Sub(c.s.ToldAt) < minPositionEvery:
		s.fail("texts", c.s.ID.Address(), "is told position %d only %s after the last one", r.Place.Position, s.now.Sub(c.s.ToldAt))
	}
}
