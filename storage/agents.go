package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"pronto/dispatch"
)

// agentEntity is the history of an agent's status; the configuration of the agent is a document under the plain id.
func agentEntity(id dispatch.AgentID) string { return "status/" + string(id) }

// SaveAgent makes a decision about an agent durable. Its state is small and stored every time.
func (db *DB) SaveAgent(ctx context.Context, now time.Time, s *dispatch.AgentSnapshot, records []dispatch.Record) error {
	if len(records) == 0 {
		return nil
	}
	c := Change{
		Shard: Shard(dispatch.PartitionOf(string(s.ID)).Shard()), Time: now, Entity: agentEntity(s.ID), Expect: s.Version - uint64(len(records)),
	}
	for i, r := range records {
		e, err := EncodeFact(r)
		if err != nil {
			return fmt.Errorf("save %s: %w", s.ID, err)
		}
		c.Events = append(c.Events, e)
		if a, ok := r.(dispatch.CommandAnswered); ok {
			c.Set = append(c.Set, new(arena).answerRow(a, c.Entity, c.Expect+uint64(i)+1))
		}
		row, err := logRow(s.ID, r, c.Expect+uint64(i)+1)
		if err != nil {
			return fmt.Errorf("save %s: %w", s.ID, err)
		}
		if row.Key != nil {
			c.Set = append(c.Set, row)
		}
	}
	ready := rowKey(rowReady, string(s.ID))
	if s.Status == dispatch.StatusReady || !s.Connected.IsZero() {
		c.Set = append(c.Set, Row{Key: ready})
	} else {
		c.Delete = append(c.Delete, ready)
	}
	var err error
	if c.State, err = encode(s); err != nil {
		return fmt.Errorf("save %s: %w", s.ID, err)
	}
	if err := db.Commit(ctx, c); err != nil {
		return fmt.Errorf("save %s: %w", s.ID, err)
	}
	return nil
}

// LoadAgent returns the stored state; an agent that never changed status has the zero state with its id.
func (db *DB) LoadAgent(id dispatch.AgentID) (dispatch.AgentSnapshot, error) {
	s := dispatch.AgentSnapshot{ID: id}
	raw, upTo, err := db.State(agentEntity(id))
	if errors.Is(err, ErrNotFound) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("load %s: %w", id, err)
	}
	if raw != nil {
		if err := decode(raw, &s); err != nil {
			return s, fmt.Errorf("load %s: %w", id, err)
		}
	}
	events, err := db.Events(agentEntity(id), upTo, foldPage)
	if err != nil {
		return s, fmt.Errorf("load %s: %w", id, err)
	}
	for _, e := range events {
		r, err := DecodeFact(e.Event)
		if err != nil {
			return s, fmt.Errorf("load %s: %w", id, err)
		}
		ar, ok := r.(dispatch.AgentRecord)
		if !ok {
			return s, corrupt("%s: record %T", id, r)
		}
		s.Apply(ar)
	}
	return s, nil
}

// AgentSlots returns what holds the agent's capacity, read from the conversations that the index names.
func (db *DB) AgentSlots(id dispatch.AgentID) ([]dispatch.Slot, error) {
	prefix := rowPrefix(rowAgent, string(id))
	var ids []dispatch.ConversationID
	err := db.Scan(Prefix(prefix), func(key, _ []byte) error {
		conv, err := idOf(key, len(prefix))
		ids = append(ids, dispatch.ConversationID(conv))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("slots of %s: %w", id, err)
	}
	out := make([]dispatch.Slot, 0, len(ids))
	for _, conv := range ids {
		s, _, err := db.loaded(conv)
		if err != nil {
			return nil, fmt.Errorf("slots of %s: %w", id, err)
		}
		if slot, ok := s.SlotOf(id); ok {
			out = append(out, slot)
		}
	}
	return out, nil
}

// ReadyAgents calls fn with every agent whose stored status is ready or whose connection has not ended.
func (db *DB) ReadyAgents(fn func(dispatch.AgentID) error) error {
	return db.Scan(Prefix([]byte{rowReady}), func(key, _ []byte) error { return fn(dispatch.AgentID(key[1:])) })
}

// BusyAgents calls fn once with every agent who owns a conversation or has an offer.
func (db *DB) BusyAgents(fn func(dispatch.AgentID) error) error {
	last := dispatch.AgentID("")
	return db.Scan(Prefix([]byte{rowAgent}), func(key, _ []byte) error {
		id, _, err := cutKey(key)
		if err != nil || dispatch.AgentID(id) == last {
			return err
		}
		last = dispatch.AgentID(id)
		return fn(last)
	})
}

// EachWaiting calls fn with the tickets of a queue, ordered by conversation. A ticket is only valid during the call, and
// what it points to after it too.
func (db *DB) EachWaiting(queue dispatch.QueueID, fn func(*dispatch.Ticket) error) error {
	var t dispatch.Ticket
	err := db.Scan(Prefix(rowPrefix(rowWaiting, string(queue))), func(_, value []byte) error {
		t = dispatch.Ticket{}
		if err := decode(value, &t); err != nil {
			return err
		}
		return fn(&t)
	})
	if err != nil {
		return fmt.Errorf("waiting in %s: %w", queue, err)
	}
	return nil
}

// WaitingIn are the tickets of EachWaiting.
func (db *DB) WaitingIn(queue dispatch.QueueID) (out []dispatch.Ticket, err error) {
	err = db.EachWaiting(queue, func(t *dispatch.Ticket) error {
		out = append(out, *t)
		return nil
	})
	return out, err
}

// QueuesWithWaiting calls fn once with every queue in which somebody waits.
func (db *DB) QueuesWithWaiting(fn func(dispatch.QueueID) error) error {
	from := []byte{rowWaiting}
	for {
		var queue string
		err := db.Scan(Range{Prefix: []byte{rowWaiting}, From: from, Limit: 1}, func(key, _ []byte) (err error) {
			queue, _, err = cutKey(key)
			return err
		})
		if err != nil || queue == "" {
			return err
		}
		if err := fn(dispatch.QueueID(queue)); err != nil {
			return err
		}
		from = append(rowKey(rowWaiting, queue), 1)
	}
}

// cutKey splits "k first 0x00 rest".
func cutKey(key []byte) (first, rest string, err error) {
	for i := 1; i < len(key); i++ {
		if key[i] == 0 {
			return string(key[1:i]), string(key[i+1:]), nil
		}
	}
	return "", "", corrupt("index key %q", key)
}

// Answered calls fn with every command of a principal that has a first answer, in order of their ids.
func (db *DB) Answered(principal string, fn func(dispatch.CommandID) error) error {
	prefix := rowPrefix(rowAnswer, principal)
	return db.Scan(Prefix(prefix), func(key, _ []byte) error { return fn(dispatch.CommandID(key[len(prefix):])) })
}

// Deadlines calls fn in order of time with the conversations whose deadline is before the given time, at most limit.
func (db *DB) Deadlines(before time.Time, limit int, fn func(dispatch.ConversationID, time.Time) error) error {
	r := Range{Prefix: []byte{rowDeadline}, Below: rowKey(rowDeadline, timePart(before)), Limit: limit}
	return db.Scan(r, func(key, _ []byte) error {
		id, err := idOf(key, 9)
		if err != nil {
			return err
		}
		return fn(dispatch.ConversationID(id), time.UnixMilli(int64(binary.BigEndian.Uint64(key[1:9]))).UTC())
	})
}
