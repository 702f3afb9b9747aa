package sim

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"pronto/dispatch"
	"pronto/internal/hooks"
	"pronto/internal/outbound"
	"pronto/storage"
)

const (
	kindWebhook = dispatch.Kind("webhook")
	// webhookSalt gives webhooks chances of their own: worlds without them are as they were.
	webhookSalt = 0x686f6f6b
)

// webhooks are what a world tells other people's servers, in some worlds. The follower is the server's own; what is done
// for it is no step of the simulation, so that the rest goes on as it would without.
type webhooks struct {
	s        *Sim
	on       bool
	rng      *rng
	bell     *hooks.Bell
	follower *hooks.Follower // nil until the node is up
	world    hooks.World
	all      []*webhook // that were ever made
	said     map[dispatch.ConversationID][]named

	turning  bool // a turn is on its way
	timer    int  // the last one that was set
	ended    []ended
	latency  time.Duration // of the answer to the attempt that is made now
	troubled string        // what the follower complained of
}

// ended is an attempt whose outcome has come.
type ended struct {
	outcome hooks.Outcome
	to      *webhook
	url     string
	gone    bool
}

// webhook is one with its receiver.
type webhook struct {
	id       string
	version  uint64
	stored   form   // as the document says
	form     form   // as it is in force
	gone     bool   // its receiver said so, and nobody disabled it yet
	changing int    // changes that are not in force
	asked    string // where the last request went

	receiver receiver
	heard    map[dispatch.ConversationID]*heard // nil: it was removed
	open     []*toldEvent                       // that it must be told, and some that it was
}

// form is a webhook as it is configured.
type form struct {
	Exists, Enabled bool
	Address         int // of several, one after the other
	Events          []string
	Secret, Old     string
	Until           time.Time // of Old
}

func (f *form) wants(name string) bool {
	if !f.Exists || !f.Enabled {
		return false
	}
	for _, e := range f.Events {
		if e == name {
			return true
		}
	}
	return false
}

func (f *form) target(id string) hooks.Target {
	t := hooks.Target{ID: id, URL: f.url(id), Events: f.Events, Enabled: f.Enabled}
	for _, k := range []struct {
		secret string
		until  time.Time
	}{{f.Secret, time.Time{}}, {f.Old, f.Until}} {
		if k.secret != "" {
			t.Keys = append(t.Keys, hooks.Key{Key: keyOf(k.secret), Until: k.until})
		}
	}
	return t
}

func (f *form) url(id string) string { return fmt.Sprintf("https://%s.example/%d", id, f.Address) }

func keyOf(secret string) outbound.Key {
	k, err := outbound.ParseSecret(secret)
	if err != nil {
		panic(err)
	}
	return k
}

func (h *webhooks) newSecret() string {
	var raw [24]byte
	for i := range raw {
		raw[i] = byte(h.rng.next())
	}
	return "whsec_" + base64.StdEncoding.EncodeToString(raw[:])
}

// newWebhooks decides whether there are any in this world. The bell is there before the store.
func newWebhooks(s *Sim) *webhooks {
	h := &webhooks{s: s, rng: newRNG(s.p.Seed ^ webhookSalt)}
	if h.on = h.rng.chance(webhookWorlds); !h.on {
		return h
	}
	h.world = hooks.World{
		Begin: h.begin, Chance: func(d time.Duration) time.Duration { return h.rng.dur(0, d) },
		GiveUp: pick(h.rng, []time.Duration{6 * time.Second, 15 * time.Second, 40 * time.Second}),
		Each: func(n int, fn func(int)) {
			for i := range n {
				fn(i)
			}
		},
	}
	h.world.Keep = 4 * h.world.GiveUp
	h.bell, h.said = hooks.NewBell(), map[dispatch.ConversationID][]named{}
	return h
}

// landed is what the store tells of; nil: nobody listens.
func (h *webhooks) landed() func(storage.Shard) {
	if !h.on {
		return nil
	}
	return func(shard storage.Shard) { h.bell.Ring(shard) }
}

// start lets an administrator come.
func (h *webhooks) start() {
	if h.on {
		h.administer()
	}
}

// down loses what is in memory. The next life has another bell.
func (h *webhooks) down() {
	if h.on {
		h.bell, h.follower, h.turning, h.ended = hooks.NewBell(), nil, false, nil
		h.timer++
	}
}

// up starts the follower with the webhooks as they are stored.
func (h *webhooks) up() {
	if !h.on {
		return
	}
	var targets []hooks.Target
	for _, w := range h.all {
		h.reload(w)
		if w.form.Exists {
			targets = append(targets, w.form.target(w.id))
		}
	}
	h.follower = hooks.NewFollower(hooks.Options{
		DB: h.s.disk.db, Client: receivers{h}, Body: body, Gone: h.receiverGone, Bell: h.bell, Now: func() time.Time { return h.s.now },
		Log: zerolog.New(complaints{h}).Level(zerolog.ErrorLevel),
	}, h.world, targets)
	h.follower.Start(context.Background())
	h.complained()
	h.turnSoon()
}

// reload takes a webhook as the disk has it: a change that a crash cut off is there or not.
func (h *webhooks) reload(w *webhook) {
	w.stored = form{}
	switch doc, err := h.s.disk.db.Document(string(kindWebhook), w.id); {
	case err == nil:
		w.version = doc.Version
		if err := json.Unmarshal(doc.Body, &w.stored); err != nil {
			h.s.must(w.address(), err)
		}
	case !isNotFound(err):
		h.s.must(w.address(), err)
	}
	h.interrupted(w)
	if w.form, w.gone = w.stored, false; !w.form.Exists && w.heard != nil {
		h.forget(w)
	}
}

func (w *webhook) address() dispatch.Address { return dispatch.Address{Kind: kindWebhook, ID: w.id} }

// complaints takes the follower's errors: storage gives none here.
type complaints struct{ h *webhooks }

func (c complaints) Write(line []byte) (int, error) {
	c.h.troubled = strings.TrimSpace(string(line))
	return len(line), nil
}

func (h *webhooks) complained() {
	if h.troubled != "" {
		h.s.fail("I22", dispatch.Address{}, "webhooks: %s", h.troubled)
	}
}

// soon schedules work of the follower's node: no step, and lost in a crash.
func (h *webhooks) soon(d time.Duration, run func()) {
	h.s.sched.push(&event{at: h.s.true + int64(d), class: classInside, beside: true, run: run})
}

// listen lets the follower look at what was written, soon.
func (h *webhooks) listen() {
	if !h.on || h.follower == nil {
		return
	}
	select {
	case <-h.bell.Rung():
		h.turnSoon()
	default:
	}
}

func (h *webhooks) turnSoon() {
	if h.turning {
		return
	}
	h.turning = true
	wait := h.rng.dur(0, 60*time.Millisecond)
	if !h.s.calm && h.rng.chance(50) {
		wait = h.rng.dur(0, 4*time.Second) // it is busy elsewhere
	}
	h.soon(wait, func() { h.work(func(context.Context) {}) })
}

// work does something in the follower's turn, as the server's loop does, sometimes with the power cut at its first sync.
func (h *webhooks) work(what func(context.Context)) {
	ctx := context.Background()
	var next time.Time
	h.turning = false
	if h.cut(func() {
		what(ctx)
		next = h.follower.Turn(ctx)
	}) {
		return
	}
	h.complained()
	h.arm(next)
}

// cut writes something, sometimes with the power cut at its first sync; then the node is about to go down.
func (h *webhooks) cut(write func()) (crashed bool) {
	if h.s.calm || !h.rng.rare(2*h.s.p.TornSave) {
		write()
		return false
	}
	h.s.disk.torn.arm(h.rng.chance(500))
	write()
	crash := h.s.disk.torn.disarm()
	if crash == nil {
		return false
	}
	h.s.trace(dispatch.Address{}, noteOther, "a write of webhooks is cut", 0)
	h.s.crash = &nodeCrash{mem: crash}
	return true
}

// arm sets the one timer, as the server's loop does: it counts real time.
func (h *webhooks) arm(next time.Time) {
	if next.IsZero() {
		return
	}
	h.timer++
	mine := h.timer
	h.soon(max(time.Millisecond, next.Sub(h.s.now)), func() {
		if h.timer == mine {
			h.work(func(context.Context) {})
		}
	})
}

func (h *webhooks) find(id string) *webhook {
	for _, w := range h.all {
		if w.id == id {
			return w
		}
	}
	return nil
}

// begin puts an attempt on its way.
func (h *webhooks) begin(_ context.Context, a *hooks.Attempt) {
	w := h.find(a.Hook)
	h.checkBegun(w)
	url := w.form.url(w.id)
	h.soon(h.rng.dur(0, 3*time.Millisecond), func() {
		h.latency, w.asked = 0, ""
		o := a.Do(context.Background())
		h.complained()
		h.checkAsked(w, url)
		gone := w.receiver.saidGone
		w.receiver.saidGone = false
		h.soon(h.latency, func() {
			h.ended = append(h.ended, ended{o, w, url, gone})
			if len(h.ended) == 1 {
				h.soon(h.rng.dur(0, 2*time.Millisecond), h.settle)
			}
		})
	})
}

func (h *webhooks) settle() {
	list := h.ended
	h.ended = nil
	h.work(func(ctx context.Context) {
		outcomes := make([]hooks.Outcome, len(list))
		for i := range list {
			outcomes[i] = list[i].outcome
			if w := list[i].to; list[i].gone && w.form.Enabled && !w.gone && list[i].url == w.form.url(w.id) {
				h.s.trace(w.address(), noteOther, "webhook gone", 0)
				w.gone = true
			}
		}
		h.follower.Settle(ctx, outcomes)
	})
}

// body is what the simulated receivers read.
func body(t hooks.Told) ([]byte, error) {
	return fmt.Appendf(nil, "%s %s %s %d", t.ID, t.Name, t.Conversation, t.Record.Ordinal), nil
}
