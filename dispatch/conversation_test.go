package dispatch

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestLastTextIsCutBetweenRunes: offers show the end of nobody's character.
func TestLastTextIsCutBetweenRunes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		limit := rapid.IntRange(0, 40).Draw(t, "limit")
		got := shorten(text, limit)
		switch {
		case !strings.HasPrefix(text, got) || len(got) > max(limit, 0):
			t.Fatalf("%q cut to %q at %d", text, got, limit)
		case utf8.ValidString(text) && !utf8.ValidString(got):
			t.Fatalf("%q cut to %q", text, got)
		case len(text) <= limit && got != text, len(text) > limit && limit-len(got) >= utf8.UTFMax:
			t.Fatalf("%q cut to %q at %d", text, got, limit)
		}
	})
}

// TestAConversationStaysInMemoryWhileItsWordsAreOnTheirWay, and only then: Busy and NextDeadline are what passivation asks.
func TestAConversationStaysInMemoryWhileItsWordsAreOnTheirWay(t *testing.T) {
	s := &setup{t: t, c: newChecked("c1"), now: t0, rules: DefaultRules()}
	want := func(when string, busy bool, at time.Time) {
		t.Helper()
		if s.c.Busy() != busy || !s.c.NextDeadline().Equal(at) {
			t.Errorf("%s: busy %v, next %v; want %v, %v", when, s.c.Busy(), s.c.NextDeadline(), busy, at)
		}
	}
	s.do(opening)
	want("the queue has not confirmed", true, t0.Add(RetryPause))
	s.do(Enqueued{Version: 1})
	want("confirmed", false, time.Time{})
	s.reserve("o1", "ana", OfferFromQueue)
	want("offered", false, t0.Add(30*time.Second))
	s.do(AcceptOffer{Offer: "o1", Agent: "ana"})
	want("active", false, time.Time{})
	s.do(StartTransfer{ID: "t1", By: byAna, ToAgent: "bob"})
	want("a slot is asked for", true, t0.Add(ReserveHold))
	s.do(Refused{Offer: "t1", Why: "full"}, CloseConversation{By: byAna})
	want("the owner has not confirmed", true, t0.Add(RetryPause))
	s.do(ReleaseSeen{Agent: "ana", Version: s.c.s.Version})
	want("closed", false, time.Time{})
}
