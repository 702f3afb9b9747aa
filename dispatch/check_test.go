package dispatch

import (
	"fmt"
	"reflect"
	"slices"
	"time"
)

// checkedConversation is a conversation whose every step is compared with the table of transitions, with the fold of
// its records, and with what a refusal promises.
type checkedConversation struct {
	*Conversation
	folded ConversationSnapshot // the fold of all records so far; it shares nothing with the machine
	model  model
	stay   Stay         // followed through the records alone
	view   followerView // of somebody who follows from the first step on
	shown  bool         // the events of followers are part of the outcome
}

func newChecked(id ConversationID) *checkedConversation {
	return &checkedConversation{Conversation: NewConversation(ConversationSnapshot{ID: id}), folded: ConversationSnapshot{ID: id}}
}

// stored is the recorded state as storage would give it back: it shares no memory with the fold that goes on.
func (c *checkedConversation) stored() ConversationSnapshot {
	s := c.folded
	s.Deliveries, s.UnreadSeqs = slices.Clone(s.Deliveries), slices.Clone(s.UnreadSeqs)
	s.OutboundIDs, s.Outbox = slices.Clone(s.OutboundIDs), slices.Clone(s.Outbox)
	s.Ended, s.Handed = slices.Clone(s.Ended), slices.Clone(s.Handed)
	s.More = slices.Clone(s.More)
	s.Excluded, s.Refusers = slices.Clone(s.Excluded), slices.Clone(s.Refusers)
	return s
}

// step is Step with all checks; bad says what was broken.
func (c *checkedConversation) step(now time.Time, e Envelope) (out Outcome, err error, bad error) {
	c.SetFollowed(true)
	before, state, epoch := "", c.s.State, c.s.Epoch
	if !neverRefusedByConversation(e.Message) {
		before = dump(c.Conversation)
	}
	check := &c.folded
	out, err = c.Step(now, e)
	if err != nil {
		return out, err, c.refusedCleanly(err, out, before)
	}
	if bad := c.view.fold(out.Events, c.Head()); bad != nil {
		return out, nil, bad
	}
	if !c.shown {
		out.Events = nil
	}
	told := []EndedWait{} // by the messages of this step
	for _, e := range out.Sends {
		switch m := e.Message.(type) {
		case Answered:
			if !m.At.IsZero() {
				told = append(told, EndedWait{Queue: QueueID(e.To.ID), From: m.At.Add(-m.Wait), At: m.At, How: WaitAnswered})
			}
		case Abandoned:
			told = append(told, EndedWait{Queue: QueueID(e.To.ID), From: m.At.Add(-m.Wait), At: m.At, How: WaitAbandoned})
		}
	}
	logged := []EndedWait{} // by the records
	for _, r := range out.Records {
		record := r.(ConversationRecord)
		if w, over := c.stay.Follow(r); over && w.How != WaitOther {
			logged = append(logged, w)
		}
		check.Apply(record)
		if !allowed(state, record, check.State) {
			return out, nil, fmt.Errorf("%T led from %q to %q: not in the table", r, state, check.State)
		}
		state = check.State
		for _, bad := range []error{soundConversation(check), c.model.observe(record), c.model.agrees(check)} {
			if bad != nil {
				return out, nil, fmt.Errorf("after %T: %w", r, bad)
			}
		}
	}
	switch {
	case c.stay != check.Stay():
		return out, nil, fmt.Errorf("by its records it stays in %+v, by its state in %+v", c.stay, check.Stay())
	case !slices.Equal(someTime(told), someTime(logged)):
		return out, nil, fmt.Errorf("queues are told of the waits %+v, the records say %+v", told, logged)
	case len(out.Records) > 0 && dump(check) != dump(c.Snapshot()):
		return out, nil, fmt.Errorf("the fold of the records is not the state:\n%s\n%s", dump(check), dump(c.Snapshot()))
	case c.s.Epoch < epoch:
		return out, nil, fmt.Errorf("the epoch went back from %d to %d", epoch, c.s.Epoch)
	}
	return out, nil, nil
}

// someTime leaves out waits without a length: whoever reopens its own conversation has it in the same moment.
func someTime(list []EndedWait) []EndedWait {
	return slices.DeleteFunc(list, func(w EndedWait) bool { return w.From.Equal(w.At) })
}

func (c *checkedConversation) refusedCleanly(err error, out Outcome, before string) error {
	if _, ok := err.(*Error); !ok { //nolint:errorlint // the contract is the very type
		return fmt.Errorf("refused with %T", err)
	}
	if len(out.Records)+len(out.Sends)+len(out.Events) > 0 {
		return fmt.Errorf("refused with an outcome: %v", out)
	}
	if after := dump(c.Conversation); after != before {
		return fmt.Errorf("refused (%w) but changed:\n%s\n%s", err, before, after)
	}
	return nil
}

// neverRefusedByConversation lists the messages of the protocol that are never errors; the rest is worth a costly look.
func neverRefusedByConversation(m Message) bool {
	switch m.(type) {
	case Reserved, Refused, MoveToQueue, OverflowTicket, PlaceChanged, WithdrawOffer, QueryOffer, Enqueued, ReleaseSeen, OwnerGone, OwnerBack, GiveUp, Wake, Recovered:
		return true
	}
	return false
}

func neverRefusedByAgent(m Message) bool {
	switch m.(type) {
	case ConfigureAgent, SessionOpened, SessionClosed, AskAvailability, AvailabilitySeen, Reserve, MakeOffer, OfferEnded, Assigned, Released, Notify, OwnerSeen, AdoptSlots, Recovered, Wake:
		return true
	}
	return false
}

// allowed looks a record up in the table.
func allowed(from ConversationState, r ConversationRecord, to ConversationState) bool {
	name := reflect.TypeOf(r).Name()
	for _, t := range Transitions {
		if t.Record == name && slices.Contains(t.From, from) && (t.To == to || t.To == "" && from == to) {
			return true
		}
	}
	return false
}

// soundConversation checks what must hold in every recorded state, after every single record.
func soundConversation(s *ConversationSnapshot) error {
	owned := s.State == ConversationActive || s.State == ConversationWrapup
	switch {
	case owned != (s.Owner != ""):
		return fmt.Errorf("state %q with owner %q", s.State, s.Owner)
	case s.State == ConversationOffered && (s.Offer == nil || !s.Offer.Kind.forMembers()):
		return fmt.Errorf("offered without an offer")
	case s.Offer != nil && s.State != ConversationOffered && (s.State != ConversationActive || s.Offer.Kind != OfferTransfer):
		return fmt.Errorf("an offer of kind %s in state %q", s.Offer.Kind, s.State)
	case len(s.More) > 0 && (s.State != ConversationOffered || s.Offer == nil || len(slices.Compact(slices.Sorted(slices.Values(s.addressees())))) != 1+len(s.More)):
		return fmt.Errorf("offers to %v in state %q", s.addressees(), s.State)
	case uint64(len(s.Deliveries)) != s.LastSeq:
		return fmt.Errorf("%d delivery states for %d messages", len(s.Deliveries), s.LastSeq)
	case s.ReadSeq > s.LastSeq:
		return fmt.Errorf("read %d of %d", s.ReadSeq, s.LastSeq)
	case !s.RequeueAt.IsZero() && (s.LostAt.IsZero() || s.State != ConversationActive):
		return fmt.Errorf("a requeue is planned in state %q, owner lost since %v", s.State, s.LostAt)
	case s.OnHold && s.State != ConversationActive:
		return fmt.Errorf("on hold in state %q", s.State)
	case !s.WrapupUntil.IsZero() && s.State != ConversationWrapup:
		return fmt.Errorf("wrap-up ends at %v in state %q", s.WrapupUntil, s.State)
	case s.State == ConversationClosed == s.ClosedAt.IsZero():
		return fmt.Errorf("state %q closed at %v", s.State, s.ClosedAt)
	}
	return nil
}

// checkedAgent is the same for an agent.
type checkedAgent struct {
	*Agent
	folded AgentSnapshot
	desk   map[string]bool // what the events have put on the agent's screen
}

func newCheckedAgent(id AgentID, now time.Time) *checkedAgent {
	a := NewAgent(AgentSnapshot{ID: id}, now)
	return &checkedAgent{Agent: a, folded: *a.Snapshot(), desk: map[string]bool{}}
}

func (a *checkedAgent) step(now time.Time, e Envelope) (out Outcome, err error, bad error) {
	before := ""
	if !neverRefusedByAgent(e.Message) {
		before = dump(a.Agent)
	}
	out, err = a.Step(now, e)
	if err != nil {
		if after := dump(a.Agent); after != before || len(out.Records)+len(out.Sends)+len(out.Events) > 0 {
			return out, err, fmt.Errorf("refused (%w) but changed:\n%s\n%s", err, before, after)
		}
		return out, err, nil
	}
	for _, r := range out.Records {
		a.folded.Apply(r.(AgentRecord))
	}
	if dump(a.folded) != dump(*a.Snapshot()) {
		return out, nil, fmt.Errorf("the fold of the records is not the state:\n%v\n%v", a.folded, *a.Snapshot())
	}
	if _, ok := e.Message.(AdoptSlots); ok { // sessions take a snapshot
		a.desk = a.screen()
	}
	if bad := a.showEvents(out.Events); bad != nil {
		return out, nil, bad
	}
	return out, nil, a.sound()
}

// screen is what a snapshot of this agent would show: the offers that are open and the conversations that are owned.
func (a *checkedAgent) screen() map[string]bool {
	shown := map[string]bool{}
	for i := range a.slots {
		switch s := &a.slots[i]; {
		case s.Kind == SlotOwned:
			shown[string(s.Conversation)] = true
		case s.Shown():
			shown["offer "+string(s.Offer.ID)] = true
		}
	}
	return shown
}

// showEvents follows the events as a client does: nothing is shown twice, nothing goes that was not there, and at the end
// of every step the screen is what a snapshot would show (I24).
func (a *checkedAgent) showEvents(events []Event) error {
	set := func(what string, on bool) error {
		if a.desk[what] == on {
			return fmt.Errorf("the screen of %s already has %s: %v", a.s.ID, what, on)
		}
		a.desk[what] = on
		return nil
	}
	for _, e := range events {
		var bad error
		switch e := e.(type) {
		case EventOfferCreated:
			bad = set("offer "+string(e.Offer.ID), true)
		case EventOfferEnded:
			bad = set("offer "+string(e.Offer), false)
		case EventAssigned:
			bad = set(string(e.Head.ID), true)
		case EventRemoved:
			bad = set(string(e.Conversation), false)
		}
		if bad != nil {
			return bad
		}
	}
	screen := a.screen()
	for what, on := range a.desk {
		if on != screen[what] {
			return fmt.Errorf("the screen of %s shows %s: %v, a snapshot says %v", a.s.ID, what, on, screen[what])
		}
	}
	for what := range screen {
		if !a.desk[what] {
			return fmt.Errorf("the screen of %s lacks %s", a.s.ID, what)
		}
	}
	return nil
}

// sound checks an agent's slots: in order, one per conversation.
func (a *checkedAgent) sound() error {
	for i := 1; i < len(a.slots); i++ {
		if a.slots[i-1].Conversation >= a.slots[i].Conversation {
			return fmt.Errorf("slots out of order: %v", a.slots)
		}
	}
	for i := range a.slots {
		if s := &a.slots[i]; s.Kind != SlotOwned && s.askAt.IsZero() {
			return fmt.Errorf("the slot of %s is never asked about", s.Conversation)
		}
	}
	return nil
}
