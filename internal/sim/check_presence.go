package sim

import (
	"time"

	"pronto/dispatch"
	"pronto/storage"
)

// checkPresence notes what the log of an agent must show, and judges each change of status and connection.
func (s *Sim) checkPresence(a *agentModel, r dispatch.AgentRecord) {
	who := a.s.ID.Address()
	switch r := r.(type) {
	case dispatch.AgentStatusChanged:
		person := r.By != ""
		if person && r.Status == dispatch.StatusNotReady && r.Reason == "" && !a.s.After && s.agentByID[a.s.ID].profile.ReasonRequired {
			s.fail("I5", who, "not ready without a reason, where one is demanded")
		}
		a.said = append(a.said, r)
	case dispatch.AgentConnected:
		if !a.s.Connected.IsZero() {
			s.fail("I24", who, "connected at %s, and connected since %s", r.At, a.s.Connected)
		}
		a.there = append(a.there, dispatch.AgentDisconnected{Agent: r.Agent, Since: r.At})
	case dispatch.AgentDisconnected:
		last := &a.there[len(a.there)-1]
		if !r.Since.Equal(last.Since) || r.At.Before(r.Since) {
			s.fail("I24", who, "disconnected from %s to %s, the connection began at %s", r.Since, r.At, last.Since)
		}
		last.At = r.At
	}
}

// checkLog compares the stored log of an agent with its records.
func (s *Sim) checkLog(a *agent) {
	m := s.model.agent(a.id)
	said, err := s.disk.db.StatusLog(a.id, storage.LogRange{Limit: len(m.said) + 1})
	s.must(a.addr, err)
	if len(said) != len(m.said) {
		s.fail("I19", a.addr, "%d statuses are in the log, %d were recorded", len(said), len(m.said))
	}
	for i := range said {
		end := time.Time{}
		if i+1 < len(m.said) {
			end = m.said[i+1].At
		}
		if !same(said[i].AgentStatusChanged, m.said[i]) || !said[i].End.Equal(end) {
			s.fail("I19", a.addr, "the log says %+v, the records %+v until %s", said[i], m.said[i], end)
		}
	}
	there, err := s.disk.db.ConnectionLog(a.id, storage.LogRange{Limit: len(m.there) + 1})
	s.must(a.addr, err)
	byStart := map[int64]dispatch.AgentDisconnected{} // two that begin in the same millisecond share a row
	for _, c := range m.there {
		byStart[c.Since.UnixMilli()] = c
	}
	if len(there) != len(byStart) {
		s.fail("I19", a.addr, "%d connections are in the log, %d were recorded", len(there), len(byStart))
	}
	for _, c := range there {
		if want := byStart[c.Start.UnixMilli()]; !c.End.Equal(want.At) {
			s.fail("I19", a.addr, "the connection since %s ends at %s by the log, at %s by the records", c.Start, c.End, want.At)
		}
	}
}
