package storage

import (
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// This also notices when another release of Pebble gives its files other names, or gathers many blocks in one write.
func TestFlushesAndCompactionsMakeWayAfterEachBlock(t *testing.T) {
	e := engine{log: silent{}}
	var ways atomic.Int64
	o := Options{FS: vfs.NewMem()}
	o.setDefaults()
	po := o.pebbleOptions(&e)
	po.FS = &politeFS{o.FS, func() { ways.Add(1) }}
	po.DisableAutomaticCompactions = true // one would take a part of the work that is counted
	p, err := pebble.Open("data", po)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	const blocks = 64
	fill := func(first byte) {
		t.Helper()
		for i := range blocks {
			value := make([]byte, 16<<10)
			for j := range value {
				value[j] = byte(i*j ^ j>>7 ^ i<<3) // not what compresses to nothing
			}
			if err := p.Set([]byte{first, byte(i)}, value, pebble.Sync); err != nil {
				t.Fatal(err)
			}
		}
	}
	fill('a')
	if n := ways.Load(); n != 0 {
		t.Fatalf("commits made way %d times", n)
	}
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	flush := ways.Swap(0)
	if flush < blocks {
		t.Fatalf("a flush of %d blocks made way %d times", blocks, flush)
	}
	fill('a')
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	ways.Store(0)
	if err := p.Compact(t.Context(), []byte("a"), []byte("b"), false); err != nil {
		t.Fatal(err)
	}
	if n := ways.Load(); n < blocks {
		t.Fatalf("a compaction of %d blocks made way %d times", blocks, n)
	}
}

func TestBackgroundWorkThatFallsBehindMakesNoWay(t *testing.T) {
	var b background
	var l pebble.EventListener
	b.listen(&l)
	levels := func(first int) pebble.CompactionInfo {
		return pebble.CompactionInfo{Input: []pebble.LevelInfo{{Level: first}}}
	}
	is := func(behind bool, when string) {
		t.Helper()
		if b.behind() != behind {
			t.Errorf("%s: behind is %v", when, b.behind())
		}
	}
	is(false, "at first")
	l.FlushBegin(pebble.FlushInfo{Input: 1})
	is(false, "a flush of one memtable")
	l.FlushEnd(pebble.FlushInfo{})
	l.FlushBegin(pebble.FlushInfo{Input: 2})
	is(true, "a memtable waits")
	l.FlushEnd(pebble.FlushInfo{})
	is(false, "after it")
	for range muchBehind - 2 {
		l.FlushEnd(pebble.FlushInfo{})
	}
	is(true, "no compaction of level 0 for long")
	l.CompactionEnd(levels(5))
	is(true, "one of another level")
	failed := levels(0)
	failed.Err = pebble.ErrCancelledCompaction
	l.CompactionEnd(failed)
	is(true, "one that failed")
	l.CompactionEnd(levels(0))
	is(false, "one of level 0")
}
