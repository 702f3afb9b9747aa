package dispatch

import (
	"testing"
)

func newTestArrival() *Arrival {
	return NewArrival(OpenConversation{Opened: ConversationOpened{ID: "new"}, First: InboundChat{ID: "m1"}})
}

func wantAsk(t *testing.T, s ArrivalStep, to ConversationID, opens bool) {
	t.Helper()
	if s.Ask == nil || s.Ask.To != to.Address() {
		t.Fatalf("asks %+v, want %s", s.Ask, to)
	}
	if _, ok := s.Ask.Message.(OpenConversation); ok != opens {
		t.Fatalf("asks %T", s.Ask.Message)
	}
}

func closed() Answer { return Answer{Err: refuse(CodeConversationClosed, "")} }

// TestArrivalGoesToTheOpenConversation of its contact on this channel.
func TestArrivalGoesToTheOpenConversation(t *testing.T) {
	a := newTestArrival()
	if !a.Start().Look {
		t.Fatal("does not look first")
	}
	wantAsk(t, a.Found(Found{Open: "c1", Last: "c0"}), "c1", false)
	done := a.Answered(Answer{Reply: ReplyInbound{Conversation: "c1", Message: "m1"}})
	if done.Done.Conversation != "c1" || done.Err != nil {
		t.Fatalf("%+v", done)
	}
}

// TestArrivalOfAKnownMessageGetsTheFirstAnswer (I14).
func TestArrivalOfAKnownMessageGetsTheFirstAnswer(t *testing.T) {
	a := newTestArrival()
	s := a.Found(Found{Duplicate: &ReplyInbound{Conversation: "c1", Message: "m0"}, Open: "c2"})
	if s.Done.Message != "m0" || s.Ask != nil {
		t.Fatalf("%+v", s)
	}
}

// TestArrivalReopensElseFollows: the last conversation is asked once; when it stays closed a new one follows it.
func TestArrivalReopensElseFollows(t *testing.T) {
	a := newTestArrival()
	wantAsk(t, a.Found(Found{Last: "c0"}), "c0", false)
	if s := a.Answered(closed()); !s.Look {
		t.Fatalf("%+v", s)
	}
	s := a.Found(Found{Last: "c0"})
	wantAsk(t, s, "new", true)
	if m := s.Ask.Message.(OpenConversation); m.Opened.Previous != "c0" {
		t.Fatalf("follows %q", m.Opened.Previous)
	}
}

// TestArrivalOfAMergedContact: a conversation that may not open again is followed like a closed one; a new one that may
// not be opened at all is the caller's to think about.
func TestArrivalOfAMergedContact(t *testing.T) {
	merged := Answer{Err: refuse(CodeContactMerged, "")}
	a := newTestArrival()
	wantAsk(t, a.Found(Found{Past: "c0"}), "new", true)
	if m := a.Found(Found{Past: "c0"}).Ask.Message.(OpenConversation); m.Opened.Previous != "c0" {
		t.Fatalf("follows %q", m.Opened.Previous)
	}
	if s := a.Answered(merged); s.Err == nil || s.Err.Code != CodeContactMerged {
		t.Fatalf("%+v", s)
	}
	a = newTestArrival()
	wantAsk(t, a.Found(Found{Last: "c1"}), "c1", false)
	if s := a.Answered(merged); !s.Look {
		t.Fatalf("%+v", s)
	}
	wantAsk(t, a.Found(Found{Last: "c1"}), "new", true)
}

// TestArrivalsAtOnceMakeOneConversation: whoever loses the claim looks again and finds the winner's (I18).
func TestArrivalsAtOnceMakeOneConversation(t *testing.T) {
	a := newTestArrival()
	wantAsk(t, a.Found(Found{}), "new", true)
	if s := a.Answered(Answer{Err: refuse(CodeTaken, "")}); !s.Look {
		t.Fatalf("%+v", s)
	}
	wantAsk(t, a.Found(Found{Open: "winner"}), "winner", false)
}

// TestArrivalGivesUpOnAConversationThatNeverHoldsStill, and says so rather than turning for ever.
func TestArrivalGivesUpOnAConversationThatNeverHoldsStill(t *testing.T) {
	a := newTestArrival()
	s := a.Start()
	for turns := 0; ; turns++ {
		switch {
		case turns > 100:
			t.Fatal("turns for ever")
		case s.Look:
			s = a.Found(Found{Open: "c1"})
		case s.Ask != nil:
			s = a.Answered(closed())
		default:
			if s.Err == nil || s.Err.Code != CodeOverloaded {
				t.Fatalf("%+v", s)
			}
			return
		}
	}
}

// TestArrivalPassesOtherRefusalsOn.
func TestArrivalPassesOtherRefusalsOn(t *testing.T) {
	a := newTestArrival()
	a.Found(Found{})
	if s := a.Answered(Answer{Err: refuse(CodeOverloaded, "")}); s.Err == nil || s.Err.Code != CodeOverloaded {
		t.Fatalf("%+v", s)
	}
	if s := a.Answered(Answer{Reply: Done{}}); s.Err == nil || s.Err.Code != CodeInternal {
		t.Fatalf("%+v", s)
	}
}
