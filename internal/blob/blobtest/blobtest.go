package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"pronto/internal/blob"
)

// Harness is one empty store with the staging that belongs to it.
type Harness struct {
	Store   blob.Store
	Staging *blob.Staging
	// Damage changes a stored file's bytes but not their number, behind the store's back.
	Damage func(t *testing.T, h blob.Hash)
}

// maxSize of the files of the suite.
const maxSize = 64 << 20

// Run runs the suite.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	for name, check := range map[string]func(*testing.T, Harness){
		"what was kept is read again":                  readAgain,
		"a part is read by its place":                  readPart,
		"equal bytes are kept once":                    keptOnce,
		"a file that is kept again counts as new":      keptAgain,
		"what is not there is not found":               notFound,
		"what was removed is gone":                     removed,
		"every file is listed once":                    listed,
		"damaged bytes are not served to their end":    damaged,
		"equal bytes kept at once harm nobody":         atOnce,
		"a request that ended keeps nothing by halves": ended,
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
}

func (h Harness) stage(t *testing.T, data []byte) *blob.Staged {
	t.Helper()
	s, err := h.Staging.Stage(t.Context(), bytes.NewReader(data), maxSize)
	if err != nil {
		t.Fatalf("stage: %v", err)
	}
	return s
}

func (h Harness) keep(t *testing.T, data []byte) blob.Hash {
	t.Helper()
	s := h.stage(t, data)
	if err := h.Store.Keep(t.Context(), s); err != nil {
		t.Fatalf("keep: %v", err)
	}
	if f, err := s.Open(); err == nil {
		_ = f.Close()
		t.Error("the staged copy is still there")
	}
	s.Discard()
	return s.Hash()
}

func (h Harness) read(t *testing.T, hash blob.Hash) ([]byte, blob.Info, error) {
	t.Helper()
	f, info, err := h.Store.Open(t.Context(), hash)
	if err != nil {
		return nil, info, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(f)
	return data, info, err
}

func (h Harness) all(t *testing.T) map[blob.Hash]blob.Info {
	t.Helper()
	out := map[blob.Hash]blob.Info{}
	err := h.Store.Each(t.Context(), func(i blob.Info) error {
		if _, twice := out[i.Hash]; twice {
			t.Errorf("%s is listed twice", i.Hash)
		}
		out[i.Hash] = i
		return nil
	})
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	return out
}

// random bytes; the same for the same seed.
func random(seed uint64, size int) []byte {
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	out := make([]byte, size)
	_, _ = r.Read(out) // never fails
	return out
}

func readAgain(t *testing.T, h Harness) {
	before := time.Now().Add(-time.Minute)
	for i, size := range []int{0, 1, 100, 64 << 10, 6<<20 + 1, 17 << 20} {
		data := random(uint64(i), size)
		hash := h.keep(t, data)
		got, info, err := h.read(t, hash)
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes: got %d, %v", size, len(got), err)
		}
		if info.Size != int64(size) || info.Hash != hash || info.Modified.Before(before) || info.Modified.After(time.Now().Add(time.Minute)) {
			t.Errorf("%d bytes: %+v", size, info)
		}
	}
}

func readPart(t *testing.T, h Harness) {
	data := random(1, 300<<10)
	f, _, err := h.Store.Open(t.Context(), h.keep(t, data))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for _, c := range []struct {
		offset int64
		whence int
		want   int64
	}{{1000, io.SeekStart, 1000}, {-100, io.SeekEnd, int64(len(data)) - 100}, {0, io.SeekStart, 0}} {
		at, err := f.Seek(c.offset, c.whence)
		if err != nil || at != c.want {
			t.Fatalf("seek %d from %d: %d, %v", c.offset, c.whence, at, err)
		}
		got := make([]byte, 100)
		if _, err := io.ReadFull(f, got); err != nil || !bytes.Equal(got, data[at:at+100]) {
			t.Fatalf("100 bytes at %d: %v", at, err)
		}
	}
}

func keptOnce(t *testing.T, h Harness) {
	a, b := h.keep(t, []byte("mesmo")), h.keep(t, []byte("mesmo"))
	if a != b || len(h.all(t)) != 1 {
		t.Errorf("%s and %s, %d files", a, b, len(h.all(t)))
	}
}

func keptAgain(t *testing.T, h Harness) {
	hash := h.keep(t, []byte("de novo"))
	first := h.all(t)[hash].Modified
	var again time.Time
	for deadline := time.Now().Add(10 * time.Second); !again.After(first) && time.Now().Before(deadline); {
		h.keep(t, []byte("de novo")) // a store may count in whole seconds
		again = h.all(t)[hash].Modified
	}
	if !again.After(first) {
		t.Errorf("kept at %v, and again: %v", first, again)
	}
}

func notFound(t *testing.T, h Harness) {
	if _, _, err := h.Store.Open(t.Context(), blob.Hash{1}); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("open: %v", err)
	}
	if err := h.Store.Remove(t.Context(), blob.Hash{1}); err != nil {
		t.Errorf("remove: %v", err)
	}
	if n := len(h.all(t)); n != 0 {
		t.Errorf("%d files in an empty store", n)
	}
}

func removed(t *testing.T, h Harness) {
	gone, stays := h.keep(t, []byte("vai")), h.keep(t, []byte("fica"))
	if err := h.Store.Remove(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.read(t, gone); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("removed: %v", err)
	}
	if got, _, err := h.read(t, stays); err != nil || string(got) != "fica" {
		t.Errorf("the other: %q, %v", got, err)
	}
	if h.keep(t, []byte("vai")) != gone {
		t.Error("kept again under another hash")
	}
}

func listed(t *testing.T, h Harness) {
	want := map[blob.Hash]int64{}
	for i := range 40 {
		want[h.keep(t, random(uint64(i), i))] = int64(i)
	}
	all := h.all(t)
	if len(all) != len(want) {
		t.Errorf("%d files, not %d", len(all), len(want))
	}
	for hash, size := range want {
		if all[hash].Size != size {
			t.Errorf("%s: %d bytes, not %d", hash, all[hash].Size, size)
		}
	}
	stop := errors.New("stop")
	n := 0
	err := h.Store.Each(t.Context(), func(blob.Info) error {
		n++
		return stop
	})
	if n != 1 || !errors.Is(err, stop) {
		t.Errorf("went on after %d: %v", n, err)
	}
}

func damaged(t *testing.T, h Harness) {
	hash := h.keep(t, random(1, 200<<10))
	h.Damage(t, hash)
	got, _, err := h.read(t, hash)
	if !errors.Is(err, blob.ErrDamaged) || len(got) >= 200<<10 {
		t.Errorf("read %d bytes: %v", len(got), err)
	}
}

func atOnce(t *testing.T, h Harness) {
	data := random(9, 100<<10)
	var done sync.WaitGroup
	failed := make(chan error, 8)
	for range cap(failed) {
		s := h.stage(t, data)
		done.Go(func() { failed <- h.Store.Keep(t.Context(), s) })
	}
	done.Wait()
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Errorf("keep: %v", err)
		}
	}
	for _, info := range h.all(t) {
		if got, _, err := h.read(t, info.Hash); err != nil || !bytes.Equal(got, data) {
			t.Errorf("read %d bytes: %v", len(got), err)
		}
	}
}

func ended(t *testing.T, h Harness) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := h.stage(t, random(3, 1<<20))
	defer s.Discard()
	err := h.Store.Keep(ctx, s)
	for hash := range h.all(t) {
		if _, _, e := h.read(t, hash); e != nil {
			t.Errorf("half a file: %v", e)
		}
	}
	if kept := len(h.all(t)) == 1; kept != (err == nil) {
		t.Errorf("kept: %t, but %v", kept, fmt.Sprint(err))
	}
}
