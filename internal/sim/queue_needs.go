package sim

import (
	"slices"
	"time"

	"pronto/dispatch"
)

// needModel is what a conversation asks of an agent.
type needModel struct {
	weight int
	skills []dispatch.SkillNeed
	tiers  int // the highest tier that may have it; 0: all
}

func need(r dispatch.Reserve) needModel {
	return needModel{weight: r.Weight, skills: r.Skills, tiers: r.Tiers}
}

func (n needModel) equal(o needModel) bool {
	return n.weight == o.weight && n.tiers == o.tiers && slices.Equal(n.skills, o.skills)
}

func (n needModel) fits(a *dispatch.Availability) bool {
	if a.Free < n.weight || n.tiers > 0 && max(1, a.Tier) > n.tiers {
		return false
	}
	return hasAll(a.Skills, n.skills)
}

func hasAll(have []dispatch.SkillLevel, want []dispatch.SkillNeed) bool {
	for _, w := range want {
		if !slices.ContainsFunc(have, func(l dispatch.SkillLevel) bool { return l.ID == w.ID && l.Level >= w.MinLevel }) {
			return false
		}
	}
	return true
}

// needs is what the ticket has asked for so far: at first, and after each step whose time has come.
func (q *queueModel) needs(t *dispatch.Ticket, now time.Time) []needModel {
	return needsOf(q.settings.Relax, t, now)
}

func needsOf(steps []dispatch.RelaxStep, t *dispatch.Ticket, now time.Time) []needModel {
	n := needModel{weight: t.Weight, skills: t.Skills}
	if slices.ContainsFunc(steps, func(s dispatch.RelaxStep) bool { return s.Action == dispatch.RelaxTier }) {
		n.tiers = 1
	}
	out := []needModel{n}
	for _, step := range steps {
		if now.Before(t.Since.Add(step.After)) {
			break
		}
		n = n.after(step)
		out = append(out, n)
	}
	return out
}

func (n needModel) after(step dispatch.RelaxStep) needModel {
	by := max(1, step.By)
	if step.Action == dispatch.RelaxTier {
		n.tiers += by
	}
	var kept []dispatch.SkillNeed
	for _, k := range n.skills {
		meant := step.Skill == "" || step.Skill == k.ID
		switch {
		case meant && step.Action == dispatch.RelaxDrop:
			continue
		case meant && step.Action == dispatch.RelaxLower:
			k.MinLevel = max(1, k.MinLevel-by)
		}
		kept = append(kept, k)
	}
	n.skills = kept
	return n
}

// movesTo is the queue in which a ticket of this queue belongs by now; empty: it may stay.
func movesTo(q *queue, t *dispatch.Ticket, now time.Time) dispatch.QueueID {
	steps := q.settings.Relax
	if n := len(steps); n > 0 && steps[n-1].Action == dispatch.RelaxQueue && steps[n-1].Queue != q.id && !now.Before(t.Since.Add(steps[n-1].After)) {
		return steps[n-1].Queue
	}
	return ""
}

// checkRelaxed: what the queue asks for is what the ticket asks for after some of the steps that are due, none too early.
func (s *Sim) checkRelaxed(q *queue, t *ticketModel, r dispatch.Reserve) {
	all := q.model.needs(&t.Ticket, s.now)
	if !slices.ContainsFunc(all, func(n needModel) bool { return n.tiers == r.Tiers && slices.Equal(n.skills, r.Skills) }) {
		s.fail("I12", q.addr, "asks for %s with %+v; by %s it may ask for one of %+v", r.Conversation, need(r), s.now, all)
	}
}
