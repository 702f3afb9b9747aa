package raw

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"pronto/internal/cputime"
)

// Rate is one measurement.
type Rate struct {
	PerSecond float64       `json:"per_second"`
	CPU       time.Duration `json:"cpu_ns"` // of this process, for each
	Count     int64         `json:"count"`
}

const valueBytes = 256 // of a commit: about a small event

// Commits measures how many synced commits of one row a second the storage engine makes for so many goroutines, each of
// which waits for its own. dir gets a temporary folder.
func Commits(dir string, goroutines int, d time.Duration) (r Rate, err error) {
	tmp, err := os.MkdirTemp(dir, "raw-commits-")
	if err != nil {
		return r, fmt.Errorf("measure commits: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	db, err := pebble.Open(tmp, &pebble.Options{Logger: silent{}})
	if err != nil {
		return r, fmt.Errorf("measure commits: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return measure(goroutines, d, func(worker int, n int64) error {
		var key [16]byte
		binary.BigEndian.PutUint64(key[:], uint64(worker)) //nolint:gosec // small
		binary.BigEndian.PutUint64(key[8:], uint64(n))     //nolint:gosec // counts up from 0
		return db.Set(key[:], make([]byte, valueBytes), pebble.Sync)
	})
}

// silent keeps the engine's remarks out of the output.
type silent struct{}

func (silent) Infof(string, ...any)              {}
func (silent) Errorf(string, ...any)             {}
func (silent) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// measure runs one on so many goroutines for a time.
func measure(goroutines int, d time.Duration, one func(worker int, n int64) error) (Rate, error) {
	var (
		wg    sync.WaitGroup
		total atomic.Int64
		errs  = make([]error, goroutines)
	)
	cpu, err := cputime.Used()
	if err != nil {
		return Rate{}, err
	}
	began := time.Now()
	for g := range goroutines {
		wg.Go(func() {
			var n int64
			for ; time.Since(began) < d && errs[g] == nil; n++ {
				errs[g] = one(g, n)
			}
			total.Add(n)
		})
	}
	wg.Wait()
	took := time.Since(began)
	after, err := cputime.Used()
	if err := errors.Join(append(errs, err)...); err != nil {
		return Rate{}, err
	}
	n := total.Load()
	return Rate{PerSecond: float64(n) / took.Seconds(), CPU: (after - cpu) / time.Duration(max(n, 1)), Count: n}, nil
}
