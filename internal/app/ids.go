package app

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"pronto/dispatch"
)

// newID makes an id at the present time. The entropy is the runtime's ChaCha8, seeded by the operating system.
func newID(prefix string, p dispatch.Partition) string {
	return dispatch.FormatID(prefix, time.Now(), p, rand.Uint64())
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
