package app

import (
	"testing"
	"testing/synctest"

	"pronto/dispatch"
)

// drafts are what the link's snapshot and the events after it have.
func (l *link) drafts() map[dispatch.ConversationID]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := map[dispatch.ConversationID]string{}
	for _, d := range l.view.Drafts {
		out[d.Conversation] = d.Text
	}
	for _, e := range l.events {
		if d, ok := e.(dispatch.EventDraft); ok {
			out[d.Draft.Conversation] = d.Draft.Text
		}
	}
	return out
}

func (l *link) writes(id dispatch.ConversationID, text string) *dispatch.Error {
	return l.command(l.agent.Address(), dispatch.SaveDraft{Conversation: id, Text: text})
}

func TestADraftIsWhereverItsAgentIsAndOverARestartAndNowhereElse(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		ana := b.start(b.agent("ana"))
		also := b.start(ana.agent)
		ana.ready()
		b.write(b.channel, "+5511910000001")
		id := ana.take()
		bia := b.start(b.agent("bia"))
		if err := bia.writes(id, "meu"); err == nil || err.Code != dispatch.CodeNotOwner {
			t.Errorf("who has it not: %v", err)
		}
		for _, text := range []string{"Bom", "Bom dia, "} {
			if err := ana.writes(id, text); err != nil {
				t.Fatal(err)
			}
		}
		if got := also.drafts()[id]; got != "Bom dia, " {
			t.Errorf("the other session has %q", got)
		}
		if n := saw(also, func(dispatch.EventDraft) bool { return true }); n != 2 {
			t.Errorf("told %d times", n)
		}
		if n := saw(ana, func(dispatch.EventDraft) bool { return true }); n != 0 {
			t.Error("who writes is told what it wrote")
		}
		if n := len(bia.drafts()); n != 0 {
			t.Errorf("somebody else has %d drafts", n)
		}

		if err := b.app.Close(); err != nil {
			t.Fatal(err)
		}
		b.open()
		ana = b.start(ana.agent)
		if got := ana.drafts()[id]; got != "Bom dia, " {
			t.Errorf("after a restart %q", got)
		}
		if err := ana.writes(id, ""); err != nil || b.stored(ana.agent) != 0 {
			t.Errorf("emptied: %v, %d stored", err, b.stored(ana.agent))
		}
		if err := ana.writes(id, "Já volto"); err != nil {
			t.Fatal(err)
		}
		if err := ana.command(id.Address(), dispatch.CloseConversation{By: dispatch.Actor{Agent: ana.agent}}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := b.stored(ana.agent); n != 0 {
			t.Errorf("%d drafts outlive the conversation", n)
		}
		if err := ana.writes(id, "tarde"); err == nil || err.Code != dispatch.CodeNotOwner {
			t.Errorf("in a closed conversation: %v", err)
		}
	})
}

func (b *inBubble) stored(a dispatch.AgentID) int {
	b.t.Helper()
	drafts, err := b.app.db.Drafts(a)
	if err != nil {
		b.t.Fatal(err)
	}
	return len(drafts)
}
