package actors

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"pronto/dispatch"
	"pronto/internal/act"
)

// liveBoard is what queues and agents last told of themselves, for those who look. While nobody does, it keeps the alerts
// alone, and a change costs one look at a flag.
type liveBoard struct {
	on   atomic.Bool
	wake func() // tells the hub that something changed; must not block

	mu      sync.Mutex
	queues  map[dispatch.QueueID]*dispatch.LiveQueue
	agents  map[dispatch.AgentID]dispatch.LiveAgent
	alerts  map[dispatch.AlertKey]dispatch.Alert
	silent  map[dispatch.QueueID]struct{} // have not told yet since somebody looks
	changed liveChanges
	told    bool // the hub knows of the changes
}

// liveChanges is what is new since the hub looked.
type liveChanges struct {
	queues map[dispatch.QueueID]struct{}
	agents map[dispatch.AgentID]struct{}
	alerts []dispatch.EventAlert
}

func newChanges() liveChanges {
	return liveChanges{queues: map[dispatch.QueueID]struct{}{}, agents: map[dispatch.AgentID]struct{}{}}
}

func newLiveBoard(wake func()) *liveBoard {
	return &liveBoard{wake: wake, alerts: map[dispatch.AlertKey]dispatch.Alert{}, changed: newChanges()}
}

// begin forgets what is old; every queue is asked and every agent is given anew.
func (b *liveBoard) begin(queues []dispatch.QueueID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queues, b.agents = map[dispatch.QueueID]*dispatch.LiveQueue{}, map[dispatch.AgentID]dispatch.LiveAgent{}
	b.silent, b.changed = map[dispatch.QueueID]struct{}{}, newChanges()
	for _, q := range queues {
		b.silent[q] = struct{}{}
	}
	b.on.Store(true)
}

func (b *liveBoard) end() {
	b.on.Store(false)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queues, b.agents, b.silent, b.changed, b.told = nil, nil, nil, newChanges(), false
}

// change applies fn while somebody looks and tells the hub.
func (b *liveBoard) change(fn func()) {
	if !b.on.Load() {
		return
	}
	b.mu.Lock()
	if b.queues == nil { // nobody looks any more
		b.mu.Unlock()
		return
	}
	fn()
	first := !b.told
	b.told = true
	b.mu.Unlock()
	if first {
		b.wake()
	}
}

func (b *liveBoard) entry(id dispatch.QueueID) *dispatch.LiveQueue {
	q := b.queues[id]
	if q == nil {
		q = &dispatch.LiveQueue{Queue: id}
		b.queues[id] = q
	}
	b.changed.queues[id] = struct{}{}
	return q
}

func (b *liveBoard) queue(id dispatch.QueueID, v dispatch.QueueView) {
	b.change(func() {
		b.entry(id).View = v
		delete(b.silent, id)
	})
}

// agent replaces an agent and keeps the counts of its queues. known is false for one that was read from storage: what the
// agent told itself is newer.
func (b *liveBoard) agent(v dispatch.LiveAgent, told bool) {
	b.change(func() {
		old, was := b.agents[v.Agent]
		if was && !told {
			return
		}
		if was {
			b.count(&old, -1)
		}
		b.count(&v, 1)
		b.agents[v.Agent] = v
		b.changed.agents[v.Agent] = struct{}{}
	})
}

func (b *liveBoard) count(a *dispatch.LiveAgent, n int) {
	for _, id := range a.Queues {
		b.entry(id).Count(a.Dot, n)
	}
}

// alert keeps an alert, or ends it. A repeat tells nobody.
func (b *liveBoard) alert(e dispatch.EventAlert) {
	b.mu.Lock()
	old, had := b.alerts[e.AlertKey]
	switch {
	case e.Cleared && !had, !e.Cleared && had && old.Since.Equal(e.Since):
		b.mu.Unlock()
		return
	case e.Cleared:
		e.Alert = old
		delete(b.alerts, e.AlertKey)
	default:
		b.alerts[e.AlertKey] = e.Alert
	}
	b.mu.Unlock()
	b.change(func() { b.changed.alerts = append(b.changed.alerts, e) })
}

// raise keeps an alert that is known from storage, unless it is there.
func (b *liveBoard) raise(a dispatch.Alert) {
	b.mu.Lock()
	_, had := b.alerts[a.AlertKey]
	b.mu.Unlock()
	if !had {
		b.alert(dispatch.EventAlert{Alert: a, At: a.Since})
	}
}

// raised lists the alerts, oldest first.
func (b *liveBoard) raised() []dispatch.Alert {
	b.mu.Lock()
	defer b.mu.Unlock()
	return sortedAlerts(slices.Collect(maps.Values(b.alerts)))
}

// take gives the hub what is new.
func (b *liveBoard) take() liveChanges {
	c := b.changed
	b.changed, b.told = newChanges(), false
	return c
}

// The hub is one actor that tells all who look.
func (s *System) wakeHub() {
	s.untold(s.act.Send(act.Envelope{To: hubAddress, Msg: liveChanged{}}), hubAddress.ID, "live state not told")
}

// Alerts are those that are raised, oldest first.
func (s *System) Alerts() []dispatch.Alert { return s.live.raised() }

// liveAgent tells the board what an agent is now.
func (s *System) liveAgent(v, before *AgentView) {
	now := liveOf(v)
	if v.Status != before.Status || v.Reason != before.Reason || !v.Since.Equal(before.Since) {
		s.agentAlerts(&now)
	}
	if s.live.on.Load() {
		s.live.agent(now, true)
	}
}

// agentAlerts raises the alert that the agent's state means and ends the other one.
func (s *System) agentAlerts(a *dispatch.LiveAgent) {
	raised, ok := dispatch.AgentAlert(a)
	for _, kind := range []dispatch.AlertKind{dispatch.AlertNoAnswer, dispatch.AlertAgentGone} {
		e := dispatch.EventAlert{Alert: dispatch.Alert{AlertKey: dispatch.AlertKey{Kind: kind, Agent: a.Agent}}, Cleared: true, At: s.Now()}
		if ok && raised.Kind == kind {
			e.Alert, e.Cleared = raised, false
		}
		s.live.alert(e)
	}
}

func liveOf(v *AgentView) dispatch.LiveAgent {
	return dispatch.LiveAgent{
		Agent: v.ID, Status: v.Status, Reason: v.Reason, Since: v.Since, Until: v.Until, After: v.After, Dot: v.Dot, Why: v.Why, Misses: v.Misses,
		Load: v.Load, Capacity: v.Capacity, Total: v.Total, Ceiling: v.Ceiling, Conversations: v.Owned, Queues: v.Queues,
	}
}

// LiveAgent is an agent as it last told, or as it is stored when it has not since the start: then it is offline.
func (s *System) LiveAgent(id dispatch.AgentID) (dispatch.LiveAgent, error) {
	if v, ok := s.Presence(id); ok {
		return liveOf(&v), nil
	}
	stored, err := s.o.Store.LoadAgent(id)
	if err != nil {
		return dispatch.LiveAgent{}, fmt.Errorf("load agent: %w", err)
	}
	p := s.o.Catalog.Profile(id)
	v := dispatch.LiveAgent{
		Agent: id, Status: stored.Status, Reason: stored.Reason, Since: stored.Since, Until: stored.Until, After: stored.After, Dot: "grey", Why: "offline",
		Misses: stored.Misses, Capacity: p.Capacity, Ceiling: max(p.Ceiling, p.Capacity), Queues: p.Queues,
	}
	if v.Status == "" {
		v.Status = dispatch.StatusNotReady
	}
	return v, nil
}

func (s *System) known(q dispatch.QueueID) bool {
	_, known := slices.BinarySearch(s.o.Catalog.QueueIDs(), q)
	return known
}
