package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"pronto/dispatch"
)

// LastProtocol is the highest protocol number of a year, 0 when there is none.
func (db *DB) LastProtocol(year int) (last uint64, err error) {
	prefix := rowPrefix(rowProtocol, strconv.Itoa(year))
	err = db.Scan(Range{Prefix: prefix, Reverse: true, Limit: 1}, func(key, _ []byte) error {
		if len(key) != len(prefix)+8 {
			return corrupt("protocol row %q", key)
		}
		last = binary.BigEndian.Uint64(key[len(prefix):])
		return nil
	})
	return last, err
}

// ConversationByProtocol finds a conversation by its protocol number, or ErrNotFound.
func (db *DB) ConversationByProtocol(protocol string) (dispatch.ConversationID, error) {
	v, err := db.Get(protocolKey(protocol))
	return dispatch.ConversationID(v), err
}

// OutboxConversations calls fn once with every conversation that has messages waiting for the channel's driver.
func (db *DB) OutboxConversations(fn func(dispatch.ConversationID) error) error {
	last := ""
	return db.Scan(Prefix([]byte{rowOutbox}), func(key, _ []byte) error {
		id, _, err := cutKey(key)
		if err != nil || id == last {
			return err
		}
		last = id
		return fn(dispatch.ConversationID(id))
	})
}

// Outbound finds the outbound message that a provider's id names, or ErrNotFound.
func (db *DB) Outbound(channel dispatch.ChannelID, external dispatch.ExternalID) (dispatch.ConversationID, uint64, error) {
	return db.messagePlace(rowKey(rowOutbound, string(channel), string(external)))
}

// MessageByID finds an outbound message that went through a driver by its own id, or ErrNotFound.
func (db *DB) MessageByID(id dispatch.MessageID) (dispatch.ConversationID, uint64, error) {
	return db.messagePlace(rowKey(rowOwnID, string(id)))
}

func (db *DB) messagePlace(key []byte) (dispatch.ConversationID, uint64, error) {
	v, err := db.Get(key)
	if err != nil {
		return "", 0, err
	}
	if len(v) <= 8 {
		return "", 0, corrupt("outbound row")
	}
	return dispatch.ConversationID(v[8:]), binary.BigEndian.Uint64(v), nil
}

// Listing selects conversations for a list, newest first. At most one of Contact, Agent and State narrows the index that
// is read; the caller filters the rest.
type Listing struct {
	Contact dispatch.ContactID
	Agent   dispatch.AgentID // owner or addressee now
	State   dispatch.ConversationState
	Before  dispatch.ConversationID // only ids below it; empty: from the newest
}

// Conversations calls fn with the ids of a listing, newest first, until it returns ErrStop or another error.
func (db *DB) Conversations(l Listing, fn func(dispatch.ConversationID) error) error {
	prefix := []byte{rowList}
	switch {
	case l.Contact != "":
		prefix = rowPrefix(rowContact, string(l.Contact))
	case l.Agent != "":
		prefix = rowPrefix(rowAgent, string(l.Agent))
	case l.State != "" && l.State != dispatch.ConversationClosed:
		prefix = rowPrefix(rowState, string(l.State))
	}
	r := Range{Prefix: prefix, Reverse: true}
	if l.Before != "" {
		r.Below = append(append([]byte(nil), prefix...), l.Before...)
	}
	return db.Scan(r, func(key, _ []byte) error {
		id, err := idOf(key, len(prefix))
		if err != nil {
			return err
		}
		return fn(dispatch.ConversationID(id))
	})
}

// Retention of what makes repeats harmless.
const (
	AnswersKept     = 24 * time.Hour
	ExternalIDsKept = 9 * 24 * time.Hour
	sweepBatch      = 512
)

// Sweep forgets first answers and external ids that are older than they need to be kept. It works in small changes and
// returns how many it forgot.
func (db *DB) Sweep(ctx context.Context, now time.Time) (int, error) {
	answers, err := db.sweepAnswers(ctx, now)
	if err != nil {
		return answers, fmt.Errorf("sweep answers: %w", err)
	}
	externals, err := db.sweepExternals(ctx, now)
	if err != nil {
		return answers, fmt.Errorf("sweep external ids: %w", err)
	}
	return answers + externals, nil
}

func (db *DB) sweepAnswers(ctx context.Context, now time.Time) (n int, err error) {
	for {
		c := Change{Time: now}
		err := db.expired(rowAnswerAt, now.Add(-AnswersKept), func(key, rest []byte) error {
			c.Delete = append(c.Delete, key, rest)
			return nil
		})
		if err != nil || len(c.Delete) == 0 {
			return n, err
		}
		if err := db.Commit(ctx, c); err != nil {
			return n, err
		}
		n += len(c.Delete) / 2
	}
}

// sweepExternals releases each claim in the shard that holds it.
func (db *DB) sweepExternals(ctx context.Context, now time.Time) (n int, err error) {
	for {
		var rows, claims [][]byte
		err := db.expired(rowExtAt, now.Add(-ExternalIDsKept), func(key, rest []byte) error {
			rows, claims = append(rows, key), append(claims, rest)
			return nil
		})
		if err != nil || len(rows) == 0 {
			return n, err
		}
		for i := range rows {
			if err := db.releaseExternal(ctx, now, rows[i], claims[i]); err != nil {
				return n, err
			}
			n++
		}
	}
}

func (db *DB) releaseExternal(ctx context.Context, now time.Time, row, claim []byte) error {
	c := Change{Time: now, Delete: [][]byte{row}}
	v, ok, err := db.Claimed(claim)
	if err != nil {
		return err
	}
	if ok {
		var in inboundValue
		if err := decode(v, &in); err != nil {
			return err
		}
		c.Shard = Shard(dispatch.PartitionOf(string(in.Conversation)).Shard())
		c.Release = [][]byte{claim}
	}
	return db.Commit(ctx, c)
}

// expired calls fn with at most sweepBatch rows "kind time rest" that are before a time.
func (db *DB) expired(kind byte, before time.Time, fn func(key, rest []byte) error) error {
	r := Range{Prefix: []byte{kind}, Below: rowKey(kind, timePart(before)), Limit: sweepBatch}
	return db.Scan(r, func(key, _ []byte) error {
		if len(key) < 9 {
			return corrupt("index key %q", key)
		}
		k := append([]byte(nil), key...)
		return fn(k, k[9:])
	})
}

// The answers of requests with an Idempotency-Key share the rows and the retention of commands.

// KeepAnswer stores the encoded answer of a request under (principal, key).
func (db *DB) KeepAnswer(ctx context.Context, now time.Time, principal, key string, answer []byte) error {
	row := rowKey(rowAnswer, "http", principal, key)
	return db.Commit(ctx, Change{Time: now, Set: []Row{{row, answer}, {append(rowKey(rowAnswerAt, timePart(now)), row...), nil}}})
}

// KeptAnswer reads it.
func (db *DB) KeptAnswer(principal, key string) ([]byte, bool, error) {
	v, err := db.Get(rowKey(rowAnswer, "http", principal, key))
	if errors.Is(err, ErrNotFound) {
		return nil, false, nil
	}
	return v, err == nil, err
}
