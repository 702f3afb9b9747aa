package hooks

import (
	"sync/atomic"

	"pronto/storage"
)

// Bell is how the store tells that there is something to read. It is there before the store, and silent until somebody listens.
type Bell struct {
	listens atomic.Bool
	rung    [storage.Shards]atomic.Bool
	poke    chan struct{}
}

// NewBell makes a bell.
func NewBell() *Bell { return &Bell{poke: make(chan struct{}, 1)} }

// Ring says that a shard's journal has grown. It never blocks.
func (b *Bell) Ring(shard storage.Shard) {
	if !b.listens.Load() || b.rung[shard].Swap(true) {
		return
	}
	select {
	case b.poke <- struct{}{}:
	default:
	}
}

// Rung receives once after it rang, however often: it is time for a Turn.
func (b *Bell) Rung() <-chan struct{} { return b.poke }
