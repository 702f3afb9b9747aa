package dispatch

import (
	"testing"
	"time"
)

// What the simulator (internal/sim) found in the machines, each as the shortest sequence that shows it.

var foundAt = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func activeConversation(t *testing.T) *Conversation {
	t.Helper()
	c := NewConversation(ConversationSnapshot{ID: "cnv_1"})
	for _, m := range []Message{
		OpenConversation{Opened: ConversationOpened{Queue: "que_1", Channel: "chn_1"}, First: InboundChat{ID: "msg_1", Author: Author{Kind: AuthorContact}}},
		Reserved{Offer: "off_1", Agent: "agt_1", Ticket: 1, Until: foundAt.Add(time.Second), Kind: OfferFromQueue},
		AcceptOffer{Offer: "off_1", Agent: "agt_1"},
	} {
		if _, err := c.Step(foundAt, Envelope{Message: m}); err != nil {
			t.Fatalf("%T: %v", m, err)
		}
	}
	return c
}

func TestARepeatOfAPendingTransferGetsNoAnswerOfItsOwn(t *testing.T) {
	c := activeConversation(t)
	from := Address{Kind: "client", ID: "agt_1"}
	start := Envelope{
		From: from, Cause: Cause{Principal: "agt_1", Command: "k1", Hash: 1},
		Message: StartTransfer{ID: "off_2", By: Actor{Agent: "agt_1"}, ToAgent: "agt_2"},
	}
	if _, err := c.Step(foundAt, start); err != nil {
		t.Fatal(err)
	}
	out, err := c.Step(foundAt, start)
	if err != nil || len(out.Sends) != 0 {
		t.Fatalf("the repeat caused %v and %v", out.Sends, err)
	}
	out, err = c.Step(foundAt, Envelope{Message: Refused{Offer: "off_2", Agent: "agt_2", Why: "full"}})
	if err != nil || len(out.Sends) != 1 || out.Sends[0].To != from {
		t.Fatalf("one answer expected: %v, %v", out.Sends, err)
	}
}

func TestWhoRefusedComesLastAlsoOnceThePauseIsOver(t *testing.T) {
	q := NewQueue("que_1")
	for i, a := range []AgentID{"agt_1", "agt_2"} {
		m := Availability{Agent: a, Version: 1, Free: 1, IdleSince: foundAt.Add(time.Duration(i) * time.Second)}
		if _, err := q.Step(foundAt, Envelope{Message: m}); err != nil {
			t.Fatal(err)
		}
	}
	ticket := Ticket{Conversation: "cnv_1", Version: 1, Queue: "que_1", EnqueuedAt: foundAt, Weight: 1, Excluded: []AgentID{"agt_1"}, RelaxAt: foundAt}
	out, err := q.Step(foundAt, Envelope{Message: Enqueue{Ticket: ticket}})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range out.Sends {
		if _, ok := e.Message.(Reserve); ok && e.To != AgentID("agt_2").Address() {
			t.Errorf("%s is asked although agt_2 did not refuse", e.To.ID)
		}
	}
}

func TestATicketThatCameAfterItsDequeueIsTakenBack(t *testing.T) {
	c := activeConversation(t)
	queue := QueueID("que_1").Address()
	out, err := c.Step(foundAt, Envelope{From: queue, Message: Enqueued{Version: 1}})
	if err != nil || len(out.Sends) != 1 {
		t.Fatalf("sends %v, %v", out.Sends, err)
	}
	if d, ok := out.Sends[0].Message.(Dequeue); !ok || d.Version != 1 || out.Sends[0].To != queue {
		t.Errorf("sends %v", out.Sends[0])
	}
}

// The end of the old offer would carry the version of the open one, and an agent that crashed in between would take the
// open one for stale: not adopt it, and give its slot away.
func TestAQuestionAboutAnOldOfferIsAnsweredWithTheOpenOne(t *testing.T) {
	c := NewConversation(ConversationSnapshot{ID: "cnv_1"})
	c.SetRules(Rules{OfferTime: time.Minute})
	for _, m := range []Message{
		OpenConversation{Opened: ConversationOpened{Queue: "que_1", Channel: "chn_1"}, First: InboundChat{ID: "msg_1", Author: Author{Kind: AuthorContact}}},
		Reserved{Offer: "off_1", Agent: "agt_1", Ticket: 1, Until: foundAt.Add(time.Second), Kind: OfferFromQueue},
		DeclineOffer{Offer: "off_1", Agent: "agt_1"},
		Reserved{Offer: "off_2", Agent: "agt_1", Ticket: 4, Until: foundAt.Add(time.Second), Kind: OfferFromQueue, NewRound: true},
	} {
		if _, err := c.Step(foundAt, Envelope{Message: m}); err != nil {
			t.Fatalf("%T: %v", m, err)
		}
	}
	out, err := c.Step(foundAt, Envelope{Message: QueryOffer{Offer: "off_1", Agent: "agt_1"}})
	if err != nil || len(out.Sends) != 1 {
		t.Fatalf("sends %v, %v", out.Sends, err)
	}
	if m, ok := out.Sends[0].Message.(MakeOffer); !ok || m.Offer.ID != "off_2" {
		t.Errorf("answered %v", out.Sends[0].Message)
	}
}

func TestAnOwnerWhoIsBackTellsUntilTheConversationHasSeenIt(t *testing.T) {
	a := NewAgent(AgentSnapshot{ID: "agt_1", Status: StatusReady}, foundAt)
	step := func(now time.Time, m Message) (told int) {
		t.Helper()
		out, err := a.Step(now, Envelope{Message: m})
		if err != nil {
			t.Fatalf("%T: %v", m, err)
		}
		for _, e := range out.Sends {
			if _, ok := e.Message.(OwnerBack); ok {
				told++
			}
		}
		return told
	}
	step(foundAt, AdoptSlots{Slots: []Slot{{Conversation: "cnv_1", Kind: SlotOwned, Version: 4, Weight: 1}}})
	now := foundAt.Add(SuspectTime)
	step(now, Wake{})
	if n := step(now, SessionOpened{Session: "ses_1"}); n != 1 {
		t.Fatalf("told %d times at first", n)
	}
	now = now.Add(RetryPause)
	if at := a.NextDeadline(); at.IsZero() || at.After(now) {
		t.Fatalf("no timer to tell again: %v", at)
	}
	if n := step(now, Wake{}); n != 1 {
		t.Errorf("not told again: the first may be lost")
	}
	if n := step(now, OwnerSeen{Conversation: "cnv_1", Gone: true}); n != 1 {
		t.Errorf("not told again although the conversation takes the owner for gone")
	}
	step(now, OwnerSeen{Conversation: "cnv_1"})
	if n := step(now.Add(time.Minute), Wake{}); n != 0 {
		t.Errorf("told again after it was seen")
	}
}

func TestAReleaseThatOvertakesItsAssignedFreesTheSlot(t *testing.T) {
	a := NewAgent(AgentSnapshot{ID: "agt_1", Status: StatusReady}, foundAt)
	for _, m := range []Message{
		ConfigureAgent{Profile: AgentProfile{Capacity: 1, Queues: []QueueID{"que_1"}}},
		SessionOpened{Session: "ses_1"},
		Reserve{Offer: "off_1", Conversation: "cnv_1", Queue: "que_1", Ticket: 1, Kind: OfferFromQueue, Weight: 1},
		MakeOffer{Offer: Offer{ID: "off_1", Conversation: "cnv_1", Agent: "agt_1", Weight: 1, ExpiresAt: foundAt.Add(time.Minute)}, Version: 3},
		Released{Conversation: "cnv_1", Version: 5},
		Assigned{Head: Head{ID: "cnv_1"}, Version: 4, Offer: "off_1", Weight: 1},
	} {
		if _, err := a.Step(foundAt, Envelope{Message: m}); err != nil {
			t.Fatalf("%T: %v", m, err)
		}
	}
	if len(a.Slots()) != 0 {
		t.Errorf("the release was confirmed, and the slot is still %v", a.Slots())
	}
}

func TestAfterCurrentWaitsUntilACrashedAgentKnowsWhatItHas(t *testing.T) {
	a := NewAgent(AgentSnapshot{ID: "agt_1", Status: StatusReady}, foundAt)
	for _, m := range []Message{
		Recovered{Crashed: true},
		SessionOpened{Session: "ses_1"},
		SetStatus{Status: StatusNotReady, Reason: "lunch", AfterCurrent: true},
		Wake{},
		AdoptSlots{Slots: []Slot{{Conversation: "cnv_1", Kind: SlotOwned, Version: 4, Weight: 1}}},
	} {
		if _, err := a.Step(foundAt, Envelope{Message: m}); err != nil {
			t.Fatalf("%T: %v", m, err)
		}
	}
	if s := a.Snapshot(); s.Status != StatusReady || !s.After {
		t.Errorf("%s (after current: %v) while it owns a conversation", s.Status, s.After)
	}
	if _, err := a.Step(foundAt, Envelope{Message: Released{Conversation: "cnv_1", Version: 5}}); err != nil {
		t.Fatal(err)
	}
	if s := a.Snapshot(); s.Status != StatusNotReady {
		t.Errorf("still %s after the last conversation", s.Status)
	}
}

func TestARepeatedReserveAfterItsEndHoldsNothing(t *testing.T) {
	a := NewAgent(AgentSnapshot{ID: "agt_1"}, foundAt)
	reserve := Reserve{Offer: "off_1", Conversation: "cnv_1", Queue: "que_1", Ticket: 1, Kind: OfferFromQueue, Weight: 1}
	for _, m := range []Message{
		AdoptSlots{}, ConfigureAgent{Profile: AgentProfile{Capacity: 2, Queues: []QueueID{"que_1"}}}, SessionOpened{Session: "ses_1"},
		SetStatus{Status: StatusReady, By: "agt_1"}, reserve,
		OfferEnded{Offer: "off_1", Conversation: "cnv_1", Version: 2, Cause: EndWithdrawn}, reserve,
	} {
		if _, err := a.Step(foundAt, Envelope{Message: m}); err != nil {
			t.Fatalf("%T: %v", m, err)
		}
	}
	if len(a.Slots()) > 0 {
		t.Errorf("holds %v", a.Slots())
	}
}

// Seed 615: the owner had begun to file the conversation, which its agent did not know yet, when all was taken from it; then
// the customer wrote again.
func TestWhatWasTakenWhileItWasFiledLeavesOnceItGoesOn(t *testing.T) {
	head := func(state ConversationState) Head {
		return Head{ID: "cnv_1", State: state, Queue: "que_1", AssignedAt: foundAt}
	}
	for name, goesOn := range map[string]Message{
		"notified": Notify{Head: head(ConversationActive), Version: 6},
		"assigned": Assigned{Head: head(ConversationActive), Version: 6, Weight: 1},
	} {
		a := NewAgent(AgentSnapshot{ID: "agt_1", Status: StatusReady}, foundAt)
		told := 0
		for _, m := range []Message{
			AdoptSlots{Slots: []Slot{{Conversation: "cnv_1", Kind: SlotOwned, Version: 4, Weight: 1, Head: head(ConversationActive)}}},
			ReassignAll{By: "sup"},
			Assigned{Head: head(ConversationWrapup), Version: 5, Weight: 1}, // the answer: it is being filed
			goesOn,
		} {
			out, err := a.Step(foundAt.Add(time.Second), Envelope{Message: m})
			if err != nil {
				t.Fatalf("%T: %v", m, err)
			}
			for _, e := range out.Sends {
				if _, ok := e.Message.(GiveUp); ok {
					told++
				}
			}
		}
		if told != 2 || a.NextDeadline().IsZero() {
			t.Errorf("%s: told %d times to leave, want at the word and once it goes on, and again later (%v)", name, told, a.NextDeadline())
		}
	}
}

// Seeds 5007739 and 5009605: the queue asked one agent, was then told to ask three at once, and asked another one; the second
// one's word came first, and the first one's made two ring where one was to.
func TestWhoWasAskedAloneDoesNotRingBesideAnother(t *testing.T) {
	c := NewConversation(ConversationSnapshot{ID: "cnv_1"})
	opened := OpenConversation{Opened: ConversationOpened{Queue: "que_1", Channel: "chn_1"}, First: InboundChat{ID: "msg_1", Author: Author{Kind: AuthorContact}}}
	if _, err := c.Step(foundAt, Envelope{Message: opened}); err != nil {
		t.Fatal(err)
	}
	until := foundAt.Add(time.Second)
	offers := func(m Reserved) (made, dequeued bool) {
		t.Helper()
		m.Queue, m.Until, m.Kind = "que_1", until, OfferFromQueue
		out, err := c.Step(foundAt, Envelope{Message: m})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range out.Sends {
			d, is := e.Message.(Dequeue)
			dequeued = dequeued || is && d.Version == c.s.Placed
		}
		return c.s.offerTo(m.Agent) != nil, dequeued
	}
	ticket := c.s.Placed
	if made, _ := offers(Reserved{Offer: "off_2", Agent: "agt_2", Ticket: ticket, Parallel: 3}); !made {
		t.Fatal("no offer to the one of three")
	}
	if made, _ := offers(Reserved{Offer: "off_1", Agent: "agt_1", Ticket: ticket}); made {
		t.Error("who was asked alone rings beside another")
	}
	if made, dequeued := offers(Reserved{Offer: "off_3", Agent: "agt_3", Ticket: c.s.Placed}); made || dequeued {
		t.Errorf("asked alone for the ticket of now: offered %v, ticket taken out %v", made, dequeued)
	}
	if made, _ := offers(Reserved{Offer: "off_4", Agent: "agt_4", Ticket: c.s.Placed, Parallel: 3}); !made {
		t.Error("no second offer to one of three")
	}
}

// Seed 8013031: two agents had the conversation open, a third one was turned away, one of the two left, and the third one's
// reservation arrived again. It had been told that it is free, and was asked for something else.
func TestAReservationThatWasTurnedAwayDoesNotRingLater(t *testing.T) {
	c := NewConversation(ConversationSnapshot{ID: "cnv_1"})
	step := func(m Message) {
		t.Helper()
		if _, err := c.Step(foundAt, Envelope{Message: m}); err != nil {
			t.Fatal(err)
		}
	}
	offers := func(agent AgentID, offer OfferID, ticket uint64) bool {
		t.Helper()
		step(Reserved{Offer: offer, Agent: agent, Ticket: ticket, Parallel: 2, Queue: "que_1", Until: foundAt.Add(time.Second), Kind: OfferFromQueue})
		return c.s.offerTo(agent) != nil
	}
	step(OpenConversation{Opened: ConversationOpened{Queue: "que_1", Channel: "chn_1"}, First: InboundChat{ID: "msg_1", Author: Author{Kind: AuthorContact}}})
	ticket := c.s.Placed
	if !offers("agt_1", "off_1", ticket) || !offers("agt_2", "off_2", ticket) || offers("agt_3", "off_3", ticket) {
		t.Fatal("not the first two have it open")
	}
	step(WithdrawOffer{Offer: "off_1", Agent: "agt_1", Cause: EndWithdrawn})
	if offers("agt_3", "off_3", ticket) {
		t.Error("it rings at the one who was turned away")
	}
	if !offers("agt_4", "off_4", c.s.Placed) {
		t.Error("it does not ring at who is asked now")
	}
	step(WithdrawOffer{Offer: "off_2", Agent: "agt_2", Cause: EndWithdrawn})
	step(WithdrawOffer{Offer: "off_4", Agent: "agt_4", Cause: EndWithdrawn})
	if offers("agt_3", "off_3", ticket) {
		t.Error("it rings there once nobody else has it open")
	}
}

// Seed 8002831: an offer showed what the contact had said last when it was made, the contact wrote again, and a supervisor took
// out the former message.
func TestAnOfferDoesNotShowWhatIsRedacted(t *testing.T) {
	c := NewConversation(ConversationSnapshot{ID: "cnv_1"})
	step := func(m Message) Outcome {
		t.Helper()
		out, err := c.Step(foundAt, Envelope{Message: m})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	contact := Author{Kind: AuthorContact}
	step(OpenConversation{Opened: ConversationOpened{Queue: "que_1", Channel: "chn_1"}, First: InboundChat{ID: "msg_1", Author: contact, Text: "4111 1111"}})
	step(Reserved{Offer: "off_1", Agent: "agt_1", Ticket: c.s.Placed, Queue: "que_1", Until: foundAt.Add(time.Second), Kind: OfferFromQueue})
	step(ReceiveMessage{Inbound: InboundChat{ID: "msg_2", Author: contact, Text: "my card"}})
	if c.s.Offer == nil || c.s.Offer.LastText != "4111 1111" {
		t.Fatalf("the offer is %+v", c.s.Offer)
	}
	out := step(RedactMessage{By: Actor{Agent: "agt_2", Supervisor: true}, Message: Chat{ID: "msg_1", Seq: 1, Author: contact, Text: "4111 1111"}, Reason: "secret"})
	told := false
	for _, e := range out.Sends {
		m, is := e.Message.(MakeOffer)
		told = told || is && m.Offer.LastText == "my card"
	}
	if c.s.Offer.LastText != "my card" || !told {
		t.Errorf("it shows %q, and the agent is told: %v", c.s.Offer.LastText, told)
	}
}

// Seeds 30015280 and 30022550: an agent crashed, and a word to its former self that it had a conversation arrived again, from
// before that one had left it. It took a place for good.
func TestAnAgentThatCrashedKeepsNothingThatStorageDoesNotHave(t *testing.T) {
	a := NewAgent(AgentSnapshot{ID: "agt_1", Status: StatusReady}, foundAt)
	step := func(m Message) (removed []ConversationID) {
		t.Helper()
		out, err := a.Step(foundAt, Envelope{Message: m})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range out.Events {
			if gone, is := e.(EventRemoved); is {
				removed = append(removed, gone.Conversation)
			}
		}
		return removed
	}
	head := func(id ConversationID) Head {
		return Head{ID: id, State: ConversationActive, Owner: "agt_1", AssignedAt: foundAt}
	}
	step(Recovered{Crashed: true})
	step(ConfigureAgent{Profile: AgentProfile{Capacity: 3}})
	step(SessionOpened{Session: "ses_1"})
	step(Assigned{Head: head("cnv_1"), Version: 4, Weight: 1})
	step(Assigned{Head: head("cnv_2"), Version: 7, Weight: 1})
	removed := step(AdoptSlots{Slots: []Slot{{Conversation: "cnv_2", Kind: SlotOwned, Version: 7, Weight: 1, Head: head("cnv_2")}}})
	if len(removed) != 1 || removed[0] != "cnv_1" || a.Load(foundAt) != 1 {
		t.Errorf("removed %v, and carries %d", removed, a.Load(foundAt))
	}
	step(Assigned{Head: head("cnv_1"), Version: 4, Weight: 1})
	if a.Load(foundAt) != 1 {
		t.Error("the same word again is believed")
	}
}

// Seed 40092387: a queue that crashed heard of the conversation again after its rule was due and before it was woken.
func TestWhatIsDueIsNotPutOffByAWordThatArrivesBefore(t *testing.T) {
	q := NewQueue("que_1")
	step := func(after time.Duration, m Message) (overflows int) {
		t.Helper()
		out, err := q.Step(foundAt.Add(after), Envelope{Message: m})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range out.Sends {
			if _, is := e.Message.(OverflowTicket); is {
				overflows++
			}
		}
		return overflows
	}
	s := DefaultQueueSettings()
	s.Overflow = []OverflowRule{{Trigger: OverflowWait, After: 5 * time.Second, Action: OverflowMessage, Text: "wait"}}
	ticket := Ticket{Conversation: "cnv_1", Version: 1, Queue: "que_1", EnqueuedAt: foundAt, Since: foundAt, Weight: 1}
	step(0, ConfigureQueue{Settings: s})
	step(0, LoadQueue{Tickets: []Ticket{ticket}})
	n := step(6*time.Second, Enqueue{Ticket: ticket})
	if n += step(6*time.Second, Wake{}); n != 1 {
		t.Errorf("told %d times that its rule is due", n)
	}
}

// Seed 5008581: the queue's settings stopped reopening while the last owner was asked.
func TestNothingIsReopenedByRulesThatAreNoMore(t *testing.T) {
	c := activeConversation(t)
	owner := Actor{Agent: "agt_1"}
	step := func(m Message) Outcome {
		t.Helper()
		out, err := c.Step(foundAt, Envelope{From: Address{Kind: "client", ID: "agt_1"}, Cause: Cause{Principal: "agt_1", Command: "k2", Hash: 1}, Message: m})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	step(CloseConversation{By: owner})
	step(ReopenConversation{ID: "off_2", By: owner})
	rules := DefaultRules()
	rules.ReopenWindow = 0
	c.SetRules(rules)
	out := step(Reserved{Offer: "off_2", Agent: "agt_1", Queue: "que_1", Until: foundAt.Add(time.Second), Kind: OfferReopen})
	refused := false
	for _, e := range out.Sends {
		a, is := e.Message.(Answer)
		refused = refused || is && a.Err != nil && a.Err.Code == CodeConversationClosed && a.Err.Detail == "too_late"
	}
	if !refused || c.s.State != ConversationClosed {
		t.Errorf("is %s, answered %+v", c.s.State, out.Sends)
	}
}
