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
	strategies := []Strategy{LongestIdle, LeastBusy, MostSpareCapacity, RoundRobin}
	for _, q := range someQueues {
		r := DefaultRules()
		r.Live, r.Outbox = rapid.Bool().Draw(t, "live"), rapid.Bool().Draw(t, "outbox")
		r.Wrapup = rapid.SampledFrom([]WrapupMode{WrapupOff, WrapupOptional, WrapupMandatory, WrapupTimed}).Draw(t, "wrapup")
		r.MaxMisses = rapid.IntRange(0, 2).Draw(t, "misses")
		r.ReopenWindow = rapid.SampledFrom([]time.Duration{0, time.Minute, 24 * time.Hour}).Draw(t, "reopen")
		r.Weight = rapid.IntRange(1, 2).Draw(t, "weight")
		r.ScriptRequired = rapid.Bool().Draw(t, "script")
		w.rules[q] = r
		w.strategy[q] = rapid.SampledFrom(strategies).Draw(t, "strategy")
		w.step(Envelope{To: q.Address(), Message: ConfigureQueue{Strategy: w.strategy[q]}})
	}
	for _, a := range someAgents {
		w.agents[a] = newCheckedAgent(a, w.now)
		w.step(Envelope{To: a.Address(), Message: AdoptSlots{}})
		p := AgentProfile{Capacity: rapid.IntRange(1, 4).Draw(t, "capacity")}
		for _, q := range someQueues {
			w.members[q] = append(w.members[q], a)
			if rapid.IntRange(0, 3).Draw(t, "member") > 0 {
				p.Queues = append(p.Queues, q)
			}
		}
		if rapid.Bool().Draw(t, "skilled") {
			p.Skills = []SkillLevel{{"pt", rapid.IntRange(1, 5).Draw(t, "level")}}
		}
		w.step(Envelope{To: a.Address(), Message: ConfigureAgent{Profile: p}})
		w.step(Envelope{To: a.Address(), Message: SessionOpened{Session: "s"}})
		w.step(Envelope{To: a.Address(), Message: SetStatus{Status: StatusReady, By: a}})
	}
	return w
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
		return SetStatus{Status: StatusNotReady, Reason: "lunch", By: agent, AfterCurrent: rapid.Bool().Draw(t, "after")}
	default:
		return SetStatus{Status: StatusReady, By: agent}
	}
}

func (w *world) drawConversationCommand(t *rapid.T, c *checkedConversation, by Actor) Message {
	contact := Author{Kind: AuthorContact, ID: "con"}
	if c.s.State == ConversationNone {
		o := ConversationOpened{Queue: rapid.SampledFrom(someQueues).Draw(t, "queue"), Priority: rapid.IntRange(0, 2).Draw(t, "priority")}
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
	return rapid.SampledFrom([]Message{
		ReceiveMessage{Inbound: InboundChat{ID: "m", Author: contact, Text: "more"}},
		ReceiveMessage{Inbound: InboundChat{ID: "m", Author: contact, Text: "more"}},
		SendMessage{ID: "m", Author: Author{Kind: AuthorAgent}, By: by, Text: "hi"},
		SendMessage{ID: "m", Author: Author{Kind: AuthorAgent}, By: by, Text: "hi"},
		ReadMessages{By: by, Seq: seq},
		AddNote{By: by, Note: Note{ID: "n", Text: "note"}},
		SetTyping{By: by, Author: contact, Typing: true},
		ReportDelivery{Seq: seq, State: rapid.SampledFrom(deliveryRank).Draw(t, "delivery")},
		SetHold{By: by, On: rapid.Bool().Draw(t, "on")},
		StartTransfer{ID: id, By: by, ToAgent: target, Note: "please"},
		StartTransfer{ID: id, By: by, ToAgent: target, Note: "please"},
		StartTransfer{ID: id, By: by, ToQueue: rapid.SampledFrom(someQueues).Draw(t, "queue")},
		CancelTransfer{By: by},
		CloseConversation{By: by, Script: script},
		CloseConversation{By: by, Script: script},
		LeaveConversation{},
		AssignConversation{ID: id, By: by, Agent: target},
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
			weight += s.Weight
		}
		if weight > w.agents[id].profile.Capacity {
			return fmt.Errorf("%s: recorded weight %d of capacity %d", id, weight, w.agents[id].profile.Capacity)
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
	OpenConversation{},
	ReceiveMessage{},
	AcceptOffer{},
	DeclineOffer{},
	SendMessage{},
	ReadMessages{},
	SetTyping{},
	AddNote{},
	StartTransfer{},
	CancelTransfer{},
	CloseConversation{},
	SetHold{},
	AssignConversation{},
	RequeueConversation{},
	LeaveConversation{},
	ReportDelivery{},
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
	OwnerGone{},
	OwnerBack{},
	OwnerSeen{},
	Wake{},
	Recovered{},
	Answer{},
	AdoptSlots{},
	ConfigureQueue{},
	LoadQueue{},
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
