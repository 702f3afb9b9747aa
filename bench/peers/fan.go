package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"pronto/bench"
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

// spread measures deliveries a second to so many sockets, and the server's processor time for each.
func spread(ctx context.Context, f fan, sockets int, each time.Duration) (figures, error) {
	var delivered atomic.Int64
	if err := f.connect(ctx, sockets, func() { delivered.Add(1) }); err != nil {
		return figures{}, fmt.Errorf("%s: connect: %w", f.name(), err)
	}
	defer f.disconnect()
	perSecond, cpu, err := bench.Spread{Sockets: sockets, Delivered: &delivered, Publish: f.publish, CPU: f.cpu}.Run(ctx, each)
	if err != nil {
		return figures{}, fmt.Errorf("%s: %w", f.name(), err)
	}
	return figures{PerSecond: perSecond, CPU: float64(cpu) / float64(time.Microsecond)}, nil
}
