package storage

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// fillShards writes to shards 2 (conversations), 3 (others) and 4 (documents).
func fillShards(t *testing.T, db *DB) {
	t.Helper()
	for e := range 5 {
		entity := fmt.Sprint("cnv_", e)
		for n := range uint64(4) {
			c := change(entity, n)
			c.State = []byte(fmt.Sprint(entity, " state ", n+1))
			c.Set = []Row{{Key: []byte("open/" + entity), Value: []byte(fmt.Sprint(n))}}
			c.Claim = claimOf("contact/"+entity, entity)
			if n == 3 && e == 4 {
				c.State, c.Claim, c.Release = nil, nil, [][]byte{[]byte("contact/cnv_4")}
			}
			mustCommit(t, db, c)
		}
	}
	other := change("cnv_other", 0)
	other.Shard, other.Claim = 3, claimOf("contact/other", "cnv_other")
	other.Set = []Row{{Key: []byte("open/other"), Value: []byte("x")}}
	mustCommit(t, db, other)
	mustPut(t, db, put("que_1", 0, "body", "name/a"))
}

// shardRows is every row of a shard but its journal, as a reader sees them.
func shardRows(t *testing.T, db *DB, shard Shard) (out []string) {
	t.Helper()
	v := &verifier{ctx: t.Context(), r: db.e.p, e: db.e}
	mine := map[string]bool{}
	for _, space := range []byte{spaceHead, spaceHistory, spaceState, spaceClaim, spaceIndex} {
		err := v.each(space, func(key, value []byte) error {
			entity := string(key[1:])
			switch space {
			case spaceHistory:
				e, _, _ := splitHistoryKey(key)
				entity = string(e)
			case spaceHead:
				mine[entity] = Shard(value[0]) == shard
			case spaceClaim, spaceIndex:
				mine[entity] = Shard(value[0]) == shard
			}
			if mine[entity] {
				out = append(out, fmt.Sprintf("%q=%q", key, value))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func export(t *testing.T, db *DB, shard Shard) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := db.Export(t.Context(), shard, &out); err != nil {
		t.Fatalf("export: %v", err)
	}
	return out.Bytes()
}

func TestImportedShardReadsAsTheExportedOne(t *testing.T) {
	from := openMem(t)
	fillShards(t, from)
	o := testOptions(t, vfs.NewMem())
	to := openTest(t, o)
	for _, shard := range []Shard{2, 4} {
		got, err := to.Import(t.Context(), bytes.NewReader(export(t, from, shard)))
		if err != nil || got != shard {
			t.Fatalf("import of shard %d: %d, %v", shard, got, err)
		}
	}
	closeTest(t, to)
	to = openTest(t, o)
	defer closeTest(t, to)
	for _, shard := range []Shard{2, 4} {
		want := shardRows(t, from, shard)
		if got := shardRows(t, to, shard); len(want) < 5 || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("shard %d: imported\n%v\nexported\n%v", shard, got, want)
		}
	}
	if n := len(shardRows(t, to, 3)); n != 0 {
		t.Errorf("%d rows of a shard that was not imported", n)
	}
	if doc, err := to.Document("queue", "que_1"); err != nil || string(doc.Body) != "body" {
		t.Errorf("document %+v, %v", doc, err)
	}
	mustVerify(t, to)
	mustCommit(t, to, change("cnv_0", 4)) // life goes on, in the next epoch
	mustVerify(t, to)
}

func TestTrimmedShardMovesToo(t *testing.T) {
	from, to := openMem(t), openMem(t)
	fillShards(t, from)
	_, tail, err := from.Journal().Bounds(t.Context(), 2)
	if err == nil {
		err = from.Journal().Snapshot(t.Context(), 2, tail.Seq-2)
	}
	if err == nil {
		err = from.Journal().Trim(t.Context(), 2, tail.Seq-2)
	}
	if err != nil {
		t.Fatal(err)
	}
	mustVerify(t, from)
	if _, err := to.Import(t.Context(), bytes.NewReader(export(t, from, 2))); err != nil {
		t.Fatal(err)
	}
	if got, want := shardRows(t, to, 2), shardRows(t, from, 2); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("imported\n%v\nexported\n%v", got, want)
	}
	mustVerify(t, to)
}

func TestImportRefusesAFilledShardAndTakenClaims(t *testing.T) {
	from, to := openMem(t), openMem(t)
	fillShards(t, from)
	raw := export(t, from, 2)
	_, err := from.Import(t.Context(), bytes.NewReader(raw))
	wantErr(t, "import into a filled shard", err, ErrInvalid)

	holder := change("cnv_holder", 0)
	holder.Shard, holder.Claim = 7, claimOf("contact/cnv_3", "cnv_holder")
	mustCommit(t, to, holder)
	_, err = to.Import(t.Context(), bytes.NewReader(raw))
	wantTaken(t, err, "contact/cnv_3", "cnv_holder")
	if rows := shardRows(t, to, 2); len(rows) != 0 {
		t.Errorf("the refused import left %q", rows)
	}
	free := change("cnv_holder", 1)
	free.Shard, free.Release = 7, [][]byte{[]byte("contact/cnv_3")}
	mustCommit(t, to, free)
	if _, err := to.Import(t.Context(), bytes.NewReader(raw)); err != nil {
		t.Fatalf("import once the claim is free: %v", err)
	}
	mustVerify(t, to)
}

func TestDamagedExportIsRefusedAndLeavesTheShardEmpty(t *testing.T) {
	from, to := openMem(t), openMem(t)
	fillShards(t, from)
	raw := export(t, from, 2)
	for at := 0; at < len(raw); at += 41 * thin {
		bad := bytes.Clone(raw)
		bad[at] ^= 0x10
		if _, err := to.Import(t.Context(), bytes.NewReader(bad)); err == nil {
			t.Fatalf("byte %d changed: imported", at)
		}
		if _, err := to.Import(t.Context(), bytes.NewReader(raw[:at])); err == nil {
			t.Fatalf("%d of %d bytes: imported", at, len(raw))
		}
		if rows := shardRows(t, to, 2); len(rows) != 0 {
			t.Fatalf("byte %d changed: left %q", at, rows)
		}
	}
	if _, err := to.Import(t.Context(), bytes.NewReader(append(bytes.Clone(raw), 0))); err == nil {
		t.Error("a byte too many: imported")
	}
	newer := bytes.Clone(raw)
	newer[len(exportMagic)]++
	_, err := to.Import(t.Context(), bytes.NewReader(newer))
	wantErr(t, "newer version", err, ErrNewerFormat)
	if _, err := to.Import(t.Context(), bytes.NewReader(raw)); err != nil {
		t.Errorf("the undamaged one: %v", err)
	}
	mustVerify(t, to)
}

func TestImportCutByAPowerFailureIsUndoneAtOpen(t *testing.T) {
	from := openMem(t)
	fillShards(t, from)
	raw := export(t, from, 2)
	disk := newCrashDisk()
	var cuts []*vfs.MemFS
	importing := false
	fs := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if importing && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && len(cuts) < 150 {
			cuts = append(cuts, disk.CrashClone(vfs.CrashCloneCfg{}))
		}
		return nil
	}))
	o := testOptions(t, fs)
	o.importBatch = 300 // many steps
	to := openTest(t, o)
	if err := to.call(t.Context(), 2, func() error { importing = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := to.Import(t.Context(), bytes.NewReader(raw)); err != nil {
		t.Fatal(err)
	}
	if err := to.call(t.Context(), 2, func() error { importing = false; return nil }); err != nil {
		t.Fatal(err)
	}
	closeTest(t, to)
	want := fmt.Sprint(shardRows(t, from, 2))
	undone := 0
	for i, cut := range cuts {
		db := openTest(t, testOptions(t, cut))
		switch got := fmt.Sprint(shardRows(t, db, 2)); {
		case got == "[]":
			undone++
			if _, err := db.Import(t.Context(), bytes.NewReader(raw)); err != nil {
				t.Errorf("cut %d: import again: %v", i, err)
			}
		case got != want:
			t.Errorf("cut %d: half a shard: %s", i, got)
		}
		mustVerify(t, db)
		closeTest(t, db)
	}
	if undone == 0 || undone == len(cuts) {
		t.Errorf("%d of %d cuts were undone", undone, len(cuts))
	}
}

func TestVerifyFindsEveryKindOfDamage(t *testing.T) {
	for name, damage := range map[string]func(b *pebble.Batch) error{
		"history row lost":       func(b *pebble.Batch) error { return b.Delete(appendHistoryKey(nil, "cnv_1", 2), nil) },
		"last history row lost":  func(b *pebble.Batch) error { return b.Delete(appendHistoryKey(nil, "cnv_1", 4), nil) },
		"history row added":      setDamage(appendHistoryKey(nil, "cnv_1", 5), appendHistory(nil, 1, Event{Type: 16})),
		"history row changed":    setDamage(appendHistoryKey(nil, "cnv_1", 2), appendHistory(nil, 1, Event{Type: 16})),
		"history of nobody":      setDamage(appendHistoryKey(nil, "cnv_9", 1), appendHistory(nil, 1, Event{Type: 16})),
		"head lost":              func(b *pebble.Batch) error { return b.Delete(appendEntityKey(nil, spaceHead, "cnv_1"), nil) },
		"head changed":           setDamage(appendEntityKey(nil, spaceHead, "cnv_1"), appendHead(nil, 2, 3)),
		"head in another shard":  setDamage(appendEntityKey(nil, spaceHead, "cnv_1"), appendHead(nil, 5, 4)),
		"head of nobody":         setDamage(appendEntityKey(nil, spaceHead, "cnv_9"), appendHead(nil, 2, 1)),
		"state ahead":            setDamage(appendEntityKey(nil, spaceState, "cnv_1"), []byte{5}),
		"claim lost":             func(b *pebble.Batch) error { return b.Delete([]byte("Ccontact/cnv_1"), nil) },
		"claim changed":          setDamage([]byte("Ccontact/cnv_1"), []byte("\x02cnv_2")),
		"claim in another shard": setDamage([]byte("Ccontact/cnv_1"), []byte("\x03cnv_1")),
		"claim added":            setDamage([]byte("Ccontact/x"), []byte("\x02cnv_1")),
		"record lost":            func(b *pebble.Batch) error { return b.Delete(appendJournalKey(nil, 2, 5), nil) },
		"last record lost":       func(b *pebble.Batch) error { return b.Delete(appendJournalKey(nil, 2, 21), nil) },
		"record from elsewhere":  setDamage(appendJournalKey(nil, 2, 22), AppendRecord(nil, &Record{Shard: 2, Seq: 22, Epoch: 1, Time: testStart})),
		"record unreadable":      setDamage(appendJournalKey(nil, 2, 3), []byte{1, 2, 3}),
	} {
		t.Run(name, func(t *testing.T) {
			db := openMem(t)
			fillShards(t, db)
			if rep := mustVerify(t, db); rep.Events != 22 || rep.Entities != 7 || rep.Claims != 6 {
				t.Fatalf("before: %+v", rep)
			}
			if err := db.write(damage); err != nil {
				t.Fatal(err)
			}
			if rep, err := db.Verify(t.Context(), nil); err != nil || rep.OK() {
				t.Errorf("not found: %+v, %v", rep, err)
			}
		})
	}
}

func setDamage(key, value []byte) func(b *pebble.Batch) error {
	return func(b *pebble.Batch) error { return b.Set(key, value, nil) }
}

func TestDamagedRowsAreNotServed(t *testing.T) {
	db := openMem(t)
	fillShards(t, db)
	err := db.write(func(b *pebble.Batch) error {
		for key, value := range map[string]string{
			"Iopen/cnv_1": "\xff", "Ccontact/cnv_1": "", "Scnv_1": "\xff", "Ecnv_1": "\x02", "Hcnv_1\x00\x00\x00\x00\x00\x00\x00\x00\x02": "\xff",
		} {
			if err := b.Set([]byte(key), []byte(value), nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Get([]byte("open/cnv_1"))
	wantErr(t, "index row", err, ErrCorrupt)
	_, _, err = db.Claimed([]byte("contact/cnv_1"))
	wantErr(t, "claim", err, ErrCorrupt)
	_, _, err = db.State("cnv_1")
	wantErr(t, "state", err, ErrCorrupt)
	_, _, err = db.Count("cnv_1")
	wantErr(t, "head", err, ErrCorrupt)
	_, err = db.Events("cnv_1", 0, 10)
	wantErr(t, "events", err, ErrCorrupt)
	err = db.Scan(Prefix([]byte("open/")), func(_, _ []byte) error { return nil })
	wantErr(t, "scan", err, ErrCorrupt)
}
