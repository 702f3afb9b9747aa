package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// write commits one small batch of rows.
func (db *DB) write(fill func(*pebble.Batch) error) error {
	b := db.e.p.NewBatch()
	if err := fill(b); err != nil {
		return err
	}
	return db.e.write(b)
}

// bulk commits many rows in batches that follow each other in order.
type bulk struct {
	db *DB
	b  *pebble.Batch
}

func (w *bulk) add(fill func(*pebble.Batch) error) error {
	if w.b == nil {
		w.b = w.db.e.p.NewBatch()
	}
	if err := fill(w.b); err != nil {
		return err
	}
	if w.b.Len() < w.db.opts.importBatch {
		return nil
	}
	return w.flush()
}

func (w *bulk) flush() error {
	b := w.b
	w.b = nil
	if b == nil {
		return nil
	}
	return w.db.e.write(b)
}

// wipe deletes every row of a shard and then the mark of its import. It may be
// repeated after a crash.
func (db *DB) wipe(shard Shard) error {
	out := &bulk{db: db}
	v := &verifier{ctx: context.Background(), r: db.e.p, e: db.e}
	owned := func(key, value []byte) error {
		if s, _, err := shardValue(value); err != nil || s != shard {
			return err
		}
		return out.add(func(b *pebble.Batch) error { return b.Delete(key, nil) })
	}
	err := errors.Join(v.each(spaceIndex, owned), v.each(spaceClaim, owned))
	if err == nil {
		err = v.each(spaceHead, func(key, value []byte) error {
			if s, _, err := decodeHead(value); err != nil || s != shard {
				return err
			}
			return out.add(func(b *pebble.Batch) error { return wipeEntity(b, bytes.Clone(key[1:])) })
		})
	}
	if err == nil {
		err = out.add(func(b *pebble.Batch) error { return wipeJournal(b, shard) })
	}
	if err == nil {
		err = out.flush()
	}
	if err != nil {
		return fmt.Errorf("wipe shard %d: %w", shard, err)
	}
	return nil
}

func wipeEntity(b *pebble.Batch, entity []byte) error {
	history := append(appendSpaceKey(nil, spaceHistory, entity), 0)
	return errors.Join(
		b.DeleteRange(history, keyAfter(history), nil),
		b.Delete(appendSpaceKey(nil, spaceState, entity), nil),
		b.Delete(appendSpaceKey(nil, spaceHead, entity), nil))
}

func wipeJournal(b *pebble.Batch, shard Shard) error {
	from, to := appendJournalKey(nil, shard, 0), appendJournalKey(nil, shard, ^Seq(0))
	return errors.Join(
		b.DeleteRange(from, to, nil),
		b.Delete(tailKey(shard, tailBase), nil),
		b.Delete(tailKey(shard, tailSnapshot), nil),
		b.Delete(tailKey(shard, tailWords), nil),
		b.Delete(importingKey(shard), nil))
}
