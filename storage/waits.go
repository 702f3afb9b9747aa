package storage

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"pronto/dispatch"
)

// waitRow is the row of a stay in a queue that has ended: what the figures of an interval are counted from. It is written with
// the record that ended it, and stays.
//
//	e queue end conv    when it began, and how it ended
func (a *arena) waitRow(id dispatch.ConversationID, w *dispatch.EndedWait) Row {
	key := append(appendRowKey(a.room(), rowWait, string(w.Queue)), 0)
	key = a.take(append(binary.BigEndian.AppendUint64(key, uint64(w.At.UnixMilli())), id...))
	return Row{key, a.take(append(binary.BigEndian.AppendUint64(a.room(), uint64(w.From.UnixMilli())), byte(w.How)))}
}

// EachWait calls fn with the stays in a queue that ended from a time on, in order of their end; times are to the millisecond.
func (db *DB) EachWait(queue dispatch.QueueID, from time.Time, fn func(dispatch.LoggedWait) error) error {
	prefix := rowPrefix(rowWait, string(queue))
	r := Range{Prefix: prefix, From: append(prefix[:len(prefix):len(prefix)], timePart(from)...)}
	err := db.Scan(r, func(key, value []byte) error {
		if len(key) <= len(prefix)+8 || len(value) != 9 {
			return fmt.Errorf("row %q: %w", key, ErrCorrupt)
		}
		return fn(dispatch.LoggedWait{
			Conversation: dispatch.ConversationID(key[len(prefix)+8:]),
			EndedWait: dispatch.EndedWait{
				Queue: queue, From: unixMilli(value), At: unixMilli(key[len(prefix):]), How: dispatch.WaitEnd(value[8]),
			},
		})
	})
	if err != nil {
		return fmt.Errorf("waits in %s: %w", queue, err)
	}
	return nil
}

// Waits are the stays of EachWait.
func (db *DB) Waits(queue dispatch.QueueID, from time.Time) (out []dispatch.LoggedWait, err error) {
	err = db.EachWait(queue, from, func(w dispatch.LoggedWait) error {
		out = append(out, w)
		return nil
	})
	return out, err
}

func unixMilli(b []byte) time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b))).UTC() //nolint:gosec // written as one
}

// OpenWaits calls fn with when each of those who are in a queue now came into it, asked agents or not.
func (db *DB) OpenWaits(queue dispatch.QueueID, fn func(from time.Time)) error {
	err := db.EachWaiting(queue, func(t *dispatch.Ticket) error {
		fn(t.Since)
		return nil
	})
	if err != nil {
		return err
	}
	prefix := rowPrefix(rowState, string(dispatch.ConversationOffered))
	var asked []dispatch.ConversationID
	err = db.Scan(Prefix(prefix), func(key, _ []byte) error {
		asked = append(asked, dispatch.ConversationID(key[len(prefix):]))
		return nil
	})
	if err != nil {
		return fmt.Errorf("offered conversations: %w", err)
	}
	for _, id := range asked {
		s, _, err := db.loaded(id)
		if err != nil {
			return err
		}
		if s.State == dispatch.ConversationOffered && s.Queue == queue && s.Ticket() == nil {
			fn(s.QueuedAt)
		}
	}
	return nil
}

// metaWaits says by which rules the waits were indexed, as metaSearch does for texts.
const (
	metaWaits  = "waits"
	waitsRules = 1
)

// WaitsBuilt says whether the waits of every conversation are there.
func (db *DB) WaitsBuilt() (built bool, err error) {
	err = db.reading("read rules of waits", func() error {
		v, err := db.e.get(db.e.p, metaKey(metaWaits))
		built = err == nil && len(v) == 1 && v[0] == waitsRules
		return notFoundIsZero(err)
	})
	return built, err
}

// BuildWaits writes the rows of the waits that ended before there were such rows. It may run beside other work, and be
// repeated.
func (db *DB) BuildWaits(ctx context.Context) error {
	err := db.Conversations(Listing{}, func(id dispatch.ConversationID) error {
		c := Change{Shard: Shard(dispatch.PartitionOf(string(id)).Shard()), Time: db.opts.Now()}
		var stay dispatch.Stay
		err := db.eachRecord(id, func(r *Recorded) error {
			if w, over := stay.Follow(r.Record); over {
				c.Set = append(c.Set, new(arena).waitRow(id, &w))
			}
			return nil
		})
		if err == nil && len(c.Set) > 0 {
			err = db.Commit(ctx, c)
		}
		return err
	})
	if err == nil {
		err = db.write(func(b *pebble.Batch) error { return b.Set(metaKey(metaWaits), []byte{waitsRules}, nil) })
	}
	if err != nil {
		return fmt.Errorf("build waits: %w", err)
	}
	return nil
}
