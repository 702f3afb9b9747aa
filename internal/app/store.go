package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pronto/actors"
	"pronto/dispatch"
	"pronto/storage"
)

// store is the actors' view of storage.
type store struct {
	*storage.DB
	counters *counters
}

// saver keeps the index rows that one loaded conversation has.
type saver struct {
	db       *storage.DB
	counters *counters
	rows     storage.Rows
	counted  counted
}

func (s store) LoadConversation(id dispatch.ConversationID) (dispatch.ConversationSnapshot, actors.Saver, error) {
	snapshot, rows, err := s.DB.LoadConversation(id)
	return snapshot, &saver{db: s.DB, counters: s.counters, rows: rows, counted: counted{owned: snapshot.Owner != ""}}, err
}

func (s store) NewConversation(id dispatch.ConversationID) (dispatch.ConversationSnapshot, actors.Saver) {
	return dispatch.ConversationSnapshot{ID: id}, &saver{db: s.DB, counters: s.counters}
}

func (s store) SaveAgent(ctx context.Context, now time.Time, state *dispatch.AgentSnapshot, records []dispatch.Record) error {
	return readOnly(s.DB.SaveAgent(ctx, now, state, records))
}

func (s store) SaveDraft(ctx context.Context, agent dispatch.AgentID, d dispatch.Draft) error {
	return readOnly(s.DB.SaveDraft(ctx, agent, d))
}

// readOnly tells the actors of a full disk in their own words.
func readOnly(err error) error {
	if errors.Is(err, storage.ErrReadOnly) {
		return fmt.Errorf("%w: %w", actors.ErrReadOnly, err)
	}
	return err
}

func (s *saver) Save(ctx context.Context, now time.Time, state *dispatch.ConversationSnapshot, records []dispatch.Record) error {
	began := time.Now()
	err := s.db.SaveConversation(ctx, storage.SaveConversation{Now: now, State: state, Records: records, Rows: &s.rows})
	s.counters.committed(time.Since(began), err)
	if err == nil {
		s.counters.count(state, records, &s.counted)
	}
	var taken *storage.Taken
	switch {
	case errors.As(err, &taken) && storage.AttachmentTaken(taken):
		return fmt.Errorf("%w: %w", actors.ErrAttachment, err)
	case errors.As(err, &taken) && storage.MergeTaken(taken):
		return fmt.Errorf("%w: %w", actors.ErrMerged, err)
	case errors.As(err, &taken):
		return fmt.Errorf("%w: %w", actors.ErrTaken, err)
	}
	return readOnly(err)
}
