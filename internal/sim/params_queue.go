package sim

import (
	"fmt"
	"time"

	"pronto/dispatch"
)

var strategies = []dispatch.Strategy{
	dispatch.LongestIdle, dispatch.LeastBusy, dispatch.MostSpareCapacity, dispatch.RoundRobin, dispatch.TopDown, dispatch.Weighted, dispatch.Random,
}

var modes = []dispatch.QueueMode{
	dispatch.ModePush, dispatch.ModePush, dispatch.ModePush, dispatch.ModePush, dispatch.ModePull, dispatch.ModeAuto, dispatch.ModeAuto,
}

// newSettings are what the machine of a queue is set to.
func (s *Sim) newSettings() dispatch.QueueSettings {
	set := dispatch.DefaultQueueSettings()
	set.Strategy, set.Seed = pick(s.rng, strategies), uint64(s.rng.n(1000))
	set.Mode = pick(s.rng, modes)
	set.Parallel = pick(s.rng, []int{0, 1, 1, 2, 3, 7})
	set.AgeBoost = pick(s.rng, []time.Duration{0, time.Second, 10 * time.Second, 10 * time.Minute, 10 * time.Minute})
	set.PreferFor = pick(s.rng, []time.Duration{0, 5 * time.Second, 30 * time.Second, 10 * time.Minute})
	if s.rng.chance(400) {
		set.Relax = s.newSteps()
	}
	set.Overflow, set.Waits = s.newOverflow(), s.newHours()
	set.PositionEvery = pick(s.rng, []time.Duration{0, minPositionEvery, 10 * time.Second})
	set.Alerts = dispatch.AlertRules{MaxWaiting: int(set.Seed % 4), MaxWait: time.Duration(set.Seed%7) * 5 * time.Second, MinReady: int(set.Seed % 3)}
	return set
}

// newSteps weaken what conversations ask for; the last one may be another queue.
func (s *Sim) newSteps() []dispatch.RelaxStep {
	var out []dispatch.RelaxStep
	after := time.Duration(0)
	for range s.rng.between(1, 4) {
		after += s.rng.dur(time.Second, 12*time.Second)
		step := dispatch.RelaxStep{After: after, Action: pick(s.rng, []dispatch.RelaxAction{dispatch.RelaxLower, dispatch.RelaxDrop, dispatch.RelaxTier})}
		if step.Action != dispatch.RelaxTier && s.rng.chance(500) {
			step.Skill = dispatch.SkillID(fmt.Sprintf("skl_%d", s.rng.n(s.p.Skills)))
		}
		if step.Action != dispatch.RelaxDrop {
			step.By = s.rng.n(3)
		}
		out = append(out, step)
	}
	if s.rng.chance(300) {
		out = append(out, dispatch.RelaxStep{After: after + s.rng.dur(3*time.Second, 20*time.Second), Action: dispatch.RelaxQueue, Queue: pick(s.rng, s.queues).id})
	}
	return out
}

// newRanks are how an agent stands in its queues.
func newRanks(r *rng, queues []dispatch.QueueID) []dispatch.QueueRank {
	var out []dispatch.QueueRank
	for _, q := range queues {
		if r.chance(700) {
			out = append(out, dispatch.QueueRank{Queue: q, Tier: r.between(1, 4), Share: pick(r, []int{1, 2, 10, 100})})
		}
	}
	return out
}
