package storage

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// Row is an index row.
type Row struct {
	Key   []byte
	Value []byte
}

// Change is everything one decision makes durable, all or nothing. Its memory
// belongs to the store until Commit returned.
type Change struct {
	Shard Shard
	Time  time.Time
	// Entity is the id whose history Events extend. It may be empty if there are no
	// events and no state.
	Entity string
	// Expect is the number of events the entity must have before this change, 0 for a
	// new one; else *Stale.
	Expect uint64
	Events []Event
	// State is the entity after these events; nil leaves the stored one, and readers
	// fold the events after it.
	State []byte
	// Set and Delete change index rows. They are not journalled.
	Set    []Row
	Delete [][]byte
	// Texts are those of messages and notes among the events. They are found from when Commit returned.
	Texts []Text
	// Release gives keys back before Claim takes some. A key that is free may be
	// released. One of another shard is *Taken.
	Release [][]byte
	// Claim takes keys; one that has another value is *Taken, the same value is fine.
	Claim []Claim
	// Vacant are keys that nobody may hold when the change is committed; else it is *Taken.
	Vacant [][]byte
}

func (c *Change) check() error {
	if c.Shard >= Shards {
		return fmt.Errorf("shard %d: %w", c.Shard, ErrInvalid)
	}
	if c.Entity != "" || len(c.Events) > 0 || c.State != nil {
		if err := checkEntity(c.Entity); err != nil {
			return err
		}
	}
	if y := c.Time.Year(); len(c.Events) > 0 && (y < 1970 || y > 2200) {
		return fmt.Errorf("time %v: %w", c.Time, ErrInvalid)
	}
	if c.State != nil && c.Expect == 0 && len(c.Events) == 0 {
		return fmt.Errorf("state of %s without an event: %w", c.Entity, ErrInvalid)
	}
	for _, r := range c.Set {
		if err := checkIndexKey(r.Key); err != nil {
			return err
		}
	}
	for _, k := range c.Delete {
		if err := checkIndexKey(k); err != nil {
			return err
		}
	}
	return c.checkClaims()
}

func (c *Change) checkClaims() error {
	for _, keys := range [...][][]byte{c.Release, c.Vacant} {
		for _, k := range keys {
			if err := checkKey(k); err != nil {
				return err
			}
		}
	}
	for _, cl := range c.Claim {
		if err := checkKey(cl.Key); err != nil {
			return err
		}
	}
	return nil
}

func checkIndexKey(key []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if key[0] == reserved {
		return fmt.Errorf("index key %q is reserved: %w", key, ErrInvalid)
	}
	return nil
}

// size is about what the change adds to a batch.
func (c *Change) size() int {
	n := 64 + 4*len(c.Entity) + len(c.State)
	for i := range c.Events {
		n += 2*len(c.Events[i].Data) + len(c.Entity) + 32
	}
	for i := range c.Set {
		n += len(c.Set[i].Key) + len(c.Set[i].Value) + 8
	}
	for _, k := range c.Delete {
		n += len(k) + 8
	}
	for i := range c.Claim {
		n += 2 * (len(c.Claim[i].Key) + len(c.Claim[i].Value) + 8)
	}
	for _, k := range c.Release {
		n += 2 * (len(k) + 8)
	}
	return n
}

// request is a change on its way through a shard's queue.
type request struct {
	change Change
	bytes  int
	call   func() error // instead of a change: runs alone in the shard's goroutine
	state  atomic.Int32
	done   chan error // holds one: the writer never waits for the caller
}

const (
	requestQueued int32 = iota
	requestTaken
	requestGone // the caller gave up; the writer drops it
)

func newRequest() any { return &request{done: make(chan error, 1)} }

func (db *DB) free(r *request) {
	r.change, r.call = Change{}, nil
	r.state.Store(requestQueued)
	db.requests.Put(r)
}

// Commit makes the change durable and then returns nil. While ctx allows, it waits
// in the shard's bounded queue: a ctx that ends there proves the change not
// written; after that, ctx is not looked at. See the package's errors.
func (db *DB) Commit(ctx context.Context, c Change) error {
	if err := c.check(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if err := db.commit(ctx, c); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// commit is Commit without the check of what callers may write.
func (db *DB) commit(ctx context.Context, c Change) error {
	size := c.size()
	if size > MaxChangeBytes {
		return fmt.Errorf("change of %d bytes: %w", size, ErrTooLarge)
	}
	if db.full.Load() {
		return ErrReadOnly
	}
	r := db.requests.Get().(*request)
	r.change, r.bytes = c, size
	return db.submit(ctx, c.Shard, r)
}

// call runs fn in the goroutine of the shard's writer, with no change in progress.
func (db *DB) call(ctx context.Context, shard Shard, fn func() error) error {
	r := db.requests.Get().(*request)
	r.call = fn
	return db.submit(ctx, shard, r)
}

func (db *DB) submit(ctx context.Context, shard Shard, r *request) error {
	if err := db.enqueue(ctx, shard, r); err != nil {
		return err
	}
	select {
	case err := <-r.done:
		db.free(r)
		return err
	case <-ctx.Done():
		if r.state.CompareAndSwap(requestQueued, requestGone) {
			return ctx.Err()
		}
	case <-db.e.dead:
		return db.outcome(r)
	}
	select {
	case err := <-r.done:
		db.free(r)
		return err
	case <-db.e.dead:
		return db.outcome(r)
	}
}

func (db *DB) enqueue(ctx context.Context, shard Shard, r *request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := db.entry.enter(); err != nil {
		return err
	}
	defer db.entry.leave()
	if err := db.e.err(); err != nil {
		return err
	}
	select {
	case db.writers[shard].queue <- r:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-db.e.dead:
		return db.e.err()
	}
}

// outcome is what can be said about r after the store died.
func (db *DB) outcome(r *request) error {
	if r.state.CompareAndSwap(requestQueued, requestGone) {
		return db.e.err()
	}
	select {
	case err := <-r.done:
		return err
	default:
		return db.e.unknown()
	}
}
