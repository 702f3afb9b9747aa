package attach

import (
	"slices"
	"sync"

	"pronto/internal/blob"
)

const pinStripes = 64

// pins keep bytes from being removed while a record that refers to them is being made. Locks are striped over hashes.
type pins struct{ locks [pinStripes]sync.RWMutex }

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
