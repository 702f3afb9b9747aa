package sim

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"pronto/dispatch"
)

// transitions is dispatch's table by the type of the record.
var transitions = func() map[string][]dispatch.Transition {
	m := map[string][]dispatch.Transition{}
	for _, t := range dispatch.Transitions {
		m[t.Record] = append(m[t.Record], t)
	}
	return m
}()

func nameOf(r any) string { return reflect.TypeOf(r).Name() }

// commitConversation folds records that became durable into the model and checks each on its way.
func (s *Sim) commitConversation(id dispatch.ConversationID, records []dispatch.Record) {
	c := s.model.conv(id)
	c.touched = true
	before := c.s.Owner
	epochBefore := c.s.Epoch
	s.model.unhold(c)
	s.checkOpening(id, records)
	s.checkTexts(c, records)
	for _, r := range records {
		cr, ok := r.(dispatch.ConversationRecord)
		if !ok {
			s.fail("I21", id.Address(), "record %T does not belong to a conversation", r)
		}
		s.trace(id.Address(), noteRecord, r, c.s.Version)
		s.noteOverflow(c, cr, records)
		s.checkRecord(c, cr)
		s.webhooks.committed(id, c.s.Version, cr)
	}
	s.model.hold(c)
	if s.clock < c.clock {
		s.fail("I21", id.Address(), "time goes back from %v to %v", time.Duration(c.clock), time.Duration(s.clock))
	}
	c.clock = s.clock
	s.checkConversation(c, before, epochBefore)
}

// checkRecord checks one record against the state before it, applies it, and looks at the state after.
func (s *Sim) checkRecord(c *convModel, r dispatch.ConversationRecord) {
	who := c.s.ID.Address()
	if a, ok := r.(dispatch.CommandAnswered); ok {
		s.checkFirstAnswer(who, a)
		c.s.Apply(r)
		return
	}
	s.checkFacts(c, r)
	s.checkWords(c, r)
	s.checkMarks(c, r)
	s.checkRating(c, r)
	s.checkChange(c, r)
	from, place := c.s.State, c.s.EnqueuedAt
	c.s.Apply(r)
	s.checkPlaceKept(c, r, place)
	ok := slices.ContainsFunc(transitions[nameOf(r)], func(t dispatch.Transition) bool {
		return slices.Contains(t.From, from) && (c.s.State == t.To || (t.To == "" && c.s.State == from))
	})
	if !ok {
		s.fail("I2", who, "%s from %q to %q is not in the table", nameOf(r), from, c.s.State)
	}
}

// checkPlaceKept: only a first message gives a place in the queue; whatever happens to offers, it stays.
func (s *Sim) checkPlaceKept(c *convModel, r dispatch.ConversationRecord, place time.Time) {
	switch r.(type) {
	case dispatch.ConversationOpened, dispatch.ConversationReopened:
	default:
		if !c.s.EnqueuedAt.Equal(place) {
			s.fail("I10", c.s.ID.Address(), "%s moves its place in the queue from %s to %s", nameOf(r), place, c.s.EnqueuedAt)
		}
	}
}

func (s *Sim) checkFirstAnswer(who dispatch.Address, a dispatch.CommandAnswered) {
	k := commandKey{a.Cause.Principal, a.Cause.Command}
	if first, ok := s.model.answers[k]; ok {
		s.fail("I6", who, "command %s of %s answered twice: first %s, then %s", k.command, k.principal, answerText(first.Reply, first.Err), answerText(a.Reply, a.Err))
	}
	s.model.answer(a)
}

// checkFacts checks what a record says, before it is applied.
func (s *Sim) checkFacts(c *convModel, r dispatch.ConversationRecord) {
	switch r := r.(type) {
	case dispatch.MessageAppended:
		s.checkMessage(c, r)
	case dispatch.NoteAdded:
		s.checkEffect(c, r.Note.Text)
	case dispatch.OfferMade:
		s.checkOfferMade(c, r)
	case dispatch.OfferAccepted:
		s.checkAccepted(c, r)
	case dispatch.OfferDeclined:
		s.endOffer(c, r.Offer, r)
	case dispatch.OfferExpired:
		o := c.s.OfferByID(r.Offer)
		if o != nil && s.now.Before(o.ExpiresAt) {
			s.fail("I7", c.s.ID.Address(), "offer %s expired before its deadline %s", o.ID, o.ExpiresAt)
		}
		s.endOffer(c, r.Offer, r)
	case dispatch.OfferWithdrawn:
		s.endOffer(c, r.Offer, r)
	case dispatch.ConversationAssigned:
		s.checkEpoch(c, r.Epoch)
	case dispatch.ConversationTakenOver:
		s.checkTakenOver(c, r)
	case dispatch.DeliveryChanged:
		if rank(r.State) <= rank(c.s.Delivery(r.Seq)) {
			s.fail("I17", c.s.ID.Address(), "delivery of %d goes back from %q to %q", r.Seq, c.s.Delivery(r.Seq), r.State)
		}
	case dispatch.MessagesSeen:
		s.checkSeen(c, r)
	case dispatch.ConversationOpened:
		s.checkOnlyOpen(c, r.Channel, r.Contact.ID)
		s.model.last[contactKey{r.Channel, r.Contact.ID}] = c.s.ID // the one that was opened last, whatever was reopened since
	case dispatch.ConversationReopened:
		s.checkReopened(c, r)
		s.checkOnlyOpen(c, c.s.Channel, c.s.Contact.ID)
	case dispatch.ConversationEnded:
		s.checkScript(c, r)
		delete(s.model.open, contactKey{c.s.Channel, c.s.Contact.ID})
	}
}

// checkSeen: a receipt moves forward what it moves, and moves something.
func (s *Sim) checkSeen(c *convModel, r dispatch.MessagesSeen) {
	after := c.s
	after.Deliveries = slices.Clone(c.s.Deliveries)
	after.Apply(r)
	moved := false
	for n := range c.s.LastSeq {
		was, is := c.s.Delivery(n+1), after.Delivery(n+1)
		moved = moved || was != is
		if rank(is) < rank(was) || n >= r.Seq && was != is {
			s.fail("I17", c.s.ID.Address(), "delivery of %d goes from %q to %q by a receipt up to %d", n+1, was, is, r.Seq)
		}
	}
	if !moved {
		s.fail("I17", c.s.ID.Address(), "a receipt up to %d that moves nothing is recorded", r.Seq)
	}
}

func rank(d dispatch.DeliveryState) int {
	return slices.Index([]dispatch.DeliveryState{"", dispatch.DeliveryQueued, dispatch.DeliverySent, dispatch.DeliveryDelivered, dispatch.DeliveryRead, dispatch.DeliveryFailed}, d)
}

func (s *Sim) checkOnlyOpen(c *convModel, channel dispatch.ChannelID, contact dispatch.ContactID) {
	k := contactKey{channel, contact}
	if into := s.model.merged[contact]; into != "" {
		s.fail("I18", c.s.ID.Address(), "it opens for %s, which is merged into %s", contact, into)
	}
	if other, ok := s.model.open[k]; ok && other != c.s.ID {
		s.fail("I18", c.s.ID.Address(), "%s on %s has %s open already", contact, channel, other)
	}
	s.model.open[k] = c.s.ID
}

func (s *Sim) checkMessage(c *convModel, r dispatch.MessageAppended) {
	who, m := c.s.ID.Address(), r.Message
	if m.Seq != c.s.LastSeq+1 {
		s.fail("I13", who, "message %d after %d", m.Seq, c.s.LastSeq)
	}
	c.messages = append(c.messages, m)
	s.checkSaid(c, r)
	if m.Author.Kind == dispatch.AuthorContact && m.External != "" {
		k := externalKey{c.s.Channel, m.External}
		if first, ok := s.model.externals[k]; ok {
			s.fail("I14", who, "external id %s was message %d of %s already", m.External, first.Seq, first.Conversation)
		}
		s.model.externals[k] = dispatch.ReplyInbound{Conversation: c.s.ID, Message: m.ID, Created: m.Seq == 1, Seq: m.Seq}
		s.model.received = append(s.model.received, k)
		return
	}
	s.checkEffect(c, m.Text)
	s.reportsFor(c.s.ID, m.Seq)
}

// checkEffect: the text of every message and note in the simulation names its command.
func (s *Sim) checkEffect(c *convModel, text string) {
	if !strings.HasPrefix(text, "cmd:") {
		return
	}
	if first, ok := s.model.effects[text]; ok {
		s.fail("I14", c.s.ID.Address(), "%s had its effect already, in %s", text, first.ID)
	}
	s.model.effects[text] = c.s.ID.Address()
}

func (s *Sim) checkOfferMade(c *convModel, r dispatch.OfferMade) {
	who, o := c.s.ID.Address(), r.Offer
	s.checkBeside(c, r)
	if s.model.offers[o.ID] != nil {
		s.fail("I7", who, "offer %s is made again", o.ID)
	}
	if !s.now.Before(o.ExpiresAt) {
		s.fail("I7", who, "offer %s is born dead", o.ID)
	}
	s.trace(who, noteOther, "offer "+string(o.Kind), 0)
	if (o.Kind == dispatch.OfferFromQueue || o.Kind == dispatch.OfferAuto) && slices.Contains(c.s.Excluded, o.Agent) {
		if !r.NewRound || s.now.Before(c.s.RelaxAt) {
			s.fail("I9", who, "%s refused in this round and gets it again before %s (new round %v)", o.Agent, c.s.RelaxAt, r.NewRound)
		}
	}
	if (o.Kind == dispatch.OfferFromQueue || o.Kind == dispatch.OfferAuto || r.Why != nil) && (r.Why == nil || len(r.Why.Candidates) == 0 || r.Why.Candidates[0].Agent != o.Agent) {
		s.fail("why", who, "offer %s to %s is stored with the decision %+v", o.ID, o.Agent, r.Why)
	}
	m := &offerModel{offer: o}
	s.model.offers[o.ID] = m
	s.model.openOffer = append(s.model.openOffer, m)
}

// endOffer checks that an offer ends once, and that it was the open one.
func (s *Sim) endOffer(c *convModel, id dispatch.OfferID, r dispatch.Record) {
	m := s.model.offers[id]
	switch {
	case m == nil:
		s.fail("I7", c.s.ID.Address(), "%s for offer %s that was never made", nameOf(r), id)
	case m.ended != "":
		s.fail("I7", c.s.ID.Address(), "%s for offer %s that ended with %s", nameOf(r), id, m.ended)
	case c.s.OfferByID(id) == nil:
		s.fail("I7", c.s.ID.Address(), "%s for offer %s that is not open", nameOf(r), id)
	}
	m.ended = nameOf(r)
	s.model.dropOpenOffer(m)
}

func (s *Sim) checkAccepted(c *convModel, r dispatch.OfferAccepted) {
	who := c.s.ID.Address()
	if o := c.s.OfferByID(r.Offer); o != nil && (o.Agent != r.Agent || !s.now.Before(o.ExpiresAt)) {
		s.fail("I6", who, "offer %s to %s until %s is accepted by %s", o.ID, o.Agent, o.ExpiresAt, r.Agent)
	}
	s.endOffer(c, r.Offer, r)
	s.checkEpoch(c, r.Epoch)
}

func (s *Sim) checkEpoch(c *convModel, epoch uint64) {
	if epoch != c.s.Epoch+1 {
		s.fail("I1", c.s.ID.Address(), "epoch %d after %d", epoch, c.s.Epoch)
	}
}

// checkConversation looks at a conversation after a decision became durable.
func (s *Sim) checkConversation(c *convModel, owner dispatch.AgentID, epoch uint64) {
	who := c.s.ID.Address()
	owned := c.s.State == dispatch.ConversationActive || c.s.State == dispatch.ConversationWrapup
	if owned != (c.s.Owner != "") {
		s.fail("I11", who, "state %q with owner %q", c.s.State, c.s.Owner)
	}
	if c.s.Owner != owner && c.s.Owner != "" && c.s.Epoch <= epoch {
		s.fail("I1", who, "owner changed from %q to %q within epoch %d", owner, c.s.Owner, epoch)
	}
	if (c.s.State == dispatch.ConversationOffered) != (c.s.Offer != nil && c.s.Offer.Kind == dispatch.OfferFromQueue) {
		s.fail("I3", who, "state %q with offer %v", c.s.State, c.s.Offer)
	}
	s.checkRated(c)
	agents, _ := c.holds()
	for _, id := range agents {
		s.checkCapacity(id)
	}
}

// checkCapacity: the durable load stays under the ceiling, resting conversations included, unless the ceiling was lowered
// below it.
func (s *Sim) checkCapacity(id dispatch.AgentID) {
	a := s.model.agent(id)
	if a.load > a.allowed {
		s.fail("I4", id.Address(), "load %d of %v over the ceiling %d", a.load, a.holds, a.allowed)
	}
	if a.open > dispatch.MaxOpenOffers {
		s.fail("I7", id.Address(), "%d open offers: %v", a.open, a.holds)
	}
}

// checkAfterCurrent: who goes not ready after the current conversations has none left then. A command of the same
// moment is the agent's own word.
func (s *Sim) checkAfterCurrent(a *agentModel, records []dispatch.Record) {
	command := slices.ContainsFunc(records, func(r dispatch.Record) bool { _, ok := r.(dispatch.CommandAnswered); return ok })
	changed, ok := records[0].(dispatch.AgentStatusChanged)
	if !ok || command || !a.s.After || changed.By != a.s.ID {
		return
	}
	for _, id := range s.model.order {
		if h, held := a.holds[id]; held && !h.offer && !h.asleep {
			s.fail("I5", a.s.ID.Address(), "goes not ready after the current conversations, and still owns %s", id)
		}
	}
}

// commitAgent folds the records of an agent into the model.
func (s *Sim) commitAgent(id dispatch.AgentID, records []dispatch.Record) {
	a := s.model.agent(id)
	a.touched = true
	s.checkAfterCurrent(a, records)
	for _, r := range records {
		ar, ok := r.(dispatch.AgentRecord)
		if !ok {
			s.fail("I21", id.Address(), "record %T does not belong to an agent", r)
		}
		s.trace(id.Address(), noteRecord, r, a.s.Version)
		if answered, ok := r.(dispatch.CommandAnswered); ok {
			s.checkFirstAnswer(id.Address(), answered)
		}
		s.checkPresence(a, ar)
		a.s.Apply(ar)
	}
}
