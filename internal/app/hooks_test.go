package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pronto/dispatch"
	"pronto/internal/hooks"
	"pronto/internal/outbound"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// post is a request that a receiver got.
type post struct {
	host   string
	header http.Header
	body   []byte
	at     time.Time
	event  protocol.WebhookEvent
}

// receiversNet is other people's servers by their host, in a bubble. Without a behaviour they answer 200.
type receiversNet struct {
	mu    sync.Mutex
	posts []post
	does  map[string]func(post) int // 0: no answer
}

func (n *receiversNet) RoundTrip(r *http.Request) (*http.Response, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	p := post{host: r.URL.Host, header: r.Header.Clone(), body: raw, at: time.Now()}
	if err := json.Unmarshal(raw, &p.event); err != nil {
		return nil, err
	}
	n.mu.Lock()
	n.posts = append(n.posts, p)
	status := 200
	if does := n.does[p.host]; does != nil {
		status = does(p)
	}
	n.mu.Unlock()
	if status == 0 {
		return nil, errors.New("reset")
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

func (n *receiversNet) set(host string, does func(post) int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.does[host] = does
}

// to lists what a host got: type and text, or ordinal, of each post.
func (n *receiversNet) to(host string) (out []post) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.posts {
		if p.host == host {
			out = append(out, p)
		}
	}
	return out
}

func types(posts []post) (out []string) {
	for _, p := range posts {
		out = append(out, p.event.Type)
	}
	return out
}

// hooked runs a test in a bubble with receivers in the place of the network.
func hooked(t *testing.T, test func(t *testing.T, b *inBubble, n *receiversNet)) {
	t.Helper()
	bubble(t, func(b *inBubble) {
		n := &receiversNet{does: map[string]func(post) int{}}
		b.app.driver.client.Transport = n
		test(b.t, b, n)
	})
}

// hook makes a webhook to https://host/.
func (b *inBubble) hook(host string, events ...string) (id string, key outbound.Key) {
	b.t.Helper()
	id = newID("whk", 0)
	b.put(transport.KindWebhook, id, &protocol.Webhook{ID: id, URL: "https://" + host + "/", Events: events, Enabled: true})
	secret, err := b.app.receivers.MakeSecret(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return id, b.key(secret)
}

func (b *inBubble) key(secret string) outbound.Key {
	b.t.Helper()
	k, err := outbound.ParseSecret(secret)
	if err != nil {
		b.t.Fatal(err)
	}
	return k
}

func (b *inBubble) parked(id string) []protocol.ParkedDelivery {
	b.t.Helper()
	list, _, err := b.app.receivers.Parked(b.t.Context(), id, "", 100)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func TestAWebhookIsToldWhatItAskedForAndNothingElse(t *testing.T) {
	hooked(t, func(t *testing.T, b *inBubble, n *receiversNet) {
		_, key := b.hook("crm.example", "conversation.queued", "conversation.assigned", "message.received")
		ana := b.agent("ana")
		l := b.start(ana)
		l.ready()
		id := b.write(b.channel, "+5511999990000").Conversation
		l.take()
		passInBubble(time.Second)
		got := n.to("crm.example")
		if want := []string{"conversation.queued", "message.received", "conversation.assigned"}; !slices.Equal(types(got), want) {
			t.Fatalf("told %v, want %v", types(got), want)
		}
		ids := map[string]bool{}
		for _, p := range got {
			e := p.event
			if !key.Verify(p.header, p.body, time.Now()) || p.header.Get(outbound.HeaderID) != e.ID || e.Data.Conversation.ID != string(id) || ids[e.ID] {
				t.Errorf("%s: %s, headers %v", e.ID, p.body, p.header)
			}
			ids[e.ID] = true
		}
		if !bytes.Contains(got[1].body, []byte(`"text":"oi"`)) || !bytes.Contains(got[2].body, []byte(string(ana))) {
			t.Errorf("told %s and %s", got[1].body, got[2].body)
		}
	})
}

func TestWithoutAWebhookNothingIsWrittenAndNothingIsRead(t *testing.T) {
	hooked(t, func(t *testing.T, b *inBubble, n *receiversNet) {
		b.write(b.channel, "+5511999990000")
		passInBubble(time.Minute)
		if _, has, err := b.app.db.HookMark(0); err != nil || has {
			t.Errorf("a place in the journal is kept: %v", err)
		}
		id, _ := b.hook("late.example", "message.received")
		passInBubble(time.Minute)
		if got := n.to("late.example"); len(got) > 0 {
			t.Errorf("told of what was before: %v", types(got))
		}
		if _, has, err := b.app.db.HookMark(0); err != nil || !has {
			t.Errorf("no place in the journal is kept: %v", err)
		}
		d := b.app.documents()
		doc, err := d.Get(t.Context(), transport.KindWebhook, id)
		if err == nil {
			err = d.Delete(t.Context(), transport.KindWebhook, id, doc.Version, transport.Principal{})
		}
		if err := errors.Join(err, b.app.receivers.Forget(t.Context(), id)); err != nil {
			t.Fatal(err)
		}
		if _, has, err := b.app.db.HookMark(0); err != nil || has {
			t.Errorf("a place in the journal is kept for nobody: %v", err)
		}
	})
}

// write again and again, to one conversation.
func (b *inBubble) writes(phone string, n int) dispatch.ConversationID {
	b.t.Helper()
	var id dispatch.ConversationID
	for range n {
		id = b.write(b.channel, phone).Conversation
	}
	return id
}

func seqsOf(posts []post, id dispatch.ConversationID) (out []int64) {
	for _, p := range posts {
		if p.event.Data.Conversation.ID == string(id) {
			out = append(out, seqOf(p))
		}
	}
	return out
}

func seqOf(p post) int64 { return p.event.Data.Record.Seq }

func TestAFailingReceiverIsTriedLaterInOrderAndHoldsNobodyUp(t *testing.T) {
	hooked(t, func(t *testing.T, b *inBubble, n *receiversNet) {
		b.hook("broken.example", "message.received")
		b.hook("well.example", "message.received")
		statuses := []int{500, 0, 429, 302, 404, 503}
		attempts := map[string][]time.Time{}
		n.set("broken.example", func(p post) int {
			attempts[p.event.ID] = append(attempts[p.event.ID], p.at)
			if len(attempts[p.event.ID]) > 2 {
				return 204
			}
			statuses = append(statuses[1:], statuses[0])
			return statuses[0]
		})
		first := b.writes("+5511999990000", 3)
		second := b.writes("+5511999990001", 2)
		if got := n.to("well.example"); len(got) != 5 {
			t.Errorf("the other receiver got %d", len(got))
		}
		passInBubble(time.Hour)
		got := n.to("broken.example")
		if len(got) != 15 || len(attempts) != 5 {
			t.Fatalf("%d attempts at %d events, want 15 at 5", len(got), len(attempts))
		}
		for id, at := range attempts {
			if one, two := at[1].Sub(at[0]), at[2].Sub(at[1]); one < 2*time.Second || two < 4*time.Second || two > time.Minute {
				t.Errorf("%s: pauses of %v and %v", id, one, two)
			}
		}
		for _, id := range []dispatch.ConversationID{first, second} {
			if seqs := seqsOf(got, id); !slices.IsSorted(seqs) || len(slices.Compact(seqs)) < 2 {
				t.Errorf("order of %s: %v", id, seqs)
			}
		}
	})
}

func TestAnEventThatFailsForADayIsParkedAndReplayed(t *testing.T) {
	hooked(t, func(t *testing.T, b *inBubble, n *receiversNet) {
		id, _ := b.hook("dead.example", "message.received")
		n.set("dead.example", func(post) int { return 503 })
		conversation := b.writes("+5511999990000", 3)
		passInBubble(hooks.GiveUp - time.Minute)
		if list := b.parked(id); len(list) > 0 {
			t.Fatalf("parked too early: %+v", list)
		}
		state, err := b.app.receivers.State(t.Context(), id)
		if err != nil || state.Waiting != 3 || state.Status != 503 || state.FailingSince.IsZero() {
			t.Errorf("state %+v %v", state, err)
		}
		passInBubble(time.Hour)
		list := b.parked(id)
		if len(list) != 3 {
			t.Fatalf("parked %+v", list)
		}
		if p := list[0]; p.Type != "message.received" || p.ConversationID != string(conversation) || p.Status != 503 || p.Attempts < 100 || p.Reason == "" {
			t.Errorf("parked %+v", p)
		}
		attempts := len(n.to("dead.example"))
		passInBubble(24 * time.Hour)
		if n := len(n.to("dead.example")); n != attempts {
			t.Errorf("%d attempts at what is parked", n-attempts)
		}
		n.set("dead.example", nil)
		replay := func(event string, want int) {
			t.Helper()
			if n, err := b.app.receivers.Replay(t.Context(), transport.Principal{}, id, event); err != nil || n != want {
				t.Fatalf("replayed %d, want %d: %v", n, want, err)
			}
			synctest.Wait()
		}
		replay(list[1].ID, 1)
		replay("", 2)
		var got []string
		for _, p := range n.to("dead.example")[attempts:] {
			got = append(got, p.event.ID)
		}
		if want := []string{list[1].ID, list[0].ID, list[2].ID}; !slices.Equal(got, want) || len(b.parked(id)) > 0 {
			t.Errorf("got %v, want %v; left %v", got, want, b.parked(id))
		}
		if _, err := b.app.receivers.Replay(t.Context(), transport.Principal{}, id, list[0].ID); err == nil {
			t.Error("what is not parked was replayed")
		}
	})
}

// Many press the button at once: one of them sends the event, the others hear that it is not parked.
func TestReplaysOfOneEventAtOnceSendItOnce(t *testing.T) {
	hooked(t, func(t *testing.T, b *inBubble, n *receiversNet) {
		id, _ := b.hook("dead.example", "message.received")
		n.set("dead.example", func(post) int { return 503 })
		b.writes("+5511999990000", 2)
		passInBubble(hooks.GiveUp + time.Hour)
		list := b.parked(id)
		if len(list) != 2 {
			t.Fatalf("parked %+v", list)
		}
		n.set("dead.example", nil)
		attempts := len(n.to("dead.example"))
		busy := make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			err := b.app.receivers.service.Configure(t.Context(), func() (hooks.Target, error) { <-busy; return b.app.receivers.target(id) })
			if err != nil {
				t.Error(err)
			}
		})
		var replayed, refused atomic.Int64
		replay := func(event string) {
			n, err := b.app.receivers.Replay(t.Context(), transport.Principal{}, id, event)
			var refusal *transport.Refusal
			if replayed.Add(int64(n)); errors.As(err, &refusal) && refusal.Code == protocol.CodeNotFound {
				refused.Add(1)
			} else if err != nil {
				t.Error(err)
			}
		}
		for range 8 {
			all.Go(func() { replay(list[0].ID) })
			all.Go(func() { replay("") })
		}
		synctest.Wait() // each has read what it can before its turn
		close(busy)
		all.Wait()
		synctest.Wait()
		got := n.to("dead.example")[attempts:]
		if ids := []string{got[0].event.ID, got[len(got)-1].event.ID}; len(got) != 2 || ids[0] == ids[1] || replayed.Load() != 2 || refused.Load() < 7 {
			t.Errorf("%d told, %v; %d replayed, %d refused", len(got), ids, replayed.Load(), refused.Load())
		}
	})
}

func TestParkedEventsAreKeptForThirtyDays(t *testing.T) {
	hooked(t, func(t *testing.T, b *inBubble, _ *receiversNet) {
		id, _ := b.hook("dead.example", "message.received")
		conversation := b.writes("+5511999990000", 2)
		c := b.app.db.ChangeHooks(storage.Shard(dispatch.PartitionOf(string(conversation)).Shard()), time.Now())
		for ordinal, left := range map[uint64]time.Duration{2: time.Minute, 3: sweepEvery} {
			e := storage.HookEvent{Hook: id, Conversation: conversation, Ordinal: ordinal}
			if err := c.Park(storage.ParkedEvent{HookEvent: e, ParkedAt: time.Now().Add(left - hooks.Keep)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, want := range []int{2, 1, 0} {
			if list := b.parked(id); len(list) != want {
				t.Fatalf("parked in period %d: %+v", i, list)
			}
			passInBubble([]time.Duration{firstSweep + time.Minute, sweepEvery, 0}[i])
		}
	})
}

func TestADisabledWebhookGetsNothingAndOneThatIsGoneIsDisabled(t *testing.T) {
	hooked(t, func(t *testing.T, b *inBubble, n *receiversNet) {
		id, _ := b.hook("gone.example", "message.received")
		n.set("gone.example", func(post) int { return 410 })
		b.writes("+5511999990000", 1)
		passInBubble(time.Hour)
		if got := n.to("gone.example"); len(got) != 1 {
			t.Errorf("%d attempts after it was gone", len(got)-1)
		}
		doc, err := b.app.documents().Get(t.Context(), transport.KindWebhook, id)
		var w protocol.Webhook
		if err := errors.Join(err, json.Unmarshal(doc.Body, &w)); err != nil || w.Enabled {
			t.Fatalf("still enabled: %v", err)
		}
		b.writes("+5511999990000", 1)
		passInBubble(time.Hour)
		n.set("gone.example", nil)
		w.Enabled = true
		b.replace(transport.KindWebhook, id, doc.Version, &w)
		passInBubble(time.Second)
		b.writes("+5511999990000", 1)
		if got := n.to("gone.example"); len(got) != 3 || got[1].event.ID != got[0].event.ID || seqOf(got[2]) <= seqOf(got[1])+1 {
			t.Errorf("%d posts, want what had waited, and not what came meanwhile", len(got))
		}
	})
}

func TestDuringARotationBothSecretsSign(t *testing.T) {
	hooked(t, func(t *testing.T, b *inBubble, n *receiversNet) {
		id, old := b.hook("crm.example", "message.received")
		secret, err := b.app.receivers.Rotate(t.Context(), transport.Principal{}, id)
		if err != nil {
			t.Fatal(err)
		}
		fresh := b.key(secret)
		signed := func(want bool) {
			t.Helper()
			b.writes("+5511999990000", 1)
			p := n.to("crm.example")
			last := p[len(p)-1]
			if !fresh.Verify(last.header, last.body, time.Now()) || old.Verify(last.header, last.body, time.Now()) != want {
				t.Errorf("signatures %q, the old one is wanted: %v", last.header.Get(outbound.HeaderSignature), want)
			}
		}
		signed(true)
		passInBubble(oldSecretTime)
		signed(false)
	})
}

func TestWhatIsRedactedBeforeItIsSentIsNotTold(t *testing.T) {
	hooked(t, func(t *testing.T, b *inBubble, n *receiversNet) {
		b.hook("slow.example", "message.received", "message.redacted")
		n.set("slow.example", func(post) int { return 500 })
		id := b.writes("+5511999990000", 1)
		l := b.start(b.agent("ana"))
		said, err := b.app.db.Messages(id, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.command(id.Address(), dispatch.RedactMessage{Message: said[0], Reason: "pedido", By: dispatch.Actor{Agent: l.agent, Supervisor: true}}); err != nil {
			t.Fatal(err)
		}
		n.set("slow.example", nil)
		passInBubble(time.Hour)
		got := n.to("slow.example")
		for _, p := range got[1:] {
			if strings.Contains(string(p.body), `"text":"oi"`) {
				t.Errorf("told %s", p.body)
			}
		}
		if last := got[len(got)-1]; last.event.Type != "message.redacted" {
			t.Errorf("last %s", last.event.Type)
		}
	})
}

// What is taken while nothing can be written down would be sent again and again.
func TestWebhooksWaitWhileTheDiskIsFull(t *testing.T) {
	hooked(t, func(t *testing.T, b *inBubble, n *receiversNet) {
		id, _ := b.hook("later.example", "message.received")
		n.set("later.example", func(post) int { return 503 })
		b.writes("+5511999990000", 1)
		if err := b.app.Close(); err != nil {
			t.Fatal(err)
		}
		tried := len(n.to("later.example"))
		b.openWith(1 << 62)
		b.app.driver.client.Transport = n
		n.set("later.example", nil)
		passInBubble(time.Hour)
		state, err := b.app.receivers.State(t.Context(), id)
		if got := len(n.to("later.example")); tried == 0 || got != tried || err != nil || state.Waiting != 1 {
			t.Errorf("%d attempts, %d of them on a full disk; %+v %v", got, got-tried, state, err)
		}
	})
}

func TestAnEventsIDNamesIt(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "evt_", "evt_1", "evt__1", "cnv_a_1", "evt_a_0", "evt_a_x"} {
		if e, ok := hooks.ParseEventID("whk_1", bad); ok {
			t.Errorf("%q is %+v", bad, e)
		}
	}
	e, ok := hooks.ParseEventID("whk_1", "evt_abc_12")
	if !ok || e.Conversation != "cnv_abc" || e.Ordinal != 12 || hooks.EventID(e) != "evt_abc_12" {
		t.Error(fmt.Sprint(e, ok))
	}
}
