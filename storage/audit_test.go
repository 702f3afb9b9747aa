package storage

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func TestTheAuditIsOneChainWhoeverAppends(t *testing.T) {
	fs := vfs.NewMem()
	db := openTest(t, testOptions(t, fs))
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			if _, err := db.AppendAudit(t.Context(), time.Unix(int64(i), 0), fmt.Appendf(nil, "entry %d", i)); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	closeTest(t, db)
	db = openTest(t, testOptions(t, fs)) // the chain goes on after a restart
	defer closeTest(t, db)
	last, err := db.AppendAudit(t.Context(), time.Unix(99, 0), []byte("last"))
	if err != nil || last.Seq != 21 {
		t.Fatalf("%+v, %v", last, err)
	}
	rep, err := db.VerifyAudit(t.Context())
	if err != nil || rep.Entries != 21 || len(rep.Problems) != 0 || rep.Head != last.Hash {
		t.Fatalf("%+v, %v", rep, err)
	}
	page, err := db.Audit(20, 5)
	if err != nil || len(page) != 1 || string(page[0].Body) != "last" || !page[0].Time.Equal(time.Unix(99, 0)) || page[0].Hash != last.Hash {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestAChangedAuditEntryIsNoticed(t *testing.T) {
	db := openTest(t, testOptions(t, vfs.NewMem()))
	defer closeTest(t, db)
	for i := range 300 {
		if _, err := db.AppendAudit(t.Context(), time.Unix(int64(i), 0), fmt.Appendf(nil, "entry %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, forge := range []struct {
		seq  uint64
		body string
		at   int64
	}{{100, "entry 0", 99}, {256, "entry 255", 1}} {
		real, err := db.Audit(forge.seq-1, 1)
		if err != nil {
			t.Fatal(err)
		}
		raw := appendHistory(nil, time.Unix(forge.at, 0).UnixNano(), Event{Type: EventAudit, Data: append(real[0].Previous[:], forge.body...)})
		key := appendHistoryKey(nil, auditEntity, forge.seq)
		if err := db.e.p.Set(key, raw, db.e.sync); err != nil {
			t.Fatal(err)
		}
	}
	rep, err := db.VerifyAudit(t.Context())
	if err != nil || len(rep.Problems) != 2 {
		t.Errorf("%+v, %v", rep.Problems, err)
	}
}
