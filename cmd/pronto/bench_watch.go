package main

import (
	"context"
	"errors"
	"time"

	"pronto/bench"
)

// benchWatch measures what looking costs.
type benchWatch struct {
	Supervisors int           `help:"Users who see queues and agents live." default:"100"`
	Users       []int         `help:"Users who watch one conversation; the largest number is hired, two password hashes each." default:"100,1000"`
	Rate        float64       `help:"Dispatch cycles (W1) a second while they look live; one is five durable changes." default:"40"`
	Agents      int           `help:"Agents of those cycles." default:"50"`
	Each        time.Duration `help:"Measured time of each part." default:"15s"`
	JSON        string        `help:"Also write everything as JSON to this file." placeholder:"FILE" name:"json"`
}

// scenario is the load while supervisors look.
func (c benchWatch) scenario() bench.Scenario {
	s := bench.DefaultScenario()
	s.Name, s.Cycle, s.Agents = "watched", bench.W1, c.Agents
	s.Arrivals.Rate, s.Mix = c.Rate, bench.Mix{}
	s.WarmUp, s.Duration, s.CheckMessages = 2*time.Second, c.Each, quickChecked
	return s
}

// Run hires the supervisors and measures with and without them.
func (c benchWatch) Run(w world) error {
	most := c.Supervisors
	for _, n := range c.Users {
		if n < 1 {
			return errors.New("users: at least 1 each")
		}
		most = max(most, n)
	}
	if c.Supervisors < 1 {
		return errors.New("supervisors: at least 1")
	}
	child, err := startOwn(w.ctx)
	if err != nil {
		return err
	}
	defer child.remove()
	report := &bench.Watch{StartedAt: time.Now().UTC()}
	if report.Environment, err = bench.Observe(version, commit, child.root); err != nil {
		return err
	}
	live := newLive(w.err)
	var p probed
	target := bench.Target{URL: child.url, Token: child.token, CPU: child.cpu, Progress: live.show, Probe: func() (bench.Counters, error) {
		p.look()
		return child.counters()
	}}
	fleet, err := bench.Hire(w.ctx, c.scenario(), target)
	if err != nil {
		return err
	}
	defer fleet.Dismiss()
	crowd, err := fleet.Gather(w.ctx, most)
	if err != nil {
		return err
	}
	p.crowd = crowd
	err = errors.Join(c.lives(w.ctx, fleet, &p, report), c.fans(w.ctx, crowd, report), crowd.Leave())
	live.end()
	if err != nil {
		return err
	}
	return errors.Join(report.Text(w.out), writeFile(c.JSON, report.Write), child.stop())
}

// probed remembers how much the crowd had read when the counters were last read: a load reads them right before and right
// after its measured part.
type probed struct {
	crowd  *bench.Crowd
	before int64
	after  int64
}

func (p *probed) look() {
	if p.crowd != nil {
		p.before, p.after = p.after, p.crowd.Live()
	}
}

// lives plays the load alone, and again while supervisors look.
func (c benchWatch) lives(ctx context.Context, fleet *bench.Fleet, p *probed, report *bench.Watch) error {
	for _, n := range []int{0, c.Supervisors} {
		if err := p.crowd.Look(ctx, n); err != nil {
			return err
		}
		result, err := fleet.Run(ctx, c.scenario())
		if err != nil {
			return err
		}
		result.Environment = report.Environment
		report.Live = append(report.Live, bench.LiveRun{Supervisors: n, Deliveries: float64(p.after-p.before) / c.Each.Seconds(), Result: result})
	}
	return p.crowd.LookAway(ctx, c.Supervisors)
}

func (c benchWatch) fans(ctx context.Context, crowd *bench.Crowd, report *bench.Watch) error {
	for _, n := range c.Users {
		perSecond, cpu, err := crowd.Watch(ctx, n, c.Each)
		if err != nil {
			return err
		}
		report.Fans = append(report.Fans, bench.Fan{Users: n, PerSecond: perSecond, CPU: float64(cpu) / float64(time.Microsecond)})
	}
	return nil
}
