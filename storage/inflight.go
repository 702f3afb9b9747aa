package storage

import (
	"context"
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// inFlight knows the batches whose rows can be read and are not durable yet.
type inFlight struct {
	mu      sync.Mutex
	open    map[*pebble.Batch]uint64 // to its number
	begun   uint64
	waiting []*awaited
}

// awaited is somebody who waits for the batches that were open when they came.
type awaited struct {
	upTo uint64
	left int
	done chan struct{}
}

// begin is called before the batch's rows can be read.
func (f *inFlight) begin(b *pebble.Batch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == nil {
		f.open = map[*pebble.Batch]uint64{}
	}
	f.begun++
	f.open[b] = f.begun
}

// landed is called once the batch is durable.
func (f *inFlight) landed(b *pebble.Batch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.open[b]
	delete(f.open, b)
	still := f.waiting[:0]
	for _, a := range f.waiting {
		if n <= a.upTo {
			a.left--
		}
		if a.left == 0 {
			close(a.done)
			continue
		}
		still = append(still, a)
	}
	clear(f.waiting[len(still):])
	f.waiting = still
}

// wait returns what is closed once everything that is open now has landed; nil when nothing is.
func (f *inFlight) wait() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.open) == 0 {
		return nil
	}
	a := &awaited{upTo: f.begun, left: len(f.open), done: make(chan struct{})}
	f.waiting = append(f.waiting, a)
	return a.done
}

// Settled returns once everything that was read before is durable. Reads see rows as soon as they are in the log's memory,
// a sync before whoever wrote them is answered; who tells the world what it has read calls this in between, or a crash
// takes back what was told. It waits for the syncs under way, and for nothing on an idle store.
func (db *DB) Settled(ctx context.Context) error {
	if err := db.e.err(); err != nil {
		return err
	}
	done := db.e.flying.wait()
	if done == nil || planted("read_before_sync") {
		return nil
	}
	select {
	case <-done:
		return nil
	case <-db.e.dead:
		return db.e.err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
