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

// HookChange collects what changes of the rows of webhooks, for conversations of one shard, to be made durable at once. One
// at a time: whoever makes another one meanwhile may undo what this one did.
type HookChange struct {
	db    *DB
	now   time.Time
	c     Change
	begun map[string]bool // heads that this change has written
}

// ChangeHooks begins a change.
func (db *DB) ChangeHooks(shard Shard, now time.Time) *HookChange {
	return &HookChange{db: db, now: now, c: Change{Shard: shard, Time: now}, begun: map[string]bool{}}
}

// Empty reports whether nothing would be written.
func (h *HookChange) Empty() bool { return len(h.c.Set)+len(h.c.Delete) == 0 }

// Commit makes the change durable.
func (h *HookChange) Commit(ctx context.Context) error {
	if h.Empty() {
		return nil
	}
	return h.db.Commit(ctx, h.c)
}

func (h *HookChange) set(key, value []byte) { h.c.Set = append(h.c.Set, Row{key, value}) }

func (h *HookChange) drop(key []byte) { h.c.Delete = append(h.c.Delete, key) }

// Wait adds an event to what waits for a webhook. Events of a conversation are added in their order.
func (h *HookChange) Wait(e HookEvent) error {
	h.set(hookEventKey(hookWaiting, &e), []byte(timePart(e.Since)))
	name := e.Hook + "\x00" + string(e.Conversation)
	if h.begun[name] {
		return nil
	}
	_, has, err := h.db.hookHead(e.Hook, e.Conversation)
	if err != nil {
		return fmt.Errorf("add for %s: %w", e.Hook, err)
	}
	if !has {
		h.head(HookHead{Hook: e.Hook, Conversation: e.Conversation, Due: h.now, Since: e.Since})
	}
	h.begun[name] = true
	return nil
}

// Settle takes an event out of what waits; the one behind it is due at once. An event that does not wait changes nothing.
func (h *HookChange) Settle(e HookEvent) error {
	h.drop(hookEventKey(hookWaiting, &e))
	next, err := h.db.HookWaiting(e.Hook, e.Conversation, 2)
	if err == nil {
		err = h.unhead(e.Hook, e.Conversation)
	}
	if err != nil {
		return fmt.Errorf("settle for %s: %w", e.Hook, err)
	}
	for _, n := range next {
		if n.Ordinal != e.Ordinal {
			h.head(HookHead{Hook: e.Hook, Conversation: e.Conversation, Due: h.now, Since: n.Since})
			break
		}
	}
	return nil
}

// Retry notes a failed attempt at the first event of a conversation, which is due again then.
func (h *HookChange) Retry(hook string, id dispatch.ConversationID, due time.Time) error {
	head, has, err := h.db.hookHead(hook, id)
	if err != nil || !has {
		return err
	}
	if err := h.unhead(hook, id); err != nil {
		return err
	}
	head.Due = due
	head.Attempts++
	h.head(head)
	return nil
}

// Park takes an event out of what waits and keeps it for a replay.
func (h *HookChange) Park(p ParkedEvent) error {
	value, err := encode(&parked{Since: p.Since, ParkedAt: p.ParkedAt, Attempts: p.Attempts, Reason: p.Reason, Status: p.Status})
	if err != nil {
		return err
	}
	h.set(hookEventKey(hookParked, &p.HookEvent), value)
	return h.Settle(p.HookEvent)
}

// Replay lets a parked event wait again, as a new one, in its place among those of its conversation.
func (h *HookChange) Replay(p ParkedEvent) error {
	h.drop(hookEventKey(hookParked, &p.HookEvent))
	e := p.HookEvent
	e.Since = h.now
	h.set(hookEventKey(hookWaiting, &e), []byte(timePart(e.Since)))
	name := e.Hook + "\x00" + string(e.Conversation)
	if h.begun[name] {
		return nil
	}
	h.begun[name] = true
	if err := h.unhead(e.Hook, e.Conversation); err != nil {
		return err
	}
	h.head(HookHead{Hook: e.Hook, Conversation: e.Conversation, Due: h.now, Since: e.Since})
	return nil
}

// ForgetParked looks at up to limit parked events of all webhooks after one of them, the zero value begins, and deletes those
// that were given up before a time: n of them. last is where it ended; its zero value: there are no more. Like a HookChange,
// one at a time.
func (db *DB) ForgetParked(ctx context.Context, after HookEvent, before time.Time, limit int) (n int, last HookEvent, err error) {
	prefix := rowPrefix(rowHook, hookParked)
	r := Range{Prefix: prefix, Limit: limit}
	if after.Hook != "" {
		r.From = append(hookEventKey(hookParked, &after), 0)
	}
	var c Change
	seen := 0
	err = db.Scan(r, func(key, value []byte) error {
		hook, _, _ := strings.Cut(string(key[len(prefix):]), "\x00")
		p, err := decodeParked(hook, key, value, len(prefix)+len(hook)+1)
		if err == nil && p.ParkedAt.Before(before) {
			c.Delete = append(c.Delete, append([]byte(nil), key...))
		}
		seen++
		last = p.HookEvent
		return err
	})
	if err == nil && len(c.Delete) > 0 {
		err = db.Commit(ctx, c)
	}
	if err != nil {
		return 0, HookEvent{}, fmt.Errorf("forget parked events: %w", err)
	}
	if seen < limit {
		last = HookEvent{}
	}
	return len(c.Delete), last, nil
}

func (h *HookChange) head(n HookHead) {
	due := timePart(n.Due)
	value := binary.AppendUvarint([]byte(timePart(n.Since)), uint64(n.Attempts))
	h.set(rowKey(rowHook, hookHead, n.Hook, string(n.Conversation)), []byte(due))
	h.set(rowKey(rowHook, hookDue, n.Hook, due, string(n.Conversation)), value)
}

// unhead deletes the rows of a head that is stored. They come before those of the next head: a later row of a key counts,
// but deletions are staged first.
func (h *HookChange) unhead(hook string, id dispatch.ConversationID) error {
	old, has, err := h.db.hookHead(hook, id)
	if err != nil || !has {
		return err
	}
	h.drop(rowKey(rowHook, hookHead, hook, string(id)))
	h.drop(rowKey(rowHook, hookDue, hook, timePart(old.Due), string(id)))
	return nil
}

// Read notes how far the journal of the shard was read.
func (h *HookChange) Read(to Tail) { h.set(markKey(h.c.Shard), appendTail(nil, to)) }

// Unread forgets how far the journal of the shard was read.
func (h *HookChange) Unread() { h.drop(markKey(h.c.Shard)) }

func markKey(shard Shard) []byte { return rowKey(rowHook, hookMark, string(rune('a'+shard))) }

// HookMark is how far the journal of a shard was read for webhooks; false: nobody reads it.
func (db *DB) HookMark(shard Shard) (Tail, bool, error) {
	v, err := db.Get(markKey(shard))
	if errors.Is(err, ErrNotFound) {
		return Tail{}, false, nil
	}
	if err != nil {
		return Tail{}, false, fmt.Errorf("read mark of shard %d: %w", shard, err)
	}
	t, err := decodeTail(v)
	return t, err == nil, err
}

// ReadJournal calls fn with at most limit durable records of a shard after from, and returns the position after them; more:
// there are others. Its errors are those of Journal.Follow, which reads all.
func (db *DB) ReadJournal(ctx context.Context, shard Shard, from Tail, limit int, fn func(*Record) error) (to Tail, more bool, err error) {
	base, tail, err := db.journal.Bounds(ctx, shard)
	if err == nil {
		err = checkFrom(shard, from, base, tail)
	}
	if err != nil {
		return from, false, err
	}
	to, last := from, min(tail.Seq, from.Seq+Seq(limit))
	err = db.reading("read journal", func() error {
		part := chain{r: db.e.p, shard: shard, from: from, last: last}
		return part.each(ctx, func(rec Record, _ []byte, next Tail) error {
			to = next
			return fn(&rec)
		})
	})
	return to, last < tail.Seq, err
}
