package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pronto/bench"
	"pronto/internal/app"
	"pronto/internal/cputime"
)

// benchCommand is the load generator.
type benchCommand struct {
	Run     benchRun     `cmd:"" default:"withargs" help:"Load a server and measure it: one of its own, or --server."`
	Compare benchCompare `cmd:"" help:"Compare two reports: ratios with their confidence."`
	HTML    benchHTML    `cmd:"" name:"html" help:"Write a report as one page with plots."`
	Scale   benchScale   `cmd:"" help:"Fill a data folder with ever more open conversations, and measure a server on it: memory, starts, the next offer."`
	Watch   benchWatch   `cmd:"" help:"Measure what it costs that supervisors look: at the live board, and at one conversation, each a user."`
	Latency benchLatency `cmd:"" help:"Measure what the server carries, then latencies at 50 and 80 percent of it."`
	Quick   benchQuick   `cmd:"" help:"Compare short loads with what this machine's disk and sockets do at best, in one run; about 3 minutes."`
}

// benchRun plays a scenario.
type benchRun struct {
	benchScenario
	benchOutput
	serverFlags
	BenchToken string `help:"With --server: the token that the server was started with (serve --bench-token)." placeholder:"TOKEN" env:"PRONTO_BENCH_TOKEN"`
	Runs       int    `help:"Runs one after the other, on the same server." default:"1"`
}

// benchScenario are a scenario's file and what the command line changes of it.
type benchScenario struct {
	Scenario  string         `help:"Scenario as a YAML file, see bench/scenarios; flags change what it says." placeholder:"FILE"`
	Agents    *int           `help:"Agents connected over websockets." placeholder:"N"`
	Queues    *int           `help:"Queues; every agent serves all." placeholder:"N"`
	Rate      *float64       `help:"Arrivals a second, open-loop; 0: closed-loop." placeholder:"N"`
	InFlight  *int           `help:"Closed-loop: conversations at a time." placeholder:"N"`
	Duration  *time.Duration `help:"Measured time." placeholder:"TIME"`
	WarmUp    *time.Duration `help:"Time before it." placeholder:"TIME"`
	Cycle     *bench.Level   `help:"W1: dispatch only; W2: with four more messages each way." placeholder:"W1|W2"`
	Customers *bench.Channel `help:"How customers write: over HTTP (generic) or on web chat's websockets (web)." placeholder:"generic|web"`
	Sockets   *int           `help:"With web: customers' pages, each with one conversation at a time." placeholder:"N"`
	Plain     bool           `help:"No declines, misses, transfers or lost connections."`
	Seed      *uint64        `help:"Seed of arrivals and choices." placeholder:"N"`
	MaxP99    float64        `help:"Fail when arrival to offer has a p99 above so many milliseconds; 0: never." name:"max-p99-ms"`
}

// scenario is what the file and the flags say together.
func (c benchScenario) scenario() (bench.Scenario, error) {
	s := bench.DefaultScenario()
	if c.Scenario != "" {
		var err error
		if s, err = bench.ReadScenario(c.Scenario); err != nil {
			return s, err
		}
	}
	set(&s.Agents, c.Agents)
	set(&s.Queues, c.Queues)
	set(&s.Duration, c.Duration)
	set(&s.WarmUp, c.WarmUp)
	set(&s.Cycle, c.Cycle)
	set(&s.Seed, c.Seed)
	set(&s.Customers.Channel, c.Customers)
	set(&s.Customers.Sockets, c.Sockets)
	set(&s.Arrivals.InFlight, c.InFlight)
	switch {
	case c.Rate != nil && *c.Rate == 0:
		s.Arrivals.Kind = bench.Closed
	case c.Rate != nil:
		s.Arrivals.Rate = *c.Rate
		if s.Arrivals.Kind != bench.Bursty {
			s.Arrivals.Kind = bench.Poisson
		}
	}
	if c.Plain {
		s.Mix = bench.Mix{}
	}
	if c.MaxP99 > 0 {
		s.Thresholds = append(s.Thresholds, bench.Threshold{Metric: "arrival_to_offer.p99_ms", Max: &c.MaxP99})
	}
	return s, s.Check()
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// errThreshold makes the exit code 3, apart from that of a run that failed.
var errThreshold = errors.New("threshold missed")

// Run plays the scenario and writes what it found.
func (c benchRun) Run(w world) error {
	s, err := c.scenario()
	if err != nil {
		return err
	}
	target, environment, stop, err := c.target(w)
	if err != nil {
		return err
	}
	live := newLive(w.err)
	target.Progress = live.show
	report, err := play(w.ctx, s, target, environment, c.Runs)
	live.end()
	if len(report.Runs) > 0 {
		err = errors.Join(err, c.write(w, report))
	}
	if err == nil {
		err = missed(report)
	}
	return errors.Join(err, stop())
}

// target is a server of our own, or one that permits the load; stop ends the former.
func (c benchRun) target(w world) (t bench.Target, e bench.Environment, stop func() error, err error) {
	_ = cputime.HugePages(app.MemoryBudget()) // less for the generator to take of the cores; without them it takes more
	if c.Server != "" {
		t, e, err = permitted(w.ctx, c.serverFlags, c.BenchToken)
		return t, e, func() error { return nil }, err
	}
	child, err := startOwn(w.ctx)
	if err != nil {
		return t, e, nil, err
	}
	if e, err = bench.Observe(version, commit, child.root); err != nil {
		child.remove()
		return t, e, nil, err
	}
	cputime.Halve()
	stop = func() error {
		defer child.remove()
		return child.stop()
	}
	return bench.Target{URL: child.url, Token: child.token, Probe: child.counters, CPU: child.cpu}, e, stop, nil
}

// play makes the runs; those that ended are in the report whatever happens then.
func play(ctx context.Context, s bench.Scenario, t bench.Target, e bench.Environment, runs int) (*bench.Report, error) {
	report := &bench.Report{}
	fleet, err := bench.Hire(ctx, s, t)
	if err != nil {
		return report, err
	}
	defer fleet.Dismiss()
	for range max(1, runs) {
		result, err := fleet.Run(ctx, s)
		if result != nil {
			result.Environment = e
			report.Runs = append(report.Runs, result)
		}
		if err != nil {
			return report, err
		}
	}
	return report, nil
}

func missed(report *bench.Report) error {
	var errs []error
	for i, r := range report.Runs {
		for _, v := range r.Missed() {
			errs = append(errs, fmt.Errorf("run %d: %w: %s", i+1, errThreshold, v))
		}
	}
	return errors.Join(errs...)
}
