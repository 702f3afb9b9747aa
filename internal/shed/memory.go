package shed

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// memory remembers for a moment how much of the budget is used.
type memory struct {
	part func() float64
	next atomic.Int64  // when to look again, in nanoseconds of Unix
	last atomic.Uint64 // bits of the part
}

const memoryEvery = 100 * time.Millisecond

// refuses says whether the memory in use leaves no room for work of the class.
func (m *memory) refuses(c Class) bool {
	if m.part == nil {
		return false
	}
	now := time.Now().UnixNano()
	next := m.next.Load()
	setBack := next-now > int64(memoryEvery) // the clock was, since the last look
	if (now >= next || setBack) && m.next.CompareAndSwap(next, now+int64(memoryEvery)) {
		m.last.Store(math.Float64bits(m.part()))
	}
	return math.Float64frombits(m.last.Load()) >= memoryFrom+memoryStep*float64(c)
}

// stale is how old a figure may be by which work is refused.
const stale = time.Second

// OfLimit is the part of Go's memory limit (GOMEMLIMIT) that is in use: what was alive at the last collection, and
// stacks. nil: there is no limit. Where it is enough to refuse work, and the last collection was a while ago, another one is
// begun: with little to do it would come late, and what it finds dead be counted until then. One caller at a time.
func OfLimit() func() float64 {
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		return nil
	}
	var cycles uint64
	var since time.Time
	return func() float64 {
		s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}}
		metrics.Read(s)
		part := float64(s[0].Value.Uint64()+s[1].Value.Uint64()) / float64(limit)
		switch now := time.Now(); {
		case s[2].Value.Uint64() != cycles:
			cycles, since = s[2].Value.Uint64(), now
		case part >= memoryFrom && now.Sub(since) >= stale:
			since = now
			go runtime.GC()
		}
		return part
	}
}
