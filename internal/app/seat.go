package app

import (
	"strconv"
	"time"

	"pronto/actors"
	"pronto/dispatch"
)

// seat is an agent's session in this process, without a socket. What it sends is carried out in order; one goroutine at a
// time may use it.
type seat struct {
	agent   dispatch.AgentID
	peer    *actors.Peer
	offers  chan dispatch.Offer
	ready   chan struct{}
	replies chan *dispatch.Error
	cause   uint64
	seen    uint64 // the last event
}

const seatOffers = 64 // that may wait to be looked at: more than an agent's hard capacity

// sit opens a session and makes its agent ready.
func (a *App) sit(agent dispatch.AgentID) (*seat, error) {
	s := &seat{agent: agent, offers: make(chan dispatch.Offer, seatOffers), ready: make(chan struct{}), replies: make(chan *dispatch.Error, 1)}
	var err error
	if s.peer, _, err = a.system.OpenSession(dispatch.SessionID(newID("ses", 0)), agent, "seat", s); err != nil {
		return nil, err
	}
	s.peer.Start(nil)
	<-s.ready
	return s, s.do(agent.Address(), dispatch.SetStatus{Status: dispatch.StatusReady, By: agent})
}

// do sends a command and waits for its answer.
func (s *seat) do(to dispatch.Address, m dispatch.Message) error {
	s.cause++
	s.peer.Command(dispatch.Envelope{To: to, Cause: dispatch.Cause{
		Principal: string(s.agent), Command: dispatch.CommandID(strconv.FormatUint(s.cause, 10)), Hash: s.cause,
	}, Message: m})
	if err := <-s.replies; err != nil {
		return err
	}
	return nil
}

func (s *seat) accept(o dispatch.Offer) error {
	return s.do(s.agent.Address(), dispatch.AcceptOffer{Offer: o.ID})
}

// The session's connection: offers come out of a channel, replies go to who waits.

func (s *seat) Snapshot(seq uint64, _ string, _ actors.View) {
	s.seen = seq
	close(s.ready)
}

func (s *seat) Resumed(uint64, uint64) {}
func (s *seat) Drain(time.Duration)    {}
func (s *seat) Close(int, string)      {}

func (s *seat) Ping(n uint64) { s.peer.Pong(n, s.seen) }

func (s *seat) Event(seq uint64, e actors.Event) {
	s.seen = seq
	if o, ok := e.Value.(dispatch.EventOfferCreated); ok {
		s.offers <- o.Offer
	}
}

func (s *seat) Reply(_ dispatch.CommandID, _ uint64, _ dispatch.Reply, err *dispatch.Error) {
	s.replies <- err
}
