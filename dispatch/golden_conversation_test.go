package dispatch

import (
	"strings"
	"testing"
	"time"
)

// setup brings a conversation into a state by the messages that lead there.
type setup struct {
	t     *testing.T
	c     *checkedConversation
	rules Rules
	now   time.Time
}

func (s *setup) do(ms ...Message) *setup {
	s.t.Helper()
	for _, m := range ms {
		s.c.SetRules(s.rules)
		if _, err, bad := s.c.step(s.now, Envelope{From: client, Message: m}); err != nil || bad != nil {
			s.t.Fatalf("%T: %v %v", m, err, bad)
		}
	}
	s.c.SetRules(s.rules)
	return s
}

func (s *setup) pull() *setup {
	s.rules.Picks = PickRules{Open: true, Relax: []RelaxStep{{After: time.Minute, Action: RelaxTier}}}
	return s
}

func (s *setup) after(d time.Duration) *setup { s.now = s.now.Add(d); return s }

var (
	byContact = Author{Kind: AuthorContact, ID: "con"}
	byAna     = Actor{Agent: "ana"}
	bySup     = Actor{Agent: "sup", Supervisor: true}
	opening   = OpenConversation{
		Opened: ConversationOpened{Queue: "q1", Channel: "web", Contact: Contact{ID: "con"}},
		First:  InboundChat{ID: "m1", Author: byContact, Text: "hello"},
	}
)

// The messages as storage has them.
var (
	firstWords = Chat{ID: "m1", Seq: 1, Author: byContact, Text: "hello", At: t0}
	anasOwn    = Chat{ID: "m2", Seq: 2, Author: Author{Kind: AuthorAgent, ID: "ana"}, Text: "hi", At: t0, Attachments: []AttachmentID{"att"}}
)

func (s *setup) queued() *setup { return s.do(opening, Enqueued{Version: 1}) }

func (s *setup) reserve(offer OfferID, agent AgentID, kind OfferKind) *setup {
	return s.do(Reserved{
		Offer: offer, Agent: agent, Queue: "q1", Ticket: s.c.s.Placed, Until: s.now.Add(ReserveHold), Kind: kind, NewRound: !s.c.s.RelaxAt.IsZero(),
	})
}

func (s *setup) offered() *setup { return s.queued().reserve("o1", "ana", OfferFromQueue) }

func (s *setup) active() *setup { return s.offered().do(AcceptOffer{Offer: "o1", Agent: "ana"}) }

func (s *setup) transferring() *setup {
	return s.active().do(StartTransfer{ID: "t1", By: byAna, ToAgent: "bob"}).reserve("t1", "bob", OfferTransfer)
}

var conversationStates = map[string]func(*setup){
	"none": func(*setup) {},
	"none_greeting": func(s *setup) {
		s.rules.Greeting, s.rules.Outbox = "Hello {{contact.name}}!", true
		s.do()
	},
	"queued": func(s *setup) { s.queued() },
	"queued_joined": func(s *setup) {
		s.do(opening, Enqueued{Version: 1, Place: Place{Position: 1, Waiting: 1, Wait: time.Minute}}).after(50 * time.Second)
	},
	"offered_joined": func(s *setup) {
		s.do(opening, Enqueued{Version: 1, Place: Place{Position: 1, Waiting: 1, Wait: time.Minute}}).after(50*time.Second).reserve("o1", "ana", OfferFromQueue)
	},
	"queued_unheard":  func(s *setup) { s.do(opening).after(time.Second) },
	"queued_declined": func(s *setup) { s.offered().do(DeclineOffer{Offer: "o1", Agent: "ana"}) },
	"queued_assigning": func(s *setup) {
		s.queued().do(AssignConversation{ID: "a1", By: bySup, Agent: "bob"})
	},
	"queued_pull": func(s *setup) { s.pull().queued() },
	"queued_picking": func(s *setup) {
		s.pull().queued().do(PickConversation{ID: "p1", By: byAna}, PickConversation{ID: "p2", By: Actor{Agent: "bob"}})
	},
	"queued_picking_overdue": func(s *setup) { s.pull().queued().do(PickConversation{ID: "p1", By: byAna}).after(ReserveHold) },
	"active_picked": func(s *setup) {
		s.pull().queued().do(PickConversation{ID: "p1", By: byAna}).reserve("p1", "ana", OfferPicked)
	},
	"active_given":    func(s *setup) { s.queued().reserve("o1", "ana", OfferAuto) },
	"offered":         func(s *setup) { s.offered() },
	"offered_overdue": func(s *setup) { s.offered().after(30 * time.Second) },
	"offered_again": func(s *setup) {
		s.offered().do(DeclineOffer{Offer: "o1", Agent: "ana"}).reserve("o2", "ana", OfferFromQueue)
	},
	"active":              func(s *setup) { s.active() },
	"active_reserving":    func(s *setup) { s.active().do(StartTransfer{ID: "t1", By: byAna, ToAgent: "bob"}) },
	"active_transferring": func(s *setup) { s.transferring() },
	"active_transfer_overdue": func(s *setup) {
		s.transferring().after(time.Minute)
	},
	"active_taken_over": func(s *setup) {
		s.active().do(AssignConversation{ID: "a1", By: bySup, Agent: "bob"}).reserve("a1", "bob", OfferAssignment).after(time.Second)
	},
	"active_lost": func(s *setup) { s.active().do(OwnerGone{Agent: "ana"}) },
	"active_lost_live_overdue": func(s *setup) {
		s.rules.GoneRequeue = true
		s.active().do(OwnerGone{Agent: "ana"}).after(OwnerLostRequeue)
	},
	"active_unanswered": func(s *setup) {
		s.rules.AgentNudge, s.rules.AgentAlert = 2*time.Minute, 5*time.Minute
		s.active().after(2 * time.Minute)
	},
	"active_unanswered_longer": func(s *setup) {
		s.rules.AgentNudge, s.rules.AgentAlert = 2*time.Minute, 5*time.Minute
		s.active().after(2 * time.Minute).do(Wake{}).after(3 * time.Minute)
	},
	"active_silent": func(s *setup) {
		s.rules.Inactivity = Inactivity{WarnAfter: time.Minute, WarnText: "still there?", CloseAfter: time.Hour, CloseText: "closed"}
		s.active().do(SendMessage{ID: "m2", By: byAna, Author: Author{Kind: AuthorAgent, ID: "ana"}, Text: "hi"}).after(time.Minute)
	},
	"active_silent_for_too_long": func(s *setup) {
		s.rules.Inactivity = Inactivity{CloseAfter: time.Hour, CloseText: "closed"}
		s.active().do(SendMessage{ID: "m2", By: byAna, Author: Author{Kind: AuthorAgent, ID: "ana"}, Text: "hi"}).after(time.Hour)
	},
	"active_script": func(s *setup) {
		s.rules.ScriptRequired, s.rules.Wrapup = true, WrapupOptional
		s.rules.Script = &ScriptRules{Reasons: map[string]bool{"billing": true}}
		s.active()
	},
	"active_outside_window": func(s *setup) {
		s.rules.Window, s.rules.Outbox = time.Hour, true
		s.active().after(time.Hour)
	},
	"active_delivered": func(s *setup) {
		s.rules.Outbox = true
		say := SendMessage{ID: "m2", By: byAna, Author: Author{Kind: AuthorAgent, ID: "ana"}, Text: "hi"}
		s.active().do(say, say, ReportDelivery{Seq: 2, State: DeliveryDelivered, External: "x2"})
	},
	"wrapup": func(s *setup) {
		s.rules.Wrapup = WrapupMandatory
		s.active().do(CloseConversation{By: byAna})
	},
	"wrapup_overdue": func(s *setup) {
		s.rules.Wrapup = WrapupTimed
		s.active().do(CloseConversation{By: byAna}).after(time.Minute)
	},
	"closed": func(s *setup) { s.active().do(CloseConversation{By: byAna}) },
	"active_edited": func(s *setup) {
		s.rules.Edits, s.rules.Outbox = true, true
		say := SendMessage{ID: "m2", By: byAna, Author: Author{Kind: AuthorAgent, ID: "ana"}, Text: "hi"}
		s.active().do(say, ReportDelivery{Seq: 2, State: DeliverySent, Sent: true}, EditMessage{By: byAna, Message: anasOwn, Text: "ho"})
	},
	"active_edited_unsent": func(s *setup) {
		s.rules.Edits, s.rules.Outbox = true, true
		say := SendMessage{ID: "m2", By: byAna, Author: Author{Kind: AuthorAgent, ID: "ana"}, Text: "hi"}
		s.active().do(say, EditMessage{By: byAna, Message: anasOwn, Text: "ho"})
	},
	"active_written_long_ago": func(s *setup) {
		s.rules.Edits = true
		s.active().do(SendMessage{ID: "m2", By: byAna, Author: Author{Kind: AuthorAgent, ID: "ana"}, Text: "hi"}).after(EditWindow)
	},
	"offered_redacted": func(s *setup) { s.offered().do(RedactMessage{By: bySup, Message: firstWords, Reason: "secret"}) },
	"closed_reopening": func(s *setup) {
		s.active().do(CloseConversation{By: byAna}, ReopenConversation{ID: "r1", By: byAna})
	},
	"active_snoozed": func(s *setup) { s.active().do(SnoozeConversation{By: byAna, Until: t0.Add(time.Hour)}) },
	"active_snoozed_overdue": func(s *setup) {
		s.active().do(SnoozeConversation{By: byAna, Until: t0.Add(time.Hour)}).after(time.Hour)
	},
	"active_waking": func(s *setup) {
		s.active().do(SnoozeConversation{By: byAna, Until: t0.Add(time.Hour)}, UnsnoozeConversation{By: bySup}).after(time.Second)
	},
	"wrapup_rated": func(s *setup) {
		s.rules.Wrapup, s.rules.Rating = WrapupMandatory, true
		s.active().do(CloseConversation{By: byAna}, RateConversation{Score: 4})
	},
	"closed_rated": func(s *setup) {
		s.rules.Rating = true
		s.active().do(CloseConversation{By: byAna}, RateConversation{Score: 4, Comment: "fine"}).after(time.Hour)
	},
	"closed_rated_long_ago": func(s *setup) {
		s.rules.Rating, s.rules.ReopenWindow = true, 48*time.Hour
		s.active().do(CloseConversation{By: byAna}, RateConversation{Score: 5, Comment: "thanks"}).after(24 * time.Hour)
	},
	"closed_silent": func(s *setup) { s.active().do(CloseConversation{By: byAna}).after(24 * time.Hour) },
}

// conversationMessages is every message, in the variants that matter.
func conversationMessages() []Envelope {
	until := t0.Add(48 * time.Hour)
	return from(client,
		opening,
		ReceiveMessage{Inbound: InboundChat{ID: "m2", Author: byContact, Text: "more"}},
		AcceptOffer{Offer: "o1", Agent: "ana"},
		AcceptOffer{Offer: "o1", Agent: "bob"},
		AcceptOffer{Offer: "t1", Agent: "bob"},
		AcceptOffer{Offer: "never", Agent: "ana"},
		DeclineOffer{Offer: "o1", Agent: "ana", Reason: "busy"},
		DeclineOffer{Offer: "t1", Agent: "bob"},
		SendMessage{ID: "m3", By: byAna, Author: Author{Kind: AuthorAgent, ID: "ana"}, Text: "hi"},
		SendMessage{ID: "m3", By: bySup, Author: Author{Kind: AuthorAgent, ID: "sup"}, Text: "hi"},
		SendMessage{ID: "m3", By: byAna, Text: " \n"},
		SendMessage{ID: "m3", By: byAna, Text: strings.Repeat("x", MaxTextBytes)[:0], Attachments: []AttachmentID{"att"}},
		ReadMessages{By: byAna, Seq: 1},
		ReadMessages{By: byAna, Seq: 99},
		SetTyping{By: byAna, Author: byContact, Typing: true},
		SetTyping{By: bySup, Author: Author{Kind: AuthorAgent}, Typing: true},
		AttachmentChanged{Attachment: "att"},
		AddNote{By: byAna, Note: Note{ID: "n1", Text: "note"}},
		AddNote{By: Actor{Agent: "bob"}, Note: Note{ID: "n1", Text: "note"}},
		AddNote{By: bySup, Note: Note{ID: "n1", Text: ""}},
		StartTransfer{ID: "t2", By: byAna, ToAgent: "bob"},
		StartTransfer{ID: "t2", By: byAna, ToAgent: "ana"},
		StartTransfer{ID: "t2", By: bySup, ToQueue: "q2", Note: "third level"},
		StartTransfer{ID: "t2", By: byAna, ToAgent: "bob", ToQueue: "q2"},
		CancelTransfer{By: byAna},
		CloseConversation{By: byAna},
		CloseConversation{By: byAna, Script: &ScriptAnswer{Reason: "billing"}},
		CloseConversation{By: bySup, Script: &ScriptAnswer{Reason: "unheard of"}},
		SetHold{By: byAna, On: true},
		TagConversation{By: byAna, Add: []string{" Big  Deal ", "vip"}, Remove: []string{"none"}},
		TagConversation{By: Actor{Agent: "bob"}, Add: []string{"vip"}},
		TagConversation{By: bySup, Add: []string{"a,b"}},
		ChangePriority{By: bySup, Priority: 5},
		ChangePriority{By: bySup},
		ChangePriority{By: bySup, Priority: 11},
		ChangePriority{By: byAna, Priority: 5},
		EditMessage{By: byAna, Message: anasOwn, Text: "hi!"},
		EditMessage{By: bySup, Message: anasOwn, Text: "hi!"},
		EditMessage{By: byAna, Message: firstWords, Text: "hi!"},
		RedactMessage{By: byAna, Message: anasOwn, Reason: "typo"},
		RedactMessage{By: byAna, Message: firstWords, Reason: "no"},
		RedactMessage{By: bySup, Message: firstWords, Reason: "card number"},
		RedactMessage{By: bySup, Message: Chat{ID: "m99", Seq: 99}, Reason: "not there"},
		ReportChange{Seq: 2, Revision: 7},
		SnoozeConversation{By: byAna, Until: t0.Add(36 * time.Hour)},
		SnoozeConversation{By: byAna, Until: t0},
		SnoozeConversation{By: bySup, Until: t0.Add(36 * time.Hour)},
		UnsnoozeConversation{By: byAna},
		UnsnoozeConversation{By: bySup},
		ReopenConversation{ID: "r2", By: byAna},
		ReopenConversation{ID: "r2", By: bySup},
		ReopenConversation{ID: "r2", By: Actor{Agent: "bob"}},
		Reserved{Offer: "r1", Agent: "ana", Queue: "q1", Until: until, Kind: OfferReopen},
		RateConversation{Score: 5, Comment: "thanks"},
		RateConversation{Score: 6},
		AssignConversation{ID: "a2", By: bySup, Agent: "bob"},
		AssignConversation{ID: "a2", By: bySup, Agent: "ana"},
		AssignConversation{ID: "a2", By: byAna, Agent: "bob"},
		AddNote{By: bySup, Note: Note{ID: "n1", Text: "ask for the number", Whisper: true}},
		AddNote{By: byAna, Note: Note{ID: "n1", Text: "to myself", Whisper: true}},
		TakeOver{ID: "a2", By: bySup},
		TakeOver{ID: "a2", By: byAna},
		TakeOver{ID: "a2", By: Actor{Supervisor: true}},
		GiveUp{Agent: "ana", By: "sup", At: until},
		GiveUp{Agent: "ana", By: "sup", Queue: "q2"},
		GiveUp{Agent: "eva", By: "sup", At: until},
		RequeueConversation{By: bySup},
		RequeueConversation{By: bySup, Queue: "q2"},
		RequeueConversation{By: byAna},
		LeaveConversation{},
		ReportDelivery{Seq: 1, State: DeliveryRead},
		ReportDelivery{Seq: 2, State: DeliveryQueued},
		ReportDelivery{Seq: 2, State: DeliverySent},
		ReportDelivery{Seq: 2, State: DeliveryDelivered},
		ReportDelivery{Seq: 2, State: DeliveryFailed, Error: "blocked"},
		ReportDelivery{Seq: 2, State: DeliveryRead},
		ReportDelivery{Seq: 3, State: DeliverySent, External: "x3"},
		ReportDelivery{Seq: 3, State: DeliveryFailed, Error: "blocked"},
		ReportDelivery{Seq: 3, State: "lost in space"},
		ContactSaw{Seq: 2, State: DeliveryDelivered},
		ContactSaw{Seq: 3, State: DeliveryRead},
		ContactSaw{Seq: 99, State: DeliveryRead},
		ContactSaw{Seq: 2, State: DeliveryFailed},
		Reserved{Offer: "o9", Agent: "eva", Queue: "q1", Ticket: 1, Until: until, Kind: OfferFromQueue},
		Reserved{Offer: "o9", Agent: "eva", Queue: "q1", Ticket: 1, Until: t0, Kind: OfferFromQueue},
		Reserved{Offer: "o1", Agent: "ana", Queue: "q1", Ticket: 1, Until: until, Kind: OfferFromQueue},
		Reserved{Offer: "t1", Agent: "bob", Queue: "q1", Ticket: 1, Until: until, Kind: OfferTransfer},
		Reserved{Offer: "a1", Agent: "bob", Queue: "q1", Ticket: 1, Until: until, Kind: OfferAssignment},
		Reserved{Offer: "o9", Agent: "eva", Queue: "q1", Ticket: 1, Until: until, Kind: OfferAuto},
		PickConversation{ID: "p9", By: byAna},
		PickConversation{ID: "p9", By: Actor{Supervisor: true}},
		Reserved{Offer: "p1", Agent: "ana", Queue: "q1", Ticket: 1, Until: until, Kind: OfferPicked},
		Reserved{Offer: "p1", Agent: "bob", Queue: "q1", Ticket: 1, Until: until, Kind: OfferPicked},
		Reserved{Offer: "p2", Agent: "bob", Queue: "q1", Ticket: 1, Until: t0, Kind: OfferPicked},
		Refused{Offer: "p1", Agent: "ana", Why: "not_ready"},
		Refused{Offer: "p1", Agent: "ana", Why: "not_member"},
		Refused{Offer: "p2", Agent: "bob", Why: "full"},
		Refused{Offer: "t1", Agent: "bob", Why: "full"},
		PlaceChanged{Ticket: 1, From: "q1", Place: Place{Position: 2, Waiting: 2}},
		OverflowTicket{Ticket: 1, From: "q1", Rule: OverflowRule{Trigger: OverflowWait, Action: OverflowToQueue, Queue: "q2", Text: "moving on"}},
		OverflowTicket{Ticket: 1, From: "q1", Rule: OverflowRule{Trigger: OverflowFull, Action: OverflowRefuse, Text: "full"}},
		OverflowTicket{Ticket: 1, From: "q1", Rule: OverflowRule{Trigger: OverflowClosed, Action: OverflowCallback, Text: "later", Tag: " Call Back "}},
		OverflowTicket{Ticket: 7, From: "q1", Rule: OverflowRule{Trigger: OverflowWait, Action: OverflowMessage, Text: "patience"}},
		WithdrawOffer{Offer: "o1", Agent: "ana", Cause: EndWithdrawn},
		WithdrawOffer{Offer: "t1", Agent: "bob", Cause: EndAgentLost},
		QueryOffer{Offer: "o1", Agent: "ana"},
		QueryOffer{Offer: "t1", Agent: "bob"},
		Enqueued{Version: 1},
		Enqueued{Version: 1, Place: Place{Position: 3, Waiting: 5, Ready: 2, Wait: time.Minute}},
		ReleaseSeen{Agent: "ana", Version: 99},
		OwnerGone{Agent: "ana"},
		OwnerGone{Agent: "bob"},
		OwnerBack{Agent: "ana"},
		Wake{},
		Recovered{Crashed: true},
		MakeOffer{},
	)
}
