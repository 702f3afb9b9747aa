package sim

import (
	"slices"
	"time"

	"pronto/dispatch"
)

// keeps: a new ticket is kept for who is preferred, at work and busy, and could take it.
func (q *queueModel) keeps(t *ticketModel, now time.Time) bool {
	if t.Valid > 0 { // somebody is being asked, or was a moment ago
		return false
	}
	all := q.needs(&t.Ticket, now)
	want := all[len(all)-1]
	for _, c := range q.agents {
		if c.Agent == t.Preferred {
			return c.Capacity >= want.weight && want.able(&c.Availability) && !slices.Contains(t.Excluded, c.Agent)
		}
	}
	return false
}

// letGo: what is kept for an agent may be anybody's once that one goes away or changes.
func (q *queueModel) letGo(c *candidateModel, m dispatch.Availability) {
	if c.Capacity == m.Capacity && c.Tier == m.Tier && slices.Equal(c.Skills, m.Skills) {
		return
	}
	for _, t := range q.tickets {
		t.kept = t.kept && t.Preferred != c.Agent
	}
}

// checkKept: nobody else is asked for a ticket that is kept, before its time is over.
func (s *Sim) checkKept(q *queue, to dispatch.AgentID, t *ticketModel) {
	if t.kept && t.Preferred != to && s.now.Before(t.Since.Add(q.model.settings.PreferFor)) {
		s.fail("I10", q.addr, "asks %s for %s, which is kept for %s", to, t.Conversation, t.Preferred)
	}
}

// able: would fit once its other work ends.
func (n needModel) able(a *dispatch.Availability) bool {
	return hasAll(a.Skills, n.skills) && (n.tiers == 0 || max(1, a.Tier) <= n.tiers)
}

// keptFor is the agent who alone may have a waiting conversation now, by the records; nil: anybody.
func (s *Sim) keptFor(c *dispatch.ConversationSnapshot, want needModel) *agent {
	t := c.Ticket()
	a := s.agentByID[t.Preferred]
	if a == nil || !s.now.Before(t.Since.Add(s.queueByID[c.Queue].settings.PreferFor)) || !slices.Contains(a.profile.Queues, c.Queue) {
		return nil
	}
	if want.weight > a.profile.Capacity || !hasAll(a.profile.Skills, want.skills) || want.tiers > 0 && tierIn(a.profile, c.Queue) > want.tiers {
		return nil
	}
	if slices.Contains(c.Excluded, a.id) && s.now.Before(c.RelaxAt) {
		return nil
	}
	switch s.refusalOf(a, want.weight, want.skills) {
	case "offline", "not_ready", "recovering":
		return nil
	}
	return a
}
