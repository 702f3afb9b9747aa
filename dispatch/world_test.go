package dispatch

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// world wires the three machines together with a clock that only moves when told. Messages travel in order unless a
// fault or a scheduler says otherwise.
type world struct {
	now      time.Time
	convs    map[ConversationID]*checkedConversation
	agents   map[AgentID]*checkedAgent
	queues   map[QueueID]*Queue
	rules    map[QueueID]Rules
	members  map[QueueID][]AgentID
	settings map[QueueID]QueueSettings

	inbox   []Envelope
	later   []delayed // by time
	faults  []fault
	answers []Answer // of the last command

	p     *printer
	lines []func() string // what happened; put into words only when asked
	all   bool            // acknowledgements too
	bad   error           // the first broken promise
	steps int

	ghosts    bool // a lost Dequeue may leave a ticket behind: the first agent who could take it puts that right
	disturbed bool // a fault has hit: other machines may be wrong until calm is declared
}

type delayed struct {
	at time.Time
	e  Envelope
}

// fault hits the next message of one type.
type fault struct {
	message string
	what    string // lose, delay, repeat, or echo: once now and once later
	by      time.Duration
}

var client = Address{Kind: "client", ID: "client"}

func newWorld() *world {
	return &world{
		now: t0, convs: map[ConversationID]*checkedConversation{}, agents: map[AgentID]*checkedAgent{}, queues: map[QueueID]*Queue{},
		rules: map[QueueID]Rules{}, members: map[QueueID][]AgentID{}, settings: map[QueueID]QueueSettings{}, p: newPrinter(),
	}
}

// logf remembers what happened. Arguments that are messages, records or events are shown by the printer.
func (w *world) logf(format string, args ...any) {
	if len(w.lines) > 5000 {
		w.lines = append(w.lines[:0:0], w.lines[4000:]...)
	}
	w.lines = append(w.lines, func() string {
		for i, a := range args {
			switch a.(type) {
			case Message, Record, Event, Reply, *Error:
				args[i] = w.p.show(a)
			}
		}
		return fmt.Sprintf(format, args...)
	})
}

func (w *world) fail(format string, args ...any) {
	if w.bad == nil {
		w.bad = fmt.Errorf(format, args...)
		w.logf("BROKEN: %v", w.bad)
	}
}

func (w *world) conversation(id ConversationID) *checkedConversation {
	c := w.convs[id]
	if c == nil {
		c = newChecked(id)
		w.convs[id] = c
	}
	return c
}

func (w *world) queue(id QueueID) *Queue {
	q := w.queues[id]
	if q == nil {
		q = NewQueue(id)
		w.queues[id] = q
	}
	return q
}

func (w *world) settingsOf(q QueueID) QueueSettings {
	if s, ok := w.settings[q]; ok {
		return s
	}
	return DefaultQueueSettings()
}

func (w *world) ruleOf(q QueueID) Rules {
	r, ok := w.rules[q]
	if !ok {
		r = DefaultRules()
	}
	s := w.settingsOf(q)
	r.Picks = PickRules{Open: s.Mode == ModePull, Relax: s.Relax}
	return r
}

// step lets the addressee of e decide, checks the decision, and puts its messages under way.
func (w *world) step(e Envelope) {
	var out Outcome
	var err, bad error
	w.steps++
	switch e.To.Kind {
	case KindConversation:
		c := w.conversation(ConversationID(e.To.ID))
		queue := c.s.Queue
		if m, ok := e.Message.(OpenConversation); ok {
			queue = m.Opened.Queue
		}
		c.SetRules(w.ruleOf(queue))
		out, err, bad = c.step(w.now, e)
	case KindAgent:
		a := w.agents[AgentID(e.To.ID)]
		if a == nil {
			return
		}
		out, err, bad = a.step(w.now, e)
	case KindQueue:
		id := QueueID(e.To.ID)
		if s, begun := hoursBegun(w.settingsOf(id), w.now); begun {
			w.settings[id] = s
			w.step(Envelope{To: e.To, Message: ConfigureQueue{Settings: s}})
		}
		out, err = w.queue(id).Step(w.now, e)
		if err == nil {
			bad = soundQueue(w.queue(QueueID(e.To.ID)))
		}
	default:
		if a, ok := e.Message.(Answer); ok {
			w.answers = append(w.answers, a)
		}
		return
	}
	if bad != nil {
		w.fail("%s at %s on %s: %v", e.To.ID, since(w.now), w.p.show(e.Message), bad)
	}
	w.tell(e, out, err)
}

// hoursBegun are the settings once the hours in them have changed, which a queue gets before anything else.
func hoursBegun(s QueueSettings, now time.Time) (QueueSettings, bool) {
	if !due(s.Waits.HoursUntil, now) {
		return s, false
	}
	s.Waits = WaitRules{Closed: !s.Waits.Closed}
	return s, true
}

func (w *world) tell(e Envelope, out Outcome, err error) {
	if err != nil {
		w.logf("  %v refuses %v: %v", e.To.ID, e.Message, err)
		if e.From != (Address{}) {
			w.put(Envelope{To: e.From, From: e.To, Message: Answer{Err: err.(*Error)}}) //nolint:errorlint // checked
		}
		return
	}
	for _, r := range out.Records {
		w.logf("  %v * %v", e.To.ID, r)
	}
	for _, m := range out.Sends {
		if m.To != client && (w.all || !quiet(m.Message)) {
			w.logf("  %v → %v %v", e.To.ID, m.To.ID, m.Message)
		}
		w.put(m)
	}
	for _, event := range out.Events {
		w.logf("  %v sees %v", e.To.ID, event)
	}
}

// quiet messages only confirm, or carry events that their receiver shows.
func quiet(m Message) bool {
	switch m.(type) {
	case Enqueued, AvailabilitySeen, ReleaseSeen, OwnerSeen, Notify:
		return true
	}
	return false
}

// put sends e, unless a fault wants it.
func (w *world) put(e Envelope) {
	name := reflect.TypeOf(e.Message).Name()
	i := slices.IndexFunc(w.faults, func(f fault) bool { return f.message == name })
	if i < 0 {
		w.inbox = append(w.inbox, e)
		return
	}
	f := w.faults[i]
	w.disturbed = true
	w.faults = slices.Delete(w.faults, i, i+1)
	w.logf("    (%v is %v)", name, map[string]string{"lose": "lost", "delay": "delayed by " + f.by.String(), "repeat": "repeated", "echo": "to come again after " + f.by.String()}[f.what])
	switch f.what {
	case "delay":
		w.later = append(w.later, delayed{w.now.Add(f.by), e})
		slices.SortStableFunc(w.later, func(a, b delayed) int { return a.at.Compare(b.at) })
	case "echo":
		w.inbox = append(w.inbox, e)
		w.later = append(w.later, delayed{w.now.Add(f.by), e})
		slices.SortStableFunc(w.later, func(a, b delayed) int { return a.at.Compare(b.at) })
	case "repeat":
		w.inbox = append(w.inbox, e, e)
	}
}

const maxDrain = 150 // deliveries until rest with the clock stopped; more means that two machines ask each other for ever

// rest delivers until nothing is under way.
func (w *world) rest() {
	limit := maxDrain + 10*len(w.inbox)
	for n := 0; len(w.inbox) > 0; n++ {
		if n > limit {
			w.fail("no rest after %d deliveries; next is %s", n, w.p.show(w.inbox[0].Message))
			return
		}
		e := w.inbox[0]
		w.inbox = w.inbox[1:]
		w.step(e)
	}
}

// do gives a command as the client does and delivers all that follows.
func (w *world) do(to Address, m Message) {
	w.answers = nil
	w.step(Envelope{To: to, From: client, Cause: Cause{Principal: "p", Command: "k"}, Message: m})
	w.rest()
}

// nextWake is the earliest deadline of any machine, or delivery of a delayed message.
func (w *world) nextWake() (at time.Time, who []Address) {
	consider := func(d time.Time, a Address) {
		switch {
		case d.IsZero() || !at.IsZero() && d.After(at):
		case at.IsZero() || d.Before(at):
			at, who = d, []Address{a}
		default:
			who = append(who, a)
		}
	}
	for _, id := range sortedKeys(w.convs) {
		consider(w.convs[id].NextDeadline(), id.Address())
	}
	for _, id := range sortedKeys(w.agents) {
		consider(w.agents[id].NextDeadline(), id.Address())
	}
	for _, id := range sortedKeys(w.queues) {
		consider(w.queues[id].NextDeadline(), id.Address())
	}
	if len(w.later) > 0 {
		consider(w.later[0].at, client)
	}
	return at, who
}

// advance lets time pass, waking everybody at their deadlines.
func (w *world) advance(d time.Duration) {
	end := w.now.Add(d)
	for range 100_000 {
		at, who := w.nextWake()
		if at.IsZero() || at.After(end) {
			w.now = end
			return
		}
		if at.After(w.now) {
			w.now = at
		}
		w.wakeAll(who)
		if again, _ := w.nextWake(); !again.IsZero() && !again.After(w.now) && !slices.Contains(who, client) && len(who) > 0 {
			w.wakeTwice(again)
		}
	}
	w.fail("the clock does not get past %s", since(w.now))
}

func (w *world) wakeAll(who []Address) {
	for _, a := range who {
		if a == client {
			w.deliverLater()
		} else {
			before := len(w.lines)
			w.step(Envelope{To: a, Message: Wake{}})
			if len(w.lines) > before {
				at := w.now
				w.lines = slices.Insert(w.lines, before, func() string { return since(at) + " wake " + a.ID })
			}
		}
		w.rest()
	}
}

// deliverLater puts the next delayed message under way. Slots are read from storage at that moment.
func (w *world) deliverLater() {
	e := w.later[0].e
	w.later = w.later[1:]
	if _, ok := e.Message.(AdoptSlots); ok {
		w.step(Envelope{To: e.To, Message: AdoptSlots{Slots: w.slotsOf(AgentID(e.To.ID))}})
		return
	}
	w.logf("%v (late delivery to %v)", since(w.now), e.To.ID)
	w.inbox = append(w.inbox, e)
}

// wakeTwice fails when a machine that was just woken asks for the same moment again and again.
func (w *world) wakeTwice(at time.Time) {
	for range 20 {
		again, who := w.nextWake()
		if again.IsZero() || again.After(w.now) {
			return
		}
		w.wakeAll(who)
	}
	_, who := w.nextWake()
	w.fail("%v asks to be woken at %s for ever", who, since(at))
}

func (w *world) take() string {
	if len(w.lines) == 0 {
		return "(nothing)"
	}
	words := make([]string, len(w.lines))
	for i, line := range w.lines {
		words[i] = line()
	}
	w.lines = nil
	return strings.Join(words, "\n")
}

// recover restarts the actor of one machine from what storage would hold.
func (w *world) recover(a Address) {
	switch a.Kind {
	case KindConversation:
		c := w.convs[ConversationID(a.ID)]
		c.Conversation = NewConversation(c.stored())
		w.step(Envelope{To: a, Message: Recovered{Crashed: true}})
	case KindAgent:
		old := w.agents[AgentID(a.ID)]
		sessions, profile := old.sessions, old.profile
		old.Agent, old.desk = NewAgent(old.folded, w.now), map[string]bool{}
		w.step(Envelope{To: a, Message: Recovered{Crashed: true}})
		w.step(Envelope{To: a, Message: ConfigureAgent{Profile: profile}})
		for _, id := range sessions {
			w.step(Envelope{To: a, Message: SessionOpened{Session: id}})
		}
		w.later = append(w.later, delayed{w.now.Add(ReserveHold), Envelope{To: a, Message: AdoptSlots{}}})
		slices.SortStableFunc(w.later, func(a, b delayed) int { return a.at.Compare(b.at) })
	case KindQueue:
		id := QueueID(a.ID)
		w.now = w.now.Add(time.Millisecond) // no restart is so quick that its time is the time of what came before
		w.queues[id] = NewQueue(id)
		w.step(Envelope{To: a, Message: ConfigureQueue{Settings: w.settingsOf(id)}})
		load := LoadQueue{Members: w.members[id]}
		for _, cid := range sortedKeys(w.convs) {
			if t := w.convs[cid].s.Ticket(); t != nil && t.Queue == id {
				load.Tickets = append(load.Tickets, *t)
			}
		}
		w.step(Envelope{To: a, Message: load})
	}
}

// slotsOf is what storage says that an agent has.
func (w *world) slotsOf(agent AgentID) []Slot {
	var slots []Slot
	for _, id := range sortedKeys(w.convs) {
		c := w.convs[id]
		if c.s.Owner == agent {
			slots = append(slots, Slot{Conversation: id, Kind: SlotOwned, Version: c.s.Version, Weight: c.s.Weight, Head: c.Head()})
		}
		if o := c.s.offerTo(agent); o != nil {
			slots = append(slots, Slot{Conversation: id, Kind: SlotOffered, Version: c.s.Version, Weight: c.s.Weight, Offer: *o})
		}
	}
	return slots
}
