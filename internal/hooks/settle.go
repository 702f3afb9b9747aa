package hooks

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"pronto/storage"
	"pronto/transport/delivery"
)

// Settle makes outcomes durable, those of each shard at once. Once ctx has ended, only what was taken.
func (f *Follower) Settle(ctx context.Context, list []Outcome) {
	for i := range list {
		o := &list[i]
		o.at = f.o.Now()
		f.flying--
		h := f.hooks[o.hook]
		if h == nil {
			continue
		}
		if o.taken() || !planted("webhook_failure_keeps_busy") {
			delete(h.busy, o.conversation)
		}
		f.judge(ctx, h, o)
	}
	f.write(ctx, list, f.change)
}

// judge notes what an outcome says about the receiver. A former one says nothing about that of now.
func (f *Follower) judge(ctx context.Context, h *hook, o *Outcome) {
	switch {
	case f.moved(o):
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
			h.pause = o.at.Add(f.jittered(min(delivery.Backoff(h.failures-maxPerHook+1), longestPause)))
		}
		if o.result.Reason == reasonGone && h.Enabled && !planted("webhook_gone_goes_on") {
			f.catchUp(ctx)
			h.Enabled, h.gone = false, true
			f.o.Gone(h.ID, h.URL)
		}
	}
}

// moved reports whether the webhook has another address since the attempt began.
func (f *Follower) moved(o *Outcome) bool {
	return f.hooks[o.hook].URL != o.url && !planted("webhook_former_address_judges")
}

// change adds an outcome to what is written.
func (f *Follower) change(c *storage.HookChange, o *Outcome) error {
	switch {
	case o.taken():
		return c.Settle(storage.HookEvent{Hook: o.hook, Conversation: o.conversation, Ordinal: o.event.Ordinal})
	case o.result.Reason == reasonGone, f.moved(o): // it stays as it is, for when the webhook is enabled again, or for its new address
		return nil
	case o.event.Ordinal > 0 && o.at.Sub(o.event.Since) >= f.w.GiveUp:
		return f.giveUp(c, o)
	default:
		pause := delivery.Backoff(f.attempts(o) + 1)
		if o.result.State == delivery.Retry { // where it may have been taken, the receiver knows a repetition by its id
			pause = max(pause, o.result.RetryAfter)
		}
		return c.Retry(o.hook, o.conversation, o.at.Add(f.jittered(pause)))
	}
}

// attempts is how often the first event was tried before.
func (f *Follower) attempts(o *Outcome) int {
	head, err := f.o.DB.HookHeadOf(o.hook, o.conversation)
	if err != nil {
		return 0
	}
	return head.Attempts
}

func (f *Follower) giveUp(c *storage.HookChange, o *Outcome) error {
	return f.keep(c, o, f.attempts(o)+1)
}

// park gives up what waited for too long behind a failing receiver, without another attempt.
func (f *Follower) park(ctx context.Context, list []Outcome) (written bool) {
	return f.write(ctx, list, func(c *storage.HookChange, o *Outcome) error {
		first, err := f.o.DB.HookWaiting(o.hook, o.conversation, 1)
		if err != nil || len(first) == 0 {
			return err
		}
		o.event = first[0]
		return f.keep(c, o, f.attempts(o))
	})
}

// keep parks an outcome's event.
func (f *Follower) keep(c *storage.HookChange, o *Outcome, attempts int) error {
	if planted("webhook_given_up_forgotten") {
		return c.Settle(o.event)
	}
	return c.Park(storage.ParkedEvent{HookEvent: o.event, ParkedAt: o.at, Attempts: attempts, Reason: o.result.Reason, Status: o.status})
}

// write makes one change for each shard, side by side. What is not written is done again: it still waits.
func (f *Follower) write(ctx context.Context, list []Outcome, add func(*storage.HookChange, *Outcome) error) (written bool) {
	if ctx.Err() != nil {
		list = slices.DeleteFunc(list, func(o Outcome) bool { return !o.taken() })
		ctx = context.Background()
	}
	byShard := map[storage.Shard][]*Outcome{}
	for i := range list {
		if f.hooks[list[i].hook] == nil {
			continue // forgotten with its rows
		}
		shard := shardOf(list[i].conversation)
		byShard[shard] = append(byShard[shard], &list[i])
	}
	shards := slices.Sorted(maps.Keys(byShard))
	errs := make([]error, len(shards))
	f.w.Each(len(shards), func(i int) {
		errs[i] = f.writeShard(ctx, shards[i], byShard[shards[i]], add)
	})
	for i, shard := range shards {
		f.notWritten(byShard[shard], errs[i])
	}
	return errors.Join(errs...) == nil
}

func (f *Follower) writeShard(ctx context.Context, shard storage.Shard, list []*Outcome, add func(*storage.HookChange, *Outcome) error) error {
	c := f.o.DB.ChangeHooks(shard, f.o.Now())
	for _, o := range list {
		if err := add(c, o); err != nil {
			return err
		}
	}
	return c.Commit(ctx)
}

// notWritten leaves webhooks alone for a while whose outcomes the store did not take.
func (f *Follower) notWritten(list []*Outcome, err error) {
	if err == nil {
		return
	}
	if !stopped(context.Background(), err) {
		f.o.Log.Error().Err(err).Msg("Outcome of webhook deliveries")
	}
	for _, o := range list {
		h := f.hooks[o.hook]
		h.pause = f.o.Now().Add(trouble)
	}
}

// jittered spreads what failed together.
func (f *Follower) jittered(d time.Duration) time.Duration { return d + f.w.Chance(d/4) }
