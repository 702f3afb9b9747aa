package storage

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// holdSyncs is a disk whose log syncs wait while hold is set.
func holdSyncs(hold *atomic.Bool, release <-chan struct{}) (*vfs.MemFS, vfs.FS) {
	mem := vfs.NewCrashableMem()
	return mem, errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		sync := op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData || op.Kind == errorfs.OpFileSyncTo
		if hold.Load() && sync && strings.HasSuffix(op.Path, ".log") {
			<-release
		}
		return nil
	}))
}

// Found by histories of concurrent clients over kills: a GET showed a head that the kill took back.
func TestWhatIsReadBeforeItsSyncIsSettledOnlyAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hold atomic.Bool
		release := make(chan struct{})
		mem, fs := holdSyncs(&hold, release)
		db := openTest(t, testOptions(t, fs))
		mustCommit(t, db, change("cnv_1", 0))
		if err := db.Settled(t.Context()); err != nil {
			t.Fatal(err)
		}
		hold.Store(true)
		committed, settled := make(chan error, 1), make(chan error, 1)
		go func() { committed <- db.Commit(context.Background(), change("cnv_1", 1)) }()
		synctest.Wait()
		if n, _, err := db.Count("cnv_1"); n != 2 || err != nil {
			t.Fatalf("the row is not read before its sync (%d, %v): this test says nothing", n, err)
		}
		go func() { settled <- db.Settled(t.Context()) }()
		synctest.Wait()
		if len(settled) != 0 || len(committed) != 0 {
			t.Error("settled, or answered, before the sync")
		}
		cut := openTest(t, testOptions(t, mem.CrashClone(vfs.CrashCloneCfg{})))
		if n, _, err := cut.Count("cnv_1"); n != 1 || err != nil {
			t.Errorf("a power cut leaves %d events, %v: what was read was durable", n, err)
		}
		closeTest(t, cut)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.Settled(gone); err == nil {
			t.Error("settled for who does not wait")
		}
		close(release)
		if err := <-settled; err != nil {
			t.Errorf("settled: %v", err)
		}
		if err := <-committed; err != nil {
			t.Errorf("committed: %v", err)
		}
		closeTest(t, db)
	})
}

func TestNothingIsSettledOnceTheStoreIsDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hold atomic.Bool
		release := make(chan struct{})
		_, fs := holdSyncs(&hold, release)
		db := openTest(t, testOptions(t, fs))
		hold.Store(true)
		committed, settled := make(chan error, 1), make(chan error, 1)
		go func() { committed <- db.Commit(context.Background(), change("cnv_1", 0)) }()
		synctest.Wait()
		go func() { settled <- db.Settled(context.Background()) }()
		synctest.Wait() // until the watchdog finds that the commit hangs
		wantErr(t, "settled", <-settled, ErrUnavailable)
		wantErr(t, "settled later", db.Settled(t.Context()), ErrUnavailable)
		wantErr(t, "commit", <-committed, ErrUnknown)
		close(release)
		wantErr(t, "close", db.Close(), ErrUnavailable)
	})
}
