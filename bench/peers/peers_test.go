package main

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pronto/bench"
)

// counted is a system with fixed figures.
type counted struct{ title string }

func (c counted) name() string              { return c.title }
func (counted) durability() string          { return "none" }
func (counted) cpu() (time.Duration, error) { return 0, nil }
func (counted) close()                      {}

func TestRatiosAreThoseOfMediansInTurns(t *testing.T) {
	r := &report{Rounds: 3}
	for _, v := range []float64{100, 900, 200} {
		r.add("W1", counted{"ours"}, figures{v, 10})
		r.add("W1", counted{"theirs"}, figures{v / 4, 40})
	}
	var out bytes.Buffer
	if err := r.write(&out, ""); err != nil {
		t.Fatal(err)
	}
	if ours, theirs := r.Rows[0], r.Rows[1]; ours.Ratio != 1 || theirs.Median.PerSecond != 50 || theirs.Ratio != 4 || theirs.CPURatio != 0.25 {
		t.Errorf("%+v, %+v", ours, theirs)
	}
	if !strings.Contains(out.String(), "| W1 | theirs | none | 50 | 25–225 | 40.0 | 4.00 | 0.25 |") {
		t.Error(out.String())
	}
}

// Both stores do real cycles; load itself compares what they have with what was acknowledged.
func TestStoresHaveWhatTheyAcknowledged(t *testing.T) {
	ctx := context.Background()
	const workers = 4
	pg, err := startPostgres(ctx, workers)
	if err != nil {
		t.Fatal(err)
	}
	defer pg.close()
	redis, err := startRedis(ctx, workers)
	if err != nil {
		t.Fatal(err)
	}
	defer redis.close()
	for _, d := range []*driver{{system: pg, store: pg, workers: workers}, {system: redis, store: redis, workers: workers}} {
		for _, level := range []bench.Level{bench.W1, bench.W2} {
			f, err := d.load(ctx, level, 500*time.Millisecond)
			if err != nil || f.PerSecond <= 0 {
				t.Errorf("%s: %+v, %v", d.name(), f, err)
			}
		}
		wrong := d.total
		wrong.messages++
		if err := d.check(ctx, wrong); err == nil {
			t.Errorf("%s: a message that is not there was not missed", d.name())
		}
		if err := d.accept(ctx, 1, 1); err == nil {
			t.Errorf("%s: a closed conversation was accepted", d.name())
		}
	}
}

// eager delivers an event too many now and then.
type eager struct {
	counted
	sockets   int64
	delivered func()
	events    atomic.Int64
}

func (e *eager) connect(_ context.Context, sockets int, delivered func()) error {
	e.sockets, e.delivered = int64(sockets), delivered
	return nil
}
func (e *eager) disconnect() {}
func (e *eager) publish(context.Context) error {
	for range e.sockets + e.events.Add(1)%2 { // one event too many, then none
		e.delivered()
	}
	return nil
}

func TestAFanOutThatDeliversTooMuchIsRefused(t *testing.T) {
	if _, err := spread(context.Background(), &eager{}, 3, 20*time.Millisecond); err == nil || !strings.Contains(err.Error(), "were delivered instead of") {
		t.Errorf("%v", err)
	}
}
