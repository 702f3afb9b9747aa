package act

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/anthdm/hollywood/actor"
)

// inbox is a hollywood Inboxer that runs its process on a worker that is kept. Hollywood's own starts a goroutine for
// each burst of messages, whose small stack then grows with all the frames of storage on it, and copies each batch: an
// eighth of the CPU of a cycle.
type inbox struct {
	workers *workers
	proc    actor.Processer

	mu      sync.Mutex
	state   inboxState
	waiting []actor.Envelope
	spare   []actor.Envelope // the memory of the batch before
	size    int              // of the slices, while nothing special happens

	// woken is the inbox that what is being received has made ready: its worker runs it next. It is anyone while there is
	// room for one, and nil while there is not.
	woken atomic.Pointer[inbox]
	then  *inbox // woken by what was received last; owned by the worker
}

var anyone = new(inbox)

type inboxState uint8

const (
	inboxNew inboxState = iota // holds what comes until Start
	inboxIdle
	inboxRunning // a worker has it, or will soon
	inboxStopped
)

var _ actor.Inboxer = (*inbox)(nil)

// Send adds a message and, if the process was idle, finds it a worker. It does not block.
func (in *inbox) Send(e actor.Envelope) {
	if in.put(e) {
		in.workers.run(in)
	}
}

// sendFrom is Send for what an actor sends while it receives: the process may run after it, on its worker. That spares
// waking another, and what was sent is still in the processor's cache.
func (in *inbox) sendFrom(sender *inbox, e actor.Envelope) {
	if in.put(e) && !sender.woken.CompareAndSwap(anyone, in) {
		in.workers.run(in)
	}
}

// put adds a message and reports whether the caller must have the inbox run.
func (in *inbox) put(e actor.Envelope) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.waiting == nil {
		in.waiting = make([]actor.Envelope, 0, in.size)
	}
	in.waiting = append(in.waiting, e)
	start := in.state == inboxIdle
	if start {
		in.state = inboxRunning
	}
	return start
}

// receiving begins the time in which what is sent may run next on this worker. What was to run next after the message
// before finds another: this one may take long.
func (in *inbox) receiving() {
	if in.then != nil {
		in.workers.run(in.then)
		in.then = nil
	}
	in.woken.Store(anyone)
}

func (in *inbox) received() {
	if w := in.woken.Swap(nil); w != anyone {
		in.then = w
	}
}

// Start lets the process receive, beginning with what came before.
func (in *inbox) Start(p actor.Processer) {
	in.mu.Lock()
	if in.state != inboxNew {
		in.mu.Unlock()
		return
	}
	in.proc, in.state = p, inboxIdle
	start := len(in.waiting) > 0
	if start {
		in.state = inboxRunning
	}
	in.mu.Unlock()
	if start {
		in.workers.run(in)
	}
}

// Stop keeps the process from receiving another batch; the one at hand is its own concern.
func (in *inbox) Stop() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.state = inboxStopped
	in.waiting = nil
	return nil
}

// drain gives the process everything that waits, and returns what is to run next, or nil. Only the worker that has the
// inbox calls it.
func (in *inbox) drain() *inbox {
	batch, then := in.next(nil)
	for batch != nil {
		in.proc.Invoke(batch)
		batch, then = in.next(batch)
	}
	return then
}

// next gives back the memory of a batch and returns the one after it; nil: there is none, the inbox is idle, and the
// worker runs what is to run next.
func (in *inbox) next(done []actor.Envelope) (batch []actor.Envelope, then *inbox) {
	clear(done)
	in.mu.Lock()
	defer in.mu.Unlock()
	if done != nil && cap(done) <= max(in.size, keptEnvelopes) {
		in.spare = done[:0]
	}
	if in.state == inboxRunning && len(in.waiting) > 0 {
		batch = in.waiting
		in.waiting, in.spare = in.spare, nil
		return batch, nil
	}
	if in.state == inboxRunning {
		in.state = inboxIdle
	}
	then, in.then = in.then, nil
	return nil, then
}

// keptEnvelopes bounds what an inbox that once was crowded keeps.
const keptEnvelopes = 16

// workers run inboxes. There is no bound to those that run, since actors wait for the disk; those that rest are let go
// when they were not needed for a while.
type workers struct {
	mu      sync.Mutex
	resting []*worker // the last to rest is the first to run again: its stack is warm
	unused  int       // fewest resting since the last trim: so many were not needed
	trimmer *time.Timer
	ticking bool
	stopped bool
}

type worker struct{ next chan *inbox } // nil: go

// trimEvery is how long a worker that is not needed rests, at least; and at most twice that.
const trimEvery = 250 * time.Millisecond

func (ws *workers) run(in *inbox) {
	ws.mu.Lock()
	n := len(ws.resting)
	if n == 0 {
		ws.mu.Unlock()
		go ws.work(in)
		return
	}
	w := ws.resting[n-1]
	ws.resting[n-1] = nil
	ws.resting = ws.resting[:n-1]
	ws.unused = min(ws.unused, n-1)
	ws.mu.Unlock()
	w.next <- in
}

func (ws *workers) work(in *inbox) {
	growStack()
	w := &worker{next: make(chan *inbox, 1)}
	for in != nil {
		if then := in.drain(); then != nil {
			in = then
			continue
		}
		if !ws.rest(w) {
			return
		}
		in = <-w.next
	}
}

// growStack makes room for a deep call at once: without it a new stack is copied again at every doubling.
//
//go:noinline
func growStack() byte {
	var room [9 << 10]byte // makes 16 KiB
	return firstOf(&room)
}

//go:noinline
func firstOf(room *[9 << 10]byte) byte { return room[0] }

func (ws *workers) rest(w *worker) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.stopped {
		return false
	}
	ws.resting = append(ws.resting, w)
	if !ws.ticking {
		ws.ticking, ws.unused = true, 0
		if ws.trimmer == nil {
			ws.trimmer = time.AfterFunc(trimEvery, ws.trim)
		} else {
			ws.trimmer.Reset(trimEvery)
		}
	}
	return true
}

// trim lets those go that rested through a whole period.
func (ws *workers) trim() {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.release(min(ws.unused, len(ws.resting)))
	ws.unused = len(ws.resting)
	ws.ticking = ws.unused > 0
	if ws.ticking {
		ws.trimmer.Reset(trimEvery)
	}
}

// release lets the n that rest longest go. The caller holds the lock.
func (ws *workers) release(n int) {
	for _, w := range ws.resting[:n] {
		w.next <- nil // has room: a resting worker's channel is empty
	}
	kept := copy(ws.resting, ws.resting[n:])
	clear(ws.resting[kept:])
	ws.resting = ws.resting[:kept]
}

// stop lets everybody go, those that run as soon as they are done.
func (ws *workers) stop() {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.stopped, ws.ticking = true, false
	ws.release(len(ws.resting))
	if ws.trimmer != nil {
		ws.trimmer.Stop()
	}
}
