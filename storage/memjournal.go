package storage

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Fault is what a MemJournal does to the next append of a shard.
type Fault uint8

// The faults.
const (
	FaultNone        Fault = iota
	FaultUnavailable       // not written, says so: ErrUnavailable
	FaultLost              // not written, outcome unknown to the writer: ErrUnknown
	FaultAnswerLost        // written, outcome unknown to the writer: ErrUnknown
)

// MemJournal is the model of a Journal: as exact as the durable ones, in memory,
// with faults on demand. It keeps encoded records, so that it checks the format too.
type MemJournal struct {
	now func() time.Time

	mu     sync.Mutex
	shards [Shards]memShard
}

type memShard struct {
	base     Tail
	tail     Tail
	records  [][]byte // base.Seq+1 …
	snapshot Seq
	fault    Fault
}

// NewMemJournal returns an empty journal; now dates the claim records.
func NewMemJournal(now func() time.Time) *MemJournal {
	return &MemJournal{now: now}
}

// Inject makes the next append to the shard fail. Claims count as appends.
func (j *MemJournal) Inject(shard Shard, f Fault) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.shards[shard].fault = f
}

// Damage calls fn with the stored bytes of a record, to change them in place.
func (j *MemJournal) Damage(shard Shard, seq Seq, fn func(raw []byte)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := &j.shards[shard]
	fn(s.records[seq-s.base.Seq-1])
}

// Claim implements Journal.
func (j *MemJournal) Claim(ctx context.Context, shard Shard, who string) (Writer, Tail, error) {
	if err := checkClaim(ctx, shard, who); err != nil {
		return nil, Tail{}, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	s := &j.shards[shard]
	rec := s.tail.next(shard, s.tail.Epoch+1, j.now())
	rec.Owner = who
	tail, err := s.append(&rec)
	if err != nil {
		return nil, Tail{}, fmt.Errorf("claim shard %d: %w", shard, err)
	}
	return &memWriter{journal: j, shard: shard, epoch: rec.Epoch}, tail, nil
}

func (s *memShard) append(rec *Record) (Tail, error) {
	fault := s.fault
	s.fault = FaultNone
	switch fault {
	case FaultUnavailable:
		return Tail{}, ErrUnavailable
	case FaultLost:
		return Tail{}, ErrUnknown
	case FaultNone, FaultAnswerLost:
	}
	raw := AppendRecord(nil, rec)
	if len(raw) > MaxRecordBytes {
		return Tail{}, ErrTooLarge
	}
	s.records = append(s.records, raw)
	s.tail = rec.after(raw)
	if fault == FaultAnswerLost {
		return Tail{}, ErrUnknown
	}
	return s.tail, nil
}

type memWriter struct {
	journal *MemJournal
	shard   Shard
	epoch   Epoch
	dead    error
}

// Append implements Writer.
func (w *memWriter) Append(ctx context.Context, now time.Time, entries []Entry) (Tail, error) {
	if w.dead != nil {
		return Tail{}, deadWriter(w.shard, w.dead)
	}
	if err := checkAppend(ctx, entries); err != nil {
		return Tail{}, err
	}
	j := w.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	s := &j.shards[w.shard]
	if s.tail.Epoch != w.epoch {
		w.dead = ErrFenced
		return Tail{}, fmt.Errorf("append journal shard %d: %w", w.shard, ErrFenced)
	}
	rec := s.tail.next(w.shard, w.epoch, now)
	rec.Entries = entries
	tail, err := s.append(&rec)
	if err != nil {
		if mayBeWritten(err) {
			w.dead = err
		}
		return Tail{}, fmt.Errorf("append journal shard %d: %w", w.shard, err)
	}
	return tail, nil
}

// Follow implements Journal.
func (j *MemJournal) Follow(ctx context.Context, shard Shard, from Tail, fn func(Record) error) error {
	j.mu.Lock()
	s := j.shards[shard]
	j.mu.Unlock()
	if err := checkFrom(shard, from, s.base, s.tail); err != nil {
		return err
	}
	for at := from; at.Seq < s.tail.Seq; {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("follow journal: %w", err)
		}
		rec, next, err := at.advance(shard, s.records[at.Seq-s.base.Seq])
		if err != nil {
			return fmt.Errorf("follow journal: %w", err)
		}
		if err := fn(rec); err != nil {
			return err
		}
		at = next
	}
	return nil
}

// Snapshot implements Journal.
func (j *MemJournal) Snapshot(_ context.Context, shard Shard, seq Seq) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := &j.shards[shard]
	if seq > s.tail.Seq {
		return fmt.Errorf("snapshot at %d, journal ends at %d: %w", seq, s.tail.Seq, ErrInvalid)
	}
	s.snapshot = max(s.snapshot, seq)
	return nil
}

// Trim implements Journal.
func (j *MemJournal) Trim(_ context.Context, shard Shard, below Seq) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := &j.shards[shard]
	if err := checkTrim(below, s.snapshot); err != nil {
		return err
	}
	for s.base.Seq+1 < below {
		_, next, err := s.base.advance(shard, s.records[0])
		if err != nil {
			return fmt.Errorf("trim journal: %w", err)
		}
		s.base, s.records = next, s.records[1:]
	}
	return nil
}

// Bounds implements Journal.
func (j *MemJournal) Bounds(_ context.Context, shard Shard) (base, tail Tail, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.shards[shard].base, j.shards[shard].tail, nil
}
