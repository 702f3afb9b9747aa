package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// Limits of one group: far above what waits in practice, so that they only bound
// memory and the latency of the group behind.
const (
	maxGroup      = 1024
	maxGroupBytes = 4 << 20
	cachedCounts  = 8 << 10 // entities whose count a shard remembers, times two
)

// shardWriter is the one goroutine that writes a shard.
type shardWriter struct {
	db      *DB
	shard   Shard
	queue   chan *request
	journal *pebbleWriter
	// busySince is the unix time in ns at which the running commit began, else 0.
	busySince atomic.Int64
	accepted  atomic.Uint64
	refused   atomic.Uint64
	groups    atomic.Uint64

	counts  countCache
	claims  groupClaims
	group   []*request
	entries []Entry
	held    []Claim // backs Entry.Claims
	key     []byte
	value   []byte
}

func newShardWriter(db *DB, shard Shard) (*shardWriter, error) {
	if _, err := db.e.get(db.e.p, importingKey(shard)); err == nil {
		if err := db.wipe(shard); err != nil {
			return nil, err
		}
	} else if !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	w := &shardWriter{db: db, shard: shard, queue: make(chan *request, db.opts.QueueLength)}
	w.claims = groupClaims{db: db, over: map[string]holding{}}
	return w, w.claim()
}

func (w *shardWriter) claim() error {
	journal, _, err := w.db.journal.claim(context.Background(), w.shard, w.db.opts.Who)
	if err != nil {
		journal = &pebbleWriter{shard: w.shard, dead: err}
	}
	w.journal = journal
	w.counts.reset()
	return err
}

// run ends when the queue is closed and empty, or the store is dead: then nobody
// waits for it any more.
func (w *shardWriter) run() {
	defer w.db.writing.Done()
	for {
		select {
		case <-w.db.e.dead:
			return
		case r, ok := <-w.queue:
			if !ok {
				return
			}
			w.serve(r)
		}
	}
}

// serve commits r together with everything that waits behind it.
func (w *shardWriter) serve(r *request) {
	w.group = w.group[:0]
	size := 0
	var alone *request
	for r != nil {
		switch {
		case !r.state.CompareAndSwap(requestQueued, requestTaken):
			w.db.free(r)
		case r.call != nil:
			alone = r
		default:
			w.group = append(w.group, r)
			size += r.bytes
		}
		if alone != nil || len(w.group) == maxGroup || size >= maxGroupBytes {
			break
		}
		r = w.poll()
	}
	if len(w.group) > 0 {
		w.commitGroup()
	}
	if alone != nil {
		alone.done <- alone.call()
	}
}

func (w *shardWriter) poll() *request {
	select {
	case r := <-w.queue: // nil once closed and empty
		return r
	default:
		return nil
	}
}

// commitGroup answers every request of the group: those refused with their own
// error, the others with the outcome of the one commit.
func (w *shardWriter) commitGroup() {
	var locks stripeSet
	for _, r := range w.group {
		locks.addChange(&r.change)
	}
	w.db.claims.lock(&locks)
	defer w.db.claims.unlock(&locks)

	b := w.db.e.p.NewBatch()
	accepted, err := w.admitAll(b)
	if len(accepted) == 0 {
		_ = b.Close() // never committed: nothing to lose
		return
	}
	if err == nil {
		err = w.commitBatch(b, latest(accepted))
	}
	if err != nil {
		w.counts.reset() // holds counts that were not written
	}
	w.accepted.Add(uint64(len(accepted)))
	w.groups.Add(1)
	for _, r := range accepted {
		r.done <- err
	}
}

func (w *shardWriter) commitBatch(b *pebble.Batch, now time.Time) error {
	w.busySince.Store(w.db.opts.Now().UnixNano())
	defer w.busySince.Store(0)
	if _, err := w.journal.commit(b, now, w.entries, w.db.e.apply); err != nil {
		return err
	}
	if err := b.Close(); err != nil {
		w.db.opts.Log.Errorf("release batch: %v", err) // it is durable all the same
	}
	return nil
}

func latest(group []*request) time.Time {
	var t time.Time
	for _, r := range group {
		if r.change.Time.After(t) {
			t = r.change.Time
		}
	}
	return t
}

// admitAll puts the changes that may be made into the batch and w.entries, and
// answers the others. After an error the batch is half full and must be dropped; it
// goes to all the requests returned. They reuse the memory of w.group.
func (w *shardWriter) admitAll(b *pebble.Batch) ([]*request, error) {
	clear(w.entries)
	clear(w.held)
	w.entries, w.held = w.entries[:0], w.held[:0]
	clear(w.claims.over)
	var broken error
	accepted := w.group[:0]
	for _, r := range w.group {
		if err := w.admit(&r.change); err != nil {
			w.refused.Add(1)
			r.done <- err
			continue
		}
		accepted = append(accepted, r)
		if err := w.stage(b, &r.change); err != nil && broken == nil {
			broken = fmt.Errorf("%w: build batch: %w", ErrUnavailable, err)
		}
	}
	return accepted, broken
}

// admit checks the change against the store and the group so far. It changes nothing.
func (w *shardWriter) admit(c *Change) error {
	if c.Entity != "" {
		have, err := w.count(c.Entity)
		if err != nil {
			return err
		}
		if have != c.Expect && !planted("no_version_check") {
			return &Stale{Entity: c.Entity, Have: have}
		}
	}
	return w.claims.check(c)
}

// count is the number of events of the entity, including those in this group.
func (w *shardWriter) count(entity string) (uint64, error) {
	if n, ok := w.counts.get(entity); ok {
		return n, nil
	}
	w.key = appendEntityKey(w.key[:0], spaceHead, entity)
	v, closer, err := w.db.e.p.Get(w.key)
	if errors.Is(err, pebble.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, readError(err)
	}
	shard, n, err := decodeHead(v)
	if cerr := closer.Close(); err == nil && cerr != nil {
		return 0, readError(cerr)
	}
	if err == nil && shard != w.shard {
		return 0, fmt.Errorf("entity %s belongs to shard %d: %w", entity, shard, ErrInvalid)
	}
	return n, err
}

// stage adds an admitted change to the batch and the record.
func (w *shardWriter) stage(b *pebble.Batch, c *Change) error {
	from := len(w.held)
	var err error
	if w.held, err = w.claims.apply(c, w.held); err != nil {
		return err
	}
	held := w.held[from:len(w.held):len(w.held)]
	if len(c.Events)+len(c.Release)+len(held) > 0 {
		w.entries = append(w.entries, Entry{
			Entity: c.Entity, First: c.Expect + 1, Time: c.Time,
			Events: c.Events, Releases: c.Release, Claims: held,
		})
	}
	if err := w.stageEntity(b, c); err != nil {
		return err
	}
	for _, key := range c.Release {
		w.key = appendSpaceKey(w.key[:0], spaceClaim, key)
		if err := b.Delete(w.key, nil); err != nil {
			return err
		}
	}
	for _, cl := range held {
		if err := w.setRow(b, spaceClaim, cl.Key, cl.Value); err != nil {
			return err
		}
	}
	for _, key := range c.Delete {
		w.key = appendSpaceKey(w.key[:0], spaceIndex, key)
		if err := b.Delete(w.key, nil); err != nil {
			return err
		}
	}
	for _, r := range c.Set {
		if err := w.setRow(b, spaceIndex, r.Key, r.Value); err != nil {
			return err
		}
	}
	return nil
}

func (w *shardWriter) stageEntity(b *pebble.Batch, c *Change) error {
	ns := c.Time.UnixNano()
	for i, ev := range c.Events {
		w.key = appendHistoryKey(w.key[:0], c.Entity, c.Expect+1+uint64(i))
		w.value = appendHistory(w.value[:0], ns, ev)
		if err := b.Set(w.key, w.value, nil); err != nil {
			return err
		}
	}
	count := c.Expect + uint64(len(c.Events))
	if len(c.Events) > 0 {
		w.key = appendEntityKey(w.key[:0], spaceHead, c.Entity)
		w.value = appendHead(w.value[:0], w.shard, count)
		if err := b.Set(w.key, w.value, nil); err != nil {
			return err
		}
		w.counts.set(c.Entity, count)
	}
	if c.State == nil {
		return nil
	}
	w.key = appendEntityKey(w.key[:0], spaceState, c.Entity)
	w.value = append(binary.AppendUvarint(w.value[:0], count), c.State...)
	return b.Set(w.key, w.value, nil)
}

func (w *shardWriter) setRow(b *pebble.Batch, space byte, key, value []byte) error {
	w.key = appendSpaceKey(w.key[:0], space, key)
	w.value = append(append(w.value[:0], byte(w.shard)), value...)
	return b.Set(w.key, w.value, nil)
}

// countCache remembers the event counts of the entities used last: two generations
// of a map, so that forgetting costs nothing.
type countCache struct {
	young, old map[string]uint64
}

func (c *countCache) reset() {
	c.young, c.old = map[string]uint64{}, nil
}

func (c *countCache) get(entity string) (uint64, bool) {
	n, ok := c.young[entity]
	if ok {
		return n, true
	}
	if n, ok = c.old[entity]; ok {
		c.set(entity, n)
	}
	return n, ok
}

func (c *countCache) set(entity string, n uint64) {
	if len(c.young) >= cachedCounts {
		c.young, c.old = make(map[string]uint64, cachedCounts), c.young
	}
	c.young[entity] = n
}
