package backup_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/internal/backup"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// made makes a backup of a small data folder.
func made(t *testing.T) (dir string) {
	t.Helper()
	data := t.TempDir()
	put(t, filepath.Join(data, "store.file"), "the store's own, not copied")
	put(t, filepath.Join(data, "files", "ab", "abcd"), "attachment")
	put(t, filepath.Join(data, "backups", "old"), "not copied either")
	dir = filepath.Join(t.TempDir(), "backup")
	m, err := backup.Create(t.Context(), backup.Source{
		Checkpoint: func(_ context.Context, to string) error {
			put(t, filepath.Join(to, "000001.sst"), "checkpoint")
			return nil
		},
		Data: data, Skip: []string{"backups"}, Version: "test", Now: time.Now,
	}, dir)
	if err != nil || len(m.Files) != 2 || m.Bytes() != 20 {
		t.Fatalf("%+v, %v", m, err)
	}
	return dir
}

func TestABackupIsRestoredAsItWas(t *testing.T) {
	dir := made(t)
	if _, err := backup.Verify(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "data")
	if _, err := backup.Restore(t.Context(), dir, to); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"000001.sst": "checkpoint", "files/ab/abcd": "attachment"} {
		if got, err := os.ReadFile(filepath.Join(to, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := backup.Restore(t.Context(), dir, to); !errors.Is(err, backup.ErrExists) {
		t.Errorf("onto a folder that is in use: %v", err)
	}
}

func TestADamagedBackupIsNotRestored(t *testing.T) {
	for what, damage := range map[string]func(dir string) error{
		"changed": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "store", "000001.sst"), []byte("checkpoinT"), 0o600)
		},
		"missing": func(dir string) error { return os.Remove(filepath.Join(dir, "beside", "files", "ab", "abcd")) },
		"not in":  func(dir string) error { return os.WriteFile(filepath.Join(dir, "store", "more"), nil, 0o600) },
		"never":   func(dir string) error { return os.Remove(filepath.Join(dir, "manifest.json")) },
	} {
		dir := made(t)
		if err := damage(dir); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(t.TempDir(), "data")
		if _, err := backup.Restore(t.Context(), dir, to); !errors.Is(err, backup.ErrDamaged) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := os.Stat(to); err == nil {
			t.Errorf("%s: something was restored", what)
		}
	}
}

func TestABackupThatFailsLeavesNothing(t *testing.T) {
	broken := errors.New("broken")
	parent := t.TempDir()
	_, err := backup.Create(t.Context(), backup.Source{
		Checkpoint: func(context.Context, string) error { return broken }, Data: t.TempDir(), Now: time.Now,
	}, filepath.Join(parent, "b"))
	entries, _ := os.ReadDir(parent)
	if !errors.Is(err, broken) || len(entries) != 0 {
		t.Errorf("%v, left %v", err, entries)
	}
}

// A folder of backups that somebody put into the data folder: a backup there does not hold itself, nor those before it.
func TestBackupsBelowTheDataFolderAreNotBackedUp(t *testing.T) {
	data := t.TempDir()
	put(t, filepath.Join(data, "files", "ab", "abcd"), "attachment")
	put(t, filepath.Join(data, "mine", "notes.txt"), "not a backup, copied")
	source := backup.Source{
		Checkpoint: func(_ context.Context, to string) error {
			put(t, filepath.Join(to, "000001.sst"), "checkpoint")
			return nil
		},
		Data: data, Version: "test", Now: time.Now,
	}
	for _, name := range []string{"1", "2"} {
		dir := filepath.Join(data, "mine", name)
		m, err := backup.Create(t.Context(), source, dir)
		if err != nil || len(m.Files) != 3 {
			t.Fatalf("%s: %d files, %v", name, len(m.Files), err)
		}
		if _, err := backup.Verify(t.Context(), dir); err != nil {
			t.Error(err)
		}
	}
}

// After the machine's clock was set back, the backup that was just made has the name of the oldest.
func TestTheBackupThatWasJustMadeIsNotPruned(t *testing.T) {
	parent := t.TempDir()
	for _, name := range []string{"2026", "2030", "2031"} {
		if err := os.Rename(made(t), filepath.Join(parent, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		keep int
		gone string
	}{{2, "2030"}, {1, "2031"}} {
		removed, err := backup.Prune(parent, step.keep, "2026", func(string) bool { return true })
		if err != nil || !slices.Equal(removed, []string{step.gone}) {
			t.Errorf("keep %d: removed %v, %v", step.keep, removed, err)
		}
	}
}

// A process that ended between the manifest and the last name, or while it removed a backup, leaves one that is not to be had.
func TestABackupWithoutItsLastNameIsNoBackup(t *testing.T) {
	dir := made(t)
	if err := os.Rename(dir, dir+".partial"); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "data")
	if _, err := backup.Restore(t.Context(), dir+".partial/", to); !errors.Is(err, backup.ErrDamaged) {
		t.Errorf("restored: %v", err)
	}
}
