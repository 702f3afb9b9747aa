package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
)

const (
	stagingFolder = "staging"
	roomStep      = 1 << 20 // bytes between two questions for room
)

// StagingOptions say where files are staged.
type StagingOptions struct {
	// Dir is made when it does not exist. One process owns it.
	Dir string
	// Room returns nil when there is space for so many more bytes, or why there is not; nil: never asked.
	Room func(bytes int64) error
}

// Staging is where bytes are written before they are known to be wanted. It is on this machine, whatever the Store.
type Staging struct {
	folder folder
	room   func(int64) error
	close  func() error
}

// OpenStaging opens the folder and removes what a process that ended left there.
func OpenStaging(o StagingOptions) (*Staging, error) {
	f, err := openFolder(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("open staging: %w", err)
	}
	s, err := newStaging(f, o.Room)
	if err != nil {
		return nil, errors.Join(err, f.root.Close())
	}
	s.close = f.root.Close
	return s, nil
}

func newStaging(f folder, room func(int64) error) (*Staging, error) {
	if room == nil {
		room = func(int64) error { return nil }
	}
	s := &Staging{folder: f, room: room, close: func() error { return nil }}
	if err := f.makeFolder(stagingFolder); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("open staging: %w", noRoom(err))
	}
	return s, s.sweep()
}

// sweep removes every staged file: nobody of this process has one yet.
func (s *Staging) sweep() error {
	entries, err := s.folder.list(stagingFolder)
	if err != nil {
		return fmt.Errorf("sweep staging: %w", err)
	}
	for _, e := range entries {
		if err := s.folder.remove(path.Join(stagingFolder, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sweep staging: %w", err)
		}
	}
	return nil
}

// Close lets go of the folder. Staged files are useless afterwards.
func (s *Staging) Close() error { return s.close() }

// Writer takes the bytes of one file. Either Finish or Discard ends it.
type Writer struct {
	s     *Staging
	name  string
	file  writable
	sum   hash.Hash
	size  int64
	limit int64
	asked int64 // room was asked for up to this size
	err   error
}

// Create begins a file of at most limit bytes. expect is how many will come, 0 if that is not known: with too little space
// for them the file is refused before its first byte.
func (s *Staging) Create(limit, expect int64) (*Writer, error) {
	if err := s.room(max(expect, 1)); err != nil {
		return nil, err
	}
	name := path.Join(stagingFolder, rand.Text())
	f, err := s.folder.create(name)
	if err != nil {
		return nil, fmt.Errorf("stage file: %w", noRoom(err))
	}
	return &Writer{s: s, name: name, file: f, sum: sha256.New(), limit: limit, asked: max(expect, roomStep)}, nil
}

// Write fails for good with ErrTooLarge, ErrNoRoom or what the disk reports.
func (w *Writer) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	w.err = w.admit(int64(len(p)))
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.file.Write(p)
	w.size += int64(n)
	_, _ = w.sum.Write(p[:n]) // a hash never fails
	if err != nil {
		w.err = fmt.Errorf("stage file: %w", noRoom(err))
	}
	return n, w.err
}

func (w *Writer) admit(n int64) error {
	if w.size+n > w.limit {
		return ErrTooLarge
	}
	if w.size+n <= w.asked {
		return nil
	}
	w.asked = w.size + n + roomStep
	return w.s.room(n + roomStep)
}

// Size is how many bytes were written.
func (w *Writer) Size() int64 { return w.size }

// Finish makes the bytes durable in the staging folder. After an error nothing is left.
func (w *Writer) Finish() (*Staged, error) {
	err := w.err
	if err == nil {
		err = w.file.Sync()
	}
	if e := w.file.Close(); err == nil {
		err = e
	}
	w.file = nil
	if err != nil {
		w.remove()
		return nil, fmt.Errorf("stage file: %w", noRoom(err))
	}
	return &Staged{s: w.s, name: w.name, hash: Hash(w.sum.Sum(nil)), size: w.size}, nil
}

// Discard drops the file; after Finish it is without effect.
func (w *Writer) Discard() {
	if w.file == nil {
		return
	}
	_ = w.file.Close() // it is thrown away
	w.file = nil
	w.remove()
}

func (w *Writer) remove() { _ = w.s.folder.remove(w.name) } // what stays is swept at the next start

// Staged is a whole file that nothing refers to yet.
type Staged struct {
	s    *Staging
	name string // empty: kept or discarded
	hash Hash
	size int64
}

// Hash of the bytes.
func (s *Staged) Hash() Hash { return s.hash }

// Size in bytes.
func (s *Staged) Size() int64 { return s.size }

// Open opens the file for reading, any number of times.
func (s *Staged) Open() (File, error) {
	if s.name == "" {
		return nil, fmt.Errorf("open staged file: %w", ErrNotFound)
	}
	f, err := s.s.folder.open(s.name)
	if err != nil {
		return nil, fmt.Errorf("open staged file: %w", err)
	}
	return f, nil
}

// Discard drops the file, unless it was kept.
func (s *Staged) Discard() {
	if s.name == "" {
		return
	}
	_ = s.s.folder.remove(s.name) // what stays is swept at the next start
	s.name = ""
}

// Stage writes all of r into a staged file of at most limit bytes.
func (s *Staging) Stage(ctx context.Context, r io.Reader, limit int64) (*Staged, error) {
	w, err := s.Create(limit, 0)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(w, readerOf{ctx, r}); err != nil {
		w.Discard()
		return nil, err
	}
	return w.Finish()
}

// readerOf ends a copy when its request ends.
type readerOf struct {
	ctx context.Context //nolint:containedctx // of one call
	r   io.Reader
}

func (r readerOf) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

var _ writable = (*os.File)(nil)
