package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// hangingLog is a disk in memory whose log hangs while hang is set, until release is closed.
func hangingLog() (fs vfs.FS, hang *atomic.Bool, release chan struct{}) {
	hang, release = new(atomic.Bool), make(chan struct{})
	return errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if hang.Load() && strings.HasSuffix(op.Path, ".log") && op.Kind != errorfs.OpFileClose {
			<-release
		}
		return nil
	})), hang, release
}

func TestHungCommitMakesTheStoreUnavailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs, hang, release := hangingLog()
		o := testOptions(t, fs)
		o.HangLimit = 10 * time.Second
		failed := make(chan error, 1)
		o.Failed = func(reason error) { failed <- reason }
		db := openTest(t, o)
		mustCommit(t, db, change("cnv_1", 0))
		time.Sleep(time.Hour) // an idle store does not hang
		mustCommit(t, db, change("cnv_1", 1))
		hang.Store(true)
		start := time.Now()
		wantErr(t, "hung commit", db.Commit(t.Context(), change("cnv_1", 2)), ErrUnknown)
		if took := time.Since(start); took < o.HangLimit || took > o.HangLimit+o.HangLimit/2 {
			t.Errorf("answered after %v", took)
		}
		if reason := <-failed; !strings.Contains(reason.Error(), "hangs") {
			t.Errorf("reported %v", reason)
		}
		wantErr(t, "commit behind it", db.Commit(t.Context(), change("cnv_2", 0)), ErrUnavailable)
		wantErr(t, "close", db.Close(), ErrUnavailable)
		close(release)
	})
}

func TestNearlyFullDiskIsReadOnlyUntilThereIsSpace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var free atomic.Uint64
		free.Store(50 << 30)
		o := testOptions(t, vfs.NewMem())
		o.DiskUsage = func() (uint64, uint64, error) { return free.Load(), 100 << 30, nil }
		db := openTest(t, o)
		defer closeTest(t, db)
		mustCommit(t, db, change("cnv_1", 0))
		for _, step := range []struct {
			free uint64
			want error
		}{
			{4 << 30, ErrReadOnly},        // below 5 %
			{5<<30 + 1<<20, ErrReadOnly},  // not a tenth above it
			{6 << 30, nil},                // with room
			{5<<30 + 1<<20, nil},          // still above the limit
			{1 << 30, ErrReadOnly},        // below both
			{1000 << 30, nil},             // a larger disk
			{2<<30 - 1<<20, ErrReadOnly},  // below 2 GiB
			{100<<30 + 5<<30*10/100, nil}, // and back
		} {
			free.Store(step.free)
			time.Sleep(2 * o.checkEvery())
			n, _, err := db.Count("cnv_1")
			if err != nil {
				t.Fatalf("reads go on: %v", err)
			}
			if err := db.Commit(t.Context(), change("cnv_1", n)); !errors.Is(err, step.want) {
				t.Errorf("with %d MiB free: %v, want %v", step.free>>20, err, step.want)
			}
			if err := db.Err(); !errors.Is(err, step.want) {
				t.Errorf("with %d MiB free Err is %v", step.free>>20, err)
			}
		}
	})
}

func (o Options) checkEvery() time.Duration {
	o.setDefaults()
	return o.CheckEvery
}

func TestNearlyFullDiskIsSeenAtOpen(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	o.DiskUsage = func() (uint64, uint64, error) { return 1 << 30, 100 << 30, nil }
	db := openTest(t, o)
	defer closeTest(t, db)
	wantErr(t, "commit", db.Commit(t.Context(), change("cnv_1", 0)), ErrReadOnly)
}

func TestDataFolderOpensOnlyOnce(t *testing.T) {
	for name, o := range map[string]Options{
		"memory": testOptions(t, vfs.NewMem()), "disk": testOptions(t, vfs.Default),
	} {
		if name == "disk" {
			o.Dir = t.TempDir()
		}
		db := openTest(t, o)
		_, err := Open(o)
		wantErr(t, name, err, ErrLocked)
		closeTest(t, db)
		closeTest(t, openTest(t, o))
	}
}

func TestNewerFormatIsRefused(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	db := openTest(t, o)
	err := db.write(func(b *pebble.Batch) error {
		return b.Set(metaKey(metaFormat), binary.LittleEndian.AppendUint32(nil, FormatVersion+1), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	closeTest(t, db)
	_, err = Open(o)
	wantErr(t, "open", err, ErrNewerFormat)
	_, err = Open(o)
	wantErr(t, "open again, the lock was given back", err, ErrNewerFormat)
}

// What is written from now on is not for earlier releases, which look at the format alone when they open a folder.
func TestAFolderOfAnEarlierFormatIsRaised(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	db := openTest(t, o)
	err := db.write(func(b *pebble.Batch) error {
		return b.Set(metaKey(metaFormat), binary.LittleEndian.AppendUint32(nil, 1), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	closeTest(t, db)
	db = openTest(t, o)
	defer closeTest(t, db)
	v, err := db.e.get(db.e.p, metaKey(metaFormat))
	if err != nil || binary.LittleEndian.Uint32(v) != FormatVersion {
		t.Errorf("format %x, %v", v, err)
	}
}

func TestRowsWithoutAFormatVersionAreRefused(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	db := openTest(t, o)
	if err := db.write(func(b *pebble.Batch) error { return b.Delete(metaKey(metaFormat), nil) }); err != nil {
		t.Fatal(err)
	}
	closeTest(t, db)
	_, err := Open(o)
	wantErr(t, "open", err, ErrCorrupt)
}

func TestClaimingAShardFencesTheStoresOwnWriter(t *testing.T) {
	db := openMem(t)
	mustCommit(t, db, change("cnv_1", 0))
	w, tail, err := db.Journal().Claim(t.Context(), 2, "somebody else")
	if err != nil || tail.Epoch != 2 {
		t.Fatalf("claim: %+v, %v", tail, err)
	}
	for range 2 {
		wantErr(t, "commit", db.Commit(t.Context(), change("cnv_1", 1)), ErrFenced)
	}
	other := change("cnv_2", 0)
	other.Shard = 3
	mustCommit(t, db, other)
	if n, _, _ := db.Count("cnv_1"); n != 1 {
		t.Errorf("a fenced change was written: %d events", n)
	}
	_, err = w.Append(t.Context(), testStart, []Entry{{Entity: "e", First: 1, Time: testStart}})
	if err != nil {
		t.Errorf("append of the new owner: %v", err)
	}
}

func TestCheckpointIsAStoreOfItsOwn(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	db := openTest(t, o)
	defer closeTest(t, db)
	mustCommit(t, db, change("cnv_1", 0), change("cnv_1", 1))
	if err := db.Checkpoint(t.Context(), "backup"); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, db, change("cnv_1", 2))
	if err := db.Checkpoint(t.Context(), "backup"); err == nil {
		t.Error("a checkpoint into an existing folder was made")
	}
	o.Dir = "backup"
	backup := openTest(t, o)
	defer closeTest(t, backup)
	if n, _, err := backup.Count("cnv_1"); n != 2 || err != nil {
		t.Errorf("%d events in the checkpoint, %v", n, err)
	}
	mustVerify(t, backup)
	mustCommit(t, backup, change("cnv_1", 2))
}

func TestFullQueueWaitsAsLongAsTheContext(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	o.QueueLength = 1
	db := openTest(t, o)
	defer closeTest(t, db)
	hold, held := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 2)
	go func() {
		ended <- db.call(context.Background(), 2, func() error { close(held); <-hold; return nil })
	}()
	<-held
	r := &request{done: ended, change: change("cnv_1", 0)}
	if err := db.enqueue(t.Context(), 2, r); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	wantErr(t, "commit behind a full queue", db.Commit(ctx, change("cnv_2", 0)), context.DeadlineExceeded)
	close(hold)
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestClosedStoreLeavesNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // fails if a goroutine is left at its end
		db := openTest(t, testOptions(t, vfs.NewMem()))
		mustCommit(t, db, change("cnv_1", 0))
		mustVerify(t, db)
		closeTest(t, db)
	})
}

// The clock is set forward by an hour while a commit is slow, or the process was stopped for an hour: the disk did not hang.
func TestAClockThatIsSetIsNoHungCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs, hang, release := hangingLog()
		var set atomic.Int64
		o := testOptions(t, fs)
		o.Now = func() time.Time { return time.Now().Add(time.Duration(set.Load())) }
		db := openTest(t, o)
		defer closeTest(t, db)
		hang.Store(true)
		done := make(chan error, 1)
		go func() { done <- db.Commit(t.Context(), change("cnv_1", 0)) }()
		synctest.Wait()
		set.Store(int64(time.Hour))
		time.Sleep(2 * o.checkEvery())
		hang.Store(false)
		close(release)
		if err := <-done; err != nil {
			t.Errorf("slow commit: %v", err)
		}
	})
}

// A look at the disk that comes a little sooner after the one before is made all the same.
func TestFreeSpaceIsLookedAtEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var free atomic.Uint64
		var sooner atomic.Int64
		free.Store(50 << 30)
		o := testOptions(t, vfs.NewMem())
		o.DiskUsage = func() (uint64, uint64, error) { return free.Load(), 100 << 30, nil }
		o.Now = func() time.Time { return time.Now().Add(-time.Duration(sooner.Add(1)) * time.Microsecond) }
		db := openTest(t, o)
		defer closeTest(t, db)
		free.Store(1 << 30)
		time.Sleep(o.checkEvery() + time.Millisecond)
		if err := db.Err(); !errors.Is(err, ErrReadOnly) {
			t.Errorf("after %v: %v", o.checkEvery(), err)
		}
	})
}

func TestAStoreThatMustBeThereIsNotMade(t *testing.T) {
	fs := vfs.NewMem()
	o := testOptions(t, fs)
	o.Existing = true
	if err := fs.MkdirAll(o.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Open(o)
	wantErr(t, "an empty folder", err, ErrNoStore)
	if left, err := fs.List(o.Dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
	o.Existing = false
	closeTest(t, openTest(t, o))
	o.Existing = true
	closeTest(t, openTest(t, o))
}
