package storage

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"pronto/dispatch"
)

// snapshotEvery bounds the records that a load folds after the stored state. The state is stored that often and at the
// end: storing it with each change of state wrote as much again as the records themselves.
const snapshotEvery = 32

// Rows remembers which index rows an entity has, so that a save writes only what changed. The zero value belongs to an
// entity without rows.
type Rows struct {
	rows  []Row
	open  bool
	stay  dispatch.Stay
	since int // records since the stored state
	wake  wakeUp
}

// SaveConversation is one decision about a conversation.
type SaveConversation struct {
	Now     time.Time
	State   *dispatch.ConversationSnapshot // after the records
	Records []dispatch.Record
	Rows    *Rows // as loaded or as the last save left it; updated when the save succeeds
}

// saving is the memory of one save, used again for the next.
type saving struct {
	arena
	change Change
	after  Rows // its rows are those that move, in the arena's memory
	moved  bool // they are others than before
	words  wordRows

	inRows   bool        // texts bring their rows
	reworded []TextPlace // texts that have other rows after this
}

var savings = sync.Pool{New: func() any { return new(saving) }}

// Save makes the decision durable: records, index rows, claims and, when it is due, the state; all or nothing. It
// refuses with *Taken when somebody else holds the open conversation of (channel, contact) or an external id; then the
// machine's memory is ahead of the disk and must be loaded again.
//
// A save without records writes the deadline row of who was woken for nothing, or nothing.
func (db *DB) SaveConversation(ctx context.Context, w SaveConversation) error {
	if len(w.Records) == 0 {
		return db.placeDeadline(ctx, w)
	}
	return db.save(ctx, w)
}

func (db *DB) save(ctx context.Context, w SaveConversation) error {
	m := savings.Get().(*saving) //nolint:forcetypeassert // the pool holds nothing else
	m.inRows = db.fresh.areMany()
	err := m.fill(&w)
	if err == nil && slices.ContainsFunc(w.Records, changesText) {
		db.fresh.writing.RLock() // a text that is written now would have the rows of before
		defer db.fresh.writing.RUnlock()
		err = db.rewordTexts(m, &w)
	}
	if err != nil {
		return fmt.Errorf("save %s: %w", w.State.ID, err)
	}
	if err := db.Commit(ctx, m.change); err != nil {
		return fmt.Errorf("save %s: %w", w.State.ID, err) // the store may still look at the memory
	}
	for _, p := range m.reworded {
		db.fresh.drop(p)
	}
	after := m.after
	if m.moved {
		after.rows = cloneRows(after.rows)
	} else {
		after.rows = w.Rows.rows
	}
	*w.Rows = after
	m.reset()
	savings.Put(m)
	return nil
}

func (m *saving) reset() {
	m.arena.reset()
	c := &m.change
	clear(c.Events)
	clear(c.Set)
	clear(c.Delete)
	clear(c.Claim)
	clear(c.Release)
	clear(c.Vacant)
	clear(c.Texts)
	clear(m.after.rows)
	clear(m.reworded)
	m.change = Change{Events: c.Events[:0], Set: c.Set[:0], Delete: c.Delete[:0], Claim: c.Claim[:0], Release: c.Release[:0], Vacant: c.Vacant[:0], Texts: c.Texts[:0]}
	m.after, m.moved, m.reworded = Rows{rows: m.after.rows[:0]}, false, m.reworded[:0]
}

// fill builds the change and what will be remembered of it.
func (m *saving) fill(w *SaveConversation) (err error) {
	s, c, after := w.State, &m.change, &m.after
	c.Shard, c.Time = Shard(dispatch.PartitionOf(string(s.ID)).Shard()), w.Now
	c.Entity, c.Expect = string(s.ID), s.Version-uint64(len(w.Records))
	whole, stay := false, w.Rows.stay
	for i, r := range w.Records {
		e, err := m.fact(w, i)
		if err != nil {
			return err
		}
		c.Events = append(c.Events, e)
		_, ended := r.(dispatch.ConversationEnded)
		whole = whole || ended // it is seldom read again, but then whole
		c.Set = m.fixed(c.Set, s, r, c.Expect+uint64(i)+1)
		if ended, over := stay.Follow(r); over {
			c.Set = append(c.Set, m.waitRow(s.ID, &ended))
		}
		m.found(s, r, c.Expect+uint64(i)+1)
	}
	m.claimsOf(c, s, w.Records, w.Rows.open)
	after.open, after.stay, after.wake = isOpen(s), s.Stay(), w.Rows.standing(w.Now, s)
	if after.rows, err = m.moving(after.rows, s, after.wake); err != nil {
		return err
	}
	if m.moved = !slices.EqualFunc(w.Rows.rows, after.rows, sameRow); m.moved {
		diff(c, w.Rows.rows, after.rows)
	}
	after.since = w.Rows.since + len(w.Records)
	if whole || after.since >= snapshotEvery {
		after.since = 0
		c.State, err = m.encode(s)
	}
	return err
}

// found adds the text of a record, by which it is found.
func (m *saving) found(s *dispatch.ConversationSnapshot, r dispatch.Record, ordinal uint64) {
	p, text := foundBy(s.ID, r, ordinal)
	switch {
	case text == "", p.Kind == TextNote && planted("notes_not_found"):
		return
	case planted("texts_misplaced"):
		p.Ordinal++
	}
	if m.inRows {
		m.change.Set = m.words.append(m.change.Set, &m.arena, p, text)
		return
	}
	m.change.Texts = append(m.change.Texts, Text{p, text})
}

// diff adds to the change what turns the rows of before into those of after.
func diff(c *Change, before, after []Row) {
	for _, r := range before {
		if !planted("index_rows_kept") && !slices.ContainsFunc(after, func(o Row) bool { return bytes.Equal(o.Key, r.Key) }) {
			c.Delete = append(c.Delete, r.Key)
		}
	}
	for _, r := range after {
		same := func(o Row) bool { return sameRow(o, r) }
		if !slices.ContainsFunc(before, same) {
			c.Set = append(c.Set, r)
		}
	}
}

func sameRow(a, b Row) bool { return bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Value, b.Value) }

// cloneRows gives the rows memory of their own.
func cloneRows(rows []Row) []Row {
	if len(rows) == 0 {
		return nil
	}
	n := 0
	for _, r := range rows {
		n += len(r.Key) + len(r.Value)
	}
	mem := arena{mem: make([]byte, 0, n)}
	out := make([]Row, len(rows))
	for i, r := range rows {
		out[i].Key = mem.copy(r.Key)
		if r.Value != nil {
			out[i].Value = mem.copy(r.Value)
		}
	}
	return out
}
