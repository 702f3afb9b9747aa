package attach

import (
	"fmt"
	"sync"
)

// quota counts the bytes of all files. The count is read once, when it is first needed.
type quota struct {
	load   func() (int64, error)
	mu     sync.Mutex
	loaded bool
	used   int64
}

// check refuses what surely does not fit.
func (q *quota) check(bytes, limit int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.fits(bytes, limit)
}

func (q *quota) fits(bytes, limit int64) error {
	if limit <= 0 {
		return nil
	}
	if !q.loaded {
		used, err := q.load()
		if err != nil {
			return fmt.Errorf("count files: %w", err)
		}
		q.used, q.loaded = used, true
	}
	if q.used+bytes > limit {
		return &Refusal{Why: OverQuota}
	}
	return nil
}

// take counts a file before it is stored, so that two at once do not both fit; back undoes that.
func (q *quota) take(bytes, limit int64) (back func(), err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.fits(bytes, limit); err != nil {
		return nil, err
	}
	q.used += bytes
	return func() { q.give(bytes) }, nil
}

// give counts a file that is gone. While nothing was loaded the count is of no meaning, and is replaced by the one loaded.
func (q *quota) give(bytes int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.used -= bytes
}
