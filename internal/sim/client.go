package sim

import (
	"fmt"
	"slices"
	"time"

	"pronto/dispatch"
)

// kindClient is the address of whoever waits for answers outside the machines.
const (
	kindClient  dispatch.Kind = "client"
	kindArrival dispatch.Kind = "arrival"
)

// client is a person at a desk: an agent, or the supervisor. It lives outside the node and survives its crashes.
type client struct {
	id       dispatch.AgentID
	sessions []dispatch.SessionID
	commands map[dispatch.CommandID]*command
	made     int

	awayUntil int64 // true time
	since     int64 // true time of the last change of being connected

	// What the desk shows, from events alone; a snapshot replaces it.
	offers []dispatch.OfferID
	owned  []dispatch.ConversationID
}

// command is one command of a client, repeated with the same id until it is answered.
type command struct {
	cause  dispatch.Cause
	to     dispatch.Address
	build  func() dispatch.Message // anew for each try: the server makes new ids for a repeat
	tries  int
	answer string // the first answer's text; empty until then
}

func (c *client) address() dispatch.Address {
	return dispatch.Address{Kind: kindClient, ID: string(c.id)}
}

const maxTries = 8

// command sends a command and repeats it, also across crashes, until it is answered.
func (s *Sim) command(c *client, to dispatch.Address, build func(text string) dispatch.Message) {
	c.made++
	id := dispatch.CommandID(fmt.Sprintf("k%d", c.made))
	text := fmt.Sprintf("cmd:%s:%s", c.id, id)
	k := &command{
		cause: dispatch.Cause{Principal: string(c.id), Command: id, Hash: uint64(c.made) * 7919},
		to:    to, build: func() dispatch.Message { return build(text) },
	}
	c.commands[id] = k
	s.try(c, k)
}

func (s *Sim) try(c *client, k *command) {
	if k.answer != "" || k.tries == maxTries {
		return
	}
	k.tries++
	s.send(dispatch.Envelope{To: k.to, From: c.address(), Cause: k.cause, Message: k.build()})
	if k.tries == 1 && s.rng.chance(20) { // an impatient client
		s.send(dispatch.Envelope{To: k.to, From: c.address(), Cause: k.cause, Message: k.build()})
	}
	s.after(s.rng.dur(time.Second, 5*time.Second), classWorld, func() { s.try(c, k) })
}

// answered takes an answer to a client or an arrival.
func (s *Sim) answered(e dispatch.Envelope) {
	a, ok := e.Message.(dispatch.Answer)
	if !ok {
		s.fail("I6", e.To, "%T instead of an answer", e.Message)
	}
	if e.To.Kind == kindArrival {
		s.arrivalAnswered(e.To.ID, a)
		return
	}
	if !a.Cause.Durable() {
		return // typing: nobody waits
	}
	c := s.clientOf[e.To.ID]
	k := c.commands[a.Cause.Command]
	s.trace(e.To, noteStep, a, 0)
	text := answerText(a.Reply, a.Err)
	switch {
	case k == nil:
		s.fail("I6", e.To, "answer to command %q that was never given", a.Cause.Command)
	case a.Cause.Hash != k.cause.Hash:
		if a.Err == nil || a.Err.Code != dispatch.CodeCommandIDReused {
			s.fail("I6", e.To, "command %s with other content is answered %s", a.Cause.Command, text)
		}
	case k.answer == "":
		k.answer = text
		s.checkAcknowledged(e.To, a)
		s.maybeReuse(c, k)
	case k.answer != text:
		s.fail("I6", e.To, "command %s was answered %q, and now %q", a.Cause.Command, k.answer, text)
	}
}

// checkAcknowledged: whatever a client has been told is in the ledger of what is durable.
func (s *Sim) checkAcknowledged(to dispatch.Address, a dispatch.Answer) {
	kept, ok := s.model.answers[commandKey{a.Cause.Principal, a.Cause.Command}]
	if !ok || answerText(kept.Reply, kept.Err) != answerText(a.Reply, a.Err) {
		s.fail("I19", to, "answer %s to %s is not durable", answerText(a.Reply, a.Err), a.Cause.Command)
	}
}

// maybeReuse sometimes repeats an answered command: the same must come again; or uses its id for something else.
func (s *Sim) maybeReuse(c *client, k *command) {
	if s.calm || !s.rng.chance(50) {
		return
	}
	cause := k.cause
	if s.rng.chance(300) {
		cause.Hash++
	}
	s.after(s.rng.dur(0, 20*time.Second), classWorld, func() {
		s.send(dispatch.Envelope{To: k.to, From: c.address(), Cause: cause, Message: k.build()})
	})
}

// show pushes the events of an agent's machine to its desk.
func (s *Sim) show(a *agent, events []dispatch.Event) {
	c := s.clientOf[string(a.id)]
	for _, e := range events {
		s.trace(a.addr, noteEvent, e, 0)
		if len(c.sessions) == 0 {
			continue
		}
		switch e := e.(type) {
		case dispatch.EventOfferCreated:
			if !slices.Contains(c.offers, e.Offer.ID) {
				c.offers = append(c.offers, e.Offer.ID)
				s.reactTo(c, a, e.Offer.ID)
			}
		case dispatch.EventOfferEnded:
			c.offers = slices.DeleteFunc(c.offers, func(o dispatch.OfferID) bool { return o == e.Offer })
		case dispatch.EventAssigned:
			if !slices.Contains(c.owned, e.Head.ID) {
				c.owned = append(c.owned, e.Head.ID)
			}
		case dispatch.EventRemoved:
			c.owned = slices.DeleteFunc(c.owned, func(id dispatch.ConversationID) bool { return id == e.Conversation })
		}
	}
}

// resnapshot is what a session gets when it starts, or when its agent's actor is new.
func (s *Sim) resnapshot(a *agent) {
	c := s.clientOf[string(a.id)]
	c.offers, c.owned = c.offers[:0], c.owned[:0]
	if len(c.sessions) == 0 {
		return
	}
	slots := a.m.Slots()
	for i := range slots {
		switch {
		case slots[i].Shown():
			c.offers = append(c.offers, slots[i].Offer.ID)
			s.reactTo(c, a, slots[i].Offer.ID)
		case slots[i].Kind == dispatch.SlotOwned:
			c.owned = append(c.owned, slots[i].Conversation)
		}
	}
}

// reactTo decides what the agent will do about an offer, and when.
func (s *Sim) reactTo(c *client, a *agent, id dispatch.OfferID) {
	wait, k := s.rng.dur(50*time.Millisecond, 9*time.Second), s.rng.n(1000)
	if s.rng.chance(30) {
		wait = s.rng.dur(4*time.Second, 31*time.Second) // about the deadline
	}
	if s.calm {
		wait, k = s.rng.dur(50*time.Millisecond, time.Second), 1000
	}
	if k < s.p.Patient {
		return
	}
	decline := k < s.p.Patient+250
	s.after(wait, classWorld, func() {
		if len(c.sessions) == 0 {
			return
		}
		s.command(c, a.addr, func(string) dispatch.Message {
			if decline {
				return dispatch.DeclineOffer{Offer: id, Reason: "busy"}
			}
			return dispatch.AcceptOffer{Offer: id}
		})
	})
}

func (s *Sim) connect(c *client) {
	id := dispatch.SessionID(s.newID("ses"))
	if len(c.sessions) == 0 {
		c.since = s.true
	}
	c.sessions = append(c.sessions, id)
	a := s.agentByID[c.id]
	s.inside(a, dispatch.SessionOpened{Session: id})
	if s.crash == nil {
		s.resnapshot(a)
	}
}

func (s *Sim) disconnect(c *client) {
	id := c.sessions[0]
	c.sessions = slices.Delete(c.sessions, 0, 1)
	if len(c.sessions) == 0 {
		c.since = s.true
		if s.rng.chance(300) {
			c.awayUntil = s.true + int64(s.rng.dur(20*time.Second, 90*time.Second))
		}
	}
	s.inside(s.agentByID[c.id], dispatch.SessionClosed{Session: id})
}

// disconnected: the node is gone, and with it every connection.
func (s *Sim) disconnected(c *client) { c.sessions, c.offers, c.owned, c.since = nil, nil, nil, s.true }
