package dispatch

import "time"

// An agent who declines may ask for a breath: for its decline pause it gets nothing, and stays ready. The pause is recorded,
// so that no restart shortens it.

// declined begins the pause.
func (a *Agent) declined(t *turn) {
	a.resetMisses(t)
	if pause := a.profile.DeclinePause; pause > 0 {
		a.record(t, DeclinePaused{Agent: a.s.ID, Until: t.now.Add(pause), At: t.now})
		a.pauseEnds = a.s.PausedUntil
	}
}

func (a *Agent) paused(now time.Time) bool {
	return now.Before(a.s.PausedUntil) && !planted("decline_pause_ignored")
}

// endPause lets the queues hear that the pause is over.
func (a *Agent) endPause(now time.Time) {
	if due(a.pauseEnds, now) {
		a.pauseEnds = time.Time{}
	}
}
