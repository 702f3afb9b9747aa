package storage_test

import (
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"pronto/storage"
	"pronto/storage/journaltest"
)

func startTime() time.Time { return journaltest.Start }

func TestMemJournalKeepsTheRules(t *testing.T) {
	journaltest.Run(t, func(*testing.T) (storage.Journal, func() storage.Journal) {
		j := storage.NewMemJournal(startTime)
		return j, func() storage.Journal { return j }
	})
}

func TestPebbleJournalKeepsTheRules(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) (storage.Journal, func() storage.Journal) {
		fs := vfs.NewMem()
		var db *storage.DB
		shut := func() {
			if err := db.CloseUnclaimed(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
		open := func() storage.Journal {
			var err error
			db, err = storage.OpenUnclaimed(storage.Options{Dir: "data", FS: fs, Now: startTime, MemTableBytes: 1 << 20})
			if err != nil {
				t.Fatalf("open: %v", err)
			}
			return db.Journal()
		}
		j := open()
		t.Cleanup(func() { shut() })
		return j, func() storage.Journal {
			shut()
			return open()
		}
	})
}
