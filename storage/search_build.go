package storage

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"pronto/dispatch"
)

// metaSearch says by which rules the words of all texts were indexed. A store that has another value, or none, is indexed
// anew: it was written by an earlier release.
const (
	metaSearch      = "search"
	searchRules     = 3
	searchWithTexts = 2 // in rows when the texts are: of an earlier release, and complete
)

// SearchBuilt says whether every text can be found.
func (db *DB) SearchBuilt() (built bool, err error) {
	err = db.reading("read search rules", func() error {
		v, err := db.e.get(db.e.p, metaKey(metaSearch))
		built = err == nil && len(v) == 1 && v[0] == searchRules
		return notFoundIsZero(err)
	})
	return built, err
}

// BuildSearch writes the rows by which the texts of every conversation, who owned it, and the conversations of a queue and of
// a channel are found. It may run beside other work, and be repeated.
func (db *DB) BuildSearch(ctx context.Context) error {
	x := &wordRows{}
	err := db.Conversations(Listing{}, func(id dispatch.ConversationID) error {
		c := Change{Shard: Shard(dispatch.PartitionOf(string(id)).Shard()), Time: db.opts.Now()}
		err := db.eachFound(id, func(f found) error {
			c.Set = f.rows(c.Set, x, &arena{})
			if len(c.Set) < builtAtOnce {
				return nil
			}
			err := db.Commit(ctx, c)
			c.Set = nil
			return err
		})
		if err == nil && len(c.Set) > 0 {
			err = db.Commit(ctx, c)
		}
		if err != nil {
			return err
		}
		return db.buildNarrowing(ctx, id)
	})
	if err == nil {
		err = db.write(func(b *pebble.Batch) error { return b.Set(metaKey(metaSearch), []byte{searchRules}, nil) })
	}
	if err != nil {
		return fmt.Errorf("build search: %w", err)
	}
	return nil
}

// buildNarrowing writes the rows of a conversation as it is: it may move to another queue meanwhile, so it is read again then.
func (db *DB) buildNarrowing(ctx context.Context, id dispatch.ConversationID) error {
	for {
		s, _, err := db.loaded(id)
		if err != nil {
			return err
		}
		err = db.Commit(ctx, Change{
			Shard: Shard(dispatch.PartitionOf(string(id)).Shard()), Time: db.opts.Now(),
			Entity: string(id), Expect: s.Version, Set: new(arena).narrowing(nil, &s),
		})
		if _, moved := errors.AsType[*Stale](err); !moved {
			return err
		}
	}
}

const builtAtOnce = 4096 // rows of one change

// found is what one record adds to the index for good: a text, or an owner.
type found struct {
	place TextPlace
	text  string
	owner dispatch.AgentID
	wait  *dispatch.EndedWait
}

func (f *found) rows(rows []Row, x *wordRows, a *arena) []Row {
	if f.owner != "" {
		return append(rows, Row{a.rowKey(rowOwned, string(f.owner), string(f.place.Conversation)), nil})
	}
	if f.wait != nil {
		return append(rows, a.waitRow(f.place.Conversation, f.wait))
	}
	return x.append(rows, a, f.place, f.text)
}

// eachFound calls fn with each text of a conversation, each agent who came to own it, and each of its waits that ended.
func (db *DB) eachFound(id dispatch.ConversationID, fn func(found) error) error {
	var stay dispatch.Stay
	return db.eachRecord(id, func(r *Recorded) error {
		if w, over := stay.Follow(r.Record); over {
			if err := fn(found{place: TextPlace{Conversation: id}, wait: &w}); err != nil {
				return err
			}
		}
		if p, text := foundBy(id, r.Record, r.Ordinal); text != "" {
			return fn(found{place: p, text: text})
		}
		if owner := becameOwner(r.Record); owner != "" {
			return fn(found{place: TextPlace{Conversation: id}, owner: owner})
		}
		return nil
	})
}

func (db *DB) eachRecord(id dispatch.ConversationID, fn func(r *Recorded) error) error {
	after := uint64(0)
	for {
		records, err := db.Records(id, after, foldPage)
		if err != nil {
			return err
		}
		for i := range records {
			after = records[i].Ordinal
			if err := fn(&records[i]); err != nil {
				return err
			}
		}
		if len(records) < foldPage {
			return nil
		}
	}
}

func becameOwner(r dispatch.Record) dispatch.AgentID {
	switch r := r.(type) {
	case dispatch.OfferAccepted:
		return r.Agent
	case dispatch.ConversationAssigned:
		return r.Agent
	case dispatch.ConversationTakenOver:
		return r.Agent
	}
	return ""
}

// textSums compares rows that are too many to remember: by conversation, as sums of hashes that do not depend on their order.
type textSums struct {
	seed  maphash.Seed
	rows  wordRows
	sums  map[dispatch.ConversationID]textSum
	owned map[string]bool
}

type textSum struct {
	want, have         uint64
	wantRows, haveRows int
}

func newTextSums() *textSums {
	return &textSums{seed: maphash.MakeSeed(), sums: map[dispatch.ConversationID]textSum{}, owned: map[string]bool{}}
}

func (t *textSums) hash(key, value []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(t.seed)
	_, _ = h.Write(key)
	_ = h.WriteByte(0)
	_, _ = h.Write(value)
	return h.Sum64()
}

// expect adds the rows that follow from a record.
func (t *textSums) expect(f found) error {
	s := t.sums[f.place.Conversation]
	for _, r := range f.rows(nil, &t.rows, &arena{}) {
		if f.owner != "" && t.owned[string(r.Key)] {
			continue // it came back
		}
		if f.owner != "" {
			t.owned[string(r.Key)] = true
		}
		s.want += t.hash(r.Key, r.Value)
		s.wantRows++
	}
	t.sums[f.place.Conversation] = s
	return nil
}

func (t *textSums) met(id dispatch.ConversationID, key, value []byte) {
	s := t.sums[id]
	s.have += t.hash(key, value)
	s.haveRows++
	t.sums[id] = s
}

// verifyTexts compares the rows that are there with those that are expected.
func (db *DB) verifyTexts(t *textSums, rep *StatesReport) error {
	err := db.eachWord(func(key, value []byte) error {
		n := slices.Index(key, 0) + 1
		p, err := parseTextPlace(key[n:])
		if err != nil || n == 0 {
			rep.add(fmt.Sprintf("search row %q is malformed", key))
			return nil
		}
		t.met(p.Conversation, key, value)
		return nil
	})
	owned := db.Scan(Prefix([]byte{rowOwned}), func(key, value []byte) error {
		n := slices.Index(key, 0) + 1
		t.met(dispatch.ConversationID(key[n:]), key, value)
		return nil
	})
	waits := db.Scan(Prefix([]byte{rowWait}), func(key, value []byte) error {
		n := slices.Index(key, 0) + 1 + 8
		t.met(dispatch.ConversationID(key[min(n, len(key)):]), key, value)
		return nil
	})
	if err := errors.Join(err, owned, waits); err != nil {
		return err
	}
	var wrong []string
	for id, s := range t.sums {
		if s.want != s.have || s.wantRows != s.haveRows {
			wrong = append(wrong, fmt.Sprintf("%s: has %d rows for searches and figures that are not the %d that its records imply", id, s.haveRows, s.wantRows))
		}
	}
	slices.Sort(wrong)
	for _, w := range wrong {
		rep.add(w)
	}
	return nil
}
