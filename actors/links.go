package actors

import (
	"slices"
	"sync"

	"pronto/dispatch"
	"pronto/internal/act"
)

// links knows which sessions there are and whose: for whoever must reach sessions without the actor of their person.
type links struct {
	mu    sync.Mutex
	byHub map[act.Address]map[dispatch.SessionID]bool // true: it gets events; false: only greeted so far
}

func (l *links) add(hub act.Address, s dispatch.SessionID, live bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byHub[hub] == nil {
		l.byHub[hub] = map[dispatch.SessionID]bool{}
	}
	l.byHub[hub][s] = live
}

func (l *links) remove(hub act.Address, s dispatch.SessionID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.byHub[hub], s)
	if len(l.byHub[hub]) == 0 {
		delete(l.byHub, hub)
	}
}

// any reports whether a hub has a session.
func (l *links) any(hub act.Address) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.byHub[hub]) > 0
}

// of lists a hub's sessions, greeted ones too, sorted.
func (l *links) of(hub act.Address) []dispatch.SessionID {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []dispatch.SessionID
	for s := range l.byHub[hub] {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// live lists a hub's sessions that get events, sorted.
func (l *links) live(hub act.Address) []dispatch.SessionID {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []dispatch.SessionID
	for s, live := range l.byHub[hub] {
		if live {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

// owner finds whose session it is. It looks through all hubs: for the rare crash of a session.
func (l *links) owner(s dispatch.SessionID) (act.Address, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for hub, sessions := range l.byHub {
		if _, ok := sessions[s]; ok {
			return hub, true
		}
	}
	return act.Address{}, false
}

// hubs lists whoever has a session.
func (l *links) hubs() []act.Address {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []act.Address
	for hub := range l.byHub {
		out = append(out, hub)
	}
	return out
}

func (l *links) each(fn func(dispatch.SessionID)) {
	for _, hub := range l.hubs() {
		for _, s := range l.of(hub) {
			fn(s)
		}
	}
}

// tellSession sends to a session's actor; false: its mailbox is full.
func (s *System) tellSession(id dispatch.SessionID, m any) bool {
	return s.taken(id, s.act.Send(act.Envelope{To: sessionAddress(id), Msg: m}))
}

// tellNext is tellSession for an actor: what it sent before goes out before.
func (s *System) tellNext(c *act.Context, id dispatch.SessionID, m any) bool {
	return s.taken(id, c.Forward(sessionAddress(id), act.Envelope{}, m))
}

func sessionAddress(id dispatch.SessionID) act.Address {
	return act.Address{Kind: kindSession, ID: string(id)}
}

// taken reports whether a session took what was sent to it.
func (s *System) taken(id dispatch.SessionID, err error) bool {
	if err != nil {
		s.log.Debug().Err(err).Str("session", string(id)).Msg("session not told")
	}
	return err == nil
}

// Broadcast gives an event to every session of every agent.
func (s *System) Broadcast(e dispatch.Event) {
	s.BroadcastTo(func(dispatch.AgentID) bool { return true }, e)
}

// BroadcastTo gives an event to every session of the agents that a function names.
func (s *System) BroadcastTo(who func(dispatch.AgentID) bool, e dispatch.Event) {
	shared := Event{Value: e, Shared: s.o.Share(e, s.Now())}
	for _, hub := range s.links.hubs() {
		if a := dispatch.AgentID(hub.ID); hub.Kind == string(dispatch.KindAgent) && who(a) {
			s.tellAgent(a, publish{shared})
		}
	}
}

// tellSupervisors gives an event to every session of whoever supervises the queue.
func (s *System) tellSupervisors(m dispatch.TellSupervisors) {
	switch e := m.Event.(type) {
	case dispatch.EventAlert: // for who looks at alerts
		s.live.alert(e)
		return
	case dispatch.EventUnanswered:
		s.live.alert(dispatch.EventAlert{Alert: e.Alert(), At: s.Now()})
	}
	var told []dispatch.AgentID
	for _, hub := range s.links.hubs() {
		if a := dispatch.AgentID(hub.ID); hub.Kind == string(dispatch.KindAgent) && s.o.Catalog.Supervises(a, m.Queue) {
			told = append(told, a)
		}
	}
	s.tellConnected(m.Event, told)
}

// tellMembers gives an event to every session of the agents of the queue.
func (s *System) tellMembers(m dispatch.TellMembers) {
	s.tellConnected(m.Event, s.o.Catalog.Members(m.Queue))
}

// tellConnected gives an event, made ready once, to every session of those of the agents who have one.
func (s *System) tellConnected(e dispatch.Event, agents []dispatch.AgentID) {
	var shared *Event
	for _, a := range agents {
		if !s.links.any(address(a.Address())) {
			continue
		}
		if shared == nil {
			shared = &Event{Value: e, Shared: s.o.Share(e, s.Now())}
		}
		s.tellAgent(a, publish{*shared})
	}
}

// Publish gives an event to every session of an agent.
func (s *System) Publish(a dispatch.AgentID, e dispatch.Event) {
	s.tellAgent(a, publish{Event{Value: e, Shared: s.o.Share(e, s.Now())}})
}

// Revoke closes every session of an agent that the function selects by its credential; within a second.
func (s *System) Revoke(a dispatch.AgentID, credential func(string) bool) {
	for _, id := range s.links.of(address(a.Address())) {
		s.tellSession(id, revoke{credential})
	}
}

// Configure tells an agent's actor that its profile changed.
func (s *System) Configure(a dispatch.AgentID) {
	s.tellAgent(a, dispatch.Envelope{To: a.Address(), Message: dispatch.ConfigureAgent{Profile: s.o.Catalog.Profile(a)}})
}

// accessChanged asks an agent's actor to show its sessions their world anew.
type accessChanged struct{}

// AccessChanged shows every session of an agent its world anew. Call it after the agent's role or queues changed.
func (s *System) AccessChanged(a dispatch.AgentID) {
	if s.links.any(address(a.Address())) {
		s.tellAgent(a, accessChanged{})
	}
}

// ConfigureQueue tells a queue's actor that its settings changed.
func (s *System) ConfigureQueue(q dispatch.QueueID) {
	m := dispatch.Envelope{To: q.Address(), Message: dispatch.ConfigureQueue{Settings: s.o.Catalog.QueueSettings(q)}}
	s.untold(s.act.Send(act.Envelope{To: address(q.Address()), Msg: m}), string(q), "queue not told")
}

func (s *System) tellAgent(a dispatch.AgentID, m any) {
	s.untold(s.act.Send(act.Envelope{To: address(a.Address()), Msg: m}), string(a), "agent not told")
}
