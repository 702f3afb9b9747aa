package storage

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"pronto/dispatch"
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

// eventsOf gives the events of a record as their history would.
func eventsOf(rec *Record) history {
	return func(entity []byte, ordinal uint64) (int64, Event, error) {
		for _, e := range rec.Entries {
			if e.Entity == string(entity) && ordinal-e.First < uint64(len(e.Events)) {
				return e.Time.UnixNano(), e.Events[ordinal-e.First], nil
			}
		}
		return 0, Event{}, ErrCorrupt
	}
}

// busyRecord has what the records of a working server have.
func busyRecord() Record {
	id := func(prefix string, n int) string {
		return dispatch.FormatID(prefix, testStart, dispatch.Partition(n), uint64(n))
	}
	rec := Record{Shard: 3, Seq: 300, Epoch: 2, PrevHash: Hash{5: 6}, Time: testStart.Add(time.Minute)}
	for n := range 3 {
		cnv := id("cnv", n)
		rec.Entries = append(rec.Entries, Entry{
			Entity: cnv, First: uint64(n) + 1, Time: testStart.Add(time.Duration(n)), Events: []Event{{16, []byte("opened")}, {17, []byte("said")}},
			Releases: [][]byte{openKey(dispatch.ChannelID(id("chn", 1)), "con_1"), {}, {0}},
			Claims: []Claim{
				{openKey("chn_1", dispatch.ContactID(id("con", n))), []byte(cnv)}, {externalKey("chn_1", "wamid.1"), []byte{codecVersion, 0, 1}},
				{[]byte("agent"), nil}, {[]byte{0, 0, 'x', 0}, []byte("2026-11-28T12:00:00Z")},
			},
		})
	}
	return rec
}

// Any row is safe to unpack, and those that were packed come back.
func FuzzUnpack(f *testing.F) {
	busy := busyRecord()
	for _, rec := range []Record{goldenRecords()["record-v1-entries.hex"], busy} {
		f.Add(appendPacked(nil, &rec, AppendRecord(nil, &rec)))
	}
	f.Add(cutRow(f))
	f.Fuzz(func(t *testing.T, row []byte) {
		data := 0
		raw, err := unpack(row, 3, 300, func([]byte, uint64) (int64, Event, error) {
			if data += 4; data > len(row) {
				return 0, Event{}, ErrCorrupt // a history has an end
			}
			return busy.Time.UnixNano(), Event{17, []byte("data")}, nil
		})
		if err == nil && len(raw) > 32*len(row)+8<<10 {
			t.Fatalf("%d bytes of %d", len(raw), len(row))
		}
		if rec, err := DecodeRecord(raw); err == nil && len(row) > 0 && row[0] == packedVersion {
			again, err := unpack(appendPacked(nil, &rec, raw), rec.Shard, rec.Seq, eventsOf(&rec))
			if err != nil || !bytes.Equal(again, raw) {
				t.Fatalf("packed again: %x, was %x, %v", again, raw, err)
			}
		}
	})
}

// cutRow is a row of version 2, as releases before version 3 wrote it.
func cutRow(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/packed-record-v1-entries.hex")
	if err != nil {
		t.Fatal(err)
	}
	row, err := hex.DecodeString(strings.ReplaceAll(string(text), "\n", ""))
	if err != nil || row[0] != cutVersion {
		t.Fatalf("row of version %d, %v", row[0], err)
	}
	return row
}

func TestPackedRecordsComeBack(t *testing.T) {
	rec := goldenRecords()["record-v1-entries.hex"]
	raw := AppendRecord(nil, &rec)
	if got, err := unpack(cutRow(t), rec.Shard, rec.Seq, eventsOf(&rec)); err != nil || !bytes.Equal(got, raw) {
		t.Errorf("version 2: %x, %v", got, err)
	}
	for name, rec := range map[string]Record{"packed-record-v3-entries.hex": rec, "packed-record-v3-busy.hex": busyRecord()} {
		raw := AppendRecord(nil, &rec)
		row := golden(t, name, appendPacked(nil, &rec, raw))
		got, err := unpack(row, rec.Shard, rec.Seq, eventsOf(&rec))
		if err != nil || !bytes.Equal(got, raw) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
		if _, err := DecodeRecord(row); !errors.Is(err, ErrNewerFormat) {
			t.Errorf("%s to a release that knows whole records: %v", name, err)
		}
	}
}

// A row whose events are others than those that were left out, and one under another key, are damage.
func TestAPackedRecordIsOnlyReadInItsPlace(t *testing.T) {
	rec := busyRecord()
	row := appendPacked(nil, &rec, AppendRecord(nil, &rec))
	serves := func(shard Shard, seq Seq, events history) bool {
		raw, err := unpack(row, shard, seq, events)
		if err == nil {
			_, err = DecodeRecord(raw)
		}
		return err == nil
	}
	other := func(change func(ns *int64, e *Event)) history {
		return func(entity []byte, ordinal uint64) (int64, Event, error) {
			ns, e, err := eventsOf(&rec)(entity, ordinal)
			change(&ns, &e)
			return ns, e, err
		}
	}
	if !serves(3, 300, eventsOf(&rec)) {
		t.Fatal("the row is refused in its place")
	}
	for name, served := range map[string]bool{
		"shard": serves(4, 300, eventsOf(&rec)), "position": serves(3, 301, eventsOf(&rec)),
		"type": serves(3, 300, other(func(_ *int64, e *Event) { e.Type++ })), "time": serves(3, 300, other(func(ns *int64, _ *Event) { *ns++ })),
		"data": serves(3, 300, other(func(_ *int64, e *Event) { e.Data = []byte("other") })), "length": serves(3, 300, other(func(_ *int64, e *Event) { e.Data = nil })),
		"much data": serves(3, 300, other(func(_ *int64, e *Event) { e.Data = make([]byte, 1<<20) })),
	} {
		if served {
			t.Errorf("served with another %s", name)
		}
	}
}

func TestADamagedPackedRecordIsNeverServed(t *testing.T) {
	entries := goldenRecords()["record-v1-entries.hex"]
	for version, row := range map[byte][]byte{cutVersion: cutRow(t), packedVersion: appendPacked(nil, &entries, AppendRecord(nil, &entries))} {
		serves := func(row []byte) bool {
			out, err := unpack(row, entries.Shard, entries.Seq, eventsOf(&entries))
			if err == nil {
				_, err = DecodeRecord(out)
			}
			return err == nil
		}
		if !serves(row) {
			t.Fatal("the whole row is refused")
		}
		from := 1 // the version
		if version == cutVersion {
			from = 3 // and the length, which only bounds memory
		}
		for i := range row {
			for bit := range 8 {
				bad := bytes.Clone(row)
				bad[i] ^= 1 << bit
				if i >= from && serves(bad) {
					t.Errorf("version %d: bit %d of byte %d flipped: served", version, bit, i)
				}
				_, _ = unpack(bad[:i], entries.Shard, entries.Seq, eventsOf(&entries))
			}
		}
	}
}
