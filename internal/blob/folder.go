package blob

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// folder is what blobs need of a file system: names below one root, with slashes. Nothing can lead out of it.
type folder interface {
	// create makes a new file for writing; one that exists is an error.
	create(name string) (writable, error)
	open(name string) (File, error)
	makeFolder(name string) error
	rename(from, to string) error
	remove(name string) error
	stat(name string) (fs.FileInfo, error)
	touch(name string, now time.Time) error
	list(name string) ([]fs.DirEntry, error)
	// syncFolder makes the names in a folder durable.
	syncFolder(name string) error
}

type writable interface {
	Write(p []byte) (int, error)
	Sync() error
	Close() error
}

// rooted is a folder of the operating system.
type rooted struct{ root *os.Root }

func (r rooted) create(name string) (writable, error) {
	f, err := r.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (r rooted) open(name string) (File, error) {
	f, err := r.root.Open(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (r rooted) makeFolder(name string) error           { return r.root.Mkdir(name, 0o700) }
func (r rooted) rename(from, to string) error           { return r.root.Rename(from, to) }
func (r rooted) remove(name string) error               { return r.root.Remove(name) }
func (r rooted) stat(name string) (fs.FileInfo, error)  { return r.root.Stat(name) }
func (r rooted) touch(name string, now time.Time) error { return r.root.Chtimes(name, now, now) }

func (r rooted) list(name string) ([]fs.DirEntry, error) {
	f, err := r.root.Open(name)
	if err != nil {
		return nil, err
	}
	entries, err := f.ReadDir(-1)
	return entries, errors.Join(err, f.Close())
}

func (r rooted) syncFolder(name string) error {
	f, err := r.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// openFolder opens a folder, which it makes, durably, when there is none.
func openFolder(dir string) (rooted, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return rooted{}, err
	}
	up, err := os.Open(dir + "/..")
	if err != nil {
		return rooted{}, err
	}
	if err := errors.Join(up.Sync(), up.Close()); err != nil {
		return rooted{}, err
	}
	root, err := os.OpenRoot(dir)
	return rooted{root}, err
}

// noRoom gives the errors of a full disk their name.
func noRoom(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return errors.Join(ErrNoRoom, err)
	}
	return err
}
