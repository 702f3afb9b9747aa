package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"pronto/client"
)

// Target is the server under load.
type Target struct {
	URL   string // "http://127.0.0.1:8080"
	Token string // of an administrator
	// Probe reads the server process's counters; nil when it is not a child of this process.
	Probe func() (Counters, error)
	// Progress is told one line a second, for people; may be nil.
	Progress func(line string)
}

// Counters are what the operating system counts for the server process.
type Counters struct {
	CPU     time.Duration `json:"cpu"`
	RSS     int64         `json:"rss_bytes"`
	Written int64         `json:"written_bytes"`
}

// run is one run in progress.
type run struct {
	s      Scenario
	t      Target
	rest   *client.REST
	http   *http.Client
	org    *organisation
	agents []*agent
	cycles sync.Map // contact → *cycle
	byID   sync.Map // conversation → *cycle
	m      measures
	began  time.Time // of the measured part
	ends   time.Time
	next   atomic.Int64 // number of the next contact
	open   atomic.Int64 // cycles not over
	write  chan *cycle  // customers' further messages
	wg     sync.WaitGroup
	name   string
	last   *rand.Rand
	stop   context.CancelFunc
}

// Run carries out a scenario and returns its result. The error also tells when the ledger does not match.
func Run(ctx context.Context, s Scenario, t Target) (*Result, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	r := &run{s: s, t: t, name: fmt.Sprintf("%x", time.Now().UnixMilli()), write: make(chan *cycle, 1<<16), last: rand.New(rand.NewPCG(s.Seed, 7))}
	r.http = &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 256}}
	r.rest = client.NewREST(t.URL, r.http)
	r.rest.SetToken(t.Token)
	ctx, r.stop = context.WithCancel(ctx)
	defer r.stop()
	r.m.init()
	if err := r.staff(ctx); err != nil {
		return nil, err
	}
	defer r.dismiss()
	result, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	return result, r.check(ctx, result)
}

// staff builds the organisation and connects its agents.
func (r *run) staff(ctx context.Context) error {
	r.progress("creating %d agents", r.s.Agents)
	var err error
	if r.org, err = build(ctx, r.rest, r.s, r.name); err != nil {
		return err
	}
	if err := r.org.signIn(ctx, r.rest); err != nil {
		return fmt.Errorf("sign agents in: %w", err)
	}
	before := r.settledRSS(ctx)
	r.agents = make([]*agent, r.s.Agents)
	r.progress("connecting")
	err = inParallel(r.s.Agents, func(i int) error {
		a, err := r.newAgent(ctx, i)
		r.agents[i] = a
		return err
	})
	if err != nil {
		return fmt.Errorf("connect agents: %w", err)
	}
	r.m.idleRSS = r.settledRSS(ctx) - before
	for _, a := range r.agents {
		if err := a.ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

// settledRSS is the server's resident memory once its garbage had time to be collected and returned.
func (r *run) settledRSS(ctx context.Context) int64 {
	if r.t.Probe == nil {
		return 0
	}
	select {
	case <-ctx.Done():
	case <-time.After(3 * time.Second):
	}
	return r.probe().RSS
}

func (r *run) probe() Counters {
	if r.t.Probe == nil {
		return Counters{}
	}
	c, err := r.t.Probe()
	if err != nil {
		r.progress("counters: %v", err)
	}
	return c
}

func (r *run) dismiss() {
	r.stop()
	r.wg.Wait()
	for _, a := range r.agents {
		if a != nil {
			_ = a.c.Close()
		}
	}
}

// load lets customers write for warm-up and duration, and waits for the conversations that are open then.
func (r *run) load(ctx context.Context) (*Result, error) {
	for range customers {
		r.wg.Go(func() { r.customer(ctx) })
	}
	r.wg.Go(func() { r.dropConnections(ctx) })
	r.began = time.Now().Add(r.s.WarmUp)
	r.ends = r.began.Add(r.s.Duration)
	arriving := make(chan struct{})
	go func() {
		defer close(arriving)
		r.arrive(ctx)
	}()
	before, err := r.until(ctx, r.began)
	if err != nil {
		return nil, err
	}
	r.m.measuring.Store(true)
	after, err := r.until(ctx, r.ends)
	if err != nil {
		return nil, err
	}
	r.m.measuring.Store(false)
	<-arriving
	if err := r.drain(ctx); err != nil {
		return nil, err
	}
	return r.result(before, after), nil
}

// until waits with a line of progress a second, then reads the counters.
func (r *run) until(ctx context.Context, at time.Time) (Counters, error) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for time.Now().Before(at) {
		select {
		case <-ctx.Done():
			return Counters{}, ctx.Err()
		case <-time.After(time.Until(at)):
		case <-tick.C:
			r.progress("%5.0f s left, %d done, %d open, %d refusals", time.Until(r.ends).Seconds(), r.m.done.Load(), r.open.Load(), r.m.refusals.Load())
		}
	}
	return r.probe(), nil
}

const drainTime = time.Minute

// drain waits until every conversation is closed; one that never is, is a failure.
func (r *run) drain(ctx context.Context) error {
	deadline := time.After(drainTime)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for r.open.Load() > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline:
			return fmt.Errorf("%d conversations are still open %s after the last arrival", r.open.Load(), drainTime)
		case <-tick.C:
		}
	}
	return nil
}

func (r *run) progress(format string, args ...any) {
	if r.t.Progress != nil {
		r.t.Progress(fmt.Sprintf(format, args...))
	}
}
