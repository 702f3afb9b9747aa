package dispatch

import (
	"slices"
	"time"
)

// ConversationSnapshot is the whole recorded state of a conversation: the fold of its records.
type ConversationSnapshot struct {
	ID         ConversationID    `cbor:"1,keyasint"`
	Version    uint64            `cbor:"2,keyasint"` // records applied so far
	State      ConversationState `cbor:"3,keyasint"`
	Epoch      uint64            `cbor:"4,keyasint"` // grows with every owner
	Channel    ChannelID         `cbor:"5,keyasint"`
	Contact    Contact           `cbor:"6,keyasint"`
	Queue      QueueID           `cbor:"7,keyasint"`
	Subject    string            `cbor:"8,keyasint,omitempty"`
	Priority   int               `cbor:"9,keyasint,omitempty"`
	Skills     []SkillNeed       `cbor:"10,keyasint,omitempty"`
	Attributes map[string]string `cbor:"11,keyasint,omitempty"`
	Protocol   string            `cbor:"12,keyasint"`
	Previous   ConversationID    `cbor:"13,keyasint,omitempty"`
	Weight     int               `cbor:"14,keyasint"`

	OpenedAt   time.Time `cbor:"20,keyasint"`
	EnqueuedAt time.Time `cbor:"21,keyasint"` // the place in the queue, kept over ended offers
	AssignedAt time.Time `cbor:"22,keyasint,omitzero"`
	ClosedAt   time.Time `cbor:"23,keyasint,omitzero"`

	Owner     AgentID   `cbor:"30,keyasint,omitempty"`
	LastOwner AgentID   `cbor:"31,keyasint,omitempty"`
	LostAt    time.Time `cbor:"32,keyasint,omitzero"` // the owner has had no session since
	RequeueAt time.Time `cbor:"33,keyasint,omitzero"`
	OnHold    bool      `cbor:"34,keyasint,omitempty"`

	Offer    *Offer       `cbor:"40,keyasint,omitempty"`
	Attempt  int          `cbor:"41,keyasint,omitempty"` // offers made since it entered the queue
	Round    int          `cbor:"42,keyasint,omitempty"`
	Excluded []AgentID    `cbor:"43,keyasint,omitempty"` // refused in this round
	Refusers []AgentID    `cbor:"44,keyasint,omitempty"` // refused in any round
	RelaxAt  time.Time    `cbor:"45,keyasint,omitzero"`
	Placed   uint64       `cbor:"46,keyasint"` // version at which it last came to wait: the ticket's version
	Ended    []EndedOffer `cbor:"47,keyasint,omitempty"`
	Handed   []Handover   `cbor:"48,keyasint,omitempty"`
	Note     string       `cbor:"49,keyasint,omitempty"` // of a queue transfer, for the next offer

	LastSeq      uint64        `cbor:"60,keyasint"`
	ReadSeq      uint64        `cbor:"61,keyasint"`
	UnreadSeqs   []uint64      `cbor:"62,keyasint,omitempty"` // the contact's messages after ReadSeq
	LastMessage  *Chat         `cbor:"63,keyasint,omitempty"`
	LastText     string        `cbor:"64,keyasint,omitempty"` // of the contact's last message, shortened
	LastInbound  time.Time     `cbor:"65,keyasint,omitzero"`
	WindowEnds   time.Time     `cbor:"66,keyasint,omitzero"`
	Deliveries   []byte        `cbor:"67,keyasint,omitempty"` // rank by seq-1
	OutboundIDs  []OutboundID  `cbor:"68,keyasint,omitempty"` // messages whose delivery may still change
	Outbox       []uint64      `cbor:"69,keyasint,omitempty"` // seqs that wait for the driver
	Script       *ScriptAnswer `cbor:"70,keyasint,omitempty"`
	WrapupUntil  time.Time     `cbor:"71,keyasint,omitzero"`
	CloseCause   CloseCause    `cbor:"72,keyasint,omitempty"`
	ReleaseCause RemovalCause  `cbor:"73,keyasint,omitempty"` // how LastOwner lost it

	Joined  *Joined        `cbor:"110,keyasint,omitempty"` // the wait in line, since it has one
	Service *ServiceSample `cbor:"111,keyasint,omitempty"` // of its last stay in a queue, once somebody owned it

	SilentSince time.Time `cbor:"125,keyasint,omitzero"`  // an agent wrote and the contact has not answered since
	Top         bool      `cbor:"126,keyasint,omitempty"` // waits before all others

	QueuedAt  time.Time `cbor:"100,keyasint,omitzero"`  // when it came into its queue, kept over ended offers
	Preferred AgentID   `cbor:"101,keyasint,omitempty"` // who should have it first; once somebody had it, that one

	Overflows []Overflowed `cbor:"112,keyasint,omitempty"` // since it was opened or reopened
	Told      int          `cbor:"113,keyasint,omitempty"` // the position in line that it was told, or joined at
	ToldAt    time.Time    `cbor:"114,keyasint,omitzero"`

	ByWord     bool   `cbor:"116,keyasint,omitempty"` // it was reopened by somebody's word, not by the contact's
	Considered uint64 `cbor:"115,keyasint,omitempty"` // the ticket for which it is recorded that nobody could have it

	AlertedAt time.Time `cbor:"74,keyasint,omitzero"` // the supervisors know that the owner is silent

	More     []Offer `cbor:"102,keyasint,omitempty"` // open at the same time as Offer, in order of being made
	Parallel int     `cbor:"103,keyasint,omitempty"` // how many may be; 0 is 1
	Valid    uint64  `cbor:"104,keyasint,omitempty"` // as in its ticket

	QuietAt   time.Time `cbor:"80,keyasint,omitzero"` // active: when QuietStep comes
	QuietStep QuietStep `cbor:"81,keyasint,omitempty"`
	Tags      []string  `cbor:"82,keyasint,omitempty"` // sorted
	Rating    *Rating   `cbor:"83,keyasint,omitempty"`

	Changes     []Change `cbor:"84,keyasint,omitempty"` // of messages, by seq
	LastTextSeq uint64   `cbor:"85,keyasint,omitempty"` // whose text LastText is

	SnoozedUntil time.Time `cbor:"86,keyasint,omitzero"` // active: the owner's slot is free, until then at most
}

// OutboundID ties a sequence number to its message.
type OutboundID struct {
	Seq uint64    `cbor:"1,keyasint"`
	ID  MessageID `cbor:"2,keyasint"`
}

// EndedOffer remembers how a recent offer ended, for typed refusals of late answers.
type EndedOffer struct {
	ID    OfferID  `cbor:"1,keyasint"`
	Cause EndCause `cbor:"2,keyasint"`
}

// Handover is one accepted transfer between agents.
type Handover struct {
	From AgentID `cbor:"1,keyasint"`
	To   AgentID `cbor:"2,keyasint"`
}

const (
	keptEndedOffers = 8
	keptHandovers   = 16
	keptOutboundIDs = 256
	lastTextBytes   = 160
)

// Conversation decides everything about one conversation: its state, offer, owner, messages, notes and script.
// The zero value with an id is a conversation that is not opened yet.
type Conversation struct {
	s        ConversationSnapshot
	rules    Rules
	followed bool

	// What follows is not recorded: it is about messages on their way, and may be lost.
	acked    uint64    // version of the ticket that the queue has confirmed
	retryAt  time.Time // when to tell again what was not acknowledged
	retries  int
	pending  *pendingReserve  // a transfer or assignment that waits for the target's slot
	releases []release        // former owners that have not confirmed
	picks    []pendingReserve // of agents who want it from their queue's list; the first slot that is held wins
}

// pendingReserve is a command that waits for Reserved or Refused.
type pendingReserve struct {
	command Envelope // to be answered
	kind    OfferKind
	offer   OfferID
	target  AgentID
	by      AgentID
	owner   AgentID // when the command came
	note    string
	until   time.Time
}

type release struct {
	agent   AgentID
	version uint64
	cause   RemovalCause
}

// NewConversation returns the machine over a recorded state, which it takes over. A new one has only its ID set.
// It takes for granted that queue and agents know what the state implies, as they do after they read the same storage;
// after a crash of just this actor, send it [Recovered].
func NewConversation(s ConversationSnapshot) *Conversation {
	return &Conversation{s: s, rules: DefaultRules(), acked: s.Placed}
}

// SetRules replaces the settings; they hold from the next step on.
func (c *Conversation) SetRules(r Rules) { c.rules = r }

// Snapshot is the recorded state. The caller must not change it and must encode it before the next Step.
func (c *Conversation) Snapshot() *ConversationSnapshot { return &c.s }

// NextDeadline is when the machine wants a Wake; zero: never.
func (c *Conversation) NextDeadline() time.Time {
	at := c.s.deadline(c.pending == nil)
	if c.pending != nil {
		at = earliest(at, c.pending.until)
	}
	for i := range c.picks {
		at = earliest(at, c.picks[i].until)
	}
	return earliest(at, c.retryAt)
}

// Deadline is the recorded part of NextDeadline: what storage indexes so that a sleeping conversation is woken.
func (s *ConversationSnapshot) Deadline() time.Time { return s.deadline(true) }

// deadline: a sleep does not end while somebody is asked to take the conversation.
func (s *ConversationSnapshot) deadline(wakes bool) time.Time {
	var at time.Time
	if s.Offer != nil {
		at = s.Offer.ExpiresAt
	} else if wakes && !planted("snoozed_for_ever") {
		at = s.SnoozedUntil
	}
	for i := range s.More {
		at = earliest(at, s.More[i].ExpiresAt)
	}
	if s.State == ConversationWrapup {
		at = earliest(at, s.WrapupUntil)
	}
	if !planted("silence_unwatched") {
		at = earliest(at, s.QuietAt)
	}
	return earliest(at, s.RequeueAt)
}

// Busy reports whether messages of this conversation are still on their way, so that it must stay in memory.
func (c *Conversation) Busy() bool {
	return c.pending != nil || len(c.picks) > 0 || len(c.releases) > 0 || (c.s.waits() && c.acked < c.s.Placed)
}

// Ticket is the place in the queue; nil unless queued.
func (s *ConversationSnapshot) Ticket() *Ticket {
	if !s.waits() {
		return nil
	}
	return &Ticket{
		Open: s.addressees(), Valid: s.Valid,
		Conversation: s.ID, Version: s.Placed, Queue: s.Queue, Priority: s.Priority, EnqueuedAt: s.EnqueuedAt,
		Skills: s.Skills, Weight: s.Weight, Excluded: slices.Clone(s.Excluded), RelaxAt: s.RelaxAt, Preferred: s.preferred(),
		Since: s.QueuedAt, Top: s.Top, Spent: s.spent(), Fresh: s.fresh(), Told: s.Told, ToldAt: s.ToldAt,
	}
}

// preferred is who should have it: who had it last, or who was named; nobody who refused it.
func (s *ConversationSnapshot) preferred() AgentID {
	who := s.LastOwner
	if who == "" {
		who = s.Preferred
	}
	if slices.Contains(s.Refusers, who) {
		return ""
	}
	return who
}

// Head is the view of the conversation for lists and desks.
func (c *Conversation) Head() Head {
	h := c.s.Head()
	h.ScriptRequired, h.RatingAsked = c.rules.ScriptRequired, c.rules.Rating
	return h
}

// Head is the view without what only the configuration knows (ScriptRequired, RatingAsked).
func (s *ConversationSnapshot) Head() Head {
	h := Head{
		ID: s.ID, Protocol: s.Protocol, State: s.State, Version: s.Version, Queue: s.Queue, Channel: s.Channel, Contact: s.Contact,
		Subject: s.Subject, Priority: s.Priority, Owner: s.Owner, OnHold: s.OnHold, EnqueuedAt: s.EnqueuedAt, AssignedAt: s.AssignedAt,
		ClosedAt: s.ClosedAt, LastSeq: s.LastSeq, ReadSeq: s.ReadSeq, Unread: len(s.UnreadSeqs), LastMessage: s.LastMessage,
		WindowExpiresAt: s.WindowEnds, OpenedAt: s.OpenedAt, Previous: s.Previous, Script: s.Script, Attributes: s.Attributes,
		WrapupUntil: s.WrapupUntil, CloseCause: s.CloseCause, Tags: s.Tags, SilentSince: s.SilentSince,
		Rating: s.Rating, SnoozedUntil: s.SnoozedUntil,
	}
	if s.Offer != nil && s.Offer.Kind == OfferTransfer {
		h.Transfer = &TransferView{ID: s.Offer.ID, To: s.Offer.Agent, ExpiresAt: s.Offer.ExpiresAt}
	}
	return h
}

// Delivery is the delivery state of message seq; DeliveryNone for messages of the contact.
func (s *ConversationSnapshot) Delivery(seq uint64) DeliveryState {
	if seq == 0 || seq > uint64(len(s.Deliveries)) {
		return DeliveryNone
	}
	return deliveryRank[s.Deliveries[seq-1]]
}

// Step decides what e causes at now. On error (*Error) nothing changed. Messages that are stale are not errors: they
// cause nothing, or the answer that puts the sender right.
func (c *Conversation) Step(now time.Time, e Envelope) (Outcome, error) {
	t := &turn{now: now, in: e, self: c.s.ID.Address()}
	queue, alertedAt := c.s.Queue, c.s.AlertedAt
	if err := c.handle(t, e.Message); err != nil {
		return Outcome{}, c.masked(e.Message, err)
	}
	c.endAlert(t, queue, alertedAt)
	c.tellHead(t)
	return t.out, nil
}

func (c *Conversation) handle(t *turn, m Message) error {
	switch m := m.(type) {
	case OpenConversation:
		return c.open(t, m)
	case ReceiveMessage:
		return c.receive(t, m.Inbound)
	case SendMessage:
		return c.sendMessage(t, m)
	case ReadMessages:
		return c.readMessages(t, m)
	case SetTyping:
		return c.setTyping(t, m)
	case AttachmentChanged:
		return c.attachmentChanged(t, m)
	case AddNote:
		return c.addNote(t, m)
	case ReportDelivery:
		return c.reportDelivery(t, m)
	case ContactSaw:
		return c.contactSaw(t, m)
	case SetHold:
		return c.setHold(t, m)
	case TagConversation:
		return c.tag(t, m)
	case ChangePriority:
		return c.changePriority(t, m)
	case EditMessage:
		return c.editMessage(t, m)
	case RedactMessage:
		return c.redactMessage(t, m)
	case ReportChange:
		return c.reportChange(t, m)
	case RateConversation:
		return c.rate(t, m)
	case CloseConversation:
		return c.closeBy(t, m)
	case LeaveConversation:
		return c.leave(t)
	case StartTransfer:
		return c.startTransfer(t, m)
	case CancelTransfer:
		return c.cancelTransfer(t, m)
	case AssignConversation:
		return c.assign(t, m)
	case TakeOver:
		return c.takeOver(t, m)
	case RequeueConversation:
		return c.requeue(t, m)
	case SnoozeConversation:
		return c.snooze(t, m)
	case UnsnoozeConversation:
		return c.unsnooze(t, m)
	case ReopenConversation:
		return c.reopen(t, m)
	case PickConversation:
		return c.pick(t, m)
	default:
		return c.handleProtocol(t, m)
	}
}

// handleProtocol takes the messages between machines and the timers.
func (c *Conversation) handleProtocol(t *turn, m Message) error {
	switch m := m.(type) {
	case AcceptOffer:
		return c.accept(t, m)
	case DeclineOffer:
		return c.decline(t, m)
	case Reserved:
		c.reserved(t, m)
	case Refused:
		c.refused(t, m)
	case MoveToQueue:
		c.moveTo(t, m)
	case OverflowTicket:
		c.overflow(t, m)
	case PlaceChanged:
		c.placeChanged(t, m)
	case WithdrawOffer:
		c.withdraw(t, m)
	case QueryOffer:
		c.query(t, m)
	case Enqueued:
		c.enqueued(t, m)
	case ReleaseSeen:
		c.releaseSeen(m)
	case OwnerGone:
		c.ownerGone(t, m)
	case OwnerBack:
		c.ownerBack(t, m)
	case GiveUp:
		c.giveUp(t, m)
	case Wake:
		c.wake(t)
	case Recovered:
		c.recovered(t)
	default:
		return refuse(CodeBadRequest, "a conversation does not take this message")
	}
	return nil
}

// record makes a fact: it joins the outcome and is applied at once.
func (c *Conversation) record(t *turn, r ConversationRecord) {
	if t.out.Records == nil {
		t.out.Records = make([]Record, 0, 2) // most are kept with the answer of their command
	}
	t.out.Records = append(t.out.Records, r)
	c.s.Apply(r)
}

// notify tells the owner's actor and the followers what happened.
func (c *Conversation) notify(t *turn, events ...Event) {
	c.tellFollowers(t, events...)
	if c.s.Owner != "" {
		c.notifyAgent(t, c.s.Owner, events...)
	}
}

func (c *Conversation) notifyAgent(t *turn, agent AgentID, events ...Event) {
	t.send(agent.Address(), Notify{Head: c.Head(), Version: c.s.Version, Events: events})
}

// enqueue asks the present queue for an agent and keeps asking until the queue has confirmed.
func (c *Conversation) enqueue(t *turn) {
	t.send(c.s.Queue.Address(), Enqueue{Ticket: *c.s.Ticket()})
	c.retries = 0
	c.retryAt = t.now.Add(RetryPause)
}

// enqueued also takes a ticket back that came to the queue after its Dequeue.
func (c *Conversation) enqueued(t *turn, m Enqueued) {
	if !c.s.waits() || m.Version < c.s.Placed {
		t.send(t.in.From, Dequeue{Conversation: c.s.ID, Version: m.Version})
	}
	c.acked = max(c.acked, m.Version)
	c.settle()
	c.joined(t, m)
}

func (c *Conversation) releaseSeen(m ReleaseSeen) {
	c.releases = slices.DeleteFunc(c.releases, func(r release) bool { return r.agent == m.Agent && r.version <= m.Version })
	c.settle()
}

// settle stops the retry timer when nothing is left to tell.
func (c *Conversation) settle() {
	if (!c.s.waits() || c.acked >= c.s.Placed) && len(c.releases) == 0 {
		c.retryAt = time.Time{}
	}
}

// releaseOwner tells a former owner that the slot is free, again and again until it is confirmed.
func (c *Conversation) releaseOwner(t *turn, agent AgentID, cause RemovalCause) {
	r := release{agent: agent, version: c.s.Version, cause: cause}
	c.releases = append(c.releases, r)
	t.send(agent.Address(), Released{Conversation: c.s.ID, Version: r.version, Cause: cause})
	if c.retryAt.IsZero() {
		c.retries, c.retryAt = 0, t.now.Add(RetryPause)
	}
}

func (c *Conversation) wake(t *turn) {
	if c.pending != nil && due(c.pending.until, t.now) {
		c.notGranted(t, "no_answer")
	}
	c.endPicks(t)
	c.expire(t)
	if due(c.s.RequeueAt, t.now) && c.s.Owner != "" {
		c.backToQueue(t, ConversationRequeued{Queue: c.s.Queue, Cause: QueuedOwnerLost, Priority: c.s.Priority, Top: true, At: t.now})
	}
	if c.s.State == ConversationWrapup && due(c.s.WrapupUntil, t.now) {
		c.end(t, ConversationEnded{Cause: ClosedWrapupOver, Script: c.scriptAtTimeout(), At: t.now})
	}
	if c.s.State == ConversationActive && due(c.s.QuietAt, t.now) {
		c.silent(t)
	}
	if c.s.State == ConversationActive && due(c.s.SnoozedUntil, t.now) {
		c.rouse(t)
	}
	if due(c.retryAt, t.now) {
		c.retry(t)
	}
}

// retry repeats what was not acknowledged, with a growing pause.
func (c *Conversation) retry(t *turn) {
	c.retryAt = time.Time{}
	waiting := c.s.waits() && c.acked < c.s.Placed
	if waiting {
		t.send(c.s.Queue.Address(), Enqueue{Ticket: *c.s.Ticket()})
	}
	for _, r := range c.releases {
		t.send(r.agent.Address(), Released{Conversation: c.s.ID, Version: r.version, Cause: r.cause})
	}
	if waiting || len(c.releases) > 0 {
		c.retries++
		c.retryAt = t.now.Add(min(RetryPause<<min(c.retries, 5), RetryPauseMax))
	}
}

// recovered tells everybody again what the recorded state implies; all of it is idempotent.
func (c *Conversation) recovered(t *turn) {
	c.acked = 0
	c.wake(t) // first: what is overdue is not told again
	if c.s.LastOwner != "" && c.s.LastOwner != c.s.Owner && c.s.offerTo(c.s.LastOwner) == nil {
		c.releaseOwner(t, c.s.LastOwner, c.s.ReleaseCause)
	}
	if c.s.waits() {
		c.enqueue(t)
	}
	for _, o := range c.s.openOffers() {
		t.send(o.Agent.Address(), MakeOffer{Offer: o, Version: c.s.Version})
	}
	if c.s.Owner != "" {
		t.send(c.s.Owner.Address(), Assigned{Head: c.Head(), Version: c.s.Version, Weight: c.s.Weight})
	}
}
