package actors

import (
	"slices"
	"sync"

	"pronto/dispatch"
	"pronto/internal/act"
)

// links knows which sessions there are and whose: for whoever must reach sessions without an agent's actor.
type links struct {
	mu      sync.Mutex
	byAgent map[dispatch.AgentID]map[dispatch.SessionID]bool // true: it gets events; false: only greeted so far
}

func (l *links) add(a dispatch.AgentID, s dispatch.SessionID, live bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byAgent[a] == nil {
		l.byAgent[a] = map[dispatch.SessionID]bool{}
	}
	l.byAgent[a][s] = live
}

func (l *links) remove(a dispatch.AgentID, s dispatch.SessionID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.byAgent[a], s)
	if len(l.byAgent[a]) == 0 {
		delete(l.byAgent, a)
	}
}

// of lists an agent's sessions, greeted ones too, sorted.
func (l *links) of(a dispatch.AgentID) []dispatch.SessionID {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []dispatch.SessionID
	for s := range l.byAgent[a] {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// live lists an agent's sessions that get events, sorted.
func (l *links) live(a dispatch.AgentID) []dispatch.SessionID {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []dispatch.SessionID
	for s, live := range l.byAgent[a] {
		if live {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

// owner finds whose session it is. It looks through all agents: for the rare crash of a session.
func (l *links) owner(s dispatch.SessionID) (dispatch.AgentID, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for a, sessions := range l.byAgent {
		if _, ok := sessions[s]; ok {
			return a, true
		}
	}
	return "", false
}

// agents lists whoever has a session.
func (l *links) agents() []dispatch.AgentID {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []dispatch.AgentID
	for a := range l.byAgent {
		out = append(out, a)
	}
	return out
}

func (l *links) each(fn func(dispatch.SessionID)) {
	for _, a := range l.agents() {
		for _, s := range l.of(a) {
			fn(s)
		}
	}
}

// tellSession sends to a session's actor; false: its mailbox is full.
func (s *System) tellSession(id dispatch.SessionID, m any) bool {
	err := s.act.Send(act.Envelope{To: act.Address{Kind: kindSession, ID: string(id)}, Msg: m})
	if err != nil {
		s.log.Debug().Err(err).Str("session", string(id)).Msg("session not told")
	}
	return err == nil
}

// Broadcast gives an event to every session of every agent.
func (s *System) Broadcast(e dispatch.Event) {
	shared := Event{Value: e, Shared: s.o.Share(e, s.Now())}
	for _, a := range s.links.agents() {
		s.tellAgent(a, publish{shared})
	}
}

// Publish gives an event to every session of an agent.
func (s *System) Publish(a dispatch.AgentID, e dispatch.Event) {
	s.tellAgent(a, publish{Event{Value: e, Shared: s.o.Share(e, s.Now())}})
}

// Revoke closes every session of an agent that the function selects by its credential; within a second.
func (s *System) Revoke(a dispatch.AgentID, credential func(string) bool) {
	for _, id := range s.links.of(a) {
		s.tellSession(id, revoke{credential})
	}
}

// Configure tells an agent's actor that its profile changed.
func (s *System) Configure(a dispatch.AgentID) {
	s.tellAgent(a, dispatch.Envelope{To: a.Address(), Message: dispatch.ConfigureAgent{Profile: s.o.Catalog.Profile(a)}})
}

// ConfigureQueue tells a queue's actor that its settings changed.
func (s *System) ConfigureQueue(q dispatch.QueueID) {
	m := dispatch.Envelope{To: q.Address(), Message: dispatch.ConfigureQueue{Strategy: s.o.Catalog.Strategy(q)}}
	if err := s.act.Send(act.Envelope{To: address(q.Address()), Msg: m}); err != nil {
		s.log.Warn().Err(err).Str("queue", string(q)).Msg("queue not told")
	}
}

func (s *System) tellAgent(a dispatch.AgentID, m any) {
	if err := s.act.Send(act.Envelope{To: address(a.Address()), Msg: m}); err != nil {
		s.log.Warn().Err(err).Str("agent", string(a)).Msg("agent not told")
	}
}
