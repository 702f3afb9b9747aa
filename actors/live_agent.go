package actors

import (
	"cmp"
	"maps"
	"slices"

	"pronto/dispatch"
	"pronto/internal/act"
)

// seat is one of the two selections that a session may show: a supervisor's, and what everybody may see.
type seat struct {
	session dispatch.SessionID
	near    bool
}

func seatsOf(session dispatch.SessionID) [2]seat { return [...]seat{{session, false}, {session, true}} }

// liveAsked is a selection as it was asked for.
type liveAsked struct {
	live dispatch.ShowLive
	near dispatch.ShowNear
	stop bool
}

// liveShow is one selection of a session.
type liveShow struct {
	asked liveAsked
	scope liveScope
	key   string
	ready bool // it has all of the view: changes are for it
	away  bool // its connection is lost: it gets all of it again when it is resumed
}

// showLive begins or ends what a session shows live.
func (a *agent) showLive(c *act.Context, at seat, m liveAsked) {
	a.hideLive(c, at)
	if m.stop {
		a.clearDesk()
		return
	}
	a.desk.live[at] = &liveShow{asked: m}
	a.join(c, at)
}

// hideLive forgets it, and leaves the view that no other session shows.
func (a *agent) hideLive(c *act.Context, at seat) {
	if a.desk == nil || a.desk.live[at] == nil {
		return
	}
	key := a.desk.live[at].key
	delete(a.desk.live, at)
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

// rejoin asks for all that the session shows, by what the agent may see now.
func (a *agent) rejoin(c *act.Context, session dispatch.SessionID) {
	for _, at := range seatsOf(session) {
		a.join(c, at)
	}
}

func (a *agent) join(c *act.Context, at seat) {
	s := a.desk.live[at]
	if s == nil {
		return
	}
	old := s.key
	s.scope, s.ready, s.away = a.scopeOf(at, &s.asked), false, false
	s.key = s.scope.key()
	if old != "" && old != s.key {
		a.leaveView(c, old)
	}
	a.tellHub(c, liveJoin{agent: a.id, scope: s.scope})
}

func (a *agent) scopeOf(at seat, m *liveAsked) liveScope {
	if at.near {
		s := liveScope{near: true, folk: m.near.Agents, queues: []dispatch.QueueID{}}
		if m.near.Queues {
			s.queues = append(s.queues, a.m.Profile().Queues...)
			slices.Sort(s.queues)
		}
		return s
	}
	of, all := a.system.o.Catalog.Supervised(a.id)
	s := liveScope{all: all, of: of, queues: slices.Clone(m.live.Queues), agents: slices.Clone(m.live.Agents)}
	slices.Sort(s.queues)
	slices.Sort(s.agents)
	return s
}

func (a *agent) tellHub(c *act.Context, m any) {
	a.system.untold(c.Send(hubAddress, m), string(a.id), "live state not asked for")
}

// seats are all selections, in order.
func (d *desk) seats() []seat {
	return slices.SortedFunc(maps.Keys(d.live), func(x, y seat) int {
		if x.session == y.session && y.near { // keys of a map: the two differ
			return -1
		}
		return cmp.Or(cmp.Compare(x.session, y.session), 1)
	})
}

// rejoinAll is for another set of queues, and after a crash of this actor or of the hub.
func (a *agent) rejoinAll(c *act.Context) {
	if a.desk == nil {
		return
	}
	for _, at := range a.desk.seats() {
		a.join(c, at)
	}
}

// lookAway stops what a session without a connection would only miss.
func (a *agent) lookAway(session dispatch.SessionID) {
	if a.desk == nil {
		return
	}
	for _, at := range seatsOf(session) {
		if s := a.desk.live[at]; s != nil {
			s.ready, s.away = false, true
		}
	}
}

// liveNow passes on what the hub tells of a view.
func (a *agent) liveNow(c *act.Context, m liveNow) {
	if a.desk == nil {
		a.tellHub(c, liveLeave{agent: a.id, key: m.key})
		return
	}
	var to []dispatch.SessionID
	for _, at := range a.desk.seats() {
		if s := a.desk.live[at]; s.key == m.key && s.ready != m.full && !s.away {
			to = append(to, at.session)
			s.ready = true
		}
	}
	for _, e := range m.events {
		a.pushTo(c, to, e)
	}
}
