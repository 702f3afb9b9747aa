package hooks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"pronto/dispatch"
	"pronto/storage"
)

// mark is how far the journal of a shard was read.
type mark struct {
	at     storage.Tail
	stored storage.Seq // what the row says
	set    bool
	broken bool // the journal could not be read: not tried again by this process
}

const (
	// feedRecords are read at once. A record holds the changes of a group, at most 1 024.
	feedRecords = 32
	// markEvery is after how many records without an event the mark is written all the same: so many are read again at a start.
	markEvery = 1024
)

// listen begins to read the journal with the first enabled webhook, from now on, and ends with the last one.
func (s *Service) listen(ctx context.Context) {
	wanted := s.active()
	for shard := range s.marks {
		if err := s.listenTo(ctx, storage.Shard(shard), wanted); err != nil && !stopped(ctx, err) {
			s.o.Log.Error().Err(err).Int("shard", shard).Msg("place of webhooks in the journal")
		}
	}
	s.o.Bell.listens.Store(wanted)
	for shard := range s.marks {
		s.o.Bell.rung[shard].Store(wanted) // what came before the bell was heard
	}
}

func (s *Service) listenTo(ctx context.Context, shard storage.Shard, wanted bool) error {
	m := &s.marks[shard]
	if m.set && wanted {
		return nil
	}
	at, has, err := s.o.DB.HookMark(shard)
	if err != nil {
		return err
	}
	change := s.o.DB.ChangeHooks(shard, s.o.Now())
	switch {
	case !wanted && has:
		change.Unread()
	case wanted && !has:
		if _, at, err = s.o.DB.Journal().Bounds(ctx, shard); err != nil {
			return fmt.Errorf("end of shard %d: %w", shard, err)
		}
		change.Read(at)
	}
	if err := change.Commit(ctx); err != nil {
		return err
	}
	*m = mark{at: at, stored: at.Seq, set: wanted}
	return nil
}

// feed reads a shard's journal from where it was, and lets events wait. It says when to try again after an error.
func (s *Service) feed(ctx context.Context, shard storage.Shard) time.Time {
	m := &s.marks[shard]
	if !m.set || m.broken {
		return time.Time{}
	}
	more, err := s.read(ctx, shard, m)
	switch {
	case errors.Is(err, storage.ErrTrimmed), errors.Is(err, storage.ErrCorrupt), errors.Is(err, storage.ErrNewerFormat):
		m.broken = true
		s.o.Log.Error().Err(err).Int("shard", int(shard)).Msg("webhooks read no further in the journal")
		return time.Time{}
	case err != nil:
		if !stopped(ctx, err) {
			s.o.Log.Error().Err(err).Int("shard", int(shard)).Msg("webhooks follow the journal")
		}
		s.o.Bell.rung[shard].Store(true)
		return s.o.Now().Add(trouble)
	case more:
		s.o.Bell.Ring(shard)
	}
	return time.Time{}
}

func (s *Service) read(ctx context.Context, shard storage.Shard, m *mark) (more bool, err error) {
	change := s.o.DB.ChangeHooks(shard, s.o.Now())
	to, more, err := s.o.DB.ReadJournal(ctx, shard, m.at, feedRecords, func(r *storage.Record) error {
		for i := range r.Entries {
			if err := s.note(change, &r.Entries[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	if change.Empty() && to.Seq-m.stored < markEvery {
		m.at = to
		return more, nil
	}
	change.Read(to)
	if err := change.Commit(ctx); err != nil {
		return false, err
	}
	m.at, m.stored = to, to.Seq
	return more, nil
}

// note lets the events of a conversation's change wait for whoever is to be told.
func (s *Service) note(change *storage.HookChange, e *storage.Entry) error {
	if !strings.HasPrefix(e.Entity, conversationPrefix) {
		return nil
	}
	id := dispatch.ConversationID(e.Entity)
	for i, event := range e.Events {
		record, err := storage.DecodeFact(event)
		if err != nil {
			return err
		}
		ordinal := e.First + uint64(i)
		name, err := nameOf(s.o.DB, id, ordinal, record)
		if err != nil {
			return err
		}
		for _, hook := range s.wants(name) {
			if err := change.Wait(storage.HookEvent{Hook: hook, Conversation: id, Ordinal: ordinal, Since: s.o.Now()}); err != nil {
				return err
			}
		}
	}
	return nil
}
