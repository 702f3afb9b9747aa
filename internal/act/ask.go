package act

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
)

// askShards spreads the locks of the open questions.
const askShards = 16

// asks are the open questions by number. Numbers are never used twice.
type asks struct {
	last   atomic.Uint64
	open   atomic.Int64
	late   atomic.Uint64
	shards [askShards]askShard
	free   sync.Pool // channels of questions that are over: each holds nothing, and nobody else has it
}

type askShard struct {
	mu      sync.Mutex
	waiting map[uint64]chan any // each holds one answer, so that no actor ever waits for an asker
}

func (a *asks) init() {
	for i := range a.shards {
		a.shards[i].waiting = make(map[uint64]chan any)
	}
}

func (a *asks) add() (uint64, chan any) {
	ch, ok := a.free.Get().(chan any)
	if !ok {
		ch = make(chan any, 1)
	}
	n := a.last.Add(1)
	sh := &a.shards[n%askShards]
	sh.mu.Lock()
	sh.waiting[n] = ch
	sh.mu.Unlock()
	a.open.Add(1)
	return n, ch
}

// take removes question n; only one caller ever gets its channel.
func (a *asks) take(n uint64) (chan any, bool) {
	sh := &a.shards[n%askShards]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	ch, ok := sh.waiting[n]
	if ok {
		delete(sh.waiting, n)
		a.open.Add(-1)
	}
	return ch, ok
}

// resolve gives the answer to the question with that id, or drops it.
func (a *asks) resolve(id string, answer any) {
	if n, err := strconv.ParseUint(id, 36, 64); err == nil {
		if ch, ok := a.take(n); ok {
			ch <- answer
			return
		}
	}
	a.late.Add(1)
}

// Ask sends msg and waits for the first message to the address in its From. If the actor panics on it, that is the
// error. It must not be called by an actor about an actor that may ask back: both would wait until ctx ends.
func (s *System) Ask(ctx context.Context, to Address, msg any) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n, ch := s.asks.add()
	from := Address{Kind: askKind, ID: strconv.FormatUint(n, 36)}
	if err := s.Send(Envelope{To: to, From: from, Msg: msg}); err != nil {
		if _, open := s.asks.take(n); open {
			s.asks.free.Put(ch)
		}
		return nil, err
	}
	defer s.asks.free.Put(ch) // empty: its one answer was taken out, or cannot come any more
	var cause error
	select {
	case answer := <-ch:
		return unfold(answer)
	case <-ctx.Done():
		cause = ctx.Err()
	case <-s.done:
		cause = ErrStopped
	}
	if _, open := s.asks.take(n); !open {
		return unfold(<-ch) // the answer came at the same moment, and is in the channel or about to be
	}
	return nil, cause
}

func unfold(answer any) (any, error) {
	if f, ok := answer.(Failed); ok {
		return nil, f.Err
	}
	return answer, nil
}
