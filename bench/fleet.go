package bench

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"pronto/client"
	"pronto/internal/cputime"
)

// Target is the server under load.
type Target struct {
	URL   string // "http://127.0.0.1:8080"
	Token string // of an administrator
	// Probe reads the server's counters; nil where there are none.
	Probe func() (Counters, error)
	// CPU reads the processor time of the server alone, often; nil where it cannot be read.
	CPU func() (time.Duration, error)
	// Progress is told how a run stands, about once a second; may be nil.
	Progress func(Progress)
}

// Counters are what the server and its operating system count since its start.
type Counters struct {
	CPU      time.Duration
	RSS      int64 // bytes resident now
	Written  int64 // bytes that the process caused to be written to disks
	LogBytes int64 // bytes written to the write-ahead log
	Syncs    int64 // of the write-ahead log
	Changes  int64 // durable changes
}

// Progress is one moment of a run.
type Progress struct {
	Phase    string // what is being done, in a few words
	Elapsed  time.Duration
	Total    time.Duration // of warm-up and measured part; 0 outside them
	Second   Second        // the last one
	Refusals int64         // so far
	Note     string        // something that went wrong; the rest is empty then
}

// Fleet is an organisation on a server with its agents connected, ready for any number of loads, one at a time.
type Fleet struct {
	s         Scenario
	t         Target
	rest      *client.REST
	http      *http.Client
	customers *messenger // who brings their messages
	org       *organisation
	agents    []*agent
	idle      int64 // resident bytes per idle connected agent; 0: not known
	loads     int
	load      atomic.Pointer[load]
	sent      atomic.Int64    // commands
	ctx       context.Context //nolint:containedctx // of the fleet: its agents work until Dismiss
	stop      context.CancelFunc
}

const maxIdleConns = 256 // of set-up, to one server

// Hire builds an organisation on the server and connects its agents. What it made stays on the server.
func Hire(ctx context.Context, s Scenario, t Target) (*Fleet, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	f := &Fleet{s: s, t: t}
	f.http = &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DialContext: dialTCP, ForceAttemptHTTP2: true, MaxIdleConns: maxIdleConns, MaxIdleConnsPerHost: maxIdleConns,
	}}
	f.rest = client.NewREST(t.URL, f.http)
	var err error
	if f.customers, err = newMessenger(t.URL, t.Token); err != nil {
		return nil, err
	}
	f.rest.SetToken(t.Token)
	f.ctx, f.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := f.staff(ctx); err != nil {
		f.Dismiss()
		return nil, err
	}
	return f, nil
}

func (f *Fleet) staff(ctx context.Context) error {
	name := fmt.Sprintf("%x", time.Now().UnixMilli())
	f.phase("creating %d agents", f.s.Agents)
	var err error
	if f.org, err = build(ctx, f.rest, f.s, name); err != nil {
		return err
	}
	f.phase("signing them in")
	if err := signIn(ctx, f.rest, f.org.agents); err != nil {
		return fmt.Errorf("sign agents in: %w", err)
	}
	f.phase("connecting them")
	before := f.settledRSS(ctx)
	f.agents = make([]*agent, f.s.Agents)
	err = inParallel(f.s.Agents, func(i int) error {
		a, err := f.newAgent(ctx, i)
		f.agents[i] = a
		return err
	})
	if err != nil {
		return fmt.Errorf("connect agents: %w", err)
	}
	if after := f.settledRSS(ctx); before > 0 && after > before {
		f.idle = (after - before) / int64(f.s.Agents)
	}
	return inParallel(f.s.Agents, func(i int) error { return f.agents[i].ready(ctx) })
}

// Dismiss disconnects the agents.
func (f *Fleet) Dismiss() {
	f.stop()
	for _, a := range f.agents {
		if a != nil {
			_ = a.c.Close()
		}
	}
	f.http.CloseIdleConnections()
	f.customers.close()
}

const settleTime = 3 * time.Second // for the server's garbage to be collected and returned

// settledRSS is the server's resident memory once its garbage had time to go.
func (f *Fleet) settledRSS(ctx context.Context) int64 {
	if f.t.Probe == nil {
		return 0
	}
	select {
	case <-ctx.Done():
	case <-time.After(settleTime):
	}
	return f.probe().RSS
}

func (f *Fleet) probe() Counters {
	if f.t.Probe == nil {
		return Counters{}
	}
	c, err := f.t.Probe()
	if err != nil {
		f.note("counters: %v", err)
	}
	return c
}

// moment is what server and generator have counted so far.
type moment struct {
	Counters
	own    time.Duration // processor time of this process
	frames int64
	sent   int64 // commands of agents
	// pageSent are commands of customers' pages.
	pageSent int64
}

func (l *load) moment() moment {
	return moment{Counters: l.f.probe(), own: cputime.OrZero(), frames: l.f.frames() + l.visits.frames(), sent: l.f.sent.Load(), pageSent: l.visits.commands()}
}

// frames is how many frames the agents' websockets carried so far, both ways, without pings: events, commands, replies.
func (f *Fleet) frames() int64 {
	n := 2 * f.sent.Load()
	for _, a := range f.agents {
		n += a.c.Stats().Events
	}
	return n
}

// cpu is the server's processor time so far; 0: not known.
func (f *Fleet) cpu() time.Duration {
	if f.t.CPU == nil {
		return 0
	}
	d, err := f.t.CPU()
	if err != nil {
		return 0 // one second without this figure; probe tells what is wrong
	}
	return d
}

func (f *Fleet) phase(format string, args ...any) {
	f.tell(Progress{Phase: fmt.Sprintf(format, args...)})
}

func (f *Fleet) note(format string, args ...any) {
	f.tell(Progress{Note: fmt.Sprintf(format, args...)})
}

func (f *Fleet) tell(p Progress) {
	if f.t.Progress != nil {
		f.t.Progress(p)
	}
}
