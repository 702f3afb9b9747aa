package storage

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/cockroachdb/pebble/v2"
)

// An exported shard: the magic, a version byte, the shard byte, then frames of
// (type byte, uvarint length, payload):
//
//	B  tail of the last trimmed record, at most once, first
//	J  one encoded journal record, in order
//	R  one row: key bytes, value; in the order E, H, S, C, I
//	Z  end: records (8), rows (8), SHA-256 of everything before this frame
const (
	exportMagic   = "pronto shard\n"
	exportVersion = 2 // 1: the rows of format 1

	frameBase   = 'B'
	frameRecord = 'J'
	frameRow    = 'R'
	frameEnd    = 'Z'
)

// Export writes everything about a shard to w, as one consistent state, while
// changes go on: the journal, and the rows of the shard's entities.
func (db *DB) Export(ctx context.Context, shard Shard, w io.Writer) error {
	if shard >= Shards {
		return fmt.Errorf("export shard %d: %w", shard, ErrInvalid)
	}
	err := db.e.use(func() error {
		var snap *pebble.Snapshot
		var fresh [][]Row
		// Taken between two commits of the shard, so that it holds only what is durable.
		err := db.call(ctx, shard, func() error {
			fresh = db.fresh.all()
			snap = db.e.p.NewSnapshot()
			return nil
		})
		if err != nil {
			return err
		}
		x := &exporter{db: db, fresh: fresh, v: verifier{ctx: ctx, r: snap, e: db.e, shard: shard}, sum: sha256.New()}
		x.w = bufio.NewWriterSize(w, 1<<16)
		return errors.Join(x.all(), snap.Close())
	})
	if err != nil {
		return fmt.Errorf("export shard %d: %w", shard, err)
	}
	return nil
}

type exporter struct {
	db      *DB
	fresh   [][]Row  // words that are not stored yet
	v       verifier // for its reader and iteration
	w       *bufio.Writer
	sum     hash.Hash
	buf     []byte
	records uint64
	rows    uint64
}

func (x *exporter) all() error {
	head := append([]byte(exportMagic), exportVersion, byte(x.v.shard))
	x.sum.Write(head)
	if _, err := x.w.Write(head); err != nil {
		return err
	}
	if err := x.journal(); err != nil {
		return err
	}
	if err := x.entities(); err != nil {
		return err
	}
	owned := func(key, value []byte) error {
		if shard, _, err := shardValue(value); err != nil || shard != x.v.shard {
			return err
		}
		return x.row(key, value)
	}
	if err := x.v.each(spaceClaim, owned); err != nil {
		return err
	}
	rows := allRows{ctx: x.v.ctx, db: x.db, r: x.v.r, fresh: x.fresh}
	if err := rows.each([]byte{spaceIndex}, []byte{spaceIndex + 1}, owned); err != nil {
		return err
	}
	end := binary.LittleEndian.AppendUint64(nil, x.records)
	end = binary.LittleEndian.AppendUint64(end, x.rows)
	if err := x.frame(frameEnd, x.sum.Sum(end)); err != nil {
		return err
	}
	return x.w.Flush()
}

func (x *exporter) journal() error {
	var base Tail
	raw, err := x.v.e.get(x.v.r, tailKey(x.v.shard, tailBase))
	if err == nil {
		if base, err = decodeTail(raw); err != nil {
			return err
		}
		err = x.frame(frameBase, raw)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	last, err := lastRecord(x.v.r, x.v.shard, base)
	if err != nil {
		return err
	}
	part := chain{r: x.v.r, shard: x.v.shard, from: base, last: last.Seq}
	return part.each(x.v.ctx, func(_ Record, raw []byte, _ Tail) error {
		x.records++
		return x.frame(frameRecord, raw)
	})
}

// entities writes the heads first, so that an importer knows the entities.
func (x *exporter) entities() error {
	for _, fn := range []func(entity string, key, value []byte) error{
		func(_ string, key, value []byte) error { return x.row(key, value) },
		func(entity string, _, _ []byte) error { return x.history(entity) },
		func(entity string, _, _ []byte) error { return x.state(entity) },
	} {
		err := x.v.each(spaceHead, func(key, value []byte) error {
			if shard, _, err := decodeHead(value); err != nil || shard != x.v.shard {
				return err
			}
			return fn(string(key[1:]), key, value)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) history(entity string) (err error) {
	lower := append(appendEntityKey(nil, spaceHistory, entity), 0)
	it, err := x.v.r.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: keyAfter(lower)})
	if err != nil {
		return readError(err)
	}
	defer func() { err = closeIter(it, err) }()
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return readError(err)
		}
		if err := x.row(it.Key(), value); err != nil {
			return err
		}
	}
	return readError(it.Error())
}

func (x *exporter) state(entity string) error {
	key := appendEntityKey(nil, spaceState, entity)
	value, err := x.v.e.get(x.v.r, key)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return x.row(key, value)
}

func (x *exporter) row(key, value []byte) error {
	x.rows++
	x.buf = append(appendBytes(x.buf[:0], key), value...)
	return x.frame(frameRow, x.buf)
}

func (x *exporter) frame(typ byte, payload []byte) error {
	var head [1 + binary.MaxVarintLen64]byte
	head[0] = typ
	n := 1 + binary.PutUvarint(head[1:], uint64(len(payload)))
	x.sum.Write(head[:n])
	x.sum.Write(payload)
	if _, err := x.w.Write(head[:n]); err != nil {
		return err
	}
	_, err := x.w.Write(payload)
	return err
}

// exportReader reads what Export wrote. Any input is safe: memory grows only with
// what was really read, up to one frame.
type exportReader struct {
	r       *bufio.Reader
	sum     hash.Hash
	buf     bytes.Buffer
	shard   Shard
	records uint64
	rows    uint64
}

func newExportReader(r io.Reader) (*exportReader, error) {
	x := &exportReader{r: bufio.NewReaderSize(r, 1<<16), sum: sha256.New()}
	head := make([]byte, len(exportMagic)+2)
	if _, err := io.ReadFull(x.r, head); err != nil {
		return nil, exportError(err)
	}
	version, shard := head[len(exportMagic)], head[len(exportMagic)+1]
	switch {
	case string(head[:len(exportMagic)]) != exportMagic:
		return nil, corrupt("not an exported shard")
	case version > exportVersion:
		return nil, fmt.Errorf("export version %d: %w", version, ErrNewerFormat)
	case version == 0 || shard >= Shards:
		return nil, corrupt("export header")
	}
	x.sum.Write(head)
	x.shard = Shard(shard)
	return x, nil
}

func exportError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return corrupt("export ends early")
	}
	return err
}

// next returns the next frame, valid until the one after it; after a frame of type
// frameEnd, which it has checked, there is none.
func (x *exportReader) next() (typ byte, payload []byte, err error) {
	before := x.sum.Sum(nil)
	if typ, err = x.r.ReadByte(); err != nil {
		return 0, nil, exportError(err)
	}
	n, err := x.length()
	if err != nil {
		return 0, nil, err
	}
	x.buf.Reset()
	if _, err := io.CopyN(&x.buf, x.r, int64(n)); err != nil {
		return 0, nil, exportError(err)
	}
	payload = x.buf.Bytes()
	x.sum.Write(binary.AppendUvarint([]byte{typ}, n))
	x.sum.Write(payload)
	switch typ {
	case frameRecord:
		x.records++
	case frameRow:
		x.rows++
	case frameEnd:
		return typ, nil, x.checkEnd(payload, before)
	}
	return typ, payload, nil
}

// length reads the length of a frame.
func (x *exportReader) length() (n uint64, err error) {
	for shift := 0; shift < 35; shift += 7 {
		b, err := x.r.ReadByte()
		if err != nil {
			return 0, exportError(err)
		}
		n |= uint64(b&0x7f) << shift
		if b < 0x80 && n <= MaxRecordBytes {
			return n, nil
		}
	}
	return 0, corrupt("export frame is too long")
}

func (x *exportReader) checkEnd(payload, sum []byte) error {
	want := binary.LittleEndian.AppendUint64(nil, x.records)
	want = binary.LittleEndian.AppendUint64(want, x.rows)
	if !bytes.Equal(payload, append(want, sum...)) {
		return corrupt("export checksum")
	}
	if _, err := x.r.ReadByte(); err == nil {
		return corrupt("bytes after the export")
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
