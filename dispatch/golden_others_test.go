package dispatch

import "time"

func queueOffer(id OfferID, c ConversationID) Offer {
	return Offer{ID: id, Conversation: c, Agent: "ana", Kind: OfferFromQueue, Queue: "q1", Weight: 1, ExpiresAt: t0.Add(30 * time.Second), MaxMisses: 2, Attempt: 1}
}

func ownedHead(c ConversationID) Head {
	return Head{ID: c, State: ConversationActive, Queue: "q1", Owner: "ana", Version: 4, LastSeq: 1}
}

var (
	nowReady = SetStatus{Status: StatusReady, By: "ana"}
	reserve1 = Reserve{Offer: "o1", Conversation: "c1", Queue: "q1", Ticket: 1, Kind: OfferFromQueue, Weight: 1}
	offer1   = MakeOffer{Offer: queueOffer("o1", "c1"), Version: 3}
	own1     = Assigned{Head: ownedHead("c1"), Version: 4, Offer: "o1", Weight: 1}
	connect  = SessionOpened{Session: "s"}
)

// agentStates lists what leads to each state from a configured agent of capacity 2 in q1.
var agentStates = map[string][]any{
	"offline":            {},
	"not_ready":          {connect},
	"ready":              {connect, nowReady},
	"reserved":           {connect, nowReady, reserve1},
	"reserved_overdue":   {connect, nowReady, reserve1, ReserveHold},
	"offered":            {connect, nowReady, reserve1, offer1},
	"offered_unanswered": {connect, nowReady, reserve1, offer1, 32 * time.Second},
	"offered_suspect":    {connect, nowReady, reserve1, offer1, SessionClosed{Session: "s"}, SuspectOfferTime},
	"offered_leaving":    {connect, nowReady, reserve1, offer1, SetStatus{Status: StatusNotReady, By: "ana"}},
	"offered_hidden":     {connect, nowReady, reserve1, SetStatus{Status: StatusNotReady, By: "ana"}, offer1},
	"offered_missed_one": {
		connect, nowReady, reserve1, offer1,
		OfferEnded{Offer: "o1", Conversation: "c1", Version: 4, Cause: EndExpired},
		Reserve{Offer: "o2", Conversation: "c1", Queue: "q1", Ticket: 4, Kind: OfferFromQueue, Weight: 1},
		MakeOffer{Offer: queueOffer("o2", "c1"), Version: 5},
	},
	"owner":       {connect, nowReady, reserve1, offer1, own1},
	"owner_after": {connect, nowReady, reserve1, offer1, own1, SetStatus{Status: StatusNotReady, Reason: "lunch", By: "ana", AfterCurrent: true}},
	"owner_suspect": {
		connect, nowReady, reserve1, offer1, own1, SessionClosed{Session: "s"}, SuspectTime,
	},
	"owner_gone": {connect, nowReady, reserve1, offer1, own1, SessionClosed{Session: "s"}, SuspectTime, Wake{}},
	"full": {
		connect, nowReady, reserve1, offer1, own1, Assigned{Head: ownedHead("c2"), Version: 4, Weight: 1},
	},
	"recovering": {connect, nowReady, Recovered{Crashed: true}},
}

func agentMessages() []Envelope {
	return from(client,
		nowReady,
		SetStatus{Status: StatusNotReady, Reason: "lunch", By: "sup"},
		SetStatus{Status: StatusNotReady, Reason: "lunch", By: "ana", AfterCurrent: true},
		SetStatus{Status: "away"},
		AcceptOffer{Offer: "o1"},
		AcceptOffer{Offer: "never"},
		DeclineOffer{Offer: "o1", Reason: "busy"},
		ConfigureAgent{Profile: AgentProfile{Capacity: 1, Queues: []QueueID{"q2"}}},
		connect,
		SessionOpened{Session: "s2"},
		SessionClosed{Session: "s"},
		AskAvailability{Queue: "q1"},
		AskAvailability{Queue: "q9"},
		AvailabilitySeen{Queue: "q1", Version: uint64(t0.UnixMicro())},
		reserve1,
		Reserve{Offer: "o5", Conversation: "c5", Queue: "q1", Ticket: 1, Kind: OfferFromQueue, Weight: 1},
		Reserve{Offer: "o5", Conversation: "c5", Queue: "q9", Ticket: 1, Kind: OfferFromQueue, Weight: 1},
		Reserve{Offer: "t5", Conversation: "c5", Queue: "q9", Ticket: 1, Kind: OfferTransfer, Weight: 2},
		Reserve{Offer: "o5", Conversation: "c5", Queue: "q9", Ticket: 1, Kind: OfferPicked, Weight: 1},
		Reserve{Offer: "o5", Conversation: "c5", Queue: "q1", Ticket: 1, Kind: OfferAuto, Weight: 1},
		Reserve{Offer: "o5", Conversation: "c5", Queue: "q1", Kind: OfferFromQueue, Weight: 1, Skills: []SkillNeed{{"pt", 1}}},
		Reserve{Offer: "a5", Conversation: "c5", Queue: "q9", Ticket: 1, Kind: OfferAssignment, Weight: 1},
		Reserve{Offer: "a5", Conversation: "c5", Queue: "q9", Ticket: 1, Kind: OfferTakeover, Weight: 1, Skills: []SkillNeed{{"pt", 1}}},
		ReassignAll{By: "sup"},
		ReassignAll{By: "sup", Queue: "q2", Of: []QueueID{"q2"}},
		offer1,
		MakeOffer{Offer: queueOffer("o1", "c1"), Version: 9},
		MakeOffer{Offer: queueOffer("o7", "c1"), Version: 9},
		MakeOffer{Offer: queueOffer("o5", "c5"), Version: 3},
		OfferEnded{Offer: "o1", Conversation: "c1", Version: 4, Cause: EndExpired},
		OfferEnded{Offer: "o2", Conversation: "c1", Version: 6, Cause: EndExpired},
		OfferEnded{Offer: "o1", Conversation: "c1", Version: 4, Cause: EndDeclined},
		OfferEnded{Offer: "o1", Conversation: "c1", Version: 4, Cause: EndWithdrawn},
		own1,
		Assigned{Head: ownedHead("c5"), Version: 4, Weight: 1},
		Released{Conversation: "c1", Version: 5, Cause: RemovedClosed},
		Released{Conversation: "c1", Version: 1, Cause: RemovedClosed},
		Notify{Head: ownedHead("c1"), Version: 5, Events: []Event{EventMessage{Conversation: "c1", Message: &Chat{Seq: 2, Text: "more"}}}},
		Notify{Head: ownedHead("c1"), Version: 1, Events: []Event{EventMessage{Conversation: "c1"}}},
		OwnerSeen{Conversation: "c1", Gone: true},
		OwnerSeen{Conversation: "c1"},
		AdoptSlots{Slots: []Slot{{Conversation: "c5", Kind: SlotOwned, Version: 4, Weight: 1, Head: ownedHead("c5")}}},
		AdoptSlots{Slots: []Slot{{Conversation: "c5", Kind: SlotOffered, Version: 3, Weight: 1, Offer: queueOffer("o5", "c5")}}},
		Wake{},
		Recovered{},
		Enqueue{},
	)
}

func ticketOf(c ConversationID, version uint64) Ticket {
	return Ticket{Conversation: c, Version: version, Queue: "q1", EnqueuedAt: t0, Weight: 1}
}

func available(agent AgentID, version uint64, free int) Availability {
	return Availability{Agent: agent, Version: version, Free: free, IdleSince: t0}
}

// busy is an agent at work with a capacity that several queues share.
func busy(agent AgentID, version uint64, capacity, queues int) Availability {
	return Availability{Agent: agent, Version: version, Load: capacity, Capacity: capacity, Queues: queues, IdleSince: t0}
}

func declinedTicket() Ticket {
	t := ticketOf("c1", 4)
	t.Excluded, t.RelaxAt = []AgentID{"ana"}, t0.Add(2*time.Second)
	return t
}

var queueStates = map[string][]any{
	"empty":          {},
	"waiting":        {Enqueue{Ticket: ticketOf("c1", 1)}},
	"free":           {available("ana", 1, 2)},
	"asking":         {available("ana", 1, 2), Enqueue{Ticket: ticketOf("c1", 1)}},
	"asking_two":     {available("ana", 1, 2), available("bob", 1, 1), Enqueue{Ticket: ticketOf("c1", 1)}, Enqueue{Ticket: ticketOf("c2", 1)}, Enqueue{Ticket: ticketOf("c3", 1)}},
	"asking_overdue": {available("ana", 1, 2), Enqueue{Ticket: ticketOf("c1", 1)}, reserveLease},
	"paused":         {available("ana", 1, 2), Enqueue{Ticket: declinedTicket()}},
	"pause_over":     {available("ana", 1, 2), Enqueue{Ticket: declinedTicket()}, 2 * time.Second},
	"full":           {available("ana", 1, 0), Enqueue{Ticket: ticketOf("c1", 1)}},
	"busy": {
		busy("ana", 1, 4, 2), busy("bob", 1, 1, 1), Enqueue{Ticket: ticketOf("c0", 1)}, Enqueue{Ticket: ticketOf("c1", 1)},
		Served{Sample: ServiceSample{At: t0, Handling: 5 * time.Minute}}, Served{Sample: ServiceSample{At: t0, Handling: time.Minute}},
		Answered{Sample: ServiceSample{AnsweredAt: t0, Expected: time.Minute, Waited: 50 * time.Second}},
	},
	"pull": {
		ConfigureQueue{Settings: QueueSettings{Mode: ModePull}}, available("ana", 1, 2), Enqueue{Ticket: ticketOf("c1", 1)}, Enqueue{Ticket: ticketOf("c2", 1)},
	},
	"pull_later": {
		ConfigureQueue{Settings: QueueSettings{Mode: ModePull}}, Enqueue{Ticket: ticketOf("c1", 1)}, Enqueue{Ticket: ticketOf("c2", 1)}, ListPause,
	},
	"auto":          {ConfigureQueue{Settings: QueueSettings{Mode: ModeAuto}}, available("ana", 1, 2)},
	"just_started":  {LoadQueue{Tickets: []Ticket{ticketOf("c1", 1)}, Members: []AgentID{"ana"}}},
	"start_unheard": {LoadQueue{Tickets: []Ticket{ticketOf("c1", 1)}, Members: []AgentID{"ana"}}, time.Second},
}

func queueMessages() []Envelope {
	preferred := ticketOf("c6", 1)
	preferred.Preferred = "bob"
	heavy := ticketOf("c7", 1)
	heavy.Weight = 2
	newer := ticketOf("c1", 9)
	newer.Priority = 1
	return from(client,
		Enqueue{Ticket: ticketOf("c1", 1)},
		Enqueue{Ticket: newer},
		Enqueue{Ticket: declinedTicket()},
		Enqueue{Ticket: preferred},
		Enqueue{Ticket: heavy},
		Dequeue{Conversation: "c1", Version: 99},
		Dequeue{Conversation: "c1"},
		Dequeue{Conversation: "c9", Version: 99},
		available("ana", 2, 2),
		available("ana", 1, 2),
		available("ana", 2, 0),
		available("bob", 5, 1),
		Refused{Conversation: "c1", Agent: "ana", Offer: "never", Why: "full"},
		Wake{},
		ConfigureQueue{Settings: QueueSettings{Strategy: LeastBusy}},
		LoadQueue{Tickets: []Ticket{ticketOf("c1", 1), ticketOf("c5", 1)}, Members: []AgentID{"ana", "bob"}},
		Reserved{},
		AskPlace{Conversation: "c1"},
		AskPlace{Conversation: "c9"},
		AskQueue{},
		ConsiderPick{Agent: "ana", Reserve: Reserve{Offer: "p1", Conversation: "c2", Queue: "q1", Kind: OfferPicked, Weight: 1}},
		ConsiderPick{Agent: "eva", Reserve: Reserve{Offer: "p2", Conversation: "c1", Queue: "q1", Kind: OfferPicked, Weight: 1}},
		ConsiderPick{Agent: "ana", Reserve: Reserve{Offer: "p3", Conversation: "c9", Queue: "q1", Kind: OfferPicked, Weight: 1}},
		AskWaiting{Limit: 1},
		AskWaiting{After: WaitingPlace{t0.UnixMicro(), "c1"}, Limit: 9},
		ConfigureQueue{Settings: QueueSettings{Mode: ModePull}},
		Served{Sample: ServiceSample{At: t0, Handling: time.Minute}},
		Answered{Sample: ServiceSample{AnsweredAt: t0, Expected: time.Minute, Waited: time.Second}},
		Answered{At: t0, Wait: time.Minute},
		Abandoned{At: t0, Wait: time.Minute},
	)
}
