package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// failAt fails one write operation, the nth of those that it counts: either those on
// write-ahead logs and their folder once the store is open, or all others. A failing
// log may make Pebble bring down the whole process, so these run in a child process.
type failAt struct {
	n      int64
	kind   faultKind
	logs   bool
	opened atomic.Bool
	ops    atomic.Int64
	short  atomic.Bool
}

func (f *failAt) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() != errorfs.OpIsWrite || op.Kind == errorfs.OpFileClose {
		return nil
	}
	isLog := strings.HasSuffix(op.Path, ".log") || filepath.Base(op.Path) == "data"
	if (isLog && f.opened.Load()) != f.logs || f.ops.Add(1) != f.n {
		return nil
	}
	switch f.kind {
	case diskFull:
		return syscall.ENOSPC
	case slowDisk:
		<-time.After(50 * time.Millisecond)
		return nil
	case shortWrite:
		if op.Kind == errorfs.OpFileWrite || op.Kind == errorfs.OpFileWriteAt {
			f.short.Store(true) // the file below writes half of it
			return nil
		}
	}
	return syscall.EIO
}

// faultKind is what happens to the operation.
type faultKind int

const (
	ioError    faultKind = iota
	diskFull             // ENOSPC
	shortWrite           // half of it is written; what is not a write gets EIO
	slowDisk             // it takes its time, and works
)

func (k faultKind) String() string { return []string{"EIO", "ENOSPC", "short write", "slow"}[k] }

// shortFS writes half of what it is told when short is set, once.
type shortFS struct {
	vfs.FS
	short *atomic.Bool
}

type shortFile struct {
	vfs.File
	short *atomic.Bool
}

func (f shortFile) Write(b []byte) (int, error) {
	if !f.short.Swap(false) {
		return f.File.Write(b)
	}
	n, err := f.File.Write(b[:len(b)/2])
	return n, errors.Join(err, io.ErrShortWrite)
}

func (f shortFile) WriteAt(b []byte, at int64) (int, error) {
	if !f.short.Swap(false) {
		return f.File.WriteAt(b, at)
	}
	n, err := f.File.WriteAt(b[:len(b)/2], at)
	return n, errors.Join(err, io.ErrShortWrite)
}

func (s shortFS) wrap(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return shortFile{f, s.short}, nil
}

func (s shortFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return s.wrap(s.FS.Create(name, c))
}

func (s shortFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	return s.wrap(s.FS.OpenReadWrite(name, c, o...))
}

func (s shortFS) ReuseForWrite(was, name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return s.wrap(s.FS.ReuseForWrite(was, name, c))
}

func (f *failAt) String() string { return fmt.Sprint("fail operation ", f.n) }

// run runs a short life of a store on fs and tells what each change was answered.
func (f *failAt) run(fs vfs.FS, o Options, answered func(error)) {
	o.FS = errorfs.Wrap(shortFS{fs, &f.short}, f)
	o.MemTableBytes, o.CacheBytes = 64<<10, 1<<20
	db, err := Open(o)
	if err != nil {
		return // nothing was promised
	}
	f.opened.Store(true)
	for n := uint64(0); n < 30; n += 3 {
		c := crashChange("cnv_1", n)
		c.Events[1].Data = make([]byte, 9<<10) // several flushes
		answered(db.Commit(context.Background(), c))
	}
	_ = db.Close() // what it says does not matter: answers do
}

func TestAFailingDiskIsNeverAnsweredWithOk(t *testing.T) {
	for kind := ioError; kind <= slowDisk; kind++ {
		t.Run(kind.String(), func(t *testing.T) { failingDisk(t, kind) })
	}
}

func failingDisk(t *testing.T, kind faultKind) {
	for n := int64(1); ; n += thin {
		disk := vfs.NewCrashableMem()
		fault := &failAt{n: n, kind: kind}
		var answers []error
		o := Options{Dir: "data", Fatal: func(string) {}}
		fault.run(disk, o, func(err error) { answers = append(answers, err) })
		checkAfterFault(t, disk.CrashClone(vfs.CrashCloneCfg{}), n, answers)
		if kind == slowDisk && (len(answers) != 10 || errors.Join(answers...) != nil) {
			t.Fatalf("a slow operation %d is an error: %v", n, answers)
		}
		if fault.ops.Load() < n {
			if n < 60 {
				t.Fatalf("the script made only %d operations", n)
			}
			return
		}
	}
}

// checkAfterFault cuts the power after a fault and compares what is there with the answers.
func checkAfterFault(t *testing.T, disk vfs.FS, n int64, answers []error) {
	t.Helper()
	db := openTest(t, testOptions(t, disk))
	defer closeTest(t, db)
	mustVerify(t, db)
	have, _, err := db.Count("cnv_1")
	if err != nil && !errors.Is(err, ErrNotFound) {
		t.Fatalf("fault %d: %v", n, err)
	}
	failed := false
	for i, answer := range answers {
		there := have >= uint64(3*(i+1))
		switch {
		case answer == nil && (!there || failed):
			t.Fatalf("fault %d: change %d was answered with ok, after an error: %t; on disk: %t", n, i, failed, there)
		case answer != nil && !errors.Is(answer, ErrUnknown) && there:
			t.Fatalf("fault %d: change %d was proved not written by %v, but is there", n, i, answer)
		}
		failed = failed || answer != nil
	}
}

// TestMain is also the child process of the next test.
func TestMain(m *testing.M) {
	dir := os.Getenv("STORAGE_TEST_DIR")
	if dir == "" {
		os.Exit(m.Run())
	}
	n, err := strconv.ParseInt(os.Getenv("STORAGE_TEST_FAULT"), 10, 64)
	if err != nil {
		panic(err)
	}
	kind, err := strconv.Atoi(os.Getenv("STORAGE_TEST_KIND"))
	if err != nil {
		panic(err)
	}
	fault := &failAt{n: n, kind: faultKind(kind), logs: true}
	fault.run(vfs.Default, Options{Dir: dir}, func(err error) { fmt.Println("answered:", err == nil) })
	if fault.ops.Load() < n {
		fmt.Println("no fault")
	}
}

func TestAFailingLogLosesNothingAcknowledged(t *testing.T) {
	for kind := ioError; kind < slowDisk; kind++ {
		t.Run(kind.String(), func(t *testing.T) { failingLog(t, kind) })
	}
}

func failingLog(t *testing.T, kind faultKind) {
	exits, tries := 0, 0
	for n := 1; ; n += thin {
		dir := filepath.Join(t.TempDir(), "data")
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), "STORAGE_TEST_DIR="+dir, fmt.Sprint("STORAGE_TEST_FAULT=", n), fmt.Sprint("STORAGE_TEST_KIND=", int(kind)))
		out, err := child.Output()
		if strings.Contains(string(out), "no fault") {
			if tries < 20/thin || exits*2 < tries {
				t.Fatalf("of %d operations only %d ended the process", tries, exits)
			}
			return
		}
		tries++
		if err != nil {
			exits++
		}
		acked := strings.Count(string(out), "answered: true")
		o := testOptions(t, vfs.Default)
		o.Dir = dir
		db := openTest(t, o)
		mustVerify(t, db)
		have, _, err := db.Count("cnv_1")
		if acked > 0 && (err != nil || have < uint64(3*acked)) || have%3 != 0 {
			t.Errorf("fault %d: %d changes acknowledged, %d events on disk, %v", n, acked, have, err)
		}
		closeTest(t, db)
	}
}

func TestFatalErrorEndsTheProcessOrMakesTheStoreUnavailable(t *testing.T) {
	var broken atomic.Bool
	fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if broken.Load() && (op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData || op.Kind == errorfs.OpFileSyncTo) {
			return errorfs.ErrInjected
		}
		return nil
	}))
	fatal, failed := make(chan string, 16), make(chan error, 16)
	o := testOptions(t, fs)
	o.Fatal = func(msg string) { fatal <- msg }
	o.Failed = func(reason error) { failed <- reason }
	db := openTest(t, o)
	mustCommit(t, db, change("cnv_1", 0))
	broken.Store(true)
	wantErr(t, "commit on a broken log", db.Commit(t.Context(), change("cnv_1", 1)), ErrUnknown)
	if msg := <-fatal; msg == "" {
		t.Error("fatal without a message")
	}
	if err := <-failed; err == nil {
		t.Error("failed without a reason")
	}
	<-db.Failed()
	broken.Store(false)
	for shard := range Shard(Shards) {
		c := change("cnv_2", 0)
		c.Shard = shard
		wantErr(t, "later commit", db.Commit(t.Context(), c), ErrUnavailable)
	}
	wantErr(t, "Err", db.Err(), ErrUnavailable)
	wantErr(t, "close", db.Close(), ErrUnavailable)
	if len(failed) != 0 {
		t.Error("failed was called twice")
	}
}

func TestMemJournalFaults(t *testing.T) {
	for _, tc := range []struct {
		name    string
		fault   Fault
		want    error
		dead    bool
		written int
	}{
		{"unavailable keeps the writer", FaultUnavailable, ErrUnavailable, false, 0},
		{"a lost write kills the writer", FaultLost, ErrUnknown, true, 0},
		{"a lost answer kills the writer", FaultAnswerLost, ErrUnknown, true, 1},
	} {
		t.Run(tc.name, func(t *testing.T) { memFault(t, tc.fault, tc.want, tc.dead, tc.written) })
	}
}

func memFault(t *testing.T, fault Fault, want error, dead bool, written int) {
	j := NewMemJournal(testClock)
	w, tail, err := j.Claim(t.Context(), 1, "a")
	if err != nil {
		t.Fatal(err)
	}
	entries := []Entry{{Entity: "e", First: 1, Time: testStart}}
	j.Inject(1, fault)
	_, err = w.Append(t.Context(), testStart, entries)
	wantErr(t, "append", err, want)
	if n := countRecords(t, j, 1, tail); n != written {
		t.Fatalf("%d records, want %d", n, written)
	}
	_, err = w.Append(t.Context(), testStart, entries)
	if dead {
		wantErr(t, "append of a dead writer", err, ErrUnavailable)
	} else if err != nil {
		t.Fatalf("append after %v: %v", want, err)
	}
	// A new claim reads back what the truth is, and goes on.
	w, _, err = j.Claim(t.Context(), 1, "b")
	if err == nil {
		_, err = w.Append(t.Context(), testStart, entries)
	}
	if err != nil {
		t.Fatalf("after a new claim: %v", err)
	}
}

func countRecords(t *testing.T, j Journal, shard Shard, from Tail) (n int) {
	t.Helper()
	if err := j.Follow(t.Context(), shard, from, func(Record) error { n++; return nil }); err != nil {
		t.Fatalf("follow: %v", err)
	}
	return n
}

func TestFollowRefusesADamagedRecord(t *testing.T) {
	j := NewMemJournal(testClock)
	w, tail, err := j.Claim(t.Context(), 1, "a")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := w.Append(t.Context(), testStart, []Entry{{Entity: "e", First: 1, Time: testStart}}); err != nil {
			t.Fatal(err)
		}
	}
	j.Damage(1, 3, func(raw []byte) { raw[len(raw)/2] ^= 4 })
	seen := 0
	err = j.Follow(t.Context(), 1, tail, func(Record) error { seen++; return nil })
	wantErr(t, "follow", err, ErrCorrupt)
	if seen != 1 {
		t.Fatalf("%d records were served", seen)
	}
}
