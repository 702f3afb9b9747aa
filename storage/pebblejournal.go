package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// pebbleJournal is the Journal in the store's own Pebble database.
type pebbleJournal struct {
	e      *engine
	now    func() time.Time
	shards [Shards]journalShard
}

type journalShard struct {
	// write is held from staging a record until its place in the log is fixed.
	write  sync.Mutex
	loaded bool
	staged Tail // after the last record staged; guarded by write

	// mu guards what readers may see: the durable positions.
	mu       sync.Mutex
	base     Tail
	tail     Tail
	snapshot Seq
}

func newPebbleJournal(e *engine, now func() time.Time) *pebbleJournal {
	return &pebbleJournal{e: e, now: now}
}

func (s *journalShard) bounds() (base, tail Tail, snapshot Seq) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.base, s.tail, s.snapshot
}

// landed shows readers that everything up to tail is durable.
func (s *journalShard) landed(tail Tail) {
	s.set(func() {
		if tail.Seq > s.tail.Seq {
			s.tail = tail
		}
	})
}

func (s *journalShard) set(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn()
}

// open returns the shard, with its positions read from disk, and its write lock held.
func (j *pebbleJournal) open(shard Shard) (*journalShard, error) {
	if shard >= Shards {
		return nil, fmt.Errorf("shard %d: %w", shard, ErrInvalid)
	}
	s := &j.shards[shard]
	s.write.Lock()
	if s.loaded {
		return s, nil
	}
	base, tail, snapshot, err := j.load(shard)
	if err != nil {
		s.write.Unlock()
		return nil, fmt.Errorf("read tail of shard %d: %w", shard, err)
	}
	s.set(func() { s.base, s.tail, s.snapshot = base, tail, snapshot })
	s.staged = tail
	s.loaded = true
	return s, nil
}

// forget makes the next use of the shard read its positions from disk again.
func (j *pebbleJournal) forget(shard Shard) {
	s := &j.shards[shard]
	s.write.Lock()
	defer s.write.Unlock()
	s.loaded, s.staged = false, Tail{}
	s.set(func() { s.base, s.tail, s.snapshot = Tail{}, Tail{}, 0 })
}

func (j *pebbleJournal) load(shard Shard) (base, tail Tail, snapshot Seq, err error) {
	if v, err := j.e.get(j.e.p, tailKey(shard, tailBase)); err == nil {
		if base, err = decodeTail(v); err != nil {
			return base, tail, 0, err
		}
	} else if !errors.Is(err, ErrNotFound) {
		return base, tail, 0, err
	}
	if v, err := j.e.get(j.e.p, tailKey(shard, tailSnapshot)); err == nil && len(v) == 8 {
		snapshot = Seq(binary.LittleEndian.Uint64(v))
	} else if !errors.Is(err, ErrNotFound) {
		return base, tail, 0, errors.Join(corrupt("snapshot row"), err)
	}
	tail, err = lastRecord(j.e.p, shard, base)
	return base, tail, snapshot, err
}

// Claim implements Journal.
func (j *pebbleJournal) Claim(ctx context.Context, shard Shard, who string) (w Writer, tail Tail, err error) {
	err = j.e.use(func() error {
		w, tail, err = j.claim(ctx, shard, who)
		return err
	})
	return w, tail, err
}

func (j *pebbleJournal) claim(ctx context.Context, shard Shard, who string) (*pebbleWriter, Tail, error) {
	if err := checkClaim(ctx, shard, who); err != nil {
		return nil, Tail{}, err
	}
	s, err := j.open(shard)
	if err != nil {
		return nil, Tail{}, err
	}
	defer s.write.Unlock()
	rec := s.staged.next(shard, s.staged.Epoch+1, j.now())
	rec.Owner = who
	w := &pebbleWriter{journal: j, shard: shard, epoch: rec.Epoch}
	b := j.e.p.NewBatch()
	tail, err := w.put(b, &rec)
	if err == nil {
		err = j.e.write(b)
	}
	if err != nil {
		return nil, Tail{}, fmt.Errorf("claim shard %d: %w", shard, err)
	}
	s.staged = tail
	s.landed(tail)
	return w, tail, b.Close()
}

// Follow implements Journal.
func (j *pebbleJournal) Follow(ctx context.Context, shard Shard, from Tail, fn func(Record) error) error {
	base, tail, err := j.Bounds(ctx, shard)
	if err != nil {
		return err
	}
	if err := checkFrom(shard, from, base, tail); err != nil {
		return err
	}
	err = j.e.use(func() error {
		part := chain{r: j.e.p, shard: shard, from: from, last: tail.Seq}
		return part.each(ctx, func(rec Record, _ []byte, _ Tail) error { return fn(rec) })
	})
	if base, _, _ := j.shards[shard].bounds(); errors.Is(err, ErrCorrupt) && from.Seq < base.Seq {
		return checkFrom(shard, from, base, tail) // trimmed meanwhile
	}
	return err
}

// Snapshot implements Journal.
func (j *pebbleJournal) Snapshot(_ context.Context, shard Shard, seq Seq) error {
	return j.e.use(func() error { return j.setSnapshot(shard, seq) })
}

func (j *pebbleJournal) setSnapshot(shard Shard, seq Seq) error {
	s, err := j.open(shard)
	if err != nil {
		return err
	}
	defer s.write.Unlock()
	_, tail, have := s.bounds()
	if seq > tail.Seq {
		return fmt.Errorf("snapshot at %d, journal ends at %d: %w", seq, tail.Seq, ErrInvalid)
	}
	if seq <= have {
		return nil
	}
	b := j.e.p.NewBatch()
	if err := b.Set(tailKey(shard, tailSnapshot), binary.LittleEndian.AppendUint64(nil, uint64(seq)), nil); err != nil {
		return fmt.Errorf("snapshot journal: %w", err)
	}
	if err := j.e.write(b); err != nil {
		return fmt.Errorf("snapshot journal: %w", err)
	}
	s.set(func() { s.snapshot = seq })
	return b.Close()
}

// Trim implements Journal.
func (j *pebbleJournal) Trim(ctx context.Context, shard Shard, below Seq) error {
	return j.e.use(func() error { return j.trim(ctx, shard, below) })
}

func (j *pebbleJournal) trim(ctx context.Context, shard Shard, below Seq) error {
	base, _, err := j.Bounds(ctx, shard)
	if err != nil {
		return err
	}
	_, _, snapshot := j.shards[shard].bounds()
	if err := checkTrim(below, snapshot); err != nil || below <= base.Seq+1 {
		return err
	}
	// Records do not change, so the long walk needs no lock: commits go on.
	cut := base
	part := chain{r: j.e.p, shard: shard, from: base, last: below - 1}
	err = part.each(ctx, func(_ Record, _ []byte, next Tail) error {
		cut = next
		return nil
	})
	if err != nil {
		return fmt.Errorf("trim journal: %w", err)
	}
	return j.cut(shard, cut)
}

// cut deletes the records up to and including base.
func (j *pebbleJournal) cut(shard Shard, base Tail) error {
	s, err := j.open(shard)
	if err != nil {
		return err
	}
	defer s.write.Unlock()
	if have, _, _ := s.bounds(); have.Seq >= base.Seq {
		return nil // somebody else was faster
	}
	b := j.e.p.NewBatch()
	err = b.DeleteRange(appendJournalKey(nil, shard, 0), appendJournalKey(nil, shard, base.Seq+1), nil)
	if err == nil {
		err = b.Set(tailKey(shard, tailBase), appendTail(nil, base), nil)
	}
	if err == nil {
		err = j.e.write(b)
	}
	if err != nil {
		return fmt.Errorf("trim journal: %w", err)
	}
	s.set(func() { s.base = base })
	return b.Close()
}

// Bounds implements Journal.
func (j *pebbleJournal) Bounds(_ context.Context, shard Shard) (base, tail Tail, err error) {
	if shard >= Shards {
		return base, tail, fmt.Errorf("shard %d: %w", shard, ErrInvalid)
	}
	s := &j.shards[shard]
	if base, tail, _ = s.bounds(); tail.Seq > 0 {
		return base, tail, nil
	}
	err = j.e.use(func() error {
		if s, err = j.open(shard); err == nil {
			s.write.Unlock()
		}
		return err
	})
	base, tail, _ = s.bounds()
	return base, tail, err
}

// pebbleWriter writes one shard. A record may share its batch with rows.
type pebbleWriter struct {
	journal *pebbleJournal
	shard   Shard
	epoch   Epoch
	dead    error
	packs   bool // the batches also write the events to the history: records go without them
	raw     []byte
	row     []byte
}

// Append implements Writer.
func (w *pebbleWriter) Append(ctx context.Context, now time.Time, entries []Entry) (Tail, error) {
	if err := checkAppend(ctx, entries); err != nil {
		return Tail{}, err
	}
	var tail Tail
	err := w.journal.e.use(func() (err error) {
		b := w.journal.e.p.NewBatch()
		if tail, err = w.commit(b, now, entries, w.journal.e.write); err == nil {
			w.at().landed(tail)
		}
		return err
	})
	return tail, err
}

// commit puts the entries, if any, into the batch as the next record and begins the
// batch by apply: all of it or, by an error that is not ErrUnknown, nothing. The tail
// returned is for landed once the batch is durable.
func (w *pebbleWriter) commit(b *pebble.Batch, now time.Time, entries []Entry, apply func(*pebble.Batch) error) (Tail, error) {
	if w.dead != nil {
		return Tail{}, deadWriter(w.shard, w.dead)
	}
	s := w.at()
	s.write.Lock()
	defer s.write.Unlock()
	tail := s.staged
	if tail.Epoch != w.epoch && !planted("epoch_unchecked") {
		w.dead = ErrFenced
		return Tail{}, deadWriter(w.shard, w.dead)
	}
	if len(entries) > 0 {
		rec := tail.next(w.shard, w.epoch, now)
		rec.Entries = entries
		var err error
		if tail, err = w.put(b, &rec); err != nil {
			return Tail{}, fmt.Errorf("append journal shard %d: %w", w.shard, err)
		}
	}
	if err := apply(b); err != nil {
		if mayBeWritten(err) {
			w.dead = err
		}
		return Tail{}, fmt.Errorf("append journal shard %d: %w", w.shard, err)
	}
	s.staged = tail
	return tail, nil
}

func (w *pebbleWriter) at() *journalShard { return &w.journal.shards[w.shard] }

func (w *pebbleWriter) put(b *pebble.Batch, rec *Record) (Tail, error) {
	w.raw = AppendRecord(w.raw[:0], rec)
	if len(w.raw) > MaxRecordBytes {
		return Tail{}, ErrTooLarge
	}
	row := w.raw
	if w.packs {
		w.row = appendPacked(w.row[:0], rec, w.raw)
		row = w.row
	}
	op := b.SetDeferred(10, len(row))
	appendJournalKey(op.Key[:0], rec.Shard, rec.Seq)
	copy(op.Value, row)
	if err := op.Finish(); err != nil {
		return Tail{}, err
	}
	return rec.after(w.raw), nil
}
