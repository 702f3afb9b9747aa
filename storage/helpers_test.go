package storage

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

var testStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func testClock() time.Time { return testStart }

// testOptions keep a test's memory small and never exit the process.
func testOptions(t testing.TB, fs vfs.FS) Options {
	return Options{
		Dir: "data", FS: fs, MemTableBytes: 1 << 20, CacheBytes: 1 << 20,
		Fatal: func(msg string) { t.Logf("fatal: %s", msg) },
	}
}

func openTest(t testing.TB, o Options) *DB {
	t.Helper()
	db, err := Open(o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return db
}

func openMem(t testing.TB) *DB {
	t.Helper()
	db := openTest(t, testOptions(t, vfs.NewMem()))
	t.Cleanup(func() { closeTest(t, db) })
	return db
}

func closeTest(t testing.TB, db *DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// change appends one event to an entity that has n.
func change(entity string, n uint64) Change {
	return Change{
		Shard: 2, Time: testStart.Add(time.Duration(n) * time.Second), Entity: entity, Expect: n,
		Events: []Event{{Type: 16, Data: []byte(fmt.Sprint(entity, " event ", n+1))}},
	}
}

func mustCommit(t testing.TB, db *DB, changes ...Change) {
	t.Helper()
	for _, c := range changes {
		if err := db.Commit(t.Context(), c); err != nil {
			t.Fatalf("commit %s after %d: %v", c.Entity, c.Expect, err)
		}
	}
}

func mustVerify(t testing.TB, db *DB) Report {
	t.Helper()
	rep, err := db.Verify(t.Context(), nil)
	if err != nil || !rep.OK() {
		t.Fatalf("verify: %v, %d problems: %q", err, rep.Bad, rep.Problems)
	}
	return rep
}

func wantErr(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%s: got %v, want %v", what, err, want)
	}
}

func wantStale(t testing.TB, err error, entity string, have uint64) {
	t.Helper()
	var stale *Stale
	if !errors.As(err, &stale) || stale.Entity != entity || stale.Have != have {
		t.Fatalf("got %v, want stale: %s has %d", err, entity, have)
	}
}

func wantTaken(t testing.TB, err error, key, value string) {
	t.Helper()
	var taken *Taken
	if !errors.As(err, &taken) || string(taken.Key) != key || string(taken.Value) != value {
		t.Fatalf("got %v, want %q taken by %q", err, key, value)
	}
}

func claimOf(key, value string) []Claim { return []Claim{{Key: []byte(key), Value: []byte(value)}} }

// together makes the changes wait until all are queued, so that they share one
// group, and returns their errors.
func together(t testing.TB, db *DB, shard Shard, changes ...Change) []error {
	t.Helper()
	hold, held := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- db.call(t.Context(), shard, func() error { close(held); <-hold; return nil })
	}()
	<-held
	results := make([]chan error, len(changes))
	for i, c := range changes {
		results[i] = make(chan error, 1)
		r := &request{done: results[i], change: c, bytes: c.size()}
		if err := db.enqueue(t.Context(), shard, r); err != nil {
			t.Fatalf("enqueue: %v", err)
		}
	}
	groups := db.Stats().Groups
	close(hold)
	if err := <-ended; err != nil {
		t.Fatalf("hold the writer: %v", err)
	}
	errs := make([]error, len(changes))
	for i := range changes {
		errs[i] = <-results[i]
	}
	if n := db.Stats().Groups - groups; n > 1 {
		t.Fatalf("%d groups", n)
	}
	return errs
}
