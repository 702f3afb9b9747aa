package dispatch

import (
	"slices"
	"time"
)

// reassignAll takes from an agent what it has in progress: each conversation goes back to a queue, to its top. What is only
// being filed stays with who knows what it was about. The word is recorded, so that it holds over any crash.
func (a *Agent) reassignAll(t *turn, m ReassignAll) {
	r := ConversationsReassigned{Agent: a.s.ID, By: m.By, Queue: m.Queue, At: t.now}
	for i := range a.slots {
		s := &a.slots[i]
		if s.Kind == SlotOwned && s.Head.State == ConversationActive && (m.Of == nil || slices.Contains(m.Of, s.Head.Queue)) {
			r.Conversations = append(r.Conversations, s.Conversation)
		}
	}
	if len(r.Conversations) > 0 {
		a.record(t, r)
		a.tellLeaving(t)
	}
	t.answer(ReplyReassigned{Conversations: r.Conversations})
}

// tellLeaving tells the conversations that have not left yet, until they have. One that came back meanwhile stays.
func (a *Agent) tellLeaving(t *turn) {
	a.leaveAt = time.Time{}
	r := a.s.Leaving
	if r == nil {
		return
	}
	for i := range a.slots {
		s := &a.slots[i]
		if s.Kind != SlotOwned || s.Head.State != ConversationActive || s.Head.AssignedAt.After(r.At) || !slices.Contains(r.Conversations, s.Conversation) {
			continue
		}
		t.send(s.Conversation.Address(), GiveUp{Agent: a.s.ID, By: r.By, Queue: r.Queue, At: r.At})
		a.leaveAt = t.now.Add(RetryPause)
	}
}
