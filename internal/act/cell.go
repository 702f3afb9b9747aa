package act

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"pronto/internal/failpoint"

	"github.com/anthdm/hollywood/actor"
)

const (
	// internalOne is one letter of this package in cell.pending, whose low half counts the senders' messages.
	internalOne = 1 << 32

	// firstRevival and lastRevival bound the pause before another try to restart an actor that panics on
	// Restarted itself, as all do while storage is away.
	firstRevival = 100 * time.Millisecond
	lastRevival  = 10 * time.Second
)

type letterKind uint8

const (
	letterMessage letterKind = iota
	letterWake
	letterProbe  // asks the actor to retire
	letterRevive // tries again to restart it
)

// letter is what travels through a mailbox.
type letter struct {
	msg  any // armed for letterWake
	from Address
	more []note // after msg
	kind letterKind
}

// letters are used again: there is one for every message.
var letters = sync.Pool{New: func() any { return new(letter) }}

func newLetter(e Envelope) *letter {
	l := letters.Get().(*letter) //nolint:forcetypeassert // the pool holds nothing else
	l.from, l.msg = e.From, e.Msg
	return l
}

// cell is one activation of an address: a hollywood process around an actor's value. It replaces hollywood's own
// process for its bound, its recovery and its end.
type cell struct {
	shard *shard
	kind  *kind
	id    string
	inbox inbox
	pid   *actor.PID

	pending atomic.Int64 // messages waiting or being received, low half; letters of this package, high half
	quiet   atomic.Int32 // sweeps since the last letter
	closed  atomic.Bool  // written under the shard's lock; nothing is received after it
	stirred atomic.Bool  // had a letter since its crowd last looked

	before, after *cell // in its crowd, under the shard's lock

	// Owned by the goroutine that runs Invoke.
	value    Actor // nil before the first message and after a panic
	ctx      *Context
	reborn   bool // the next value is a replacement
	failures int  // revivals that failed in a row
	held     []heldLetter
}

func newCell(sh *shard, k *kind, id string) *cell {
	return &cell{
		shard: sh, kind: k, id: id,
		inbox: inbox{workers: &sh.sys.workers, size: k.Inbox},
		pid:   actor.NewPID(actor.LocalLookupAddr, k.Name+"/"+id),
	}
}

func (c *cell) address() Address { return Address{Kind: c.kind.Name, ID: c.id} }

// admit takes a place in the mailbox, or reports that there is none. The caller holds the shard's lock, for reading
// at least, so the cell cannot end before the push.
func (c *cell) admit() bool {
	for {
		n := c.pending.Load()
		waiting := n & (internalOne - 1)
		if waiting >= int64(c.kind.Limit) {
			return false
		}
		if c.pending.CompareAndSwap(n, n+1) {
			c.kind.deepest(waiting + 1)
			c.shard.counts[c.kind.index].admitted.Add(1)
			return true
		}
	}
}

// push puts an admitted letter into the mailbox. sender is the cell that sent it from within Receive, or nil.
func (c *cell) push(l *letter, sender *cell) {
	if sender != nil && sender.kind.Chain {
		c.inbox.sendFrom(&sender.inbox, actor.Envelope{Msg: l})
		return
	}
	c.inbox.Send(actor.Envelope{Msg: l})
}

// Start, PID, Send, Invoke and Shutdown make the cell a hollywood Processer.

// Start lets the mailbox run. It is on the spawner's goroutine, so it does nothing else.
func (c *cell) Start() { c.inbox.Start(c) }

// PID is the hollywood id, used by its registry only.
func (c *cell) PID() *actor.PID { return c.pid }

// Send refuses what hollywood itself would deliver: everything comes through the directory, which counts it.
func (c *cell) Send(_ *actor.PID, msg any, _ *actor.PID) {
	c.shard.sys.log.Error().Stringer("actor", c.address()).Type("message", msg).Msg("message past the directory dropped")
}

// Shutdown takes the cell out of hollywood. Only shard.remove calls it, once.
func (c *cell) Shutdown() {
	_ = c.inbox.Stop() // always nil
	c.shard.sys.engine.Registry.Remove(c.pid)
}

// Invoke receives a batch in order. The inbox never runs it twice at once.
func (c *cell) Invoke(batch []actor.Envelope) {
	for i := range batch {
		if c.closed.Load() {
			return // stopped by force
		}
		l, ok := batch[i].Msg.(*letter)
		if !ok {
			continue // unreachable: only push writes to the mailbox
		}
		c.handle(l)
		if l.kind == letterMessage {
			l.reuse()
		}
	}
}

// handle receives one letter. Its place is given back when everything it caused was sent.
func (c *cell) handle(l *letter) {
	messages := 1 + len(l.more)
	place := int64(internalOne)
	if l.kind == letterMessage {
		place = int64(messages)
	}
	failpoint.Here("message received")
	c.inbox.receiving()
	defer func() {
		c.flush()
		c.inbox.received()
		c.pending.Add(-place)
		n := &c.shard.counts[c.kind.index]
		n.letters.Add(1)
		n.handled.Add(uint64(messages)) // last: who sees it takes for granted that all is over
	}()
	if l.kind != letterProbe {
		c.stir()
	}
	switch l.kind {
	case letterMessage:
		c.receiveAll(l)
	case letterWake:
		if w, ok := l.msg.(armed); ok && c.ctx != nil && c.ctx.due(w) {
			c.receive(Envelope{To: c.address(), Msg: Wake{}})
		}
	case letterProbe:
		c.retire()
	case letterRevive:
		c.revive()
	}
}

// stir puts passivation off. Cells that many write to are not written to each time.
func (c *cell) stir() {
	if c.quiet.Load() != 0 {
		c.quiet.Store(0)
	}
	if !c.stirred.Load() {
		c.stirred.Store(true)
	}
}

// receiveAll gives the messages of a letter to the value, each of them on its own: one on which it panics is not the next
// one's concern.
func (c *cell) receiveAll(l *letter) {
	c.receive(Envelope{To: c.address(), From: l.from, Msg: l.msg})
	for i := range l.more {
		if c.closed.Load() {
			return // stopped by force
		}
		c.receive(Envelope{To: c.address(), From: l.more[i].from, Msg: l.more[i].msg})
	}
}

// receive gives e to the value, and replaces the value if it panics.
func (c *cell) receive(e Envelope) {
	if !c.guard(e, func() { v := c.live(); v.Receive(c.ctx, e) }) {
		c.revive()
	}
}

// live returns the value, made anew if there is none, and told that it is a replacement if it is one.
func (c *cell) live() Actor {
	if c.value != nil {
		return c.value
	}
	v := c.kind.New(c.id)
	if v == nil {
		panic(errors.New("kind made no actor"))
	}
	c.ctx = &Context{cell: c}
	if c.reborn {
		v.Receive(c.ctx, Envelope{To: c.address(), Msg: Restarted{}})
	}
	c.value, c.reborn, c.failures = v, false, 0
	return v
}

// revive restarts the actor after a panic without waiting for a message, because what it had armed is gone with the
// old value. While that fails it is tried again, with growing pauses.
func (c *cell) revive() {
	if c.value != nil || !c.reborn {
		return
	}
	if c.guard(Envelope{To: c.address(), Msg: Restarted{}}, func() { c.live() }) {
		return
	}
	pause := lastRevival
	if c.failures < 7 {
		pause = min(firstRevival<<c.failures, lastRevival)
	}
	c.failures++
	time.AfterFunc(pause, func() { c.shard.internal(c, &letter{kind: letterRevive}) })
}

// retire ends the activation if the actor agrees and nothing waits for it.
func (c *cell) retire() {
	agreed := true
	ok := c.guard(Envelope{To: c.address()}, func() {
		if r, has := c.value.(Retirer); has {
			agreed = r.CanRetire()
		} else if c.ctx != nil {
			agreed = !c.ctx.isArmed()
		}
	})
	if ok && agreed && c.shard.retire(c) {
		c.discard()
		return
	}
	c.kind.refusals.Add(1)
	c.quiet.Store(0)
	c.revive()
}

// discard drops the value and what it armed.
func (c *cell) discard() {
	if c.ctx != nil {
		c.ctx.kill()
	}
	c.value, c.ctx = nil, nil
}

// guard runs fn and reports whether it returned. A panic ends here, never in hollywood.
func (c *cell) guard(e Envelope, fn func()) (ok bool) {
	defer func() {
		if ok {
			return
		}
		if v := recover(); v != nil {
			c.failed(e, v)
		}
	}()
	fn()
	return true
}

// failed throws the value away and tells whoever sent e.
func (c *cell) failed(e Envelope, v any) {
	defer func() { _ = recover() }() // the second line: a log writer or a hook that panics must not end the process
	c.flush()                        // it was sent before
	c.discard()
	c.reborn = true
	c.kind.panics.Add(1)
	err := &PanicError{Actor: c.address(), Value: v}
	if e.From != (Address{}) {
		// A refusal is the sender's loss: it is overloaded or gone, and has its own deadline.
		_ = c.shard.sys.send(Envelope{To: e.From, From: c.address(), Msg: Failed{Msg: e.Msg, Err: err}}, nil, phaseDraining)
	}
	c.shard.sys.log.Error().Str("kind", c.kind.Name).Str("id", c.id).Str("message", fmt.Sprintf("%T", e.Msg)).
		Str("panic", fmt.Sprint(v)).Bytes("stack", debug.Stack()).Msg("actor panicked")
	if c.kind.OnPanic != nil {
		c.kind.OnPanic(c.address(), v)
	}
}
