package dispatch

import (
	"hash/fnv"
	"slices"
	"strconv"
	"time"
)

const reserveLease = ReserveHold + time.Second // after it a reservation without an outcome is tried anew

// Messages that only a queue takes.
type (
	// ConfigureQueue brings the settings. They are in force at once, for those who wait already too. From WaitRules.HoursUntil
	// on the machine takes nothing else before it.
	ConfigureQueue struct {
		isMessage
		Settings QueueSettings
		// NobodySince is since when no member is ready, when that was found out only now; zero: as before.
		NobodySince time.Time
	}
	// LoadQueue brings what storage knows at activation: who waits, and whom to ask for availability.
	LoadQueue struct {
		isMessage
		Tickets []Ticket
		More    bool // further tickets follow at once; nothing else of this one counts
		Members []AgentID
		Samples []ServiceSample // of the last hour
		Waits   []LoggedWait    // that ended in the last hour
		// NobodySince is since when no member is ready, or when those that storage calls ready must be back; zero: now.
		NobodySince time.Time
	}
)

// Queue decides who waits, in which order, and which agent is asked next. Nothing of it is recorded: it is rebuilt from
// conversations and agents. Its cost per message does not grow with the number of agents or of waiting conversations,
// but with their logarithm: a search looks only at demands that the agent could serve, or at sets of agents of whom one could
// serve the demand.
type Queue struct {
	id       QueueID
	settings QueueSettings
	waiting  roster
	agents   map[AgentID]*candidate
	free     *tree[*candidate] // who can take something now, in turn
	demands  demandNode        // of those who wait: the class of each
	idle     []*class          // that had no ticket left at some time since they are in here
	numbers  skillNumbers
	holders  holders
	slots    []*candidate // by slot
	timers   *btree[*waiting]
	silent   *btree[*candidate] // agents that owe a word, by when to ask them again
	turns    int64              // reservations made so far
	served   int64              // weighted: the share used up by whoever was asked last
	est      estimate
	told     listTold
	coming   []Ticket           // that were loaded, and come after all of the others
	rest     *btree[*candidate] // who can take nothing now, the nearest first
	stills   [whys]int          // and how many of each cause
	held     *btree[*waiting]   // who waits while the queue is shut
	alarms   alarms

	nobodyAt, nobodyDue time.Time // since when no agent is ready; when a rule wants to hear of it

	ahead    nodeHeap // these four are only filled within a search
	path     []rung
	found    []*candidate
	decision decision
	looks    uint64 // nodes that all searches have looked at

	born uint64 // a word said after LoadQueue has a higher version; a former self may have heard later ones
}

// candidate is an agent as its last Availability told.
type candidate struct {
	Availability
	slot   int       // never changes
	asked  bool      // a reservation is on its way: nothing more until the agent tells again
	askAt  time.Time // when to ask for that word; zero: none is owed
	asks   int       // questions without an answer
	turn   int64     // of the last reservation
	used   int64     // weighted: what it was asked for, divided by its share
	key    [2]int64
	free   bool             // the index of who can take something holds it, under key
	has    []rung           // its skills, in order
	skills skillSet         // and as a set
	kept   *btree[*waiting] // tickets that wait for this agent alone; nil: none so far

	counted Why // as which the queue counts it: why it can have nothing
}

// class groups tickets with the same demand, so that one look-up answers for all of them.
type class struct {
	demand
	path    []rung
	needs   skillSet
	node    *demandNode
	held    int              // tickets of this demand in the queue, those that agents are asked for too
	tickets *btree[*waiting] // those that anybody who fits may have now
	idle    bool             // in the list of those
}

// NewQueue returns an empty queue.
func NewQueue(id QueueID) *Queue {
	q := &Queue{
		id: id, settings: DefaultQueueSettings(), waiting: newRoster(), agents: map[AgentID]*candidate{}, est: newEstimate(),
		demands: demandNode{rung: rung{of: ofAll}}, numbers: skillNumbers{named: map[SkillID]*skillNumber{}},
		free: newTree(beforeInTurn, reachOf), held: newBtree(earlierPlace), rest: newBtree(nearestFirst),
		timers: newBtree(func(a, b *waiting) bool {
			if a.timer != b.timer {
				return a.timer < b.timer
			}
			return compareConversation(a, b) < 0
		}),
		silent: newBtree(func(a, b *candidate) bool {
			if n := a.askAt.Compare(b.askAt); n != 0 {
				return n < 0
			}
			return a.Agent < b.Agent
		}),
	}
	return q
}

// Waiting is the number of conversations in the queue.
func (q *Queue) Waiting() int { return q.waiting.len() }

// Holds reports whether the conversation waits here, and whether an agent is being asked for it.
func (q *Queue) Holds(id ConversationID) (waits, asking bool) {
	w := q.waiting.of(id)
	return w != nil, w != nil && w.rings()
}

// NextDeadline is when the machine wants a Wake; zero: never.
func (q *Queue) NextDeadline() time.Time {
	var at time.Time
	if w, ok := q.timers.first(); ok {
		at = w.timer.time()
	}
	if c, ok := q.silent.first(); ok {
		at = earliest(at, c.askAt)
	}
	if q.rule(OverflowClosed) != nil || q.settings.Alerts.MinReady > 0 {
		at = earliest(at, q.settings.Waits.HoursUntil)
	}
	return earliest(earliest(at, q.nobodyDue), earliest(q.alarms.at, q.nextTold()))
}

// Step decides what e causes at now.
func (q *Queue) Step(now time.Time, e Envelope) (Outcome, error) {
	t := &turn{now: now, in: e, self: q.id.Address()}
	if err := q.handle(t, e); err != nil {
		return Outcome{}, err
	}
	q.watchLimits(t)
	q.tellMembers(t)
	return t.out, nil
}

func (q *Queue) handle(t *turn, e Envelope) error {
	switch m := e.Message.(type) {
	case Enqueue:
		q.confirm(t, m.Ticket)
	case Dequeue:
		if w := q.waiting.of(m.Conversation); w != nil && w.version <= m.Version {
			q.drop(w)
		}
	case Availability:
		if m.Agent == "" {
			return refuse(CodeBadRequest, "nobody is available")
		}
		t.send(m.Agent.Address(), AvailabilitySeen{Queue: q.id, Version: m.Version})
		q.available(t, m)
	case Refused:
		q.refused(t, m)
	case Wake:
		q.wake(t)
	case ConfigureQueue:
		if !q.nobodyAt.IsZero() {
			q.nobodyAt = earliest(q.nobodyAt, m.NobodySince)
		}
		q.configure(t, m.Settings)
	case LoadQueue:
		q.load(t, m)
	default:
		return q.askedAbout(t, e.From, m)
	}
	return nil
}

// load takes what waits and asks the members what they can take, until each has answered.
func (q *Queue) load(t *turn, m LoadQueue) {
	for i := range m.Tickets {
		if m.Tickets[i].Fresh { // who was let into the line is there before those who were not
			q.coming = append(q.coming, m.Tickets[i])
			continue
		}
		q.enqueue(t, &m.Tickets[i])
	}
	if m.More {
		return
	}
	q.born = uint64(t.now.UnixMicro())
	for i := range q.coming {
		q.enqueue(t, &q.coming[i])
	}
	q.coming = nil
	q.loadNobody(t.now, m)
	for _, s := range m.Samples {
		q.est.take(t.now, s)
	}
	q.est.level.load(t.now, m.Waits, q.settings.ServiceTarget)
	for _, agent := range m.Members {
		t.send(agent.Address(), AskAvailability{Queue: q.id})
		if q.agents[agent] == nil {
			c := q.newcomer(agent)
			c.asked = true
			q.recount(c)
			q.setAsk(c, t.now.Add(RetryPause))
		}
	}
}

// enqueue takes a ticket, unless a newer one of the same conversation is here.
func (q *Queue) enqueue(t *turn, ticket *Ticket) {
	old := q.waiting.of(ticket.Conversation)
	if old != nil && old.version >= ticket.Version {
		return
	}
	w := q.hold(ticket)
	if old != nil {
		q.drop(old)
		if asks := stillGood(old.rare().asks, ticket, t.now); len(asks) > 0 {
			w.own().asks = asks
		}
	}
	w.steps = q.stepsOf(w, t.now)
	w.class = q.classFor(demandAfter(q.settings.Relax, demand{weight: ticket.Weight, skills: ticket.Skills}, int(w.steps), nil))
	w.skills = w.class.share(ticket.Skills)
	w.place = q.placeOf(w)
	w.relaxed = w.roundOver(t.now)
	q.waiting.put(w)
	w.class.held++
	q.est.join(w)
	q.told.changed = true
	q.letIn(w)
	q.findAgent(t, w)
}

func (q *Queue) drop(w *waiting) {
	q.setTimer(w, time.Time{})
	w.leave()
	q.unheld(w.class)
	q.est.leave(w)
	q.waiting.remove(w)
	q.told.changed = true
}

func (q *Queue) setTimer(w *waiting, at time.Time) {
	next := momentOf(at)
	if next == w.timer {
		return
	}
	if w.timer != 0 {
		q.timers.delete(w)
	}
	if w.timer = next; next != 0 {
		q.timers.insert(w)
	}
}

func (q *Queue) setAsk(c *candidate, at time.Time) {
	if !c.askAt.IsZero() {
		q.silent.delete(c)
	}
	c.askAt = at
	if !at.IsZero() {
		q.silent.insert(c)
	}
}

// available replaces what is known of an agent and gives it the first conversation that it may have.
func (q *Queue) available(t *turn, m Availability) {
	c := q.agents[m.Agent]
	switch {
	case c == nil:
		c = q.newcomer(m.Agent)
	case m.Version <= c.Version:
		return
	}
	q.unlist(c)
	if c.Free == 0 { // back: what others got meanwhile is not made up for
		c.used = max(c.used, q.served)
	}
	q.est.count(&c.Availability, -1)
	q.est.count(&m, 1)
	q.watchNobody(t.now)
	q.learn(c, m.Skills)
	old := c.Availability
	c.Availability, c.asked = m, false
	q.heard(t, c)
	q.list(c)
	q.findTicket(t, c)
	if c.kept.len() > 0 && !c.keepsAs(&old) {
		q.letGo(t, c)
	}
}

// heard stops asking the agent for its word, unless that word may be older than this queue.
func (q *Queue) heard(t *turn, c *candidate) {
	switch {
	case c.Version > q.born:
		c.asks = 0
		q.setAsk(c, time.Time{})
	case c.askAt.IsZero():
		q.setAsk(c, t.now.Add(RetryPause))
	}
}

// refused frees the ticket for the next agent. An agent whose refusal its availability does not explain is skipped for
// a moment, so that the two cannot ask and refuse for ever.
func (q *Queue) refused(t *turn, m Refused) {
	w := q.waiting.of(m.Conversation)
	if w == nil {
		return
	}
	i := slices.IndexFunc(w.rare().asks, func(a asking) bool { return a.offer == m.Offer && a.agent == m.Agent })
	if i < 0 {
		return
	}
	few := w.own()
	few.asks = slices.Delete(few.asks, i, i+1)
	switch m.Why {
	case "full", "offer_open", "not_ready", "offline", "paused_after_decline":
	default:
		few.skip = append(few.skip, m.Agent)
	}
	q.findAgent(t, w)
}

// wake frees the tickets whose agent did not answer, starts rounds over, and asks silent agents for their word. Tickets
// that come due together are served in their order of waiting, whatever the order of their timers.
func (q *Queue) wake(t *turn) {
	for _, w := range q.dueTickets(t.now) {
		q.findAgent(t, w)
	}
	q.nobodyFor(t)
	for {
		c, ok := q.silent.first()
		if !ok || c.askAt.After(t.now) {
			return
		}
		c.asks++
		q.setAsk(c, t.now.Add(min(RetryPause<<min(c.asks, 5), RetryPauseMax)))
		t.send(c.Agent.Address(), AskAvailability{Queue: q.id})
	}
}

func (q *Queue) dueTickets(now time.Time) []*waiting {
	var found []*waiting
	for {
		w, ok := q.timers.first()
		if !ok || w.timer > momentOf(now) {
			break
		}
		q.setTimer(w, time.Time{})
		w.relaxed = w.relaxed || w.roundOver(now)
		if few := w.few; few != nil {
			few.skip = nil
			few.asks = slices.DeleteFunc(few.asks, func(a asking) bool { return due(a.until, now) })
		}
		found = append(found, w)
	}
	slices.SortFunc(found, comparePlace)
	return found
}

// offerID is unique because no two reservations share conversation, ticket, turn and time; it needs no chance.
func (q *Queue) offerID(now time.Time, w *waiting, id ConversationID) OfferID {
	var buf [96]byte
	b := append(buf[:0], id...)
	b = strconv.AppendInt(b, q.turns, 36)
	b = strconv.AppendInt(b, now.UnixNano(), 36)
	b = strconv.AppendUint(b, w.version, 36)
	h := fnv.New64a()
	h.Write(b) // a hash never fails
	return OfferID(FormatID("off", now, PartitionOf(string(id)), h.Sum64()))
}
