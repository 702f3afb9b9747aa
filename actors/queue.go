package actors

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// queue owns who waits and who can take work now. Nothing of it is durable: it is rebuilt from the waiting index and
// from what its ready members tell when it is activated, after a crash too.
type queue struct {
	id     dispatch.QueueID
	system *System
	m      *dispatch.Queue
	until  time.Time // when the hours open or close it, by its settings; zero: not in sight
	loaded bool
	knows  bool // since when nobody is ready
}

func (s *System) newQueue(id string) act.Actor {
	return &queue{id: dispatch.QueueID(id), system: s}
}

// Receive decides and tells; there is nothing to make durable.
func (a *queue) Receive(c *act.Context, e act.Envelope) {
	if !a.load(c) {
		return
	}
	if m, ok := e.Msg.(askPlace); ok {
		a.tellPlace(c, e.From, m.conversation)
		return
	}
	if _, ok := e.Msg.(showLive); ok {
		a.system.live.queue(a.id, a.m.View(a.system.Now()))
		return
	}
	if m, ok := incoming(e); ok {
		a.run(c, m)
	}
}

// Messages about places: askPlace is answered with placeIs, unless the conversation does not wait here.
type (
	askPlace struct{ conversation dispatch.ConversationID }
	placeIs  struct {
		conversation dispatch.ConversationID
		place        dispatch.Place
	}
)

func (a *queue) tellPlace(c *act.Context, to act.Address, id dispatch.ConversationID) {
	place, ok := a.m.Place(a.system.Now(), id)
	if !ok {
		return
	}
	if err := c.Send(to, placeIs{id, place}); err != nil {
		a.system.log.Debug().Err(err).Str("to", to.ID).Msg("place not told")
	}
}

// run decides by the settings of this moment: those that say when the queue opens or closes know the next time only.
func (a *queue) run(c *act.Context, e dispatch.Envelope) {
	now := a.system.Now()
	if m, ok := e.Message.(dispatch.ConfigureQueue); ok {
		a.until = m.Settings.Waits.HoursUntil
		if a.loaded {
			m.NobodySince = a.nobodySince(&m.Settings, a.m.Waiting())
			e.Message = m
		}
	} else if !a.until.IsZero() && !now.Before(a.until) {
		a.configure(c)
	}
	out, err := a.m.Step(now, e)
	if err != nil {
		out.Sends = refusal(e, err)
	}
	a.system.deliver(c, out.Sends)
	for _, e := range out.Events {
		if alert, ok := e.(dispatch.EventAlert); ok {
			a.system.live.alert(alert)
		}
	}
	if a.system.live.on.Load() {
		a.system.live.queue(a.id, a.m.View(a.system.Now()))
	}
	arm(c, a.m.NextDeadline())
}

// load reads what the queue is made of. At a start all queues do, one fewer at once than there are cores: the first is ready
// sooner, and those that are have a core to serve whoever waits.
// Not ok while the server stops: then nobody waits for it, and it has nothing that is not stored.
func (a *queue) load(c *act.Context) (ok bool) {
	if a.m != nil {
		return true
	}
	if a.system.draining.Load() { // thousands of messages may wait: not one of them is worth a read
		return false
	}
	a.system.loading <- struct{}{}
	defer func() { <-a.system.loading }()
	samples, err := a.system.o.Store.Served(a.id, a.system.Now().Add(-time.Hour))
	if err != nil {
		panic(fmt.Errorf("load queue: %w", err))
	}
	waits, err := a.system.o.Store.Waits(a.id, a.system.Now().Add(-time.Hour))
	if err != nil {
		panic(fmt.Errorf("load queue: %w", err))
	}
	a.m = dispatch.NewQueue(a.id)
	a.configure(c)
	tickets, err := a.loadTickets(c)
	switch {
	case errors.Is(err, errStops):
		a.m = nil
		return false
	case err != nil:
		panic(fmt.Errorf("load queue: %w", err))
	}
	settings := a.system.o.Catalog.QueueSettings(a.id)
	a.run(c, dispatch.Envelope{Message: dispatch.LoadQueue{
		Tickets: tickets, Members: a.readyMembers(), Samples: samples, Waits: waits, NobodySince: a.nobodySince(&settings, a.m.Waiting()+len(tickets)),
	}})
	a.loaded = true
	return true
}

// loadBatch is how many tickets, which are larger as they are stored, are in memory at once beside those that the queue has.
const loadBatch = 256

var errStops = errors.New("the server stops")

// loadTickets loads all but the last batch, which it returns.
func (a *queue) loadTickets(c *act.Context) ([]dispatch.Ticket, error) {
	batch := make([]dispatch.Ticket, 0, loadBatch)
	err := a.system.o.Store.EachWaiting(a.id, func(t *dispatch.Ticket) error {
		if len(batch) == loadBatch {
			if a.system.draining.Load() {
				return errStops
			}
			a.run(c, dispatch.Envelope{Message: dispatch.LoadQueue{Tickets: batch, More: true}})
			batch = batch[:0]
		}
		batch = append(batch, *t)
		return nil
	})
	return batch, err
}

func (a *queue) configure(c *act.Context) {
	a.run(c, dispatch.Envelope{Message: dispatch.ConfigureQueue{Settings: a.system.o.Catalog.QueueSettings(a.id)}})
}

// nobodySince is when the last member became not ready. Those that are ready by their records may have lost their
// connection with the server's former life. Only a rule needs it, and finding out reads every member: once, when the first
// such rule is there.
func (a *queue) nobodySince(s *dispatch.QueueSettings, waiting int) time.Time {
	var since time.Time
	if a.knows || !slices.ContainsFunc(s.Overflow, func(r dispatch.OverflowRule) bool { return r.Trigger == dispatch.OverflowNobody }) {
		return since
	}
	a.knows = true
	if waiting == 0 {
		return since // whoever comes may be the first to wait for somebody
	}
	for _, id := range a.system.o.Catalog.Members(a.id) {
		s, err := a.system.o.Store.LoadAgent(id)
		if err != nil {
			panic(fmt.Errorf("load queue: %w", err))
		}
		if s.Status == dispatch.StatusReady {
			return a.system.Now().Add(dispatch.SuspectTime)
		}
		if s.Since.After(since) {
			since = s.Since
		}
	}
	return since
}

// readyMembers are the members whose status is ready: only they can have something to tell.
func (a *queue) readyMembers() []dispatch.AgentID {
	var ready []dispatch.AgentID
	for _, id := range a.system.o.Catalog.Members(a.id) {
		if v, ok := a.system.Presence(id); ok && v.Status == dispatch.StatusReady {
			ready = append(ready, id)
		}
	}
	return ready
}
