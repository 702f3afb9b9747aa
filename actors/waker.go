package actors

import (
	"context"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// wakeEvery is how often the deadline index is read. Conversations whose deadline is nearer than twice this stay in
// memory with a timer of their own, so the index only has to catch those that sleep.
const wakeEvery = time.Minute

// keepWaking wakes the conversations whose deadline comes before the index is read again; they then arm their own timer.
func (s *System) keepWaking(ctx context.Context) {
	defer s.waking.Done()
	tick := time.NewTicker(wakeEvery)
	defer tick.Stop()
	for {
		if err := s.wakeDue(ctx); err != nil && ctx.Err() == nil {
			s.log.Error().Err(err).Msg("read deadlines")
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *System) wakeDue(ctx context.Context) error {
	return s.o.Store.Deadlines(s.Now().Add(nearDeadline), 0, func(id dispatch.ConversationID, _ time.Time) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		to := id.Address()
		err := s.send(act.Envelope{To: address(to), Msg: dispatch.Envelope{To: to, Message: dispatch.Wake{}}})
		s.untold(err, string(id), "conversation not woken") // it has a full mailbox, so it is awake; those after it may not be
		return nil
	})
}
