package bench

import (
	"errors"
	"time"
)

// Scenario says what load a run makes. The zero value of a field is not a default: start from DefaultScenario.
type Scenario struct {
	Agents     int           `json:"agents"`
	Queues     int           `json:"queues"`
	Rate       float64       `json:"rate"`        // first messages a second, open-loop; 0: closed-loop
	InFlight   int           `json:"in_flight"`   // closed-loop: conversations at a time
	Duration   time.Duration `json:"duration"`    // of the measured part
	WarmUp     time.Duration `json:"warm_up"`     // before it; not measured
	Messages   int           `json:"messages"`    // further messages each way before the close: 0 is W1, 4 is W2
	Decline    float64       `json:"decline"`     // part of offers that are declined
	Miss       float64       `json:"miss"`        // part of offers that nobody answers
	Transfer   float64       `json:"transfer"`    // part of conversations that go to another queue once
	Reconnects float64       `json:"reconnects"`  // part of the agents that lose their connection each minute
	Seed       uint64        `json:"seed"`        // of arrivals and choices
	OfferTime  time.Duration `json:"offer_time"`  // of the queues
	CheckLimit int           `json:"check_limit"` // conversations compared at the end; 0: all
}

// DefaultScenario is the full cycle (W2) with the documented mix.
func DefaultScenario() Scenario {
	return Scenario{
		Agents: 100, Queues: 4, Rate: 100, InFlight: 64, Duration: 20 * time.Second, WarmUp: 5 * time.Second, Messages: 4,
		Decline: 0.10, Miss: 0.02, Transfer: 0.05, Reconnects: 0.01, Seed: 1, OfferTime: 5 * time.Second, CheckLimit: 1000,
	}
}

// Check refuses scenarios that cannot be run.
func (s Scenario) Check() error {
	switch {
	case s.Agents < 1 || s.Queues < 1:
		return errors.New("a scenario needs agents and queues")
	case s.Rate <= 0 && s.InFlight < 1:
		return errors.New("a closed-loop scenario needs in_flight")
	case s.Duration <= 0:
		return errors.New("a scenario needs a duration")
	case s.Decline+s.Miss >= 1:
		return errors.New("some offers must be accepted")
	}
	return nil
}
