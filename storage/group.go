package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"pronto/internal/failpoint"
)

// Limits of one group: far above what waits in practice, so that they only bound
// memory and the latency of the group behind.
const (
	maxGroup      = 1024
	maxGroupBytes = 4 << 20
	cachedCounts  = 8 << 10 // entities whose count a shard remembers, times two
)

// shardWriter is the one goroutine that writes a shard. A second one answers, group by
// group, once each is durable (flight.go).
type shardWriter struct {
	db      *DB
	shard   Shard
	queue   chan *request
	journal *pebbleWriter
	free    chan *flight  // to build groups in
	begun   chan *flight  // in the order of the log
	flying  atomic.Int32  // groups under way
	landing chan struct{} // holds one when some landed since it was looked at
	// The unix times in ns at which the running commit and the running wait for a sync
	// began, else 0.
	commitSince, syncSince atomic.Int64

	accepted atomic.Uint64
	refused  atomic.Uint64
	groups   atomic.Uint64

	counts  countCache
	claims  groupClaims
	entries []Entry
	held    []Claim // backs Entry.Claims
	rows    rowSet
	key     []byte
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
	w.free, w.begun, w.landing = make(chan *flight, maxFlights), make(chan *flight, maxFlights), make(chan struct{}, 1)
	for range maxFlights {
		w.free <- &flight{}
	}
	return w, w.claim()
}

func (w *shardWriter) claim() error {
	journal, _, err := w.db.journal.claim(context.Background(), w.shard, w.db.opts.Who)
	if err != nil {
		journal = &pebbleWriter{shard: w.shard, dead: err}
	}
	journal.packs = true
	w.journal = journal
	w.counts.reset()
	return err
}

// run ends when the queue is closed and empty, or the store is dead: then nobody
// waits for it any more.
func (w *shardWriter) run() {
	defer w.db.writing.Done()
	defer close(w.begun)
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

// serve commits r together with everything that waits behind it, at the latest when
// there is a free flight. A small group waits, and grows, while another one is under
// way: begun on top of it, it would be durable no sooner by more than the time to build
// it, and many small groups cost up to a quarter more CPU than half as many.
func (w *shardWriter) serve(r *request) {
	f := w.take()
	if f == nil {
		return // dead
	}
	size := 0
	var alone *request
	for r != nil {
		switch {
		case !r.state.CompareAndSwap(requestQueued, requestTaken):
			w.db.free(r)
		case r.call != nil:
			alone = r
		default:
			f.requests = append(f.requests, r)
			size += r.bytes
		}
		if alone != nil || len(f.requests) == maxGroup || size >= maxGroupBytes {
			break
		}
		if r = w.poll(); r == nil && len(f.requests) < w.db.opts.overlap {
			r = w.next()
		}
	}
	w.commitGroup(f)
	if alone != nil && w.settled() {
		alone.done <- alone.call()
	}
}

// next is what comes next while a group is under way; nil: none is any more.
func (w *shardWriter) next() *request {
	for w.flying.Load() > 0 {
		select {
		case r := <-w.queue:
			return r
		case <-w.landing:
		case <-w.db.e.dead:
			return nil
		}
	}
	return nil
}

func (w *shardWriter) poll() *request {
	select {
	case r := <-w.queue: // nil once closed and empty
		return r
	default:
		return nil
	}
}

// commitGroup admits and begins the requests of f, which is on its way then.
func (w *shardWriter) commitGroup(f *flight) {
	for _, r := range f.requests {
		f.locks.addChange(&r.change)
	}
	w.db.claims.lock(w.shard, &f.locks)
	w.admitAll(f)
	if len(f.requests) > 0 {
		if f.err = w.commitBatch(f); f.err != nil {
			w.counts.reset() // holds counts that were not written
		}
		w.accepted.Add(uint64(len(f.requests)))
		w.groups.Add(1)
	}
	w.flying.Add(1)
	w.begun <- f
}

func (w *shardWriter) commitBatch(f *flight) error {
	w.commitSince.Store(w.db.opts.Now().UnixNano())
	defer w.commitSince.Store(0)
	b := w.db.e.p.NewBatchWithSize(w.rows.size() * 5 / 4) // the rest is for the record
	err := w.rows.fill(b)
	if err != nil {
		return fmt.Errorf("%w: build batch: %w", ErrUnavailable, err)
	}
	failpoint.Here("before commit")
	f.tail, err = w.journal.commit(b, latest(f.requests), w.entries, w.db.e.begin)
	if err == nil {
		f.batch = b
	}
	failpoint.Here("before sync")
	return err
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

// admitAll puts the changes that may be made into w.rows and w.entries; those that may
// not move to f.refused.
func (w *shardWriter) admitAll(f *flight) {
	clear(w.entries)
	clear(w.held)
	w.entries, w.held = w.entries[:0], w.held[:0]
	w.rows.reset()
	clear(w.claims.over)
	accepted := f.requests[:0]
	for _, r := range f.requests {
		if err := w.admit(&r.change); err != nil {
			w.refused.Add(1)
			f.refused = append(f.refused, refusal{r, err})
			continue
		}
		accepted = append(accepted, r)
		w.stage(&r.change)
	}
	clear(f.requests[len(accepted):])
	f.requests = accepted
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

// stage adds an admitted change to the rows and the record.
func (w *shardWriter) stage(c *Change) {
	from := len(w.held)
	w.held = w.claims.apply(c, w.held)
	held := w.held[from:len(w.held):len(w.held)]
	if len(c.Events)+len(c.Release)+len(held) > 0 {
		w.entries = append(w.entries, Entry{
			Entity: c.Entity, First: c.Expect + 1, Time: c.Time,
			Events: c.Events, Releases: c.Release, Claims: held,
		})
	}
	w.stageEntity(c)
	for _, key := range c.Release {
		w.rows.key(appendSpaceKey(w.rows.room(), spaceClaim, key)) // without a value: deleted
	}
	for _, cl := range held {
		w.setRow(spaceClaim, cl.Key, cl.Value)
	}
	for _, key := range c.Delete {
		w.rows.key(appendSpaceKey(w.rows.room(), spaceIndex, key))
	}
	for _, r := range c.Set {
		w.setRow(spaceIndex, r.Key, r.Value)
	}
}

func (w *shardWriter) stageEntity(c *Change) {
	ns := c.Time.UnixNano()
	for i, ev := range c.Events {
		w.rows.key(appendHistoryKey(w.rows.room(), c.Entity, c.Expect+1+uint64(i)))
		w.rows.value(appendHistory(w.rows.room(), ns, ev))
	}
	count := c.Expect + uint64(len(c.Events))
	if len(c.Events) > 0 {
		w.rows.key(appendEntityKey(w.rows.room(), spaceHead, c.Entity))
		w.rows.value(appendHead(w.rows.room(), w.shard, count))
		w.counts.set(c.Entity, count)
	}
	if c.State != nil {
		w.rows.key(appendEntityKey(w.rows.room(), spaceState, c.Entity))
		w.rows.value(append(binary.AppendUvarint(w.rows.room(), count), c.State...))
	}
}

func (w *shardWriter) setRow(space byte, key, value []byte) {
	w.rows.key(appendSpaceKey(w.rows.room(), space, key))
	w.rows.value(append(append(w.rows.room(), byte(w.shard)), value...))
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
