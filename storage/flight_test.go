package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// heldSync is a disk on which the syncs of the log wait, once armed, and may fail then.
type heldSync struct {
	armed   bool // set while no commit is under way
	release chan struct{}
	err     error
}

func (h *heldSync) MaybeError(op errorfs.Op) error {
	if h.armed && strings.HasSuffix(op.Path, ".log") && op.Kind == errorfs.OpFileSyncData {
		<-h.release
		return h.err
	}
	return nil
}

func (h *heldSync) String() string { return "held syncs" }

// underWay commits without waiting, and leaves the answer in the channel.
func underWay(db *DB, c Change) <-chan error {
	done := make(chan error, 1)
	go func() { done <- db.Commit(context.Background(), c) }()
	synctest.Wait()
	return done
}

func wantSilence(t *testing.T, what string, done <-chan error) {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-done:
		t.Fatalf("%s was answered (%v) before it was durable", what, err)
	default:
	}
}

// withHeldSync runs fn in a bubble on a store whose next sync waits for release, and whose groups begin at once.
func withHeldSync(t *testing.T, fail error, fn func(t *testing.T, db *DB, disk *heldSync)) {
	withOverlap(t, 1, fail, fn)
}

// withOverlap is withHeldSync with groups of fewer than n changes that wait for the one under way.
func withOverlap(t *testing.T, n int, fail error, fn func(t *testing.T, db *DB, disk *heldSync)) {
	synctest.Test(t, func(t *testing.T) {
		disk := &heldSync{release: make(chan struct{}), err: fail}
		o := testOptions(t, errorfs.Wrap(vfs.NewMem(), disk))
		o.overlap = n
		db := openTest(t, o)
		disk.armed = true
		fn(t, db, disk)
		if fail == nil {
			disk.armed = false
			closeTest(t, db)
			return
		}
		if err := db.Close(); err == nil {
			t.Error("a failed store was closed without an error")
		}
	})
}

func TestAGroupBeginsWhileTheOneBeforeIsSynced(t *testing.T) {
	withHeldSync(t, nil, func(t *testing.T, db *DB, disk *heldSync) {
		first, second := underWay(db, change("cnv_1", 0)), underWay(db, change("cnv_2", 0))
		for _, entity := range []string{"cnv_1", "cnv_2"} {
			if n, _, err := db.Count(entity); n != 1 || err != nil {
				t.Fatalf("%s has %d events during the sync, %v", entity, n, err)
			}
		}
		_, tail, err := db.Journal().Bounds(t.Context(), 2)
		if err != nil || tail.Seq != 1 {
			t.Errorf("readers of the journal see up to %d before it is durable, %v", tail.Seq, err)
		}
		wantSilence(t, "the first", first)
		wantSilence(t, "the second", second)
		close(disk.release)
		for _, done := range []<-chan error{first, second} {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if _, tail, _ := db.Journal().Bounds(t.Context(), 2); tail.Seq != 3 {
			t.Errorf("the journal ends at %d, want the claim and two groups", tail.Seq)
		}
	})
}

func TestGroupsUnderWayAreBounded(t *testing.T) {
	withHeldSync(t, nil, func(t *testing.T, db *DB, disk *heldSync) {
		var all []<-chan error
		for i := range maxFlights + 5 {
			all = append(all, underWay(db, change(fmt.Sprint("cnv_", i), 0)))
		}
		begun := 0
		for i := range all {
			if n, _, _ := db.Count(fmt.Sprint("cnv_", i)); n == 1 {
				begun++
			}
		}
		if begun != maxFlights {
			t.Errorf("%d groups are under way, want %d", begun, maxFlights)
		}
		close(disk.release)
		for _, done := range all {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestASmallGroupGrowsWhileAnotherIsUnderWay(t *testing.T) {
	const overlap, changes = 4, 7 // one under way, four begin on top, two wait
	withOverlap(t, overlap, nil, func(t *testing.T, db *DB, disk *heldSync) {
		var all []<-chan error
		for i := range changes {
			all = append(all, underWay(db, change(fmt.Sprint("cnv_", i), 0)))
			begun := 1
			if i >= overlap {
				begun = 1 + overlap
			}
			for j := range all {
				if n, _, _ := db.Count(fmt.Sprint("cnv_", j)); (n == 1) != (j < begun) {
					t.Errorf("after %d changes, change %d has %d events, want those of the first %d", i+1, j, n, begun)
				}
			}
		}
		close(disk.release)
		for _, done := range all {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if _, tail, _ := db.Journal().Bounds(t.Context(), 2); tail.Seq != 4 {
			t.Errorf("the journal ends at %d, want the claim and three groups", tail.Seq)
		}
	})
}

func TestARefusalWaitsUntilWhatItTellsOfIsDurable(t *testing.T) {
	take, again, elsewhere, stale := change("cnv_1", 0), change("cnv_2", 0), change("cnv_3", 0), change("cnv_1", 0)
	take.Claim, again.Claim, elsewhere.Claim = claimOf("open", "1"), claimOf("open", "2"), claimOf("open", "3")
	elsewhere.Shard = 3
	t.Run("durable", func(t *testing.T) {
		withHeldSync(t, nil, func(t *testing.T, db *DB, disk *heldSync) {
			first := underWay(db, take)
			taken, across, old := underWay(db, again), underWay(db, elsewhere), underWay(db, stale)
			wantSilence(t, "a refusal in the shard", taken)
			wantSilence(t, "a refusal in another shard", across)
			wantSilence(t, "a stale change", old)
			close(disk.release)
			if err := <-first; err != nil {
				t.Error(err)
			}
			wantTaken(t, <-taken, "open", "1")
			wantTaken(t, <-across, "open", "1")
			wantStale(t, <-old, "cnv_1", 1)
		})
	})
	t.Run("lost", func(t *testing.T) {
		withHeldSync(t, errorfs.ErrInjected, func(t *testing.T, db *DB, disk *heldSync) {
			first, taken := underWay(db, take), underWay(db, again)
			close(disk.release)
			wantErr(t, "the claim", <-first, ErrUnknown)
			err := <-taken
			var told *Taken
			if err == nil || errors.As(err, &told) {
				t.Errorf("answered %v because of a claim that nobody has", err)
			}
		})
	})
}

func TestAStripeIsSharedWithinAShardAndGoesRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l stripes
		l.init()
		var set stripeSet
		set.add([]byte("key"))
		l.lock(1, &set)
		l.lock(1, &set) // the shard's next group
		var order []int
		var mu sync.Mutex
		take := func(shard Shard) {
			l.lock(shard, &set)
			mu.Lock()
			order = append(order, int(shard))
			mu.Unlock()
			l.unlock(&set)
		}
		go take(2)
		synctest.Wait()
		go take(1) // must not overtake the shard that waits
		synctest.Wait()
		l.unlock(&set)
		synctest.Wait()
		if len(order) != 0 {
			t.Fatalf("%v had the stripe while a group still held it", order)
		}
		l.unlock(&set)
		synctest.Wait()
		if len(order) != 2 {
			t.Fatalf("%v had the stripe, want both", order)
		}
	})
}

// Twenty-four goroutines on one shard keep several groups under way at each cut.
func TestPowerCutsWithSeveralGroupsUnderWay(t *testing.T) {
	entities := make([]string, 24)
	for i := range entities {
		entities[i] = fmt.Sprintf("cnv_%02d_x", i)
	}
	cuts := cutsWhile(t, 6, false, entities)
	if len(cuts) < 20/thin {
		t.Fatalf("only %d cuts", len(cuts))
	}
	for _, cut := range cuts {
		if lost := cut.lost(t); len(lost) > 0 {
			t.Fatalf("cut at operation %d: %q", cut.op, lost)
		}
	}
}
