package storage

import (
	"errors"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/atomicfs"
)

// openPebble opens Pebble in the store's folder. A failing disk may not let it return; see engine.guard.
func (db *DB) openPebble() error {
	po := db.opts.pebbleOptions(db.e)
	po.Lock = db.lock
	if err := markFormat(db.opts.FS, db.opts.Dir, po.FormatMajorVersion); err != nil {
		return err
	}
	p, err := pebble.Open(db.opts.Dir, po)
	db.e.p = p
	return err
}

// markFormat gives a new folder Pebble's own mark of its format. Pebble would set it only after it began the first log, which
// would then be in its oldest format: without what tells damage from a write that a power cut interrupted.
func markFormat(fs vfs.FS, dir string, format pebble.FormatMajorVersion) (err error) {
	if err := makeFolder(fs, dir); err != nil {
		return err
	}
	files, err := fs.List(dir)
	if err != nil || slices.ContainsFunc(files, func(name string) bool { return strings.HasPrefix(name, "marker.") }) {
		return err
	}
	mark, _, err := atomicfs.LocateMarker(fs, dir, "format-version")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, mark.Close()) }()
	return mark.Move(format.String())
}

// makeFolder makes the folder and those above it that are missing, and syncs where each was made.
func makeFolder(fs vfs.FS, dir string) error {
	if _, err := fs.Stat(dir); err == nil {
		return nil
	}
	above := fs.PathDir(dir)
	if above == dir {
		return nil
	}
	if err := makeFolder(fs, above); err != nil {
		return err
	}
	if err := fs.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	d, err := fs.OpenDir(above)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// checkExisting looks for a store and leaves no trace, where one must be there.
func (o *Options) checkExisting() error {
	if !o.Existing {
		return nil
	}
	d, err := pebble.Peek(o.Dir, o.FS)
	if err == nil && !d.Exists {
		err = ErrNoStore
	}
	return err
}
