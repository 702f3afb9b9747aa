package hooks

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"pronto/dispatch"
	"pronto/storage"
	"pronto/transport/delivery"
)

// settle makes outcomes durable, those of each shard at once.
func (s *Service) settle(ctx context.Context, list []outcome) {
	for i := range list {
		o := &list[i]
		s.flying--
		h := s.hooks[o.hook]
		if h == nil {
			continue
		}
		delete(h.busy, o.conversation)
		s.judge(ctx, h, o)
	}
	s.write(ctx, list, s.change)
}

// judge notes what an outcome says about the receiver.
func (s *Service) judge(ctx context.Context, h *hook, o *outcome) {
	switch {
	case o.taken():
		h.failures, h.pause, h.since = 0, time.Time{}, time.Time{}
	case ctx.Err() != nil:
	default:
		if h.failures == 0 {
			h.since = o.at
		}
		h.failures++
		h.last = *o
		if h.failing() {
			h.pause = o.at.Add(jittered(min(delivery.Backoff(h.failures-maxPerHook+1), longestPause)))
		}
		if o.result.Reason == reasonGone && h.Enabled {
			h.Enabled = false
			go s.o.Gone(h.ID)
		}
	}
}

// change adds an outcome to what is written.
func (s *Service) change(c *storage.HookChange, o *outcome) error {
	switch {
	case o.taken():
		return c.Settle(storage.HookEvent{Hook: o.hook, Conversation: o.conversation, Ordinal: o.event.Ordinal})
	case o.result.Reason == reasonGone: // it stays as it is, for when the webhook is enabled again
		return nil
	case o.event.Ordinal > 0 && o.at.Sub(o.event.Since) >= GiveUp:
		return s.giveUp(c, o)
	default:
		pause := delivery.Backoff(s.attempts(o) + 1)
		if o.result.State == delivery.Retry { // where it may have been taken, the receiver knows a repetition by its id
			pause = max(pause, o.result.RetryAfter)
		}
		return c.Retry(o.hook, o.conversation, o.at.Add(jittered(pause)))
	}
}

// attempts is how often the first event was tried before.
func (s *Service) attempts(o *outcome) int {
	head, err := s.o.DB.HookHeadOf(o.hook, o.conversation)
	if err != nil {
		return 0
	}
	return head.Attempts
}

func (s *Service) giveUp(c *storage.HookChange, o *outcome) error {
	return c.Park(storage.ParkedEvent{HookEvent: o.event, ParkedAt: o.at, Attempts: s.attempts(o) + 1, Reason: o.result.Reason, Status: o.status})
}

// park gives up what waited for too long behind a failing receiver, without another attempt.
func (s *Service) park(ctx context.Context, list []outcome) (written bool) {
	return s.write(ctx, list, func(c *storage.HookChange, o *outcome) error {
		first, err := s.o.DB.HookWaiting(o.hook, o.conversation, 1)
		if err != nil || len(first) == 0 {
			return err
		}
		o.event = first[0]
		return c.Park(storage.ParkedEvent{HookEvent: o.event, ParkedAt: o.at, Attempts: s.attempts(o), Reason: o.result.Reason, Status: o.status})
	})
}

// write makes one change for each shard, side by side. What is not written is done again: it still waits.
func (s *Service) write(ctx context.Context, list []outcome, add func(*storage.HookChange, *outcome) error) (written bool) {
	if ctx.Err() != nil {
		list = slices.DeleteFunc(list, func(o outcome) bool { return !o.taken() })
		ctx = context.Background()
	}
	byShard := map[storage.Shard][]*outcome{}
	for i := range list {
		if s.hooks[list[i].hook] == nil {
			continue // forgotten with its rows
		}
		shard := shardOf(list[i].conversation)
		byShard[shard] = append(byShard[shard], &list[i])
	}
	var writing sync.WaitGroup
	errs := make([]error, storage.Shards)
	for shard, outcomes := range byShard {
		writing.Go(func() {
			c := s.o.DB.ChangeHooks(shard, s.o.Now())
			for _, o := range outcomes {
				if err := add(c, o); err != nil {
					errs[shard] = err
					return
				}
			}
			errs[shard] = c.Commit(ctx)
		})
	}
	writing.Wait()
	for shard, outcomes := range byShard {
		s.notWritten(outcomes, errs[shard])
	}
	return errors.Join(errs...) == nil
}

// notWritten leaves webhooks alone for a while whose outcomes the store did not take.
func (s *Service) notWritten(list []*outcome, err error) {
	if err == nil {
		return
	}
	if !stopped(context.Background(), err) {
		s.o.Log.Error().Err(err).Msg("outcome of webhook deliveries")
	}
	for _, o := range list {
		h := s.hooks[o.hook]
		h.pause = s.o.Now().Add(trouble)
	}
}

func shardOf(id dispatch.ConversationID) storage.Shard {
	return storage.Shard(dispatch.PartitionOf(string(id)).Shard())
}
