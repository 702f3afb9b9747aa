package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"pronto/dispatch"
	"pronto/storage"
)

// webhookWorlds is in how many of a thousand worlds there are webhooks. Such a world takes 1.4 times the CPU: 200 seeds 52 s
// instead of 38.
const webhookWorlds = 105

// moods are how a receiver behaves for a while.
var moods = []string{"well", "well", "well", "errors", "slow", "loses", "picky", "picky", "gone"}

// receiver is somebody else's server.
type receiver struct {
	mood     string
	left     int    // attempts in this mood
	secret   string // with which it verifies
	saidGone bool   // at the attempt that is made now
}

// receivers are all of them, in the place of the network.
type receivers struct{ h *webhooks }

// Do takes a request, or not, and says so, or not.
func (r receivers) Do(request *http.Request) (*http.Response, error) {
	h := r.h
	w := h.find(strings.TrimSuffix(request.URL.Host, ".example"))
	raw, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	w.asked = request.URL.String()
	e := h.checkArrived(w, request.Header, raw)
	status, wait, err := h.answer(w, string(raw))
	h.latency = h.rng.dur(time.Millisecond, 50*time.Millisecond) + wait
	if status == http.StatusOK {
		e.done = true
	}
	h.s.trace(w.address(), noteOther, "webhook told", e.ordinal<<10|uint64(status))
	if err != nil {
		h.s.trace(w.address(), noteLost, nil, 0)
		return nil, err
	}
	header := http.Header{}
	if status == http.StatusTooManyRequests {
		header.Set("Retry-After", fmt.Sprint(h.rng.between(1, 8)))
	}
	w.receiver.saidGone = status == http.StatusGone
	return &http.Response{StatusCode: status, Header: header, Body: http.NoBody, Request: request}, nil
}

var errReset = errors.New("connection reset")

// answer is what the receiver does; an error besides: nobody hears of it.
func (h *webhooks) answer(w *webhook, body string) (status int, wait time.Duration, lost error) {
	if h.s.calm {
		return http.StatusOK, 0, nil
	}
	r := &w.receiver
	if r.left--; r.left < 0 {
		r.mood, r.left = pick(h.rng, moods), h.rng.between(1, 25)
	}
	switch r.mood {
	case "errors":
		return pick(h.rng, []int{500, 503, 404, 302, http.StatusTooManyRequests}), 0, nil
	case "slow":
		if h.rng.chance(300) {
			return pick(h.rng, []int{0, http.StatusOK}), 20 * time.Second, context.DeadlineExceeded
		}
		return http.StatusOK, h.rng.dur(0, 19*time.Second), nil
	case "loses":
		if h.rng.chance(600) {
			return pick(h.rng, []int{0, http.StatusOK}), 0, errReset
		}
	case "picky":
		sum := fnv.New32a()
		_, _ = sum.Write([]byte(body))
		if sum.Sum32()%4 == 0 {
			return http.StatusUnprocessableEntity, 0, nil
		}
	case "gone":
		r.left = 0
		if h.rng.chance(500) { // somebody hears of it before the server does
			wait = h.rng.dur(time.Second, 19*time.Second)
			h.s.sched.push(&event{at: h.s.true + int64(h.rng.dur(0, wait)), class: classWorld, beside: true, run: func() { h.move(w) }})
		}
		return http.StatusGone, wait, nil
	}
	return http.StatusOK, 0, nil
}

// administer makes, changes, rotates, removes and replays; now and then the house is kept.
func (h *webhooks) administer() {
	pause := h.rng.dur(500*time.Millisecond, 12*time.Second)
	if h.rng.chance(100) {
		pause = h.rng.dur(0, 40*time.Millisecond) // somebody else does something at the same time
	}
	h.s.sched.push(&event{at: h.s.true + int64(pause), class: classWorld, beside: true, run: h.administer})
	if h.s.calm || h.follower == nil {
		return
	}
	var there []*webhook
	for _, w := range h.all {
		if w.stored.Exists {
			there = append(there, w)
		}
	}
	if len(there) == 0 || len(there) < 3 && h.rng.chance(150) {
		h.make()
		return
	}
	w := pick(h.rng, there)
	next := w.stored
	switch k := h.rng.n(100); {
	case !next.Enabled && k < 60:
		next.Enabled = true
	case k < 17:
		next.Events = h.someEvents()
	case k < 25:
		h.move(w)
		return
	case k < 35:
		next.Enabled = !next.Enabled
	case k < 55:
		next.Old, next.Until, next.Secret = next.Secret, h.s.now.Add(time.Minute), h.newSecret()
		h.s.trace(w.address(), noteOther, "webhook rotated", 0)
	case k < 62:
		h.remove(w)
		return
	case k < 68:
		h.expire()
		return
	default:
		h.replay(w, k < 82)
		return
	}
	h.change(w, next)
}

// move gives a webhook another address, if it is still there.
func (h *webhooks) move(w *webhook) {
	if next := w.stored; next.Exists && !h.s.calm && h.follower != nil {
		next.Address++
		h.s.trace(w.address(), noteOther, "webhook moved", uint64(next.Address))
		h.change(w, next)
	}
}

func (h *webhooks) make() {
	w := &webhook{id: fmt.Sprintf("whk_%d", len(h.all)+1), heard: map[dispatch.ConversationID]*heard{}}
	h.all = append(h.all, w)
	h.change(w, form{Exists: true, Enabled: true, Events: h.someEvents(), Secret: h.newSecret()})
}

// someEvents are a few of the names: who asks for everything costs the most.
func (h *webhooks) someEvents() []string {
	var out []string
	for range h.rng.between(1, 3) {
		if name := pick(h.rng, eventNames); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// change stores a webhook and then, a little later, puts it in force as it is stored by then.
func (h *webhooks) change(w *webhook, next form) {
	body, err := json.Marshal(next)
	h.s.must(w.address(), err)
	w.changing++
	crashed := h.cut(func() {
		doc, err := h.s.disk.db.PutDocument(context.Background(), storage.Put{
			Kind: string(kindWebhook), ID: w.id, Expect: w.version, Body: body, Time: h.s.now,
		})
		h.s.must(w.address(), err)
		w.version = doc.Version
	})
	if crashed {
		return
	}
	w.stored = next
	h.soon(h.rng.dur(0, 50*time.Millisecond), func() { h.configure(w) })
}

func (h *webhooks) configure(w *webhook) {
	if !w.stored.Exists {
		return
	}
	h.work(func(ctx context.Context) {
		h.follower.Configure(ctx, w.stored.target(w.id))
		former := w.form.Address
		if w.form = w.stored; !w.form.Enabled || w.form.Address != former {
			w.gone = false
		}
		if w.form.Address != former {
			w.receiver.left = 0
		}
		h.s.trace(w.address(), noteOther, "webhook in force", uint64(len(w.form.Events)))
	})
	if h.s.crash != nil {
		return
	}
	w.changing--
	secret := w.form.Secret
	h.s.sched.push(&event{at: h.s.true + int64(h.rng.dur(0, 20*time.Second)), class: classWorld, beside: true, run: func() {
		if w.form.Secret == secret {
			w.receiver.secret = secret
		}
	}})
}

func (h *webhooks) remove(w *webhook) {
	w.changing++
	if h.cut(func() {
		h.s.must(w.address(), h.s.disk.db.DeleteDocument(context.Background(), string(kindWebhook), w.id, w.version, h.s.now))
	}) {
		return
	}
	w.stored = form{}
	h.soon(h.rng.dur(0, 50*time.Millisecond), func() {
		h.work(func(ctx context.Context) {
			for more := true; more; {
				var err error
				more, err = h.follower.Forget(ctx, w.id)
				h.s.must(w.address(), err)
			}
			h.forget(w)
		})
	})
}

func (h *webhooks) forget(w *webhook) {
	w.form, w.gone, w.heard, w.open = form{}, false, nil, nil
	h.s.trace(w.address(), noteOther, "webhook removed", 0)
}

// replay lets one parked event wait again, or all; somebody else, who saw the same list, does so a little later.
func (h *webhooks) replay(w *webhook, all bool) {
	list, err := h.s.disk.db.HookParked(w.id, storage.HookEvent{}, 256)
	h.s.must(w.address(), err)
	if len(list) == 0 || !w.form.Exists {
		return
	}
	if !all {
		list = []storage.ParkedEvent{pick(h.rng, list)}
	}
	events := make([]storage.HookEvent, len(list))
	for i := range list {
		events[i] = list[i].HookEvent
	}
	h.replayListed(w, events)
	h.soon(h.rng.dur(0, 2*time.Second), func() { h.replayListed(w, events) })
}

func (h *webhooks) replayListed(w *webhook, events []storage.HookEvent) {
	if !w.form.Exists {
		return
	}
	h.s.trace(w.address(), noteOther, "webhook replayed", uint64(len(events)))
	h.work(func(ctx context.Context) {
		waiting := h.waiting(w)
		var gone []storage.HookEvent
		for i := range events {
			e := h.event(w, events[i].Conversation, events[i].Ordinal)
			if h.parked(w, e) {
				e.replayed = true
			} else if _, waits := waiting[eventKey{e.conv, e.ordinal}]; !waits {
				gone = append(gone, events[i])
			}
		}
		n, err := h.follower.Replay(ctx, events)
		h.s.must(w.address(), err)
		h.checkReplayed(w, gone, n, len(events))
	})
}

// expire forgets what is parked for too long.
func (h *webhooks) expire() {
	h.work(func(ctx context.Context) {
		old := h.parkedBefore(h.s.now.Add(-h.world.Keep))
		var after storage.HookEvent
		for more := true; more; {
			_, last, err := h.follower.Expire(ctx, after)
			h.s.must(dispatch.Address{}, err)
			after, more = last, last != storage.HookEvent{}
		}
		h.checkExpired(old)
	})
}

// receiverGone is what the server does when a receiver says 410: it disables the webhook, soon, unless it has moved.
func (h *webhooks) receiverGone(id, url string) {
	w := h.find(id)
	h.soon(h.rng.dur(0, 300*time.Millisecond), func() {
		if next := w.stored; next.Enabled && next.url(id) == url {
			next.Enabled = false
			h.change(w, next)
		}
	})
}
