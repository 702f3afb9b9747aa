package attach

import (
	"maps"
	"slices"
	"sync"

	"pronto/internal/blob"
)

const pinStripes = 64

// pins keep bytes from being removed while a record that refers to them is being made, and all of them while a backup is.
// Locks are striped over hashes.
type pins struct {
	locks [pinStripes]sync.RWMutex

	mu      sync.Mutex
	holders int                // of all
	late    map[blob.Hash]bool // to be removed once there are none
}

// holdAll keeps all from being removed until the last one who called it calls release, which returns those to be removed then.
func (p *pins) holdAll() (release func() []blob.Hash) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holders++
	return func() (late []blob.Hash) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.holders--; p.holders == 0 {
			late = slices.Collect(maps.Keys(p.late))
			p.late = nil
		}
		return late
	}
}

// held says whether all are held, and remembers the hash if so.
func (p *pins) held(h blob.Hash) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.holders == 0 {
		return false
	}
	if p.late == nil {
		p.late = map[blob.Hash]bool{}
	}
	p.late[h] = true
	return true
}

// hold keeps hashes from being removed until the returned function is called.
func (p *pins) hold(hashes ...blob.Hash) func() {
	var stripes []int
	for _, h := range hashes {
		stripes = append(stripes, int(h[0])%pinStripes)
	}
	slices.Sort(stripes)
	stripes = slices.Compact(stripes)
	for _, i := range stripes {
		p.locks[i].RLock()
	}
	return func() {
		for _, i := range stripes {
			p.locks[i].RUnlock()
		}
	}
}

// alone runs fn while nobody holds the hash.
func (p *pins) alone(h blob.Hash, fn func() error) error {
	lock := &p.locks[int(h[0])%pinStripes]
	lock.Lock()
	defer lock.Unlock()
	return fn()
}
