package sim

import (
	"time"

	"pronto/dispatch"
)

// class says what becomes of an event when the node crashes.
type class byte

const (
	classDeliver class = iota // a message on its way: lost
	classWake                 // a timer in memory: lost
	classInside               // work in the node: lost
	classWorld                // the world outside goes on
)

// event is something that will happen at a true time.
type event struct {
	at    int64 // ns of true time, which only the scheduler sees
	seq   uint64
	class class
	env   dispatch.Envelope // deliver; wake: only To
	armed int64             // wake: valid while the actor still wants this clock time
	run   func()            // inside, world

	beside bool // it is no step, and no fault is rolled for it
}

// schedule is a binary heap by time, then by order of insertion.
type schedule struct {
	heap []*event
	seq  uint64
}

func (q *schedule) less(i, j int) bool {
	a, b := q.heap[i], q.heap[j]
	return a.at < b.at || (a.at == b.at && a.seq < b.seq)
}

func (q *schedule) push(e *event) {
	q.seq++
	e.seq = q.seq
	q.heap = append(q.heap, e)
	for i := len(q.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !q.less(i, up) {
			return
		}
		q.heap[i], q.heap[up] = q.heap[up], q.heap[i]
		i = up
	}
}

func (q *schedule) pop() *event {
	if len(q.heap) == 0 {
		return nil
	}
	top := q.heap[0]
	last := len(q.heap) - 1
	q.heap[0] = q.heap[last]
	q.heap[last] = nil
	q.heap = q.heap[:last]
	q.sink(0)
	return top
}

func (q *schedule) sink(i int) {
	for {
		least := i
		for _, c := range [2]int{2*i + 1, 2*i + 2} {
			if c < len(q.heap) && q.less(c, least) {
				least = c
			}
		}
		if least == i {
			return
		}
		q.heap[i], q.heap[least] = q.heap[least], q.heap[i]
		i = least
	}
}

// keep drops the events that keep refuses.
func (q *schedule) keep(keep func(*event) bool) {
	kept := q.heap[:0]
	for _, e := range q.heap {
		if keep(e) {
			kept = append(kept, e)
		}
	}
	clear(q.heap[len(kept):])
	q.heap = kept
	for i := len(kept)/2 - 1; i >= 0; i-- {
		q.sink(i)
	}
}

// after schedules work outside or inside the node.
func (s *Sim) after(d time.Duration, c class, run func()) {
	s.sched.push(&event{at: s.true + int64(d), class: c, run: run})
}

// advance moves true time, and the clock with it: the shells clamp it, so that it never goes back.
func (s *Sim) advance(at int64) {
	s.true = max(s.true, at)
	wall := s.true + s.skew
	if wall > s.clock || s.plant("time_back") {
		s.clock = wall
	}
	s.now = epoch.Add(time.Duration(s.clock))
}

// trueAt is when the clock will show t. While it is clamped, after a step back, it shows what it showed.
func (s *Sim) trueAt(t time.Time) int64 {
	at := int64(t.Sub(epoch))
	if at <= s.clock {
		return s.true
	}
	return max(s.true, at-s.skew)
}

var epoch = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
