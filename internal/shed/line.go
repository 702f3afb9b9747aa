package shed

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// ErrShed: there is more to do than the server can; try again later.
var ErrShed = errors.New("too busy")

// Options of a line.
type Options struct {
	// Places is how many pieces of work are carried out at once, at least 2. With Cores there are more while those have time,
	// up to Most. They are asked at most every 50 ms.
	Places, Most int
	Cores        func() Cores
	// Memory is the part of the memory's budget that is in use; nil: there is no budget. It is asked at most every tenth of a
	// second.
	Memory func() float64
}

// Line is where refusable work waits.
type Line struct {
	memory memory
	begun  [classes]atomic.Uint64
	shed   [classes]atomic.Uint64
	length atomic.Int64 // who waits

	mu      sync.Mutex
	places  places
	running [classes]int
	waiting [classes][]*waiter // those who gave up are still in it, marked
	live    [classes]int       // those who have not
	pressed [classes]time.Time // when somebody of the class last had waited for longer than a moment
	armed   bool               // the line will be looked at again
}

type waiter struct {
	turn  chan struct{}
	since time.Time
	state waiterState
}

type waiterState uint8

const (
	waits waiterState = iota
	called
	left
)

// New returns an empty line.
func New(o Options) *Line {
	least := max(o.Places, 2)
	return &Line{places: places{now: least, least: least, most: max(o.Most, least), cores: o.Cores}, memory: memory{part: o.Memory}}
}

// Enter returns once the work may begin; leave must be called when it is over. ErrShed: it may not, or the error of ctx.
func (l *Line) Enter(ctx context.Context, c Class) (leave func(), err error) {
	if l.memory.refuses(c) {
		return nil, l.refuse(c)
	}
	l.mu.Lock()
	if l.adapt() {
		l.serve()
	}
	switch {
	case l.fits(c) && !l.somebodyBefore(c) && !l.holds(c):
		l.running[c]++
		l.mu.Unlock()
	case l.live[c] >= maxWaiting || patience[c] == 0:
		l.pressed[c] = time.Now()
		l.mu.Unlock()
		return nil, l.refuse(c)
	default:
		w := &waiter{turn: make(chan struct{}), since: time.Now()}
		l.waiting[c] = append(l.waiting[c], w)
		l.places.wanted = true
		l.live[c]++
		l.length.Add(1)
		l.look()
		l.mu.Unlock()
		if err := l.wait(ctx, c, w); err != nil {
			return nil, err
		}
	}
	l.begun[c].Add(1)
	return sync.OnceFunc(func() { l.leave(c) }), nil
}

func (l *Line) refuse(c Class) error {
	l.shed[c].Add(1)
	return ErrShed
}

func (l *Line) wait(ctx context.Context, c Class, w *waiter) error {
	timer := time.NewTimer(patience[c] - rand.N(patience[c]/spread))
	defer timer.Stop()
	err := ErrShed
	select {
	case <-w.turn:
		return nil
	case <-timer.C:
	case <-ctx.Done():
		err = ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.state == called {
		return nil // at the same moment
	}
	w.state = left
	for len(l.waiting[c]) > 0 && l.waiting[c][0].state == left {
		l.waiting[c] = l.waiting[c][1:]
	}
	l.live[c]--
	l.length.Add(-1)
	l.pressed[c] = time.Now()
	l.shed[c].Add(1)
	return err
}

// fits says whether work of the class may have one more place.
func (l *Line) fits(c Class) bool {
	upTo, all := 0, 0
	for k, n := range l.running {
		all += n
		if Class(k) <= c {
			upTo += n
		}
	}
	return all < l.places.now && upTo < max(1, l.places.now*quarters[c]/4)
}

// somebodyBefore says whether somebody waits who goes before a newcomer of the class, and could.
func (l *Line) somebodyBefore(c Class) bool {
	for k := c; k < classes; k++ {
		if l.live[k] > 0 && (k == c || l.fits(k)) {
			return true
		}
	}
	return false
}

// holds keeps work back while work of a higher class has had to wait of late.
func (l *Line) holds(c Class) bool {
	for k := c + 1; k < classes; k++ {
		if !l.pressed[k].IsZero() && time.Since(l.pressed[k]) < calm {
			return true
		}
	}
	return false
}

// leave gives the place to who is next.
func (l *Line) leave(c Class) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running[c]--
	l.adapt()
	l.serve()
}

// adapt says whether there are more places than before.
func (l *Line) adapt() bool { return l.places.adapt(time.Now(), l.length.Load() > 0) }

// look has the line looked at again when work that is held back may begin.
func (l *Line) look() {
	if !l.armed {
		l.armed = true
		time.AfterFunc(calm/4, l.again)
	}
}

func (l *Line) again() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.armed = false
	l.adapt()
	l.serve()
	if l.length.Load() > 0 {
		l.look()
	}
}

// serve gives free places to who is next.
func (l *Line) serve() {
	for k := classes; k > 0; k-- {
		for l.live[k-1] > 0 && l.fits(k-1) && !l.holds(k-1) {
			l.call(k - 1)
		}
	}
}

// call gives the first who still waits a place.
func (l *Line) call(c Class) {
	for {
		w := l.waiting[c][0]
		l.waiting[c][0] = nil
		if l.waiting[c] = l.waiting[c][1:]; w.state == left {
			continue
		}
		w.state = called
		if now := time.Now(); now.Sub(w.since) >= momentary {
			l.pressed[c] = now
		}
		l.live[c]--
		l.length.Add(-1)
		l.running[c]++
		close(w.turn)
		return
	}
}

// Try is for work that does not wait and takes no place: false means that it should be left out or refused.
func (l *Line) Try(c Class) bool {
	if l.length.Load() > 0 || l.memory.refuses(c) {
		l.shed[c].Add(1)
		return false
	}
	l.begun[c].Add(1)
	return true
}

// Pressed says whether somebody waits.
func (l *Line) Pressed() bool { return l.length.Load() > 0 }

// Places is how many pieces of work may be carried out at once now.
func (l *Line) Places() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.places.now
}

// Counts are how many pieces of work of a class were begun and refused so far, and how many wait.
func (l *Line) Counts(c Class) (begun, refused uint64, waiting int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.begun[c].Load(), l.shed[c].Load(), l.live[c]
}
