package storage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// everyWrite takes a power cut just before every write of one goroutine's script. Who asks for few gets them evenly
// spread.
type everyWrite struct {
	fs     *crashDisk
	ledger ledger
	step   int // a cut at each so many writes

	mu   sync.Mutex
	rng  *rand.Rand
	off  bool
	ops  int
	cuts []powerCut
}

func (c *everyWrite) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off {
		return nil
	}
	if c.ops++; c.ops%c.step != 0 {
		return nil
	}
	acked := c.ledger.copy() // before the clone: what is acknowledged later may be missing
	cfg := vfs.CrashCloneCfg{UnsyncedDataPercent: []int{0, 50, 100}[c.ops/c.step%3], RNG: c.rng}
	c.cuts = append(c.cuts, powerCut{fs: c.fs.CrashClone(cfg), acked: acked, op: c.ops})
	return nil
}

func (c *everyWrite) String() string { return "a power cut at every write" }

// script is a life of a store from its first file to its close: changes of three entities with flushes and compactions,
// a trim of the journal, and a second life.
func (c *everyWrite) script(t *testing.T) {
	t.Helper()
	c.ledger.acked = map[string]uint64{}
	for life := range uint64(2) {
		o := testOptions(t, errorfs.Wrap(c.fs, c))
		o.MemTableBytes = 64 << 10
		db := openTest(t, o)
		for n := life * 45; n < (life+1)*45; n += 3 {
			for _, entity := range []string{"cnv_0", "cnv_1", "cnv_2"} {
				change := crashChange(entity, n)
				change.Events[1].Data = make([]byte, 3<<10)
				mustCommit(t, db, change)
				c.ledger.ack(entity, n+3)
			}
		}
		c.trim(t, db)
		closeTest(t, db)
	}
	c.off = true
}

// trim forgets the older half of one shard's journal: the history keeps what it said.
func (c *everyWrite) trim(t *testing.T, db *DB) {
	t.Helper()
	shard := crashChange("cnv_0", 0).Shard
	_, tail, err := db.Journal().Bounds(t.Context(), shard)
	if err == nil {
		err = db.Journal().Snapshot(t.Context(), shard, tail.Seq)
	}
	if err == nil {
		err = db.Journal().Trim(t.Context(), shard, tail.Seq/2)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// cutsAtEveryWrite runs the script and returns its power cuts.
func cutsAtEveryWrite(t *testing.T, step int) []powerCut {
	t.Helper()
	c := &everyWrite{fs: newCrashDisk(), rng: rand.New(rand.NewPCG(3, 4)), step: step}
	c.script(t)
	return c.cuts
}

func TestAPowerCutAtEveryWriteLosesNothingAndReplaysToTheSame(t *testing.T) {
	cuts := cutsAtEveryWrite(t, thin)
	if len(cuts) < 300/thin {
		t.Fatalf("the script made only %d writes", len(cuts)*thin)
	}
	for _, cut := range cuts {
		cut.replay(t)
		if lost := cut.lost(t); len(lost) > 0 {
			t.Fatalf("cut at write %d: %q", cut.op, lost)
		}
	}
	t.Logf("%d power cuts", len(cuts))
}

// replay compares the history of the recovered store with what its journal says, read from its first record.
func (p powerCut) replay(t *testing.T) {
	t.Helper()
	db := openTest(t, testOptions(t, p.fs))
	defer closeTest(t, db)
	last := map[string]uint64{}
	for shard := range Shard(Shards) {
		base, _, err := db.Journal().Bounds(t.Context(), shard)
		if err == nil {
			err = db.Journal().Follow(t.Context(), shard, base, func(rec Record) error { return replayRecord(db, &rec, last) })
		}
		if err != nil {
			t.Fatalf("cut at write %d: shard %d: %v", p.op, shard, err)
		}
	}
	for entity, n := range last {
		if have, _, err := db.Count(entity); have != n || err != nil {
			t.Fatalf("cut at write %d: the journal says %d events of %s, the history has %d, %v", p.op, n, entity, have, err)
		}
	}
}

// replayRecord demands that the events of a record follow the last ones, and stand in the history as they are there.
func replayRecord(db *DB, rec *Record, last map[string]uint64) error {
	for _, e := range rec.Entries {
		if _, seen := last[e.Entity]; !seen { // what was before it may be trimmed
			last[e.Entity] = e.First - 1
		}
		if e.First != last[e.Entity]+1 {
			return fmt.Errorf("%s: event %d after %d", e.Entity, e.First, last[e.Entity])
		}
		stored, err := db.Events(e.Entity, e.First-1, len(e.Events))
		if err != nil || len(stored) != len(e.Events) {
			return fmt.Errorf("%s: %d of %d events after %d: %w", e.Entity, len(stored), len(e.Events), e.First-1, err)
		}
		for i, ev := range e.Events {
			if stored[i].Type != ev.Type || string(stored[i].Data) != string(ev.Data) {
				return fmt.Errorf("%s: event %d is another one in the history", e.Entity, e.First+uint64(i))
			}
		}
		last[e.Entity] += uint64(len(e.Events))
	}
	return nil
}

// A recovery writes: it claims shards and makes new logs. The power may go then as well, at any write, again and again.
func TestPowerCutsDuringRecoveryLoseNothing(t *testing.T) {
	cuts := cutsAtEveryWrite(t, 1)
	second := 0
	for i := 40; i < len(cuts); i += 60 * thin {
		c := &everyWrite{fs: onCrashDisk(cuts[i].fs), rng: rand.New(rand.NewPCG(uint64(i), 4)), step: 3 * thin}
		c.ledger.acked = cuts[i].acked
		db := openTest(t, testOptions(t, errorfs.Wrap(c.fs, c)))
		c.mu.Lock()
		c.off = true
		c.mu.Unlock()
		closeTest(t, db)
		for _, cut := range c.cuts {
			second++
			cut.replay(t)
			if lost := cut.lost(t); len(lost) > 0 {
				t.Fatalf("cut at write %d, then at write %d of the recovery: %q", cuts[i].op, cut.op, lost)
			}
		}
	}
	if second < 60/thin/thin {
		t.Fatalf("only %d cuts during recoveries", second)
	}
	t.Logf("%d power cuts during recoveries", second)
}

// tornLog is a log with what of it was synced at one moment, when more of it was written.
type tornLog struct {
	fs     *vfs.MemFS // with all that was written
	path   string
	synced int
	acked  map[string]uint64
}

// tearer finds the moments at which a log has bytes that are not synced yet.
type tearer struct {
	fs     *crashDisk
	ledger ledger
	mu     sync.Mutex
	synced map[string]int
	torn   []tornLog
}

func (c *tearer) MaybeError(op errorfs.Op) error {
	sync := op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData || op.Kind == errorfs.OpFileSyncTo
	if !sync || !strings.HasSuffix(op.Path, ".log") {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	acked := c.ledger.copy()
	all := c.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 1))})
	raw, err := all.UnsafeGetFileDataBuffer(op.Path)
	if err != nil {
		return nil //nolint:nilerr // the log's folder is not synced yet: the file is not there after a power cut
	}
	if was := c.synced[op.Path]; len(raw) > was {
		c.torn = append(c.torn, tornLog{fs: all, path: op.Path, synced: was, acked: acked})
	}
	c.synced[op.Path] = len(raw)
	return nil
}

func (c *tearer) String() string { return "torn logs" }

// cutTo is the disk on which only so many bytes of the log arrived, followed by garbage.
func (l tornLog) cutTo(t *testing.T, n int, garbage []byte) *vfs.MemFS {
	t.Helper()
	fs := l.fs.CrashClone(vfs.CrashCloneCfg{})
	raw, err := l.fs.UnsafeGetFileDataBuffer(l.path)
	if err != nil {
		t.Fatal(err)
	}
	content := append(append([]byte(nil), raw[:n]...), garbage...)
	f, err := fs.Create(l.path, vfs.WriteCategoryUnspecified)
	if err == nil {
		_, err = f.Write(content)
	}
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

func TestATornTailOfTheLogIsDroppedAndNothingBeforeIt(t *testing.T) {
	c := &tearer{fs: newCrashDisk(), synced: map[string]int{}}
	c.ledger.acked = map[string]uint64{}
	db := openTest(t, testOptions(t, errorfs.Wrap(c.fs, c)))
	for n := uint64(0); n < 12; n += 3 {
		if err := db.Commit(context.Background(), crashChange("cnv_1", n)); err != nil {
			t.Fatal(err)
		}
		c.ledger.ack("cnv_1", n+3)
	}
	closeTest(t, db)
	rng, tries := rand.New(rand.NewPCG(5, 6)), 0
	for _, l := range c.torn {
		raw, err := l.fs.UnsafeGetFileDataBuffer(l.path)
		if err != nil {
			t.Fatal(err)
		}
		for n := l.synced; n < len(raw); n += 1 + rng.IntN(120*thin) {
			garbage := make([]byte, rng.IntN(300))
			if rng.IntN(2) == 0 {
				for i := range garbage {
					garbage[i] = byte(rng.Uint32())
				}
			}
			tries++
			cut := powerCut{fs: l.cutTo(t, n, garbage), acked: l.acked, op: n}
			if lost := cut.lost(t); len(lost) > 0 {
				t.Fatalf("torn after %d of %d bytes, %d of them synced: %q", n, len(raw), l.synced, lost)
			}
		}
	}
	if tries < 60/thin {
		t.Fatalf("only %d torn tails", tries)
	}
	t.Logf("%d torn tails", tries)
}
