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
	"none":            func(*setup) {},
	"queued":          func(s *setup) { s.queued() },
	"queued_unheard":  func(s *setup) { s.do(opening).after(time.Second) },
	"queued_declined": func(s *setup) { s.offered().do(DeclineOffer{Offer: "o1", Agent: "ana"}) },
	"queued_assigning": func(s *setup) {
		s.queued().do(AssignConversation{ID: "a1", By: bySup, Agent: "bob"})
	},
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
		s.rules.Live = true
		s.active().do(OwnerGone{Agent: "ana"}).after(OwnerLostRequeue)
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
	"closed":        func(s *setup) { s.active().do(CloseConversation{By: byAna}) },
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
		AssignConversation{ID: "a2", By: bySup, Agent: "bob"},
		AssignConversation{ID: "a2", By: bySup, Agent: "ana"},
		AssignConversation{ID: "a2", By: byAna, Agent: "bob"},
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
		Reserved{Offer: "o9", Agent: "eva", Queue: "q1", Ticket: 1, Until: until, Kind: OfferFromQueue},
		Reserved{Offer: "o9", Agent: "eva", Queue: "q1", Ticket: 1, Until: t0, Kind: OfferFromQueue},
		Reserved{Offer: "o1", Agent: "ana", Queue: "q1", Ticket: 1, Until: until, Kind: OfferFromQueue},
		Reserved{Offer: "t1", Agent: "bob", Queue: "q1", Ticket: 1, Until: until, Kind: OfferTransfer},
		Reserved{Offer: "a1", Agent: "bob", Queue: "q1", Ticket: 1, Until: until, Kind: OfferAssignment},
		Refused{Offer: "t1", Agent: "bob", Why: "full"},
		WithdrawOffer{Offer: "o1", Agent: "ana", Cause: EndWithdrawn},
		WithdrawOffer{Offer: "t1", Agent: "bob", Cause: EndAgentLost},
		QueryOffer{Offer: "o1", Agent: "ana"},
		QueryOffer{Offer: "t1", Agent: "bob"},
		Enqueued{Version: 1},
		ReleaseSeen{Agent: "ana", Version: 99},
		OwnerGone{Agent: "ana"},
		OwnerGone{Agent: "bob"},
		OwnerBack{Agent: "ana"},
		Wake{},
		Recovered{Crashed: true},
		MakeOffer{},
	)
}
