package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// late is a transport whose requests begin at random within a time.
type late struct {
	http.RoundTripper
	within atomic.Int64
}

func (l *late) RoundTrip(r *http.Request) (*http.Response, error) {
	if within := l.within.Load(); within > 0 {
		<-time.After(rand.N(time.Duration(within)))
	}
	return l.RoundTripper.RoundTrip(r)
}

// back is how long it takes until every session is live again after all of them were cut at once, while customers go on
// writing.
func (f *floor) back(all []*listener) time.Duration {
	f.t.Helper()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		atPace(10*time.Millisecond, stop, func(n int) { f.write(n % len(f.agents)) })
	}()
	for _, l := range all {
		l.live.Store(false)
	}
	began := time.Now()
	for _, l := range all {
		l.c.Drop()
	}
	for _, l := range all {
		f.until("all sessions to be back", l.live.Load)
	}
	took := time.Since(began)
	close(stop)
	<-stopped
	return took
}

// TestAllSessionsThatAreCutAtOnceAreBackInTwentySeconds: PRONTO_STORM is how many there are, PRONTO_STORM_AGENTS of how many
// agents. They come back at the same moment, and again at random within two seconds.
func TestAllSessionsThatAreCutAtOnceAreBackInTwentySeconds(t *testing.T) {
	sessions := number(t, "PRONTO_STORM", 240)
	agents := min(sessions, number(t, "PRONTO_STORM_AGENTS", 12))
	began := time.Now()
	f := newFloor(t, agents)
	f.pause = time.Millisecond
	t.Logf("%d agents were hired in %v", agents, time.Since(began).Round(time.Second))
	lateness := &late{RoundTripper: &http.Transport{MaxIdleConns: 100}}
	h := &http.Client{Timeout: 20 * time.Second, Transport: lateness}
	all := make([]*listener, sessions)
	began = time.Now()
	eachOf(sessions, 64, func(i int) { // this is not the storm
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		l, err := f.listen(ctx, f.base, i%agents, h)
		if err != nil {
			t.Errorf("connect: %v", err)
			return
		}
		all[i] = l
	})
	if t.Failed() {
		return
	}
	t.Logf("%d sessions were opened in %v", sessions, time.Since(began).Round(time.Second))
	t.Cleanup(func() {
		for _, l := range all {
			_ = l.c.Close()
		}
	})
	for round := range 4 {
		within := time.Duration(round%2) * 2 * time.Second
		lateness.within.Store(int64(within))
		before := stormed(all)
		took := f.back(all)
		if took > 20*time.Second {
			t.Errorf("round %d: all were back after %v", round, took)
		}
		f.check(all)
		now := stormed(all)
		resumed, anew := now.resumes-before.resumes, now.snapshots-before.snapshots
		t.Logf("%d sessions of %d agents were cut at once, began to return within %v and were back after %v: %d resumed, %d anew",
			sessions, agents, within, took.Round(time.Millisecond), resumed, anew)
		if resumed < int64(sessions) {
			t.Errorf("round %d: %d of %d sessions resumed", round, resumed, sessions)
		}
	}
}

type returns struct{ resumes, snapshots int64 }

func stormed(all []*listener) (sum returns) {
	for _, l := range all {
		s := l.c.Stats()
		sum.resumes += s.Resumes
		sum.snapshots += s.Snapshots
	}
	return sum
}
