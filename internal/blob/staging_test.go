package blob

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func staging(t *testing.T, room func(int64) error) (*Staging, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "files")
	s, err := OpenStaging(StagingOptions{Dir: dir, Room: room})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, dir
}

func stagedNames(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, stagingFolder))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestAWriterStopsAtItsLimit(t *testing.T) {
	s, dir := staging(t, nil)
	for size, want := range map[int]error{100: nil, 101: ErrTooLarge, 1 << 20: ErrTooLarge} {
		staged, err := s.Stage(t.Context(), strings.NewReader(strings.Repeat("x", size)), 100)
		if !errors.Is(err, want) || err == nil && staged.Size() != int64(size) {
			t.Errorf("%d bytes: %v", size, err)
		}
		if err == nil {
			staged.Discard()
		}
	}
	if n := stagedNames(t, dir); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

func TestRoomIsAskedForBeforeTheFirstByteAndOnTheWay(t *testing.T) {
	left := int64(3 << 20)
	s, dir := staging(t, func(n int64) error {
		if n > left {
			return fmt.Errorf("%w: read-only", ErrNoRoom)
		}
		return nil
	})
	if _, err := s.Create(100<<20, 4<<20); !errors.Is(err, ErrNoRoom) {
		t.Errorf("more than there is room for: %v", err)
	}
	w, err := s.Create(100<<20, 0)
	if err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 64<<10)
	written := 0
	for err == nil && written < 10<<20 {
		left -= int64(len(buffer))
		written += len(buffer)
		_, err = w.Write(buffer)
	}
	if !errors.Is(err, ErrNoRoom) || written > 4<<20 {
		t.Errorf("after %d bytes: %v", written, err)
	}
	if _, again := w.Write(buffer); !errors.Is(again, ErrNoRoom) {
		t.Errorf("the next write: %v", again)
	}
	if _, err := w.Finish(); !errors.Is(err, ErrNoRoom) {
		t.Errorf("finish: %v", err)
	}
	if n := stagedNames(t, dir); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

func TestAStartRemovesWhatWasStaged(t *testing.T) {
	s, dir := staging(t, nil)
	staged, err := s.Stage(t.Context(), strings.NewReader("abandoned"), 100)
	if err != nil {
		t.Fatal(err)
	}
	if n := stagedNames(t, dir); n != 1 {
		t.Fatalf("%d files are staged", n)
	}
	again, err := OpenStaging(StagingOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	if n := stagedNames(t, dir); n != 0 {
		t.Errorf("%d files are left", n)
	}
	if err := NewDisk(s).Keep(t.Context(), staged); err == nil {
		t.Error("a file that is gone was kept")
	}
}

func TestNothingLeadsOutOfTheFolder(t *testing.T) {
	s, dir := staging(t, nil)
	outside := filepath.Join(filepath.Dir(dir), "secret")
	if err := os.WriteFile(outside, []byte("segredo"), 0o600); err != nil {
		t.Fatal(err)
	}
	staged, err := s.Stage(t.Context(), strings.NewReader("x"), 100)
	if err != nil {
		t.Fatal(err)
	}
	_, name := place(staged.Hash())
	if err := os.Mkdir(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	if f, _, err := NewDisk(s).Open(t.Context(), staged.Hash()); err == nil {
		_ = f.Close()
		t.Error("a link led out of the folder")
	}
}

func TestTheErrorsOfAFullDiskSayThatThereIsNoRoom(t *testing.T) {
	for _, err := range []error{syscall.ENOSPC, &os.PathError{Op: "write", Err: syscall.EDQUOT}} {
		if !errors.Is(noRoom(err), ErrNoRoom) {
			t.Errorf("%v is not told", err)
		}
	}
	if errors.Is(noRoom(syscall.EIO), ErrNoRoom) {
		t.Error("a broken disk counts as a full one")
	}
}
