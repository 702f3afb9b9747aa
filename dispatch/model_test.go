package dispatch

import (
	"fmt"
	"time"
)

// model is the naive reading of a conversation's records: it keeps everything and recomputes, where the machine keeps
// little and counts.
type model struct {
	owner     AgentID
	epoch     uint64
	offer     *Offer // open
	offers    map[OfferID]bool
	contact   []uint64 // sequence numbers of the contact's messages
	read      uint64
	lastSeq   uint64
	delivery  map[uint64]DeliveryState
	lastPlace time.Time
}

// observe takes the next record and says what is wrong with it.
func (m *model) observe(r ConversationRecord) error {
	if m.offers == nil {
		m.offers, m.delivery = map[OfferID]bool{}, map[uint64]DeliveryState{}
	}
	switch r := r.(type) {
	case ConversationOpened:
		m.lastPlace = r.At
	case ConversationReopened:
		m.lastPlace = r.At
	case MessageAppended:
		return m.message(r.Message)
	case MessagesRead:
		if r.Seq <= m.read {
			return fmt.Errorf("read again up to %d, was %d", r.Seq, m.read)
		}
		m.read = r.Seq
	case DeliveryChanged:
		return m.delivered(r)
	case OfferMade:
		if m.offer != nil || m.offers[r.Offer.ID] {
			return fmt.Errorf("offer %s made while %v is open, known %v", r.Offer.ID, m.offer, m.offers[r.Offer.ID])
		}
		o := r.Offer
		m.offer, m.offers[o.ID] = &o, true
	case OfferAccepted:
		if err := m.end(r.Offer, r.Agent, r.At, false); err != nil {
			return err
		}
		return m.own(r.Agent, r.Epoch)
	case OfferDeclined:
		return m.end(r.Offer, r.Agent, r.At, false)
	case OfferExpired:
		return m.end(r.Offer, r.Agent, r.At, true)
	case OfferWithdrawn:
		if m.offer == nil || m.offer.ID != r.Offer {
			return fmt.Errorf("withdrawn %s, open is %v", r.Offer, m.offer)
		}
		m.offer = nil
	case ConversationAssigned:
		return m.own(r.Agent, r.Epoch)
	case ConversationRequeued, ConversationEnded:
		if m.offer != nil {
			return fmt.Errorf("%T with offer %s open", r, m.offer.ID)
		}
		m.owner = ""
	}
	return nil
}

func (m *model) message(c Chat) error {
	if c.Seq != m.lastSeq+1 {
		return fmt.Errorf("message %d after %d", c.Seq, m.lastSeq)
	}
	m.lastSeq = c.Seq
	m.delivery[c.Seq] = c.Delivery
	if c.Author.Kind == AuthorContact {
		m.contact = append(m.contact, c.Seq)
	}
	return nil
}

func (m *model) delivered(r DeliveryChanged) error {
	forward := map[DeliveryState][]DeliveryState{
		DeliveryQueued:    {DeliverySent, DeliveryDelivered, DeliveryRead, DeliveryFailed},
		DeliverySent:      {DeliveryDelivered, DeliveryRead, DeliveryFailed},
		DeliveryDelivered: {DeliveryRead},
	}
	have := m.delivery[r.Seq]
	for _, next := range forward[have] {
		if next == r.State {
			m.delivery[r.Seq] = next
			return nil
		}
	}
	return fmt.Errorf("delivery of %d from %q to %q", r.Seq, have, r.State)
}

// end closes the open offer: only that one, only for its addressee, in time or, for an expiry, not before its time.
func (m *model) end(id OfferID, agent AgentID, at time.Time, expired bool) error {
	o := m.offer
	if o == nil || o.ID != id || o.Agent != agent {
		return fmt.Errorf("ended %s of %s, open is %v", id, agent, o)
	}
	if expired == at.Before(o.ExpiresAt) {
		return fmt.Errorf("offer %s until %v, expired=%v at %v", id, o.ExpiresAt, expired, at)
	}
	m.offer = nil
	return nil
}

func (m *model) own(agent AgentID, epoch uint64) error {
	if epoch != m.epoch+1 || agent == m.owner || agent == "" {
		return fmt.Errorf("owner %s epoch %d after %s epoch %d", agent, epoch, m.owner, m.epoch)
	}
	m.owner, m.epoch = agent, epoch
	return nil
}

// agrees compares the state with what the model remembers.
func (m *model) agrees(s *ConversationSnapshot) error {
	unread := 0
	for _, seq := range m.contact {
		if seq > m.read {
			unread++
		}
	}
	switch {
	case s.Owner != m.owner || s.Epoch != m.epoch:
		return fmt.Errorf("owner %s epoch %d, the records say %s epoch %d", s.Owner, s.Epoch, m.owner, m.epoch)
	case (s.Offer == nil) != (m.offer == nil):
		return fmt.Errorf("offer %v, the records say %v", s.Offer, m.offer)
	case s.LastSeq != m.lastSeq || s.ReadSeq != m.read || len(s.UnreadSeqs) != unread:
		return fmt.Errorf("messages %d read %d unread %d, the records say %d, %d, %d", s.LastSeq, s.ReadSeq, len(s.UnreadSeqs), m.lastSeq, m.read, unread)
	case !s.EnqueuedAt.Equal(m.lastPlace):
		return fmt.Errorf("place %v, the records say %v", s.EnqueuedAt, m.lastPlace)
	}
	for seq, d := range m.delivery {
		if s.Delivery(seq) != d {
			return fmt.Errorf("delivery of %d is %q, the records say %q", seq, s.Delivery(seq), d)
		}
	}
	return nil
}
