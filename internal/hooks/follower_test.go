package hooks

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"pronto/dispatch"
	"pronto/internal/outbound"
	"pronto/storage"
)

// node is a follower over a store of its own, with what it began and whom it called gone.
type node struct {
	t      *testing.T
	db     *storage.DB
	bell   *Bell
	now    time.Time
	f      *Follower
	begun  []*Attempt
	gone   []string
	status int // of every answer
}

func newNode(t *testing.T, targets ...Target) *node {
	t.Helper()
	n := &node{t: t, bell: NewBell(), now: time.UnixMilli(1_800_000_000_000).UTC(), status: http.StatusOK}
	db, err := storage.Open(storage.Options{Dir: t.TempDir(), Landed: func(s storage.Shard) { n.bell.Ring(s) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	n.db = db
	n.start(targets...)
	return n
}

// start makes a follower that knows only what is stored, as after a crash.
func (n *node) start(targets ...Target) {
	n.bell, n.begun = NewBell(), nil
	n.f = NewFollower(Options{
		DB: n.db, Client: n, Body: func(t Told) ([]byte, error) { return []byte(t.ID), nil },
		Gone: func(id, _ string) { n.gone = append(n.gone, id) }, Bell: n.bell, Now: func() time.Time { return n.now }, Log: zerolog.New(zerolog.NewTestWriter(n.t)),
	}, World{
		Begin: func(_ context.Context, a *Attempt) { n.begun = append(n.begun, a) },
		Each: func(count int, fn func(int)) {
			for i := range count {
				fn(i)
			}
		},
		Chance: func(time.Duration) time.Duration { return 0 }, GiveUp: GiveUp, Keep: Keep,
	}, targets)
	n.f.Start(n.t.Context())
	n.f.Turn(n.t.Context())
}

func (n *node) Do(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: n.status, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// open makes a conversation, which is the event conversation.queued.
func (n *node) open(i uint64) dispatch.ConversationID {
	n.t.Helper()
	id := dispatch.ConversationID(dispatch.FormatID("cnv", n.now, 0, i))
	r := dispatch.ConversationOpened{ID: id, Channel: "chn_1", Contact: dispatch.Contact{ID: dispatch.ContactID(fmt.Sprint("con_", i))}, Queue: "que_1", At: n.now}
	s := dispatch.ConversationSnapshot{ID: id}
	s.Apply(r)
	save := storage.SaveConversation{Now: n.now, State: &s, Records: []dispatch.Record{r}, Rows: &storage.Rows{}}
	if err := n.db.SaveConversation(n.t.Context(), save); err != nil {
		n.t.Fatal(err)
	}
	return id
}

// waits lists the conversations of which something waits for a webhook.
func (n *node) waits(hook string) (out []dispatch.ConversationID) {
	n.t.Helper()
	if err := n.db.HookDue(hook, 100, func(h storage.HookHead) error {
		out = append(out, h.Conversation)
		return nil
	}); err != nil {
		n.t.Fatal(err)
	}
	return out
}

func (n *node) target(id string, enabled bool, events ...string) Target {
	n.t.Helper()
	secret, err := outbound.NewSecret(new(zeroes))
	if err != nil {
		n.t.Fatal(err)
	}
	key, err := outbound.ParseSecret(secret)
	if err != nil {
		n.t.Fatal(err)
	}
	return Target{ID: id, URL: "https://" + id + ".example/", Events: events, Enabled: enabled, Keys: []Key{{Key: key}}}
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestAWebhookThatIsNewIsNotToldWhatWasReadBeforeItAlsoAfterACrash(t *testing.T) {
	n := newNode(t)
	other := n.target("whk_1", true, "conversation.closed")
	late := n.target("whk_2", true, "conversation.queued")
	n.f.Configure(t.Context(), other)
	n.open(1)
	n.f.Turn(t.Context())
	n.f.Configure(t.Context(), late)
	n.start(other, late)
	if got := n.waits("whk_2"); len(got) > 0 {
		t.Errorf("told of %v, which was before it", got)
	}
	id := n.open(2)
	n.f.Turn(t.Context())
	if got := n.waits("whk_2"); !slices.Equal(got, []dispatch.ConversationID{id}) {
		t.Errorf("told of %v, want %s", got, id)
	}
}

func TestWhatWasSaidBeforeAWebhookChangedIsToldAsItAskedThen(t *testing.T) {
	for _, change := range []struct {
		name string
		to   func(*Target)
	}{
		{"disabled", func(w *Target) { w.Enabled = false }},
		{"other events", func(w *Target) { w.Events = []string{"conversation.closed"} }},
	} {
		t.Run(change.name, func(t *testing.T) {
			n := newNode(t)
			w := n.target("whk_1", true, "conversation.queued")
			n.f.Configure(t.Context(), w)
			before := n.open(1)
			change.to(&w)
			n.f.Configure(t.Context(), w) // before a turn has read it
			n.open(2)
			n.f.Turn(t.Context())
			if got := n.waits("whk_1"); !slices.Equal(got, []dispatch.ConversationID{before}) {
				t.Errorf("told of %v, want %s", got, before)
			}
		})
	}
}

func TestWhatAFormerAddressAnswersSaysNothingAboutTheNewOne(t *testing.T) {
	for _, status := range []int{http.StatusGone, http.StatusInternalServerError} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			n := newNode(t)
			w := n.target("whk_1", true, "conversation.queued")
			n.f.Configure(t.Context(), w)
			id := n.open(1)
			n.f.Turn(t.Context())
			n.status = status
			late := n.begun[0].Do(t.Context()) // its answer is on its way
			w.URL, n.begun, n.status = "https://new.example/", nil, http.StatusOK
			n.f.Configure(t.Context(), w)
			n.f.Settle(t.Context(), []Outcome{late})
			n.f.Turn(t.Context())
			if len(n.gone) > 0 || len(n.begun) != 1 || n.begun[0].Conversation != id || n.begun[0].to.URL != w.URL {
				t.Fatalf("to be disabled: %v; begun: %+v", n.gone, n.begun)
			}
			if s := n.f.State("whk_1"); !s.FailingSince.IsZero() {
				t.Errorf("the new address has failed: %+v", s)
			}
		})
	}
}

func TestAWebhookWhoseReceiverIsGoneIsToldNothingWhileSomethingElseOfItChanges(t *testing.T) {
	n := newNode(t)
	w := n.target("whk_1", true, "conversation.queued")
	n.f.Configure(t.Context(), w)
	n.open(1)
	n.f.Turn(t.Context())
	n.status = http.StatusGone
	n.f.Settle(t.Context(), []Outcome{n.begun[0].Do(t.Context())})
	n.begun = nil
	n.f.Configure(t.Context(), w) // rotated: nobody has stored yet that it is gone
	n.open(2)
	n.f.Turn(t.Context())
	if len(n.begun) > 0 || !slices.Equal(n.gone, []string{"whk_1", "whk_1"}) {
		t.Errorf("%d attempts begin after 410; to be disabled: %v", len(n.begun), n.gone)
	}
	w.Enabled = false
	n.f.Configure(t.Context(), w)
	w.Enabled, n.status = true, http.StatusOK
	n.f.Configure(t.Context(), w)
	n.f.Turn(t.Context())
	if len(n.begun) != 1 {
		t.Errorf("%d attempts begin once it is enabled again, want 1", len(n.begun))
	}
}

func TestPlacesThatBecomeFreeAreForAllWebhooks(t *testing.T) {
	n := newNode(t)
	hooks := maxFlying/maxPerHook + 1
	for i := range hooks {
		n.f.Configure(t.Context(), n.target(fmt.Sprint("whk_", i), true, "conversation.queued"))
	}
	for i := range uint64(3 * maxPerHook) {
		n.open(i + 1)
	}
	served := map[string]bool{}
	for range hooks {
		n.f.Turn(t.Context())
		var outcomes []Outcome
		for _, a := range n.begun {
			served[a.Hook] = true
			outcomes = append(outcomes, a.Do(t.Context()))
		}
		n.begun = nil
		n.f.Settle(t.Context(), outcomes[:1]) // the others are slow
	}
	if len(served) != hooks {
		t.Errorf("%d of %d webhooks were served", len(served), hooks)
	}
}
