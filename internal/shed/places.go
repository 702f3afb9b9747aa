package shed

import (
	"runtime"
	"runtime/metrics"
	"sync"
	"time"
)

// places is how many pieces of work are carried out at once. Work that waits for the disk keeps no core busy and shares its
// sync with all that is written meanwhile, so while the cores have time there are more and more places, up to most; work that
// waits for a core only delays what is never refused, so then they are halved, down to least.
type places struct {
	now, least, most int
	delay            func() time.Duration // nil: as many as at first, for ever
	next             time.Time            // when to look at the delay again
	wanted           bool                 // somebody found no place since it was looked at
}

const (
	placesEvery = 20 * time.Millisecond
	// What nine of ten goroutines waited less than for a core. On two cores: some µs with little to do, 0.2 to 1 ms when they
	// were kept busy by others, the disk or the load's own generator, 2 to 6 ms when there was more to do than they could.
	coresIdle = time.Millisecond
	coresBusy = 3 * time.Millisecond
)

// adapt changes the number by what was seen since the last time; not more often than every placesEvery. It says whether there
// are more.
func (p *places) adapt(now time.Time, somebodyWaits bool) (more bool) {
	if p.delay == nil || now.Before(p.next) {
		return false
	}
	p.next = now.Add(placesEvery)
	before := p.now
	switch d := p.delay(); {
	case d > coresBusy:
		p.now = max(p.least, p.now/2)
	case d < coresIdle && (p.wanted || somebodyWaits):
		p.now = min(p.most, p.now+p.now/2)
	}
	p.wanted = false
	return p.now > before
}

// LeastPlaces keeps the cores busy, with work that waits for the disk now and then. Each place more delays what is never
// refused when the cores have no time: in a flood, with twice as many, no more was taken, and half of what is served took 18 ms
// instead of 3 to 5.
func LeastPlaces() int { return 2 * max(runtime.GOMAXPROCS(0), 2) }

// MostPlaces keeps a disk busy whose syncs take long.
func MostPlaces() int { return 32 * LeastPlaces() }

// schedLatencies is the runtime's histogram of how long goroutines that could run waited for a core, in seconds.
const schedLatencies = "/sched/latencies:seconds"

// CoreDelay returns a function that tells what nine of ten goroutines that could run waited less than for a core since it was
// called last; 0 when hardly any ran. The runtime counts one of eight. It may be called by any number of goroutines.
func CoreDelay() func() time.Duration {
	var mu sync.Mutex
	var before []uint64
	samples := []metrics.Sample{{Name: schedLatencies}}
	return func() time.Duration {
		mu.Lock()
		defer mu.Unlock()
		metrics.Read(samples)
		h := samples[0].Value.Float64Histogram()
		if before == nil {
			before = make([]uint64, len(h.Counts))
		}
		all := uint64(0)
		for i, n := range h.Counts {
			before[i], all = n-before[i], all+n-before[i]
		}
		above := all / 10
		at := 0
		for i := len(before) - 1; i >= 0 && all >= few; i-- {
			if before[i] > above {
				at = i
				break
			}
			above -= before[i]
		}
		copy(before, h.Counts)
		return time.Duration(max(0, h.Buckets[at]) * float64(time.Second))
	}
}

// few goroutines say nothing of the cores.
const few = 16
