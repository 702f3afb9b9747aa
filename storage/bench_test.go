package storage_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pronto/storage"
)

// BenchmarkCommit commits on the real disk, synced: one event, a state and an index
// row for each change, spread over all shards.
func BenchmarkCommit(b *testing.B) {
	for _, bytes := range []int{100, 400, 2000} {
		for _, n := range []int{1, 16, 128, 1024} {
			b.Run(fmt.Sprintf("bytes=%d/goroutines=%d", bytes, n), func(b *testing.B) {
				benchmarkCommit(b, bytes, n)
			})
		}
	}
}

func benchmarkCommit(b *testing.B, bytes, goroutines int) {
	db, err := storage.Open(storage.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	}()
	before := db.Stats()
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	start := time.Now()
	for g := range goroutines {
		wg.Add(1)
		go func() {
			defer wg.Done()
			benchmarkEntity(b, db, g, bytes, &left)
		}()
	}
	wg.Wait()
	took := time.Since(start)
	b.StopTimer()
	after := db.Stats()
	b.ReportMetric(float64(b.N)/took.Seconds(), "changes/s")
	b.ReportMetric(float64(after.WALBytes-before.WALBytes)/float64(b.N), "walB/change")
	b.ReportMetric(float64(after.Changes-before.Changes)/float64(after.Groups-before.Groups), "changes/group")
}

func benchmarkEntity(b *testing.B, db *storage.DB, g, bytes int, left *atomic.Int64) {
	entity := fmt.Sprintf("cnv_%026d", g)
	key := []byte("open/" + entity)
	data, state := make([]byte, bytes), make([]byte, bytes/2)
	for i := uint64(0); left.Add(-1) >= 0; i++ {
		err := db.Commit(context.Background(), storage.Change{
			Shard: storage.Shard(g % storage.Shards), Time: time.Now(), Entity: entity, Expect: i,
			Events: []storage.Event{{Type: 16, Data: data}}, State: state,
			Set: []storage.Row{{Key: key, Value: data[:16]}},
		})
		if err != nil {
			b.Error(err)
			return
		}
	}
}
