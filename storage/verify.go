package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// Report is what Verify found. Problems are capped at MaxProblems; Bad counts all.
type Report struct {
	Records  uint64
	Events   uint64
	Claims   uint64 // held keys
	Entities uint64
	Bad      uint64
	Problems []string
}

// MaxProblems is how many problems a Report spells out.
const MaxProblems = 100

// OK reports whether nothing is wrong.
func (r *Report) OK() bool { return r.Bad == 0 }

func (r *Report) add(format string, args ...any) {
	r.Bad++
	if len(r.Problems) < MaxProblems {
		r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
	}
}

// Verify walks the journal of every shard (density, hashes, epochs, time) and checks
// that history, heads and claims are what the journal adds up to. It reads one
// consistent state while changes go on. progress, if not nil, is called after each
// shard. The error is only about reading; what is wrong with the data is in the Report.
func (db *DB) Verify(ctx context.Context, progress func(Shard, Report)) (rep Report, err error) {
	err = db.reading("verify", func() error {
		snap := db.e.p.NewSnapshot()
		v := &verifier{ctx: ctx, r: snap, e: db.e, rep: &rep}
		err := v.all(progress)
		return errors.Join(err, snap.Close())
	})
	return rep, err
}

// verifier holds what the journal says about the shard at hand: memory grows with the
// entities and live claims of one shard, not with its events.
type verifier struct {
	ctx     context.Context
	r       pebble.Reader
	e       *engine
	rep     *Report
	shard   Shard
	trimmed bool
	heads   map[string]uint64
	claims  map[string][]byte
	freed   map[string]bool // released, and not taken again
}

func (v *verifier) all(progress func(Shard, Report)) error {
	for s := range Shard(Shards) {
		v.shard = s
		if err := v.one(); err != nil {
			return err
		}
		if progress != nil {
			progress(s, *v.rep)
		}
	}
	return v.histories()
}

func (v *verifier) one() error {
	v.heads, v.claims, v.freed = map[string]uint64{}, map[string][]byte{}, map[string]bool{}
	var base Tail
	raw, err := v.e.get(v.r, tailKey(v.shard, tailBase))
	if err == nil {
		base, err = decodeTail(raw)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return v.problem(err)
	}
	v.trimmed = base.Seq > 0
	last, err := lastRecord(v.r, v.shard, base)
	if err != nil {
		return v.problem(err)
	}
	part := chain{r: v.r, shard: v.shard, from: base, last: last.Seq}
	err = part.each(v.ctx, func(rec Record, _ []byte, _ Tail) error {
		return v.record(&rec)
	})
	if err != nil {
		return v.problem(err) // what follows would only repeat it
	}
	if err := v.checkHeads(); err != nil {
		return err
	}
	return v.checkClaims()
}

// problem reports corruption and returns every other error.
func (v *verifier) problem(err error) error {
	if errors.Is(err, ErrCorrupt) || errors.Is(err, ErrNewerFormat) {
		v.rep.add("shard %d: %v", v.shard, err)
		return nil
	}
	return err
}

func (v *verifier) record(rec *Record) error {
	v.rep.Records++
	for i := range rec.Entries {
		e := &rec.Entries[i]
		if err := v.entry(rec.Seq, e); err != nil {
			return err
		}
		for _, k := range e.Releases {
			delete(v.claims, string(k))
			v.freed[string(k)] = true
		}
		for _, c := range e.Claims {
			v.claims[string(c.Key)] = bytes.Clone(c.Value)
			delete(v.freed, string(c.Key))
		}
	}
	return nil
}

func (v *verifier) entry(seq Seq, e *Entry) error {
	if len(e.Events) == 0 {
		return nil
	}
	have, seen := v.heads[e.Entity]
	if e.First != have+1 && (seen || !v.trimmed) {
		v.rep.add("shard %d record %d: %s has %d events, next is %d", v.shard, seq, e.Entity, have, e.First)
	}
	v.heads[e.Entity] = e.First + uint64(len(e.Events)) - 1
	var key, want []byte
	for i, ev := range e.Events {
		v.rep.Events++
		ordinal := e.First + uint64(i)
		key = appendHistoryKey(key[:0], e.Entity, ordinal)
		want = appendHistory(want[:0], e.Time.UnixNano(), ev)
		switch got, err := v.e.get(v.r, key); {
		case errors.Is(err, ErrNotFound):
			v.rep.add("%s event %d: in the journal but not in the history", e.Entity, ordinal)
		case err != nil:
			return v.problem(err)
		case !bytes.Equal(got, want):
			v.rep.add("%s event %d: history differs from the journal", e.Entity, ordinal)
		}
	}
	return nil
}

// each calls fn with every row of a keyspace.
func (v *verifier) each(space byte, fn func(key, value []byte) error) (err error) {
	it, err := v.r.NewIter(&pebble.IterOptions{LowerBound: []byte{space}, UpperBound: []byte{space + 1}})
	if err != nil {
		return readError(err)
	}
	defer func() { err = closeIter(it, err) }()
	for ok := it.First(); ok; ok = it.Next() {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		value, err := it.ValueAndErr()
		if err != nil {
			return readError(err)
		}
		if err := fn(it.Key(), value); err != nil {
			return err
		}
	}
	return readError(it.Error())
}

func (v *verifier) checkHeads() error {
	err := v.each(spaceHead, func(key, value []byte) error {
		shard, count, err := decodeHead(value)
		if err != nil || shard != v.shard {
			return v.problem(err)
		}
		v.rep.Entities++
		entity := string(key[1:])
		want, seen := v.heads[entity]
		if count != want && (seen || !v.trimmed) {
			v.rep.add("%s: head says %d events, journal %d", entity, count, want)
		}
		delete(v.heads, entity)
		return nil
	})
	for _, entity := range slices.Sorted(maps.Keys(v.heads)) {
		v.rep.add("%s: in the journal but has no head", entity)
	}
	return err
}

func (v *verifier) checkClaims() error {
	err := v.each(spaceClaim, func(key, value []byte) error {
		shard, value, err := shardValue(value)
		if err != nil || shard != v.shard {
			return v.problem(err)
		}
		v.rep.Claims++
		want, seen := v.claims[string(key[1:])]
		switch {
		case seen && !bytes.Equal(value, want):
			v.rep.add("claim %q: has value %q, journal says %q", key[1:], value, want)
		case !seen && (!v.trimmed || v.freed[string(key[1:])]):
			v.rep.add("claim %q: held, but not by the journal", key[1:])
		}
		delete(v.claims, string(key[1:]))
		return nil
	})
	for _, key := range slices.Sorted(maps.Keys(v.claims)) {
		v.rep.add("claim %q: in the journal but not held", key)
	}
	return err
}

// histories checks that the history of every entity is 1, 2, 3 … up to its head, and
// that no state is ahead of it.
func (v *verifier) histories() error {
	var entity string
	var n uint64
	err := v.each(spaceHistory, func(key, _ []byte) error {
		name, ordinal, ok := splitHistoryKey(key)
		if !ok {
			v.rep.add("history key %q", key)
			return nil
		}
		if string(name) != entity {
			if err := v.historyEnds(entity, n); err != nil {
				return err
			}
			entity, n = string(name), 0
		}
		if ordinal != n+1 {
			v.rep.add("%s: event %d follows event %d", entity, ordinal, n)
		}
		n = ordinal
		return nil
	})
	if err == nil {
		err = v.historyEnds(entity, n)
	}
	if err == nil {
		err = v.each(spaceHead, v.headHasHistory)
	}
	if err == nil {
		err = v.each(spaceState, v.stateHasHead)
	}
	return err
}

// head returns the number of events that the entity's head row tells, 0 without one.
func (v *verifier) head(entity string) (uint64, error) {
	raw, err := v.e.get(v.r, appendEntityKey(nil, spaceHead, entity))
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	_, count, err := decodeHead(raw)
	return count, err
}

func (v *verifier) historyEnds(entity string, n uint64) error {
	if entity == "" {
		return nil
	}
	count, err := v.head(entity)
	if err == nil && count != n {
		v.rep.add("%s: head says %d events, history has %d", entity, count, n)
	}
	return v.problem(err)
}

func (v *verifier) headHasHistory(key, value []byte) error {
	_, count, err := decodeHead(value)
	if err != nil {
		return v.problem(err)
	}
	_, err = v.e.get(v.r, appendHistoryKey(nil, string(key[1:]), count))
	if errors.Is(err, ErrNotFound) {
		v.rep.add("%s: event %d is missing", key[1:], count)
		return nil
	}
	return v.problem(err)
}

func (v *verifier) stateHasHead(key, value []byte) error {
	upTo, _, err := decodeState(value)
	if err != nil {
		return v.problem(err)
	}
	count, err := v.head(string(key[1:]))
	if err == nil && upTo > count {
		v.rep.add("%s: state includes %d events of %d", key[1:], upTo, count)
	}
	return v.problem(err)
}
