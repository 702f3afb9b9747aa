package actors

import (
	"maps"
	"slices"

	"pronto/dispatch"
	"pronto/internal/act"
)

// liveShow is what one session shows live.
type liveShow struct {
	asked dispatch.ShowLive
	scope liveScope
	key   string
	ready bool // it has all of the view: changes are for it
	away  bool // its connection is lost: it gets all of it again when it is resumed
}

// showLive begins or ends what a session shows live.
func (a *agent) showLive(c *act.Context, session dispatch.SessionID, m dispatch.ShowLive) {
	a.hideLive(c, session)
	if m.Stop {
		a.clearDesk()
		return
	}
	a.desk.live[session] = &liveShow{asked: m}
	a.rejoin(c, session)
}

// hideLive forgets it, and leaves the view that no other session shows.
func (a *agent) hideLive(c *act.Context, session dispatch.SessionID) {
	if a.desk == nil || a.desk.live[session] == nil {
		return
	}
	key := a.desk.live[session].key
	delete(a.desk.live, session)
	a.leaveView(c, key)
}

func (a *agent) leaveView(c *act.Context, key string) {
	for _, s := range a.desk.live { // whether any: no order
		if s.key == key {
			return
		}
	}
	a.tellHub(c, liveLeave{agent: a.id, key: key})
}

// rejoin asks for all that the session shows, by what the agent supervises now.
func (a *agent) rejoin(c *act.Context, session dispatch.SessionID) {
	s := a.desk.live[session]
	if s == nil {
		return
	}
	old := s.key
	s.scope, s.ready, s.away = a.scopeOf(s.asked), false, false
	s.key = s.scope.key()
	if old != "" && old != s.key {
		a.leaveView(c, old)
	}
	a.tellHub(c, liveJoin{agent: a.id, scope: s.scope})
}

func (a *agent) scopeOf(m dispatch.ShowLive) liveScope {
	of, all := a.system.o.Catalog.Supervised(a.id)
	s := liveScope{all: all, of: of, queues: slices.Clone(m.Queues), agents: slices.Clone(m.Agents)}
	slices.Sort(s.queues)
	slices.Sort(s.agents)
	return s
}

func (a *agent) tellHub(c *act.Context, m any) {
	a.system.untold(c.Send(hubAddress, m), string(a.id), "live state not asked for")
}

// rejoinAll is for another set of supervised queues, and after a crash of this actor or of the hub.
func (a *agent) rejoinAll(c *act.Context) {
	if a.desk == nil {
		return
	}
	for _, session := range slices.Sorted(maps.Keys(a.desk.live)) {
		a.rejoin(c, session)
	}
}

// lookAway stops what a session without a connection would only miss.
func (a *agent) lookAway(session dispatch.SessionID) {
	if a.desk != nil && a.desk.live[session] != nil {
		a.desk.live[session].ready, a.desk.live[session].away = false, true
	}
}

// liveNow passes on what the hub tells of a view.
func (a *agent) liveNow(c *act.Context, m liveNow) {
	if a.desk == nil {
		a.tellHub(c, liveLeave{agent: a.id, key: m.key})
		return
	}
	var to []dispatch.SessionID
	for _, id := range slices.Sorted(maps.Keys(a.desk.live)) {
		if s := a.desk.live[id]; s.key == m.key && s.ready != m.full && !s.away {
			to = append(to, id)
			s.ready = true
		}
	}
	for _, e := range m.events {
		a.pushTo(c, to, e)
	}
}
