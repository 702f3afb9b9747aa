package actors

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"pronto/dispatch"
	"pronto/internal/act"
	"pronto/internal/cputime"
)

// Kinds of actors beside those of dispatch.
const (
	kindSession = "session"
	kindCourier = "courier"
	kindVisitor = "visitor"
)

// Options are what the system needs from outside.
type Options struct {
	Store   Store
	Catalog Catalog
	Driver  Driver // nil: no channel has one
	// Pressed says whether other work waits, so that live views are told less often; nil: never.
	Pressed func() bool
	// Visitors feeds the conversations of web channels; nil: there are none.
	Visitors Visitors
	// Share makes the value that carries an event's one encoding; see Event.
	Share func(e dispatch.Event, at time.Time) any
	// NewID makes an id with a prefix ("off") in a partition; safe for concurrent use.
	NewID func(prefix string, p dispatch.Partition) string
	Log   zerolog.Logger
	Now   func() time.Time // nil: time.Now
	Idle  time.Duration    // how long quiet conversations stay in memory; default one minute
	Keep  int              // how many do; 0: any number
}

// System is all actors of one process.
type System struct {
	o     Options
	act   *act.System
	log   zerolog.Logger
	clock clock
	epoch string // of the sessions; changes with every start

	board     sync.Map // dispatch.AgentID → *AgentView: what was last published
	links     links
	followers followers
	desks     desks
	live      *liveBoard
	hints     hints
	opened    atomic.Uint64 // connections so far
	draining  atomic.Bool
	alive     context.Context //nolint:containedctx // ends with Stop: requests to providers are cut
	stop      context.CancelFunc
	waking    sync.WaitGroup
	sending   sync.WaitGroup  // messages of visitors that go in
	couriers  chan struct{}   // bounds requests to providers
	loading   chan struct{}   // bounds queues that read who waits
	life      context.Context // of requests to providers: they end with Stop
	endLife   context.CancelFunc
}

const (
	conversationInbox, conversationLimit = 4, 4096
	agentInbox, agentLimit               = 8, 16384
	queueInbox, queueLimit               = 256, 1 << 20
	sessionInbox, sessionLimit           = 4, 8192
	courierLimit                         = 4096
	maxCouriers                          = 64
)

// New returns a system with its kinds registered. Nothing runs until Start, or until somebody sends.
func New(o Options) (*System, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Idle == 0 {
		o.Idle = time.Minute
	}
	s := &System{o: o, log: o.Log, couriers: make(chan struct{}, maxCouriers), loading: make(chan struct{}, max(1, cputime.Cores()-1)), clock: clock{read: o.Now}}
	s.life, s.endLife = context.WithCancel(context.Background())
	s.alive, s.stop = context.WithCancel(context.Background())
	s.act = act.NewSystem(act.Options{Log: o.Log, Now: s.Now})
	s.epoch = o.NewID("epo", 0)
	s.live = newLiveBoard(s.wakeHub)
	s.links.byHub = map[act.Address]map[dispatch.SessionID]bool{}
	kinds := []act.Kind{
		{Name: string(dispatch.KindConversation), Chain: true, New: s.newConversation, Inbox: conversationInbox, Limit: conversationLimit, Idle: o.Idle, Keep: o.Keep},
		{Name: string(dispatch.KindAgent), Chain: true, New: s.newAgent, Inbox: agentInbox, Limit: agentLimit, Idle: o.Idle},
		{Name: string(dispatch.KindQueue), Chain: true, New: s.newQueue, Inbox: queueInbox, Limit: queueLimit},
		{Name: kindSession, Chain: true, New: s.newSession, Inbox: sessionInbox, Limit: sessionLimit, Idle: o.Idle},
		{Name: kindVisitor, New: s.newVisitor, Inbox: visitorInbox, Limit: visitorLimit, Idle: o.Idle},
		{Name: kindLive, New: s.newHub, Inbox: queueInbox, Limit: liveLimit},
		{Name: kindCourier, New: s.newCourier, Inbox: conversationInbox, Limit: courierLimit, Idle: o.Idle},
	}
	for _, k := range kinds {
		if err := s.act.Register(k); err != nil {
			return nil, fmt.Errorf("new actor system: %w", err)
		}
	}
	return s, nil
}

// Now is the system's time in UTC, in whole milliseconds as it is stored. It never goes back.
func (s *System) Now() time.Time { return s.clock.now() }

// Epoch names this life of the sessions: a client that shows another one must take a snapshot.
func (s *System) Epoch() string { return s.epoch }

// Metrics counts actors and messages by kind.
func (s *System) Metrics() act.Metrics { return s.act.Metrics() }

// Start wakes whoever storage says has something to do: agents that are ready or hold conversations, queues in which
// somebody waits, conversations with a near deadline, outboxes. It returns when all have been told.
func (s *System) Start() error {
	wake := func(to dispatch.Address) error {
		return s.send(act.Envelope{To: address(to), Msg: dispatch.Envelope{To: to, Message: dispatch.Wake{}}})
	}
	agent := func(id dispatch.AgentID) error { return wake(id.Address()) }
	err := errors.Join(
		s.o.Store.ReadyAgents(agent),
		s.o.Store.BusyAgents(agent),
		s.o.Store.QueuesWithWaiting(func(id dispatch.QueueID) error { return wake(id.Address()) }),
		s.o.Store.OutboxConversations(func(id dispatch.ConversationID) error { return s.post(id) }),
	)
	if err != nil {
		return fmt.Errorf("start actors: %w", err)
	}
	s.waking.Add(1)
	go s.keepWaking(s.alive)
	return nil
}

// Stop tells every session to come back elsewhere or later, closes them, and stops all actors. ctx bounds all of it.
func (s *System) Stop(ctx context.Context) error {
	s.stop()
	s.waking.Wait()
	s.draining.Store(true)
	s.endLife()
	s.links.each(func(id dispatch.SessionID) { s.tellSession(id, drainSession{}) })
	s.sending.Wait()
	if err := s.act.Stop(ctx); err != nil {
		return fmt.Errorf("stop actors: %w", err)
	}
	return nil
}

func address(a dispatch.Address) act.Address { return act.Address{Kind: string(a.Kind), ID: a.ID} }

func plain(a act.Address) dispatch.Address {
	return dispatch.Address{Kind: dispatch.Kind(a.Kind), ID: a.ID}
}

func (s *System) send(e act.Envelope) error { return s.act.Send(e) }

// deliver sends what a machine decided, which belongs to the receivers from now on. A refused message is logged: the protocol repeats what must arrive.
func (s *System) deliver(c *act.Context, out []dispatch.Envelope) {
	for i := range out {
		e := &out[i]
		switch m := e.Message.(type) {
		case dispatch.TellSupervisors:
			c.Flush()
			s.tellSupervisors(m)
			continue
		case dispatch.TellMembers:
			c.Flush()
			s.tellMembers(m)
			continue
		}
		err := c.Forward(address(e.To), act.Envelope{From: address(e.From)}, e)
		if err != nil && !errors.Is(err, act.ErrStopped) {
			s.log.Warn().Err(err).Str("to", e.To.ID).Type("message", e.Message).Msg("message not taken")
		}
	}
}

// untold logs what an actor did not take. While the actors stop that is no news: what must arrive is durable.
func (s *System) untold(err error, to, what string) {
	if err != nil && !errors.Is(err, act.ErrStopped) {
		s.log.Warn().Err(err).Str("to", to).Msg(what)
	}
}

// Ask sends a message to a machine and waits for its Answer.
func (s *System) Ask(ctx context.Context, e dispatch.Envelope) (dispatch.Reply, error) {
	return s.ask(ctx, e.To, e)
}

func (s *System) ask(ctx context.Context, to dispatch.Address, m any) (dispatch.Reply, error) {
	raw, err := s.act.Ask(ctx, address(to), m)
	if err != nil {
		return nil, asRefusal(err)
	}
	env, ok := carried(raw)
	if !ok {
		return nil, fmt.Errorf("ask %s: answer of type %T", to.ID, raw)
	}
	answer, ok := env.Message.(dispatch.Answer)
	if !ok {
		return nil, fmt.Errorf("ask %s: answer of type %T", to.ID, env.Message)
	}
	if answer.Err != nil {
		return nil, answer.Err
	}
	return answer.Reply, nil
}

// asRefusal gives what cannot be admitted now its code.
func asRefusal(err error) error {
	if errors.Is(err, act.ErrOverloaded) || errors.Is(err, act.ErrStopped) || errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(&dispatch.Error{Code: dispatch.CodeOverloaded, Message: "try again"}, err)
	}
	return err
}

// Do carries out a command of a person or program, as if it had come over a session: the first answer to a command is
// kept and given again. Commands of agents go through their own actor, which keeps their ledger.
func (s *System) Do(ctx context.Context, agent dispatch.AgentID, e dispatch.Envelope) (dispatch.Reply, error) {
	if agent != "" {
		return s.ask(ctx, agent.Address(), command{&e})
	}
	if e.Cause.Durable() {
		if a, ok, err := s.o.Store.Answer(e.Cause.Principal, e.Cause.Command); err != nil || ok {
			return repeated(e.Cause, a, err)
		}
		if e.To.Kind == dispatch.KindConversation {
			return s.ask(ctx, e.To, again{e}) // the first copy may wait there: nobody keeps a ledger of programs
		}
	}
	return s.Ask(ctx, e)
}

// repeated gives the first answer again, unless the id was used for something else.
func repeated(cause dispatch.Cause, a dispatch.CommandAnswered, err error) (dispatch.Reply, error) {
	switch {
	case err != nil:
		return nil, fmt.Errorf("look up command: %w", err)
	case a.Cause.Hash != cause.Hash:
		return nil, errReused
	case a.Err != nil:
		return nil, a.Err
	}
	return a.Reply, nil
}

var errReused = &dispatch.Error{Code: dispatch.CodeCommandIDReused, Message: "this id was used for another command"}
