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

// catchUp reads what was written until now, and writes how far that was: it is judged by the webhooks as they are now, and
// is not read again as others.
func (f *Follower) catchUp(ctx context.Context) {
	for shard := range f.marks {
		if err := f.catchUpWith(ctx, storage.Shard(shard), &f.marks[shard]); err != nil && !stopped(ctx, err) {
			f.o.Log.Error().Err(err).Int("shard", shard).Msg("webhooks catch up with the journal")
		}
	}
}

func (f *Follower) catchUpWith(ctx context.Context, shard storage.Shard, m *mark) error {
	if !m.set || m.broken {
		return nil
	}
	_, end, err := f.o.DB.Journal().Bounds(ctx, shard)
	for err == nil && m.at.Seq < end.Seq && !planted("webhook_change_overtakes") {
		_, err = f.read(ctx, shard, m)
	}
	if err != nil || m.at.Seq == m.stored || planted("webhook_place_unwritten") {
		return err
	}
	change := f.o.DB.ChangeHooks(shard, f.o.Now())
	change.Read(m.at)
	if err = change.Commit(ctx); err == nil {
		m.stored = m.at.Seq
	}
	return err
}

// listen begins to read the journal with the first enabled webhook, from now on, and ends with the last one.
func (f *Follower) listen(ctx context.Context) {
	wanted := f.active()
	for shard := range f.marks {
		if err := f.listenTo(ctx, storage.Shard(shard), wanted); err != nil && !stopped(ctx, err) {
			f.o.Log.Error().Err(err).Int("shard", shard).Msg("place of webhooks in the journal")
		}
	}
	f.o.Bell.listens.Store(wanted)
	for shard := range f.marks {
		f.o.Bell.rung[shard].Store(wanted) // what came before the bell was heard
	}
}

func (f *Follower) listenTo(ctx context.Context, shard storage.Shard, wanted bool) error {
	m := &f.marks[shard]
	if m.set && wanted {
		return nil
	}
	at, has, err := f.o.DB.HookMark(shard)
	if err != nil {
		return err
	}
	has = has && !(wanted && planted("webhook_place_forgotten"))
	change := f.o.DB.ChangeHooks(shard, f.o.Now())
	switch {
	case !wanted && has:
		change.Unread()
	case wanted && !has:
		if _, at, err = f.o.DB.Journal().Bounds(ctx, shard); err != nil {
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
func (f *Follower) feed(ctx context.Context, shard storage.Shard) time.Time {
	m := &f.marks[shard]
	if !m.set || m.broken {
		return time.Time{}
	}
	more, err := f.read(ctx, shard, m)
	switch {
	case errors.Is(err, storage.ErrTrimmed), errors.Is(err, storage.ErrCorrupt), errors.Is(err, storage.ErrNewerFormat):
		m.broken = true
		f.o.Log.Error().Err(err).Int("shard", int(shard)).Msg("webhooks read no further in the journal")
		return time.Time{}
	case err != nil:
		if !stopped(ctx, err) {
			f.o.Log.Error().Err(err).Int("shard", int(shard)).Msg("webhooks follow the journal")
		}
		f.o.Bell.rung[shard].Store(true)
		return f.o.Now().Add(trouble)
	case more:
		f.o.Bell.Ring(shard)
	}
	return time.Time{}
}

func (f *Follower) read(ctx context.Context, shard storage.Shard, m *mark) (more bool, err error) {
	change := f.o.DB.ChangeHooks(shard, f.o.Now())
	to, more, err := f.o.DB.ReadJournal(ctx, shard, m.at, feedRecords, func(r *storage.Record) error {
		for i := range r.Entries {
			if err := f.note(change, &r.Entries[i]); err != nil {
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
	if planted("webhook_mark_first") {
		first := f.o.DB.ChangeHooks(shard, f.o.Now())
		first.Read(to)
		if err := first.Commit(ctx); err != nil {
			return false, err
		}
	}
	change.Read(to)
	if err := change.Commit(ctx); err != nil {
		return false, err
	}
	m.at, m.stored = to, to.Seq
	return more, nil
}

// note lets the events of a conversation's change wait for whoever is to be told.
func (f *Follower) note(change *storage.HookChange, e *storage.Entry) error {
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
		name, err := nameOf(f.o.DB, id, ordinal, record)
		if err != nil {
			return err
		}
		for _, hook := range f.wants(name) {
			if err := change.Wait(storage.HookEvent{Hook: hook, Conversation: id, Ordinal: ordinal, Since: f.o.Now()}); err != nil {
				return err
			}
		}
	}
	return nil
}
