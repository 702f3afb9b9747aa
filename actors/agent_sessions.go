package actors

import (
	"slices"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

func (a *agent) attach(c *act.Context, m attach) {
	a.sessions.add(m.session)
	a.run(c, dispatch.Envelope{Message: dispatch.SessionOpened{Session: m.session}})
	a.system.tellNext(c, m.session, snapshotNow{view: a.snapshot(), reason: "start"})
	a.showAgain(c, m.session)
}

func (a *agent) forget(c *act.Context, m forget) {
	a.showNothing(c, m.session)
	a.sessions.drop(m.session)
	a.run(c, dispatch.Envelope{Message: dispatch.SessionClosed{Session: m.session}})
}

// handOver exchanges two sessions at one place among the events, so that none is missed or seen twice.
func (a *agent) handOver(c *act.Context, m handOver) {
	a.sessions.replace(m.session, m.next)
	if i := slices.Index(a.behind, m.session); i >= 0 {
		a.behind[i] = m.next
	}
	a.desk.passOn(m.session, m.next)
	a.run(c, dispatch.Envelope{Message: dispatch.SessionOpened{Session: m.next}})
	a.run(c, dispatch.Envelope{Message: dispatch.SessionClosed{Session: m.session}})
	a.system.tellNext(c, m.session, handedOver{next: m.next})
	if a.desk != nil {
		a.rejoin(c, m.next)
	}
}

// push gives an event to every session but one. Who cannot take it gets a snapshot as soon as it can: an event that is
// missing in the numbered stream would never be noticed.
func (a *agent) push(c *act.Context, e Event, but dispatch.SessionID) {
	msg := any(e) // one for all
	for _, id := range a.sessions.order {
		if id != but && !slices.Contains(a.behind, id) && !a.system.taken(id, c.Send(sessionAddress(id), msg)) {
			a.behind = append(a.behind, id)
		}
	}
}

// accessChanged: what the agent may see is another world now.
func (a *agent) accessChanged(c *act.Context) {
	for _, id := range a.desk.watched() {
		if w := a.watchOf(id); w.head != nil {
			a.maySee(c, w)
		}
	}
	for _, id := range a.sessions.order {
		if !slices.Contains(a.behind, id) {
			a.showAnew(c, id, "access_changed")
		}
	}
}

// showAnew gives a session its world, or as soon as it can take it.
func (a *agent) showAnew(c *act.Context, id dispatch.SessionID, reason string) {
	if a.system.tellNext(c, id, snapshotNow{view: a.snapshot(), reason: reason}) {
		a.showAgain(c, id)
		return
	}
	a.behind = append(a.behind, id)
}

// catchUp brings the sessions that missed events up to date.
func (a *agent) catchUp(c *act.Context) {
	late := a.behind
	a.behind = nil
	for _, id := range late {
		if a.sessions.has(id) {
			a.showAnew(c, id, "overrun")
		}
	}
}

func (a *agent) event(e dispatch.Event, now time.Time) Event {
	return Event{Value: e, Shared: a.system.o.Share(e, now)}
}

// exempt is the session that accepted the offer: its reply and the assignment tell it, "accepted elsewhere" is for others.
func (a *agent) exempt(e dispatch.Event) dispatch.SessionID {
	ended, ok := e.(dispatch.EventOfferEnded)
	if !ok || ended.Cause != dispatch.EndAcceptedElsewhere {
		return ""
	}
	return a.ledger.acceptor(ended.Offer)
}

// snapshot is the agent's world at this place among the events.
func (a *agent) snapshot() View {
	v := View{Agent: a.agentView(a.system.Now()), Drafts: slices.Clone(a.drafts)}
	slots := a.m.Slots()
	for i := range slots {
		switch s := &slots[i]; {
		case s.Kind == dispatch.SlotOwned:
			v.Conversations = append(v.Conversations, s.Head)
		case s.Shown():
			v.Offers = append(v.Offers, s.Offer)
		}
	}
	return v
}

func (a *agent) agentView(now time.Time) AgentView {
	s, p := a.m.Snapshot(), a.m.Profile()
	v := AgentView{
		ID: a.id, Status: s.Status, Reason: s.Reason, Since: s.Since, Until: s.Until, After: s.After, AfterIs: s.AfterIs, Misses: s.Misses, Capacity: p.Capacity, Load: a.m.Load(now),
		Ceiling: max(p.Ceiling, p.Capacity), Total: a.m.Total(), Queues: p.Queues, Connected: a.m.Connected(),
	}
	slots := a.m.Slots()
	for i := range slots {
		if slots[i].Kind == dispatch.SlotOwned {
			v.Owned++
		}
	}
	v.Dot, v.Why = a.m.Dot(now)
	return v
}

// publishView lets others see the agent as it is now, without asking its actor.
func (a *agent) publishView(now time.Time) {
	v, last := a.agentView(now), a.view
	if v.Status != last.Status || v.Reason != last.Reason || !v.Since.Equal(last.Since) ||
		v.After != last.After || v.AfterIs != last.AfterIs || v.Misses != last.Misses || v.Load != last.Load || v.Capacity != last.Capacity ||
		v.Ceiling != last.Ceiling || v.Total != last.Total ||
		v.Owned != last.Owned || v.Dot != last.Dot || v.Connected != last.Connected || !slices.Equal(v.Queues, last.Queues) {
		published := v
		a.view = &published
		a.system.board.Store(a.id, a.view)
		a.system.liveAgent(a.view, last)
	}
}

// Presence is an agent as it was last published; false for one that was not in memory since the start.
func (s *System) Presence(id dispatch.AgentID) (AgentView, bool) {
	v, ok := s.board.Load(id)
	if !ok {
		return AgentView{}, false
	}
	return *v.(*AgentView), true
}
