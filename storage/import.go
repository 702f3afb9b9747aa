package storage

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2"
)

// Import fills an empty shard (one without entries) with what Export wrote, and
// verifies it: the chain, and that the rows are what the journal adds up to. The
// shard waits meanwhile, the others go on. On an error, also after a crash, the
// shard is empty again. A key that another shard has claimed is *Taken.
func (db *DB) Import(ctx context.Context, r io.Reader) (Shard, error) {
	x, err := newExportReader(r)
	if err != nil {
		return 0, fmt.Errorf("import shard: %w", err)
	}
	if db.full.Load() {
		return x.shard, fmt.Errorf("import shard %d: %w", x.shard, ErrReadOnly)
	}
	db.fresh.marking.Lock()
	defer db.fresh.marking.Unlock()
	err = db.call(ctx, x.shard, func() error {
		im := &importer{ctx: ctx, db: db, w: db.writers[x.shard], x: x, heads: map[string]uint64{}}
		return im.run()
	})
	if err != nil {
		return x.shard, fmt.Errorf("import shard %d: %w", x.shard, err)
	}
	return x.shard, nil
}

// importer runs in the goroutine of the shard's writer.
type importer struct {
	ctx   context.Context
	db    *DB
	w     *shardWriter
	x     *exportReader
	batch *pebble.Batch
	locks stripeSet // of the claims in the batch
	tail  Tail
	heads map[string]uint64
}

func importingKey(shard Shard) []byte { return metaKey(fmt.Sprint(metaImporting, shard)) }

func (im *importer) run() error {
	empty, err := im.empty()
	if err != nil {
		return err
	}
	if !empty {
		return fmt.Errorf("shard is not empty: %w", ErrInvalid)
	}
	if err := im.begin(); err != nil {
		return err
	}
	err = im.fill()
	if err == nil {
		err = im.verify()
	}
	if err == nil {
		err = im.end()
	}
	if err != nil {
		err = errors.Join(err, im.db.wipe(im.x.shard))
	}
	im.db.journal.forget(im.x.shard)
	return errors.Join(err, im.w.claim())
}

// empty reports whether nothing but claims of the shard was ever written to it.
func (im *importer) empty() (bool, error) {
	base, _, err := im.db.journal.Bounds(im.ctx, im.x.shard)
	if err != nil || base.Seq > 0 {
		return false, err
	}
	err = im.db.journal.Follow(im.ctx, im.x.shard, Tail{}, func(r Record) error {
		if r.Owner == "" {
			return ErrStop
		}
		return nil
	})
	if errors.Is(err, ErrStop) {
		return false, nil
	}
	return err == nil, err
}

// begin marks the shard, so that Open wipes it if this is never finished.
func (im *importer) begin() error {
	return im.db.write(func(b *pebble.Batch) error {
		from, to := appendJournalKey(nil, im.x.shard, 0), appendJournalKey(nil, im.x.shard, ^Seq(0))
		return errors.Join(b.Set(importingKey(im.x.shard), nil, nil), b.DeleteRange(from, to, nil), b.Delete(tailKey(im.x.shard, tailWords), nil))
	})
}

// end takes the mark off. The words of all texts came as rows.
func (im *importer) end() error {
	err := im.db.write(func(b *pebble.Batch) error {
		return errors.Join(b.Delete(importingKey(im.x.shard), nil), b.Set(tailKey(im.x.shard, tailWords), appendTail(nil, im.tail), nil))
	})
	if err == nil {
		im.db.fresh.imported(im.x.shard, im.tail)
	}
	return err
}

func (im *importer) fill() error {
	im.batch = im.db.e.p.NewBatch()
	for {
		if err := im.ctx.Err(); err != nil {
			return err
		}
		typ, payload, err := im.x.next()
		if err != nil {
			return err
		}
		switch typ {
		case frameBase:
			err = im.base(payload)
		case frameRecord:
			err = im.record(payload)
		case frameRow:
			err = im.row(payload)
		case frameEnd:
			return im.flush()
		default:
			err = corrupt("export frame type %d", typ)
		}
		if err == nil && im.batch.Len() >= im.db.opts.importBatch {
			err = im.flush()
		}
		if err != nil {
			return err
		}
	}
}

// flush commits the batch, with the claims in it checked and locked.
func (im *importer) flush() error {
	im.db.claims.lock(im.x.shard, &im.locks)
	defer im.db.claims.unlock(&im.locks)
	if err := im.checkClaims(); err != nil {
		return err
	}
	if err := im.db.e.write(im.batch); err != nil {
		return err
	}
	im.batch, im.locks = im.db.e.p.NewBatch(), stripeSet{}
	return nil
}

func (im *importer) checkClaims() error {
	for r := im.batch.Reader(); ; {
		_, key, _, ok, err := r.Next()
		if err != nil || !ok {
			return err
		}
		if key[0] != spaceClaim {
			continue
		}
		have, err := im.db.e.get(im.db.e.p, key)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		_, value, err := shardValue(have)
		if err != nil {
			return err
		}
		return taken(key[1:], holding{value: value})
	}
}

func (im *importer) base(payload []byte) (err error) {
	if im.tail.Seq > 0 {
		return corrupt("export has two bases")
	}
	if im.tail, err = decodeTail(payload); err != nil {
		return err
	}
	return im.batch.Set(tailKey(im.x.shard, tailBase), payload, nil)
}

func (im *importer) record(raw []byte) error {
	_, next, err := im.tail.advance(im.x.shard, raw)
	if err != nil {
		return err
	}
	im.tail = next
	return im.batch.Set(appendJournalKey(nil, im.x.shard, next.Seq), raw, nil)
}

func (im *importer) row(payload []byte) error {
	d := decoder{b: payload}
	key, value := d.bytes(), d.b
	if d.bad || len(key) < 2 {
		return corrupt("exported row")
	}
	ok, err := im.allowed(key, value)
	if err != nil {
		return err
	}
	if !ok {
		return corrupt("exported row %q does not belong to the shard", key)
	}
	if key[0] == spaceClaim {
		im.locks.add(key[1:])
		return im.batch.Set(key, value, nil)
	}
	if key[0] == spaceHead || key[0] == spaceIndex {
		if _, err := im.db.e.get(im.db.e.p, key); !errors.Is(err, ErrNotFound) {
			return errors.Join(fmt.Errorf("row %q exists in another shard: %w", key, ErrInvalid), err)
		}
	}
	return im.batch.Set(key, value, nil)
}

// allowed reports whether the row is one that this shard may own.
func (im *importer) allowed(key, value []byte) (bool, error) {
	switch key[0] {
	case spaceHead:
		shard, count, err := decodeHead(value)
		im.heads[string(key[1:])] = count
		return shard == im.x.shard && checkEntity(string(key[1:])) == nil, err
	case spaceHistory:
		entity, ordinal, ok := splitHistoryKey(key)
		return ok && ordinal > 0 && ordinal <= im.heads[string(entity)], nil
	case spaceState:
		upTo, _, err := decodeState(value)
		count, ok := im.heads[string(key[1:])]
		return ok && upTo <= count, err
	case spaceClaim, spaceIndex:
		shard, _, err := shardValue(value)
		return shard == im.x.shard, err
	}
	return false, nil
}

// verify checks the rows against the journal, both as imported.
func (im *importer) verify() error {
	var rep Report
	v := &verifier{ctx: im.ctx, r: im.db.e.p, e: im.db.e, rep: &rep, shard: im.x.shard}
	if err := v.one(); err != nil {
		return err
	}
	for entity, count := range im.heads {
		if err := v.headHasHistory(appendEntityKey(nil, spaceHead, entity), appendHead(nil, im.x.shard, count)); err != nil {
			return err
		}
	}
	if !rep.OK() {
		return corrupt("%d problems, the first: %s", rep.Bad, rep.Problems[0])
	}
	return nil
}
