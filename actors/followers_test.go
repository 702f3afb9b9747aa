package actors

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// audience is an actor that notes what it gets; a channel holds it until the channel is closed.
type audience struct{ got []any }

func (a *audience) Receive(c *act.Context, e act.Envelope) {
	switch m := e.Msg.(type) {
	case dispatch.ConversationID: // whom to follow
		_ = c.Send(address(m.Address()), follow{})
	case unfollow:
		_ = c.Send(e.From, m)
	case chan struct{}:
		<-m
	case act.Restarted, act.Wake:
	default:
		a.got = append(a.got, e.Msg)
	}
}

// seat makes an audience that follows the stage's conversation.
func (s *stage) seat(name string, limit int) *audience {
	s.t.Helper()
	a := &audience{}
	if err := s.system.act.Register(act.Kind{Name: name, New: func(string) act.Actor { return a }, Inbox: 4, Limit: limit}); err != nil {
		s.t.Fatal(err)
	}
	s.tell(name, s.conversation)
	return a
}

func (s *stage) tell(name string, m any) {
	s.t.Helper()
	from := address(s.conversation.Address())
	if err := s.system.act.Send(act.Envelope{To: act.Address{Kind: name, ID: "x"}, From: from, Msg: m}); err != nil {
		s.t.Error(err)
	}
	synctest.Wait()
}

// seen checks what an audience got and forgets it: "head 1" and "again 1" are heads with the last message's number.
func (s *stage) seen(a *audience, want ...string) {
	s.t.Helper()
	var got []string
	for _, m := range a.got {
		switch m := m.(type) {
		case followed:
			word := "again "
			if m.fresh {
				word = "head "
			}
			got = append(got, word+strconv.Itoa(int(m.head.LastSeq)))
		case happened:
			for _, e := range m.events {
				if said, ok := e.Value.(dispatch.EventMessage); ok {
					got = append(got, "say "+said.Message.Text)
				}
			}
		}
	}
	a.got = nil
	if !slices.Equal(got, want) {
		s.t.Fatalf("got %q, want %q", got, want)
	}
}

func (s *stage) must(answer chan error) {
	s.t.Helper()
	if err := <-answer; err != nil {
		s.t.Error(err)
	}
	synctest.Wait()
}

func TestFollowersGetTheHeadAndThenEveryEventWithOneEncoding(t *testing.T) {
	inStage(t, func(s *stage) {
		s.must(s.say("c1", "um"))
		a, b := s.seat("a", 64), s.seat("b", 64)
		before := s.shared.Load()
		s.must(s.say("c2", "dois"))
		if n := s.shared.Load() - before; n != 2 { // one for both followers, one for the owner's sessions
			t.Errorf("the event was made ready %d times", n)
		}
		s.tell("a", unfollow{})
		s.must(s.say("c3", "três"))
		s.seen(a, "head 1", "say dois")
		s.seen(b, "head 1", "say dois", "say três")
		s.tell("b", unfollow{})
		if n := s.system.followers.count(); n != 0 {
			t.Errorf("%d conversations are still followed", n)
		}
		before = s.shared.Load()
		s.must(s.say("c4", "quatro"))
		if n := s.shared.Load() - before; n != 1 {
			t.Errorf("nobody follows, and the event was made ready %d times", n)
		}
	})
}

func TestFollowersOutliveTheActorInMemory(t *testing.T) {
	inStage(t, func(s *stage) {
		a := s.seat("a", 64)
		alive := func() int64 { return s.system.Metrics().Kinds["conversation"].Alive }
		passInBubble(5 * time.Minute)
		if n := alive(); n != 0 {
			t.Fatalf("%d conversations in memory", n)
		}
		s.must(s.say("c1", "um"))
		s.seen(a, "head 0", "say um")
	})
}

func TestFollowersGetTheHeadAgainAfterACrash(t *testing.T) {
	inStage(t, func(s *stage) {
		a := s.seat("a", 64)
		s.mu.Lock()
		s.fail = errors.New("disk")
		s.mu.Unlock()
		if err := <-s.say("c1", "um"); err == nil {
			t.Fatal("the conversation did not crash")
		}
		s.must(s.say("c2", "dois"))
		s.seen(a, "head 0", "again 0", "say dois")
	})
}

func TestAFollowerWithAFullMailboxGetsTheHeadWhenItHasRoom(t *testing.T) {
	inStage(t, func(s *stage) {
		a := s.seat("a", 2)
		hold := make(chan struct{})
		s.tell("a", hold)
		for _, text := range []string{"um", "dois", "três"} {
			s.must(s.say(dispatch.CommandID(text), text))
		}
		close(hold)
		passInBubble(2 * dispatch.RetryPause)
		s.must(s.say("c4", "quatro"))
		s.seen(a, "head 0", "say um", "again 3", "say quatro")
	})
}

func TestNobodyFollowsAConversationThatIsNotThere(t *testing.T) {
	inStage(t, func(s *stage) {
		s.state = dispatch.ConversationSnapshot{ID: s.conversation}
		a := s.seat("a", 64)
		m, ok := a.got[0].(followed)
		if !ok || m.err == nil || m.err.Code != dispatch.CodeNotFound || s.system.followers.count() != 0 {
			t.Errorf("got %+v, %d followed", a.got, s.system.followers.count())
		}
	})
}
