package hooks

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"pronto/storage"
)

// State is how a webhook is doing.
type State struct {
	Waiting, Parked int // each up to Countable
	FailingSince    time.Time
	Reason          string // of the last failure
	Status          int    // of its answer; 0: there was none
	Next            time.Time
}

// Countable is up to how many are counted.
const Countable = 1000

// State is how a webhook's receiver does: nothing is counted.
func (f *Follower) State(id string) (out State) {
	if h := f.hooks[id]; h != nil && h.failures > 0 {
		out.FailingSince, out.Reason, out.Status, out.Next = h.since, h.last.result.Reason, h.last.status, h.pause
	}
	return out
}

// State reads it.
func (s *Service) State(ctx context.Context, id string) (out State, err error) {
	err = s.call(ctx, func() error {
		out = s.follower.State(id)
		return nil
	})
	if err != nil {
		return out, err
	}
	out.Waiting, out.Parked, err = s.o.DB.HookCounts(id, Countable)
	return out, err
}

// replayPage is how many parked events begin to wait again at once.
const replayPage = 256

// Replay lets a parked event wait again; false: it is not parked, or another replay was first.
func (s *Service) Replay(ctx context.Context, e storage.HookEvent) (replayed bool, err error) {
	err = s.call(ctx, func() error {
		n, err := s.follower.Replay(ctx, []storage.HookEvent{e})
		replayed = n > 0
		return err
	})
	return replayed, err
}

// ReplayAll lets everything wait again that was parked until now, and says how much that was.
func (s *Service) ReplayAll(ctx context.Context, id string) (n int, err error) {
	until := s.o.Now()
	var after storage.HookEvent
	for {
		page, err := s.o.DB.HookParked(id, after, replayPage)
		if err != nil || len(page) == 0 {
			return n, err
		}
		after = page[len(page)-1].HookEvent
		var due []storage.HookEvent
		for _, p := range page {
			if !p.ParkedAt.After(until) {
				due = append(due, p.HookEvent)
			}
		}
		err = s.call(ctx, func() error {
			replayed, err := s.follower.Replay(ctx, due)
			n += replayed
			return err
		})
		if err != nil {
			return n, err
		}
	}
}

// Replay lets events wait again, and says how many of them were still parked: whoever listed them did so before this turn,
// and another replay may have been first. On an error those of some shards may wait again.
func (f *Follower) Replay(ctx context.Context, list []storage.HookEvent) (n int, err error) {
	changes := map[storage.Shard]*storage.HookChange{}
	for _, e := range list {
		h := f.hooks[e.Hook]
		if h == nil {
			continue
		}
		p, err := f.o.DB.ParkedOne(e)
		if errors.Is(err, storage.ErrNotFound) {
			if !planted("webhook_replayed_twice") {
				continue
			}
			p, err = storage.ParkedEvent{HookEvent: e}, nil
		}
		if err != nil {
			return 0, err
		}
		h.failures, h.pause = 0, time.Time{} // somebody says that it works again
		shard := shardOf(e.Conversation)
		if changes[shard] == nil {
			changes[shard] = f.o.DB.ChangeHooks(shard, f.o.Now())
		}
		if err := changes[shard].Replay(p); err != nil {
			return 0, err
		}
		n++
	}
	for _, shard := range slices.Sorted(maps.Keys(changes)) {
		if err := changes[shard].Commit(ctx); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// Expire forgets what was parked for longer than it is kept, and says how much that was. A few times a day is enough.
func (s *Service) Expire(ctx context.Context) (n int, err error) {
	var after storage.HookEvent
	for more := true; more && err == nil; {
		more = false
		err = s.call(ctx, func() error {
			gone, last, err := s.follower.Expire(ctx, after)
			n += gone
			after, more = last, last != (storage.HookEvent{})
			return err
		})
	}
	return n, err
}

// Expire forgets, of a page of what is parked after one of its events, what has been kept for its time, and says how much that
// was; last is where the page ended, its zero value: there is no more.
func (f *Follower) Expire(ctx context.Context, after storage.HookEvent) (n int, last storage.HookEvent, err error) {
	keep := f.w.Keep
	if planted("webhook_parked_expires_early") {
		keep = 0
	}
	return f.o.DB.ForgetParked(ctx, after, f.o.Now().Add(-keep), forgetPage)
}
