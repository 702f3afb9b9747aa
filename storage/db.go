package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"pronto/internal/failpoint"
)

// FormatVersion is the layout of rows that this release writes. It reads those before: 1 has plain values, journal rows that
// repeat what the history says of an event, and a row for each deadline, at the deadline.
const FormatVersion = 2

const (
	metaFormat    = "format"
	metaImporting = "importing" // + shard byte: an import was not finished
)

// DB is the open store.
type DB struct {
	opts    Options
	e       *engine
	lock    *pebble.Lock
	journal *pebbleJournal
	claims  stripes
	fresh   freshTexts
	writers [Shards]*shardWriter
	full    atomic.Bool // too little free space

	auditing sync.Mutex // of one append to the audit
	audit    auditTail
	// requests is not shared by stores: their channels may belong to a synctest bubble.
	requests sync.Pool

	entry   gate           // inside: changes being enqueued
	writing sync.WaitGroup // shard writers
	stop    chan struct{}  // ends the goroutines that watch and that write words
	watched sync.WaitGroup // those
}

// Open opens or creates the store in o.Dir and claims all its shards.
func Open(o Options) (*DB, error) {
	o.setDefaults()
	db, err := openEngine(o)
	if err != nil {
		return nil, fmt.Errorf("open storage %q: %w", o.Dir, err)
	}
	if err := db.start(); err != nil {
		return nil, fmt.Errorf("open storage %q: %w", o.Dir, errors.Join(err, db.shut()))
	}
	return db, nil
}

// openEngine opens Pebble and checks the format, without claiming a shard.
func openEngine(o Options) (*DB, error) {
	e := &engine{log: o.Log, exit: o.Fatal, onFail: o.Failed, read: o.Read, dead: make(chan struct{}), sync: pebble.Sync}
	if o.noSync || planted("ack_before_sync") {
		e.sync = pebble.NoSync
	}
	db := &DB{opts: o, e: e, stop: make(chan struct{})}
	db.requests.New = newRequest
	db.claims.init()
	db.fresh.init(o.FreshTexts)
	if err := o.checkExisting(); err != nil {
		return nil, err
	}
	if _, err := o.FS.Stat(o.Dir); err == nil {
		if db.lock, err = pebble.LockDirectory(o.Dir, o.FS); err != nil {
			return nil, fmt.Errorf("%w (%w)", ErrLocked, err)
		}
	}
	if err := e.guard(db.openPebble); err != nil {
		return nil, errors.Join(readError(err), db.unlock())
	}
	db.journal = newPebbleJournal(e, o.Now)
	if err := db.checkFormat(); err != nil {
		return nil, errors.Join(err, db.shut())
	}
	return db, nil
}

func (db *DB) unlock() error {
	if db.lock == nil {
		return nil
	}
	return db.lock.Close()
}

func (db *DB) checkFormat() error {
	v, err := db.e.get(db.e.p, metaKey(metaFormat))
	if errors.Is(err, ErrNotFound) {
		return db.writeFormat()
	}
	if err != nil {
		return fmt.Errorf("read format version: %w", err)
	}
	if len(v) != 4 {
		return corrupt("format version row")
	}
	have := binary.LittleEndian.Uint32(v)
	if have > FormatVersion {
		return fmt.Errorf("data is in format %d, this release reads up to %d: %w", have, FormatVersion, ErrNewerFormat)
	}
	if have < FormatVersion {
		return db.raiseFormat()
	}
	return nil
}

// raiseFormat keeps older releases from what is written from now on.
func (db *DB) raiseFormat() error {
	err := db.write(func(b *pebble.Batch) error {
		return b.Set(metaKey(metaFormat), binary.LittleEndian.AppendUint32(nil, FormatVersion), nil)
	})
	if err != nil {
		return fmt.Errorf("raise format version: %w", err)
	}
	return nil
}

func (db *DB) writeFormat() error {
	it, err := db.e.p.NewIter(nil)
	if err != nil {
		return readError(err)
	}
	empty := !it.First()
	if err := closeIter(it, nil); err != nil {
		return err
	}
	if !empty {
		return corrupt("there are rows but no format version")
	}
	b := db.e.p.NewBatch()
	if err := b.Set(metaKey(metaFormat), binary.LittleEndian.AppendUint32(nil, FormatVersion), nil); err != nil {
		return fmt.Errorf("write format version: %w", err)
	}
	if err := b.Set(metaKey(metaSearch), []byte{searchRules}, nil); err != nil {
		return fmt.Errorf("write search rules: %w", err)
	}
	if err := b.Set(metaKey(metaWaits), []byte{waitsRules}, nil); err != nil {
		return fmt.Errorf("write rules of waits: %w", err)
	}
	if err := db.e.write(b); err != nil {
		return fmt.Errorf("write format version: %w", err)
	}
	return b.Close()
}

func (db *DB) start() error {
	if err := db.checkSpace(); err != nil {
		return err
	}
	for s := range Shard(Shards) {
		failpoint.Here("recovery")
		w, err := newShardWriter(db, s)
		if err != nil {
			return err
		}
		db.writers[s] = w
	}
	if err := db.readFresh(); err != nil {
		return err
	}
	for _, w := range db.writers {
		db.writing.Add(2)
		go w.run()
		go w.land()
	}
	db.watched.Add(2)
	go db.watch()
	go db.writeFresh()
	return nil
}

// Journal is the journal beneath this store. Claiming a shard of it fences the
// store's own writer of that shard.
func (db *DB) Journal() Journal { return db.journal }

// Err is nil while the store can write, ErrReadOnly while the disk is too full, and
// an ErrUnavailable for good once it failed.
func (db *DB) Err() error {
	if err := db.e.err(); err != nil {
		return err
	}
	if db.full.Load() {
		return ErrReadOnly
	}
	return nil
}

// Failed is closed when the store became unavailable for good.
func (db *DB) Failed() <-chan struct{} { return db.e.dead }

// Close refuses new changes, waits for those already accepted and for running
// reads, and closes the files. A store that failed is not closed, only abandoned:
// the process should end.
func (db *DB) Close() error {
	enqueued, first := db.entry.close()
	if !first {
		return nil
	}
	close(db.stop)
	db.watched.Wait()
	if err := db.await(enqueued); err != nil {
		return fmt.Errorf("close storage: %w", errors.Join(err, db.shut()))
	}
	for _, w := range db.writers {
		close(w.queue)
	}
	written := make(chan struct{})
	go func() {
		db.writing.Wait()
		close(written)
	}()
	if err := db.await(written); err != nil {
		return fmt.Errorf("close storage: %w", errors.Join(err, db.shut()))
	}
	err := error(nil)
	if !db.opts.LeaveLog && !db.full.Load() {
		err = errors.Join(db.writeTexts(context.Background()), db.flush())
	}
	if err := errors.Join(err, db.shut()); err != nil {
		return fmt.Errorf("close storage: %w", err)
	}
	return nil
}

// flush moves the log into tables: the next start is faster, and every byte of a
// table is checked, while Pebble takes damage in the last 32 KiB of a log for an
// unfinished write. On a full disk it could hang.
func (db *DB) flush() error {
	if db.full.Load() {
		return nil
	}
	return db.e.guard(db.e.p.Flush)
}

// await waits for done, but not once the store is dead: it may hang then.
func (db *DB) await(done <-chan struct{}) error {
	select {
	case <-done:
	case <-db.e.dead:
	}
	return db.e.err()
}

func (db *DB) shut() error {
	left, _ := db.e.reads.close()
	if err := db.await(left); err != nil {
		go func() { // may hang, but otherwise stops Pebble from retrying for ever
			<-left
			_ = db.e.guard(db.e.p.Close)
		}()
		return err
	}
	return errors.Join(db.e.guard(db.e.p.Close), db.unlock())
}

// Checkpoint makes a consistent copy of everything durable, as a store of its own
// in dir, which must not exist. It shares unchanged files by hard link and may run
// while changes are committed.
func (db *DB) Checkpoint(ctx context.Context, dir string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := db.e.reads.enter(); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	defer db.e.reads.leave()
	if err := db.e.err(); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	err := db.flush() // a checkpoint of tables is checked to the last byte
	if err == nil {
		failpoint.Here("checkpoint")
		err = db.e.guard(func() error { return db.e.p.Checkpoint(dir, pebble.WithFlushedWAL()) })
	}
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}
