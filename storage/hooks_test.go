package storage

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pronto/dispatch"
)

func TestParkedEventsKeepTheirForm(t *testing.T) {
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	want := parked{Since: noon, ParkedAt: noon.Add(24 * time.Hour), Attempts: 290, Reason: "timeout", Status: 504}
	raw, err := encode(&want)
	if err != nil {
		t.Fatal(err)
	}
	for file, form := range map[string][]byte{"parked-event-v1.hex": plainOf(t, raw), "parked-event-v2.hex": raw} {
		var got parked
		if err := decode(golden(t, file, form), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
}

// What waits is in order, its head is the first of it, and nothing is left behind.
func TestEventsWaitForAWebhookInOrder(t *testing.T) {
	db := openMem(t)
	now := time.UnixMilli(1_800_000_000_000).UTC()
	at := func(conversation string, n uint64) HookEvent {
		return HookEvent{Hook: "whk_1", Conversation: dispatch.ConversationID(conversation), Ordinal: n, Since: now}
	}
	do := func(fn func(*HookChange) error) {
		t.Helper()
		c := db.ChangeHooks(3, now)
		if err := errors.Join(fn(c), c.Commit(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	state := func() (out []uint64) {
		t.Helper()
		if err := db.HookDue("whk_1", 10, func(h HookHead) error {
			events, err := db.HookWaiting("whk_1", h.Conversation, 10)
			for _, e := range events {
				out = append(out, e.Ordinal)
			}
			out = append(out, uint64(1000+h.Attempts))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	is := func(want ...uint64) {
		t.Helper()
		if diff := cmp.Diff(want, state()); diff != "" {
			t.Fatal(diff)
		}
	}
	do(func(c *HookChange) error {
		return errors.Join(c.Wait(at("cnv_a", 300)), c.Wait(at("cnv_a", 301)), c.Wait(at("cnv_a", 70000)))
	})
	is(300, 301, 70000, 1000)
	do(func(c *HookChange) error { return c.Retry("whk_1", "cnv_a", now.Add(time.Second)) })
	do(func(c *HookChange) error { return c.Wait(at("cnv_b", 1)) })
	is(1, 1000, 300, 301, 70000, 1001) // by when it is due
	do(func(c *HookChange) error { return c.Settle(at("cnv_b", 1)) })
	do(func(c *HookChange) error { return c.Park(ParkedEvent{HookEvent: at("cnv_a", 300), ParkedAt: now}) })
	is(301, 70000, 1000)
	p, err := db.ParkedOne(at("cnv_a", 300))
	if err != nil {
		t.Fatal(err)
	}
	do(func(c *HookChange) error { return c.Settle(at("cnv_a", 301)) })
	do(func(c *HookChange) error { return c.Replay(p) })
	is(300, 70000, 1000)
	if waiting, parked, err := db.HookCounts("whk_1", 10); err != nil || waiting != 2 || parked != 0 {
		t.Errorf("%d wait, %d are parked: %v", waiting, parked, err)
	}
	if more, err := db.ForgetHook(t.Context(), "whk_1", 100); err != nil || more {
		t.Error(more, err)
	}
	if left, err := db.HooksWithRows(); err != nil || len(left) > 0 {
		t.Errorf("left %v: %v", left, err)
	}
}

// Pages end and begin between webhooks and conversations alike, and what is younger stays.
func TestParkedEventsOfAllWebhooksAreForgottenByTheirAge(t *testing.T) {
	db := openMem(t)
	now := time.UnixMilli(1_800_000_000_000).UTC()
	c := db.ChangeHooks(3, now)
	want := map[string]int{}
	for _, hook := range []string{"whk_1", "whk_2", "whk_22"} {
		for i := range uint64(7) {
			e := HookEvent{Hook: hook, Conversation: dispatch.ConversationID([]string{"cnv_a", "cnv_b"}[i%2]), Ordinal: 250 + i, Since: now}
			p := ParkedEvent{HookEvent: e, ParkedAt: now.Add(time.Duration(i) * time.Hour)}
			if err := errors.Join(c.Wait(e), c.Park(p)); err != nil {
				t.Fatal(err)
			}
		}
		want[hook] = 4
	}
	if err := c.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	n, pages := 0, 0
	for after := (HookEvent{}); pages == 0 || after != (HookEvent{}); pages++ {
		gone, last, err := db.ForgetParked(t.Context(), after, now.Add(3*time.Hour), 4)
		if err != nil {
			t.Fatal(err)
		}
		n, after = n+gone, last
	}
	got := map[string]int{}
	for hook := range want {
		list, err := db.HookParked(hook, HookEvent{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			if !p.ParkedAt.Before(now.Add(3 * time.Hour)) {
				got[hook]++
			}
		}
		if len(list) != got[hook] {
			t.Errorf("%s: %d are kept, of which %d are young", hook, len(list), got[hook])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || n != 9 || pages != 6 {
		t.Errorf("%d forgotten in %d pages: %s", n, pages, diff)
	}
}
