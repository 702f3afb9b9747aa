package storage

import (
	"context"
	"errors"
	"fmt"
)

// The rules that every implementation of Journal applies in the same words.

func checkClaim(ctx context.Context, shard Shard, who string) error {
	if shard >= Shards || who == "" || len(who) > maxOwner {
		return fmt.Errorf("claim shard %d by %q: %w", shard, who, ErrInvalid)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("claim shard %d: %w", shard, err)
	}
	return nil
}

func checkAppend(ctx context.Context, entries []Entry) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("append journal: %w", err)
	}
	if len(entries) == 0 {
		return fmt.Errorf("append journal: no entries: %w", ErrInvalid)
	}
	return nil
}

// checkFrom refuses to follow from a position that is not on the chain base…tail.
// Positions between the two are checked by the chain itself.
func checkFrom(shard Shard, from, base, tail Tail) error {
	switch {
	case from.Seq < base.Seq:
		return fmt.Errorf("follow shard %d from %d, oldest is %d: %w", shard, from.Seq, base.Seq+1, ErrTrimmed)
	case from.Seq > tail.Seq:
		return corrupt("follow shard %d from %d, journal ends at %d", shard, from.Seq, tail.Seq)
	case from.Seq == base.Seq && from.Hash != base.Hash, from.Seq == tail.Seq && from.Hash != tail.Hash:
		return corrupt("follow shard %d from %d: position is on another chain", shard, from.Seq)
	}
	return nil
}

func checkTrim(below, snapshot Seq) error {
	if below > 0 && below-1 > snapshot {
		return fmt.Errorf("trim below %d, snapshot is at %d: %w", below, snapshot, ErrInvalid)
	}
	return nil
}

// mayBeWritten reports whether err leaves open what is in the journal.
func mayBeWritten(err error) bool { return errors.Is(err, ErrUnknown) }

// deadWriter is the answer of a writer that died of cause: nothing more was written.
func deadWriter(shard Shard, cause error) error {
	if errors.Is(cause, ErrFenced) {
		return fmt.Errorf("append journal shard %d: %w", shard, ErrFenced)
	}
	return fmt.Errorf("append journal shard %d: writer is dead (%v): %w", shard, cause, ErrUnavailable) //nolint:errorlint // only the outcome may be matched, not its reason
}
