package storage

import (
	"bytes"
	"context"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// chain is a stretch of a shard's records: those after from, up to and including last.
type chain struct {
	r     pebble.Reader
	shard Shard
	from  Tail
	last  Seq
}

// each verifies the records and calls fn with each, its bytes, and the tail after it.
func (c *chain) each(ctx context.Context, fn func(Record, []byte, Tail) error) (err error) {
	it, err := journalIter(c.r, c.shard, c.from.Seq+1, c.last+1)
	if err != nil {
		return fmt.Errorf("follow journal: %w", readError(err))
	}
	defer func() { err = closeIter(it, err) }()
	at, events := c.from, historyOf(c.r)
	for ok := it.First(); ok; ok = it.Next() {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("follow journal: %w", err)
		}
		raw, err := it.ValueAndErr()
		if err != nil {
			return fmt.Errorf("follow journal: %w", readError(err))
		}
		if raw, err = unpack(raw, c.shard, at.Seq+1, events); err != nil {
			return fmt.Errorf("follow journal: shard %d record %d: %w", c.shard, at.Seq+1, err)
		}
		rec, next, err := at.advance(c.shard, raw)
		if err != nil {
			return fmt.Errorf("follow journal: %w", err)
		}
		if err := fn(rec, raw, next); err != nil {
			return err
		}
		at = next
	}
	if err := it.Error(); err != nil {
		return fmt.Errorf("follow journal: %w", readError(err))
	}
	if at.Seq != c.last {
		return corrupt("shard %d: records after %d are missing", c.shard, at.Seq)
	}
	return nil
}

// lastRecord reads the position at the end of the shard; base if there is no record.
func lastRecord(r pebble.Reader, shard Shard, base Tail) (tail Tail, err error) {
	it, err := journalIter(r, shard, base.Seq+1, ^Seq(0))
	if err != nil {
		return Tail{}, readError(err)
	}
	defer func() { err = closeIter(it, err) }()
	if !it.Last() {
		return base, nil
	}
	raw, err := it.ValueAndErr()
	if err != nil {
		return Tail{}, readError(err)
	}
	_, seq, ok := splitJournalKey(it.Key())
	if !ok {
		return Tail{}, corrupt("journal key %q", it.Key())
	}
	if raw, err = unpack(raw, shard, seq, historyOf(r)); err != nil {
		return Tail{}, err
	}
	rec, err := DecodeRecord(raw)
	if err != nil {
		return Tail{}, err
	}
	if !bytes.Equal(it.Key(), appendJournalKey(nil, shard, rec.Seq)) {
		return Tail{}, corrupt("shard %d: record %d under another key", shard, rec.Seq)
	}
	return rec.after(raw), nil
}

// journalIter iterates over the records from … below.
func journalIter(r pebble.Reader, shard Shard, from, below Seq) (*pebble.Iterator, error) {
	return r.NewIter(&pebble.IterOptions{
		LowerBound: appendJournalKey(nil, shard, from),
		UpperBound: appendJournalKey(nil, shard, below),
	})
}

func closeIter(it *pebble.Iterator, err error) error {
	if cerr := it.Close(); err == nil && cerr != nil {
		return readError(cerr)
	}
	return err
}
