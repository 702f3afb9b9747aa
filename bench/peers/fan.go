package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// fan is a system that delivers one event to many sockets of ours, in another process.
type fan interface {
	system
	// connect opens so many sockets; each calls delivered for each event that it reads.
	connect(ctx context.Context, sockets int, delivered func()) error
	// publish has one event sent to all of them.
	publish(ctx context.Context) error
	// disconnect closes the sockets.
	disconnect()
}

const (
	publishers = 4  // at once
	ahead      = 16 // events that may be on their way to all sockets
	lastTime   = 30 * time.Second
)

// spread measures deliveries a second to so many sockets, and the server's processor time for each.
func spread(ctx context.Context, f fan, sockets int, each time.Duration) (figures, error) {
	var delivered, published atomic.Int64
	if err := f.connect(ctx, sockets, func() { delivered.Add(1) }); err != nil {
		return figures{}, fmt.Errorf("%s: connect: %w", f.name(), err)
	}
	defer f.disconnect()
	before, err := f.cpu()
	if err != nil {
		return figures{}, err
	}
	began := time.Now()
	var wg sync.WaitGroup
	errs := make([]error, publishers)
	for i := range publishers {
		wg.Go(func() {
			for errs[i] == nil && time.Since(began) < each {
				if published.Load()*int64(sockets)-delivered.Load() > ahead*int64(sockets) {
					time.Sleep(50 * time.Microsecond)
					continue
				}
				published.Add(1)
				errs[i] = f.publish(ctx)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return figures{}, fmt.Errorf("%s: publish: %w", f.name(), err)
	}
	want := published.Load() * int64(sockets)
	if err := until(lastTime, func() error {
		if got := delivered.Load(); got < want {
			return fmt.Errorf("%s: %d of %d events were delivered", f.name(), got, want)
		}
		return nil
	}); err != nil {
		return figures{}, err
	}
	took := time.Since(began)
	after, err := f.cpu()
	if err != nil {
		return figures{}, err
	}
	if got := delivered.Load(); got != want {
		return figures{}, fmt.Errorf("%s: %d events were delivered instead of %d", f.name(), got, want)
	}
	return figures{PerSecond: float64(want) / took.Seconds(), CPU: float64((after - before).Microseconds()) / float64(want)}, nil
}
