package app

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"pronto/dispatch"
	"pronto/internal/failpoint"
)

// births is the time of the newest id: milliseconds, then how many were made in that millisecond.
var births atomic.Uint64

const birthBits = 20 // of the count: more than a process can make in a millisecond; beyond, the next millisecond begins

// newID makes an id at the present time. Ids of one partition sort in the order in which this process made them, also
// within a millisecond: two conversations that arrive in the same one keep their order in the queue. What the order leaves
// free is the runtime's ChaCha8, seeded by the operating system.
func newID(prefix string, p dispatch.Partition) string {
	var birth uint64
	for {
		last := births.Load()
		birth = max(last+1, uint64(failpoint.Now().UnixMilli())<<birthBits)
		if births.CompareAndSwap(last, birth) {
			break
		}
	}
	entropy := birth<<(64-birthBits) | rand.Uint64()>>birthBits
	return dispatch.FormatID(prefix, time.UnixMilli(int64(birth>>birthBits)), p, entropy)
}

// homePartition is where the default routing domain lives, and the contacts with it: changes of one shard share a commit,
// so a contact that arrives with its conversation hardly costs one of its own.
const homePartition dispatch.Partition = 0

// protocols hands out protocol numbers: one series per year, "2026-000123". A number that a crash or a refused claim
// loses is not given again.
type protocols struct {
	mu   sync.Mutex
	last func(year int) (uint64, error)
	year int
	n    uint64
}

func (p *protocols) next(now time.Time) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if year := now.UTC().Year(); year != p.year {
		n, err := p.last(year)
		if err != nil {
			return "", fmt.Errorf("read protocol numbers: %w", err)
		}
		p.year, p.n = year, n
	}
	p.n++
	return fmt.Sprintf("%d-%06d", p.year, p.n), nil
}
