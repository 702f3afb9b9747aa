package storage

import (
	"strconv"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// crashDisk is a crashable disk in memory whose clones wait until no file is being reused: MemFS.ReuseForWrite locks for
// reading twice, and hangs for ever when a clone begins to wait in between.
type crashDisk struct {
	*vfs.MemFS
	reusing sync.RWMutex
}

func newCrashDisk() *crashDisk { return onCrashDisk(vfs.NewCrashableMem()) }

func onCrashDisk(mem *vfs.MemFS) *crashDisk { return &crashDisk{MemFS: mem} }

func (d *crashDisk) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	d.reusing.RLock()
	defer d.reusing.RUnlock()
	return d.MemFS.ReuseForWrite(old, name, category)
}

func (d *crashDisk) CrashClone(cfg vfs.CrashCloneCfg) *vfs.MemFS {
	d.reusing.Lock()
	defer d.reusing.Unlock()
	return d.MemFS.CrashClone(cfg)
}

func TestADiskIsClonedWhileFilesAreReused(t *testing.T) {
	d := newCrashDisk()
	f, err := d.Create("0", vfs.WriteCategoryUnspecified)
	if err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		var err error
		for i := 0; i < 2000 && err == nil; i++ {
			var f vfs.File
			if f, err = d.ReuseForWrite(strconv.Itoa(i), strconv.Itoa(i+1), vfs.WriteCategoryUnspecified); err == nil {
				err = f.Close()
			}
		}
		done <- err
	}()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		default:
			d.CrashClone(vfs.CrashCloneCfg{})
		}
	}
}
