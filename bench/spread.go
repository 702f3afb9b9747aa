package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Spread measures how fast one event after the other gets to many sockets.
type Spread struct {
	Sockets   int
	Delivered *atomic.Int64 // events that the sockets have read; they count
	Publish   func(context.Context) error
	CPU       func() (time.Duration, error) // of the server so far
}

// Publishers is how many calls of Publish are under way at once.
const Publishers = 4

const (
	ahead    = 16 // events that may be on their way to all sockets
	lastTime = 30 * time.Second
)

// Run publishes for a time and waits for what is on its way. An event too many or too few at any socket is an error.
func (s Spread) Run(ctx context.Context, each time.Duration) (perSecond float64, cpu time.Duration, err error) {
	before, err := s.CPU()
	if err != nil {
		return 0, 0, err
	}
	start, began := s.Delivered.Load(), time.Now()
	published, err := s.publish(ctx, each)
	if err != nil {
		return 0, 0, fmt.Errorf("publish: %w", err)
	}
	want := published * int64(s.Sockets)
	deadline := time.Now().Add(lastTime)
	for s.Delivered.Load()-start < want {
		if time.Now().After(deadline) {
			return 0, 0, fmt.Errorf("%d of %d events were delivered", s.Delivered.Load()-start, want)
		}
		time.Sleep(time.Millisecond)
	}
	took := time.Since(began)
	after, err := s.CPU()
	if err != nil {
		return 0, 0, err
	}
	if got := s.Delivered.Load() - start; got != want {
		return 0, 0, fmt.Errorf("%d events were delivered instead of %d", got, want)
	}
	return float64(want) / took.Seconds(), (after - before) / time.Duration(max(want, 1)), nil
}

func (s Spread) publish(ctx context.Context, each time.Duration) (int64, error) {
	var published atomic.Int64
	start, began := s.Delivered.Load(), time.Now()
	errs := make([]error, Publishers)
	var wg sync.WaitGroup
	for i := range Publishers {
		wg.Go(func() {
			for errs[i] == nil && time.Since(began) < each {
				if published.Load()*int64(s.Sockets)-(s.Delivered.Load()-start) > ahead*int64(s.Sockets) {
					time.Sleep(50 * time.Microsecond)
					continue
				}
				published.Add(1)
				errs[i] = s.Publish(ctx)
			}
		})
	}
	wg.Wait()
	return published.Load(), errors.Join(errs...)
}
