package storage

import (
	"bytes"
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2"
)

// journalRows gives the rows of a shard's journal as they are stored.
func journalRows(t *testing.T, db *DB, shard Shard) (rows [][]byte) {
	t.Helper()
	it, err := journalIter(db.e.p, shard, 0, ^Seq(0))
	if err != nil {
		t.Fatal(err)
	}
	for ok := it.First(); ok; ok = it.Next() {
		rows = append(rows, bytes.Clone(it.Value()))
	}
	if err := closeIter(it, it.Error()); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestTheJournalDoesNotRepeatWhatTheHistoryHolds(t *testing.T) {
	db := openMem(t)
	c := change("cnv_1", 0)
	c.Events = []Event{{Type: 16, Data: bytes.Repeat([]byte("said "), 1000)}, {Type: 17}, {Type: 18, Data: []byte("x")}}
	mustCommit(t, db, c)
	rows := journalRows(t, db, c.Shard)
	row := rows[len(rows)-1]
	if row[0] != packedVersion || len(row) > 300 || bytes.Contains(row, []byte("said")) {
		t.Errorf("the row has version %d and %d bytes", row[0], len(row))
	}
	var got []Event
	err := db.Journal().Follow(t.Context(), c.Shard, Tail{}, func(r Record) error {
		for _, e := range r.Entries {
			for _, ev := range e.Events {
				got = append(got, Event{ev.Type, bytes.Clone(ev.Data)})
			}
		}
		return nil
	})
	if err != nil || len(got) != 3 || !bytes.Equal(got[0].Data, c.Events[0].Data) || len(got[1].Data) != 0 || string(got[2].Data) != "x" {
		t.Errorf("followed %d events, %v", len(got), err)
	}
	mustVerify(t, db)
}

// A release that only knows whole records must not take a packed one for damage.
func TestAPackedRecordIsANewerVersionToOthers(t *testing.T) {
	db := openMem(t)
	mustCommit(t, db, change("cnv_1", 0))
	rows := journalRows(t, db, 2)
	if _, err := DecodeRecord(rows[len(rows)-1]); !errors.Is(err, ErrNewerFormat) {
		t.Errorf("a whole record was expected: %v", err)
	}
}

func TestDamageToTheHistoryBreaksTheJournal(t *testing.T) {
	for name, damage := range map[string]func(b *pebble.Batch, key, value []byte) error{
		"missing":      func(b *pebble.Batch, key, _ []byte) error { return b.Delete(key, nil) },
		"other length": func(b *pebble.Batch, key, v []byte) error { return b.Set(key, append(v, 0), nil) },
		"other data": func(b *pebble.Batch, key, v []byte) error {
			v[len(v)-1] ^= 1
			return b.Set(key, v, nil)
		},
	} {
		db := openMem(t)
		mustCommit(t, db, change("cnv_1", 0), change("cnv_2", 0))
		key := appendHistoryKey(nil, "cnv_1", 1)
		v, err := db.e.get(db.e.p, key)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.write(func(b *pebble.Batch) error { return damage(b, key, v) }); err != nil {
			t.Fatal(err)
		}
		err = db.Journal().Follow(t.Context(), 2, Tail{}, func(Record) error { return nil })
		wantErr(t, name+": follow", err, ErrCorrupt)
		if rep, err := db.Verify(t.Context(), nil); err != nil || rep.OK() {
			t.Errorf("%s: verified, %v", name, err)
		}
	}
}

// Any row is safe to unpack, and those that were packed come back.
func FuzzUnpack(f *testing.F) {
	for _, rec := range goldenRecords() {
		raw, cuts := appendRecord(nil, &rec, nil)
		f.Add(appendPacked(nil, raw, cuts))
	}
	f.Fuzz(func(t *testing.T, row []byte) {
		raw, err := unpack(row, func(dst, _ []byte, _ uint64) ([]byte, error) { return append(dst, "data"...), nil })
		if err == nil && len(raw) > 5*len(row)+8<<10 {
			t.Fatalf("%d bytes of %d", len(raw), len(row))
		}
		if rec, err := DecodeRecord(raw); err == nil && len(row) > 0 && row[0] == packedVersion {
			again, cuts := appendRecord(nil, &rec, nil)
			if packed := appendPacked(nil, again, cuts); len(packed) != packedSize(again, cuts) || bytes.Equal(again, raw) && !bytes.Equal(packed, row) {
				t.Fatalf("packed again: %x, was %x", packed, row)
			}
		}
	})
}

func TestPackedRecordsComeBack(t *testing.T) {
	for name, rec := range goldenRecords() {
		if rec.Owner != "" { // claims of shards are stored whole
			continue
		}
		raw, cuts := appendRecord(nil, &rec, nil)
		data := map[uint64][]byte{}
		for _, e := range rec.Entries {
			for i, ev := range e.Events {
				data[e.First+uint64(i)] = ev.Data
			}
		}
		packed := golden(t, "packed-"+name, appendPacked(nil, raw, cuts))
		got, err := unpack(packed, func(dst, _ []byte, n uint64) ([]byte, error) { return append(dst, data[n]...), nil })
		if err != nil || !bytes.Equal(got, raw) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
}

func TestADamagedPackedRecordIsNeverServed(t *testing.T) {
	rec := goldenRecords()["record-v1-entries.hex"]
	raw, cuts := appendRecord(nil, &rec, nil)
	row := appendPacked(nil, raw, cuts)
	data := func(dst, _ []byte, n uint64) ([]byte, error) {
		if n == 300 {
			dst = append(dst, "data"...)
		}
		return dst, nil
	}
	serves := func(row []byte) bool {
		out, err := unpack(row, data)
		if err != nil {
			return false
		}
		_, err = DecodeRecord(out)
		return err == nil
	}
	if !serves(row) {
		t.Fatal("the whole row is refused")
	}
	size := packedSize(raw, nil) - len(raw) // version and length: the length only bounds memory
	for i := range row {
		for bit := range 8 {
			bad := bytes.Clone(row)
			bad[i] ^= 1 << bit
			if i >= size && serves(bad) {
				t.Errorf("bit %d of byte %d flipped: served", bit, i)
			}
			_, _ = unpack(bad[:i], data)
		}
	}
}
