package actors

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// hub tells those who look at queues and agents live. It gathers changes, tells each view of them at most every liveEvery,
// and encodes what it tells once for all who have the same view. It owns who looks at what; the figures are the board's.
//
// It receives joins of agents' actors and word of the board; it tells agents' actors, which know their sessions. After a
// crash the agents' actors are asked to join again.
type hub struct {
	system *System
	views  map[string]*liveView
	last   time.Time // when it last told
	since  time.Time // when the first one came
}

// liveView is one selection of queues and agents, and who looks at it.
type liveView struct {
	scope liveScope
	who   map[dispatch.AgentID]bool // true: needs all of it
	shown map[dispatch.AgentID]bool // agents that were shown last
}

// liveScope selects. What is not supervised is never in it.
type liveScope struct {
	near   bool               // what ShowNear asks for: queues and agents are named, nothing is supervised
	folk   bool               // near: agents are shown, all of them
	all    bool               // everything is supervised
	of     []dispatch.QueueID // else these are, sorted
	queues []dispatch.QueueID // nil: all of them
	agents []dispatch.AgentID // nil: all that serve these queues
}

const (
	kindLive  = "live"
	liveLimit = 1 << 16
	liveEvery = 250 * time.Millisecond
	livePause = 2 * time.Second // instead, while other work waits
	liveStart = 2 * time.Second // how long the first one waits for queues that say nothing
)

var hubAddress = act.Address{Kind: kindLive, ID: "hub"}

// Messages of the hub.
type (
	// liveJoin makes an agent's actor a receiver, which gets all of the view. A repeat gets it again.
	liveJoin struct {
		agent dispatch.AgentID
		scope liveScope
	}
	liveLeave struct {
		agent dispatch.AgentID
		key   string
	}
	liveChanged struct{}
	// showLive asks a queue's actor to tell the board.
	showLive struct{}
	// liveNow brings events of one view; full ones are for those who have nothing yet.
	liveNow struct {
		key    string
		full   bool
		events []Event
	}
	// liveLost asks an agent's actor to join again.
	liveLost struct{}
)

func (s liveScope) key() string {
	return fmt.Sprint(s.near, s.folk, s.all, s.of, s.queues == nil, s.queues, s.agents == nil, s.agents)
}

func (s liveScope) supervises(q dispatch.QueueID) bool { return s.all || slices.Contains(s.of, q) }

func (s liveScope) showsQueue(q dispatch.QueueID) bool {
	if s.near {
		return slices.Contains(s.queues, q)
	}
	return s.supervises(q) && (s.queues == nil || slices.Contains(s.queues, q))
}

func (s liveScope) showsAgent(a *dispatch.LiveAgent) bool {
	if s.near {
		return s.folk
	}
	if s.agents != nil {
		return slices.Contains(s.agents, a.Agent) && (s.all || slices.ContainsFunc(a.Queues, s.supervises))
	}
	return s.all && s.queues == nil || slices.ContainsFunc(a.Queues, s.showsQueue)
}

func (s *System) newHub(string) act.Actor { return &hub{system: s, views: map[string]*liveView{}} }

// Receive gathers; what is told is told by flush.
func (a *hub) Receive(c *act.Context, e act.Envelope) {
	switch m := e.Msg.(type) {
	case liveJoin:
		a.join(c, m)
	case liveLeave:
		a.leave(m)
	case liveChanged, act.Wake:
	case act.Restarted:
		a.restarted()
		return
	}
	if len(a.views) == 0 {
		c.Disarm()
		return
	}
	now := a.system.Now()
	if next := a.last.Add(a.system.liveEvery()); now.Before(next) {
		c.Arm(next)
		return
	}
	a.last = now
	if a.flush(c, now) {
		c.Arm(now.Add(liveEvery))
	}
}

// liveEvery is how often views are told now.
func (s *System) liveEvery() time.Duration {
	if s.o.Pressed != nil && s.o.Pressed() {
		return livePause
	}
	return liveEvery
}

// CanRetire: nobody looks.
func (a *hub) CanRetire() bool { return len(a.views) == 0 }

func (a *hub) join(c *act.Context, m liveJoin) {
	if len(a.views) == 0 {
		a.begin(c)
	}
	key := m.scope.key()
	v := a.views[key]
	if v == nil {
		v = &liveView{scope: m.scope, who: map[dispatch.AgentID]bool{}, shown: map[dispatch.AgentID]bool{}}
		a.views[key] = v
	}
	v.who[m.agent] = true
}

// begin asks everybody for what they are.
func (a *hub) begin(c *act.Context) {
	s := a.system
	a.since = s.Now()
	queues := s.o.Catalog.QueueIDs()
	s.live.begin(queues)
	for _, q := range queues {
		s.untold(c.Send(address(q.Address()), showLive{}), string(q), "queue not asked")
	}
	for _, id := range s.o.Catalog.AgentIDs() {
		v, err := s.LiveAgent(id)
		if err != nil {
			panic(fmt.Errorf("load %s: %w", id, err))
		}
		s.live.agent(v, false)
	}
}

func (a *hub) leave(m liveLeave) {
	v := a.views[m.key]
	if v == nil {
		return
	}
	delete(v.who, m.agent)
	if len(v.who) == 0 {
		delete(a.views, m.key)
	}
	if len(a.views) == 0 {
		a.system.live.end()
	}
}

func (a *hub) restarted() {
	a.system.live.end()
	for _, h := range a.system.links.hubs() {
		if h.Kind == string(dispatch.KindAgent) {
			a.system.tellAgent(dispatch.AgentID(h.ID), liveLost{})
		}
	}
}

// flush tells every view what changed, and all of it to those who need it. It reports whether it must come again by itself.
func (a *hub) flush(c *act.Context, now time.Time) (again bool) {
	b := a.system.live
	b.mu.Lock()
	defer b.mu.Unlock()
	changes := b.take()
	complete := len(b.silent) == 0 || now.Sub(a.since) >= liveStart
	for _, key := range slices.Sorted(maps.Keys(a.views)) {
		v := a.views[key]
		had := slices.ContainsFunc(slices.Collect(maps.Values(v.who)), func(fresh bool) bool { return !fresh })
		fresh := slices.ContainsFunc(slices.Collect(maps.Values(v.who)), func(fresh bool) bool { return fresh })
		if had {
			again = a.tell(c, v, liveNow{key: key, events: a.share(v.changes(b, &changes, a.system.known), now)}) || again
		}
		switch {
		case fresh && complete:
			again = a.tell(c, v, liveNow{key: key, full: true, events: a.share(v.all(b, a.system.known), now)}) || again
		case fresh:
			again = true
		}
	}
	return again
}

func (a *hub) share(events []dispatch.Event, now time.Time) []Event {
	out := make([]Event, len(events))
	for i, e := range events {
		out[i] = Event{Value: e, Shared: a.system.o.Share(e, now)}
	}
	return out
}

// tell gives events to those who have the state before them, or all of it to those who have none. Who cannot take them
// needs all of it.
func (a *hub) tell(c *act.Context, v *liveView, m liveNow) (failed bool) {
	if len(m.events) == 0 {
		return false
	}
	for _, id := range slices.Sorted(maps.Keys(v.who)) {
		if v.who[id] != m.full {
			continue
		}
		err := c.Send(address(id.Address()), m)
		v.who[id] = err != nil
		failed = failed || err != nil
	}
	return failed
}

// changes are the events of what changed in the view.
func (v *liveView) changes(b *liveBoard, c *liveChanges, known func(dispatch.QueueID) bool) []dispatch.Event {
	queues, agents := dispatch.EventLiveQueues{Near: v.scope.near}, dispatch.EventLiveAgents{Near: v.scope.near}
	for _, id := range slices.Sorted(maps.Keys(c.queues)) {
		switch {
		case !v.scope.showsQueue(id):
		case known(id):
			queues.Queues = append(queues.Queues, *b.queues[id])
		default:
			queues.Removed = append(queues.Removed, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.agents)) {
		now := b.agents[id]
		switch shows := v.scope.showsAgent(&now); {
		case shows:
			v.shown[id] = true
			agents.Agents = append(agents.Agents, now)
		case v.shown[id]:
			delete(v.shown, id)
			agents.Removed = append(agents.Removed, id)
		}
	}
	var out []dispatch.Event
	if len(queues.Queues)+len(queues.Removed) > 0 {
		out = append(out, queues)
	}
	if len(agents.Agents)+len(agents.Removed) > 0 {
		out = append(out, agents)
	}
	for _, e := range c.alerts {
		if v.showsAlert(b, &e.Alert) {
			out = append(out, e)
		}
	}
	return out
}

// all is the whole view.
func (v *liveView) all(b *liveBoard, known func(dispatch.QueueID) bool) []dispatch.Event {
	queues, agents := dispatch.EventLiveQueues{Full: true, Near: v.scope.near}, dispatch.EventLiveAgents{Full: true, Near: v.scope.near}
	for _, id := range slices.Sorted(maps.Keys(b.queues)) {
		if v.scope.showsQueue(id) && known(id) {
			queues.Queues = append(queues.Queues, *b.queues[id])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(b.agents)) {
		if now := b.agents[id]; v.scope.showsAgent(&now) {
			v.shown[id] = true
			agents.Agents = append(agents.Agents, now)
		}
	}
	if v.scope.near {
		return []dispatch.Event{queues, agents}
	}
	alerts := dispatch.EventLiveAlerts{}
	for _, alert := range sortedAlerts(slices.Collect(maps.Values(b.alerts))) {
		if v.showsAlert(b, &alert) {
			alerts.Alerts = append(alerts.Alerts, alert)
		}
	}
	return []dispatch.Event{queues, agents, alerts}
}

func (v *liveView) showsAlert(b *liveBoard, a *dispatch.Alert) bool {
	if v.scope.near {
		return false
	}
	if a.Queue != "" {
		return v.scope.showsQueue(a.Queue)
	}
	who, ok := b.agents[a.Agent]
	return ok && v.scope.showsAgent(&who)
}

func sortedAlerts(list []dispatch.Alert) []dispatch.Alert {
	slices.SortFunc(list, func(x, y dispatch.Alert) int {
		return cmp.Or(x.Since.Compare(y.Since), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Queue, y.Queue), cmp.Compare(x.Agent, y.Agent), cmp.Compare(x.Conversation, y.Conversation))
	})
	return list
}

// Looked reports whether anybody looks at live state.
func (s *System) Looked() bool { return s.live.on.Load() }
