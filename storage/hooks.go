package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"pronto/dispatch"
)

// Rows of what webhooks still have to tell. They are made from the journal by who follows it, behind the conversations, and
// hold no data: that is read from the history when it is sent.
//
//	v m shard            how far the shard was read: a tail of the journal
//	v w hook conv n      event n of the conversation waits, and since when
//	v c hook conv        when the first of those is due
//	v d hook due conv    the same by time: since when it waits, and how often it was tried
//	v p hook conv n      event n was given up until somebody replays it
const (
	hookMark    = "m"
	hookWaiting = "w"
	hookHead    = "c"
	hookDue     = "d"
	hookParked  = "p"
)

// HookEvent is one event of a conversation that waits for a webhook.
type HookEvent struct {
	Hook         string
	Conversation dispatch.ConversationID
	Ordinal      uint64
	Since        time.Time // when it began to wait
}

// HookHead is the first event of a conversation that waits for a webhook.
type HookHead struct {
	Hook         string
	Conversation dispatch.ConversationID
	Due, Since   time.Time
	Attempts     int
}

// ParkedEvent is an event that was given up.
type ParkedEvent struct {
	HookEvent
	ParkedAt time.Time
	Attempts int
	Reason   string // a stable word
	Status   int    // of the last answer; 0: there was none
}

// parked is the stored form of what is not in the key.
type parked struct {
	Since    time.Time `cbor:"1,keyasint"`
	ParkedAt time.Time `cbor:"2,keyasint"`
	Attempts int       `cbor:"3,keyasint,omitempty"`
	Reason   string    `cbor:"4,keyasint,omitempty"`
	Status   int       `cbor:"5,keyasint,omitempty"`
}

func hookEventKey(kind string, e *HookEvent) []byte {
	return rowKey(rowHook, kind, e.Hook, string(e.Conversation), be64(e.Ordinal))
}

// place reads conversation and ordinal of an event's key.
func (e *HookEvent) place(key []byte, prefix int) error {
	n := len(key) - 9
	if n <= prefix || key[n] != 0 {
		return corrupt("webhook row %q", key)
	}
	e.Conversation, e.Ordinal = dispatch.ConversationID(key[prefix:n]), binary.BigEndian.Uint64(key[n+1:])
	return nil
}

func milliTime(v []byte) time.Time { return time.UnixMilli(int64(binary.BigEndian.Uint64(v))).UTC() }

// HookWaiting are the first events of a conversation that wait for a webhook, in order.
func (db *DB) HookWaiting(hook string, id dispatch.ConversationID, limit int) (out []HookEvent, err error) {
	prefix := rowPrefix(rowHook, hookWaiting, hook)
	err = db.Scan(Range{Prefix: rowPrefix(rowHook, hookWaiting, hook, string(id)), Limit: limit}, func(key, value []byte) error {
		e := HookEvent{Hook: hook}
		if len(value) != 8 {
			return corrupt("webhook row %q", key)
		}
		e.Since = milliTime(value)
		err := e.place(key, len(prefix))
		out = append(out, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("waiting for %s: %w", hook, err)
	}
	return out, nil
}

// HookDue calls fn with the conversations that have something for a webhook, by when it is due.
func (db *DB) HookDue(hook string, limit int, fn func(HookHead) error) error {
	prefix := rowPrefix(rowHook, hookDue, hook)
	err := db.Scan(Range{Prefix: prefix, Limit: limit}, func(key, value []byte) error {
		h, err := dueHead(hook, key, value, len(prefix))
		if err != nil {
			return err
		}
		return fn(h)
	})
	if err != nil {
		return fmt.Errorf("due for %s: %w", hook, err)
	}
	return nil
}

func dueHead(hook string, key, value []byte, prefix int) (HookHead, error) {
	if len(key) < prefix+10 || len(value) < 9 {
		return HookHead{}, corrupt("webhook row %q", key)
	}
	attempts, n := binary.Uvarint(value[8:])
	if n <= 0 {
		return HookHead{}, corrupt("webhook row %q", key)
	}
	return HookHead{
		Hook: hook, Conversation: dispatch.ConversationID(key[prefix+9:]), Due: milliTime(key[prefix:]), Since: milliTime(value), Attempts: int(attempts),
	}, nil
}

// HookHeadOf is the first event of a conversation that waits for a webhook; the zero value when none does.
func (db *DB) HookHeadOf(hook string, id dispatch.ConversationID) (HookHead, error) {
	h, _, err := db.hookHead(hook, id)
	return h, err
}

// hookHead reads what a conversation has for a webhook; false: nothing.
func (db *DB) hookHead(hook string, id dispatch.ConversationID) (HookHead, bool, error) {
	due, err := db.Get(rowKey(rowHook, hookHead, hook, string(id)))
	if errors.Is(err, ErrNotFound) {
		return HookHead{}, false, nil
	}
	if err != nil {
		return HookHead{}, false, err
	}
	key := rowKey(rowHook, hookDue, hook, string(due), string(id))
	value, err := db.Get(key)
	if err != nil {
		return HookHead{}, false, err
	}
	h, err := dueHead(hook, key, value, len(rowPrefix(rowHook, hookDue, hook)))
	return h, err == nil, err
}

// HookParked lists what was given up, by conversation, after the event in after; its zero value begins.
func (db *DB) HookParked(hook string, after HookEvent, limit int) (out []ParkedEvent, err error) {
	prefix := rowPrefix(rowHook, hookParked, hook)
	r := Range{Prefix: prefix, Limit: limit}
	if after.Conversation != "" {
		after.Hook = hook
		r.From = append(hookEventKey(hookParked, &after), 0)
	}
	err = db.Scan(r, func(key, value []byte) error {
		p, err := decodeParked(hook, key, value, len(prefix))
		out = append(out, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("parked for %s: %w", hook, err)
	}
	return out, nil
}

func decodeParked(hook string, key, value []byte, prefix int) (ParkedEvent, error) {
	var stored parked
	p := ParkedEvent{HookEvent: HookEvent{Hook: hook}}
	if err := errors.Join(p.place(key, prefix), decode(value, &stored)); err != nil {
		return p, err
	}
	p.Since, p.ParkedAt, p.Attempts, p.Reason, p.Status = stored.Since, stored.ParkedAt, stored.Attempts, stored.Reason, stored.Status
	return p, nil
}

// ParkedOne is a parked event, or ErrNotFound.
func (db *DB) ParkedOne(e HookEvent) (ParkedEvent, error) {
	key := hookEventKey(hookParked, &e)
	value, err := db.Get(key)
	if err != nil {
		return ParkedEvent{}, err
	}
	return decodeParked(e.Hook, key, value, len(rowPrefix(rowHook, hookParked, e.Hook)))
}

// HookCounts counts what waits and what is parked for a webhook, each up to limit.
func (db *DB) HookCounts(hook string, limit int) (waiting, parked int, err error) {
	count := func(kind string, n *int) error {
		return db.Scan(Range{Prefix: rowPrefix(rowHook, kind, hook), Limit: limit}, func(_, _ []byte) error { *n++; return nil })
	}
	err = errors.Join(count(hookWaiting, &waiting), count(hookParked, &parked))
	return waiting, parked, err
}

// HooksWithRows are the webhooks that have rows, in no order.
func (db *DB) HooksWithRows() ([]string, error) {
	seen := map[string]bool{}
	for _, kind := range []string{hookWaiting, hookHead, hookDue, hookParked} {
		prefix := rowPrefix(rowHook, kind)
		for from, found := prefix, true; found; {
			found = false
			err := db.Scan(Range{Prefix: prefix, From: from, Limit: 1}, func(key, _ []byte) error {
				hook, _, _ := strings.Cut(string(key[len(prefix):]), "\x00")
				seen[hook], found = true, true
				from = append(rowKey(rowHook, kind, hook), 1)
				return nil
			})
			if err != nil {
				return nil, fmt.Errorf("list webhooks: %w", err)
			}
		}
	}
	out := make([]string, 0, len(seen))
	for hook := range seen {
		out = append(out, hook)
	}
	return out, nil
}

// ForgetHook deletes at most limit rows of a webhook and says whether there were so many.
func (db *DB) ForgetHook(ctx context.Context, hook string, limit int) (more bool, err error) {
	var c Change
	for _, kind := range []string{hookWaiting, hookHead, hookDue, hookParked} {
		err := db.Scan(Range{Prefix: rowPrefix(rowHook, kind, hook), Limit: limit}, func(key, _ []byte) error {
			c.Delete = append(c.Delete, append([]byte(nil), key...))
			return nil
		})
		if err != nil {
			return false, fmt.Errorf("forget %s: %w", hook, err)
		}
	}
	if len(c.Delete) == 0 {
		return false, nil
	}
	return len(c.Delete) >= limit, db.Commit(ctx, c)
}
