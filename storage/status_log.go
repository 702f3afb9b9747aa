package storage

import (
	"encoding/binary"
	"fmt"
	"time"

	"pronto/dispatch"
)

// StatusInterval is one status of an agent, from its record until the next one.
type StatusInterval struct {
	dispatch.AgentStatusChanged
	End     time.Time // zero: it lasts
	Ordinal uint64    // of its record: larger ones began later
}

// ConnectionInterval is a time with at least one session, but for losses shorter than the grace.
type ConnectionInterval struct {
	Start time.Time
	End   time.Time // zero: it lasts
}

// LogRange selects intervals of an agent that touch [From, To); zero times are open ends. After is the Start (and for statuses
// the Ordinal) of the last interval of the page before.
type LogRange struct {
	From, To time.Time
	After    time.Time
	Ordinal  uint64
	Limit    int
}

// logRow is the row of a record that begins or ends an interval; without a key for the others.
func logRow(id dispatch.AgentID, r dispatch.Record, ordinal uint64) (row Row, err error) {
	switch r := r.(type) {
	case dispatch.AgentStatusChanged:
		if planted("status_unlogged") && r.By != id {
			return row, nil
		}
		row.Key = statusKey(id, r.At, ordinal)
		row.Value, err = encode(r)
	case dispatch.AgentConnected:
		row.Key = presenceKey(id, r.At)
		row.Value, err = encode(dispatch.AgentDisconnected{Agent: id, Since: r.At})
	case dispatch.AgentDisconnected:
		row.Key = presenceKey(id, r.Since)
		row.Value, err = encode(r)
	}
	return row, err
}

func statusKey(id dispatch.AgentID, at time.Time, ordinal uint64) []byte {
	return append(rowPrefix(rowStatus, string(id)), timePart(at)+be64(ordinal)...)
}

func presenceKey(id dispatch.AgentID, at time.Time) []byte {
	return append(rowPrefix(rowPresence, string(id)), timePart(at)...)
}

// StatusLog returns the statuses of an agent in their order, at most limit.
func (db *DB) StatusLog(id dispatch.AgentID, l LogRange) ([]StatusInterval, error) {
	prefix := rowPrefix(rowStatus, string(id))
	from, err := db.firstOf(prefix, l, statusKey(id, l.After, l.Ordinal))
	if err != nil {
		return nil, fmt.Errorf("status log of %s: %w", id, err)
	}
	var out []StatusInterval
	err = db.Scan(Range{Prefix: prefix, From: from}, func(key, value []byte) error {
		i := StatusInterval{Ordinal: binary.BigEndian.Uint64(key[len(key)-8:])}
		if err := decode(value, &i.AgentStatusChanged); err != nil {
			return err
		}
		if n := len(out); n > 0 {
			out[n-1].End = i.At
		}
		if len(out) == l.Limit || !l.To.IsZero() && !i.At.Before(l.To) {
			return ErrStop
		}
		out = append(out, i)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("status log of %s: %w", id, err)
	}
	return out, nil
}

// ConnectionLog returns the times with a connection of an agent in their order, at most limit.
func (db *DB) ConnectionLog(id dispatch.AgentID, l LogRange) ([]ConnectionInterval, error) {
	prefix := rowPrefix(rowPresence, string(id))
	from, err := db.firstOf(prefix, l, presenceKey(id, l.After))
	if err != nil {
		return nil, fmt.Errorf("connection log of %s: %w", id, err)
	}
	var out []ConnectionInterval
	err = db.Scan(Range{Prefix: prefix, From: from}, func(_, value []byte) error {
		var r dispatch.AgentDisconnected
		if err := decode(value, &r); err != nil {
			return err
		}
		if len(out) == l.Limit || !l.To.IsZero() && !r.Since.Before(l.To) {
			return ErrStop
		}
		if r.At.IsZero() || r.At.After(l.From) {
			out = append(out, ConnectionInterval{Start: r.Since, End: r.At})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("connection log of %s: %w", id, err)
	}
	return out, nil
}

// firstOf is the key at which a page begins: behind the last of the page before, else at the interval in which From falls.
func (db *DB) firstOf(prefix []byte, l LogRange, last []byte) (key []byte, err error) {
	if !l.After.IsZero() {
		return append(last, 0), nil
	}
	if l.From.IsZero() {
		return nil, nil
	}
	at := append(append([]byte(nil), prefix...), timePart(l.From.Add(time.Millisecond))...) // also what begins at From itself
	err = db.Scan(Range{Prefix: prefix, Below: at, Reverse: true, Limit: 1}, func(k, _ []byte) error {
		key = append([]byte(nil), k...)
		return nil
	})
	if key == nil {
		key = at
	}
	return key, err
}
