package app

import (
	"sync"
	"time"

	"pronto/actors"
	"pronto/dispatch"
	"pronto/protocol"
	"pronto/transport"
)

// edge opens sessions of the actors over the connections of the transport.
type edge struct {
	system  *actors.System
	catalog *catalog
	server  *transport.Server // set once it is made
}

// shared carries an event's one encoding for all its receivers.
type shared struct {
	once sync.Once
	at   time.Time
	e    dispatch.Event
	tail []byte
}

func share(e dispatch.Event, at time.Time) any { return &shared{e: e, at: at} }

func (s *shared) encoded(server *transport.Server) ([]byte, error) {
	var err error
	s.once.Do(func() { s.tail, err = server.EncodeEvent(s.at, s.e) })
	return s.tail, err
}

func (e *edge) Open(p transport.Principal, c *transport.Conn) (transport.Peer, transport.Greeting, error) {
	if p.Agent == "" {
		return nil, transport.Greeting{}, transport.Refuse(protocol.CodeForbidden) // programs have no desk
	}
	id := dispatch.SessionID(newID("ses", dispatch.PartitionOf(string(p.Agent))))
	wrapped := &conn{c: c, edge: e}
	inner, token, err := e.system.OpenSession(id, p.Agent, p.Credential, wrapped)
	if err != nil {
		return nil, transport.Greeting{}, &transport.Refusal{Code: protocol.CodeOverloaded}
	}
	g := transport.Greeting{Session: id, ResumeToken: token, Epoch: e.system.Epoch(), Now: e.system.Now()}
	return peer{inner}, g, nil
}

// peer is a session as the transport's reader calls it.
type peer struct{ *actors.Peer }

func (p peer) Start() { p.Peer.Start(nil) }

func (p peer) Resume(r transport.Resume) { p.Peer.Resume(former(r), nil) }

func former(r transport.Resume) actors.Former {
	return actors.Former{Session: r.Session, Token: r.Token, Epoch: r.Epoch, Seen: r.Seq}
}

func (p peer) Closed(error) { p.Peer.Closed() }

// conn is a connection as the session calls it. What a closing connection does not take is lost with it: the client resumes.
type conn struct {
	c    *transport.Conn
	edge *edge
}

func (c *conn) Snapshot(seq uint64, reason string, v actors.View) {
	if v.Visitor != nil {
		c.c.VisitSnapshot(seq, reason, c.edge.visitView(v.Visitor))
		return
	}
	c.c.Snapshot(seq, reason, transport.SnapshotView{
		Agent: transport.AgentView{
			ID: v.Agent.ID, Status: v.Agent.Status, Reason: v.Agent.Reason, Since: v.Agent.Since,
			Until: v.Agent.Until, After: v.Agent.After, AfterIs: v.Agent.AfterIs, Capacity: v.Agent.Capacity, Load: v.Agent.Load,
			Ceiling: v.Agent.Ceiling, Total: v.Agent.Total,
			Queues: v.Agent.Queues,
		},
		Offers: v.Offers, Conversations: v.Conversations, Drafts: v.Drafts,
	})
}

func (c *conn) Resumed(from, to uint64) { c.c.Resumed(from, to) }

func (c *conn) Event(seq uint64, e actors.Event) {
	s, ok := e.Shared.(*shared)
	if !ok {
		return
	}
	tail, err := s.encoded(c.edge.server)
	if err != nil || tail == nil {
		c.c.Close(int(protocol.CloseRestart)) // a gap in the numbers would be worse
		return
	}
	c.c.Event(seq, tail)
}

func (c *conn) Reply(command dispatch.CommandID, seq uint64, r dispatch.Reply, refused *dispatch.Error) {
	if refused != nil {
		c.c.Reply(command, seq, nil, refused)
		return
	}
	c.c.Reply(command, seq, r, nil)
}

func (c *conn) Ping(n uint64) { c.c.Ping(n) }

func (c *conn) Drain(within time.Duration) { c.c.Drain(within) }

func (c *conn) Close(code int, _ string) { c.c.Close(code) }
