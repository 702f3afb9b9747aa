package act

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// shardCount spreads the directory's locks; more than any machine's cores for one process.
	shardCount = 64
	// ticksPerIdle is how many sweeps fit in the shortest Idle: passivation is late by at most two of them.
	ticksPerIdle = 4
	// minTick keeps sweeps rare however short an Idle is; maxTick keeps them useful however long.
	minTick = 5 * time.Millisecond
	maxTick = 15 * time.Second
)

// phase is how far a shard has come towards its stop.
type phase uint8

const (
	phaseRunning  phase = iota // everyone may send
	phaseDraining              // only actors may send
	phaseStopped               // nobody may send
)

// counts are the messages of one kind in one shard, and the letters with which they came; handled never passes admitted.
type counts struct {
	admitted, handled, letters atomic.Uint64
}

// shard is one part of the directory. Its lock makes "find and admit" and "nothing waits, remove" exclude each
// other, so no message is ever queued behind a removal. No code of an actor runs under it.
type shard struct {
	sys *System

	mu      sync.RWMutex
	phase   phase
	cells   [maxKinds]map[string]*cell // by kind, then by id
	mortals int                        // cells of kinds that passivate
	sweeper *time.Timer                // runs only while mortals > 0

	counts [maxKinds]counts
	crowds [maxKinds]crowd // of kinds with a Keep
}

func (sh *shard) init(s *System) {
	sh.sys = s
}

// send admits e to its cell, which it makes if there is none.
func (sh *shard) send(k *kind, e Envelope, sender *cell, until phase) error {
	l := newLetter(e)
	sh.mu.RLock()
	if sh.phase > until {
		sh.mu.RUnlock()
		return ErrStopped
	}
	c := sh.cells[k.index][e.To.ID]
	if c == nil {
		sh.mu.RUnlock()
		if sender.holds() {
			sender.flush() // what the new one sends must not come before it
		}
		return sh.activate(k, e.To.ID, l, sender, until)
	}
	ok := c.admit()
	sh.mu.RUnlock()
	switch {
	case !ok:
		k.overloaded.Add(1)
		return ErrOverloaded
	case sender.holds():
		sender.hold(e.To, c, l)
	default:
		c.push(l, nil)
	}
	return nil
}

// activate makes the cell of an id with l as its first message, unless another sender was first.
func (sh *shard) activate(k *kind, id string, l *letter, sender *cell, until phase) error {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.phase > until {
		return ErrStopped
	}
	if c := sh.cells[k.index][id]; c != nil {
		if !c.admit() {
			k.overloaded.Add(1)
			return ErrOverloaded
		}
		c.push(l, sender)
		return nil
	}
	c := newCell(sh, k, id)
	if sh.cells[k.index] == nil {
		sh.cells[k.index] = make(map[string]*cell)
	}
	sh.cells[k.index][id] = c
	k.alive.Add(1)
	k.activations.Add(1)
	if k.Idle > 0 {
		sh.mortals++
		sh.wakeSweeper()
	}
	c.admit()
	c.push(l, nil) // before the start, which then schedules it
	sh.sys.engine.SpawnProc(c)
	if k.Keep > 0 {
		cr := &sh.crowds[k.index]
		cr.add(c)
		cr.thin(sh, k.share())
	}
	return nil
}

// internal puts a letter of this package into c's mailbox past its limit, unless c is gone or the system stops.
func (sh *shard) internal(c *cell, l *letter) {
	sh.mu.RLock()
	if sh.phase != phaseRunning || c.closed.Load() {
		sh.mu.RUnlock()
		return
	}
	c.pending.Add(internalOne)
	sh.counts[c.kind.index].admitted.Add(1)
	sh.mu.RUnlock()
	c.push(l, nil)
}

// retire removes c unless something besides the caller's own probe waits for it. Called on c's goroutine, which
// touches the actor's value no more once this returned true: the next activation cannot overlap it.
func (sh *shard) retire(c *cell) bool {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if c.closed.Load() || c.pending.Load() != internalOne {
		return false
	}
	sh.remove(c)
	c.kind.passivations.Add(1)
	return true
}

// remove takes c out of the directory and out of hollywood. The caller holds the lock.
func (sh *shard) remove(c *cell) {
	c.closed.Store(true)
	delete(sh.cells[c.kind.index], c.id)
	if c.kind.Keep > 0 {
		sh.crowds[c.kind.index].drop(c)
	}
	c.Shutdown()
	c.kind.alive.Add(-1)
	if c.kind.Idle > 0 {
		sh.mortals--
	}
}

// wakeSweeper makes the sweeper run. The caller holds the lock.
func (sh *shard) wakeSweeper() {
	tick := time.Duration(sh.sys.tick.Load())
	switch {
	case sh.sweeper == nil:
		sh.sweeper = time.AfterFunc(tick, sh.sweep)
	case sh.mortals == 1: // the first after a pause; a sweep that is still under way only comes twice
		sh.sweeper.Reset(tick)
	}
}

// sweep counts one more quiet tick for every idle cell and asks those that had enough to retire.
func (sh *shard) sweep() {
	tick := time.Duration(sh.sys.tick.Load())
	for _, c := range sh.ripe(tick) {
		c.push(&letter{kind: letterProbe}, nil)
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.phase == phaseRunning && sh.mortals > 0 {
		sh.sweeper.Reset(tick)
	}
}

// ripe returns the cells that were quiet for their whole Idle, each with its probe already admitted. The first of
// the counted ticks is a part of one, hence one more than fit into Idle.
func (sh *shard) ripe(tick time.Duration) []*cell {
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	if sh.phase != phaseRunning {
		return nil
	}
	var out []*cell
	for i := range sh.cells {
		for _, c := range sh.cells[i] {
			if c.kind.Idle == 0 {
				break // so do all of its kind
			}
			if c.ripens(tick) {
				sh.counts[i].admitted.Add(1)
				out = append(out, c)
			}
		}
	}
	return out
}

// ripens counts one more quiet tick, and admits a probe when it is the last of the Idle.
func (c *cell) ripens(tick time.Duration) bool {
	if c.pending.Load() != 0 {
		return false
	}
	need := (c.kind.Idle+tick-1)/tick + 1
	return time.Duration(c.quiet.Add(1)) >= need && c.pending.CompareAndSwap(0, internalOne)
}

// drain stops messages from outside, timers and passivation.
func (sh *shard) drain() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.phase = phaseDraining
	if sh.sweeper != nil {
		sh.sweeper.Stop()
	}
}

// close stops every cell and reports those that were busy.
func (sh *shard) close(report *StopError) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.phase = phaseStopped
	for i := range sh.cells {
		for _, c := range sh.cells[i] {
			sh.closeCell(c, report)
		}
	}
}

func (sh *shard) closeCell(c *cell, report *StopError) {
	busy := c.pending.Load() != 0
	sh.remove(c)
	if !busy {
		c.discard() // nothing runs in it, and nothing will
		return
	}
	report.Busy++
	if len(report.Actors) < maxReported {
		report.Actors = append(report.Actors, c.address())
	}
}
