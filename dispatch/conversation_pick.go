package dispatch

import "slices"

// A queue in the mode pull offers nothing: its members see who waits and pick. Several may want the same one. Each is asked
// for a slot, through the queue, which adds what the agent passes over, and by the same predicate as for an offer. The first
// whose slot is held gets the conversation.

// PickRules are what a waiting conversation knows of the queue from whose list it may be picked.
type PickRules struct {
	Open  bool        // the queue is picked from
	Relax []RelaxStep // what it stops asking for when it has waited
}

// PickConversation is the word of an agent who wants a waiting conversation.
type PickConversation struct {
	isMessage
	ID OfferID
	By Actor
}

func (c *Conversation) pick(t *turn, m PickConversation) error {
	for i := range c.picks {
		if p := &c.picks[i]; p.target == m.By.Agent && t.in.Cause.Durable() && p.command.Cause == t.in.Cause {
			p.command = t.in // a repeat: it gets the answer of the first, whatever has become of the conversation
			return nil
		}
	}
	if err := c.mayBePicked(m); err != nil {
		return err
	}
	ticket := c.s.Ticket()
	if planted("pick_ignores_relaxation") {
		ticket.Since = t.now
	}
	var relaxed []Relaxation
	steps := c.rules.Picks.Relax
	d := demandAfter(steps, demand{weight: ticket.Weight, skills: ticket.Skills}, stepsDue(steps, ticket.here(), t.now), &relaxed)
	c.picks = append(c.picks, pendingReserve{
		command: t.in, kind: OfferPicked, offer: m.ID, target: m.By.Agent, by: m.By.Agent, until: t.now.Add(ReserveHold),
	})
	t.send(c.s.Queue.Address(), ConsiderPick{Agent: m.By.Agent, Reserve: Reserve{
		Offer: m.ID, Conversation: c.s.ID, Queue: c.s.Queue, Ticket: c.s.Placed, Kind: OfferPicked,
		Weight: c.s.Weight, Skills: d.skills, Tiers: d.tiers, Relaxed: relaxed,
	}})
	return nil
}

func (c *Conversation) mayBePicked(m PickConversation) error {
	switch {
	case c.s.State == ConversationNone:
		return refuse(CodeNotFound, "no such conversation")
	case m.By.Agent == "":
		return refuse(CodeForbidden, "only an agent picks")
	case c.s.State != ConversationQueued:
		return c.gone()
	case !c.rules.Picks.Open:
		return refuse(CodeForbidden, "the conversations of this queue are not picked")
	}
	return nil
}

// gone is why a conversation that does not wait cannot be picked.
func (c *Conversation) gone() *Error {
	if c.s.State == ConversationClosed {
		return refuse(CodeConversationClosed, "the conversation is closed")
	}
	return refuse(CodeOfferTaken, "somebody else was first")
}

// picked gives the conversation to the first agent whose slot is held. The others who want it are told.
func (c *Conversation) picked(t *turn, m Reserved, late bool) {
	i := slices.IndexFunc(c.picks, func(p pendingReserve) bool { return p.offer == m.Offer && p.target == m.Agent })
	if i < 0 || late {
		c.query(t, QueryOffer{Offer: m.Offer, Agent: m.Agent})
		return
	}
	p := c.picks[i]
	if (c.s.State != ConversationQueued || !c.rules.Picks.Open) && !planted("pick_without_second_look") {
		c.endPick(t, i, c.gone())
		c.query(t, QueryOffer{Offer: m.Offer, Agent: m.Agent})
		return
	}
	c.picks = slices.Delete(c.picks, i, i+1)
	c.give(t, m)
	t.answerTo(p.command.From, p.command.Cause, ReplyConversation{Head: c.Head()}, nil)
	for len(c.picks) > 0 && !planted("pick_without_second_look") {
		c.endPick(t, 0, c.gone())
	}
}

// pickRefused tells an agent why its own actor holds no slot for what it wants.
func (c *Conversation) pickRefused(t *turn, m Refused) {
	i := slices.IndexFunc(c.picks, func(p pendingReserve) bool { return p.offer == m.Offer && p.target == m.Agent })
	switch {
	case i < 0:
	case m.Why == "not_ready" || m.Why == "offline":
		c.endPick(t, i, refuseBecause(CodeNotReady, "become ready first", m.Why))
	case m.Why == "not_member":
		c.endPick(t, i, refuseBecause(CodeForbidden, "only the agents of a queue pick from it", m.Why))
	default:
		c.endPick(t, i, refuseBecause(CodeTargetUnavailable, "you cannot take it now", m.Why))
	}
}

func (c *Conversation) endPick(t *turn, i int, why *Error) {
	p := c.picks[i]
	c.picks = slices.Delete(c.picks, i, i+1)
	t.answerTo(p.command.From, p.command.Cause, nil, why)
}

// endPicks answers those whose actor said nothing in time.
func (c *Conversation) endPicks(t *turn) {
	for i := 0; i < len(c.picks); {
		if !due(c.picks[i].until, t.now) {
			i++
			continue
		}
		c.endPick(t, i, refuseBecause(CodeTargetUnavailable, "you cannot take it now", "no_answer"))
	}
}
