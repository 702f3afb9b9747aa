package storage

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// background is the work that Pebble does beside the commits: flushes and compactions. They compute for as long as a second,
// and Go lets whoever computes have a core for 10 ms, in which nobody else of that core goes on, and as long as somebody is
// ready to run it asks only every 10 ms what has come from the network; a hop of a message takes 20 µs. So they make way
// after each block, of some 150 µs, and when somebody was waiting they also rest for a moment. Not when they fall behind: then
// commits would wait for them.
type background struct {
	flushed atomic.Int32 // flushes since a compaction of level 0 ended
	once    sync.Once
	fs      vfs.FS
	queued  atomic.Bool // the flush under way has more than one memtable
}

const (
	waited     = 20 * time.Microsecond // to get a core back means that somebody else had it
	rest       = 100 * time.Microsecond
	muchBehind = 8 // flushes; a compaction of level 0 is due after about 4
)

func (b *background) behind() bool { return b.queued.Load() || b.flushed.Load() >= muchBehind }

// makeWay is called by a flush or a compaction, after each block that it has written.
func (b *background) makeWay() {
	if b.behind() {
		return
	}
	began := time.Now()
	if runtime.Gosched(); time.Since(began) > waited {
		time.Sleep(rest)
	}
}

// listen has the listener tell how far behind they are.
func (b *background) listen(l *pebble.EventListener) {
	l.FlushBegin = func(i pebble.FlushInfo) { b.queued.Store(i.Input > 1) }
	l.FlushEnd = func(pebble.FlushInfo) {
		b.queued.Store(false)
		b.flushed.Add(1)
	}
	l.CompactionEnd = func(i pebble.CompactionInfo) {
		if len(i.Input) > 0 && i.Input[0].Level == 0 && i.Err == nil {
			b.flushed.Store(0)
		}
	}
}

// polite gives a file system for them, for Pebble always the same.
func (b *background) polite(fs vfs.FS) vfs.FS {
	b.once.Do(func() { b.fs = &politeFS{fs, b.makeWay} })
	return b.fs
}

// The names that Pebble gives the files of flushes and compactions when it makes them.
const (
	flushedFile   vfs.DiskWriteCategory = "pebble-memtable-flush"
	compactedFile vfs.DiskWriteCategory = "pebble-compaction"
)

// politeFS has the files of flushes, compactions and words call makeWay after each write. Pebble writes one block at a time, and does
// not make the next but one before that has returned.
type politeFS struct {
	vfs.FS
	makeWay func()
}

func (p *politeFS) Unwrap() vfs.FS { return p.FS }

func (p *politeFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := p.FS.Create(name, category)
	if err == nil && (category == flushedFile || category == compactedFile || category == wordsFile) {
		f = politeFile{f, p.makeWay}
	}
	return f, err
}

type politeFile struct {
	vfs.File
	makeWay func()
}

func (f politeFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	f.makeWay()
	return n, err
}
