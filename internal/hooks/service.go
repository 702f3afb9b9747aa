package hooks

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"pronto/dispatch"
	"pronto/internal/outbound"
	"pronto/storage"
)

// Target is one webhook as it is configured.
type Target struct {
	ID      string
	URL     string
	Events  []string
	Enabled bool
	Keys    []Key // none: it gets nothing
}

// Key signs until its time; zero: for good.
type Key struct {
	outbound.Key
	Until time.Time
}

// Told is an event on its way.
type Told struct {
	ID, Name     string
	Conversation dispatch.ConversationID
	Record       storage.Recorded
}

// Options is what the service needs.
type Options struct {
	DB     *storage.DB
	Client outbound.Doer
	// Body encodes an event as it is sent.
	Body func(Told) ([]byte, error)
	// Gone is called, on its own, when a receiver says that it is gone for good: it is to be disabled.
	Gone func(hook string)
	Bell *Bell
	Now  func() time.Time
	Log  zerolog.Logger
}

// Bell is how the store tells that there is something to read. It is there before the store, and silent until somebody listens.
type Bell struct {
	listens atomic.Bool
	rung    [storage.Shards]atomic.Bool
	poke    chan struct{}
}

// NewBell makes a bell.
func NewBell() *Bell { return &Bell{poke: make(chan struct{}, 1)} }

// Ring says that a shard's journal has grown. It never blocks.
func (b *Bell) Ring(shard storage.Shard) {
	if !b.listens.Load() || b.rung[shard].Swap(true) {
		return
	}
	select {
	case b.poke <- struct{}{}:
	default:
	}
}

// Limits of what is under way.
const (
	maxFlying  = 64 // attempts of all webhooks
	maxPerHook = 8  // of one whose receiver takes them
)

// Service is the work on all webhooks.
type Service struct {
	o        Options
	calls    chan func()
	outcomes chan outcome
	ended    chan struct{}

	// All of the rest belongs to Run's goroutine.
	hooks   map[string]*hook
	marks   [storage.Shards]mark
	flying  int
	working sync.WaitGroup
}

// hook is a webhook with what is under way for it.
type hook struct {
	Target
	busy     map[dispatch.ConversationID]bool
	failures int       // in a row
	since    time.Time // of the first of those
	last     outcome   // of them
	pause    time.Time // no attempt before
}

// New makes the service with the webhooks that there are. Run must be called once.
func New(o Options, targets []Target) *Service {
	s := &Service{o: o, calls: make(chan func()), outcomes: make(chan outcome, maxFlying), ended: make(chan struct{}), hooks: map[string]*hook{}}
	for _, t := range targets {
		s.hooks[t.ID] = newHook(t)
	}
	return s
}

func newHook(t Target) *hook { return &hook{Target: t, busy: map[dispatch.ConversationID]bool{}} }

// Run works until ctx ends. Attempts under way are cut off then.
func (s *Service) Run(ctx context.Context) {
	defer close(s.ended)
	s.forgetUnknown(ctx)
	s.listen(ctx)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			s.end()
			return
		case <-s.o.Bell.poke:
		case <-timer.C:
		case call := <-s.calls:
			call()
		case o := <-s.outcomes:
			s.settle(ctx, s.gather(o))
		}
		if next := s.turn(ctx); !next.IsZero() {
			timer.Reset(max(0, next.Sub(s.o.Now())))
		}
	}
}

// turn does what can be done now, and says when there is more; zero: when something happens.
func (s *Service) turn(ctx context.Context) (next time.Time) {
	for shard := range s.marks {
		if s.o.Bell.rung[shard].Swap(false) && s.active() {
			next = sooner(next, s.feed(ctx, storage.Shard(shard)))
		}
	}
	for _, h := range s.hooks {
		at, err := s.start(ctx, h)
		if err != nil && ctx.Err() == nil {
			s.o.Log.Error().Err(err).Str("webhook", h.ID).Msg("start of webhook deliveries")
			at = s.o.Now().Add(trouble)
		}
		next = sooner(next, at)
	}
	return next
}

// trouble is the pause after the store failed.
const trouble = 5 * time.Second

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// end waits for what is under way and notes what was taken.
func (s *Service) end() {
	all := make(chan struct{})
	go func() {
		s.working.Wait()
		close(all)
	}()
	var taken []outcome
	keep := func(o outcome) {
		if o.taken() {
			taken = append(taken, o)
		}
	}
	for {
		select {
		case o := <-s.outcomes:
			keep(o)
			continue
		case <-all:
		}
		for len(s.outcomes) > 0 {
			keep(<-s.outcomes)
		}
		s.settle(context.Background(), taken)
		return
	}
}

// gather takes what else has come.
func (s *Service) gather(first outcome) []outcome {
	out := []outcome{first}
	for len(s.outcomes) > 0 {
		out = append(out, <-s.outcomes)
	}
	return out
}

// call runs fn in Run's goroutine. Where Run has ended there is nothing to do any more.
func (s *Service) call(ctx context.Context, fn func() error) error {
	done := make(chan error, 1)
	select {
	case s.calls <- func() { done <- fn() }:
		return <-done
	case <-s.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Configure puts a webhook as it is from now on in force.
func (s *Service) Configure(ctx context.Context, t Target) error {
	return s.call(ctx, func() error {
		h := s.hooks[t.ID]
		if h == nil {
			h = newHook(t)
			s.hooks[t.ID] = h
		}
		if t.Enabled && !h.Enabled || t.URL != h.URL {
			h.failures, h.pause = 0, time.Time{}
		}
		h.Target = t
		s.listen(ctx)
		return nil
	})
}

// Forget drops a webhook with everything that waits for it.
func (s *Service) Forget(ctx context.Context, id string) error {
	err := s.call(ctx, func() error {
		delete(s.hooks, id)
		s.listen(ctx)
		return nil
	})
	for more := true; more && err == nil; {
		err = s.call(ctx, func() (err error) {
			more, err = false, nil
			if s.hooks[id] == nil {
				more, err = s.o.DB.ForgetHook(ctx, id, forgetPage)
			}
			return err
		})
	}
	return err
}

const forgetPage = 1000

// forgetUnknown drops what an earlier process left of webhooks that are gone.
func (s *Service) forgetUnknown(ctx context.Context) {
	known, err := s.o.DB.HooksWithRows()
	for _, id := range known {
		for more := s.hooks[id] == nil; more && err == nil; {
			more, err = s.o.DB.ForgetHook(ctx, id, forgetPage)
		}
	}
	if err != nil && ctx.Err() == nil {
		s.o.Log.Error().Err(err).Msg("rows of former webhooks")
	}
}

// active reports whether anybody is to be told.
func (s *Service) active() bool {
	for _, h := range s.hooks {
		if h.Enabled {
			return true
		}
	}
	return false
}

// wants are the webhooks that are told of an event.
func (s *Service) wants(name string) (out []string) {
	for id, h := range s.hooks {
		if h.Enabled && slices.Contains(h.Events, name) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// stopped tells errors of a stop from others.
func stopped(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, storage.ErrUnavailable)
}
