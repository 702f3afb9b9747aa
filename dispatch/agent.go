package dispatch

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// AgentSnapshot is the recorded state of an agent. Slots are not part of it: conversations own those facts.
type AgentSnapshot struct {
	ID      AgentID     `cbor:"1,keyasint"`
	Version uint64      `cbor:"2,keyasint"`
	Status  AgentStatus `cbor:"3,keyasint"`
	Reason  string      `cbor:"4,keyasint,omitempty"`
	By      AgentID     `cbor:"5,keyasint,omitempty"`
	Since   time.Time   `cbor:"6,keyasint,omitzero"`
	Misses  int         `cbor:"7,keyasint,omitempty"`
	After   bool        `cbor:"8,keyasint,omitempty"` // not ready once the current conversations are over
	AfterIs string      `cbor:"9,keyasint,omitempty"` // the reason to give then

	PausedUntil time.Time     `cbor:"30,keyasint,omitzero"`  // nothing is offered before: the agent declined
	Until       time.Time     `cbor:"10,keyasint,omitzero"`  // when the status should end, by plan
	AfterPlan   time.Duration `cbor:"11,keyasint,omitempty"` // how long the promised one should last
	Connected   time.Time     `cbor:"12,keyasint,omitzero"`  // since when, but for losses within the grace; zero: gone

	Leaving *ConversationsReassigned `cbor:"70,keyasint,omitempty"` // what a supervisor last took from the agent
}

// Apply folds one record; it never fails.
func (s *AgentSnapshot) Apply(r AgentRecord) {
	s.Version++
	switch r := r.(type) {
	case AgentStatusChanged:
		s.Status, s.Reason, s.By, s.Since, s.Until = r.Status, r.Reason, r.By, r.At, r.Until
		s.After, s.AfterIs, s.AfterPlan = false, "", 0
		if r.Status == StatusReady {
			s.Misses = 0
		}
	case AfterCurrentSet:
		s.After, s.AfterIs, s.AfterPlan = !r.Clear, r.Reason, r.Planned
	case MissesCounted:
		s.Misses = r.Misses
	case DeclinePaused:
		s.PausedUntil = r.Until
	case AgentConnected:
		s.Connected = r.At
	case AgentDisconnected:
		s.Connected = time.Time{}
	case ConversationsReassigned:
		s.Leaving = &r
	case CommandAnswered:
	}
}

// SlotKind says what holds a slot of an agent.
type SlotKind string

// The kinds of slots.
const (
	SlotReserved SlotKind = "reserved"
	SlotOffered  SlotKind = "offered"
	SlotOwned    SlotKind = "owned"
)

// Slot is one conversation's claim on an agent's capacity, as the agent knows it.
type Slot struct {
	Conversation ConversationID
	Kind         SlotKind
	Version      uint64 // of the conversation, when it said so
	Weight       int
	Offer        Offer   // reserved: only its ID; offered: all
	Head         Head    // owned
	Alerted      bool    // owned, as it was stored: the supervisors know that the contact waits for the owner
	hidden       bool    // an offer that its addressee never sees: it is being withdrawn
	waking       OfferID // owned and snoozed: the reservation that holds its slot again
	wakingUntil  time.Time
	askAt        time.Time
}

// Agent decides about one agent: status, capacity, connection, and what fits. It never owns a conversation's facts:
// its slots repeat what conversations said, and the newest word wins.
type Agent struct {
	s       AgentSnapshot
	profile AgentProfile

	slots     []Slot // sorted by conversation
	gone      goneSlots
	ended     []EndedOffer
	sessions  []SessionID
	lostAt    time.Time // when the last session closed; zero while connected
	lost      bool      // the owned conversations were told
	settling  bool      // after a crash: reservations of the former self may still become offers
	adopted   bool      // the slots that storage knows are here
	version   uint64    // of the last availability told to any queue
	idleSince time.Time
	told      []toldQueue
	last      Availability // as last told, without version
	retryAt   time.Time
	dropAt    time.Time // when the open offers of a suspect agent are withdrawn
	pauseEnds time.Time // when the queues hear that the pause after a decline is over
	leaveAt   time.Time // when to tell those again that leave the agent by a supervisor's word
	looked    time.Time // the last step: what changes by time alone has been told up to here
}

type toldQueue struct {
	queue   QueueID
	version uint64
	acked   uint64
	leaving bool
	again   bool      // tell at the next occasion, whatever has changed
	rank    QueueRank // as told
}

// NewAgent returns the machine over a recorded state. It is offline until a SessionOpened, and it knows no slots until
// an AdoptSlots brings them from storage. A state without a status is not ready.
func NewAgent(s AgentSnapshot, now time.Time) *Agent {
	if s.Status == "" {
		s.Status, s.Since = StatusNotReady, now
	}
	a := &Agent{s: s, profile: AgentProfile{}, lostAt: now, idleSince: now, adopted: !s.After}
	if s.PausedUntil.After(now) {
		a.pauseEnds = s.PausedUntil
	}
	return a
}

// Snapshot is the recorded state; the caller must not change it.
func (a *Agent) Snapshot() *AgentSnapshot { return &a.s }

// Slots lists what holds the agent's capacity, sorted by conversation. Valid until the next Step.
func (a *Agent) Slots() []Slot { return a.slots }

// Owns reports whether the agent has the conversation.
func (a *Agent) Owns(id ConversationID) bool {
	s := a.slot(id)
	return s != nil && s.Kind == SlotOwned
}

// Shown reports whether the slot is an offer that the agent sees.
func (s *Slot) Shown() bool { return s.Kind == SlotOffered && !s.hidden }

// Profile is what the configuration says of the agent.
func (a *Agent) Profile() AgentProfile { return a.profile }

// Connected reports whether a session is open.
func (a *Agent) Connected() bool { return len(a.sessions) > 0 }

// Busy reports whether the agent must stay in memory.
func (a *Agent) Busy() bool {
	return len(a.slots) > 0 || len(a.sessions) > 0 || a.s.Status == StatusReady || !a.s.Connected.IsZero() || !a.retryAt.IsZero() || a.settling
}

// Dot is how the agent looks to others: green can take work, amber is full, red is not ready, grey is offline.
func (a *Agent) Dot(now time.Time) (dot, why string) {
	why = a.refusal(now, OfferFromQueue, 1, nil)
	switch why {
	case "":
		return "green", ""
	case "offline":
		return "grey", why
	case "full", "offer_open", "paused_after_decline":
		return "amber", why
	}
	return "red", why
}

// NextDeadline is when the machine wants a Wake; zero: never.
func (a *Agent) NextDeadline() time.Time {
	at := earliest(earliest(a.retryAt, a.dropAt), earliest(earliest(a.nextRest(), a.pauseEnds), a.leaveAt))
	if !a.lost && len(a.sessions) == 0 && (a.s.Status == StatusReady || a.owns() || !a.s.Connected.IsZero()) {
		at = earliest(at, a.goneAt())
	}
	for i := range a.slots {
		at = earliest(earliest(at, a.slots[i].askAt), a.slots[i].wakingUntil)
	}
	return at
}

func (a *Agent) owns() bool {
	for i := range a.slots { // a slot is too large to be copied for each look
		if a.slots[i].Kind == SlotOwned {
			return true
		}
	}
	return false
}

// Step decides what e causes at now. On error nothing changed.
func (a *Agent) Step(now time.Time, e Envelope) (Outcome, error) {
	t := &turn{now: now, in: e, self: a.s.ID.Address()}
	if err := a.handle(t, e.Message); err != nil {
		return Outcome{}, err
	}
	a.afterCurrent(t)
	a.tellQueues(t)
	a.looked = now
	return t.out, nil
}

func (a *Agent) handle(t *turn, m Message) error {
	switch m := m.(type) {
	case SetStatus:
		return a.setStatus(t, m)
	case AcceptOffer:
		return a.forward(t, m.Offer, m)
	case DeclineOffer:
		return a.forward(t, m.Offer, m)
	case ConfigureAgent:
		a.profile = m.Profile
	case SessionOpened:
		a.sessionOpened(t, m)
	case SessionClosed:
		a.sessionClosed(t, m)
	case AskAvailability:
		a.tellAgain(m.Queue)
	case AvailabilitySeen:
		a.availabilitySeen(m)
	case Reserve:
		a.reserve(t, m)
	case MakeOffer:
		a.offered(t, m)
	case OfferEnded:
		a.offerEnded(t, m)
	case Assigned:
		a.assigned(t, m)
	case Released:
		a.released(t, m)
	case Notify:
		a.notified(t, m)
	case OwnerSeen:
		a.ownerSeen(t, m)
	case AdoptSlots:
		a.adopt(t, m)
	case ReassignAll:
		a.reassignAll(t, m)
	case Recovered:
		a.settling = m.Crashed
	case Wake:
		a.wake(t)
	default:
		return refuse(CodeBadRequest, "an agent does not take this message")
	}
	return nil
}

func (a *Agent) record(t *turn, r AgentRecord) {
	t.out.Records = append(t.out.Records, r)
	a.s.Apply(r)
}

func (a *Agent) push(t *turn, e Event) { t.out.Events = append(t.out.Events, e) }

// refusal is the one predicate of eligibility: empty when the agent can take a conversation of this weight that asks for
// these skills, else why not, in one word. Queue membership is the queue's index and is checked by reserve.
//
// A supervisor's assignment needs an agent who is ready and has the skills, and may pass the capacity; who takes over needs
// only to be there. Neither passes the ceiling.
func (a *Agent) refusal(now time.Time, kind OfferKind, weight int, skills []SkillNeed) string {
	own, ordered := kind == OfferTakeover, kind.ordered()
	switch {
	case len(a.sessions) == 0:
		return "offline"
	case !own && (a.s.Status != StatusReady || a.s.After) && !planted("status_ignored"):
		return "not_ready"
	case a.settling:
		return "recovering"
	case !own && a.paused(now):
		return "paused_after_decline"
	case weight > a.roomFor(now, kind):
		return "full"
	case !ordered && a.openOffers() >= MaxOpenOffers:
		return "offer_open"
	case !own && !hasSkills(a.profile.Skills, skills):
		return "skills"
	}
	return ""
}

func hasSkills(have []SkillLevel, need []SkillNeed) bool {
	for _, n := range need {
		ok := slices.ContainsFunc(have, func(s SkillLevel) bool { return s.ID == n.ID && s.Level >= n.MinLevel })
		if !ok {
			return false
		}
	}
	return true
}

func (a *Agent) openOffers() int {
	n := 0
	for i := range a.slots {
		if a.slots[i].Kind != SlotOwned {
			n++
		}
	}
	return n
}

// withdrawOffers asks the conversations to end the offers that this agent cannot take any more.
func (a *Agent) withdrawOffers(t *turn, cause EndCause) {
	a.dropAt = time.Time{}
	for i := range a.slots {
		if s := &a.slots[i]; s.Kind == SlotOffered {
			t.send(s.Conversation.Address(), WithdrawOffer{Offer: s.Offer.ID, Agent: a.s.ID, Cause: cause})
			s.askAt = t.now.Add(RetryPause)
		}
	}
}

// forward passes an accept or decline on to the conversation, which decides; what cannot be current is refused here.
func (a *Agent) forward(t *turn, id OfferID, m Message) error {
	s := a.shown(id)
	if s == nil {
		for _, e := range a.ended {
			if e.ID == id {
				return endedError(e.Cause)
			}
		}
		return refuse(CodeNotFound, "no such offer")
	}
	switch m := m.(type) {
	case AcceptOffer:
		if a.s.Status != StatusReady {
			return refuse(CodeNotReady, "become ready first")
		}
		m.Agent = a.s.ID
		a.pass(t, s.Conversation, m)
	case DeclineOffer:
		m.Agent = a.s.ID
		a.pass(t, s.Conversation, m)
	}
	return nil
}

// shown is the slot of an offer that the agent sees; nil: there is none.
func (a *Agent) shown(id OfferID) *Slot {
	for i := range a.slots {
		if s := &a.slots[i]; s.Offer.ID == id && s.Shown() {
			return s
		}
	}
	return nil
}

// pass hands a command on with its cause; the answer comes back to whoever sent it.
func (a *Agent) pass(t *turn, to ConversationID, m Message) {
	t.out.Sends = append(t.out.Sends, Envelope{To: to.Address(), From: t.in.From, Cause: t.in.Cause, Message: m})
}

func (a *Agent) slot(id ConversationID) *Slot {
	i, found := a.find(id)
	if !found {
		return nil
	}
	return &a.slots[i]
}

// find is where the slot of a conversation is, or would be.
func (a *Agent) find(id ConversationID) (at int, found bool) {
	return sort.Find(len(a.slots), func(i int) int { return cmp.Compare(id, a.slots[i].Conversation) })
}

// put inserts or replaces the slot of a conversation.
func (a *Agent) put(s Slot) *Slot {
	i, found := a.find(s.Conversation)
	if found {
		a.slots[i] = s
	} else {
		a.slots = slices.Insert(a.slots, i, s)
	}
	return &a.slots[i]
}

// remove drops a slot and remembers the version at which it went.
func (a *Agent) remove(id ConversationID, version uint64) {
	i, found := a.find(id)
	if found {
		version = max(version, a.slots[i].Version)
		a.slots = slices.Delete(a.slots, i, i+1)
	}
	a.left(id, version)
}

// left remembers that the conversation was not the agent's any more at version.
func (a *Agent) left(id ConversationID, version uint64) {
	if g := a.gone.of(id); g != nil {
		g.version = max(g.version, version)
		return
	}
	a.gone.add(id, version)
}

// stale reports whether a word of a conversation at version is older than what the agent has heard of it.
func (a *Agent) stale(id ConversationID, version uint64) bool {
	if planted("stale_versions_taken") {
		return false
	}
	if s := a.slot(id); s != nil && version < s.Version {
		return true
	}
	g := a.gone.of(id)
	return g != nil && version <= g.version
}
