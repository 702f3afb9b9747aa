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
	err := c.Send(address(a.agent.Address()), command{m.e})
	if err != nil && m.e.Cause.Durable() {
		a.conn.Reply(m.e.Cause.Command, a.seq, nil, &dispatch.Error{Code: dispatch.CodeOverloaded, Message: "try again"})
	}
}

// commandFailed answers a command on which the agent's actor crashed; the client may repeat it.
func (a *session) commandFailed(m act.Failed) {
	e, ok := m.Msg.(command)
	if ok && a.conn != nil && e.Cause.Durable() {
		a.conn.Reply(e.Cause.Command, a.seq, nil, &dispatch.Error{Code: dispatch.CodeInternal, Message: "internal error"})
	}
}

// refuseConn ends a connection that no session knows; an older connection of this one is ending already.
func (a *session) refuseConn(c Conn) {
	if a.phase == phaseBlank {
		c.Close(closeRestart, "restart")
	}
}

// pong keeps the connection alive and lets the ring forget what the client has.
func (a *session) pong(m pong) {
	if m.conn != a.conn || a.conn == nil {
		a.refuseConn(m.conn)
		return
	}
	a.confirmed = true
	a.answered = max(a.answered, min(m.n, a.pings))
	if m.seq <= a.seq {
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
	a.send(c, a.agent.Address(), detach{a.id})
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
			a.send(c, a.agent.Address(), forget{a.id})
			a.end(c)
		}
		return
	}
	if a.pings-a.answered >= missedPings {
		a.conn.Close(closeRestart, "no heartbeat")
		return
	}
	a.pings++
	a.conn.Ping(a.pings)
	a.nextPing = now.Add(heartbeat)
	c.Arm(a.nextPing)
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
	if agent, ok := a.system.links.owner(a.id); ok {
		a.agent = agent
		a.send(c, agent.Address(), forget{a.id})
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

// OpenSession begins a session for an agent's connection and gives its resume token. The credential is what Revoke asks.
func (s *System) OpenSession(id dispatch.SessionID, agent dispatch.AgentID, credential string, conn Conn) (*Peer, string, error) {
	if s.draining.Load() {
		return nil, "", &dispatch.Error{Code: dispatch.CodeOverloaded, Message: "restarting"}
	}
	token := newToken()
	p := &Peer{system: s, id: id, conn: conn}
	err := s.act.Send(act.Envelope{To: p.address(), Msg: greet{agent: agent, credential: credential, token: token, conn: conn, born: s.opened.Add(1)}})
	if err != nil {
		return nil, "", asRefusal(err)
	}
	return p, token, nil
}

func (p *Peer) address() act.Address { return act.Address{Kind: kindSession, ID: string(p.id)} }

// Start asks for a snapshot and the events after it.
func (p *Peer) Start() { p.system.tellSession(p.id, start{p.conn}) }

// Resume asks to continue a former session after the event seen.
func (p *Peer) Resume(from dispatch.SessionID, token, epoch string, seen uint64) {
	p.system.tellSession(p.id, resume{conn: p.conn, from: from, token: token, epoch: epoch, seen: seen})
}

// Command hands over a command; it is refused at once when the session's mailbox is full.
func (p *Peer) Command(e dispatch.Envelope) {
	err := p.system.act.Send(act.Envelope{To: p.address(), Msg: fromClient{conn: p.conn, e: e}})
	if err != nil && e.Cause.Durable() {
		p.conn.Reply(e.Cause.Command, 0, nil, &dispatch.Error{Code: dispatch.CodeOverloaded, Message: "try again"})
	}
}

// Pong answers a ping; seq is the last event that the client has.
func (p *Peer) Pong(n, seq uint64) { p.system.tellSession(p.id, pong{conn: p.conn, n: n, seq: seq}) }

// Closed says that the connection ended.
func (p *Peer) Closed() { p.system.tellSession(p.id, gone{p.conn}) }
