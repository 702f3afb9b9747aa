package blob

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
)

// session is a life of a process that keeps files on a folder that may fail, and remembers what it was told.
type session struct {
	t     *testing.T
	m     *forgetful
	kept  map[Hash][]byte
	stage *Staging
	disk  *Disk
}

func begin(t *testing.T, m *forgetful) (*session, error) {
	stage, err := newStaging(m, nil)
	if err != nil {
		return nil, err
	}
	return &session{t: t, m: m, kept: map[Hash][]byte{}, stage: stage, disk: NewDisk(stage)}, nil
}

// keep goes through every step that a file takes and notes it when all of them succeeded.
func (s *session) keep(parts ...string) {
	w, err := s.stage.Create(1<<20, 0)
	if err != nil {
		return
	}
	var data []byte
	for _, p := range parts {
		data = append(data, p...)
		if _, err := w.Write([]byte(p)); err != nil {
			w.Discard()
			return
		}
	}
	staged, err := w.Finish()
	if err != nil {
		return
	}
	defer staged.Discard()
	if s.disk.Keep(s.t.Context(), staged) == nil {
		s.kept[staged.Hash()] = data
	}
}

// script keeps files that share bytes, that share a folder, and that do neither.
func (s *session) script() {
	s.keep("um", " dois")
	s.keep("tres")
	s.keep("um dois")
	s.keep("")
	for i := range 20 {
		s.keep(fmt.Sprint(i))
	}
	s.keep("tres")
}

// verify demands that what was kept is there and that nothing else is half there.
func (s *session) verify(what string, kept map[Hash][]byte) {
	s.t.Helper()
	for h, want := range kept {
		f, info, err := s.disk.Open(s.t.Context(), h)
		if err != nil {
			s.t.Fatalf("%s: %q was kept and is gone: %v", what, want, err)
		}
		got, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(got, want) || info.Size != int64(len(want)) {
			s.t.Fatalf("%s: kept %q, have %q, %v", what, want, got, err)
		}
	}
	err := s.disk.Each(s.t.Context(), func(i Info) error {
		f, _, err := s.disk.Open(s.t.Context(), i.Hash)
		if err == nil {
			_, err = io.Copy(io.Discard, f)
		}
		return err
	})
	if err != nil {
		s.t.Fatalf("%s: a file is not what its name says: %v", what, err)
	}
	if left := len(s.m.now[stagingFolder]); left > 0 {
		s.t.Fatalf("%s: %d staged files are left after a start", what, left)
	}
}

// operations counts those of the whole script.
func operations(t *testing.T) int {
	m := newForgetful()
	s, err := begin(t, m)
	if err != nil {
		t.Fatal(err)
	}
	s.script()
	if len(s.kept) != 23 {
		t.Fatalf("kept %d files", len(s.kept))
	}
	return m.ops
}

func TestWhatWasKeptSurvivesACrashAtEveryStep(t *testing.T) {
	for n := 1; n <= operations(t); n++ {
		for _, after := range []bool{false, true} {
			m := newForgetful()
			m.crashAt, m.after = n, after
			s, err := begin(t, m)
			kept := map[Hash][]byte{}
			if err == nil {
				s.script()
				kept = s.kept
			}
			m.crash()
			again, err := begin(t, m)
			if err != nil {
				t.Fatalf("crash at %d: %v", n, err)
			}
			again.verify(fmt.Sprintf("crash at %d, %t", n, after), kept)
			again.script()
			m.crash()
			if again, err = begin(t, m); err != nil {
				t.Fatal(err)
			}
			again.verify("after another life", kept)
		}
	}
}

func TestAFaultAtAnyStepRefusesAFileAndHarmsNoOther(t *testing.T) {
	for n := 1; n <= operations(t); n++ {
		for _, after := range []bool{false, true} {
			m := newForgetful()
			s, err := begin(t, m)
			if err != nil {
				t.Fatal(err)
			}
			m.failAt, m.after = m.ops+n, after
			s.script()
			m.crash()
			again, err := begin(t, m)
			if err != nil {
				t.Fatal(err)
			}
			again.verify(fmt.Sprintf("fault at %d, %t", n, after), s.kept)
		}
	}
}

// TestTheCrashTestsSeeAMissingSync: a file system without the syncs of a careful Keep loses files here.
func TestTheCrashTestsSeeAMissingSync(t *testing.T) {
	m := newForgetful()
	s, err := begin(t, m)
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.stage.Create(10, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	staged := &Staged{s: s.stage, name: w.name, hash: Hash(w.sum.Sum(nil)), size: 3} // without Finish: not synced
	if err := s.disk.Keep(t.Context(), staged); err != nil {
		t.Fatal(err)
	}
	m.crash()
	f, _, err := s.disk.Open(t.Context(), staged.Hash())
	if err == nil {
		_, err = io.ReadAll(f)
	}
	if !errors.Is(err, ErrDamaged) {
		t.Fatalf("a file that was not synced is whole after a crash: %v", err)
	}
}
