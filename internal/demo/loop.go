package demo

import (
	"context"
	"sync"
	"time"
)

// loop runs what is posted to it, one after the other, on the goroutine of run. What is posted after its end is dropped.
type loop struct {
	speed float64 // how many times faster than a clock

	mu    sync.Mutex
	queue []func()
	wake  chan struct{}
}

func newLoop(speed float64) *loop { return &loop{speed: speed, wake: make(chan struct{}, 1)} }

// post may be called from anywhere and does not wait.
func (l *loop) post(f func()) {
	l.mu.Lock()
	l.queue = append(l.queue, f)
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// after posts f when d of the demo's time has gone by.
func (l *loop) after(d time.Duration, f func()) {
	time.AfterFunc(time.Duration(float64(d)/l.speed), func() { l.post(f) })
}

// every posts f again and again; the time between is the clock's.
func (l *loop) every(ctx context.Context, d time.Duration, f func()) {
	time.AfterFunc(d, func() {
		if ctx.Err() == nil {
			l.post(func() { f(); l.every(ctx, d, f) })
		}
	})
}

func (l *loop) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		}
		l.mu.Lock()
		todo := l.queue
		l.queue = nil
		l.mu.Unlock()
		for _, f := range todo {
			if ctx.Err() != nil {
				return
			}
			f()
		}
	}
}
