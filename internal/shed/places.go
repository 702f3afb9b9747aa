package shed

import (
	"runtime/metrics"
	"sync"
	"time"

	"pronto/internal/cputime"
)

// places is how many pieces of work are carried out at once. Work that waits for the disk keeps no core busy and shares its
// sync with all that is written meanwhile, so while the cores have time there are more and more places, up to most; work that
// waits for a core only delays what is never refused, so then they are halved, down to least.
type places struct {
	now, least, most int
	cores            func() Cores // nil: as many as at first, for ever
	next             time.Time    // when to look at the cores again
	wanted           bool         // somebody found no place since they were looked at
}

// Cores says how busy the cores are.
type Cores struct {
	Used  float64       // 0 to 1: the part of them that this process used
	Delay time.Duration // nine of ten goroutines that could run waited less for one
}

const (
	placesEvery = 50 * time.Millisecond
	// On two cores, beside the load's generator: with two places and all the load that they let in the process used 55 to 60 %
	// of them, which is too little; with these limits what is served is fast in a flood. It used 30 % when a slow disk was what
	// all waited for. A group that becomes durable wakes all who waited for it, so that they wait 0.3 to 1 ms for each other
	// however idle the cores are; more than 3 ms is another process.
	usedLittle, usedMuch = 0.65, 0.8
	delayed              = 3 * time.Millisecond
)

// adapt changes the number by what was seen since the last time; not more often than every placesEvery. It says whether there
// are more.
func (p *places) adapt(now time.Time, somebodyWaits bool) (more bool) {
	if p.cores == nil || now.Before(p.next) {
		return false
	}
	p.next = now.Add(placesEvery)
	before := p.now
	switch c := p.cores(); {
	case c.Used > usedMuch || c.Delay > delayed:
		p.now = max(p.least, p.now/2)
	case c.Used < usedLittle && (p.wanted || somebodyWaits):
		p.now = min(p.most, p.now+p.now/2)
	}
	p.wanted = false
	return p.now > before
}

// LeastPlaces is one for each core. Each place more delays what is never refused when the cores have no time: in a flood on two
// cores nine of ten operations of what is served took 3 to 5 ms with two places, 5 to 7 with three and 7 to 9 with four, which
// took a quarter more of the flood.
func LeastPlaces() int { return max(cputime.Cores(), 2) }

// MostPlaces keeps a disk busy whose syncs take long.
func MostPlaces() int { return 64 * LeastPlaces() }

// WatchCores returns a function that tells how busy the cores were since it was called last. It may be called by any number of
// goroutines.
func WatchCores() func() Cores {
	var mu sync.Mutex
	delay, used, at := coreDelay(), cputime.OrZero(), time.Now()
	return func() Cores {
		mu.Lock()
		defer mu.Unlock()
		u, now := cputime.OrZero(), time.Now()
		c := Cores{Used: float64(u-used) / float64(max(1, now.Sub(at))) / float64(cputime.Cores()), Delay: delay()}
		used, at = u, now
		return c
	}
}

// schedLatencies is the runtime's histogram of how long goroutines that could run waited for a core, in seconds.
const schedLatencies = "/sched/latencies:seconds"

// coreDelay returns a function that tells what nine of ten goroutines that could run waited less than for a core since it was
// called last; 0 when hardly any ran. The runtime counts one of eight.
func coreDelay() func() time.Duration {
	var before []uint64
	samples := []metrics.Sample{{Name: schedLatencies}}
	return func() time.Duration {
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
