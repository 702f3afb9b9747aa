package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

var (
	// ErrExists: the folder that is to be made is there and not empty.
	ErrExists = errors.New("folder exists and is not empty")
	// ErrDamaged: a file is not what the manifest says.
	ErrDamaged = errors.New("backup is damaged")
)

// Names in a backup.
const (
	storeFolder  = "store"
	besideFolder = "beside"
	manifestName = "manifest.json"
	partial      = ".partial"
	// Format of the manifest and the layout.
	Format = 1
)

// Manifest describes a backup.
type Manifest struct {
	Format  int       `json:"format"`
	MadeAt  time.Time `json:"made_at"`
	Version string    `json:"version"` // of the program
	Files   []File    `json:"files"`
	// FilesIn names the bucket that held the files of attachments: they are not in the backup. Empty: they are.
	FilesIn string `json:"files_in,omitempty"`
}

// File is one file of a backup.
type File struct {
	Path   string `json:"path"` // below the backup, with slashes
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Bytes is the size of all files.
func (m *Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

// Source is what is copied.
type Source struct {
	// Checkpoint makes a consistent copy of the store in a folder that does not exist.
	Checkpoint func(ctx context.Context, dir string) error
	// Data is the data folder; the folders in it are copied, its own files are the store's. Skip names those that are not.
	Data string
	Skip []string
	// FilesIn names the bucket that holds the files of attachments; empty: they are below Data.
	FilesIn string
	// Version of the program and Now for the manifest.
	Version string
	Now     func() time.Time
}

// Create makes a backup in dir, which must not exist.
func Create(ctx context.Context, s Source, dir string) (m Manifest, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("back up to %s: %w", dir, err)
		}
	}()
	if err := absent(dir); err != nil {
		return m, err
	}
	work := dir + partial
	if err := os.RemoveAll(work); err != nil {
		return m, err
	}
	if err := os.MkdirAll(work, 0o700); err != nil {
		return m, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(work))
		}
	}()
	m = Manifest{Format: Format, MadeAt: s.Now().UTC(), Version: s.Version, FilesIn: s.FilesIn}
	if err := s.Checkpoint(ctx, filepath.Join(work, storeFolder)); err != nil {
		return m, err
	}
	if err := s.copyBeside(ctx, filepath.Join(work, besideFolder)); err != nil {
		return m, err
	}
	if m.Files, err = list(ctx, work); err != nil {
		return m, err
	}
	if err := writeManifest(work, &m); err != nil {
		return m, err
	}
	return m, settle(work, dir)
}

// copyBeside copies the folders beside the store.
func (s *Source) copyBeside(ctx context.Context, to string) error {
	entries, err := os.ReadDir(s.Data)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || slices.Contains(s.Skip, e.Name()) || isBackup(filepath.Join(s.Data, e.Name())) {
			continue
		}
		if err := copyTree(ctx, filepath.Join(s.Data, e.Name()), filepath.Join(to, e.Name()), isBackup); err != nil {
			return err
		}
	}
	return nil
}

// isBackup: a backup, also one that is being made, is never part of another one, wherever its folder is.
func isBackup(dir string) bool {
	if strings.HasSuffix(dir, partial) {
		return true
	}
	_, err := Read(dir)
	return err == nil
}

// list reads every file of a folder.
func list(ctx context.Context, dir string) (files []File, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return errors.Join(err, ctx.Err())
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil || rel == manifestName {
			return err
		}
		f, err := sum(path)
		f.Path = filepath.ToSlash(rel)
		files = append(files, f)
		return err
	})
	return files, err
}

func sum(path string) (f File, err error) {
	r, err := os.Open(path)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	h := sha256.New()
	f.Size, err = io.Copy(h, r)
	f.SHA256 = hex.EncodeToString(h.Sum(nil))
	return f, err
}

func writeManifest(dir string, m *Manifest) error {
	raw, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, manifestName), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(raw, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// Read reads the manifest of a backup, and nothing else of it.
func Read(dir string) (m Manifest, err error) {
	if strings.HasSuffix(filepath.Clean(dir), partial) {
		return m, fmt.Errorf("%w: it was never finished", ErrDamaged)
	}
	raw, err := os.ReadFile(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("%w: it has no %s, so it was never finished or is no backup", ErrDamaged, manifestName)
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, fmt.Errorf("%w: %s: %w", ErrDamaged, manifestName, err)
	}
	if m.Format != Format {
		return m, fmt.Errorf("format %d, this release reads %d", m.Format, Format)
	}
	return m, nil
}

// Verify reads every byte of a backup and compares it with the manifest.
func Verify(ctx context.Context, dir string) (m Manifest, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("verify backup %s: %w", dir, err)
		}
	}()
	if m, err = Read(dir); err != nil {
		return m, err
	}
	have, err := list(ctx, dir)
	if err != nil {
		return m, err
	}
	return m, compare(m.Files, have)
}

func compare(want, have []File) error {
	found := make(map[string]File, len(have))
	for _, f := range have {
		found[f.Path] = f
	}
	for _, f := range want {
		is, ok := found[f.Path]
		switch {
		case !ok:
			return fmt.Errorf("%w: %s is missing", ErrDamaged, f.Path)
		case is != f:
			return fmt.Errorf("%w: %s was changed", ErrDamaged, f.Path)
		}
		delete(found, f.Path)
	}
	for path := range found {
		return fmt.Errorf("%w: %s is not in the manifest", ErrDamaged, path)
	}
	return nil
}

// Restore verifies a backup and makes a data folder of it in dir, which must not exist or be empty.
func Restore(ctx context.Context, from, dir string) (m Manifest, err error) {
	if err := absent(dir); err != nil {
		return m, fmt.Errorf("restore to %s: %w", dir, err)
	}
	if m, err = Verify(ctx, from); err != nil {
		return m, err
	}
	if err := Lay(ctx, from, dir); err != nil {
		return m, fmt.Errorf("restore to %s: %w", dir, err)
	}
	return m, nil
}

// Lay makes a data folder of a backup without looking at the manifest.
func Lay(ctx context.Context, from, dir string) (err error) {
	work := dir + partial
	if err := os.RemoveAll(work); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(work))
		}
	}()
	if err := copyTree(ctx, filepath.Join(from, storeFolder), work, nil); err != nil {
		return err
	}
	beside := filepath.Join(from, besideFolder)
	if _, err := os.Stat(beside); err == nil {
		if err := copyTree(ctx, beside, work, nil); err != nil {
			return err
		}
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty one
		return err
	}
	return settle(work, dir)
}
