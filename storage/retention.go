package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"pronto/dispatch"
)

// Retention of what makes repeats harmless.
const (
	AnswersKept     = 24 * time.Hour
	ExternalIDsKept = 9 * 24 * time.Hour
	sweepPage       = 4096 // rows looked at between two changes
)

// Sweep forgets first answers and external ids that are older than they need to be kept, and returns how many. It looks
// at each of them, in pages, beside other work; a few times a day is enough.
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
	before := uint64(now.Add(-AnswersKept).UnixMilli())
	from := []byte{rowAnswer}
	for from != nil && ctx.Err() == nil {
		c := Change{Time: now}
		page, next := 0, []byte(nil)
		err := db.Scan(Range{Prefix: []byte{rowAnswer}, From: from, Limit: sweepPage}, func(key, value []byte) error {
			if page++; page == sweepPage {
				next = append(append(next, key...), 0)
			}
			if len(value) >= answerHead && binary.BigEndian.Uint64(value[8:]) < before {
				c.Delete = append(c.Delete, append([]byte(nil), key...))
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		if len(c.Delete) > 0 {
			if err := db.Commit(ctx, c); err != nil {
				return n, err
			}
		}
		n += len(c.Delete)
		from = next
	}
	return n, ctx.Err()
}

// sweepExternals releases each old claim in the shard that holds it. The time is that of the message.
func (db *DB) sweepExternals(ctx context.Context, now time.Time) (n int, err error) {
	before := now.Add(-ExternalIDsKept)
	from := []byte(externalPrefix)
	for from != nil && ctx.Err() == nil {
		old, next, err := db.oldExternals(from, before)
		if err != nil {
			return n, err
		}
		for shard, keys := range old {
			if len(keys) == 0 {
				continue
			}
			if err := db.Commit(ctx, Change{Shard: Shard(shard), Time: now, Release: keys}); err != nil {
				return n, err
			}
			n += len(keys)
		}
		from = next
	}
	return n, ctx.Err()
}

// oldExternals looks at one page of claims on external ids; next is nil at the end.
func (db *DB) oldExternals(from []byte, before time.Time) (old [Shards][][]byte, next []byte, err error) {
	err = db.reading("scan claims", func() error {
		it, err := db.e.p.NewIter(&pebble.IterOptions{
			LowerBound: appendSpaceKey(nil, spaceClaim, from), UpperBound: keyAfter(appendSpaceKey(nil, spaceClaim, []byte(externalPrefix))),
		})
		if err != nil {
			return readError(err)
		}
		page := 0
		for ok := it.First(); ok; ok = it.Next() {
			shard, at, err := externalClaim(it)
			if err != nil {
				return closeIter(it, err)
			}
			key := append([]byte(nil), it.Key()[1:]...)
			if at.Before(before) {
				old[shard] = append(old[shard], key)
			}
			if page++; page == sweepPage {
				next = append(key[:len(key):len(key)], 0)
				break
			}
		}
		return closeIter(it, it.Error())
	})
	return old, next, err
}

func externalClaim(it *pebble.Iterator) (Shard, time.Time, error) {
	v, err := it.ValueAndErr()
	if err != nil {
		return 0, time.Time{}, readError(err)
	}
	shard, value, err := shardValue(v)
	if err != nil {
		return 0, time.Time{}, err
	}
	var in inboundValue
	if err := decode(value, &in); err != nil {
		return 0, time.Time{}, err
	}
	if at := in.At; !at.IsZero() {
		return shard, at, nil
	}
	_, at, _, err := dispatch.ParseID(string(in.Message)) // of earlier releases
	if err != nil {
		at = time.Now() // an id of another make has no time: it is kept
	}
	return shard, at, nil
}

// The answers of requests with an Idempotency-Key share the rows and the retention of commands.

// KeepAnswer stores the encoded answer of a request under (principal, key).
func (db *DB) KeepAnswer(ctx context.Context, now time.Time, principal, key string, answer []byte) error {
	value := append([]byte(be64(0)+timePart(now)), answer...)
	return db.Commit(ctx, Change{Time: now, Set: []Row{{rowKey(rowAnswer, "http", principal, key), value}}})
}

// KeptAnswer reads it.
func (db *DB) KeptAnswer(principal, key string) ([]byte, bool, error) {
	v, err := db.Get(rowKey(rowAnswer, "http", principal, key))
	if errors.Is(err, ErrNotFound) {
		return nil, false, nil
	}
	if err == nil && len(v) < answerHead {
		err = corrupt("answer row")
	}
	if err != nil {
		return nil, false, err
	}
	return v[answerHead:], true, nil
}
