package actors

import (
	"context"
	"testing"
	"time"

	"pronto/dispatch"
)

// fullOnce is a driver after whose first delivery the disk is full for one write.
type fullOnce struct {
	shelf *shelf
	sent  int
}

func (d *fullOnce) Deliver(context.Context, dispatch.Head, dispatch.Chat, int) Delivery {
	d.shelf.mu.Lock()
	defer d.shelf.mu.Unlock()
	if d.sent++; d.sent == 1 {
		d.shelf.fail = ErrReadOnly
	}
	return Delivery{State: dispatch.DeliverySent, External: "wamid.1"}
}

// While the disk is full that a message was sent cannot be written down. The customer does not get it again at each try.
func TestAMessageIsNotSentAgainBecauseTheDiskIsFull(t *testing.T) {
	inStage(t, func(s *stage) {
		m := dispatch.Chat{ID: "msg_1", Seq: 1, At: time.Now(), Text: "oi", Author: dispatch.Author{Kind: dispatch.AuthorAgent, ID: string(s.agent)}, Delivery: dispatch.DeliveryQueued}
		s.state.Apply(dispatch.MessageAppended{Message: m, Outbox: true})
		s.chats = []dispatch.Chat{m}
		d := &fullOnce{shelf: s.shelf}
		s.system.o.Driver = d
		if err := s.system.post(s.conversation); err != nil {
			t.Fatal(err)
		}
		passInBubble(lastRetry)
		s.mu.Lock()
		defer s.mu.Unlock()
		if got := s.state.Delivery(1); got != dispatch.DeliverySent || len(s.state.Outbox) > 0 {
			t.Errorf("%s, outbox %v", got, s.state.Outbox)
		}
		if d.sent != 1 {
			t.Errorf("sent %d times", d.sent)
		}
	})
}
