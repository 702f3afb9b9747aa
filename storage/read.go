package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// StoredEvent is an event of an entity's history.
type StoredEvent struct {
	Event
	Ordinal uint64 // 1, 2, 3 …
	Time    time.Time
}

// reading runs fn while the store is open.
func (db *DB) reading(what string, fn func() error) error {
	if err := db.e.use(fn); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Count returns the number of events of the entity and its shard, or ErrNotFound.
func (db *DB) Count(entity string) (events uint64, shard Shard, err error) {
	err = db.reading("read head of "+entity, func() error {
		v, err := db.e.get(db.e.p, appendEntityKey(nil, spaceHead, entity))
		if err != nil {
			return err
		}
		shard, events, err = decodeHead(v)
		return err
	})
	return events, shard, err
}

// State returns the entity's last stored state and the number of events that it
// includes. Without a stored state, data is nil and upTo 0; without the entity, the
// error is ErrNotFound.
func (db *DB) State(entity string) (data []byte, upTo uint64, err error) {
	err = db.reading("read state of "+entity, func() error {
		v, err := db.e.get(db.e.p, appendEntityKey(nil, spaceState, entity))
		if err == nil {
			upTo, data, err = decodeState(v)
		}
		return err
	})
	if errors.Is(err, ErrNotFound) {
		_, _, err = db.Count(entity)
	}
	return data, upTo, err
}

// Events returns at most limit events of the entity, those with ordinals above
// after. A gap in the ordinals is ErrCorrupt.
func (db *DB) Events(entity string, after uint64, limit int) (out []StoredEvent, err error) {
	if err := checkEntity(entity); err != nil || after == ^uint64(0) || limit <= 0 {
		return nil, err
	}
	err = db.reading("read events of "+entity, func() error {
		it, err := db.e.iter(appendHistoryKey(nil, entity, after+1), append(appendEntityKey(nil, spaceHistory, entity), 1))
		if err != nil {
			return err
		}
		out, err = readEvents(it, after, limit)
		return closeIter(it, err)
	})
	return out, err
}

// event returns one event of the entity. As with Events, one that is missing before others is ErrCorrupt; ok is false when
// the history ends before it.
func (db *DB) event(entity string, ordinal uint64) (e StoredEvent, ok bool, err error) {
	err = db.reading("read event of "+entity, func() error {
		v, err := db.e.get(db.e.p, appendHistoryKey(nil, entity, ordinal))
		if err != nil {
			return err
		}
		var ns int64
		ns, e.Event, err = decodeHistory(v)
		e.Ordinal, e.Time = ordinal, unixNano(ns)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		_, err = db.Events(entity, ordinal-1, 1)
		return StoredEvent{}, false, err
	}
	return e, err == nil, err
}

// readEvents copies the events into chunks of memory that they share.
func readEvents(it *pebble.Iterator, after uint64, limit int) (out []StoredEvent, err error) {
	const chunkBytes = 4 << 10
	var chunk []byte
	for ok := it.First(); ok && len(out) < limit; ok = it.Next() {
		after++
		entity, ordinal, ok := splitHistoryKey(it.Key())
		if !ok || ordinal != after {
			return nil, corrupt("history of %s: event %d is missing", entity, after)
		}
		v, err := it.ValueAndErr()
		if err != nil {
			return nil, readError(err)
		}
		if len(v) > cap(chunk)-len(chunk) {
			chunk = make([]byte, 0, max(len(v), chunkBytes))
		}
		from := len(chunk)
		chunk = append(chunk, v...)
		ns, ev, err := decodeHistory(chunk[from:len(chunk):len(chunk)])
		if err != nil {
			return nil, err
		}
		out = append(out, StoredEvent{Event: ev, Ordinal: ordinal, Time: unixNano(ns)})
	}
	if err := it.Error(); err != nil {
		return nil, readError(err)
	}
	return out, nil
}

// Claimed returns the value for which key is claimed.
func (db *DB) Claimed(key []byte) (value []byte, ok bool, err error) {
	value, err = db.row("read claim", spaceClaim, key)
	if errors.Is(err, ErrNotFound) {
		return nil, false, nil
	}
	return value, err == nil, err
}

// Get returns the value of an index row, or ErrNotFound.
func (db *DB) Get(key []byte) ([]byte, error) {
	return db.row("read row", spaceIndex, key)
}

func (db *DB) row(what string, space byte, key []byte) (value []byte, err error) {
	err = db.reading(what, func() error {
		v, err := db.e.get(db.e.p, appendSpaceKey(nil, space, key))
		if err == nil {
			_, value, err = shardValue(v)
		}
		return err
	})
	return value, err
}

// Range selects index rows: those with the prefix, from From (inclusive) and below
// Below, where nil is open. From and Below are whole keys. Limit 0 is no limit.
type Range struct {
	Prefix  []byte
	From    []byte
	Below   []byte
	Reverse bool
	Limit   int
}

// Prefix selects every index row whose key begins with p.
func Prefix(p []byte) Range { return Range{Prefix: p} }

// bounds in keys of the keyspace.
func (r *Range) bounds() (lower, upper []byte) {
	lower = appendSpaceKey(nil, spaceIndex, r.Prefix)
	upper = keyAfter(lower)
	if from := appendSpaceKey(nil, spaceIndex, r.From); r.From != nil && string(from) > string(lower) {
		lower = from
	}
	if below := appendSpaceKey(nil, spaceIndex, r.Below); r.Below != nil && string(below) < string(upper) {
		upper = below
	}
	return lower, upper
}

// ErrStop ends a scan without an error when its function returns it.
var ErrStop = errors.New("stop")

// Scan calls fn with each row of the range in order of the keys. It reads one
// consistent state. key and value are only valid during the call.
func (db *DB) Scan(r Range, fn func(key, value []byte) error) error {
	return db.reading("scan rows", func() error {
		lower, upper := r.bounds()
		if string(lower) >= string(upper) {
			return nil
		}
		it, err := db.e.iter(lower, upper)
		if err != nil {
			return err
		}
		return closeIter(it, scan(it, &r, fn))
	})
}

// EachRow calls fn with every row but those of the journal, as it is stored, in order of the keys. It reads one consistent
// state. key and value are only valid during the call.
func (db *DB) EachRow(fn func(key, value []byte) error) error {
	return db.reading("read every row", func() error {
		fresh := db.fresh.all()
		snap := db.e.p.NewSnapshot()
		rows := allRows{ctx: context.Background(), db: db, r: snap, fresh: fresh}
		err := rows.each(nil, []byte{spaceJournal}, fn)
		if err == nil {
			err = rows.stored([]byte{spaceJournal + 1}, nil, fn)
		}
		return errors.Join(err, snap.Close())
	})
}

// allRows are the stored rows, and the words of fresh texts among them.
type allRows struct {
	ctx   context.Context
	db    *DB
	r     pebble.Reader
	fresh [][]Row
}

// each calls fn with the rows from one key on and below another one, which are outside of those of words.
func (a *allRows) each(from, below []byte, fn func(key, value []byte) error) error {
	words := []byte{spaceIndex, rowWord}
	err := a.stored(from, words, fn)
	if err == nil {
		err = a.words(fn)
	}
	if err == nil {
		err = a.stored(keyAfter(words), below, fn)
	}
	return err
}

func (a *allRows) stored(from, below []byte, fn func(key, value []byte) error) error {
	it, err := a.r.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: below})
	if err != nil {
		return readError(err)
	}
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		var v []byte
		if v, err = it.ValueAndErr(); err == nil {
			err = errors.Join(a.ctx.Err(), fn(it.Key(), v))
		}
	}
	return closeIter(it, errors.Join(err, readError(it.Error())))
}

func (a *allRows) words(fn func(key, value []byte) error) error {
	from := []byte{spaceIndex, rowWord}
	it, err := a.db.words(a.r, a.fresh, from, keyAfter(from))
	if err != nil {
		return err
	}
	for ok := it.first(); ok && err == nil; ok = it.next() {
		err = errors.Join(a.ctx.Err(), fn(it.key(), it.value()))
	}
	return errors.Join(err, it.err(), it.close())
}

func scan(it *pebble.Iterator, r *Range, fn func(key, value []byte) error) error {
	first, next := it.First, it.Next
	if r.Reverse {
		first, next = it.Last, it.Prev
	}
	n := 0
	for ok := first(); ok && (r.Limit == 0 || n < r.Limit); ok = next() {
		n++
		v, err := it.ValueAndErr()
		if err != nil {
			return readError(err)
		}
		_, value, err := shardValue(v)
		if err != nil {
			return err
		}
		if err := fn(it.Key()[1:], value); errors.Is(err, ErrStop) {
			return nil
		} else if err != nil {
			return err
		}
	}
	if err := it.Error(); err != nil {
		return readError(err)
	}
	return nil
}
