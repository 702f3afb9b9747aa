package app

import (
	"cmp"
	"slices"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
)

// QueueSettings are those of the queue's machine. A queue that is gone has the defaults.
func (c *catalog) QueueSettings(queue dispatch.QueueID) dispatch.QueueSettings {
	s := dispatch.DefaultQueueSettings()
	if q := c.now.Load().queues[queue]; q != nil {
		s.Strategy, s.Seed = dispatch.Strategy(q.Strategy), uint64(q.RandomSeed)
		s.AgeBoost = time.Duration(q.AgeBoostS) * time.Second
		s.Mode, s.Parallel, s.ServiceTarget = dispatch.QueueMode(q.Mode), q.ParallelOffers, milliseconds(q.ServiceLevelMS)
		if r := q.Alerts; r != nil {
			s.Alerts = dispatch.AlertRules{MaxWaiting: r.MaxWaiting, MaxWait: milliseconds(r.MaxWaitMS), MinReady: r.MinReady, MinLevel: r.MinServiceLevel}
		}
		s.Relax, s.PreferFor = relaxSteps(q.SkillsRelaxation), milliseconds(q.PreferredMS)
		s.Overflow, s.Waits = overflowRules(q.Overflow), c.waitRules(q)
		if q.PositionText != "" {
			s.PositionEvery = milliseconds(q.PositionEveryMS)
		}
	}
	return s
}

// waitRules are those of a queue at this moment.
func (c *catalog) waitRules(q *protocol.Queue) dispatch.WaitRules {
	h := c.now.Load().hours[q.HoursID]
	if h == nil {
		return dispatch.WaitRules{}
	}
	state := h.now(c.clock())
	return dispatch.WaitRules{Closed: !state.Open, HoursUntil: state.Until}
}

// textRules are what is said. One who comes after hours hears one text: that of the rule, where there is one.
func textRules(r *dispatch.Rules, q *protocol.Queue) {
	r.PositionText, r.PositionEvery, r.Closing = q.PositionText, milliseconds(q.PositionEveryMS), q.Closing
	if rule := q.Overflow.Rule(string(dispatch.OverflowClosed)); rule == nil || rule.Text == "" {
		r.AfterHours = q.AfterHours
	}
}

const callbackTag = "callback"

// overflowRules are in the order in which the queue looks at them.
func overflowRules(o *protocol.Overflow) []dispatch.OverflowRule {
	var out []dispatch.OverflowRule
	for _, trigger := range dispatch.OverflowTriggers {
		r := o.Rule(string(trigger))
		if r == nil {
			continue
		}
		rule := dispatch.OverflowRule{
			Trigger: trigger, After: milliseconds(r.AfterMS), Action: dispatch.OverflowAction(r.Action), Queue: dispatch.QueueID(r.QueueID), Text: r.Text,
		}
		if r.Length != nil {
			rule.Length = *r.Length
		}
		if rule.Action == dispatch.OverflowCallback {
			rule.Tag = cmp.Or(r.Tag, callbackTag)
		}
		out = append(out, rule)
	}
	return out
}

// pickRules are what a waiting conversation knows of the queue from whose list it may be picked.
func pickRules(q *protocol.Queue) dispatch.PickRules {
	if q.Mode != string(dispatch.ModePull) {
		return dispatch.PickRules{}
	}
	return dispatch.PickRules{Open: true, Relax: relaxSteps(q.SkillsRelaxation)}
}

func relaxSteps(steps []protocol.RelaxationStep) []dispatch.RelaxStep {
	var out []dispatch.RelaxStep
	for _, s := range steps {
		out = append(out, dispatch.RelaxStep{
			After: milliseconds(s.AfterMS), Action: dispatch.RelaxAction(s.Action), Skill: dispatch.SkillID(s.SkillID), By: s.By, Queue: dispatch.QueueID(s.QueueID),
		})
	}
	return out
}

func ranksOf(settings []protocol.AgentQueue) []dispatch.QueueRank {
	out := make([]dispatch.QueueRank, 0, len(settings))
	for _, s := range settings {
		out = append(out, dispatch.QueueRank{Queue: dispatch.QueueID(s.QueueID), Tier: max(1, s.Tier), Share: max(1, s.Weight)})
	}
	slices.SortFunc(out, func(a, b dispatch.QueueRank) int { return cmp.Compare(a.Queue, b.Queue) })
	return out
}
