package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"pronto/dispatch"
)

// contactEntity is the history of what was said about a contact; its details are a document under the plain id.
func contactEntity(id dispatch.ContactID) string { return "said/" + string(id) }

// mergedKey is claimed by a contact that was merged into another one.
func mergedKey(id dispatch.ContactID) []byte { return []byte(mergedPrefix + string(id)) }

const mergedPrefix = "merged\x00"

// MergeClaim is what the document of a contact claims while the contact is merged into another one: RootContact follows
// it, and no conversation of the contact opens meanwhile.
func MergeClaim(id, into dispatch.ContactID) Claim {
	return Claim{Key: mergedKey(id), Value: []byte(into)}
}

// MergeTaken says whether a conversation was refused because its contact was merged into another one.
func MergeTaken(t *Taken) bool { return bytes.HasPrefix(t.Key, []byte(mergedPrefix)) }

// RootContact follows merges: it returns the contact that stands for id, id itself if that was not merged.
func (db *DB) RootContact(id dispatch.ContactID) (dispatch.ContactID, error) {
	for range maxMergeDepth {
		into, merged, err := db.Claimed(mergedKey(id))
		if err != nil {
			return id, fmt.Errorf("root of %s: %w", id, err)
		}
		if !merged {
			return id, nil
		}
		id = dispatch.ContactID(into)
	}
	return id, corrupt("merges of %s have no end", id)
}

// maxMergeDepth is more merges one into the other than anybody makes.
const maxMergeDepth = 1000

// SaveContact makes what was said about a contact durable. s is the state after the records; its version says how many
// there must have been before, else *Stale.
func (db *DB) SaveContact(ctx context.Context, now time.Time, s *dispatch.ContactSnapshot, records []dispatch.ContactRecord) error {
	c := Change{
		Shard: Shard(dispatch.PartitionOf(string(s.ID)).Shard()), Time: now, Entity: contactEntity(s.ID),
		Expect: s.Version - uint64(len(records)),
	}
	for _, r := range records {
		e, err := EncodeFact(r)
		if err != nil {
			return fmt.Errorf("save %s: %w", s.ID, err)
		}
		c.Events = append(c.Events, e)
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

// LoadContact returns the stored state; a contact about whom nothing was said has the zero state with its id.
func (db *DB) LoadContact(id dispatch.ContactID) (dispatch.ContactSnapshot, error) {
	s := dispatch.ContactSnapshot{ID: id}
	raw, _, err := db.State(contactEntity(id))
	if errors.Is(err, ErrNotFound) {
		return s, nil
	}
	if err == nil {
		err = decode(raw, &s) // every save stores the state
	}
	if err != nil {
		return s, fmt.Errorf("load %s: %w", id, err)
	}
	return s, nil
}

// ContactRecords returns at most limit records of a contact after an ordinal, in order.
func (db *DB) ContactRecords(id dispatch.ContactID, after uint64, limit int) ([]Recorded, error) {
	events, err := db.Events(contactEntity(id), after, limit)
	if err != nil {
		return nil, err
	}
	out := make([]Recorded, len(events))
	for i, e := range events {
		r, err := DecodeFact(e.Event)
		if err != nil {
			return nil, fmt.Errorf("records of %s: %w", id, err)
		}
		out[i] = Recorded{Ordinal: e.Ordinal, Time: e.Time, Record: r}
	}
	return out, nil
}
