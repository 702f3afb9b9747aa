package shed

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Work that waits for a slow disk gets more and more places while the cores have time, and so takes a fraction of the time;
// once goroutines wait for cores there are as few as at first.
func TestPlacesGrowWhileCoresHaveTimeAndShrinkWhenTheyHaveNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var delay atomic.Int64
		l := New(Options{Places: 4, Most: 64, Delay: func() time.Duration { return time.Duration(delay.Load()) }})
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
		for delay.Store(int64(2 * coresBusy)); l.Places() > 4; time.Sleep(placesEvery) {
			before := l.Places()
			took(1)
			if l.Places() >= before {
				t.Fatalf("still %d places while goroutines wait for cores", before)
			}
		}
		if d := took(64); d != 64/4*syncTakes {
			t.Errorf("64 took %v with four places", d)
		}
		delay.Store(int64((coresIdle + coresBusy) / 2))
		if took(16); l.Places() != 4 {
			t.Errorf("%d places, though the cores have hardly time", l.Places())
		}
	})
}

// Without anybody who waits, there are no more places for it.
func TestPlacesThatNobodyWantsAreNotMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Places: 4, Most: 64, Delay: func() time.Duration { return 0 }})
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

// More goroutines than the cores can run at once wait for them, and it is told; afterwards it is not.
func TestCoreDelayTellsWhoWaitsForACore(t *testing.T) {
	delay := CoreDelay()
	delay()
	crowd := func(n int) time.Duration {
		var wg sync.WaitGroup
		for range n {
			wg.Go(func() {
				for began := time.Now(); time.Since(began) < 5*time.Millisecond; { //nolint:revive // it keeps a core busy
				}
			})
		}
		wg.Wait()
		return delay()
	}
	if d := crowd(200 * runtime.GOMAXPROCS(0)); d < coresBusy {
		t.Errorf("200 goroutines of 5 ms for each core waited %v", d)
	}
	if d := delay(); d > time.Second {
		t.Errorf("nobody waited, and it is %v", d)
	}
}
