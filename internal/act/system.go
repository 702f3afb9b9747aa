package act

import (
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anthdm/hollywood/actor"
	"github.com/rs/zerolog"
)

// Options are what a System needs from outside.
type Options struct {
	Log zerolog.Logger
	// Now is the clock that Context.Now shows and that Arm measures against; nil means time.Now.
	Now func() time.Time
}

// System is a set of actors by address on one hollywood engine.
type System struct {
	log    zerolog.Logger
	now    func() time.Time
	engine *actor.Engine

	register sync.Mutex
	kinds    atomic.Pointer[map[string]*kind] // replaced, never written to
	tick     atomic.Int64                     // nanoseconds between two sweeps of a shard; 0: nothing passivates

	seed    maphash.Seed
	shards  [shardCount]shard
	asks    asks
	workers workers

	stopping atomic.Bool
	done     chan struct{} // closed when everything is stopped
	err      error         // the result of the one stop; read after done
}

// NewSystem returns a running system without kinds.
func NewSystem(o Options) *System {
	engine, err := actor.NewEngine(actor.NewEngineConfig())
	if err != nil {
		panic(fmt.Errorf("new hollywood engine: %w", err)) // only a remote can fail, and there is none
	}
	s := &System{log: o.Log, now: o.Now, engine: engine, seed: maphash.MakeSeed(), done: make(chan struct{})}
	if s.now == nil {
		s.now = time.Now
	}
	s.kinds.Store(&map[string]*kind{})
	for i := range s.shards {
		s.shards[i].init(s)
	}
	s.asks.init()
	return s
}

// Register adds a kind. It may be called at any time, once per name.
func (s *System) Register(k Kind) error {
	if err := k.check(); err != nil {
		return err
	}
	s.register.Lock()
	defer s.register.Unlock()
	old := *s.kinds.Load()
	if _, taken := old[k.Name]; taken {
		return fmt.Errorf("register actor kind %q: already registered", k.Name)
	}
	if len(old) == maxKinds {
		return fmt.Errorf("register actor kind %q: there are %d already", k.Name, maxKinds)
	}
	if k.Idle > 0 {
		t := int64(min(max(k.Idle/ticksPerIdle, minTick), maxTick))
		if have := s.tick.Load(); have == 0 || t < have {
			s.tick.Store(t)
		}
	}
	next := maps.Clone(old)
	next[k.Name] = &kind{Kind: k, index: len(old)}
	s.kinds.Store(&next) // after the tick, without which no actor of this kind may exist
	return nil
}

// Send puts e into the mailbox of e.To, activating the actor if needed, and returns without waiting for it. On an
// error the message was not accepted. A message to an Ask that has ended is dropped and counted.
func (s *System) Send(e Envelope) error { return s.send(e, nil, phaseRunning) }

// send accepts e while the shard of its target has not gone past the given phase. sender is the actor that sends it,
// through its Context, or nil.
func (s *System) send(e Envelope, sender *cell, until phase) error {
	if sender.holds() {
		if joined, err := sender.join(&e); joined {
			return err
		}
	}
	if e.To.Kind == askKind {
		if sender.holds() {
			sender.flush() // who asked may look at what else was sent
		}
		s.asks.resolve(e.To.ID, e.Msg)
		return nil
	}
	k, ok := (*s.kinds.Load())[e.To.Kind]
	if !ok {
		return &UnknownKindError{Kind: e.To.Kind}
	}
	return s.shard(e.To.ID).send(k, e, sender, until)
}

func (s *System) shard(id string) *shard {
	return &s.shards[maphash.String(s.seed, id)%shardCount]
}

// Stop refuses new messages from outside, lets the actors finish what waits for them (including what they send each
// other meanwhile) until ctx ends, and then stops them all. Timers no longer fire. Asks that are still open get
// ErrStopped. A second Stop waits for the first and returns its result.
func (s *System) Stop(ctx context.Context) error {
	if s.stopping.Swap(true) {
		select {
		case <-s.done:
			return s.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for i := range s.shards {
		s.shards[i].drain()
	}
	report := &StopError{Cause: s.quiesce(ctx)}
	for i := range s.shards {
		s.shards[i].close(report)
	}
	s.workers.stop()
	if report.Busy > 0 {
		s.err = report
	}
	close(s.done)
	return s.err
}

// quiesce waits until no message is in flight, or returns the error of ctx.
func (s *System) quiesce(ctx context.Context) error {
	const first, last = 200 * time.Microsecond, 50 * time.Millisecond
	pause := time.NewTimer(0)
	defer pause.Stop()
	for wait := first; ; wait = min(2*wait, last) {
		if s.quiet() {
			return nil
		}
		pause.Reset(wait)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pause.C:
		}
	}
}

// quiet says whether there was a moment during the call with no message in flight. Both counters only grow and
// handled never passes admitted, so reading all of handled first makes equal sums prove such a moment.
func (s *System) quiet() bool {
	var handled, admitted uint64
	for i := range s.shards {
		for j := range s.shards[i].counts {
			handled += s.shards[i].counts[j].handled.Load()
		}
	}
	for i := range s.shards {
		for j := range s.shards[i].counts {
			admitted += s.shards[i].counts[j].admitted.Load()
		}
	}
	return handled == admitted
}
