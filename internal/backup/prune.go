package backup

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Prune removes what a folder of backups has beyond the newest keep (at least 1) of those whose name is ours, which sort by
// age, and what is left of ours that were never finished. The one called made counts as the newest, whatever the clock was
// when the others got their names. It returns the names of the finished ones that it removed. No backup may be in the making.
func Prune(dir string, keep int, made string, ours func(name string) bool) (removed []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("prune backups: %w", err)
	}
	keep-- // made
	for _, e := range slices.Backward(entries) {
		name, unfinished := strings.CutSuffix(e.Name(), partial)
		path := filepath.Join(dir, e.Name())
		switch {
		case !e.IsDir() || !ours(name) || e.Name() == made:
			continue
		case unfinished:
			if err := os.RemoveAll(path); err != nil {
				return removed, fmt.Errorf("prune backups: %w", err)
			}
			continue
		}
		if _, err := Read(path); err != nil {
			continue // whatever it is, it is for a person to look at
		}
		if keep--; keep >= 0 {
			continue
		}
		if err := discard(path); err != nil {
			return removed, fmt.Errorf("prune backups: %w", err)
		}
		removed = append(removed, name)
	}
	return removed, nil
}

// discard removes a backup so that one which is removed in part is never taken for whole.
func discard(path string) error {
	gone := path + partial
	if err := os.Rename(path, gone); err != nil {
		return err
	}
	return os.RemoveAll(gone)
}
