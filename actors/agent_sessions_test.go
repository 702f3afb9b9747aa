package actors

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pronto/dispatch"
)

func TestASessionCanBeRevokedAsSoonAsItIsOpen(t *testing.T) {
	inStage(t, func(s *stage) {
		panes := map[dispatch.SessionID]*pane{"ses_1": {}, "ses_2": {}, "ses_3": {}}
		for id, p := range panes {
			if _, _, err := s.system.OpenSession(id, s.agent, "c", p); err != nil {
				t.Fatal(err)
			}
			s.system.Revoke(s.agent, func(c string) bool { return c == "c" }) // no time passed: its actor may not have run
		}
		synctest.Wait()
		for id, p := range panes {
			p.mu.Lock()
			if len(p.got) == 0 || p.got[0] != "close 4010" {
				t.Errorf("%s saw %q", id, p.got)
			}
			p.mu.Unlock()
		}
	})
}

// stuck is a connection whose event waits until it is released.
type stuck struct {
	pane
	gate chan struct{}
	seen uint64
}

func (p *stuck) Event(seq uint64, _ Event) {
	<-p.gate
	p.seen = seq
}

// TestASessionThatMissedEventsAndIsResumedBeforeItIsToldSoIsTold: else nobody would ever notice what is missing.
func TestASessionThatMissedEventsAndIsResumedBeforeItIsToldSoIsTold(t *testing.T) {
	inStage(t, func(s *stage) {
		first := &stuck{gate: make(chan struct{})}
		peer, token, err := s.system.OpenSession("ses_1", s.agent, "c", first)
		if err != nil {
			t.Fatal(err)
		}
		peer.Start(nil)
		synctest.Wait()
		const many = sessionLimit + 10
		for i := range many {
			s.system.Publish(s.agent, dispatch.EventConfigChanged{Kind: "queue", ID: "que_1", Version: uint64(i + 1)})
			synctest.Wait()
		}
		close(first.gate)
		synctest.Wait()
		next := &pane{}
		heir, _, err := s.system.OpenSession("ses_2", s.agent, "c", next)
		if err != nil {
			t.Fatal(err)
		}
		heir.Resume(Former{Session: "ses_1", Token: token, Epoch: s.system.Epoch(), Seen: first.seen}, nil)
		passInBubble(2 * dispatch.RetryPause)
		next.mu.Lock()
		defer next.mu.Unlock()
		if !slices.Contains(next.got, "snapshot overrun none") {
			t.Errorf("%d events came of %d, and then %q", first.seen, many, next.got)
		}
	})
}

// TestAResumeThatItsAgentCrashesOnStartsAnew: the client is connected and pinged, so it would wait for ever.
func TestAResumeThatItsAgentCrashesOnStartsAnew(t *testing.T) {
	inStage(t, func(s *stage) {
		first := &pane{}
		peer, token, err := s.system.OpenSession("ses_1", s.agent, "c", first)
		if err != nil {
			t.Fatal(err)
		}
		peer.Start(nil)
		synctest.Wait()
		peer.Closed()
		passInBubble(dispatch.SuspectTime + time.Second) // it is gone, so its next session is something to be stored
		s.mu.Lock()
		s.fail = errors.New("disk")
		s.mu.Unlock()
		next := &pane{}
		heir, _, err := s.system.OpenSession("ses_2", s.agent, "c", next)
		if err != nil {
			t.Fatal(err)
		}
		heir.Resume(Former{Session: "ses_1", Token: token, Epoch: s.system.Epoch()}, nil)
		passInBubble(10 * time.Second)
		next.mu.Lock()
		if len(next.got) == 0 || next.got[0] != "snapshot expired none" { // the restarted agent may show it once more
			t.Errorf("saw %q", next.got)
		}
		next.got = nil
		next.mu.Unlock()
		s.system.Publish(s.agent, dispatch.EventConfigChanged{Kind: "queue", ID: "que_1", Version: 1})
		synctest.Wait()
		next.saw(t, "staff's dispatch.EventConfigChanged")
		if live := s.system.links.of(address(s.agent.Address())); !slices.Equal(live, []dispatch.SessionID{"ses_2"}) {
			t.Errorf("there are %v", live)
		}
	})
}

// TestASnapshotForASessionThatHandsOverIsNotLost: what it tells is in no ring, so a heir must not go by the ring alone.
func TestASnapshotForASessionThatHandsOverIsNotLost(t *testing.T) {
	for phase, handsOn := range map[sessionPhase]bool{phaseLeaving: true, phaseLeft: false, phaseBlank: false} {
		former := &session{id: "ses_1", phase: phase, seq: 3}
		former.snapshot(snapshotNow{reason: "access_changed"})
		if marked := former.ring.reason != ""; marked != handsOn {
			t.Errorf("phase %d: marked %t", phase, marked)
		}
	}
}
