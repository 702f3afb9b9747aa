package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"
)

var (
	// ErrNotFound: no file has this hash.
	ErrNotFound = errors.New("file not found")
	// ErrNoRoom: too little space is left; nothing was kept.
	ErrNoRoom = errors.New("too little space for files")
	// ErrDamaged: the bytes that are stored are not those that were kept.
	ErrDamaged = errors.New("file is damaged")
	// ErrTooLarge: more bytes than the writer takes.
	ErrTooLarge = errors.New("file is too large")
)

// Hash is the SHA-256 of a file, which is also its name.
type Hash [sha256.Size]byte

// String is the hash in lower-case hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// ParseHash reads what String wrote; anything else is ErrNotFound, because no file has such a name.
func ParseHash(s string) (Hash, error) {
	var h Hash
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != len(h) || hex.EncodeToString(raw) != s {
		return h, ErrNotFound
	}
	copy(h[:], raw)
	return h, nil
}

// Info describes a stored file. Modified is when it was last kept.
type Info struct {
	Hash     Hash
	Size     int64
	Modified time.Time
}

// File is a stored or staged file, open for reading.
type File interface {
	io.ReadSeekCloser
}

// Store keeps files. One conformance suite holds for every implementation (blobtest).
type Store interface {
	// Keep makes a staged file durable and uses it up; its Discard is then without effect. Bytes that are there already
	// are not kept twice, but count as modified now.
	Keep(ctx context.Context, s *Staged) error
	// Open opens a file for reading. A file that is read from its start to its end is checked on the way: instead of its
	// last bytes it gives ErrDamaged when they are not those of the hash.
	Open(ctx context.Context, h Hash) (File, Info, error)
	// Remove removes a file; one that is not there is no error.
	Remove(ctx context.Context, h Hash) error
	// Each calls fn with every file, in no particular order, until fn returns an error, which it returns.
	Each(ctx context.Context, fn func(Info) error) error
}
