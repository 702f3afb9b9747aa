package media

import (
	"context"
	"sync"
)

// budget lets callers take from a number, in the order in which they came.
type budget struct {
	total int64
	mu    sync.Mutex
	left  int64
	queue []*waiter
}

type waiter struct {
	n     int64
	ready chan struct{}
}

func newBudget(total int64) *budget { return &budget{total: total, left: total} }

// take waits until n, which must not be more than all, is left, and returns the function that gives it back.
func (b *budget) take(ctx context.Context, n int64) (func(), error) {
	w := &waiter{n: n, ready: make(chan struct{})}
	b.mu.Lock()
	b.queue = append(b.queue, w)
	b.serve()
	b.mu.Unlock()
	select {
	case <-w.ready:
		return sync.OnceFunc(func() { b.give(n) }), nil
	case <-ctx.Done():
	}
	b.leave(w)
	return nil, ctx.Err()
}

// serve lets in who is first while it fits.
func (b *budget) serve() {
	for len(b.queue) > 0 && b.queue[0].n <= b.left {
		w := b.queue[0]
		b.queue, b.left = b.queue[1:], b.left-w.n
		close(w.ready)
	}
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += n
	b.serve()
}

// leave takes a waiter out of the line, or gives back what it got at the last moment.
func (b *budget) leave(w *waiter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, other := range b.queue {
		if other == w {
			b.queue = append(b.queue[:i:i], b.queue[i+1:]...)
			b.serve()
			return
		}
	}
	b.left += w.n
	b.serve()
}
