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
	rows   []Row // those that move, after the save
	words  wordRows
}

var savings = sync.Pool{New: func() any { return new(saving) }}

// Save makes the decision durable: records, index rows, claims and, when it is due, the state; all or nothing. It
// refuses with *Taken when somebody else holds the open conversation of (channel, contact) or an external id; then the
// machine's memory is ahead of the disk and must be loaded again.
func (db *DB) SaveConversation(ctx context.Context, w SaveConversation) error {
	if len(w.Records) == 0 {
		return nil
	}
	m := savings.Get().(*saving) //nolint:forcetypeassert // the pool holds nothing else
	since, err := m.fill(&w)
	if err == nil {
		err = db.rewordTexts(m, &w)
	}
	if err != nil {
		return fmt.Errorf("save %s: %w", w.State.ID, err)
	}
	if err := db.Commit(ctx, m.change); err != nil {
		return fmt.Errorf("save %s: %w", w.State.ID, err) // the store may still look at the memory
	}
	w.Rows.open, w.Rows.since, w.Rows.stay = isOpen(w.State), since, w.State.Stay()
	if !slices.EqualFunc(w.Rows.rows, m.rows, sameRow) {
		w.Rows.rows = cloneRows(m.rows)
	}
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
	clear(m.rows)
	m.change = Change{Events: c.Events[:0], Set: c.Set[:0], Delete: c.Delete[:0], Claim: c.Claim[:0], Release: c.Release[:0], Vacant: c.Vacant[:0]}
	m.rows = m.rows[:0]
}

// fill builds the change and says how many records will stand after the stored state.
func (m *saving) fill(w *SaveConversation) (since int, err error) {
	s, c := w.State, &m.change
	c.Shard, c.Time = Shard(dispatch.PartitionOf(string(s.ID)).Shard()), w.Now
	c.Entity, c.Expect = string(s.ID), s.Version-uint64(len(w.Records))
	whole, stay := false, w.Rows.stay
	for i, r := range w.Records {
		e, err := m.fact(w, i)
		if err != nil {
			return 0, err
		}
		c.Events = append(c.Events, e)
		_, ended := r.(dispatch.ConversationEnded)
		whole = whole || ended // it is seldom read again, but then whole
		c.Set = m.fixed(c.Set, s, r, c.Expect+uint64(i)+1)
		if ended, over := stay.Follow(r); over {
			c.Set = append(c.Set, m.waitRow(s.ID, &ended))
		}
		c.Set = m.found(c.Set, s, r, c.Expect+uint64(i)+1)
	}
	m.claimsOf(c, s, w.Records, w.Rows.open)
	if m.rows, err = m.moving(m.rows, s); err != nil {
		return 0, err
	}
	diff(c, w.Rows.rows, m.rows)
	since = w.Rows.since + len(w.Records)
	if whole || since >= snapshotEvery {
		since = 0
		c.State, err = m.encode(s)
	}
	return since, err
}

// found appends the rows by which the text of a record is found.
func (m *saving) found(rows []Row, s *dispatch.ConversationSnapshot, r dispatch.Record, ordinal uint64) []Row {
	p, text := foundBy(s.ID, r, ordinal)
	switch {
	case text == "", p.Kind == TextNote && planted("notes_not_found"):
		return rows
	case planted("texts_misplaced"):
		p.Ordinal++
	}
	return m.words.append(rows, &m.arena, p, text)
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
