package transport

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxRated bounds the memory of rates: about 10 MB. Beyond it, credentials that have been quiet are forgotten, which only
// gives them a full burst again, as their own quiet did.
const maxRated = 65_536

// rates limits how often each credential may ask. Safe for concurrent use.
type rates struct {
	now   func() time.Time
	limit rate.Limit
	burst int

	mu     sync.Mutex
	of     map[string]*rate.Limiter
	sweeps time.Time
}

func newRates(now func() time.Time, perSecond, burst int) *rates {
	return &rates{now: now, limit: rate.Limit(perSecond), burst: burst, of: map[string]*rate.Limiter{}}
}

// take counts one request of key and returns 0, or how long to wait without having counted it.
func (r *rates) take(key string) time.Duration {
	now := r.now()
	l := r.limiter(now, key)
	res := l.ReserveN(now, 1)
	wait := res.DelayFrom(now)
	if wait > 0 {
		res.CancelAt(now)
	}
	return wait
}

func (r *rates) limiter(now time.Time, key string) *rate.Limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.of[key]
	if l == nil {
		if len(r.of) >= maxRated {
			r.sweep(now)
		}
		l = rate.NewLimiter(r.limit, r.burst)
		r.of[key] = l
	}
	return l
}

// sweep forgets who has a full burst; when nobody has, everybody, at most once a second.
func (r *rates) sweep(now time.Time) {
	for key, l := range r.of {
		if l.TokensAt(now) >= float64(r.burst) {
			delete(r.of, key)
		}
	}
	if len(r.of) >= maxRated && now.Sub(r.sweeps) > time.Second {
		clear(r.of)
		r.sweeps = now
	}
}
