package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func TestCommittedEventsStateAndRowsAreRead(t *testing.T) {
	db := openMem(t)
	c := change("cnv_1", 0)
	c.Events = append(c.Events, Event{Type: 17})
	c.State = []byte("state 2")
	c.Set = []Row{{Key: []byte("open/1"), Value: []byte("a")}, {Key: []byte("open/2"), Value: []byte("b")}}
	c.Claim = claimOf("contact 7", "cnv_1")
	mustCommit(t, db, c)
	next := change("cnv_1", 2)
	next.Delete = [][]byte{[]byte("open/1")}
	mustCommit(t, db, next)

	events, err := db.Events("cnv_1", 0, 10)
	if err != nil || len(events) != 3 {
		t.Fatalf("events: %+v, %v", events, err)
	}
	for i, ev := range events {
		if ev.Ordinal != uint64(i+1) {
			t.Errorf("event %d has ordinal %d", i, ev.Ordinal)
		}
	}
	if ev := events[2]; !ev.Time.Equal(next.Time) || ev.Type != 16 || string(ev.Data) != "cnv_1 event 3" {
		t.Errorf("third event: %+v", ev)
	}
	if state, upTo, err := db.State("cnv_1"); err != nil || upTo != 2 || string(state) != "state 2" {
		t.Errorf("state %q up to %d, %v", state, upTo, err)
	}
	if v, ok, err := db.Claimed([]byte("contact 7")); err != nil || !ok || string(v) != "cnv_1" {
		t.Errorf("claim %q %t, %v", v, ok, err)
	}
	_, err = db.Get([]byte("open/1"))
	wantErr(t, "deleted row", err, ErrNotFound)
	if v, err := db.Get([]byte("open/2")); err != nil || string(v) != "b" {
		t.Errorf("row %q, %v", v, err)
	}
	mustVerify(t, db)
}

func TestEventsArePaged(t *testing.T) {
	db := openMem(t)
	for i := range uint64(7) {
		mustCommit(t, db, change("cnv_1", i), change("cnv_10", i))
	}
	var got []uint64
	for after := uint64(0); ; {
		page, err := db.Events("cnv_1", after, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, ev := range page {
			got = append(got, ev.Ordinal)
			after = ev.Ordinal
		}
	}
	if fmt.Sprint(got) != "[1 2 3 4 5 6 7]" {
		t.Fatalf("ordinals %v", got)
	}
}

func TestStateWithoutOneIsEmptyAndWithoutEntityNotFound(t *testing.T) {
	db := openMem(t)
	mustCommit(t, db, change("cnv_1", 0))
	if data, upTo, err := db.State("cnv_1"); data != nil || upTo != 0 || err != nil {
		t.Errorf("state %q up to %d, %v", data, upTo, err)
	}
	_, _, err := db.State("cnv_2")
	wantErr(t, "state of nobody", err, ErrNotFound)
}

func TestStaleChangeIsRefusedAlone(t *testing.T) {
	db := openMem(t)
	mustCommit(t, db, change("cnv_1", 0))
	errs := together(t, db, 2,
		change("cnv_1", 1), change("cnv_1", 1), change("cnv_1", 2), change("cnv_2", 1), change("cnv_3", 0))
	for _, i := range []int{0, 2, 4} {
		if errs[i] != nil {
			t.Errorf("change %d: %v", i, errs[i])
		}
	}
	wantStale(t, errs[1], "cnv_1", 2)
	wantStale(t, errs[3], "cnv_2", 0)
	if rep := mustVerify(t, db); rep.Events != 4 || rep.Entities != 2 {
		t.Errorf("report %+v", rep)
	}
}

func TestTakenClaimRefusesOnlyItsChange(t *testing.T) {
	db := openMem(t)
	first, second, third := change("cnv_1", 0), change("cnv_2", 0), change("cnv_3", 0)
	first.Claim, second.Claim = claimOf("k", "cnv_1"), claimOf("k", "cnv_2")
	second.Set = []Row{{Key: []byte("row"), Value: []byte("must not be there")}}
	errs := together(t, db, 2, first, second, third)
	if errs[0] != nil || errs[2] != nil {
		t.Fatalf("accepted changes: %v, %v", errs[0], errs[2])
	}
	wantTaken(t, errs[1], "k", "cnv_1")
	if _, _, err := db.State("cnv_2"); !errors.Is(err, ErrNotFound) {
		t.Errorf("the refused change left a trace: %v", err)
	}
	if _, err := db.Get([]byte("row")); !errors.Is(err, ErrNotFound) {
		t.Errorf("the refused change left a row: %v", err)
	}
	again := change("cnv_2", 0)
	again.Claim = claimOf("k", "cnv_2")
	wantTaken(t, db.Commit(t.Context(), again), "k", "cnv_1")
	if rep := mustVerify(t, db); rep.Events != 2 || rep.Claims != 1 {
		t.Errorf("report %+v", rep)
	}
}

func TestSameClaimAgainIsFineAndReleaseFreesIt(t *testing.T) {
	db := openMem(t)
	take, again := change("cnv_1", 0), change("cnv_1", 1)
	take.Claim, again.Claim = claimOf("k", "v"), claimOf("k", "v")
	mustCommit(t, db, take, again)
	swap := change("cnv_1", 2)
	swap.Release, swap.Claim = [][]byte{[]byte("k")}, claimOf("k", "other")
	mustCommit(t, db, swap)
	if v, _, _ := db.Claimed([]byte("k")); string(v) != "other" {
		t.Errorf("after release and claim in one change: %q", v)
	}
	free, retake := change("cnv_1", 3), change("cnv_2", 0)
	free.Release, retake.Claim = [][]byte{[]byte("k"), []byte("never held")}, claimOf("k", "cnv_2")
	for _, err := range together(t, db, 2, free, retake) {
		if err != nil {
			t.Errorf("release and claim in one group: %v", err)
		}
	}
	mustVerify(t, db)
}

func TestClaimOfAnotherShardCannotBeReleased(t *testing.T) {
	db := openMem(t)
	take := change("cnv_1", 0)
	take.Claim = claimOf("k", "v")
	mustCommit(t, db, take)
	steal := change("cnv_2", 0)
	steal.Shard, steal.Release = 5, [][]byte{[]byte("k")}
	wantTaken(t, db.Commit(t.Context(), steal), "k", "v")
	same := change("cnv_3", 0)
	same.Shard, same.Claim = 6, claimOf("k", "v")
	mustCommit(t, db, same)
	mustVerify(t, db)
}

func TestOneChangeMayNotClaimAKeyForTwoValues(t *testing.T) {
	db := openMem(t)
	c := change("cnv_1", 0)
	c.Claim = append(claimOf("k", "a"), claimOf("k", "b")...)
	wantTaken(t, db.Commit(t.Context(), c), "k", "a")
	c.Claim = append(claimOf("k", "a"), claimOf("k", "a")...)
	mustCommit(t, db, c)
	mustVerify(t, db)
}

func TestWaitingChangesShareOneRecord(t *testing.T) {
	db := openMem(t)
	_, before, err := db.Journal().Bounds(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	var changes []Change
	for i := range uint64(50) {
		changes = append(changes, change("cnv_1", i))
	}
	for i, err := range together(t, db, 2, changes...) {
		if err != nil {
			t.Fatalf("change %d: %v", i, err)
		}
	}
	records := 0
	err = db.Journal().Follow(t.Context(), 2, before, func(r Record) error {
		records++
		for i, e := range r.Entries {
			if e.First != uint64(i+1) || !e.Time.Equal(testStart.Add(time.Duration(i)*time.Second)) {
				t.Errorf("entry %d: %+v", i, e)
			}
		}
		return nil
	})
	if err != nil || records != 1 {
		t.Fatalf("%d records, %v", records, err)
	}
}

func TestInvalidChangesAreRefused(t *testing.T) {
	db := openMem(t)
	for name, c := range map[string]Change{
		"shard":               {Shard: Shards},
		"events of nobody":    {Events: []Event{{Type: 16}}},
		"no time":             {Entity: "a", Events: []Event{{Type: 16}}},
		"zero byte":           {Entity: "a\x00b"},
		"long entity":         {Entity: string(make([]byte, MaxEntityBytes+1))},
		"state without event": {Entity: "a", State: []byte{1}},
		"empty key":           {Set: []Row{{}}},
		"reserved key":        {Set: []Row{{Key: []byte{0, 'd'}}}},
		"reserved deletion":   {Delete: [][]byte{{0}}},
		"long claim":          {Claim: []Claim{{Key: make([]byte, MaxKeyBytes+1)}}},
		"empty release":       {Release: [][]byte{nil}},
	} {
		if err := db.Commit(t.Context(), c); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	big := change("cnv_1", 0)
	big.Events[0].Data = make([]byte, MaxChangeBytes/2)
	wantErr(t, "too large", db.Commit(t.Context(), big), ErrTooLarge)
	other := change("cnv_2", 0)
	mustCommit(t, db, other)
	other.Shard, other.Expect = 3, 1
	wantErr(t, "entity of another shard", db.Commit(t.Context(), other), ErrInvalid)
}

func TestCancelledWhileQueuedIsNotWritten(t *testing.T) {
	db := openMem(t)
	hold, held := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 2)
	go func() {
		ended <- db.call(context.Background(), 2, func() error { close(held); <-hold; return nil })
	}()
	<-held
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- db.Commit(ctx, change("cnv_1", 0)) }()
	for db.Stats().Waiting == 0 {
		runtime.Gosched()
	}
	cancel()
	wantErr(t, "commit", <-ended, context.Canceled)
	close(hold)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	mustCommit(t, db, change("cnv_1", 0)) // proves that it had no event
}

func TestCancelledOnceTakenWaitsForTheOutcome(t *testing.T) {
	db := openMem(t)
	ctx, cancel := context.WithCancel(t.Context())
	started, hold := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- db.call(ctx, 2, func() error { close(started); <-hold; return nil })
	}()
	<-started
	cancel()
	close(hold)
	if err := <-ended; err != nil {
		t.Fatalf("got %v, want the outcome", err)
	}
}

func TestReopenedStoreKeepsEverythingAndClaimsNextEpoch(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	db := openTest(t, o)
	take := change("cnv_1", 0)
	take.Claim = claimOf("k", "cnv_1")
	mustCommit(t, db, take)
	closeTest(t, db)

	db = openTest(t, o)
	defer closeTest(t, db)
	steal := change("cnv_2", 0)
	steal.Claim = claimOf("k", "cnv_2")
	wantTaken(t, db.Commit(t.Context(), steal), "k", "cnv_1")
	wantStale(t, db.Commit(t.Context(), change("cnv_1", 0)), "cnv_1", 1)
	mustCommit(t, db, change("cnv_1", 1))
	_, tail, err := db.Journal().Bounds(t.Context(), 2)
	if err != nil || tail.Epoch != 2 {
		t.Fatalf("tail %+v, %v", tail, err)
	}
	mustVerify(t, db)
}

func TestClosedStoreRefusesAndDrains(t *testing.T) {
	db := openTest(t, testOptions(t, vfs.NewMem()))
	hold, held := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 2)
	go func() {
		ended <- db.call(context.Background(), 2, func() error { close(held); <-hold; return nil })
	}()
	<-held
	go func() { ended <- db.Commit(context.Background(), change("cnv_1", 0)) }()
	for db.Stats().Waiting == 0 {
		runtime.Gosched()
	}
	closed := make(chan error, 1)
	go func() { closed <- db.Close() }()
	close(hold)
	for range 2 {
		if err := <-ended; err != nil {
			t.Errorf("queued before close: %v", err)
		}
	}
	if err := <-closed; err != nil {
		t.Fatalf("close: %v", err)
	}
	wantErr(t, "commit", db.Commit(t.Context(), change("cnv_1", 1)), ErrUnavailable)
	_, _, err := db.State("cnv_1")
	wantErr(t, "read", err, ErrClosed)
	wantErr(t, "journal", db.Journal().Snapshot(t.Context(), 2, 1), ErrClosed)
	if err := db.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestScanKeepsBoundsOrderAndLimit(t *testing.T) {
	db := openMem(t)
	var c Change
	for _, k := range []string{"a", "b/1", "b/2", "b/3", "b/\xff", "c"} {
		c.Set = append(c.Set, Row{Key: []byte(k), Value: []byte("=" + k)})
	}
	mustCommit(t, db, c)
	for _, tc := range []struct {
		r    Range
		want string
	}{
		{Prefix([]byte("b/")), "b/1 b/2 b/3 b/\xff "},
		{Range{}, "a b/1 b/2 b/3 b/\xff c "},
		{Range{Prefix: []byte("b/"), Reverse: true, Limit: 2}, "b/\xff b/3 "},
		{Range{Prefix: []byte("b/"), From: []byte("b/2")}, "b/2 b/3 b/\xff "},
		{Range{Prefix: []byte("b/"), From: []byte("a"), Below: []byte("b/2")}, "b/1 "},
		{Range{From: []byte("b/2"), Below: []byte("c"), Limit: 1}, "b/2 "},
		{Range{Prefix: []byte("b/"), From: []byte("c")}, ""},
	} {
		var got bytes.Buffer
		err := db.Scan(tc.r, func(k, v []byte) error {
			if string(v) != "="+string(k) {
				t.Errorf("%s has %s", k, v)
			}
			got.WriteString(string(k) + " ")
			return nil
		})
		if err != nil || got.String() != tc.want {
			t.Errorf("%+v: %q, %v; want %q", tc.r, got.String(), err, tc.want)
		}
	}
	seen := 0
	if err := db.Scan(Range{}, func(_, _ []byte) error { seen++; return ErrStop }); err != nil || seen != 1 {
		t.Errorf("stopped scan: %d rows, %v", seen, err)
	}
}
