package storage

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"pronto/dispatch"
)

// snapshotEvery bounds the records that a load folds after the stored state. The state is stored that often and at the
// end: storing it with each change of state wrote as much again as the records themselves.
const snapshotEvery = 16

// Rows remembers which index rows an entity has, so that a save writes only what changed. The zero value belongs to an
// entity without rows.
type Rows struct {
	rows  []Row
	open  bool
	since int // records since the stored state
}

// SaveConversation is one decision about a conversation.
type SaveConversation struct {
	Now     time.Time
	State   *dispatch.ConversationSnapshot // after the records
	Records []dispatch.Record
	Rows    *Rows // as loaded or as the last save left it; updated when the save succeeds
}

// Save makes the decision durable: records, index rows, claims and, when it is due, the state; all or nothing. It
// refuses with *Taken when somebody else holds the open conversation of (channel, contact) or an external id; then the
// machine's memory is ahead of the disk and must be loaded again.
func (db *DB) SaveConversation(ctx context.Context, w SaveConversation) error {
	if len(w.Records) == 0 {
		return nil
	}
	c, rows, err := w.change()
	if err != nil {
		return fmt.Errorf("save %s: %w", w.State.ID, err)
	}
	if err := db.Commit(ctx, c); err != nil {
		return fmt.Errorf("save %s: %w", w.State.ID, err)
	}
	*w.Rows = rows
	return nil
}

func (w *SaveConversation) change() (c Change, rows Rows, err error) {
	s := w.State
	c = Change{
		Shard: Shard(dispatch.PartitionOf(string(s.ID)).Shard()), Time: w.Now, Entity: string(s.ID),
		Expect: s.Version - uint64(len(w.Records)),
	}
	rows = Rows{open: s.State != dispatch.ConversationClosed && s.State != dispatch.ConversationNone}
	whole := false
	for i, r := range w.Records {
		e, err := EncodeFact(r)
		if err != nil {
			return c, rows, err
		}
		c.Events = append(c.Events, e)
		_, ended := r.(dispatch.ConversationEnded)
		whole = whole || ended // it is seldom read again, but then whole
		add, err := fixed(s, r, c.Expect+uint64(i)+1)
		if err != nil {
			return c, rows, err
		}
		c.Set = append(c.Set, add...)
	}
	if c.Claim, c.Release, err = claimsOf(s, w.Records, w.Rows.open); err != nil {
		return c, rows, err
	}
	if rows.rows, err = moving(s); err != nil {
		return c, rows, err
	}
	diff(&c, w.Rows.rows, rows.rows)
	rows.since = w.Rows.since + len(w.Records)
	if whole || rows.since >= snapshotEvery {
		rows.since = 0
		c.State, err = encode(s)
	}
	return c, rows, err
}

// diff adds to the change what turns the rows of before into those of after.
func diff(c *Change, before, after []Row) {
	for _, r := range before {
		if !planted("index_rows_kept") && !slices.ContainsFunc(after, func(o Row) bool { return bytes.Equal(o.Key, r.Key) }) {
			c.Delete = append(c.Delete, r.Key)
		}
	}
	for _, r := range after {
		same := func(o Row) bool { return bytes.Equal(o.Key, r.Key) && bytes.Equal(o.Value, r.Value) }
		if !slices.ContainsFunc(before, same) {
			c.Set = append(c.Set, r)
		}
	}
}

// LoadConversation folds the stored state and the records after it. An unknown id gives the zero state with its id.
func (db *DB) LoadConversation(id dispatch.ConversationID) (dispatch.ConversationSnapshot, Rows, error) {
	s := dispatch.ConversationSnapshot{ID: id}
	raw, upTo, err := db.State(string(id))
	if errors.Is(err, ErrNotFound) {
		return s, Rows{}, nil
	}
	if err != nil {
		return s, Rows{}, fmt.Errorf("load %s: %w", id, err)
	}
	if raw != nil {
		if err := decode(raw, &s); err != nil {
			return s, Rows{}, fmt.Errorf("load %s: %w", id, err)
		}
	}
	folded, err := db.fold(&s, upTo)
	if planted("state_not_folded") && raw != nil {
		s = dispatch.ConversationSnapshot{}
		return s, Rows{}, decode(raw, &s)
	}
	if err != nil {
		return s, Rows{}, fmt.Errorf("load %s: %w", id, err)
	}
	rows, err := moving(&s)
	return s, Rows{rows: rows, open: s.State != dispatch.ConversationClosed && s.State != dispatch.ConversationNone, since: folded}, err
}

// fold applies the records after ordinal upTo and says how many there were.
func (db *DB) fold(s *dispatch.ConversationSnapshot, upTo uint64) (int, error) {
	n := 0
	for {
		events, err := db.Events(string(s.ID), upTo, foldPage)
		if err != nil {
			return n, err
		}
		for _, e := range events {
			r, err := DecodeFact(e.Event)
			if err != nil {
				return n, err
			}
			cr, ok := r.(dispatch.ConversationRecord)
			if !ok {
				return n, corrupt("%s: record %T", s.ID, r)
			}
			s.Apply(cr)
			upTo = e.Ordinal
			n++
		}
		if len(events) < foldPage {
			return n, nil
		}
	}
}

const foldPage = 256

// Recorded is one record of a history with its place and time.
type Recorded struct {
	Ordinal uint64
	Time    time.Time
	Record  dispatch.Record
}

// Records returns at most limit records of a conversation after an ordinal, in order. Answers to commands are left out.
func (db *DB) Records(id dispatch.ConversationID, after uint64, limit int) ([]Recorded, error) {
	var out []Recorded
	for len(out) < limit {
		events, err := db.Events(string(id), after, min(limit, foldPage))
		if err != nil {
			return nil, err
		}
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			after = e.Ordinal
			if e.Type == typeCommandAnswered || len(out) == limit {
				continue
			}
			r, err := DecodeFact(e.Event)
			if err != nil {
				return nil, fmt.Errorf("records of %s: %w", id, err)
			}
			out = append(out, Recorded{Ordinal: e.Ordinal, Time: e.Time, Record: r})
		}
	}
	return out, nil
}

// Messages returns at most limit messages with a seq above after, in order, with their delivery state as it is now.
func (db *DB) Messages(id dispatch.ConversationID, after uint64, limit int) ([]dispatch.Chat, error) {
	s, _, err := db.LoadConversation(id)
	if err != nil || after >= s.LastSeq || limit <= 0 {
		return nil, err
	}
	indexed := after - after%messageStep + 1
	v, err := db.Get(append(rowPrefix(rowMessage, string(id)), be64(indexed)...))
	if err != nil {
		return nil, fmt.Errorf("message %d of %s: %w", indexed, id, err)
	}
	ordinal, n := binary.Uvarint(v)
	if n <= 0 || ordinal == 0 {
		return nil, corrupt("message row of %s", id)
	}
	return db.messagesFrom(&s, ordinal-1, after, min(limit, int(s.LastSeq-after)))
}

// messagesFrom reads the records after an ordinal for the messages above a seq.
func (db *DB) messagesFrom(s *dispatch.ConversationSnapshot, ordinal, after uint64, limit int) ([]dispatch.Chat, error) {
	out := make([]dispatch.Chat, 0, limit)
	for len(out) < limit {
		records, err := db.Records(s.ID, ordinal, foldPage)
		if err != nil {
			return nil, err
		}
		if len(records) == 0 {
			return nil, corrupt("%s: fewer messages than its state says", s.ID)
		}
		for _, r := range records {
			ordinal = r.Ordinal
			if m, ok := r.Record.(dispatch.MessageAppended); ok && m.Message.Seq > after && len(out) < limit {
				chat := m.Message
				chat.Delivery = s.Delivery(chat.Seq)
				out = append(out, chat)
			}
		}
	}
	return out, nil
}

// FindArrival reads what an inbound message meets: its own earlier copy, the open conversation, or the last one.
func (db *DB) FindArrival(channel dispatch.ChannelID, contact dispatch.ContactID, external dispatch.ExternalID) (dispatch.Found, error) {
	var f dispatch.Found
	if external != "" {
		v, ok, err := db.Claimed(externalKey(channel, external))
		if err != nil {
			return f, err
		}
		if ok {
			var in inboundValue
			if err := decode(v, &in); err != nil {
				return f, err
			}
			f.Duplicate = &dispatch.ReplyInbound{Conversation: in.Conversation, Message: in.Message, Created: in.Created, Seq: in.Seq}
			return f, nil
		}
	}
	v, ok, err := db.Claimed(openKey(channel, contact))
	if err != nil {
		return f, err
	}
	if ok {
		f.Open = dispatch.ConversationID(v)
		return f, nil
	}
	last, err := db.Get(rowKey(rowLast, string(channel), string(contact)))
	f.Last = dispatch.ConversationID(last)
	return f, notFoundIsZero(err)
}
