package act

import (
	"sync"
	"time"
)

// Context is an actor's way out. One value of an actor has one Context for its whole life, so unlike hollywood's it
// may be kept and used from other goroutines. Once the value is gone, Arm and Disarm do nothing.
type Context struct {
	cell *cell

	mu    sync.Mutex
	dead  bool
	gen   uint64 // of the current arming; 0 is none
	last  uint64 // the newest generation given out
	at    time.Time
	timer *time.Timer
}

// clockPause keeps an actor from spinning when the system's time stands still, as one that never goes back does while
// the machine's clock catches up with it.
const clockPause = 20 * time.Millisecond

// armed names one arming of one Context.
type armed struct {
	ctx *Context
	gen uint64
}

// Self returns the actor's address.
func (c *Context) Self() Address { return c.cell.address() }

// Now returns the system's time.
func (c *Context) Now() time.Time { return c.cell.shard.sys.now() }

// Send sends msg from this actor. It does not block; see System.Send for its errors. Unlike System.Send it is
// still accepted while the system drains.
func (c *Context) Send(to Address, msg any) error {
	return c.cell.shard.sys.send(Envelope{To: to, From: c.Self(), Msg: msg}, c.cell, phaseDraining)
}

// Flush lets what was sent so far go out before whatever the system is told to send next. It is only called in Receive.
func (c *Context) Flush() { c.cell.flush() }

// Reply answers e. A message from nobody needs no answer.
func (c *Context) Reply(e Envelope, msg any) error {
	if e.From == (Address{}) {
		return nil
	}
	return c.Send(e.From, msg)
}

// Forward passes msg on in place of e, so that the receiver answers the sender of e.
func (c *Context) Forward(to Address, e Envelope, msg any) error {
	return c.cell.shard.sys.send(Envelope{To: to, From: e.From, Msg: msg}, c.cell, phaseDraining)
}

// Arm asks for one Wake at the given time, or at once if it has passed. An actor has one timer: arming replaces
// what was armed before, whose Wake will not come even if it is already on its way.
func (c *Context) Arm(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead || c.gen != 0 && c.at.Equal(at) {
		return
	}
	c.disarm()
	c.last++
	c.gen, c.at = c.last, at
	c.start(at.Sub(c.Now()))
}

// Disarm withdraws what Arm asked for.
func (c *Context) Disarm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.disarm()
}

// start runs the timer for the current arming. The caller holds mu.
func (c *Context) start(after time.Duration) {
	if c.timer == nil {
		c.timer = time.AfterFunc(after, c.ring)
		return
	}
	c.timer.Reset(after)
}

// ring sends the wake for what is armed now. If that replaced what the timer ran for, it is early, and due lets it wait.
func (c *Context) ring() {
	c.mu.Lock()
	gen := c.gen
	c.mu.Unlock()
	if gen != 0 {
		c.cell.shard.internal(c.cell, &letter{kind: letterWake, msg: armed{ctx: c, gen: gen}})
	}
}

func (c *Context) disarm() {
	if c.gen != 0 {
		c.timer.Stop()
	}
	c.gen = 0
}

func (c *Context) isArmed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gen != 0
}

// due takes the arming that a wake is for, and reports false for an old one. When the wake is early, or the clock was set
// back since, the timer runs on for the rest.
func (c *Context) due(w armed) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w.ctx != c || w.gen != c.gen || c.gen == 0 {
		return false
	}
	if now := c.Now(); now.Before(c.at) {
		c.start(max(c.at.Sub(now), clockPause))
		return false
	}
	c.gen = 0
	return true
}

// kill disarms for good.
func (c *Context) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.disarm()
	c.dead = true
}
