package actors

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

func TestAConversationWhoseMailboxIsFullKeepsNobodyAsleep(t *testing.T) {
	inStage(t, func(s *stage) {
		sleeper := dispatch.ConversationID(dispatch.FormatID("cnv", time.Now(), 1, 3))
		s.due = []dispatch.ConversationID{s.conversation, sleeper}
		release := s.hold()
		first := s.say("c1", "um")
		for s.system.act.Send(act.Envelope{To: address(s.conversation.Address()), Msg: unfollow{}}) == nil {
		}
		if err := s.system.Start(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		s.mu.Lock()
		if !slices.Contains(s.asked, sleeper) {
			t.Error("a conversation that was due sleeps on")
		}
		s.mu.Unlock()
		release()
		s.must(first)
	})
}
