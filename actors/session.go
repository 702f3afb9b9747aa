package actors

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// session is the edge of one signed-in websocket: it numbers the events for its client, keeps them for a resume, and
// pings. It receives events and replies from its agent's actor and frames from its connection; it never waits for either.
//
// It survives its connection for resumeTime; it does not survive a restart of the process: then the client is told to
// take a snapshot. A resumed session continues under the id of the new connection, which takes over number and ring.
type session struct {
	id     dispatch.SessionID
	system *System

	phase      sessionPhase
	hub        act.Address // the actor of its person: agent or visitor
	visitor    *Visitor    // nil: an agent's
	credential string
	token      string
	conn       Conn // nil: detached
	seq        uint64
	ring       ring
	held       []Event // phase taking: events that come before the ring they belong behind
	seen       uint64  // phase taking: what the client says it has
	heir       dispatch.SessionID
	born       uint64    // place among all connections of the process: frames of an older one may come late
	next       *takeOver // phases taking and leaving: who comes after what is under way
	confirmed  bool      // the client has shown that it knows this session, not only the one before

	pings    uint64 // sent
	answered uint64
	silent   int       // heartbeats since the last answer
	expires  time.Time // detached: when the session is forgotten
	nextPing time.Time
}

// sessionPhase is where a session stands.
type sessionPhase uint8

const (
	phaseBlank   sessionPhase = iota // no connection ever: a resume of it is refused
	phaseGreeted                     // waits for start or resume
	phaseTaking                      // waits for what the former session hands over
	phaseLive                        // events flow, to the connection or into the ring
	phaseLeaving                     // hands over to its heir
	phaseLeft                        // has handed over; a client that lost the heir's connection may still come with this token
)

const (
	heartbeat   = 15 * time.Second
	missedPings = 2 // unanswered pings that end a connection
	resumeTime  = 2 * time.Minute
)

// Messages to a session's actor.
type (
	greet struct {
		hub        act.Address // of a visitor: without an id until it says who it is
		credential string
		token      string
		conn       Conn
		born       uint64
	}
	start struct {
		conn    Conn
		visitor *Visitor
	}
	resume struct {
		conn    Conn
		visitor *Visitor // who it is when there is nothing to resume
		from    dispatch.SessionID
		token   string
		epoch   string
		seen    uint64
	}
	// takeOver asks a session for its number and ring; inherit brings them, or nothing when it may not.
	takeOver struct {
		heir    dispatch.SessionID
		born    uint64
		hub     act.Address
		fresh   bool // the hub is a guess: a visitor that has shown nothing but the session's token
		token   string
		vouched bool // by the former session, whose token it was
	}
	inherit struct {
		ok      bool
		seq     uint64
		ring    ring
		visitor *Visitor
	}
	fromClient struct {
		conn Conn
		e    command
	}
	pong struct {
		conn   Conn
		n, seq uint64
	}
	gone         struct{ conn Conn }
	revoke       struct{ credential func(string) bool }
	drainSession struct{}
	// turnedAway says that the visitor has too many sessions.
	turnedAway struct{}
	// giveWay ends a session that has no connection and that another took the place of.
	giveWay struct{}
)

func (s *System) newSession(id string) act.Actor {
	return &session{id: dispatch.SessionID(id), system: s}
}

// newToken makes a secret for one resume.
func newToken() string {
	var raw [24]byte
	rand.Read(raw[:]) // never fails
	return hex.EncodeToString(raw[:])
}

// Receive keeps the phases apart from what each message means.
func (a *session) Receive(c *act.Context, e act.Envelope) {
	switch m := e.Msg.(type) {
	case Event:
		a.event(m)
	case dispatch.Envelope:
		a.reply(m)
	case *dispatch.Envelope:
		a.reply(*m)
	case fromClient:
		a.command(c, m)
	case pong:
		a.pong(c, m)
	case greet:
		a.greet(c, m)
	case start:
		a.start(c, m)
	case resume:
		a.resume(c, m)
	case takeOver:
		a.takeOver(c, m)
	case inherit:
		a.inherit(c, m)
	case handedOver:
		a.handedOver(c, m)
	case snapshotNow:
		a.snapshot(m)
	case gone:
		a.gone(c, m)
	case revoke:
		a.revoke(m)
	case drainSession:
		a.drain()
	case rejoin:
		if a.phase != phaseLive && a.phase != phaseLeaving {
			return
		}
		a.ring.reason = "restart"
		a.send(c, a.hub, attach{a.id, a.visitor})
		if a.conn == nil {
			a.send(c, a.hub, detach{a.id})
		}
	case turnedAway:
		a.turnedAway(c)
	case giveWay:
		if a.phase == phaseLive && a.conn == nil {
			a.end(c)
		}
	case act.Failed:
		a.failed(c, m)
	case act.Wake:
		a.wake(c)
	case act.Restarted:
		a.restarted(c)
	}
}

// CanRetire: a session that is not linked to an agent any more.
func (a *session) CanRetire() bool { return a.phase == phaseBlank }

func (a *session) greet(c *act.Context, m greet) {
	a.born = m.born
	a.phase, a.hub, a.credential, a.token, a.conn = phaseGreeted, m.hub, m.credential, m.token, m.conn
	a.nextPing = a.system.Now().Add(heartbeat)
	c.Arm(a.nextPing)
}

func (a *session) start(c *act.Context, m start) {
	if a.phase != phaseGreeted || m.conn != a.conn {
		return
	}
	a.bind(m.visitor)
	a.startInstead(c, "start")
}

// bind makes the session a visitor's, once it is known whose.
func (a *session) bind(v *Visitor) {
	if v == nil {
		return
	}
	before := a.hub
	a.visitor, a.hub = v, v.address()
	a.system.links.add(a.hub, a.id, false)
	a.system.links.remove(before, a.id)
}

// turnedAway ends the connection of a session that its visitor's actor does not take.
func (a *session) turnedAway(c *act.Context) {
	if a.conn != nil {
		a.conn.Close(closeOverloaded, "too many sessions")
		a.conn = nil
	}
	a.end(c)
}

// live makes the session known as one that gets events; from now on it is forgotten only by forget.
func (a *session) live() {
	a.phase = phaseLive
	a.system.links.add(a.hub, a.id, true)
}

func (a *session) send(c *act.Context, to act.Address, m any) {
	a.system.untold(c.Send(to, m), string(a.id), "agent not told")
}

// resume asks the former session for its place in the stream; another epoch has none.
func (a *session) resume(c *act.Context, m resume) {
	if a.phase != phaseGreeted || m.conn != a.conn {
		return
	}
	a.bind(m.visitor)
	if m.epoch != a.system.epoch {
		a.startInstead(c, "restart")
		return
	}
	a.phase, a.seen = phaseTaking, m.seen
	to := act.Address{Kind: kindSession, ID: string(m.from)}
	if m.from == a.id || c.Send(to, a.claim(m.token)) != nil {
		a.startInstead(c, "expired")
	}
}

func (a *session) claim(token string) takeOver {
	t := takeOver{heir: a.id, born: a.born, hub: a.hub, token: token}
	t.fresh = a.visitor != nil && a.visitor.Fresh
	return t
}

// startInstead begins anew; the snapshot says why. What happens before the snapshot is in it, and is not sent.
func (a *session) startInstead(c *act.Context, reason string) {
	a.live()
	a.ring.reason = reason
	a.send(c, a.hub, attach{a.id, a.visitor})
}

// takeOver gives way to an heir that knows the token, once the agent's actor has put it into this session's place.
func (a *session) takeOver(c *act.Context, m takeOver) {
	switch {
	case !a.mayTake(m):
		a.system.tellNext(c, m.heir, inherit{})
	case a.phase == phaseLive:
		a.phase, a.heir = phaseLeaving, m.heir
		a.supersede()
		a.send(c, a.hub, handOver{session: a.id, next: m.heir})
	case (a.phase == phaseTaking || a.phase == phaseLeaving) && (a.next == nil || m.born > a.next.born):
		if a.next != nil {
			a.system.tellNext(c, a.next.heir, inherit{})
		}
		a.next = &m
		a.supersede()
	case a.phase == phaseLeft:
		m.vouched = true
		a.system.tellNext(c, a.heir, m)
	default:
		a.system.tellNext(c, m.heir, inherit{})
	}
}

// mayTake checks the token. The token of the session before is good as long as the client has not shown that it knows this
// one: it may never have learned that its resume succeeded. It is for newer connections only.
func (a *session) mayTake(m takeOver) bool {
	same := a.hub == m.hub || m.fresh && a.visitor != nil && onChannel(m.hub, a.visitor.Channel)
	if m.vouched {
		return same && !a.confirmed && m.born > a.born
	}
	return same && subtle.ConstantTimeCompare([]byte(a.token), []byte(m.token)) == 1
}

func (a *session) supersede() {
	if a.conn != nil {
		a.conn.Close(closeSuperseded, "superseded")
		a.conn = nil
	}
}

// handedOver: no event comes here any more, so the ring is complete.
func (a *session) handedOver(c *act.Context, m handedOver) {
	a.system.tellNext(c, m.next, inherit{ok: true, seq: a.seq, ring: a.ring, visitor: a.visitor})
	if a.next != nil {
		a.next.vouched = true
		a.system.tellNext(c, m.next, *a.next)
	}
	left := session{id: a.id, system: a.system, phase: phaseLeft, hub: a.hub, visitor: a.visitor, token: a.token, heir: m.next, confirmed: a.confirmed, born: a.born}
	a.end(c)
	*a = left
	a.expires = a.system.Now().Add(resumeTime)
	c.Arm(a.expires)
}

func (a *session) end(c *act.Context) {
	a.system.links.remove(a.hub, a.id)
	*a = session{id: a.id, system: a.system}
	c.Disarm()
}

// inherit continues where the former session was, or starts anew.
func (a *session) inherit(c *act.Context, m inherit) {
	if a.phase != phaseTaking {
		return
	}
	switch {
	case !m.ok && a.conn == nil: // gone already
		if a.next != nil {
			a.system.tellNext(c, a.next.heir, inherit{})
		}
		a.end(c)
		return
	case !m.ok:
		a.startInstead(c, "expired")
		return
	}
	a.bind(m.visitor)
	a.live()
	a.seq, a.ring = m.seq, m.ring
	held := a.held
	a.held = nil
	switch {
	case a.conn == nil: // gone again: the next resume finds the ring as it is
	case a.ring.reason == "" && a.seen <= a.seq && a.ring.covers(a.seen, a.seq):
		a.conn.Resumed(a.seen+1, a.seq)
		a.ring.replay(a.seen, a.conn)
	default:
		a.ring.reason = "overrun"
		a.send(c, a.hub, attach{a.id, a.visitor})
	}
	for _, e := range held {
		a.event(e)
	}
	if a.conn == nil {
		a.detached(c)
	}
	if next := a.next; next != nil {
		a.next = nil
		a.takeOver(c, *next)
	}
}

// event numbers the event, keeps it for a resume and sends it.
func (a *session) event(e Event) {
	switch a.phase {
	case phaseTaking:
		a.held = append(a.held, e)
		return
	case phaseLive, phaseLeaving:
	case phaseBlank, phaseGreeted, phaseLeft:
		return
	}
	a.seq++
	if redacts(e.Value) { // what came before it may show the message, and is not shown again: a snapshot does without
		a.ring.forget(a.seq - 1)
	}
	a.ring.add(a.seq, e)
	if a.conn != nil && a.ring.reason == "" {
		a.conn.Event(a.seq, e)
		a.askReceipt(e)
	}
}

// snapshot replaces all that the client knows; the events after it follow. One that comes while the session hands over is
// for its heir, which takes one of its own: what the ring has does not say all.
func (a *session) snapshot(m snapshotNow) {
	if a.phase == phaseLeaving {
		a.ring.reason = m.reason
	}
	if a.phase != phaseLive {
		return
	}
	reason := m.reason
	if a.ring.reason != "" {
		reason = a.ring.reason
	}
	a.ring = ring{}
	a.ring.first = a.seq + 1
	if a.conn != nil {
		a.conn.Snapshot(a.seq, reason, m.view)
	}
}
