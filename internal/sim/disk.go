package sim

import (
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"pronto/storage"
)

// disk is the real storage on a file system in memory that can lose what was not synced.
type disk struct {
	db   *storage.DB
	mem  *vfs.MemFS
	torn tear
}

// tear takes a crash clone in the middle of a save: at its first sync.
type tear struct {
	keep  atomic.Int32 // percent of unsynced data that survives, +1; 0 while not armed
	clone atomic.Pointer[vfs.MemFS]
	mem   atomic.Pointer[vfs.MemFS]
}

func (t *tear) MaybeError(op errorfs.Op) error {
	if !strings.HasSuffix(op.Path, ".log") {
		return nil // a flush in the background: which of the two is first depends on chance
	}
	switch op.Kind {
	case errorfs.OpFileSync, errorfs.OpFileSyncData:
		if keep := t.keep.Swap(0); keep > 0 {
			t.clone.Store(t.mem.Load().CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: int(keep - 1), RNG: rand.New(newRNG(1))}))
		}
	}
	return nil
}

// String is part of errorfs.Injector.
func (t *tear) String() string { return "tear" }

// arm makes the next sync the moment of a crash: what was not synced then is lost, or all of it is there.
func (t *tear) arm(keep bool) {
	n := int32(1)
	if keep {
		n = 101
	}
	t.clone.Store(nil)
	t.keep.Store(n)
}

// disarm gives the disk as it was at that moment, or nil if nothing was synced.
func (t *tear) disarm() *vfs.MemFS {
	t.keep.Store(0)
	return t.clone.Swap(nil)
}

const dataDir = "data"

// open starts the store on a disk. Nothing starts from that disk again, only from what a crash leaves of it.
func (s *Sim) open(mem *vfs.MemFS) (*disk, error) {
	d, at := &disk{mem: mem}, s.now
	d.torn.mem.Store(mem)
	db, err := storage.Open(storage.Options{
		Dir: dataDir, FS: errorfs.Wrap(mem, &d.torn), Who: "sim", Now: func() time.Time { return at },
		DiskUsage:     func() (uint64, uint64, error) { return 1 << 40, 1 << 41, nil },
		Fatal:         func(msg string) { panic("storage: " + msg) },
		MemTableBytes: 256 << 10, CacheBytes: 1 << 20, QueueLength: 16, Landed: s.webhooks.landed(), Read: s.again.read, LeaveLog: true,
	})
	d.db = db
	return d, err
}

// cut is the disk after a power cut: what was synced, and some of the rest.
func (d *disk) cut(r *rng) *vfs.MemFS {
	return d.mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: r.n(101), RNG: rand.New(newRNG(r.next()))})
}
