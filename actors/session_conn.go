package actors

import (
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// reply goes out with the number of the last event: all that the command caused have been sent before.
func (a *session) reply(m dispatch.Envelope) {
	answer, ok := m.Message.(dispatch.Answer)
	if ok && a.conn != nil {
		a.conn.Reply(answer.Cause.Command, a.seq, answer.Reply, answer.Err)
	}
}

func (a *session) command(c *act.Context, m fromClient) {
	if m.conn != a.conn || a.conn == nil {
		a.refuseConn(m.conn)
		return
	}
	cause := m.e.Cause // the command is the hub's from now on
	err := c.Send(a.hub, m.e)
	if err != nil && cause.Durable() {
		a.conn.Reply(cause.Command, a.seq, nil, &dispatch.Error{Code: dispatch.CodeOverloaded, Message: "try again"})
	}
}

// failed is about a message of this session on which its receiver crashed. A command is answered: the client may repeat it.
// A resume that came to nothing begins anew: nobody would speak to the heir, whose client is connected and waits.
func (a *session) failed(c *act.Context, m act.Failed) {
	switch m := m.Msg.(type) {
	case command:
		if a.conn != nil && m.Cause.Durable() {
			a.conn.Reply(m.Cause.Command, a.seq, nil, &dispatch.Error{Code: dispatch.CodeInternal, Message: "internal error"})
		}
	case takeOver:
		a.inherit(c, inherit{})
	case handOver:
		if a.phase != phaseLeaving {
			return
		}
		a.system.tellNext(c, m.next, inherit{})
		if a.next != nil {
			a.system.tellNext(c, a.next.heir, inherit{})
		}
		a.send(c, a.hub, forget{a.id})
		a.end(c)
	}
}

// refuseConn ends a connection that no session knows; an older connection of this one is ending already.
func (a *session) refuseConn(c Conn) {
	if a.phase == phaseBlank {
		c.Close(closeRestart, "restart")
	}
}

// pong keeps the connection alive and lets the ring forget what the client has.
func (a *session) pong(c *act.Context, m pong) {
	if m.conn != a.conn || a.conn == nil {
		a.refuseConn(m.conn)
		return
	}
	a.confirmed, a.silent = true, 0
	a.answered = max(a.answered, min(m.n, a.pings))
	if m.seq <= a.seq {
		a.receipt(c, m.seq)
		a.ring.forget(m.seq)
	}
}

// gone: the connection ended. The session stays for a resume.
func (a *session) gone(c *act.Context, m gone) {
	if m.conn != a.conn || a.conn == nil {
		return
	}
	a.conn = nil
	switch a.phase {
	case phaseLive:
		a.detached(c)
	case phaseGreeted:
		a.end(c)
	case phaseBlank, phaseTaking, phaseLeaving, phaseLeft:
	}
}

func (a *session) detached(c *act.Context) {
	a.send(c, a.hub, detach{a.id})
	a.expires = a.system.Now().Add(resumeTime)
	c.Arm(a.expires)
}

// wake pings, ends a connection that does not answer, and forgets a session that nobody resumed.
func (a *session) wake(c *act.Context) {
	now := a.system.Now()
	if a.phase == phaseLeft {
		*a = session{id: a.id, system: a.system}
		return
	}
	if a.conn == nil {
		if a.phase == phaseLive && !now.Before(a.expires) {
			a.send(c, a.hub, forget{a.id})
			a.end(c)
		}
		return
	}
	if a.silent >= missedPings {
		a.conn.Close(closeRestart, "no heartbeat")
		return
	}
	a.silent++
	a.ping()
	a.nextPing = now.Add(heartbeat)
	c.Arm(a.nextPing)
}

func (a *session) ping() {
	a.pings++
	a.conn.Ping(a.pings)
}

// askReceipt pings after a message to a contact: the answer tells that it arrived.
func (a *session) askReceipt(e Event) {
	if a.visitor != nil && a.pings == a.answered && toContact(e) > 0 {
		a.ping()
	}
}

// receipt tells the visitor's actor which messages the client has: those among the events up to seq.
func (a *session) receipt(c *act.Context, seq uint64) {
	if a.visitor == nil {
		return
	}
	last := got{}
	for i, e := range a.ring.events {
		if n := toContact(e); n > 0 && a.ring.first+uint64(i) <= seq {
			last = got{conversationOf(e), n}
		}
	}
	if last.seq > 0 {
		a.send(c, a.hub, last)
	}
}

// got says that a client has the messages of a conversation up to one.
type got struct {
	conversation dispatch.ConversationID
	seq          uint64
}

// toContact is the place of a message to a contact among the events; 0: it is no such event.
func toContact(e Event) uint64 {
	if m, ok := messageIn(e); ok && m.Message.Author.Kind != dispatch.AuthorContact {
		return m.Message.Seq
	}
	return 0
}

func conversationOf(e Event) dispatch.ConversationID {
	m, _ := messageIn(e)
	return m.Conversation
}

func messageIn(e Event) (dispatch.EventMessage, bool) {
	out, ok := e.Value.(dispatch.ContactEvent)
	if !ok {
		return dispatch.EventMessage{}, false
	}
	m, ok := out.Event.(dispatch.EventMessage)
	return m, ok
}

func (a *session) revoke(m revoke) {
	if a.phase == phaseBlank || !m.credential(a.credential) {
		return
	}
	if a.conn != nil {
		a.conn.Close(closeRevoked, "revoked")
	}
	a.token, a.confirmed = newToken(), true // nobody knows it: no resume
}

// drain tells the client to come back, and ends the connection after what waits was written.
func (a *session) drain() {
	if a.conn != nil {
		a.conn.Drain(reconnectWithin)
		a.conn.Close(closeRestart, "restart")
	}
}

const reconnectWithin = 10 * time.Second

// restarted: the former value crashed with its ring. Its connection is ended at the next frame, and the client starts over.
func (a *session) restarted(c *act.Context) {
	if hub, ok := a.system.links.owner(a.id); ok {
		a.hub = hub
		a.send(c, hub, forget{a.id})
		a.end(c)
	}
}

// ring keeps recent events for a resume, bounded by number; the bytes are shared with all other receivers.
type ring struct {
	first  uint64 // number of events[0]
	events []Event
	reason string // not empty: a snapshot is on its way, for this reason, and events wait behind it in the ring
}

const ringEvents = 512

func (r *ring) add(seq uint64, e Event) {
	if len(r.events) == 0 {
		r.first = seq
	}
	r.events = append(r.events, e)
	if n := len(r.events); n > ringEvents {
		drop := n - ringEvents
		clear(r.events[:drop])
		r.events, r.first = r.events[drop:], r.first+uint64(drop)
	}
}

// redacts: after the event nobody is shown the message any more.
func redacts(e dispatch.Event) bool {
	if c, ok := e.(dispatch.ContactEvent); ok {
		e = c.Event
	}
	changed, ok := e.(dispatch.EventMessageChanged)
	return ok && changed.Message.Redacted
}

// forget drops events up to seq.
func (r *ring) forget(seq uint64) {
	if len(r.events) == 0 || seq < r.first {
		return
	}
	drop := min(int(seq-r.first+1), len(r.events))
	clear(r.events[:drop])
	r.events, r.first = r.events[drop:], r.first+uint64(drop)
	if len(r.events) == 0 {
		r.events = nil
	}
}

// covers reports whether all events after seen, up to last, are here.
func (r *ring) covers(seen, last uint64) bool {
	return seen == last || (len(r.events) > 0 && seen+1 >= r.first)
}

func (r *ring) replay(seen uint64, c Conn) {
	for i, e := range r.events {
		if seq := r.first + uint64(i); seq > seen {
			c.Event(seq, e)
		}
	}
}

// Peer is a session as its connection sees it. No method blocks.
type Peer struct {
	system *System
	id     dispatch.SessionID
	conn   Conn
}

// OpenSession begins a session for an agent's connection and gives its resume token. The credential is what Revoke asks:
// every Revoke after OpenSession returned reaches the session, so look at the credential then once more.
func (s *System) OpenSession(id dispatch.SessionID, agent dispatch.AgentID, credential string, conn Conn) (*Peer, string, error) {
	return s.openSession(id, address(agent.Address()), credential, conn)
}

// OpenVisit begins a session for a customer's connection; Start or Resume says whose it is.
func (s *System) OpenVisit(id dispatch.SessionID, conn Conn) (*Peer, string, error) {
	return s.openSession(id, act.Address{Kind: kindVisitor}, "", conn)
}

func (s *System) openSession(id dispatch.SessionID, hub act.Address, credential string, conn Conn) (*Peer, string, error) {
	if s.draining.Load() {
		return nil, "", &dispatch.Error{Code: dispatch.CodeOverloaded, Message: "restarting"}
	}
	token := newToken()
	p := &Peer{system: s, id: id, conn: conn}
	s.links.add(hub, id, false)
	err := s.act.Send(act.Envelope{To: p.address(), Msg: greet{hub: hub, credential: credential, token: token, conn: conn, born: s.opened.Add(1)}})
	if err != nil {
		s.links.remove(hub, id)
		return nil, "", asRefusal(err)
	}
	if s.draining.Load() { // may have told all sessions before this one could hear it
		s.tellSession(id, drainSession{})
	}
	return p, token, nil
}

func (p *Peer) address() act.Address { return act.Address{Kind: kindSession, ID: string(p.id)} }

// Start asks for a snapshot and the events after it. Visitor is nil for an agent.
func (p *Peer) Start(v *Visitor) { p.system.tellSession(p.id, start{p.conn, v}) }

// Former names a session that is to be continued after the event seen.
type Former struct {
	Session      dispatch.SessionID
	Token, Epoch string
	Seen         uint64
}

// Resume asks to continue a former session. Visitor is who it is when there is nothing to continue; nil for an agent.
func (p *Peer) Resume(f Former, v *Visitor) {
	p.system.tellSession(p.id, resume{conn: p.conn, visitor: v, from: f.Session, token: f.Token, epoch: f.Epoch, seen: f.Seen})
}

// Command hands over a command; it is refused at once when the session's mailbox is full.
func (p *Peer) Command(e dispatch.Envelope) {
	err := p.system.act.Send(act.Envelope{To: p.address(), Msg: fromClient{conn: p.conn, e: command{&e}}})
	if err != nil && e.Cause.Durable() {
		p.conn.Reply(e.Cause.Command, 0, nil, &dispatch.Error{Code: dispatch.CodeOverloaded, Message: "try again"})
	}
}

// Pong answers a ping; seq is the last event that the client has.
func (p *Peer) Pong(n, seq uint64) { p.system.tellSession(p.id, pong{conn: p.conn, n: n, seq: seq}) }

// Closed says that the connection ended.
func (p *Peer) Closed() { p.system.tellSession(p.id, gone{p.conn}) }
