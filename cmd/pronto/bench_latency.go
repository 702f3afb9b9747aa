package main

import (
	"errors"
	"fmt"
	"time"

	"pronto/bench"
)

// benchLatency measures latencies at parts of what the server carries.
type benchLatency struct {
	Agents   int           `help:"Agents connected over websockets." default:"120"`
	InFlight int           `help:"Conversations at a time while saturation is measured." default:"64"`
	Parts    []float64     `help:"Percent of saturation at which latencies are measured." default:"50,80"`
	Each     time.Duration `help:"Measured time of each load." default:"30s"`
	Cycle    bench.Level   `help:"W1: dispatch only; W2: with four more messages each way." default:"W2"`
	Seed     uint64        `help:"Seed of arrivals and choices." default:"1"`
	JSON     string        `help:"Also write the report as JSON to this file." placeholder:"FILE" name:"json"`
	HTML     string        `help:"Also write the report as one HTML page with plots." placeholder:"FILE" name:"html"`
}

const latencyWarmUp = 5 * time.Second // at most; a shorter load has as long a one

// scenario is the closed-loop load, or, with a rate, the open-loop one.
func (c benchLatency) scenario(name string, rate float64) bench.Scenario {
	s := bench.DefaultScenario()
	s.Name, s.Agents, s.Cycle, s.Seed = name, c.Agents, c.Cycle, c.Seed
	s.Arrivals.Kind, s.Arrivals.InFlight = bench.Closed, c.InFlight
	if rate > 0 {
		s.Arrivals.Kind, s.Arrivals.Rate = bench.Poisson, rate
	}
	s.WarmUp, s.Duration, s.CheckMessages = min(latencyWarmUp, c.Each), c.Each, quickChecked
	return s
}

// Run measures saturation, then its parts, on one server.
func (c benchLatency) Run(w world) error {
	for _, p := range c.Parts {
		if p <= 0 || p > 100 {
			return fmt.Errorf("parts: %g is not above 0 and up to 100", p)
		}
	}
	if err := c.scenario("saturation", 0).Check(); err != nil {
		return err
	}
	target, environment, stop, err := benchRun{}.target(w)
	if err != nil {
		return err
	}
	live := newLive(w.err)
	target.Progress = live.show
	report, err := c.loads(w, target, environment)
	live.end()
	out := benchOutput{JSON: c.JSON, HTML: c.HTML}
	if err == nil {
		err = errors.Join(out.write(w, report), bench.Parts(w.out, report))
	}
	return errors.Join(err, stop())
}

func (c benchLatency) loads(w world, target bench.Target, e bench.Environment) (*bench.Report, error) {
	report := &bench.Report{}
	fleet, err := bench.Hire(w.ctx, c.scenario("saturation", 0), target)
	if err != nil {
		return report, err
	}
	defer fleet.Dismiss()
	play := func(s bench.Scenario) (*bench.Result, error) {
		r, err := fleet.Run(w.ctx, s)
		if err != nil {
			return r, fmt.Errorf("%s: %w", s.Name, err)
		}
		r.Environment = e
		report.Runs = append(report.Runs, r)
		return r, nil
	}
	saturated, err := play(c.scenario("saturation", 0))
	if err != nil {
		return report, err
	}
	for _, p := range c.Parts {
		if _, err := play(c.scenario(fmt.Sprintf("%g %%", p), saturated.CyclesPerSec*p/100)); err != nil {
			return report, err
		}
	}
	return report, nil
}
