package storage

import (
	"errors"
	"fmt"
)

var (
	// ErrFenced: another writer claimed the shard. Not written, and this writer never writes again.
	ErrFenced = errors.New("shard was claimed by another writer")
	// ErrUnknown: the write may or may not be durable. The writer, or the store, is dead.
	ErrUnknown = errors.New("outcome unknown")
	// ErrUnavailable: not written, because the journal cannot be written now.
	ErrUnavailable = errors.New("storage unavailable")
	// ErrClosed is the ErrUnavailable of a store that was closed.
	ErrClosed = fmt.Errorf("closed: %w", ErrUnavailable)
	// ErrCorrupt: stored bytes contradict themselves. They are never served.
	ErrCorrupt = errors.New("storage corrupt")
	// ErrNewerFormat: written by a newer release, which alone can read it.
	ErrNewerFormat = errors.New("format is newer than this release")
	// ErrReadOnly: not written, because the disk is nearly full. Goes away with space.
	ErrReadOnly = errors.New("storage is read-only: too little free disk space")
	// ErrLocked: another process has the data folder open.
	ErrLocked = errors.New("data folder is in use by another process")
	// ErrNoStore: the folder was to have a store, and has none. Nothing was made in it.
	ErrNoStore = errors.New("no data of pronto is in this folder")
	// ErrNotFound: no such entity, document or row.
	ErrNotFound = errors.New("not found")
	// ErrTrimmed: the records asked for were trimmed from the journal.
	ErrTrimmed = errors.New("journal was trimmed past this position")
	// ErrInvalid: the caller's value breaks a documented limit. Not written.
	ErrInvalid = errors.New("invalid value")
	// ErrTooLarge: the change or record is over its size limit. Not written.
	ErrTooLarge = errors.New("too large")
)

// Stale refuses a change whose Expect is not the entity's number of events.
type Stale struct {
	Entity string
	Have   uint64
}

func (e *Stale) Error() string {
	return fmt.Sprintf("stale: %s has %d events", e.Entity, e.Have)
}

// Taken refuses a change that claims, or releases, a key which somebody else holds.
type Taken struct {
	Key   []byte
	Value []byte // the holder's value
}

func (e *Taken) Error() string {
	return fmt.Sprintf("taken: %q is held by %q", e.Key, e.Value)
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}
