package dispatch

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	someConversations = []ConversationID{"c1", "c2", "c3", "c4", "c5", "c6"}
	someAgents        = []AgentID{"ana", "bob", "eva"}
	someQueues        = []QueueID{"q1", "q2"}
	someTimes         = []time.Duration{time.Millisecond, 500 * time.Millisecond, 2 * time.Second, 5 * time.Second, 31 * time.Second, 2 * time.Minute}
)

// drawWorld sets up queues with rules and agents with profiles.
func drawWorld(t *rapid.T) *world {
	w := newWorld()
	for _, q := range someQueues {
		r := DefaultRules()
		r.GoneRequeue, r.Outbox = rapid.Bool().Draw(t, "live"), rapid.Bool().Draw(t, "outbox")
		r.Wrapup = rapid.SampledFrom([]WrapupMode{WrapupOff, WrapupOptional, WrapupMandatory, WrapupTimed}).Draw(t, "wrapup")
		r.MaxMisses = rapid.IntRange(0, 2).Draw(t, "misses")
		r.ReopenWindow = rapid.SampledFrom([]time.Duration{0, time.Minute, 24 * time.Hour}).Draw(t, "reopen")
		r.Weight = rapid.IntRange(1, 2).Draw(t, "weight")
		r.ScriptRequired = rapid.Bool().Draw(t, "script")
		if rapid.Bool().Draw(t, "silence") {
			r.AgentNudge, r.AgentAlert = 2*time.Second, 5*time.Second
			r.Inactivity = Inactivity{WarnAfter: 5 * time.Second, WarnText: "?", CloseAfter: 31 * time.Second, CloseText: "closed"}
		}
		w.rules[q] = r
		s := drawSettings(t)
		s.Parallel = rapid.IntRange(0, 3).Draw(t, "parallel")
		w.settings[q] = s
		w.step(Envelope{To: q.Address(), Message: ConfigureQueue{Settings: w.settings[q]}})
	}
	for _, a := range someAgents {
		w.agents[a] = newCheckedAgent(a, w.now)
		w.step(Envelope{To: a.Address(), Message: AdoptSlots{}})
		p := AgentProfile{Capacity: rapid.IntRange(1, 4).Draw(t, "capacity")}
		p.Ceiling = p.Capacity + rapid.IntRange(0, 2).Draw(t, "above")
		p.SilentAfter = rapid.SampledFrom([]time.Duration{0, 5 * time.Second}).Draw(t, "silent")
		for _, q := range someQueues {
			w.members[q] = append(w.members[q], a)
			if rapid.IntRange(0, 3).Draw(t, "member") > 0 {
				p.Queues = append(p.Queues, q)
				p.Ranks = append(p.Ranks, QueueRank{Queue: q, Tier: rapid.IntRange(0, 3).Draw(t, "tier"), Share: rapid.IntRange(0, 9).Draw(t, "share")})
			}
		}
		p.DeclinePause = rapid.SampledFrom([]time.Duration{0, 0, time.Second, 20 * time.Second}).Draw(t, "decline pause")
		if rapid.Bool().Draw(t, "skilled") {
			p.Skills = []SkillLevel{{"pt", rapid.IntRange(1, 5).Draw(t, "level")}}
		}
		w.step(Envelope{To: a.Address(), Message: ConfigureAgent{Profile: p}})
		w.step(Envelope{To: a.Address(), Message: SessionOpened{Session: "s"}})
		w.step(Envelope{To: a.Address(), Message: SetStatus{Status: StatusReady, By: a}})
	}
	return w
}

var allStrategies = []Strategy{LongestIdle, LeastBusy, MostSpareCapacity, RoundRobin, TopDown, Weighted, Random}

func drawSettings(t *rapid.T) QueueSettings {
	s := DefaultQueueSettings()
	s.Strategy = rapid.SampledFrom(allStrategies).Draw(t, "strategy")
	s.Seed = rapid.Uint64Range(0, 3).Draw(t, "seed")
	s.Relax = drawSteps(t)
	s.PreferFor = rapid.SampledFrom([]time.Duration{0, 5 * time.Second, time.Hour}).Draw(t, "prefer for")
	s.Mode = rapid.SampledFrom([]QueueMode{ModePush, ModePush, ModePush, ModePull, ModeAuto}).Draw(t, "mode")
	s.AgeBoost = rapid.SampledFrom([]time.Duration{0, time.Minute, 10 * time.Minute}).Draw(t, "boost")
	return s
}

var agentsAndNobody = rapid.SampledFrom(append([]AgentID{"nobody"}, someAgents...))

func drawSteps(t *rapid.T) []RelaxStep {
	var steps []RelaxStep
	after := time.Duration(0)
	for range rapid.IntRange(0, 3).Draw(t, "relaxations") {
		after += rapid.SampledFrom(someTimes).Draw(t, "after")
		s := RelaxStep{After: after, Action: rapid.SampledFrom([]RelaxAction{RelaxLower, RelaxDrop, RelaxTier, RelaxQueue}).Draw(t, "action")}
		switch s.Action {
		case RelaxLower, RelaxDrop:
			s.Skill = rapid.SampledFrom([]SkillID{"", "pt", "en"}).Draw(t, "relaxed")
		case RelaxTier:
		case RelaxQueue: // not so fast that two queues play ball for ever
			s.After += 5 * time.Second
			after = s.After
			s.Queue = rapid.SampledFrom(someQueues).Draw(t, "moved")
		}
		s.By = rapid.IntRange(0, 2).Draw(t, "by")
		steps = append(steps, s)
	}
	return steps
}

// drawCommand is a plausible command of a client; offers and owners are mostly the right ones.
func (w *world) drawCommand(t *rapid.T) Envelope {
	agent := rapid.SampledFrom(someAgents).Draw(t, "agent")
	if rapid.IntRange(0, 2).Draw(t, "side") == 0 {
		return Envelope{To: agent.Address(), From: client, Message: w.drawAgentCommand(t, agent)}
	}
	id := rapid.SampledFrom(someConversations).Draw(t, "conversation")
	c := w.conversation(id)
	by := Actor{Agent: agent, Supervisor: rapid.IntRange(0, 4).Draw(t, "supervisor") == 0}
	if c.s.Owner != "" && rapid.IntRange(0, 4).Draw(t, "owner") > 0 {
		by.Agent = c.s.Owner
	}
	return Envelope{To: id.Address(), From: client, Message: w.drawConversationCommand(t, c, by)}
}

func (w *world) drawAgentCommand(t *rapid.T, agent AgentID) Message {
	offer := w.offerFor(agent, "")
	switch rapid.IntRange(0, 9).Draw(t, "command") {
	case 0, 1, 2:
		return AcceptOffer{Offer: offer}
	case 3, 4:
		return DeclineOffer{Offer: offer, Reason: "busy"}
	case 5:
		return SessionClosed{Session: "s"}
	case 6:
		return SessionOpened{Session: "s"}
	case 7:
		if rapid.IntRange(0, 3).Draw(t, "supervisor") == 0 {
			return ReassignAll{By: "sup"}
		}
		return SetStatus{Status: StatusNotReady, Reason: "lunch", By: agent, AfterCurrent: rapid.Bool().Draw(t, "after")}
	default:
		return SetStatus{Status: StatusReady, By: agent}
	}
}

func (w *world) drawConversationCommand(t *rapid.T, c *checkedConversation, by Actor) Message {
	contact := Author{Kind: AuthorContact, ID: "con"}
	if c.s.State == ConversationNone {
		o := ConversationOpened{Queue: rapid.SampledFrom(someQueues).Draw(t, "queue"), Priority: rapid.IntRange(0, 2).Draw(t, "priority")}
		if rapid.IntRange(0, 3).Draw(t, "prefers") == 0 {
			o.Preferred = agentsAndNobody.Draw(t, "preferred")
		}
		if rapid.IntRange(0, 3).Draw(t, "skill") == 0 {
			o.Skills = []SkillNeed{{"pt", rapid.IntRange(1, 5).Draw(t, "level")}}
		}
		return OpenConversation{Opened: o, First: InboundChat{ID: "m", Author: contact, Text: "hello"}}
	}
	id := OfferID(fmt.Sprintf("t%d", w.steps))
	seq := rapid.Uint64Range(0, c.s.LastSeq+1).Draw(t, "seq")
	var script *ScriptAnswer
	if rapid.Bool().Draw(t, "script") {
		script = &ScriptAnswer{Reason: "billing"}
	}
	target := rapid.SampledFrom(someAgents).Draw(t, "target")
	drawn := Chat{ID: "m", Seq: seq, Author: Author{Kind: AuthorAgent, ID: string(by.Agent)}, At: w.now.Add(-rapid.SampledFrom(someTimes).Draw(t, "age"))}
	return rapid.SampledFrom([]Message{
		ReceiveMessage{Inbound: InboundChat{ID: "m", Author: contact, Text: "more"}},
		ReceiveMessage{Inbound: InboundChat{ID: "m", Author: contact, Text: "more"}},
		SendMessage{ID: "m", Author: Author{Kind: AuthorAgent}, By: by, Text: "hi"},
		SendMessage{ID: "m", Author: Author{Kind: AuthorAgent}, By: by, Text: "hi"},
		ReadMessages{By: by, Seq: seq},
		AddNote{By: by, Note: Note{ID: "n", Text: "note"}},
		SetTyping{By: by, Author: contact, Typing: true},
		AttachmentChanged{Attachment: "att"},
		ReportDelivery{Seq: seq, State: rapid.SampledFrom(deliveryRank).Draw(t, "delivery")},
		ContactSaw{Seq: seq, State: rapid.SampledFrom(deliveryRank).Draw(t, "delivery")},
		SetHold{By: by, On: rapid.Bool().Draw(t, "on")},
		TagConversation{By: by, Add: []string{"VIP", rapid.SampledFrom([]string{"boleto", "vip", "a,b"}).Draw(t, "tag")}, Remove: []string{"boleto"}},
		ChangePriority{By: by, Priority: rapid.IntRange(-2, 2).Draw(t, "priority")},
		EditMessage{By: by, Message: drawn, Text: "better"},
		RedactMessage{By: by, Message: drawn, Reason: "secret"},
		ReportChange{Seq: seq, Revision: rapid.Uint64Range(0, 9).Draw(t, "revision")},
		ReopenConversation{ID: id, By: by},
		SnoozeConversation{By: by, Until: w.now.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "minutes")) * time.Minute)},
		UnsnoozeConversation{By: by},
		RateConversation{Score: rapid.IntRange(0, 5).Draw(t, "score"), Comment: "so"},
		StartTransfer{ID: id, By: by, ToAgent: target, Note: "please"},
		StartTransfer{ID: id, By: by, ToAgent: target, Note: "please"},
		StartTransfer{ID: id, By: by, ToQueue: rapid.SampledFrom(someQueues).Draw(t, "queue")},
		CancelTransfer{By: by},
		PickConversation{ID: id, By: by},
		CloseConversation{By: by, Script: script},
		CloseConversation{By: by, Script: script},
		LeaveConversation{},
		AssignConversation{ID: id, By: by, Agent: target},
		TakeOver{ID: id, By: Actor{Agent: target, Supervisor: true}},
		AddNote{By: by, Note: Note{ID: "n", Text: "whisper", Whisper: true}},
		RequeueConversation{By: by, Queue: rapid.SampledFrom(someQueues).Draw(t, "queue")},
	}).Draw(t, "message")
}

// TestWithoutFaultsEverythingAgreesAtRest: after every command and its consequences, all machines agree, capacity is
// kept, nobody waits who could be served, every offer is in time, and rest comes after few messages.
func TestWithoutFaultsEverythingAgreesAtRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.rest()
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.IntRange(0, 3).Draw(t, "what") == 0 {
				w.advance(rapid.SampledFrom(someTimes).Draw(t, "time"))
			} else {
				w.step(w.drawCommand(t))
				w.rest()
			}
			if err := w.always(); err != nil {
				t.Fatalf("%v\n%s", err, w.take())
			}
			if err := w.atRest(); err != nil {
				t.Fatalf("%v\n%s", err, w.take())
			}
		}
	})
}

// TestWithFaultsNothingBreaksAndAllComesRight: messages are reordered, repeated and lost and single actors restart. What
// is recorded stays right all the time; when the faults end, everything agrees again within minutes.
func TestWithFaultsNothingBreaksAndAllComesRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.ghosts = true
		for range rapid.IntRange(1, 150).Draw(t, "steps") {
			w.disturb(t)
			if err := w.always(); err != nil {
				t.Fatalf("%v\n%s", err, w.take())
			}
		}
		w.rest()
		w.advance(3 * time.Minute)
		w.rest()
		if err := w.always(); err != nil {
			t.Fatalf("%v\n%s", err, w.take())
		}
		if err := w.atRest(); err != nil {
			t.Fatalf("after the faults: %v\n%s", err, w.take())
		}
	})
}

func (w *world) disturb(t *rapid.T) {
	what := rapid.IntRange(0, 99).Draw(t, "what")
	if len(w.inbox) == 0 && what < 75 {
		what = 80
	}
	switch {
	case what < 75:
		w.disturbDelivery(t, what)
	case what < 93:
		w.step(w.drawCommand(t))
	case what < 97:
		w.advanceBusy(rapid.SampledFrom(someTimes).Draw(t, "time"))
	default:
		w.crashSome(t)
	}
}

func (w *world) disturbDelivery(t *rapid.T, what int) {
	i := 0
	if what%3 == 0 {
		i = rapid.IntRange(0, len(w.inbox)-1).Draw(t, "index")
	}
	e := w.inbox[i]
	switch {
	case what < 5: // lost
		w.inbox = slices.Delete(w.inbox, i, i+1)
		w.logf("    (lost: %v to %v)", e.Message, e.To.ID)
		return
	case what >= 12: // else it is delivered and stays for once more
		w.inbox = slices.Delete(w.inbox, i, i+1)
	}
	w.logf("    (%v gets %v)", e.To.ID, e.Message)
	w.step(e)
}

// advanceBusy moves the clock without waiting for rest: messages stay under way over deadlines.
func (w *world) advanceBusy(d time.Duration) {
	end := w.now.Add(d)
	for range 200 {
		at, who := w.nextWake()
		if at.IsZero() || at.After(end) {
			break
		}
		if at.After(w.now) {
			w.now = at
		}
		for _, a := range who {
			if a == client {
				w.deliverLater()
				continue
			}
			w.logf("%v wake %v", since(w.now), a.ID)
			w.step(Envelope{To: a, Message: Wake{}})
		}
	}
	w.now = end
}

func (w *world) crashSome(t *rapid.T) {
	var alive []Address
	for _, id := range sortedKeys(w.convs) {
		alive = append(alive, id.Address())
	}
	for _, id := range someAgents {
		alive = append(alive, id.Address())
	}
	for _, id := range someQueues {
		alive = append(alive, id.Address())
	}
	who := rapid.SampledFrom(alive).Draw(t, "crash")
	w.logf("    (crash of %v)", who.ID)
	w.recover(who)
}

// always checks what holds at any moment, messages under way or not.
func (w *world) always() error {
	if w.bad != nil {
		return w.bad
	}
	for _, id := range sortedKeys(w.agents) {
		weight := 0
		for _, s := range w.slotsOf(id) {
			if !s.asleep() {
				weight += s.Weight
			}
		}
		if most := w.agents[id].profile.ceiling(); weight > most {
			return fmt.Errorf("%s: recorded weight %d under a ceiling of %d", id, weight, most)
		}
	}
	return nil
}

// TestMessagesAndDeliveriesAgreeWithTheModel: sequence, read position, unread count and delivery states, over any mix of
// messages, reads and reports in any order. The model of every checked step compares.
func TestMessagesAndDeliveriesAgreeWithTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newChecked("c1")
		rules := DefaultRules()
		rules.Outbox = rapid.Bool().Draw(t, "outbox")
		c.SetRules(rules)
		step := func(m Message) {
			if _, _, bad := c.step(t0, Envelope{From: client, Message: m}); bad != nil {
				t.Fatal(bad)
			}
		}
		step(opening)
		step(Reserved{Offer: "o1", Agent: "ana", Queue: "q1", Ticket: 1, Until: t0.Add(time.Second), Kind: OfferFromQueue})
		step(AcceptOffer{Offer: "o1", Agent: "ana"})
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			seq := rapid.Uint64Range(0, c.s.LastSeq+1).Draw(t, "seq")
			step(rapid.SampledFrom([]Message{
				SendMessage{ID: "m", By: byAna, Author: Author{Kind: AuthorAgent}, Text: "hi"},
				ReceiveMessage{Inbound: InboundChat{ID: "m", Author: byContact, Text: "more"}},
				ReadMessages{By: byAna, Seq: seq},
				ReportDelivery{Seq: seq, State: rapid.SampledFrom(deliveryRank).Draw(t, "state")},
				ContactSaw{Seq: seq, State: rapid.SampledFrom(deliveryRank).Draw(t, "state")},
			}).Draw(t, "message"))
		}
	})
}

// TestAnyMessageInAnyStateIsTaken: no message, however wrong, makes a machine panic, and a refusal changes nothing.
func TestAnyMessageInAnyStateIsTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.rest()
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "sane") {
				w.step(w.drawCommand(t))
			} else {
				w.step(drawAnything(t))
			}
			if rapid.Bool().Draw(t, "settle") {
				w.deliverSome(200)
			}
			if w.bad != nil {
				t.Fatalf("%v\n%s", w.bad, w.take())
			}
			w.now = w.now.Add(rapid.SampledFrom(someTimes).Draw(t, "time"))
		}
	})
}

// deliverSome delivers at most n messages and drops the rest: nonsense may keep machines talking.
func (w *world) deliverSome(n int) {
	for range n {
		if len(w.inbox) == 0 {
			return
		}
		e := w.inbox[0]
		w.inbox = w.inbox[1:]
		w.step(e)
	}
	w.inbox = nil
}

var allMessages = []Message{
	PickConversation{},
	TellMembers{},
	AskWaiting{},
	OpenConversation{},
	ReceiveMessage{},
	AcceptOffer{},
	DeclineOffer{},
	SendMessage{},
	ReadMessages{},
	SetTyping{},
	AttachmentChanged{},
	AddNote{},
	StartTransfer{},
	CancelTransfer{},
	CloseConversation{},
	SetHold{},
	AssignConversation{},
	RequeueConversation{},
	TakeOver{},
	ReassignAll{},
	GiveUp{},
	Watch{},
	ShowLive{}, ShowNear{}, SaveDraft{Conversation: "cnv_1", Text: "Bom"},
	Abandoned{},
	LeaveConversation{},
	ReportDelivery{}, ContactSaw{},
	SetStatus{},
	ConfigureAgent{},
	SessionOpened{},
	SessionClosed{},
	Enqueue{},
	Enqueued{},
	Dequeue{},
	Availability{},
	AvailabilitySeen{},
	AskAvailability{},
	Reserve{},
	Reserved{},
	Refused{},
	MakeOffer{},
	OfferEnded{},
	QueryOffer{},
	WithdrawOffer{},
	Assigned{},
	Released{},
	ReleaseSeen{},
	Notify{},
	TellSupervisors{},
	TagConversation{},
	ChangePriority{},
	RateConversation{},
	SnoozeConversation{},
	UnsnoozeConversation{},
	ReopenConversation{},
	EditMessage{},
	RedactMessage{},
	ReportChange{},
	OwnerGone{},
	OwnerBack{},
	OwnerSeen{},
	Wake{},
	Recovered{},
	Answer{},
	AdoptSlots{},
	ConfigureQueue{},
	MoveToQueue{},
	OverflowTicket{},
	PlaceChanged{},
	AskWhy{},
	AskPreview{},
	ConsiderPick{},
	LoadQueue{},
	AskPlace{},
	AskQueue{},
	Served{},
	Answered{},
}

// drawAnything fills a message of any type with values that often mean something.
func drawAnything(t *rapid.T) Envelope {
	proto := rapid.SampledFrom(allMessages).Draw(t, "type")
	v := reflect.New(reflect.TypeOf(proto)).Elem()
	fill(t, v, 0)
	to := rapid.SampledFrom([]Address{someConversations[0].Address(), someConversations[1].Address(), someAgents[0].Address(), someQueues[0].Address()}).Draw(t, "to")
	return Envelope{To: to, From: client, Message: v.Interface().(Message)}
}

func fill(t *rapid.T, v reflect.Value, depth int) {
	if !v.CanSet() || depth > 5 {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == timeType {
			v.Set(reflect.ValueOf(t0.Add(rapid.SampledFrom(someTimes).Draw(t, "time"))))
			return
		}
		for i := range v.NumField() {
			fill(t, v.Field(i), depth+1)
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[SlotKind]() { // storage knows no others
			v.SetString(rapid.SampledFrom([]string{string(SlotOffered), string(SlotOwned)}).Draw(t, "kind"))
			return
		}
		v.SetString(rapid.SampledFrom([]string{"", "c1", "c2", "ana", "bob", "q1", "t1", "queue", "transfer", "ready", "not_ready", "owned", "offered", "text", "sent"}).Draw(t, "string"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.SampledFrom([]int64{0, 1, 2, -1, 1 << 20}).Draw(t, "int"))
	case reflect.Uint64:
		v.SetUint(rapid.SampledFrom([]uint64{0, 1, 2, 3, 5, 1 << 63}).Draw(t, "uint"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Interface {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(0, 2).Draw(t, "len"), 2))
		for i := range v.Len() {
			fill(t, v.Index(i), depth+1)
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "nil") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), depth+1)
		}
	}
}
