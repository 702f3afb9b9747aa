package bench

import (
	"errors"
	"fmt"
	"time"
)

// Scenario says what load a run makes. The zero value of a field is not a default: start from DefaultScenario. The names
// of the fields in files are those of the tags.
type Scenario struct {
	Name     string `json:"name" yaml:"name"`
	Agents   int    `json:"agents" yaml:"agents"`
	Queues   int    `json:"queues" yaml:"queues"`     // every agent serves all
	Capacity int    `json:"capacity" yaml:"capacity"` // conversations an agent has at a time

	Arrivals  Curve     `json:"arrivals" yaml:"arrivals"`
	Customers Customers `json:"customers" yaml:"customers"`
	Cycle     Level     `json:"cycle" yaml:"cycle"`
	Mix       Mix       `json:"mix" yaml:"mix"`

	WarmUp    time.Duration `json:"warm_up_ns" yaml:"warm_up"`   // before the measured part
	Duration  time.Duration `json:"duration_ns" yaml:"duration"` // of the measured part
	Drain     time.Duration `json:"drain_ns" yaml:"drain"`       // after it, for conversations that are open then
	OfferTime time.Duration `json:"offer_time_ns" yaml:"offer_time"`
	Seed      uint64        `json:"seed" yaml:"seed"` // of arrivals and choices

	CheckMessages int         `json:"check_messages" yaml:"check_messages"` // conversations whose messages are read back; 0: all
	Thresholds    []Threshold `json:"thresholds,omitempty" yaml:"thresholds"`
}

// Level is what a conversation goes through.
type Level string

// The levels.
const (
	W1 Level = "W1" // created, offered, accepted, closed with its script
	W2 Level = "W2" // the same with four more messages each way before the close
)

// messages is how many further messages go each way.
func (l Level) messages() int {
	if l == W2 {
		return 4
	}
	return 0
}

// Kind is how customers arrive.
type Kind string

// The kinds. Closed is closed-loop: who is done makes room for the next, and latency counts from when that one wrote.
const (
	Poisson Kind = "poisson"
	Bursty  Kind = "bursty"
	Replay  Kind = "replay"
	Closed  Kind = "closed"
)

// Curve says when customers write first. Fields of other kinds than its own mean nothing.
type Curve struct {
	Kind     Kind    `json:"kind" yaml:"kind"`
	Rate     float64 `json:"rate" yaml:"rate"`           // poisson, bursty: a second, on average
	InFlight int     `json:"in_flight" yaml:"in_flight"` // closed: conversations at a time

	Factor float64       `json:"factor" yaml:"factor"`  // bursty: rate in a burst, as a multiple of the average
	Burst  time.Duration `json:"burst_ns" yaml:"burst"` // bursty: mean length of a burst
	Calm   time.Duration `json:"calm_ns" yaml:"calm"`   // bursty: mean time between two

	File  string     `json:"file,omitempty" yaml:"file"` // replay: CSV, see ReadDay; relative to the scenario's file
	Speed float64    `json:"speed" yaml:"speed"`         // replay: seconds of the day in a second
	Scale float64    `json:"scale" yaml:"scale"`         // replay: times the recorded arrivals
	Day   []Interval `json:"-" yaml:"-"`                 // replay: what the file says
}

// Mix is what goes otherwise than by the shortest way, as parts from 0 to 1. Each conversation draws its own choices from
// the seed and its number, whatever the order in which the server gets to it.
type Mix struct {
	Decline   float64 `json:"decline" yaml:"decline"`     // of offers that are declined
	Miss      float64 `json:"miss" yaml:"miss"`           // of offers that nobody answers
	Transfer  float64 `json:"transfer" yaml:"transfer"`   // of conversations that go to another queue once; in W1 none
	Reconnect float64 `json:"reconnect" yaml:"reconnect"` // of the agents, who lose their connection each minute
}

// DefaultScenario is the full cycle with the documented mix.
func DefaultScenario() Scenario {
	return Scenario{
		Name: "default", Agents: 100, Queues: 4, Capacity: 4, Cycle: W2,
		Arrivals:  Curve{Kind: Poisson, Rate: 100, InFlight: 64, Factor: 4, Burst: 2 * time.Second, Calm: 8 * time.Second, Speed: 1, Scale: 1},
		Customers: Customers{Channel: Generic, Sockets: 1000},
		Mix:       Mix{Decline: 0.10, Miss: 0.02, Transfer: 0.05, Reconnect: 0.01},
		WarmUp:    5 * time.Second, Duration: 20 * time.Second, Drain: time.Minute, OfferTime: 5 * time.Second, Seed: 1,
	}
}

// Limits of a scenario: what one machine can play, and what the server's configuration takes.
const (
	maxAgents  = 20_000
	maxQueues  = 1_000
	maxRate    = 100_000
	maxHours   = 24 * time.Hour
	minOffer   = time.Second
	maxOffer   = 10 * time.Minute
	maxPerHead = 100
)

// Check refuses scenarios that cannot be run. Each problem begins with the field's name, as arrivals.rate.
func (s Scenario) Check() error {
	var p problems
	p.unless(s.Agents >= 1 && s.Agents <= maxAgents, "agents", "%d is not from 1 to %d", s.Agents, maxAgents)
	p.unless(s.Queues >= 1 && s.Queues <= maxQueues, "queues", "%d is not from 1 to %d", s.Queues, maxQueues)
	p.unless(s.Capacity >= 1 && s.Capacity <= maxPerHead, "capacity", "%d is not from 1 to %d", s.Capacity, maxPerHead)
	p.unless(s.Cycle == W1 || s.Cycle == W2, "cycle", "%q is not W1 or W2", s.Cycle)
	p.unless(s.WarmUp >= 0 && s.WarmUp <= maxHours, "warm_up", "%s is not from 0 to %s", s.WarmUp, maxHours)
	p.unless(s.Duration > 0 && s.Duration <= maxHours, "duration", "%s is not above 0 and up to %s", s.Duration, maxHours)
	p.unless(s.Drain > 0 && s.Drain <= maxHours, "drain", "%s is not above 0 and up to %s", s.Drain, maxHours)
	p.unless(s.OfferTime >= minOffer && s.OfferTime <= maxOffer, "offer_time", "%s is not from %s to %s", s.OfferTime, minOffer, maxOffer)
	p.unless(s.CheckMessages >= 0, "check_messages", "%d is below 0", s.CheckMessages)
	s.Arrivals.check(&p)
	s.checkCustomers(&p)
	s.Mix.check(&p)
	for i, t := range s.Thresholds {
		t.check(&p, fmt.Sprintf("thresholds[%d]", i))
	}
	return errors.Join(p...)
}

func (c Curve) check(p *problems) {
	rated := func() {
		p.unless(c.Rate > 0 && c.Rate <= maxRate, "arrivals.rate", "%g is not above 0 and up to %d", c.Rate, maxRate)
	}
	switch c.Kind {
	case Poisson:
		rated()
	case Bursty:
		rated()
		p.unless(c.Burst > 0, "arrivals.burst", "%s is not above 0", c.Burst)
		p.unless(c.Calm > 0, "arrivals.calm", "%s is not above 0", c.Calm)
		most := float64(c.Burst+c.Calm) / float64(max(c.Burst, 1))
		p.unless(c.Factor >= 1 && c.Factor <= most, "arrivals.factor",
			"%g is not from 1 to %.3g: with such bursts the time between them would need a rate below 0", c.Factor, most)
	case Replay:
		p.unless(len(c.Day) > 0, "arrivals.file", "there is no recorded day")
		p.unless(c.Speed > 0, "arrivals.speed", "%g is not above 0", c.Speed)
		p.unless(c.Scale > 0, "arrivals.scale", "%g is not above 0", c.Scale)
	case Closed:
		p.unless(c.InFlight >= 1, "arrivals.in_flight", "%d is below 1", c.InFlight)
	default:
		p.unless(false, "arrivals.kind", "%q is not poisson, bursty, replay or closed", c.Kind)
	}
}

func (m Mix) check(p *problems) {
	for _, part := range []struct {
		name  string
		value float64
	}{{"decline", m.Decline}, {"miss", m.Miss}, {"transfer", m.Transfer}, {"reconnect", m.Reconnect}} {
		p.unless(part.value >= 0 && part.value <= 1, "mix."+part.name, "%g is not from 0 to 1", part.value)
	}
	p.unless(m.Decline+m.Miss < 1, "mix.decline", "with mix.miss it is %g: some offers must be accepted", m.Decline+m.Miss)
}

// problems collects what is wrong, by field.
type problems []error

func (p *problems) unless(ok bool, field, format string, args ...any) {
	if !ok {
		*p = append(*p, fmt.Errorf("%s: %s", field, fmt.Sprintf(format, args...)))
	}
}
