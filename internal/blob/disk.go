package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync/atomic"
	"time"

	"pronto/internal/failpoint"
)

// Disk keeps files in the folder of a Staging: ab/abcd… for each hash. A staged file is not copied, it is renamed.
type Disk struct {
	folder  folder
	now     func() time.Time
	durable [256]atomic.Bool // folders whose names are, for sure
}

var _ Store = (*Disk)(nil)

// NewDisk keeps files beside those of s, which is where everything that it is asked to keep must have been staged.
func NewDisk(s *Staging) *Disk { return &Disk{folder: s.folder, now: time.Now} }

// place is the folder and the name of a file. 256 folders keep each of them short.
func place(h Hash) (dir, name string) {
	s := h.String()
	return s[:2], path.Join(s[:2], s)
}

// Keep renames the file to its hash and makes the name durable. The bytes are: Finish has seen to that.
func (d *Disk) Keep(_ context.Context, s *Staged) error {
	if s.name == "" {
		return fmt.Errorf("keep file: %w", ErrNotFound)
	}
	dir, name := place(s.hash)
	if err := d.makeFolder(dir, s.hash[0]); err != nil {
		return fmt.Errorf("keep file: %w", noRoom(err))
	}
	have, err := d.folder.stat(name)
	switch {
	case err == nil && have.Size() == s.size:
		err = d.folder.touch(name, d.now())
	case err == nil || errors.Is(err, fs.ErrNotExist):
		failpoint.Here("before rename")
		err = d.folder.rename(s.name, name)
		failpoint.Here("after rename")
	}
	if err != nil {
		return fmt.Errorf("keep file: %w", noRoom(err))
	}
	// Also for a file that was there: whoever renamed it may not have come to this yet.
	if err := d.folder.syncFolder(dir); err != nil {
		return fmt.Errorf("keep file: %w", noRoom(err))
	}
	s.Discard() // the copy of a file that was there; else it is gone already
	return nil
}

// makeFolder makes the name of a folder durable, once in each process: that it exists does not say that it will.
func (d *Disk) makeFolder(dir string, number byte) error {
	if d.durable[number].Load() {
		return nil
	}
	if err := d.folder.makeFolder(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := d.folder.syncFolder("."); err != nil {
		return err
	}
	d.durable[number].Store(true)
	return nil
}

// Open opens a file.
func (d *Disk) Open(_ context.Context, h Hash) (File, Info, error) {
	_, name := place(h)
	info, err := d.folder.stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Info{}, ErrNotFound
	}
	if err != nil {
		return nil, Info{}, fmt.Errorf("open file: %w", err)
	}
	f, err := d.folder.open(name)
	if err != nil {
		return nil, Info{}, fmt.Errorf("open file: %w", err)
	}
	return Check(f, h, info.Size()), Info{Hash: h, Size: info.Size(), Modified: info.ModTime()}, nil
}

// Remove removes a file. A name that comes back after a crash is garbage again, and is removed again.
func (d *Disk) Remove(_ context.Context, h Hash) error {
	_, name := place(h)
	if err := d.folder.remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove file: %w", err)
	}
	return nil
}

// Each walks the folders. Files that are not called like a hash are not ours.
func (d *Disk) Each(ctx context.Context, fn func(Info) error) error {
	dirs, err := d.folder.list(".")
	if err != nil {
		return fmt.Errorf("list files: %w", err)
	}
	for _, dir := range dirs {
		if !dir.IsDir() || dir.Name() == stagingFolder {
			continue
		}
		if err := d.eachIn(ctx, dir.Name(), fn); err != nil {
			return err
		}
	}
	return nil
}

func (d *Disk) eachIn(ctx context.Context, dir string, fn func(Info) error) error {
	entries, err := d.folder.list(dir)
	if err != nil {
		return fmt.Errorf("list files: %w", err)
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := ParseHash(e.Name())
		if err != nil {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return fmt.Errorf("list files: %w", err)
		}
		if err := fn(Info{Hash: h, Size: info.Size(), Modified: info.ModTime()}); err != nil {
			return err
		}
	}
	return nil
}
