package hooks

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"pronto/dispatch"
	"pronto/internal/outbound"
	"pronto/storage"
)

// Target is one webhook as it is configured.
type Target struct {
	ID      string
	URL     string
	Events  []string
	Enabled bool
	Keys    []Key // none: it gets nothing
}

// Key signs until its time; zero: for good.
type Key struct {
	outbound.Key
	Until time.Time
}

// Told is an event on its way.
type Told struct {
	ID, Name     string
	Conversation dispatch.ConversationID
	Record       storage.Recorded
}

// Options is what webhooks need, wherever they run.
type Options struct {
	DB     *storage.DB
	Client outbound.Doer
	// Body encodes an event as it is sent.
	Body func(Told) ([]byte, error)
	// Gone is called when a receiver says that it is gone for good: the webhook is to be disabled, and configured so, unless it
	// has another address by then. A Follower's returns at once; a Service calls it on its own.
	Gone func(hook, url string)
	Bell *Bell
	Now  func() time.Time
	Log  zerolog.Logger
}

// World is what a Follower leaves to others.
type World struct {
	// Begin lets an attempt be made: Do, then what comes of it to Settle. It returns at once.
	Begin func(context.Context, *Attempt)
	// Each calls fn with 0 … n-1, one after the other or side by side, and returns after all.
	Each func(n int, fn func(i int))
	// Chance is in [0, d]. What Each runs may call it.
	Chance func(d time.Duration) time.Duration
	GiveUp time.Duration // for how long a failing event is tried, from when it began to wait
	Keep   time.Duration // for how long what was given up is kept for a replay
}

// Limits of what is under way.
const (
	maxFlying  = 64 // attempts of all webhooks
	maxPerHook = 8  // of one whose receiver takes them
)

// Follower decides about all webhooks: it follows the journal and says what is sent when, and what comes of it. It has no
// goroutine, clock or chance of its own, so that the server and the simulator run the same. One caller at a time, but for
// the methods of Attempt.
type Follower struct {
	o      Options
	w      World
	hooks  map[string]*hook
	marks  [storage.Shards]mark
	flying int
	turns  int
}

// hook is a webhook with what is under way for it.
type hook struct {
	Target
	gone     bool // its receiver said so, and it is not stored yet
	busy     map[dispatch.ConversationID]bool
	failures int       // in a row
	since    time.Time // of the first of those
	last     Outcome   // of them
	pause    time.Time // no attempt before
}

// NewFollower makes it with the webhooks that there are.
func NewFollower(o Options, w World, targets []Target) *Follower {
	f := &Follower{o: o, w: w, hooks: map[string]*hook{}}
	for _, t := range targets {
		f.hooks[t.ID] = newHook(t)
	}
	return f
}

func newHook(t Target) *hook { return &hook{Target: t, busy: map[dispatch.ConversationID]bool{}} }

// Start drops what an earlier process left of webhooks that are gone, and takes its place in the journal. Once, before the
// first Turn.
func (f *Follower) Start(ctx context.Context) {
	f.forgetUnknown(ctx)
	f.listen(ctx)
}

// Turn does what can be done now, and says when there is more; zero: when something happens.
func (f *Follower) Turn(ctx context.Context) (next time.Time) {
	for shard := range f.marks {
		if f.o.Bell.rung[shard].Swap(false) && f.active() {
			next = sooner(next, f.feed(ctx, storage.Shard(shard)))
		}
	}
	ids := slices.Sorted(maps.Keys(f.hooks))
	f.turns++
	for i := range ids { // each is the first in its turn: places that become free are for all
		h := f.hooks[ids[(i+f.turns)%len(ids)]]
		at, err := f.send(ctx, h)
		if err != nil && ctx.Err() == nil {
			f.o.Log.Error().Err(err).Str("webhook", h.ID).Msg("start of webhook deliveries")
			at = f.o.Now().Add(trouble)
		}
		next = sooner(next, at)
	}
	return next
}

// trouble is the pause after the store failed.
const trouble = 5 * time.Second

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Configure puts a webhook as it is from now on in force. What was written before is told as it was until now.
func (f *Follower) Configure(ctx context.Context, t Target) {
	f.catchUp(ctx)
	h := f.hooks[t.ID]
	if h == nil {
		h = newHook(t)
		f.hooks[t.ID] = h
	}
	if t.Enabled && !h.Enabled || t.URL != h.URL {
		h.failures, h.pause = 0, time.Time{}
	}
	if h.gone && t.Enabled && t.URL == h.URL { // something else was changed meanwhile
		t.Enabled = false
		f.o.Gone(t.ID, t.URL)
	} else {
		h.gone = false
	}
	h.Target = t
	f.listen(ctx)
}

// Forget drops a webhook with a page of what waits for it; more: it is to be called again.
func (f *Follower) Forget(ctx context.Context, id string) (more bool, err error) {
	if f.hooks[id] != nil {
		delete(f.hooks, id)
		f.listen(ctx)
	}
	return f.o.DB.ForgetHook(ctx, id, forgetPage)
}

const forgetPage = 1000

func (f *Follower) forgetUnknown(ctx context.Context) {
	known, err := f.o.DB.HooksWithRows()
	for _, id := range known {
		for more := f.hooks[id] == nil; more && err == nil; {
			more, err = f.o.DB.ForgetHook(ctx, id, forgetPage)
		}
	}
	if err != nil && ctx.Err() == nil {
		f.o.Log.Error().Err(err).Msg("rows of former webhooks")
	}
}

// active reports whether anybody is to be told.
func (f *Follower) active() bool {
	for _, h := range f.hooks {
		if h.Enabled {
			return true
		}
	}
	return false
}

// wants are the webhooks that are told of an event.
func (f *Follower) wants(name string) (out []string) {
	for id, h := range f.hooks {
		if h.Enabled && (slices.Contains(h.Events, name) || planted("webhook_rotated_unfiltered") && len(h.Keys) > 1 && name != "") {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}
