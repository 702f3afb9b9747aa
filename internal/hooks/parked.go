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

// Replay lets a parked event wait again; false: it is not parked.
func (s *Service) Replay(ctx context.Context, e storage.HookEvent) (replayed bool, err error) {
	p, err := s.o.DB.ParkedOne(e)
	if err != nil {
		if errors.Is(err, storage.ErrNotFound) {
			err = nil
		}
		return false, err
	}
	err = s.call(ctx, func() error {
		replayed = true
		return s.follower.Replay(ctx, []storage.ParkedEvent{p})
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
		var due []storage.ParkedEvent
		for _, p := range page {
			if !p.ParkedAt.After(until) {
				due = append(due, p)
			}
		}
		if err := s.call(ctx, func() error { return s.follower.Replay(ctx, due) }); err != nil {
			return n, err
		}
		n += len(due)
	}
}

// Replay lets parked events wait again.
func (f *Follower) Replay(ctx context.Context, list []storage.ParkedEvent) error {
	changes := map[storage.Shard]*storage.HookChange{}
	for _, p := range list {
		h := f.hooks[p.Hook]
		if h == nil {
			return nil
		}
		h.failures, h.pause = 0, time.Time{} // somebody says that it works again
		shard := shardOf(p.Conversation)
		if changes[shard] == nil {
			changes[shard] = f.o.DB.ChangeHooks(shard, f.o.Now())
		}
		if err := changes[shard].Replay(p); err != nil {
			return err
		}
	}
	for _, shard := range slices.Sorted(maps.Keys(changes)) {
		if err := changes[shard].Commit(ctx); err != nil {
			return err
		}
	}
	return nil
}
