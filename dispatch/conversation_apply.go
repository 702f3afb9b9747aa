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
		s.endOffer(r.Offer, EndDeclined, r.RelaxAt)
	case OfferExpired:
		s.endOffer(r.Offer, EndExpired, r.RelaxAt)
	case OfferWithdrawn:
		s.endOffer(r.Offer, r.Cause, time.Time{})
	case ConversationAssigned:
		s.handTo(r.Agent, r.Epoch, r.At, RemovedTakenOver, r.Quiet)
	case ConversationTakenOver:
		s.handTo(r.Agent, r.Epoch, r.At, RemovedTakenOver, r.Quiet)
	case ConversationRequeued:
		s.applyRequeued(r)
	case WrapupStarted:
		s.State, s.WrapupUntil, s.OnHold, s.RequeueAt = ConversationWrapup, r.Until, false, time.Time{}
		s.SnoozedUntil = time.Time{}
		s.setQuiet(Quiet{}, r.At)
		if r.Script != nil {
			s.Script = r.Script
		}
	case WrapupInterrupted:
		s.State, s.WrapupUntil = ConversationActive, time.Time{}
		s.unrate()
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
		s.setQuiet(r.Quiet, r.At)
	case ConversationSnoozed:
		s.SnoozedUntil, s.OnHold, s.RequeueAt = r.Until, false, time.Time{}
		s.setQuiet(Quiet{}, r.At)
	case SnoozeEnded:
		s.SnoozedUntil = time.Time{}
		s.setQuiet(r.Quiet, r.At)
	case TagsChanged:
		s.applyTags(r)
	case PriorityChanged:
		s.applyPriority(r)
	case MessageEdited:
		s.applyEdited(r)
	case MessageRedacted:
		s.applyRedacted(r)
	case ChangeSent:
		s.Outbox = slices.DeleteFunc(slices.Clone(s.Outbox), func(seq uint64) bool { return seq == r.Seq })
	case ConversationRated:
		s.applyRating(r)
	case SilenceNoted:
		s.setQuiet(r.Next, r.At)
		if r.Told == QuietAlert {
			s.AlertedAt = r.At
		}
	case MessagesRead:
		s.readTo(r.Seq)
	case DeliveryChanged:
		s.applyDelivery(r)
	case MessagesSeen:
		s.applySeen(r)
	case OwnerLost:
		s.LostAt, s.RequeueAt = r.At, r.RequeueAt
	case OwnerReturned:
		s.LostAt, s.RequeueAt = time.Time{}, time.Time{}
	case QueueJoined:
		s.Joined = &Joined{At: r.At, Wait: r.Place.Wait}
		s.Told, s.ToldAt, s.Considered = r.Place.Position, r.At, s.Placed
	case NobodyFound:
		s.Considered = s.Placed
	case PositionTold:
		s.Told, s.ToldAt = r.Place.Position, r.At
	case ConversationOverflowed:
		s.applyOverflowed(r)
	case NoteAdded, CommandAnswered:
	}
}

func (s *ConversationSnapshot) applyOpened(r ConversationOpened) {
	s.ID, s.Channel, s.Contact, s.Queue, s.Subject = r.ID, r.Channel, r.Contact, r.Queue, r.Subject
	s.Priority, s.Skills, s.Attributes, s.Protocol, s.Previous = r.Priority, r.Skills, r.Attributes, r.Protocol, r.Previous
	s.Preferred = r.Preferred
	s.Weight, s.OpenedAt, s.EnqueuedAt, s.QueuedAt = r.Weight, r.At, r.At, r.At
	s.wait()
}

// wait enters the queue: the ticket of this version is the only one that counts from now on.
func (s *ConversationSnapshot) wait() {
	s.State, s.Placed = ConversationQueued, s.Version
}

func (s *ConversationSnapshot) applyMessage(r MessageAppended) {
	m := r.Message
	s.messageQuiet(m, r.Quiet)
	s.LastSeq = m.Seq
	s.LastMessage = &m
	s.Deliveries = append(s.Deliveries, rankOf(m.Delivery))
	if m.Author.Kind == AuthorContact {
		s.UnreadSeqs = append(s.UnreadSeqs, m.Seq)
		s.LastText, s.LastInbound, s.SilentSince = shorten(m.Text, lastTextBytes), m.At, time.Time{}
		s.LastTextSeq = m.Seq
		s.wakeNow(m.At)
		if r.Window > 0 {
			s.WindowEnds = m.At.Add(r.Window)
		}
		return
	}
	if m.Author.Kind == AuthorAgent && s.SilentSince.IsZero() {
		s.SilentSince = m.At
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
	if s.Offer == nil {
		s.Offer = &o
	} else {
		s.More = append(slices.Clone(s.More), o)
	}
	if o.Kind == OfferTransfer {
		return
	}
	s.State, s.Attempt = ConversationOffered, o.Attempt
	if r.NewRound {
		s.Round++
		s.Excluded, s.RelaxAt = nil, time.Time{}
	}
	s.inParallel(r.Parallel)
}

func (s *ConversationSnapshot) applyAccepted(r OfferAccepted) {
	cause := RemovedTransferred
	if s.Owner != "" {
		s.Handed = append(s.Handed, Handover{From: s.Owner, To: r.Agent})
		s.Handed = s.Handed[max(0, len(s.Handed)-keptHandovers):]
	}
	if s.takeOffer(r.Offer) != nil {
		s.remember(r.Offer, EndAccepted)
	}
	s.handTo(r.Agent, r.Epoch, r.At, cause, r.Quiet)
}

// handTo makes agent the owner. A silence of the contact goes on under another owner.
func (s *ConversationSnapshot) handTo(agent AgentID, epoch uint64, at time.Time, cause RemovalCause, q Quiet) {
	if s.Owner == "" || s.OnHold || s.Snoozed() || !s.contactQuiet() {
		s.setQuiet(q, at)
		s.SilentSince = time.Time{}
	}
	if s.Owner != "" {
		s.LastOwner, s.ReleaseCause = s.Owner, cause
	}
	s.State, s.Owner, s.Epoch, s.AssignedAt = ConversationActive, agent, epoch, at
	s.LostAt, s.RequeueAt, s.OnHold, s.Note, s.SnoozedUntil = time.Time{}, time.Time{}, false, "", time.Time{}
	s.endWait(at)
	s.leaveQueue()
}

// leaveQueue forgets the rounds of offers.
func (s *ConversationSnapshot) leaveQueue() {
	s.Attempt, s.Round, s.Excluded, s.Refusers, s.RelaxAt = 0, 0, nil, nil, time.Time{}
	s.Joined, s.Top, s.Told, s.ToldAt = nil, false, 0, time.Time{}
	s.Parallel, s.Valid = 0, 0
}

// endOffer closes an open offer. A refusal (decline, miss) excludes the agent from this round.
func (s *ConversationSnapshot) endOffer(id OfferID, cause EndCause, relaxAt time.Time) {
	o := s.takeOffer(id)
	if o == nil {
		return
	}
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
	if s.Offer == nil {
		s.wait()
	} else if s.waits() {
		s.Placed = s.Version
	}
	if s.Valid > 0 { // one for an older ticket may have been turned away while this one rang, and arrive again
		s.Valid = s.Placed
	}
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
	if n, kept := len(s.Ended), max(keptEndedOffers, 2*s.Parallel); n > kept {
		s.Ended = slices.Clone(s.Ended[n-kept:])
	}
}

func (s *ConversationSnapshot) applyRequeued(r ConversationRequeued) {
	if s.Owner != "" {
		s.LastOwner, s.ReleaseCause = s.Owner, RemovedRequeued
		if r.Cause == QueuedTransfer {
			s.ReleaseCause = RemovedTransferred
		}
	}
	s.Owner, s.Queue, s.Priority, s.Note, s.QueuedAt = "", r.Queue, r.Priority, r.Note, r.At
	s.LostAt, s.RequeueAt, s.OnHold, s.WrapupUntil, s.SilentSince = time.Time{}, time.Time{}, false, time.Time{}, time.Time{}
	s.SnoozedUntil = time.Time{}
	s.setQuiet(Quiet{}, r.At)
	top := r.Top || s.Top // who waits before all others goes on doing so
	s.leaveQueue()
	s.Service, s.Top = nil, top
	if r.Exclude != "" {
		s.Excluded, s.Refusers, s.RelaxAt = []AgentID{r.Exclude}, []AgentID{r.Exclude}, r.RelaxAt
	}
	s.wait()
}

func (s *ConversationSnapshot) applyEnded(r ConversationEnded) {
	s.endService(r.At)
	if s.Owner != "" {
		s.LastOwner, s.ReleaseCause = s.Owner, RemovedClosed
	}
	s.State, s.Owner, s.ClosedAt, s.CloseCause = ConversationClosed, "", r.At, r.Cause
	if r.Script != nil {
		s.Script = r.Script
	}
	s.LostAt, s.RequeueAt, s.OnHold, s.WrapupUntil, s.SilentSince = time.Time{}, time.Time{}, false, time.Time{}, time.Time{}
	s.SnoozedUntil = time.Time{}
	s.setQuiet(Quiet{}, r.At)
	s.leaveQueue()
}

func (s *ConversationSnapshot) applyReopened(r ConversationReopened) {
	s.EnqueuedAt, s.QueuedAt, s.ClosedAt, s.CloseCause, s.Script = r.At, r.At, time.Time{}, "", nil
	s.Queue, s.Service, s.Overflows, s.ByWord = r.Queue, nil, nil, r.By != ""
	s.unrate()
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
	waited := s.Delivery(r.Seq) == DeliveryQueued // else it is a change that waits
	s.Deliveries[r.Seq-1] = rankOf(r.State)
	if waited && !r.Stale {
		s.Outbox = slices.DeleteFunc(slices.Clone(s.Outbox), func(seq uint64) bool { return seq == r.Seq })
	}
	if s.LastMessage != nil && s.LastMessage.Seq == r.Seq {
		m := *s.LastMessage
		m.Delivery = r.State
		s.LastMessage = &m
	}
	if r.State == DeliveryRead || r.State == DeliveryFailed {
		s.OutboundIDs = slices.DeleteFunc(slices.Clone(s.OutboundIDs), func(o OutboundID) bool { return o.Seq == r.Seq })
	}
}
