package storage

import (
	"errors"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// orderedFS makes names durable before a marker that points at one of them is made. Pebble syncs the folder only after
// both: where a file system keeps names of files that nobody synced in any order, a power cut in between leaves a marker
// without its manifest, and a store that does not open. Markers move at the start and when a manifest has grown.
type orderedFS struct{ vfs.FS }

func (o orderedFS) Unwrap() vfs.FS { return o.FS }

func (o orderedFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasPrefix(o.PathBase(name), "marker.") {
		dir, err := o.OpenDir(o.PathDir(name))
		if err != nil {
			return nil, err
		}
		if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
			return nil, err
		}
	}
	return o.FS.Create(name, category)
}
