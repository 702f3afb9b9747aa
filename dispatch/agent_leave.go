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
	for i := range a.slots {
		a.tellLeave(t, &a.slots[i])
	}
}

// tellLeave tells a conversation to leave if it is to and has not yet. One that was only being filed when the word reached it
// is told once it goes on.
func (a *Agent) tellLeave(t *turn, s *Slot) {
	r := a.s.Leaving
	if r == nil || s.Kind != SlotOwned || s.Head.State != ConversationActive || s.Head.AssignedAt.After(r.At) || !slices.Contains(r.Conversations, s.Conversation) {
		return
	}
	t.send(s.Conversation.Address(), GiveUp{Agent: a.s.ID, By: r.By, Queue: r.Queue, At: r.At})
	a.leaveAt = t.now.Add(RetryPause)
}
