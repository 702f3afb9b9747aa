package dispatch

import (
	"slices"
	"time"
)

// setStatus is the only command that changes the status. Leaving ready withdraws the open offers.
func (a *Agent) setStatus(t *turn, m SetStatus) error {
	switch {
	case m.Status != StatusReady && m.Status != StatusNotReady:
		return refuseBecause(CodeBadRequest, "a status is ready or not_ready", "/data/status")
	case m.Status == StatusNotReady && m.Reason == "" && a.profile.ReasonRequired:
		return refuseBecause(CodeReasonRequired, "not ready needs a reason here", "/data/reason_id")
	case m.Status == StatusNotReady && m.AfterCurrent && a.s.Status == StatusReady && (len(a.slots) > 0 || a.settling):
		if !a.s.After || a.s.AfterIs != m.Reason {
			a.record(t, AfterCurrentSet{Agent: a.s.ID, Reason: m.Reason, Planned: m.Planned, At: t.now})
			a.tellStatus(t, m.By)
		}
		a.withdrawOffers(t, EndWithdrawn)
	case m.Status != a.s.Status || m.Reason != a.s.Reason || a.s.After:
		r := AgentStatusChanged{Agent: a.s.ID, Status: m.Status, Reason: m.Reason, By: m.By, At: t.now, Until: planned(t.now, m.Planned)}
		a.changeStatus(t, r)
	}
	t.answer(ReplyStatus{Status: a.s.Status, Reason: a.s.Reason, Since: a.s.Since, After: a.s.After, AfterIs: a.s.AfterIs, Until: a.s.Until})
	return nil
}

func planned(now time.Time, d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return now.Add(d)
}

func (a *Agent) changeStatus(t *turn, r AgentStatusChanged) {
	if r.Status == StatusReady && a.s.Status != StatusReady {
		a.idleSince = t.now
		if len(a.sessions) == 0 { // made ready while away: the same grace as after a lost connection
			a.lost, a.lostAt = false, t.now
		}
	}
	a.record(t, r)
	a.tellStatus(t, r.By)
	if r.Status != StatusReady {
		a.withdrawOffers(t, EndWithdrawn)
	}
}

func (a *Agent) tellStatus(t *turn, by AgentID) {
	a.push(t, EventStatus{
		Status: a.s.Status, Reason: a.s.Reason, By: by, At: t.now, Since: a.s.Since, Until: a.s.Until, After: a.s.After, AfterIs: a.s.AfterIs,
	})
}

// afterCurrent keeps the promise of AfterCurrentSet, once it is known what there is.
func (a *Agent) afterCurrent(t *turn) {
	if a.s.After && !slices.ContainsFunc(a.slots, func(s Slot) bool { return !s.asleep() }) && a.adopted && !a.settling {
		a.changeStatus(t, AgentStatusChanged{
			Agent: a.s.ID, Status: StatusNotReady, Reason: a.s.AfterIs, By: a.s.ID, At: t.now, Until: planned(t.now, a.s.AfterPlan),
		})
	}
}

func (a *Agent) sessionOpened(t *turn, m SessionOpened) {
	if slices.Contains(a.sessions, m.Session) {
		return
	}
	a.sessions = append(a.sessions, m.Session)
	if len(a.sessions) > 1 {
		return
	}
	a.lost, a.lostAt, a.dropAt = false, time.Time{}, time.Time{}
	if a.s.Connected.IsZero() {
		a.record(t, AgentConnected{Agent: a.s.ID, At: t.now})
	}
	a.tellOwned(t) // even if this self has not told that it was gone: a former one may have
}

func (a *Agent) sessionClosed(t *turn, m SessionClosed) {
	had := len(a.sessions)
	a.sessions = slices.DeleteFunc(a.sessions, func(s SessionID) bool { return s == m.Session })
	if had > 0 && len(a.sessions) == 0 {
		a.lostAt = t.now
		a.suspectOffers(t.now)
	}
}

// goneAt is when an agent without a session is gone.
func (a *Agent) goneAt() time.Time {
	grace := a.profile.SuspectTime
	if grace <= 0 {
		grace = SuspectTime
	}
	return a.lostAt.Add(grace)
}

// goneNow ends the grace: not ready, and the owned conversations learn that nobody is there.
func (a *Agent) goneNow(t *turn) {
	a.lost = true
	if since := a.s.Connected; !since.IsZero() && !planted("gone_unrecorded") {
		a.record(t, AgentDisconnected{Agent: a.s.ID, Since: since, At: a.lostAt})
	}
	if a.s.Status == StatusReady {
		a.changeStatus(t, AgentStatusChanged{Agent: a.s.ID, Status: StatusNotReady, Reason: ReasonDisconnected, At: t.now})
	}
	a.tellOwned(t)
}
