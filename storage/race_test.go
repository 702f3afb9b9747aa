package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

func TestAClaimContendedOverAllShardsHasOneWinner(t *testing.T) {
	db := openMem(t)
	for round := range 20 {
		key := fmt.Sprint("contact ", round)
		var wins atomic.Int64
		var wg sync.WaitGroup
		start := make(chan struct{})
		for g := range 2 * Shards {
			wg.Add(1)
			go func() {
				defer wg.Done()
				entity := fmt.Sprintf("cnv_%d_%d", round, g)
				c := change(entity, 0)
				c.Shard = Shard(g % Shards)
				c.Claim = claimOf(key, entity)
				<-start
				err := db.Commit(context.Background(), c)
				var taken *Taken
				switch {
				case err == nil:
					wins.Add(1)
				case !errors.As(err, &taken):
					t.Errorf("loser: %v", err)
				}
			}()
		}
		close(start)
		wg.Wait()
		if wins.Load() != 1 {
			t.Fatalf("round %d: %d winners", round, wins.Load())
		}
	}
	if rep := mustVerify(t, db); rep.Claims != 20 || rep.Events != 20 {
		t.Errorf("report %+v", rep)
	}
}

// Many goroutines extend few entities, each by compare-and-append: every event has
// one winner, and keys move from hand to hand without ever being held twice.
func TestConcurrentChangesKeepEveryHistoryDense(t *testing.T) {
	db := openMem(t)
	const goroutines, each = 8, 60
	var stale, taken, committed atomic.Int64
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range each {
				err := contend(db, fmt.Sprint("cnv_", i%3), Shard(i%3*5), fmt.Sprint("key ", (g+i)%2))
				var s *Stale
				var k *Taken
				switch {
				case err == nil:
					committed.Add(1)
				case errors.As(err, &s):
					stale.Add(1)
				case errors.As(err, &k):
					taken.Add(1)
				default:
					t.Errorf("contend: %v", err)
				}
			}
		}()
	}
	readers(t, db, &wg)
	wg.Wait()
	rep := mustVerify(t, db)
	if int64(rep.Events) != committed.Load() || committed.Load() == 0 || taken.Load() == 0 {
		t.Errorf("%d committed, %d stale, %d taken, %d events", committed.Load(), stale.Load(), taken.Load(), rep.Events)
	}
}

// contend extends the entity by one event, and takes the key or gives it back.
func contend(db *DB, entity string, shard Shard, key string) error {
	n, _, err := db.Count(entity)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	c := change(entity, n)
	c.Shard = shard
	if n%2 == 0 {
		c.Claim = claimOf(key, entity)
	} else {
		held, ok, err := db.Claimed([]byte(key))
		if err != nil {
			return err
		}
		if ok && string(held) == entity {
			c.Release = [][]byte{[]byte(key)}
		}
	}
	return db.Commit(context.Background(), c)
}

func readers(t *testing.T, db *DB, wg *sync.WaitGroup) {
	for range 2 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 50 {
				if _, err := db.Events("cnv_1", 0, 1000); err != nil {
					t.Errorf("events: %v", err)
				}
				if rep, err := db.Verify(context.Background(), nil); err != nil || !rep.OK() {
					t.Errorf("verify meanwhile: %v %q", err, rep.Problems)
				}
			}
		}()
	}
}

func (l *stripes) held(i int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all[i].groups > 0
}

// The lock is what keeps two shards from both finding a key free; the tests above
// meet that moment only by chance.
func TestAClaimIsLockedUntilItIsDurable(t *testing.T) {
	key := []byte("contact")
	var set stripeSet
	set.add(key)
	var db *DB
	var armed atomic.Bool
	var seen atomic.Int64
	fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if !armed.Load() || !strings.HasSuffix(op.Path, ".log") {
			return nil
		}
		seen.Add(1)
		set.each(func(i int) {
			if !db.claims.held(i) {
				t.Errorf("free during operation %d on the log", op.Kind)
			}
		})
		return nil
	}))
	db = openTest(t, testOptions(t, fs))
	defer closeTest(t, db)
	take, free := change("cnv_1", 0), change("cnv_1", 1)
	take.Claim, free.Release = []Claim{{Key: key}}, [][]byte{key}
	for _, c := range []Change{take, free} {
		armed.Store(true)
		mustCommit(t, db, c)
		armed.Store(false)
	}
	if seen.Load() < 4 {
		t.Errorf("only %d operations on the log", seen.Load())
	}
}
