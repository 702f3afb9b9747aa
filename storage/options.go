package storage

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable/block"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Logger receives what an operator should see.
type Logger interface {
	Infof(format string, args ...any)
	Errorf(format string, args ...any)
}

// Options say where the data is and what the store does when things go wrong. The
// zero value of every field but Dir is a default.
type Options struct {
	Dir string
	FS  vfs.FS // default: the operating system's
	// Existing refuses a folder without a store with ErrNoStore; else one is made in it.
	Existing bool
	// Who names this process in the claim records. Default: "pronto".
	Who string
	Log Logger // default: silent
	// Now dates the claim records. Default: time.Now.
	Now func() time.Time
	// Fatal is called when the store cannot go on (a write-ahead log error). It must not
	// return: the default writes msg to stderr and exits with status 70. Tests may return;
	// the store is then unavailable.
	Fatal func(msg string)
	// Failed is called once, on its own, when the store becomes unavailable for good.
	Failed func(reason error)

	// Landed is called each time that records of a shard became durable, before those who wait for them are told. It must not
	// block. Nil: nobody follows.
	Landed func(Shard)

	// Read is called with the first key of each read of rows and the one below which it ends; below nil: one row. What
	// storage gives follows from the rows that it reads for it, so that a check can tell when it would see what it saw. It
	// is called by the goroutine that reads, that of a shard too; it must not block, or keep what it is given. Nil: nobody
	// follows.
	Read func(from, below []byte)

	// Words gives the words by which documents of a kind are found, from their bodies. It is pure: the rows of a document
	// follow from its body alone.
	Words map[string]func(body []byte) []string

	// MinFreeBytes and MinFreePercent: with less free space than either, changes are
	// refused with ErrReadOnly, because Pebble hangs on a full disk. Default: 2 GiB, 5 %.
	MinFreeBytes   uint64
	MinFreePercent uint64
	// DiskUsage reports free and total bytes. Default: asks FS; a file system that does
	// not know is never full.
	DiskUsage func() (free, total uint64, err error)
	// CheckEvery is the period of the free-space check. Default: 2 s.
	CheckEvery time.Duration
	// HangLimit is how long one commit may take before the store is declared
	// unavailable. Default: 15 s.
	HangLimit time.Duration

	// QueueLength bounds the changes waiting for each shard; Commit blocks while it is
	// full. Default: 4096.
	QueueLength int
	// MemTableBytes and CacheBytes size Pebble. Default: 64 MiB, 384 MiB. Pebble takes the
	// memtables out of the cache, so it must hold several of them and the blocks besides.
	MemTableBytes uint64
	CacheBytes    int64

	// LeaveLog makes Close leave the log to the next start, as a crash does: for a disk that nobody starts from.
	LeaveLog bool

	// FreshTexts is how many texts are found through memory before their words are written. Default: 16 384.
	FreshTexts int

	noSync      bool // only for the test that proves that the crash tests see it
	overlap     int  // so large a group begins although another one is under way
	importBatch int  // bytes an import or a wipe commits at once; smaller in tests
}

type silent struct{}

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}

func exitProcess(msg string) {
	fmt.Fprintln(os.Stderr, "storage: fatal:", msg)
	os.Exit(70)
}

func orDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

func (o *Options) setDefaults() {
	orDefault(&o.FS, vfs.Default)
	orDefault(&o.Who, "pronto")
	if o.Log == nil {
		o.Log = silent{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Fatal == nil {
		o.Fatal = exitProcess
	}
	if o.DiskUsage == nil {
		o.DiskUsage = o.fsUsage
	}
	orDefault(&o.MinFreeBytes, 2<<30)
	orDefault(&o.MinFreePercent, 5)
	orDefault(&o.CheckEvery, 2*time.Second)
	orDefault(&o.HangLimit, 15*time.Second)
	orDefault(&o.QueueLength, 4096)
	orDefault(&o.MemTableBytes, 64<<20)
	orDefault(&o.overlap, 32)
	orDefault(&o.FreshTexts, freshLimit)
	orDefault(&o.importBatch, 1<<20)
	orDefault(&o.CacheBytes, 384<<20)
}

func (o *Options) fsUsage() (free, total uint64, err error) {
	u, err := o.FS.GetDiskUsage(o.Dir)
	if errors.Is(err, vfs.ErrUnsupported) {
		return 1, 0, nil // total 0: unknown
	}
	return u.AvailBytes, u.TotalBytes, err
}

// pebbleOptions tunes Pebble for many small synced batches: few, large memtables,
// bloom filters because most claims and heads asked for do not exist, and the
// cheapest compression: zstd cost a tenth of the CPU of a busy server. What is flushed
// is not compressed at all: it is soon compacted.
func (o *Options) pebbleOptions(e *engine) *pebble.Options {
	p := &pebble.Options{
		FS: e.background.polite(orderedFS{o.FS}),
		// A fixed version: a newer Pebble must not make the folder unreadable for the release before.
		FormatMajorVersion:          pebble.FormatTableFormatV6,
		CacheSize:                   o.CacheBytes,
		MemTableSize:                o.MemTableBytes,
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       4,
		L0StopWritesThreshold:       1000, // slow reads are better than a hung commit
		LBaseMaxBytes:               64 << 20,
		CompactionConcurrencyRange:  func() (int, int) { return 1, 2 },
		Logger:                      pebbleLogger{e},
		EventListener:               o.listener(e),
	}
	p.ApplyCompressionSettings(func() pebble.DBCompressionSettings {
		c := pebble.DBCompressionFastest
		c.Levels[0] = block.NoCompression
		return c
	})
	for i := range p.Levels {
		p.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		p.Levels[i].BlockSize = 16 << 10
	}
	return p
}

func (o *Options) listener(e *engine) *pebble.EventListener {
	l := &pebble.EventListener{
		BackgroundError: func(err error) { o.Log.Errorf("storage background work: %v", err) },
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			if e.err() == nil { // Pebble repeats itself
				e.fail(fmt.Errorf("%w: %v", ErrCorrupt, info))
			}
		},
		DiskSlow:        func(info pebble.DiskSlowInfo) { o.Log.Errorf("storage disk is slow: %v", info) },
		WriteStallBegin: func(info pebble.WriteStallBeginInfo) { o.Log.Errorf("storage writes stall: %v", info) },
	}
	e.background.listen(l)
	return l
}
