package dispatch

import (
	"fmt"
	"testing"
)

// followerView is what somebody has who took the head once and has folded the events since.
type followerView struct {
	head Head
	seen bool
}

// fold takes the events of one step and compares the result with the head itself.
func (v *followerView) fold(events []Event, now Head) error {
	if !v.seen { // takes the head as of this place
		v.head, v.seen = now, true
		return nil
	}
	for _, e := range events {
		switch e := e.(type) {
		case EventMessage:
			if e.Message.Seq != v.head.LastSeq+1 {
				return fmt.Errorf("a follower who has message %d is told message %d", v.head.LastSeq, e.Message.Seq)
			}
			m := e.Message
			v.head.LastSeq, v.head.Unread, v.head.LastMessage = m.Seq, e.Unread, m
		case EventRead:
			v.head.ReadSeq, v.head.Unread = e.Seq, e.Unread
		case EventDelivery:
			if v.head.LastMessage != nil && v.head.LastMessage.Seq == e.Seq {
				m := *v.head.LastMessage
				m.Delivery = e.Delivery
				v.head.LastMessage = &m
			}
		case EventUpdated:
			v.head = e.Head
		}
	}
	have := v.head
	have.Version = now.Version                                                    // messages, notes and command answers grow it too
	have.WindowExpiresAt, have.SilentSince = now.WindowExpiresAt, now.SilentSince // follow from the messages
	have.ScriptRequired, have.RatingAsked = now.ScriptRequired, now.RatingAsked   // the configuration's
	if a, b := dump(have), dump(now); a != b {
		return fmt.Errorf("a follower has\n%s\nthe head is\n%s", a, b)
	}
	return nil
}

// TestEventsOfFollowersAreForTheContactOnlyWhereListed: a new event stays with the staff until somebody decides otherwise.
func TestEventsOfFollowersAreForTheContactOnlyWhereListed(t *testing.T) {
	contact := map[string]bool{"EventMessage": true, "EventMessageChanged": true, "EventUpdated": true, "EventRead": true, "EventDelivery": true, "EventTyping": true, "EventAttachment": true}
	for _, e := range []Event{
		EventOfferCreated{}, EventOfferEnded{}, EventAssigned{}, EventMessage{}, EventMessageChanged{}, EventUpdated{}, EventRead{}, EventTyping{}, EventNote{},
		EventDelivery{}, EventTransferPending{}, EventTransferEnded{}, EventRemoved{}, EventConfigChanged{}, EventContactUpdated{}, EventStatus{}, EventAttachment{},
		EventWatched{}, EventWatchEnded{}, EventAlert{}, EventDraft{}, EventLiveQueues{}, EventLiveAgents{}, EventLiveAlerts{},
	} {
		name := fmt.Sprintf("%T", e)[len("dispatch."):]
		if ForContact(e) != contact[name] {
			t.Errorf("%s reaches the contact: %v", name, ForContact(e))
		}
	}
	if ForContact(EventTyping{Author: Author{Kind: AuthorContact}}) {
		t.Error("the contact is told that it types itself")
	}
}
