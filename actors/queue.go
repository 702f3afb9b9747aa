package actors

import (
	"fmt"

	"pronto/dispatch"
	"pronto/internal/act"
)

// queue owns who waits and who can take work now. Nothing of it is durable: it is rebuilt from the waiting index and
// from what its ready members tell when it is activated, after a crash too.
type queue struct {
	id     dispatch.QueueID
	system *System
	m      *dispatch.Queue
}

func (s *System) newQueue(id string) act.Actor {
	return &queue{id: dispatch.QueueID(id), system: s}
}

// Receive decides and tells; there is nothing to make durable.
func (a *queue) Receive(c *act.Context, e act.Envelope) {
	a.load(c)
	if m, ok := incoming(e); ok {
		a.run(c, m)
	}
}

func (a *queue) run(c *act.Context, e dispatch.Envelope) {
	out, err := a.m.Step(a.system.Now(), e)
	if err != nil {
		out.Sends = refusal(e, err)
	}
	a.system.deliver(c, out.Sends)
	arm(c, a.m.NextDeadline())
}

func (a *queue) load(c *act.Context) {
	if a.m != nil {
		return
	}
	tickets, err := a.system.o.Store.WaitingIn(a.id)
	if err != nil {
		panic(fmt.Errorf("load queue: %w", err))
	}
	a.m = dispatch.NewQueue(a.id)
	a.run(c, dispatch.Envelope{Message: dispatch.ConfigureQueue{Strategy: a.system.o.Catalog.Strategy(a.id)}})
	a.run(c, dispatch.Envelope{Message: dispatch.LoadQueue{Tickets: tickets, Members: a.readyMembers()}})
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
