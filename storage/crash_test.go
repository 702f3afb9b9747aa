package storage

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// ledger is what was acknowledged: entity to number of events.
type ledger struct {
	mu    sync.Mutex
	acked map[string]uint64
}

func (l *ledger) ack(entity string, n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked[entity] = n
}

func (l *ledger) copy() map[string]uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.acked)
}

// powerCut is the disk as a power cut would leave it, with what was acknowledged before.
type powerCut struct {
	fs    *vfs.MemFS
	acked map[string]uint64
	op    int
}

// cutter takes power cuts just before randomly chosen file operations.
type cutter struct {
	fs     *crashDisk
	ledger ledger

	mu   sync.Mutex
	rng  *rand.Rand
	ops  int
	cuts []powerCut
}

func (c *cutter) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ops++
	if c.rng.IntN(5*thin) == 0 && len(c.cuts) < 60 {
		acked := c.ledger.copy() // before the clone: what is acknowledged later may be missing
		cfg := vfs.CrashCloneCfg{UnsyncedDataPercent: []int{0, 30, 80}[c.rng.IntN(3)], RNG: c.rng}
		c.cuts = append(c.cuts, powerCut{fs: c.fs.CrashClone(cfg), acked: acked, op: c.ops})
	}
	return nil
}

func (c *cutter) String() string { return "power cuts" }

// crashChange is one all-or-nothing change: three events, a state, a row and a claim.
func crashChange(entity string, n uint64) Change {
	c := change(entity, n)
	c.Shard = Shard(entity[len(entity)-1]) % Shards
	c.Events = append(c.Events, Event{Type: 17, Data: make([]byte, 600)}, Event{Type: 18})
	c.State = []byte(fmt.Sprint("state ", n+3))
	c.Set = []Row{{Key: []byte("row/" + entity), Value: []byte(fmt.Sprint(n + 3))}}
	c.Claim = claimOf(fmt.Sprint(entity, "/", n+3), entity)
	if n > 0 {
		c.Release = [][]byte{[]byte(fmt.Sprint(entity, "/", n))}
	}
	return c
}

func runWithPowerCuts(t *testing.T, seed uint64, noSync bool) []powerCut {
	t.Helper()
	return cutsWhile(t, seed, noSync, []string{"cnv_0", "cnv_1", "cnv_2", "cnv_3", "cnv_4", "cnv_5"})
}

// cutsWhile cuts the power while one goroutine for each entity commits.
func cutsWhile(t *testing.T, seed uint64, noSync bool, entities []string) []powerCut {
	t.Helper()
	c := &cutter{fs: newCrashDisk(), rng: rand.New(rand.NewPCG(seed, 1))}
	c.ledger.acked = map[string]uint64{}
	o := testOptions(t, errorfs.Wrap(c.fs, c))
	o.MemTableBytes, o.noSync = 64<<10, noSync // small: flushes and compactions take part
	if seed%2 == 0 {
		o.overlap = 1 // groups on top of each other
	}
	db := openTest(t, o)
	var wg sync.WaitGroup
	for _, entity := range entities {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := uint64(0); n < 90; n += 3 {
				if err := db.Commit(context.Background(), crashChange(entity, n)); err != nil {
					t.Errorf("commit: %v", err)
					return
				}
				c.ledger.ack(entity, n+3)
			}
		}()
	}
	wg.Wait()
	closeTest(t, db)
	return c.cuts
}

// lost opens the disk after a power cut and returns what is missing of what was
// acknowledged. It fails the test if a change is there in part.
func (p powerCut) lost(t *testing.T) (lost []string) {
	t.Helper()
	db := openTest(t, testOptions(t, p.fs))
	defer closeTest(t, db)
	mustVerify(t, db)
	for entity, want := range p.acked {
		have, _, err := db.Count(entity)
		if have < want {
			lost = append(lost, fmt.Sprintf("%s has %d of %d (%v)", entity, have, want, err))
			continue
		}
		state, upTo, err := db.State(entity)
		if err != nil || upTo != have || string(state) != fmt.Sprint("state ", have) || have%3 != 0 {
			t.Errorf("cut at %d: %s: %d events, state %q up to %d, %v", p.op, entity, have, state, upTo, err)
		}
		row, err := db.Get([]byte("row/" + entity))
		if err != nil || string(row) != fmt.Sprint(have) {
			t.Errorf("cut at %d: %s: %d events, row %q, %v", p.op, entity, have, row, err)
		}
		if _, ok, err := db.Claimed([]byte(fmt.Sprint(entity, "/", have))); !ok || err != nil {
			t.Errorf("cut at %d: %s: claim is missing, %v", p.op, entity, err)
		}
		mustCommit(t, db, crashChange(entity, have))
	}
	mustVerify(t, db)
	return lost
}

func TestPowerCutLosesNothingAcknowledgedAndSplitsNoChange(t *testing.T) {
	for seed := range uint64(max(1, 3/thin)) {
		cuts := runWithPowerCuts(t, seed, false)
		if len(cuts) < 20/thin {
			t.Fatalf("only %d cuts", len(cuts))
		}
		for _, cut := range cuts {
			if lost := cut.lost(t); len(lost) > 0 {
				t.Fatalf("seed %d, cut at operation %d: %q", seed, cut.op, lost)
			}
		}
	}
}

// The test of the test: without syncs, the power cuts above must find losses.
func TestPowerCutsDetectAStoreThatDoesNotSync(t *testing.T) {
	for _, cut := range runWithPowerCuts(t, 1, true) {
		if cut.lostAny(t) {
			return
		}
	}
	t.Fatal("a store without syncs passed: the crash test cannot fail")
}

// lostAny is lost for a store that is allowed to lose everything.
func (p powerCut) lostAny(t *testing.T) bool {
	t.Helper()
	db := openTest(t, testOptions(t, p.fs))
	defer closeTest(t, db)
	for entity, want := range p.acked {
		if have, _, _ := db.Count(entity); have < want {
			return true
		}
	}
	return false
}

func TestRecoveringTwiceGivesTheSameState(t *testing.T) {
	cuts := runWithPowerCuts(t, 9, false)
	cut := cuts[len(cuts)-1]
	dump := func() (out []string) {
		o := testOptions(t, cut.fs)
		o.setDefaults()
		db, err := openEngine(o) // without claiming, which writes
		if err != nil {
			t.Fatal(err)
		}
		v := &verifier{ctx: t.Context(), r: db.e.p, e: db.e}
		for _, space := range []byte("CEHIJMST") {
			if err := v.each(space, func(k, val []byte) error { out = append(out, fmt.Sprintf("%q=%q", k, val)); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.shut(); err != nil {
			t.Fatal(err)
		}
		return out
	}
	first, second := dump(), dump()
	if len(first) < 100 || fmt.Sprint(first) != fmt.Sprint(second) {
		t.Fatalf("%d rows, then %d rows, or not the same", len(first), len(second))
	}
}
