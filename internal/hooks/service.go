package hooks

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"pronto/dispatch"
	"pronto/storage"
	"pronto/transport/delivery"
)

// GiveUp is for how long the server tries a failing event, from when it began to wait.
const GiveUp = 24 * time.Hour

// Keep is for how long the server keeps what it has given up.
const Keep = 30 * 24 * time.Hour

const attemptTime = 20 * time.Second // of one request, with everything

// Service is the Follower of a server, with the goroutines that it needs. Its methods may be called from any.
type Service struct {
	o        Options
	calls    chan func()
	outcomes chan Outcome
	ended    chan struct{}
	follower *Follower // belongs to Run's goroutine
	working  sync.WaitGroup
}

// New makes the service with the webhooks that there are. Run must be called once.
func New(o Options, targets []Target) *Service {
	gone := o.Gone
	o.Gone = func(hook, url string) { go gone(hook, url) }
	s := &Service{o: o, calls: make(chan func()), outcomes: make(chan Outcome, maxFlying), ended: make(chan struct{})}
	s.follower = NewFollower(o, World{Begin: s.begin, Each: sideBySide, Chance: chance, GiveUp: GiveUp, Keep: Keep}, targets)
	return s
}

// chance spreads what failed together.
func chance(d time.Duration) time.Duration { return rand.N(d + 1) }

func sideBySide(n int, fn func(int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { fn(i) })
	}
	all.Wait()
}

// Run works until ctx ends. Attempts under way are cut off then.
func (s *Service) Run(ctx context.Context) {
	defer close(s.ended)
	s.follower.Start(ctx)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			s.end()
			return
		case <-s.o.Bell.Rung():
		case <-timer.C:
		case call := <-s.calls:
			call()
		case o := <-s.outcomes:
			s.follower.Settle(ctx, s.gather(o))
		}
		if next := s.follower.Turn(ctx); !next.IsZero() {
			timer.Reset(max(0, next.Sub(s.o.Now())))
		}
	}
}

// begin makes one attempt on its own.
func (s *Service) begin(ctx context.Context, a *Attempt) {
	s.working.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, attemptTime)
		defer cancel()
		s.outcomes <- a.Do(ctx) // never full: maxFlying at once
	})
}

// end waits for what is under way and notes what was taken.
func (s *Service) end() {
	all := make(chan struct{})
	go func() {
		s.working.Wait()
		close(all)
	}()
	var taken []Outcome
	keep := func(o Outcome) {
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
		s.follower.Settle(context.Background(), taken)
		return
	}
}

// gather takes what else has come.
func (s *Service) gather(first Outcome) []Outcome {
	out := []Outcome{first}
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

// Configure puts a webhook as it is stored in force: it is read when it is its turn, so that of two changes at once none puts
// back what the other did, nor a webhook that was removed.
func (s *Service) Configure(ctx context.Context, read func() (Target, error)) error {
	return s.call(ctx, func() error {
		t, err := read()
		if err != nil {
			return err
		}
		s.follower.Configure(ctx, t)
		return nil
	})
}

// Forget drops a webhook with everything that waits for it.
func (s *Service) Forget(ctx context.Context, id string) (err error) {
	for more := true; more && err == nil; {
		more = false
		err = s.call(ctx, func() (err error) {
			more, err = s.follower.Forget(ctx, id)
			return err
		})
	}
	return err
}

// What says which event a waiting or parked one is, and when it happened; no name: nothing is left of it.
func (s *Service) What(e storage.HookEvent) (name string, at time.Time, err error) {
	told, err := toldOf(s.o.DB, e)
	if errors.Is(err, storage.ErrNotFound) {
		return "", time.Time{}, nil
	}
	return told.Name, told.Record.Time, err
}

// Try posts one body to a webhook now, for somebody who waits for the outcome.
func (s *Service) Try(ctx context.Context, t Target, id string, body []byte) (delivery.Result, int) {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	h := hook{Target: t}
	return post(ctx, s.o.to(&h, s.o.Now()), id, body, 1)
}

// stopped tells errors of a stop from others.
func stopped(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, storage.ErrUnavailable)
}

func shardOf(id dispatch.ConversationID) storage.Shard {
	return storage.Shard(dispatch.PartitionOf(string(id)).Shard())
}
