package sim

import "time"

// rng is splitmix64: tiny, and the same on every release of Go.
type rng struct{ state uint64 }

func newRNG(seed uint64) *rng { return &rng{state: seed*0x9e3779b97f4a7c15 + 0x1234567} }

func (r *rng) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// Uint64 makes it a source for math/rand/v2, which the crash clone of the file system asks for.
func (r *rng) Uint64() uint64 { return r.next() }

// n is in [0, limit).
func (r *rng) n(limit int) int {
	if limit <= 1 {
		return 0
	}
	return int(r.next() % uint64(limit))
}

// between is in [low, high].
func (r *rng) between(low, high int) int { return low + r.n(high-low+1) }

// chance is true in so many of a thousand.
func (r *rng) chance(perMille int) bool { return int(r.next()%1000) < perMille }

// rare is true in so many of a million.
func (r *rng) rare(perMillion int) bool { return int(r.next()%1_000_000) < perMillion }

func (r *rng) dur(low, high time.Duration) time.Duration {
	if high <= low {
		return low
	}
	return low + time.Duration(r.next()%uint64(high-low))
}

func pick[T any](r *rng, from []T) T { return from[r.n(len(from))] }
