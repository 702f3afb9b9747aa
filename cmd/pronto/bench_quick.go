package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pronto/bench"
	"pronto/bench/raw"
)

// benchQuick compares short loads with raw limits in turns.
type benchQuick struct {
	Rounds int           `help:"How often each load and each limit is measured." default:"3"`
	Each   time.Duration `help:"Measured time of each load." default:"6s"`
	Agents int           `help:"Agents connected over websockets." default:"120"`
	Budget time.Duration `help:"No further round begins when it would end after so much time." default:"2m45s"`
	JSON   string        `help:"Also write everything as JSON to this file." placeholder:"FILE" name:"json"`
}

const (
	quickInFlight = 64 // conversations, and goroutines that commit
	quickRaw      = 1500 * time.Millisecond
	quickWarmUp   = 1500 * time.Millisecond
	quickChecked  = 300 // conversations whose messages are read back; of all others state, owner and number
)

// scenario is one load of the quick run. Nothing goes otherwise than by the shortest way, so that a cycle is always the
// same number of changes and frames.
func (c benchQuick) scenario(level bench.Level) bench.Scenario {
	s := bench.DefaultScenario()
	s.Name, s.Cycle, s.Agents, s.Queues = "quick-"+string(level), level, c.Agents, 4
	s.Arrivals.Kind, s.Arrivals.InFlight = bench.Closed, quickInFlight
	s.Mix = bench.Mix{}
	s.WarmUp, s.Duration, s.CheckMessages = quickWarmUp, c.Each, quickChecked
	return s
}

// Run measures limits and loads in turns on one server.
func (c benchQuick) Run(w world) error {
	if c.Rounds < 1 {
		return errors.New("rounds: at least 1")
	}
	began := time.Now()
	child, err := startOwn(w.ctx)
	if err != nil {
		return err
	}
	defer child.remove()
	environment, err := bench.Observe(version, commit, child.root)
	if err != nil {
		return err
	}
	live := newLive(w.err)
	target := bench.Target{URL: child.url, Token: child.token, Probe: child.counters, CPU: child.cpu, Progress: live.show}
	fleet, err := bench.Hire(w.ctx, c.scenario(bench.W1), target)
	if err != nil {
		return err
	}
	defer fleet.Dismiss()
	report := &bench.Quick{Environment: environment}
	for i := range c.Rounds {
		start := time.Now()
		if err := c.round(w.ctx, fleet, child.root, report); err != nil {
			return err
		}
		live.show(bench.Progress{Phase: fmt.Sprintf("round %d of %d is over", i+1, c.Rounds)})
		if took := time.Since(start); time.Since(began)+took > c.Budget {
			break
		}
	}
	live.end()
	report.Summarise()
	if err := errors.Join(report.Text(w.out), writeFile(c.JSON, report.Write)); err != nil {
		return err
	}
	return child.stop()
}

// round measures each limit and each load once.
func (c benchQuick) round(ctx context.Context, fleet *bench.Fleet, dir string, report *bench.Quick) error {
	for _, level := range []bench.Level{bench.W1, bench.W2} {
		limits, err := c.limits(dir)
		if err != nil {
			return err
		}
		result, err := fleet.Run(ctx, c.scenario(level))
		if err != nil {
			return err
		}
		result.Environment, result.Seconds = report.Environment, nil
		report.Rounds = append(report.Rounds, bench.Round{Raw: limits, Result: result})
	}
	return nil
}

// limits measures the machine while the server has nothing to do.
func (c benchQuick) limits(dir string) (bench.Raw, error) {
	commits, err := raw.Commits(dir, quickInFlight, quickRaw)
	if err != nil {
		return bench.Raw{}, err
	}
	frames, err := raw.Frames(c.Agents, quickRaw)
	return bench.Raw{
		Commits: commits.PerSecond, CommitCPU: commits.CPU, Frames: frames.PerSecond, FrameCPU: frames.CPU, Goroutines: quickInFlight, Sockets: c.Agents,
	}, err
}
