package dispatch

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
	"time"
)

// Strategy says which of the agents that can take a conversation gets it.
type Strategy string

// The strategies. Ties are broken by idle time, then by id: never by chance.
const (
	LongestIdle       Strategy = "longest_idle"
	LeastBusy         Strategy = "least_busy"
	MostSpareCapacity Strategy = "most_spare_capacity"
	RoundRobin        Strategy = "round_robin"
)

// AgeBoost is how much waiting time one priority class is worth: after it a conversation is level with the next class.
// Ordering by arrival − priority × AgeBoost is the continuous form of "class, then age, ageing one class per AgeBoost",
// and it is constant in time, so that a waiting conversation never needs to be moved in the index.
const AgeBoost = 600 * time.Second

const reserveLease = ReserveHold + time.Second // after it a reservation without an outcome is tried anew

// Messages that only a queue takes.
type (
	// ConfigureQueue brings the settings.
	ConfigureQueue struct {
		isMessage
		Strategy Strategy
	}
	// LoadQueue brings what storage knows at activation: who waits, and whom to ask for availability.
	LoadQueue struct {
		isMessage
		Tickets []Ticket
		Members []AgentID
	}
)

// Queue decides who waits, in which order, and which agent is asked next. Nothing of it is recorded: it is rebuilt from
// conversations and agents. Its cost per message does not grow with the number of agents or of waiting conversations,
// but with their logarithm and with the number of distinct skill demands among those who wait.
type Queue struct {
	id       QueueID
	strategy Strategy
	waiting  map[ConversationID]*waiting
	agents   map[AgentID]*candidate
	classes  []*class // in order of first need; walked, never ranged as a map
	timers   *tree[*waiting]
	silent   *tree[*candidate] // agents that owe a word, by when to ask them again
	turns    int64             // reservations made so far
	born     uint64            // a word said after LoadQueue has a higher version; a former self may have heard later ones
}

// waiting is a ticket in the queue.
type waiting struct {
	Ticket
	class   *class
	place   int64 // microseconds: less is earlier
	relaxed bool  // the round is over: everybody may get it again
	offer   OfferID
	agent   AgentID // asked to reserve; empty while nobody is
	skip    []AgentID
	timer   time.Time // lease end, or the end of the round's pause; zero: none
}

// candidate is an agent as its last Availability told.
type candidate struct {
	Availability
	asked bool      // a reservation is on its way: nothing more until the agent tells again
	askAt time.Time // when to ask for that word; zero: none is owed
	asks  int       // questions without an answer
	turn  int64
	key   [2]int64
	in    []*class // whose index holds it, under key
}

// class groups tickets with the same demand, so that one look-up answers for all of them.
type class struct {
	weight  int
	skills  []SkillNeed
	held    int             // tickets of this demand in the queue, those that agents are asked for too
	tickets *tree[*waiting] // without those
	agents  *tree[*candidate]
}

// NewQueue returns an empty queue.
func NewQueue(id QueueID) *Queue {
	return &Queue{
		id: id, strategy: LongestIdle, waiting: map[ConversationID]*waiting{}, agents: map[AgentID]*candidate{},
		timers: newTree(func(a, b *waiting) bool {
			return cmp.Or(a.timer.Compare(b.timer), cmp.Compare(a.Conversation, b.Conversation)) < 0
		}),
		silent: newTree(func(a, b *candidate) bool {
			return cmp.Or(a.askAt.Compare(b.askAt), cmp.Compare(a.Agent, b.Agent)) < 0
		}),
	}
}

// Waiting is the number of conversations in the queue.
func (q *Queue) Waiting() int { return len(q.waiting) }

// Holds reports whether the conversation waits here, and whether an agent is being asked for it.
func (q *Queue) Holds(id ConversationID) (waits, asking bool) {
	w, ok := q.waiting[id]
	return ok, ok && w.agent != ""
}

// NextDeadline is when the machine wants a Wake; zero: never.
func (q *Queue) NextDeadline() time.Time {
	var at time.Time
	if w, ok := q.timers.first(); ok {
		at = w.timer
	}
	if c, ok := q.silent.first(); ok {
		at = earliest(at, c.askAt)
	}
	return at
}

// Step decides what e causes at now.
func (q *Queue) Step(now time.Time, e Envelope) (Outcome, error) {
	t := &turn{now: now, in: e, self: q.id.Address()}
	switch m := e.Message.(type) {
	case Enqueue:
		t.send(m.Ticket.Conversation.Address(), Enqueued{Version: m.Ticket.Version})
		q.enqueue(t, m.Ticket)
	case Dequeue:
		if w := q.waiting[m.Conversation]; w != nil && w.Version <= m.Version {
			q.drop(w)
		}
	case Availability:
		if m.Agent == "" {
			return Outcome{}, refuse(CodeBadRequest, "nobody is available")
		}
		t.send(m.Agent.Address(), AvailabilitySeen{Queue: q.id, Version: m.Version})
		q.available(t, m)
	case Refused:
		q.refused(t, m)
	case Wake:
		q.wake(t)
	case ConfigureQueue:
		q.configure(m)
	case LoadQueue:
		q.load(t, m)
	default:
		return Outcome{}, refuse(CodeBadRequest, "a queue does not take this message")
	}
	return t.out, nil
}

// load takes what waits and asks the members what they can take, until each has answered.
func (q *Queue) load(t *turn, m LoadQueue) {
	q.born = uint64(t.now.UnixMicro())
	for _, ticket := range m.Tickets {
		q.enqueue(t, ticket)
	}
	for _, agent := range m.Members {
		t.send(agent.Address(), AskAvailability{Queue: q.id})
		if q.agents[agent] == nil {
			c := &candidate{asked: true}
			c.Agent = agent
			q.agents[agent] = c
			q.setAsk(c, t.now.Add(RetryPause))
		}
	}
}

// enqueue takes a ticket, unless a newer one of the same conversation is here.
func (q *Queue) enqueue(t *turn, ticket Ticket) {
	if old := q.waiting[ticket.Conversation]; old != nil {
		if old.Version >= ticket.Version {
			return
		}
		q.drop(old)
	}
	w := &waiting{Ticket: ticket, class: q.classFor(ticket)}
	w.place = ticket.EnqueuedAt.UnixMicro() - int64(ticket.Priority)*AgeBoost.Microseconds()
	w.relaxed = len(ticket.Excluded) > 0 && due(ticket.RelaxAt, t.now)
	q.waiting[ticket.Conversation] = w
	w.class.held++
	w.class.tickets.insert(w)
	q.findAgent(t, w)
}

func (q *Queue) drop(w *waiting) {
	q.setTimer(w, time.Time{})
	if w.agent == "" {
		w.class.tickets.delete(w)
	}
	w.class.held--
	delete(q.waiting, w.Conversation)
}

func (q *Queue) setTimer(w *waiting, at time.Time) {
	if !w.timer.IsZero() {
		q.timers.delete(w)
	}
	w.timer = at
	if !at.IsZero() {
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
		c = &candidate{}
		q.agents[m.Agent] = c
	case m.Version <= c.Version:
		return
	}
	q.unlist(c)
	c.Availability, c.asked = m, false
	q.heard(t, c)
	q.list(c)
	q.findTicket(t, c)
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
	w := q.waiting[m.Conversation]
	if w == nil || w.agent == "" || w.offer != m.Offer || w.agent != m.Agent {
		return
	}
	switch m.Why {
	case "full", "offer_open", "not_ready", "offline":
	default:
		w.skip = append(w.skip, m.Agent)
	}
	q.freeTicket(t, w)
}

// freeTicket puts a ticket back among those that wait for an agent.
func (q *Queue) freeTicket(t *turn, w *waiting) {
	w.agent, w.offer = "", ""
	w.class.tickets.insert(w)
	q.findAgent(t, w)
}

// wake frees the tickets whose agent did not answer, starts rounds over, and asks silent agents for their word. Tickets
// that come due together are served in their order of waiting, whatever the order of their timers.
func (q *Queue) wake(t *turn) {
	for _, w := range q.dueTickets(t.now) {
		q.findAgent(t, w)
	}
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
		if !ok || w.timer.After(now) {
			break
		}
		q.setTimer(w, time.Time{})
		w.skip = nil
		w.relaxed = w.relaxed || (len(w.Excluded) > 0 && due(w.RelaxAt, now))
		if w.agent != "" {
			w.agent, w.offer = "", ""
			w.class.tickets.insert(w)
		}
		found = append(found, w)
	}
	slices.SortFunc(found, comparePlace)
	return found
}

// findAgent asks the best agent that may have w, else arms the timer that may change who may.
func (q *Queue) findAgent(t *turn, w *waiting) {
	if c := q.agents[w.Preferred]; c != nil && slices.Contains(c.in, w.class) && w.mayGo(c) {
		q.ask(t, w, c)
		return
	}
	if found := w.best(); found != nil {
		q.ask(t, w, found)
		return
	}
	var at time.Time
	if len(w.Excluded) > 0 && !w.relaxed {
		at = w.RelaxAt
	}
	if len(w.skip) > 0 {
		at = earliest(at, t.now.Add(RetryPause))
	}
	q.setTimer(w, at)
}

// best is the first agent in turn that may have w; who refused it in this round comes after everybody else, also once
// the pause is over.
func (w *waiting) best() (found *candidate) {
	w.class.agents.ascend(func(c *candidate) bool {
		if !w.mayGo(c) {
			return true
		}
		if slices.Contains(w.Excluded, c.Agent) && !planted("excluded_ignored") {
			if found == nil {
				found = c
			}
			return true
		}
		found = c
		return false
	})
	return found
}

// mayGo: refused in this round, or skipped for a moment, means not now.
func (w *waiting) mayGo(c *candidate) bool {
	if planted("pause_ignored") {
		return !slices.Contains(w.skip, c.Agent)
	}
	return (w.relaxed || !slices.Contains(w.Excluded, c.Agent)) && !slices.Contains(w.skip, c.Agent)
}

// findTicket gives the agent the earliest conversation of all classes that it fits.
func (q *Queue) findTicket(t *turn, c *candidate) {
	var best *waiting
	for _, k := range c.in {
		k.tickets.ascend(func(w *waiting) bool {
			if best != nil && !earlierPlace(w, best) {
				return false
			}
			if w.mayGo(c) {
				best = w
				return false
			}
			return true
		})
	}
	if best != nil {
		q.ask(t, best, c)
	}
}

// ask sends the reservation: the ticket waits for its outcome, the agent gets nothing more until it tells again.
func (q *Queue) ask(t *turn, w *waiting, c *candidate) {
	q.turns++
	w.class.tickets.delete(w)
	w.agent, w.offer = c.Agent, q.offerID(t.now, w)
	q.setTimer(w, t.now.Add(reserveLease))
	q.unlist(c)
	q.setAsk(c, t.now.Add(reserveLease))
	c.asked, c.turn = true, q.turns
	t.send(c.Agent.Address(), Reserve{
		Offer: w.offer, Conversation: w.Conversation, Queue: q.id, Ticket: w.Version, Kind: OfferFromQueue,
		Weight: w.Weight, Skills: w.Skills, NewRound: w.relaxed,
	})
}

// offerID is unique because no two reservations share conversation, ticket, turn and time; it needs no chance.
func (q *Queue) offerID(now time.Time, w *waiting) OfferID {
	var buf [96]byte
	b := append(buf[:0], w.Conversation...)
	b = strconv.AppendInt(b, q.turns, 36)
	b = strconv.AppendInt(b, now.UnixNano(), 36)
	b = strconv.AppendUint(b, w.Version, 36)
	h := fnv.New64a()
	h.Write(b) // a hash never fails
	return OfferID(FormatID("off", now, PartitionOf(string(w.Conversation)), h.Sum64()))
}

func comparePlace(a, b *waiting) int {
	return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.Conversation, b.Conversation))
}

func earlierPlace(a, b *waiting) bool {
	if planted("last_come_first_served") {
		return comparePlace(a, b) > 0
	}
	return comparePlace(a, b) < 0
}
