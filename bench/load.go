package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"pronto/internal/cputime"
	"pronto/protocol"
)

// load is one run of a scenario over a fleet.
type load struct {
	f       *Fleet
	s       Scenario
	name    string
	visits  *visits // nil: customers write over HTTP
	m       *measures
	cycles  sync.Map // contact → *cycle, its last one
	byID    sync.Map // conversation → *cycle
	start   time.Time
	began   time.Time // of the measured part
	ends    time.Time
	next    atomic.Int64 // number of the last customer
	open    atomic.Int64 // cycles not over
	write   chan *cycle  // whose customer is to write
	seconds []Second

	mu       sync.Mutex
	channels []string // of its own: one, or on web pages one for each queue
	all      []*cycle
}

// waitingWrites is how many customers may be due to write while all connections are busy. More of them would make the
// generator wait, but their latency counts from when they were due.
const waitingWrites = 1 << 16

// Run carries out a scenario on a server and returns its result.
func Run(ctx context.Context, s Scenario, t Target) (*Result, error) {
	f, err := Hire(ctx, s, t)
	if err != nil {
		return nil, err
	}
	defer f.Dismiss()
	return f.Run(ctx, s)
}

// Run carries out a scenario whose organisation is that of the fleet, and compares the server's answers with the ledger.
// The error tells why there is no result, or, beside one, what the server answered wrong or left open.
func (f *Fleet) Run(ctx context.Context, s Scenario) (*Result, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	f.loads++
	l := &load{f: f, s: s, name: fmt.Sprintf("%s-%d", f.org.name, f.loads), m: newMeasures(), write: make(chan *cycle, waitingWrites)}
	if err := l.openChannels(ctx); err != nil {
		stop()
		return nil, err
	}
	f.load.Store(l)
	var wg sync.WaitGroup
	for range l.writers() {
		wg.Go(func() { l.customer(ctx) })
	}
	wg.Go(func() { l.dropConnections(ctx) })
	result, err := l.play(ctx)
	stop()
	wg.Wait()
	f.load.Store(nil)
	l.visits.close()
	return result, err
}

// openChannels makes the load's channels and, where customers are on web pages, connects these.
func (l *load) openChannels(ctx context.Context) error {
	if l.s.Customers.Channel == Web {
		return l.openPages(ctx)
	}
	channel, err := openChannel(ctx, l.f.rest, l.name, l.f.org.queues[0], nil)
	l.channels = []string{channel}
	return err
}

// writers is how many requests of customers are under way at once.
func (l *load) writers() int {
	if l.visits != nil {
		return 0
	}
	return customers
}

// play lets customers write for warm-up and duration, waits for the conversations that are open then, and checks.
func (l *load) play(ctx context.Context) (*Result, error) {
	l.start = time.Now()
	l.began = l.start.Add(l.s.WarmUp)
	l.ends = l.began.Add(l.s.Duration)
	arriving := make(chan struct{})
	go func() {
		defer close(arriving)
		l.arrive(ctx)
	}()
	if err := l.watch(ctx, "warm-up", l.began); err != nil {
		return nil, err
	}
	l.m.measuring.Store(true)
	before := l.moment()
	if err := l.watch(ctx, "measuring", l.ends); err != nil {
		return nil, err
	}
	after := l.moment()
	l.m.measuring.Store(false)
	<-arriving
	left := l.drain(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	check, err := l.check(ctx)
	if err != nil {
		return nil, fmt.Errorf("check the ledger: %w", err)
	}
	result, err := l.result(before, after, check)
	if err != nil {
		return nil, err
	}
	result.Unfinished = left
	if most, sent := l.s.Duration.Seconds()*float64(l.s.Agents*protocol.CommandsPerSecond), after.sent-before.sent; float64(sent) > nearly*most {
		result.Notes = append(result.Notes, fmt.Sprintf("the agents sent %.0f %% of the commands that their sessions may: more agents would show more of the server", 100*float64(sent)/most))
	}
	result.Notes = append(result.Notes, l.visits.note(after.pageSent-before.pageSent, l.s.Duration)...)
	result.judge()
	return result, result.failure()
}

// nearly is the part of the sessions' command rate from which on it, and not the server, may be what limits a load.
const nearly = 0.7

// watch waits until a time, and tells how it goes each second; those of the measured part are kept.
func (l *load) watch(ctx context.Context, phase string, until time.Time) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	p := &pulse{m: l.m, open: l.open.Load, spent: l.f.cpu, own: cputime.OrZero, began: l.began}
	p.beat(time.Now())
	end := time.NewTimer(time.Until(until))
	defer end.Stop()
	for over := false; !over; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			over = true
		case <-tick.C:
		}
		now := time.Now()
		if over && now.Sub(p.last) < time.Second/2 {
			return nil // the rest of a second would draw wrong rates
		}
		s := p.beat(now)
		if l.m.measuring.Load() {
			l.seconds = append(l.seconds, s)
		}
		l.f.tell(Progress{Phase: phase, Elapsed: now.Sub(l.start), Total: l.ends.Sub(l.start), Second: s, Refusals: l.m.refusals.Load()})
	}
	return nil
}

// drain waits until every conversation is closed, and returns how many are not in time.
func (l *load) drain(ctx context.Context) int64 {
	l.f.phase("waiting for %d open conversations", l.open.Load())
	deadline := time.After(l.s.Drain)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for l.open.Load() > 0 {
		select {
		case <-ctx.Done():
			return l.open.Load()
		case <-deadline:
			return l.open.Load()
		case <-tick.C:
		}
	}
	return 0
}
