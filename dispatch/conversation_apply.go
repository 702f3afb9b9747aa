package dispatch

import (
	"slices"
	"time"
	"unicode/utf8"
)

// Apply folds one record into the state. It never fails and is the only code that changes the state: recovery uses it too.
func (s *ConversationSnapshot) Apply(r ConversationRecord) {
	s.Version++
	switch r := r.(type) {
	case ConversationOpened:
		s.applyOpened(r)
	case MessageAppended:
		s.applyMessage(r)
	case OfferMade:
		s.applyOffer(r)
	case OfferAccepted:
		s.applyAccepted(r)
	case OfferDeclined:
		s.endOffer(EndDeclined, r.RelaxAt)
	case OfferExpired:
		s.endOffer(EndExpired, r.RelaxAt)
	case OfferWithdrawn:
		s.endOffer(r.Cause, time.Time{})
	case ConversationAssigned:
		s.handTo(r.Agent, r.Epoch, r.At, RemovedTakenOver)
	case ConversationRequeued:
		s.applyRequeued(r)
	case WrapupStarted:
		s.State, s.WrapupUntil, s.OnHold, s.RequeueAt = ConversationWrapup, r.Until, false, time.Time{}
		if r.Script != nil {
			s.Script = r.Script
		}
	case WrapupInterrupted:
		s.State, s.WrapupUntil = ConversationActive, time.Time{}
	case ConversationEnded:
		s.applyEnded(r)
	case ConversationReopened:
		s.applyReopened(r)
	default:
		s.applyFlag(r)
	}
}

// applyFlag folds the records that change no state of the table.
func (s *ConversationSnapshot) applyFlag(r ConversationRecord) {
	switch r := r.(type) {
	case HoldChanged:
		s.OnHold = r.On
	case MessagesRead:
		s.readTo(r.Seq)
	case DeliveryChanged:
		s.applyDelivery(r)
	case OwnerLost:
		s.LostAt, s.RequeueAt = r.At, r.RequeueAt
	case OwnerReturned:
		s.LostAt, s.RequeueAt = time.Time{}, time.Time{}
	case NoteAdded, CommandAnswered:
	}
}

func (s *ConversationSnapshot) applyOpened(r ConversationOpened) {
	s.ID, s.Channel, s.Contact, s.Queue, s.Subject = r.ID, r.Channel, r.Contact, r.Queue, r.Subject
	s.Priority, s.Skills, s.Attributes, s.Protocol, s.Previous = r.Priority, r.Skills, r.Attributes, r.Protocol, r.Previous
	s.Weight, s.OpenedAt, s.EnqueuedAt = r.Weight, r.At, r.At
	s.wait()
}

// wait enters the queue: the ticket of this version is the only one that counts from now on.
func (s *ConversationSnapshot) wait() {
	s.State, s.Placed = ConversationQueued, s.Version
}

func (s *ConversationSnapshot) applyMessage(r MessageAppended) {
	m := r.Message
	s.LastSeq = m.Seq
	s.LastMessage = &m
	s.Deliveries = append(s.Deliveries, rankOf(m.Delivery))
	if m.Author.Kind == AuthorContact {
		s.UnreadSeqs = append(s.UnreadSeqs, m.Seq)
		s.LastText, s.LastInbound = shorten(m.Text, lastTextBytes), m.At
		if r.Window > 0 {
			s.WindowEnds = m.At.Add(r.Window)
		}
		return
	}
	s.OutboundIDs = append(s.OutboundIDs, OutboundID{Seq: m.Seq, ID: m.ID})
	if n := len(s.OutboundIDs); n > keptOutboundIDs {
		s.OutboundIDs = slices.Clone(s.OutboundIDs[n-keptOutboundIDs:])
	}
	if r.Outbox {
		s.Outbox = append(s.Outbox, m.Seq)
	}
}

// shorten cuts at a rune boundary.
func shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

func (s *ConversationSnapshot) applyOffer(r OfferMade) {
	o := r.Offer
	s.Offer = &o
	if o.Kind == OfferTransfer {
		return
	}
	s.State, s.Attempt = ConversationOffered, o.Attempt
	if r.NewRound {
		s.Round++
		s.Excluded, s.RelaxAt = nil, time.Time{}
	}
}

func (s *ConversationSnapshot) applyAccepted(r OfferAccepted) {
	o := s.Offer
	cause := RemovedTransferred
	if s.Owner != "" {
		s.Handed = append(s.Handed, Handover{From: s.Owner, To: r.Agent})
		s.Handed = s.Handed[max(0, len(s.Handed)-keptHandovers):]
	}
	if o != nil {
		s.remember(o.ID, EndAccepted)
	}
	s.Offer = nil
	s.handTo(r.Agent, r.Epoch, r.At, cause)
}

// handTo makes agent the owner.
func (s *ConversationSnapshot) handTo(agent AgentID, epoch uint64, at time.Time, cause RemovalCause) {
	if s.Owner != "" {
		s.LastOwner, s.ReleaseCause = s.Owner, cause
	}
	s.State, s.Owner, s.Epoch, s.AssignedAt = ConversationActive, agent, epoch, at
	s.LostAt, s.RequeueAt, s.OnHold, s.Note = time.Time{}, time.Time{}, false, ""
	s.leaveQueue()
}

// leaveQueue forgets the rounds of offers.
func (s *ConversationSnapshot) leaveQueue() {
	s.Attempt, s.Round, s.Excluded, s.Refusers, s.RelaxAt = 0, 0, nil, nil, time.Time{}
}

// endOffer closes the open offer. A refusal (decline, miss) excludes the agent from this round.
func (s *ConversationSnapshot) endOffer(cause EndCause, relaxAt time.Time) {
	o := s.Offer
	if o == nil {
		return
	}
	s.Offer = nil
	s.remember(o.ID, cause)
	if o.Kind == OfferTransfer {
		return
	}
	if cause == EndDeclined || cause == EndExpired {
		s.Excluded = addAgent(s.Excluded, o.Agent)
		s.Refusers = addAgent(s.Refusers, o.Agent)
		s.RelaxAt = relaxAt
		if planted("place_lost") {
			s.EnqueuedAt = relaxAt
		}
	}
	s.wait()
}

// addAgent returns a sorted set with id; it never shares memory with what Ticket gave away.
func addAgent(set []AgentID, id AgentID) []AgentID {
	at, found := slices.BinarySearch(set, id)
	if found {
		return set
	}
	return slices.Insert(slices.Clone(set), at, id)
}

func (s *ConversationSnapshot) remember(id OfferID, cause EndCause) {
	s.Ended = append(s.Ended, EndedOffer{ID: id, Cause: cause})
	if n := len(s.Ended); n > keptEndedOffers {
		s.Ended = slices.Clone(s.Ended[n-keptEndedOffers:])
	}
}

func (s *ConversationSnapshot) applyRequeued(r ConversationRequeued) {
	if s.Owner != "" {
		s.LastOwner, s.ReleaseCause = s.Owner, RemovedRequeued
		if r.Cause == QueuedTransfer {
			s.ReleaseCause = RemovedTransferred
		}
	}
	s.Owner, s.Queue, s.Priority, s.Note = "", r.Queue, r.Priority, r.Note
	s.LostAt, s.RequeueAt, s.OnHold, s.WrapupUntil = time.Time{}, time.Time{}, false, time.Time{}
	s.leaveQueue()
	if r.Exclude != "" {
		s.Excluded, s.Refusers, s.RelaxAt = []AgentID{r.Exclude}, []AgentID{r.Exclude}, r.RelaxAt
	}
	s.wait()
}

func (s *ConversationSnapshot) applyEnded(r ConversationEnded) {
	if s.Owner != "" {
		s.LastOwner, s.ReleaseCause = s.Owner, RemovedClosed
	}
	s.State, s.Owner, s.ClosedAt, s.CloseCause = ConversationClosed, "", r.At, r.Cause
	if r.Script != nil {
		s.Script = r.Script
	}
	s.LostAt, s.RequeueAt, s.OnHold, s.WrapupUntil = time.Time{}, time.Time{}, false, time.Time{}
	s.leaveQueue()
}

func (s *ConversationSnapshot) applyReopened(r ConversationReopened) {
	s.EnqueuedAt, s.ClosedAt, s.CloseCause, s.Script = r.At, time.Time{}, "", nil
	s.Queue = r.Queue
	s.wait()
}

func (s *ConversationSnapshot) readTo(seq uint64) {
	s.ReadSeq = seq
	n := 0
	for n < len(s.UnreadSeqs) && s.UnreadSeqs[n] <= seq {
		n++
	}
	s.UnreadSeqs = slices.Clone(s.UnreadSeqs[n:])
}

func (s *ConversationSnapshot) applyDelivery(r DeliveryChanged) {
	if r.Seq == 0 || r.Seq > uint64(len(s.Deliveries)) {
		return
	}
	s.Deliveries[r.Seq-1] = rankOf(r.State)
	s.Outbox = slices.DeleteFunc(slices.Clone(s.Outbox), func(seq uint64) bool { return seq == r.Seq })
	if s.LastMessage != nil && s.LastMessage.Seq == r.Seq {
		m := *s.LastMessage
		m.Delivery = r.State
		s.LastMessage = &m
	}
	if r.State == DeliveryRead || r.State == DeliveryFailed {
		s.OutboundIDs = slices.DeleteFunc(slices.Clone(s.OutboundIDs), func(o OutboundID) bool { return o.Seq == r.Seq })
	}
}
