package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"pronto/dispatch"
)

// The deadline row of a conversation is a promise to wake it no later than its deadline, so it need not follow a deadline
// that moves to later, or goes: it stands until its time has come, and with the next step from then on, at the latest the
// wake-up that it promised, it is written where it belongs. Each open conversation with a deadline has exactly one, at or
// before it; one without has at most one. Where it stands is the value of the row of the conversation's state, which is
// written with the row, mostly for another reason at the same moment; without a value it stands at the deadline, as it
// always did in format 1. One that is not open has a row for its deadline, if it has one.

// wakeUp is where the deadline row of a conversation stands.
type wakeUp struct {
	at     int64 // ms; 0: there is none
	untold bool  // the row of the state does not say so
}

// deadlineMS is when the state has to be woken, as rows say it; 0: never.
func deadlineMS(s *dispatch.ConversationSnapshot) int64 {
	if at := s.Deadline(); !at.IsZero() {
		return at.UnixMilli()
	}
	return 0
}

// standing is where the deadline row stands after a save of s.
func (r *Rows) standing(now time.Time, s *dispatch.ConversationSnapshot) wakeUp {
	at, row := deadlineMS(s), r.wake.at
	sooner := at == 0 || row < at || planted("deadline_row_late") && row != 0
	if sooner && isOpen(s) && row > now.UnixMilli() {
		return wakeUp{at: row}
	}
	return wakeUp{at: at}
}

// Misplaced reports whether a save of s without records has a row to write: the time of the deadline row has come, and it
// was for nothing.
func (r *Rows) Misplaced(now time.Time, s *dispatch.ConversationSnapshot) bool {
	row := r.wake.at
	return row != 0 && row <= now.UnixMilli() && row != r.standing(now, s).at && !planted("deadline_row_kept")
}

// placeDeadline writes the deadline row of a conversation that was woken for nothing. While the disk is full it stays, and
// wakes again.
func (db *DB) placeDeadline(ctx context.Context, w SaveConversation) error {
	if !w.Rows.Misplaced(w.Now, w.State) {
		return nil
	}
	if err := db.save(ctx, w); !errors.Is(err, ErrReadOnly) {
		return err
	}
	return nil
}

// deadlineRow appends the row that wakes the conversation.
func (a *arena) deadlineRow(rows []Row, id string, wake wakeUp) []Row {
	if wake.at == 0 {
		return rows
	}
	key := binary.BigEndian.AppendUint64(append(a.room(), rowDeadline), uint64(wake.at)) //nolint:gosec // after 1970
	return append(rows, Row{a.take(append(key, id...)), nil})
}

// stateRow says with an open conversation's state where its deadline row stands.
func (a *arena) stateRow(s *dispatch.ConversationSnapshot, wake wakeUp) Row {
	r := Row{a.rowKey(rowState, string(s.State), string(s.ID)), nil}
	if wake.at != 0 && !wake.untold {
		r.Value = a.take(binary.BigEndian.AppendUint64(a.room(), uint64(wake.at))) //nolint:gosec // after 1970
	}
	return r
}

// storedWakeUp reads where the deadline row of a stored state stands.
func (db *DB) storedWakeUp(s *dispatch.ConversationSnapshot) (wakeUp, error) {
	if !isOpen(s) {
		return wakeUp{at: deadlineMS(s)}, nil
	}
	v, err := db.Get(rowKey(rowState, string(s.State), string(s.ID)))
	switch {
	case notFoundIsZero(err) != nil:
		return wakeUp{}, err
	case len(v) == 0:
		at := deadlineMS(s)
		return wakeUp{at: at, untold: at != 0}, nil
	case len(v) != 8:
		return wakeUp{}, corrupt("state row of %s", s.ID)
	}
	return wakeUp{at: int64(binary.BigEndian.Uint64(v))}, nil //nolint:gosec // written as one
}
