package actors

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// pane is a visitor's connection that notes what it is shown.
type pane struct {
	mu    sync.Mutex
	got   []string
	reply chan error
}

func (p *pane) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, fmt.Sprintf(format, args...))
}

func (p *pane) Snapshot(_ uint64, reason string, v View) {
	state := "none"
	if v.Visitor != nil && v.Visitor.Conversation != nil {
		state = string(v.Visitor.Conversation.State)
	}
	p.note("snapshot %s %s", reason, state)
}

func (p *pane) Event(_ uint64, e Event) {
	out, ok := e.Value.(dispatch.ContactEvent)
	if !ok {
		p.note("staff's %T", e.Value)
		return
	}
	switch e := out.Event.(type) {
	case dispatch.EventMessage:
		p.note("say %s", e.Message.Text)
	case dispatch.EventContactState:
		p.note("state %s", e.View.State)
	case dispatch.EventContactHours:
		p.note("closed %t", e.Hours.Closed)
	default:
		p.note("%T", e)
	}
}

func (p *pane) Reply(_ dispatch.CommandID, _ uint64, _ dispatch.Reply, err *dispatch.Error) {
	if err != nil {
		p.reply <- err
		return
	}
	p.reply <- nil
}

func (p *pane) Resumed(from, to uint64)  { p.note("resumed %d %d", from, to) }
func (p *pane) Ping(uint64)              {}
func (p *pane) Drain(time.Duration)      {}
func (p *pane) Close(code int, _ string) { p.note("close %d", code) }

// open is a page of the visitor.
func (s *stage) open(id dispatch.SessionID) (*Peer, *pane) {
	s.t.Helper()
	p := &pane{reply: make(chan error, 8)}
	peer, _, err := s.system.OpenVisit(id, p)
	if err != nil {
		s.t.Fatal(err)
	}
	peer.Start(&Visitor{Channel: "chn_1", Key: "visitor:x", Token: "t"})
	synctest.Wait()
	return peer, p
}

func (p *pane) saw(t *testing.T, want ...string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.got, want) {
		t.Errorf("saw %q, want %q", p.got, want)
	}
	p.got = nil
}

func TestAVisitorSeesWhatAContactMaySeeAndNothingElse(t *testing.T) {
	inStage(t, func(s *stage) {
		_, p := s.open("ses_1")
		p.saw(t, "snapshot start active")
		s.must(s.say("c1", "um"))
		note := dispatch.AddNote{By: dispatch.Actor{Agent: s.agent}, Note: dispatch.Note{ID: "not_1", Text: "segredo"}}
		if _, err := s.system.Ask(context.Background(), dispatch.Envelope{To: s.conversation.Address(), Message: note}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		p.saw(t, "say um")
	})
}

func TestAfterACrashAVisitorsPagesIntroduceItAnew(t *testing.T) {
	inStage(t, func(s *stage) {
		peer, p := s.open("ses_1")
		p.saw(t, "snapshot start active")
		s.mu.Lock()
		s.failRead = errors.New("disk")
		s.mu.Unlock()
		_, second := s.open("ses_2") // its snapshot reads messages: the actor crashes on it
		passInBubble(2 * dispatch.RetryPause)
		p.saw(t, "snapshot restart active")
		second.saw(t, "snapshot restart active")
		s.must(s.say("c1", "um"))
		p.saw(t, "say um")
		second.saw(t, "say um")
		peer.Command(dispatch.Envelope{Cause: dispatch.Cause{Command: "m1"}, Message: dispatch.ReceiveMessage{Inbound: dispatch.InboundChat{Text: "oi"}}})
		if err := <-p.reply; err != nil {
			t.Error(err)
		}
	})
}

func TestThePagesOfAVisitorThatLeavesAreForgotten(t *testing.T) {
	inStage(t, func(s *stage) {
		peer, p := s.open("ses_1")
		p.saw(t, "snapshot start active")
		peer.Closed()
		passInBubble(10 * time.Minute)
		if n := s.system.followers.count(); n != 0 {
			t.Errorf("%d conversations are followed by nobody's pages", n)
		}
		if n := s.system.Metrics().Kinds[kindVisitor].Alive; n != 0 {
			t.Errorf("%d visitors in memory", n)
		}
	})
}

func TestPagesAreToldWhenTheChannelOpensAndCloses(t *testing.T) {
	inStage(t, func(s *stage) {
		set := func(h dispatch.ContactHours) {
			s.mu.Lock()
			s.hours = h
			s.mu.Unlock()
		}
		closing := time.Now().Add(10 * time.Second)
		set(dispatch.ContactHours{Until: closing})
		_, p := s.open("ses_1")
		p.saw(t, "snapshot start active")
		set(dispatch.ContactHours{Closed: true})
		passInBubble(9 * time.Second)
		p.saw(t)
		passInBubble(time.Second)
		p.saw(t, "closed true")
		passInBubble(5 * time.Second)
		p.saw(t)
		set(dispatch.ContactHours{}) // somebody changed the hours
		s.system.HoursChanged()
		synctest.Wait()
		p.saw(t, "closed false")
		s.system.HoursChanged()
		synctest.Wait()
		p.saw(t)
	})
}

func TestPagesAreShownTheSettingsOfTheirChannelAnew(t *testing.T) {
	inStage(t, func(s *stage) {
		_, p := s.open("ses_1")
		p.saw(t, "snapshot start active")
		s.change()
		p.saw(t, "snapshot access_changed active")
		s.system.HoursChanged()
		synctest.Wait()
		p.saw(t)
		s.change()
		p.saw(t, "snapshot access_changed active")
	})
}

// change makes other settings of the channel known.
func (s *stage) change() {
	s.mu.Lock()
	s.settings++
	s.mu.Unlock()
	s.system.HoursChanged()
	synctest.Wait()
}

func TestASnapshotThatHadToWaitSaysWhyItCame(t *testing.T) {
	inStage(t, func(s *stage) {
		s.stranger = true
		peer, p := s.open("ses_1")
		p.saw(t, "snapshot start none")
		release := s.hold()
		first := s.say("c1", "um") // the conversation waits for its disk, and is not followed until that is done
		peer.Command(dispatch.Envelope{Cause: dispatch.Cause{Command: "m1"}, Message: dispatch.ReceiveMessage{Inbound: dispatch.InboundChat{Text: "oi"}}})
		synctest.Wait()
		_, second := s.open("ses_2")
		s.change()
		p.saw(t)
		release()
		s.must(first)
		p.saw(t, "snapshot access_changed active")
		second.saw(t, "snapshot start active")

		s.mu.Lock()
		s.fail = errors.New("disk")
		s.mu.Unlock()
		<-s.say("c2", "dois") // what the conversation told may be lost
		passInBubble(2 * dispatch.RetryPause)
		p.saw(t, "snapshot overrun active")
		second.saw(t, "snapshot overrun active")
	})
}

func TestAConversationThatDidNotHearThatItsVisitorLeftIsToldAgain(t *testing.T) {
	inStage(t, func(s *stage) {
		v := &Visitor{Channel: "chn_1", Key: "visitor:x"}
		if err := s.system.act.Send(act.Envelope{To: address(s.conversation.Address()), From: v.address(), Msg: follow{}}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := s.system.followers.count(); n != 0 {
			t.Errorf("%d conversations are followed by nobody's pages", n)
		}
	})
}
