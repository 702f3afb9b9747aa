package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"pronto/bench"
)

const (
	agents   = 200 // each with room for 4
	declined = 0.10
	inText   = "Preciso da segunda via do boleto deste mês, por favor."
	outText  = "Claro, um momento enquanto consulto."
)

// errNothing means that nobody waits, or nobody has room, just now.
var errNothing = errors.New("nothing to offer")

// store is a system that carries out the steps of a cycle, each durable before it returns. Safe for concurrent use.
type store interface {
	create(ctx context.Context, contact string) error
	offer(ctx context.Context) (conversation, agent int64, err error)
	decline(ctx context.Context, conversation, agent int64) error
	accept(ctx context.Context, conversation, agent int64) error
	message(ctx context.Context, conversation int64, author, text string) error
	end(ctx context.Context, conversation, agent int64) error
	check(ctx context.Context, want totals) error
}

// totals are what must be stored when all cycles are over.
type totals struct{ closed, messages, load int64 }

// driver keeps so many conversations in flight on a store, each in a goroutine that is customer and agent in one.
type driver struct {
	system
	store
	workers int
	total   totals // of all loads so far
	next    atomic.Int64
}

// load is one measured closed-loop load.
func (d *driver) load(ctx context.Context, level bench.Level, each time.Duration) (figures, error) {
	var (
		done, all atomic.Int64
		wg        sync.WaitGroup
		errs      = make([]error, d.workers)
	)
	began := time.Now().Add(each / 4) // the first part is warm-up
	ends := began.Add(each)
	for w := range d.workers {
		chance := rand.New(rand.NewPCG(1, uint64(w)))
		wg.Go(func() {
			for errs[w] == nil && time.Now().Before(ends) {
				errs[w] = d.cycle(ctx, level, chance)
				all.Add(1)
				if now := time.Now(); now.After(began) && now.Before(ends) {
					done.Add(1)
				}
			}
		})
	}
	before, after, err := d.between(ctx, began, ends)
	wg.Wait()
	if err := errors.Join(append(errs, err)...); err != nil {
		return figures{}, fmt.Errorf("%s, %s: %w", d.system.name(), level, err)
	}
	n := all.Load()
	d.total.closed += n
	d.total.messages += n * (1 + 2*further(level))
	if err := d.store.check(ctx, d.total); err != nil {
		return figures{}, err
	}
	f := figures{PerSecond: float64(done.Load()) / each.Seconds()}
	if m := done.Load(); m > 0 {
		f.CPU = float64((after - before).Microseconds()) / float64(m)
	}
	return f, nil
}

// between reads the server's processor time at two moments.
func (d *driver) between(ctx context.Context, from, to time.Time) (before, after time.Duration, err error) {
	for _, m := range []struct {
		at  time.Time
		cpu *time.Duration
	}{{from, &before}, {to, &after}} {
		select {
		case <-ctx.Done():
			return 0, 0, ctx.Err()
		case <-time.After(time.Until(m.at)):
		}
		if *m.cpu, err = d.system.cpu(); err != nil {
			return 0, 0, err
		}
	}
	return before, after, nil
}

// further is how many messages go each way after the first.
func further(level bench.Level) int64 {
	if level == bench.W2 {
		return 4
	}
	return 0
}

// cycle creates a conversation, then works the one that is offered.
func (d *driver) cycle(ctx context.Context, level bench.Level, chance *rand.Rand) error {
	if err := d.create(ctx, fmt.Sprint("contact-", d.next.Add(1))); err != nil {
		return fmt.Errorf("create: %w", err)
	}
	conversation, agent, err := d.offered(ctx, chance)
	if err != nil {
		return err
	}
	if err := d.accept(ctx, conversation, agent); err != nil {
		return fmt.Errorf("accept: %w", err)
	}
	for range further(level) {
		if err := d.message(ctx, conversation, "agent", outText); err != nil {
			return fmt.Errorf("message out: %w", err)
		}
		if err := d.message(ctx, conversation, "contact", inText); err != nil {
			return fmt.Errorf("message in: %w", err)
		}
	}
	if err := d.end(ctx, conversation, agent); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

const offerTries = 10_000

// offered takes an offer; one of ten is declined, and the next one is taken.
func (d *driver) offered(ctx context.Context, chance *rand.Rand) (conversation, agent int64, err error) {
	for range offerTries {
		conversation, agent, err = d.offer(ctx)
		switch {
		case errors.Is(err, errNothing): // all who wait are being offered by others, who may decline
			continue
		case err != nil:
			return 0, 0, fmt.Errorf("offer: %w", err)
		case chance.Float64() >= declined:
			return conversation, agent, nil
		}
		if err := d.decline(ctx, conversation, agent); err != nil {
			return 0, 0, fmt.Errorf("decline: %w", err)
		}
	}
	return 0, 0, errNothing
}
