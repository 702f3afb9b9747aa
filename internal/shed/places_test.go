package shed

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pronto/internal/cputime"
)

// Work that waits for a slow disk gets more and more places while the cores have time, and so takes a fraction of the time;
// once goroutines wait for cores there are as few as at first.
func TestPlacesGrowWhileCoresHaveTimeAndShrinkWhenTheyHaveNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cores atomic.Pointer[Cores]
		cores.Store(&Cores{Used: usedLittle / 2, Delay: delayed / 2})
		l := New(Options{Places: 4, Most: 64, Cores: func() Cores { return *cores.Load() }})
		const syncTakes = 50 * time.Millisecond
		took := func(works int) time.Duration {
			began := time.Now()
			var wg sync.WaitGroup
			for range works {
				wg.Go(func() {
					leave, err := l.Enter(context.Background(), Arrivals)
					if err != nil {
						t.Error(err)
						return
					}
					time.Sleep(syncTakes)
					leave()
				})
			}
			wg.Wait()
			return time.Since(began)
		}
		if d := took(64); d > 64/4*syncTakes/2 {
			t.Errorf("64 took %v with idle cores", d)
		}
		if l.Places() <= 4 || l.Places() > 64 {
			t.Errorf("%d places", l.Places())
		}
		grown := l.Places()
		for _, busy := range []Cores{{Used: usedMuch + 0.1}, {Delay: 2 * delayed}} {
			l.places.now = grown
			for cores.Store(&busy); l.Places() > 4; time.Sleep(placesEvery) {
				before := l.Places()
				took(1)
				if l.Places() >= before {
					t.Fatalf("still %d places with %+v", before, busy)
				}
			}
		}
		if d := took(64); d != 64/4*syncTakes {
			t.Errorf("64 took %v with four places", d)
		}
		cores.Store(&Cores{Used: (usedLittle + usedMuch) / 2})
		if took(16); l.Places() != 4 {
			t.Errorf("%d places, though the cores have hardly time", l.Places())
		}
	})
}

// Without anybody who waits, there are no more places for it.
func TestPlacesThatNobodyWantsAreNotMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Places: 4, Most: 64, Cores: func() Cores { return Cores{} }})
		for range 100 {
			leave, err := l.Enter(t.Context(), Arrivals)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(placesEvery)
			leave()
		}
		if l.Places() != 4 {
			t.Errorf("%d places", l.Places())
		}
	})
}

// More goroutines than the cores can run at once wait for them and keep them busy, and it is told; afterwards it is not.
func TestCoresAreToldWhenTheyAreBusy(t *testing.T) {
	cores := WatchCores()
	cores()
	var wg sync.WaitGroup
	for range 200 * cputime.Cores() {
		wg.Go(func() {
			for began := time.Now(); time.Since(began) < 5*time.Millisecond; { //nolint:revive // it keeps a core busy
			}
		})
	}
	wg.Wait()
	if c := cores(); c.Delay < delayed || c.Used <= 0 || c.Used > 1.1 {
		t.Errorf("200 goroutines of 5 ms each for each core: %+v", c)
	}
	<-time.After(200 * time.Millisecond)
	if c := cores(); c.Used > 0.9 {
		t.Errorf("nobody worked, and it is %+v", c)
	}
}
