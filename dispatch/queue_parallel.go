package dispatch

import (
	"slices"
	"time"
)

// parallel is how many agents are asked for one conversation at the same time, as it travels; 0 is one.
func (s *QueueSettings) parallel() int {
	if s.Parallel < 2 || s.Mode == ModePull || s.Mode == ModeAuto {
		return 0
	}
	return s.Parallel
}

// wants is how many more agents may be asked for w.
func (q *Queue) wants(w *waiting) int {
	few := w.rare()
	if planted("asks_without_limit") && len(few.open) > 0 {
		return 1
	}
	return max(1, q.settings.parallel()) - len(few.open) - len(few.asks)
}

// rings: somebody is being asked.
func (w *waiting) rings() bool {
	return w.few != nil && len(w.few.open)+len(w.few.asks) > 0
}

func (w *waiting) ringsAt(agent AgentID) bool {
	few := w.rare()
	return slices.Contains(few.open, agent) || slices.ContainsFunc(few.asks, func(a asking) bool { return a.agent == agent })
}

// roundOver: those who refused may get it again. While somebody of the round is still being asked, it is not over.
func (w *waiting) roundOver(now time.Time) bool {
	few := w.rare()
	return len(few.excluded) > 0 && (len(few.open) == 0 || planted("round_over_while_ringing")) && due(few.relaxAt.time(), now)
}

// stillGood are the agents asked for an older ticket whose reservations the conversation takes for the new one too. What
// became of the others the new ticket says.
func stillGood(asks []asking, ticket *Ticket, now time.Time) []asking {
	if ticket.Valid == 0 {
		return nil
	}
	return slices.DeleteFunc(asks, func(a asking) bool {
		return a.ticket < ticket.Valid || due(a.until, now) || slices.Contains(ticket.Open, a.agent) || slices.Contains(ticket.Excluded, a.agent)
	})
}
