package storage

import (
	"github.com/cockroachdb/pebble/v2"

	"pronto/internal/failpoint"
)

// maxFlights is how many groups of a shard may be under way: one is being synced and
// one waits for the next sync, while a third is filled by what arrives. More would only
// make the groups smaller.
const maxFlights = 3

// flight is a group on its way from the writer's goroutine to the disk.
type flight struct {
	requests []*request // admitted
	refused  []refusal
	locks    stripeSet     // of all claims in it
	batch    *pebble.Batch // nil: nothing was begun
	tail     Tail          // of the journal once the batch is durable
	err      error         // of those admitted: nothing was begun
}

type refusal struct {
	request *request
	err     error
}

// take waits for a free flight; nil once the store is dead.
func (w *shardWriter) take() *flight {
	select {
	case f := <-w.free:
		return f
	default:
	}
	select {
	case f := <-w.free:
		return f
	case <-w.db.e.dead:
		return nil
	}
}

// settled waits until nothing is under way; false once the store is dead.
func (w *shardWriter) settled() bool {
	var all [maxFlights]*flight
	for i := range all {
		if all[i] = w.take(); all[i] == nil {
			return false
		}
	}
	for _, f := range all {
		w.free <- f
	}
	return true
}

// land waits for one group after the other to be durable, and answers. It ends with run.
func (w *shardWriter) land() {
	defer w.db.writing.Done()
	for f := range w.begun {
		w.landed(f)
		w.flying.Add(-1)
		select {
		case w.landing <- struct{}{}:
		default: // it was not looked at since the last one
		}
		w.free <- f
	}
}

func (w *shardWriter) landed(f *flight) {
	err := f.err
	if f.batch != nil {
		err = w.sync(f)
		failpoint.Here("after commit")
	}
	w.db.claims.unlock(&f.locks)
	for _, r := range f.requests {
		r.done <- err
	}
	// A refusal tells of changes before it: they are durable by now, or it tells nothing.
	dead := w.db.e.err()
	for _, r := range f.refused {
		if dead != nil {
			r.err = dead
		}
		r.request.done <- r.err
	}
	clear(f.requests)
	clear(f.refused)
	*f = flight{requests: f.requests[:0], refused: f.refused[:0]}
}

func (w *shardWriter) sync(f *flight) error {
	w.syncSince.Store(w.db.opts.Now().UnixNano())
	defer w.syncSince.Store(0)
	if err := w.db.e.settle(f.batch); err != nil {
		return err
	}
	w.journal.at().landed(f.tail)
	w.db.fresh.landed(w.shard, f.requests, f.tail)
	if w.db.opts.Landed != nil {
		w.db.opts.Landed(w.shard)
	}
	if err := f.batch.Close(); err != nil {
		w.db.opts.Log.Errorf("release batch: %v", err) // it is durable all the same
	}
	return nil
}
