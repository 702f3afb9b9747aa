package storage

import (
	"context"
	"crypto/sha256"
	"time"
)

// Shards is the number of journal shards, fixed for the life of the format.
const Shards = 16

// Shard is the number of a journal shard, 0 to Shards-1.
type Shard uint8

// Seq is the position of a record in its shard, dense from 1.
type Seq uint64

// Epoch counts the claims of a shard. Every record carries the epoch of its writer.
type Epoch uint64

// Hash is the SHA-256 of an encoded record.
type Hash [sha256.Size]byte

// Tail is the position after a record. The zero Tail is before the first.
type Tail struct {
	Seq   Seq
	Epoch Epoch
	Hash  Hash
	Time  time.Time
}

// Event is one fact. Types below 16 are reserved for this package.
type Event struct {
	Type uint16
	Data []byte
}

// Claim takes Key for Value.
type Claim struct {
	Key   []byte
	Value []byte
}

// Entry is what one change put into a record: events First, First+1 … of Entity,
// then its releases, then its claims.
type Entry struct {
	Entity   string
	First    uint64
	Time     time.Time // of the change, exact
	Events   []Event
	Releases [][]byte
	Claims   []Claim
}

// Record is one journal record: either the claim of a shard by Owner, or entries.
type Record struct {
	Shard    Shard
	Seq      Seq
	Epoch    Epoch
	PrevHash Hash
	Time     time.Time // never before that of the previous record
	Owner    string    // in a claim record; then Entries is empty
	Entries  []Entry
}

// Journal is the fenced, hash-chained log. Implementations share one conformance
// suite (journaltest).
type Journal interface {
	// Claim makes the caller the shard's only writer by appending a record of the next
	// epoch. The Tail returned is that of the claim record.
	Claim(ctx context.Context, shard Shard, who string) (Writer, Tail, error)
	// Follow calls fn for each record after from that was durable when Follow was
	// called, in order, verifying the chain. The record is only valid during the call.
	// A from that is not on this chain is ErrCorrupt, one before the oldest record
	// ErrTrimmed. The error of fn ends it and is returned as it is.
	Follow(ctx context.Context, shard Shard, from Tail, fn func(Record) error) error
	// Snapshot declares that everything up to and including seq is kept outside the
	// journal, and so may be trimmed. It only moves forward.
	Snapshot(ctx context.Context, shard Shard, seq Seq) error
	// Trim deletes the records below seq. What remains still verifies. It refuses with
	// ErrInvalid to delete a record above the snapshot position.
	Trim(ctx context.Context, shard Shard, below Seq) error
	// Bounds returns the tail of the last trimmed record (zero: none) and of the last durable one.
	Bounds(ctx context.Context, shard Shard) (base, tail Tail, err error)
}

// Writer appends to one shard, from one goroutine. After ErrFenced or ErrUnknown it
// is dead; every other error proves that nothing was written, and it may go on.
type Writer interface {
	// Append makes the entries durable as record Tail().Seq+1 of this writer's epoch.
	// A now before the time of the previous record is replaced by that.
	Append(ctx context.Context, now time.Time, entries []Entry) (Tail, error)
}

// next turns the tail into the header of the record after it.
func (t Tail) next(shard Shard, epoch Epoch, now time.Time) Record {
	if now.UnixNano() < t.Time.UnixNano() || now.IsZero() {
		now = t.Time
	}
	return Record{Shard: shard, Seq: t.Seq + 1, Epoch: epoch, PrevHash: t.Hash, Time: unixNano(now.UnixNano())}
}

// after is the tail once rec, encoded as raw, is on the chain.
func (rec *Record) after(raw []byte) Tail {
	return Tail{Seq: rec.Seq, Epoch: rec.Epoch, Hash: sha256.Sum256(raw), Time: rec.Time}
}

// advance decodes raw and checks that it continues the chain at tail.
func (t Tail) advance(shard Shard, raw []byte) (Record, Tail, error) {
	rec, err := DecodeRecord(raw)
	if err != nil {
		return Record{}, Tail{}, err
	}
	at := func(what string) error {
		return corrupt("shard %d record %d: %s", shard, t.Seq+1, what)
	}
	switch {
	case rec.Shard != shard:
		return Record{}, Tail{}, at("belongs to another shard")
	case rec.Seq != t.Seq+1:
		return Record{}, Tail{}, at("position is not dense")
	case rec.PrevHash != t.Hash:
		return Record{}, Tail{}, at("hash chain is broken")
	case rec.Owner != "" && rec.Epoch != t.Epoch+1:
		return Record{}, Tail{}, at("claim does not raise the epoch by one")
	case rec.Owner == "" && (rec.Epoch != t.Epoch || rec.Epoch == 0):
		return Record{}, Tail{}, at("epoch is not that of the last claim")
	case t.Seq > 0 && rec.Time.Before(t.Time):
		return Record{}, Tail{}, at("time goes backwards")
	}
	return rec, rec.after(raw), nil
}
