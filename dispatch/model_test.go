package dispatch

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// model is the naive reading of a conversation's records: it keeps everything and recomputes, where the machine keeps
// little and counts.
type model struct {
	owner     AgentID
	epoch     uint64
	open      map[OfferID]*Offer
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
		m.open = map[OfferID]*Offer{}
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
	case MessagesSeen:
		return m.seen(r)
	case OfferMade:
		if len(m.open) >= max(1, r.Parallel) || m.offers[r.Offer.ID] {
			return fmt.Errorf("offer %s made while %v are open, known %v", r.Offer.ID, m.open, m.offers[r.Offer.ID])
		}
		o := r.Offer
		m.open[o.ID], m.offers[o.ID] = &o, true
	case OfferAccepted:
		if err := m.end(r.Offer, r.Agent, r.At, false); err != nil || len(m.open) > 0 {
			return cmp.Or(err, fmt.Errorf("accepted while %v are open", m.open))
		}
		return m.own(r.Agent, r.Epoch)
	case OfferDeclined:
		return m.end(r.Offer, r.Agent, r.At, false)
	case OfferExpired:
		return m.end(r.Offer, r.Agent, r.At, true)
	case OfferWithdrawn:
		if m.open[r.Offer] == nil {
			return fmt.Errorf("withdrawn %s, open are %v", r.Offer, m.open)
		}
		delete(m.open, r.Offer)
	case ConversationAssigned:
		return m.own(r.Agent, r.Epoch)
	case ConversationTakenOver:
		return m.own(r.Agent, r.Epoch)
	case ConversationRequeued, ConversationEnded:
		if len(m.open) > 0 {
			return fmt.Errorf("%T with offers open: %v", r, m.open)
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

// forward is where a delivery may go.
var forward = map[DeliveryState][]DeliveryState{
	DeliveryQueued:    {DeliverySent, DeliveryDelivered, DeliveryRead, DeliveryFailed},
	DeliverySent:      {DeliveryDelivered, DeliveryRead, DeliveryFailed},
	DeliveryDelivered: {DeliveryRead},
}

// seen moves all that can move, and must move something.
func (m *model) seen(r MessagesSeen) error {
	moved := false
	for seq, have := range m.delivery {
		if seq <= r.Seq && slices.Contains(forward[have], r.State) {
			m.delivery[seq], moved = r.State, true
		}
	}
	if !moved {
		return fmt.Errorf("nothing up to %d moves to %q", r.Seq, r.State)
	}
	return nil
}

func (m *model) delivered(r DeliveryChanged) error {
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
	o := m.open[id]
	if o == nil || o.Agent != agent {
		return fmt.Errorf("ended %s of %s, open is %v", id, agent, o)
	}
	if expired == at.Before(o.ExpiresAt) {
		return fmt.Errorf("offer %s until %v, expired=%v at %v", id, o.ExpiresAt, expired, at)
	}
	delete(m.open, id)
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
	case len(s.openOffers()) != len(m.open):
		return fmt.Errorf("offers %v, the records say %v", s.openOffers(), m.open)
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
