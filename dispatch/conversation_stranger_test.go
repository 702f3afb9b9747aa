package dispatch

import (
	"errors"
	"testing"
	"time"
)

func TestAStrangerHearsOfNoConversation(t *testing.T) {
	s := ConversationSnapshot{
		ID: "cnv_1", State: ConversationActive, Owner: "ana", Queue: "que_1", LastOwner: "eva", Handed: []Handover{{From: "bob", To: "ana"}},
	}
	closed := s
	closed.State, closed.Owner = ConversationClosed, ""
	for _, c := range []struct {
		state ConversationSnapshot
		by    Actor
		want  Code
	}{
		{s, Actor{Agent: "zoe", Queues: []QueueID{"que_2"}}, CodeNotFound},
		{s, Actor{Agent: "zoe", Queues: []QueueID{}}, CodeNotFound},
		{closed, Actor{Agent: "zoe", Queues: []QueueID{"que_2"}}, CodeNotFound},
		{s, Actor{Agent: "zoe", Queues: []QueueID{"que_2", "que_1"}}, CodeNotOwner},
		{s, Actor{Agent: "zoe"}, CodeNotOwner}, // nobody asked
		{s, Actor{Agent: "bob", Queues: []QueueID{}}, CodeNotOwner},
		{s, Actor{Agent: "eva", Queues: []QueueID{}}, CodeNotOwner},
		{closed, Actor{Agent: "zoe", Queues: []QueueID{"que_1"}}, CodeConversationClosed},
		{ConversationSnapshot{ID: "cnv_1"}, Actor{Agent: "zoe", Queues: []QueueID{"que_2"}}, CodeNotFound},
	} {
		m := NewConversation(c.state)
		m.SetRules(DefaultRules())
		_, err := m.Step(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Envelope{To: c.state.ID.Address(), Message: SetHold{By: c.by, On: true}})
		var refused *Error
		if !errors.As(err, &refused) || refused.Code != c.want {
			t.Errorf("%s, %+v: %v, want %s", c.state.State, c.by, err, c.want)
		}
	}
}
