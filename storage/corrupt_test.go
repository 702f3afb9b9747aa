package storage

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// fillLog makes the log several of its 32 KiB blocks long, and returns the disk as a
// power cut would leave it: all rows are in the log.
func fillLog(t *testing.T) *vfs.MemFS {
	t.Helper()
	disk := vfs.NewCrashableMem()
	db := openTest(t, testOptions(t, disk))
	defer closeTest(t, db)
	fillShards(t, db)
	for n := range uint64(200) {
		c := change("cnv_padding", n)
		c.Events[0].Data = make([]byte, 512)
		mustCommit(t, db, c)
	}
	return disk.CrashClone(vfs.CrashCloneCfg{})
}

// fillTables returns the disk after a clean close: all rows are in tables.
func fillTables(t *testing.T) *vfs.MemFS {
	t.Helper()
	disk := vfs.NewCrashableMem()
	db := openTest(t, testOptions(t, disk))
	fillShards(t, db)
	closeTest(t, db)
	return disk
}

func filesOf(t *testing.T, disk *vfs.MemFS, suffix string) (out []string) {
	t.Helper()
	names, err := disk.List("data")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, suffix) {
			out = append(out, disk.PathJoin("data", name))
		}
	}
	return out
}

// readAll opens the store and reads everything that fillShards wrote. Anything that
// is neither right nor refused fails the test.
func readAll(t *testing.T, disk *vfs.MemFS, what string) (refused bool) {
	t.Helper()
	o := testOptions(t, disk)
	o.Fatal = func(string) {}
	db, err := Open(o)
	if err != nil {
		return true
	}
	defer func() { _ = db.Close() }() // an unavailable store says so
	for e := range 5 {
		entity := fmt.Sprint("cnv_", e)
		events, err := db.Events(entity, 0, 10)
		if err != nil {
			refused = true
			continue
		}
		for i, ev := range events {
			if want := fmt.Sprint(entity, " event ", i+1); string(ev.Data) != want {
				t.Errorf("%s: %s served as %q", what, want, ev.Data)
			}
		}
		if len(events) != 4 {
			t.Errorf("%s: %s has %d of 4 events", what, entity, len(events))
		}
	}
	rep, err := db.Verify(t.Context(), nil)
	return refused || err != nil || !rep.OK()
}

// In the last block of a log, Pebble cannot tell damage from a write that a power
// cut interrupted; see DB.flush.
func TestDamagedFilesAreRefusedAndNeverServed(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, tc := range []struct {
		suffix string
		disk   *vfs.MemFS
		spare  int // bytes at the end that are not damaged
		least  int // percent of the damages that must be refused: unused bytes exist
	}{
		{".sst", fillTables(t), 0, 50},
		{".log", fillLog(t), 64 << 10, 90},
		{".log", fillTables(t), 0, 0}, // nothing depends on it any more
	} {
		refused, tries := 0, 0
		for _, path := range filesOf(t, tc.disk, tc.suffix) {
			for range 24 / thin {
				clone := tc.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rng})
				raw, err := clone.UnsafeGetFileDataBuffer(path)
				if err != nil {
					t.Fatal(err)
				}
				if len(raw) <= tc.spare {
					continue
				}
				tries++
				at := rng.IntN(len(raw) - tc.spare)
				raw[at] ^= 1 << rng.IntN(8)
				if readAll(t, clone, fmt.Sprint(path, " byte ", at)) {
					refused++
				}
			}
		}
		if refused*100 < tries*tc.least || tries == 0 && tc.least > 0 {
			t.Errorf("%s: %d of %d damages were refused", tc.suffix, refused, tries)
		}
	}
}
