package storage

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// What was acknowledged is not dropped as an interrupted write because the store is new: damage far from the end of its
// only log is refused.
func TestDamageInTheFirstLogOfAStoreIsRefused(t *testing.T) {
	disk := vfs.NewCrashableMem()
	db := openTest(t, testOptions(t, disk))
	defer closeTest(t, db)
	for n := range uint64(100) {
		c := change("cnv_1", n)
		c.Events[0].Data = make([]byte, 1000)
		mustCommit(t, db, c)
	}
	clone := disk.CrashClone(vfs.CrashCloneCfg{})
	logs := filesOf(t, clone, ".log")
	raw, err := clone.UnsafeGetFileDataBuffer(logs[len(logs)-1])
	if err != nil || len(raw) < 100_000 {
		t.Fatalf("the log has %d bytes, %v", len(raw), err)
	}
	raw[20_000] ^= 1
	o := testOptions(t, clone)
	o.Fatal = func(string) {}
	damaged, err := Open(o)
	if err == nil {
		n, _, err := damaged.Count("cnv_1")
		t.Errorf("opened with %d of 100 events, %v", n, err)
		closeTest(t, damaged)
	}
}
