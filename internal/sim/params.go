package sim

import (
	"time"

	"pronto/dispatch"
)

// Params say how large and how hostile one simulation is. All follow from the seed.
type Params struct {
	Seed  uint64
	Steps int
	Plant string            // name of a planted bug; only in builds with the tag plantedbugs
	Print bool              // every event to standard output
	Saw   func(what string) // called with the name of every record, refusal and fault; nil: nobody counts

	Agents, Queues, Channels, Contacts, Skills int

	// In a thousand messages: lost, sent twice, slow (by up to Slow).
	Loss, Repeat, Delayed int
	Slow                  time.Duration

	// In a million steps.
	ActorCrash, NodeCrash, TornSave, Pause, ClockJump, Passivate, Reconfigure, Rest int

	Think   time.Duration // between two actions of an agent
	Arrive  time.Duration // between two messages of customers
	Boss    time.Duration // between two actions of a supervisor
	Patient int           // in a thousand offers: ignored
}

// newParams draws a world: many are small, where races are likely, some have a hundred agents.
func newParams(seed uint64, steps int) Params {
	r := newRNG(seed ^ 0xa5a5)
	p := Params{Seed: seed, Steps: steps}
	switch k := r.n(10); {
	case k < 3:
		p.Agents, p.Queues, p.Contacts = r.between(1, 3), 1, r.between(2, 8)
	case k < 8:
		p.Agents, p.Queues, p.Contacts = r.between(3, 12), r.between(1, 3), r.between(5, 40)
	default:
		p.Agents, p.Queues, p.Contacts = r.between(20, 100), r.between(2, 6), r.between(50, 300)
	}
	p.Channels, p.Skills = r.between(1, 3), r.between(0, 3)
	p.Think = r.dur(300*time.Millisecond, 5*time.Second)
	p.Arrive = r.dur(60*time.Millisecond, 2*time.Second)
	p.Boss = r.dur(500*time.Millisecond, 10*time.Second)
	p.Patient = r.between(0, 400)
	p.Slow = r.dur(5*time.Millisecond, 400*time.Millisecond)
	if r.chance(850) {
		p.Repeat, p.Delayed = r.between(0, 60), r.between(0, 200)
	}
	if r.chance(700) {
		p.Loss = r.between(0, 25)
	}
	if r.chance(700) {
		p.ActorCrash, p.Pause = r.between(500, 6000), r.between(0, 3000)
	}
	if r.chance(800) {
		p.NodeCrash, p.TornSave = r.between(300, 1200), r.between(1000, 6000)
	}
	if r.chance(500) {
		p.ClockJump = r.between(200, 1500)
	}
	if r.chance(150) { // everything at once
		p.Loss, p.Repeat, p.Delayed = r.between(20, 80), r.between(50, 250), r.between(100, 500)
		p.ActorCrash = r.between(5000, 25000)
	}
	p.Passivate, p.Reconfigure, p.Rest = r.between(0, 20000), r.between(0, 3000), 1_000_000/max(steps, 600)
	return p
}

// rules are the settings of one queue.
func newRules(r *rng) dispatch.Rules {
	rules := dispatch.DefaultRules()
	rules.OfferTime = r.dur(5*time.Second, 30*time.Second)
	rules.TransferTime = r.dur(5*time.Second, 40*time.Second)
	rules.ReofferPause = pick(r, []time.Duration{0, time.Second, 2 * time.Second, 5 * time.Second})
	rules.ReofferPauseMax = pick(r, []time.Duration{5 * time.Second, 30 * time.Second})
	rules.ReopenWindow = pick(r, []time.Duration{0, 20 * time.Second, 24 * time.Hour})
	rules.MaxMisses = pick(r, []int{0, 2, 3, 5})
	rules.Weight = pick(r, []int{1, 1, 1, 2, 3})
	rules.GoneRequeue, rules.GoneAfter = r.chance(500), r.dur(0, 3*time.Minute)
	rules.Outbox = r.chance(700)
	if r.chance(200) {
		rules.Window = r.dur(5*time.Second, time.Minute)
	}
	rules.Wrapup = pick(r, []dispatch.WrapupMode{
		dispatch.WrapupOff, dispatch.WrapupOff, dispatch.WrapupOptional, dispatch.WrapupMandatory, dispatch.WrapupTimed,
	})
	rules.WrapupTime, rules.WrapupReason = r.dur(2*time.Second, 20*time.Second), pick(r, []string{"", "other"})
	silenceRules(r, &rules)
	if r.chance(300) {
		rules.ScriptRequired = true
		rules.Script = &dispatch.ScriptRules{Reasons: map[string]bool{"billing": true, "other": true}, Required: []string{"q1"}}
	}
	if r.chance(300) {
		rules.Greeting = greetingText
	}
	rules.Edits = r.chance(600)
	textRules(r, &rules)
	rules.Rating, rules.RatingChange = r.chance(700), pick(r, []time.Duration{0, 5 * time.Second, time.Minute})
	return rules
}
