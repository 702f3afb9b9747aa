package attach_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"strings"
	"sync"
	"testing"

	"pronto/internal/attach"
	"pronto/internal/blob"
	"pronto/storage"
)

func TestAFileIsKeptAsItIsAndAPictureIsDrawnAnew(t *testing.T) {
	w := newWorld(t)
	note := w.must("../recado.exe", []byte("bom dia"))
	if note.Name != "recado.exe.txt" || note.Type != "text/plain" || note.Size != 7 || note.State != storage.AttachmentClean || note.Uploader != "agt_1" {
		t.Errorf("%+v", note)
	}
	if got := w.read(note, false); string(got) != "bom dia" {
		t.Errorf("read %q", got)
	}
	raw := append(picture(t, 700, 400), "segredo depois do fim"...)
	pic := w.must("foto", raw)
	if pic.Name != "foto.png" || pic.Type != "image/png" || pic.Width != 700 || pic.Height != 400 {
		t.Errorf("%+v", pic)
	}
	for _, little := range []bool{false, true} {
		got := w.read(pic, little)
		if _, _, err := image.DecodeConfig(bytes.NewReader(got)); err != nil || bytes.Contains(got, []byte("segredo")) {
			t.Errorf("little %t: %v", little, err)
		}
	}
	again, err := w.db.Attachment(pic.ID)
	if err != nil || again.Version != 1 || again.Name != pic.Name {
		t.Errorf("stored %+v %v", again, err)
	}
	if _, err := w.Open(t.Context(), &note, true); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("small picture of a text: %v", err)
	}
}

func TestEqualFilesAreStoredOnce(t *testing.T) {
	w := newWorld(t)
	a, b := w.must("a.txt", text(1000)), w.must("b.txt", text(1000))
	if a.ID == b.ID || w.files() != 1 || w.records() != 2 {
		t.Errorf("%d files of %d attachments", w.files(), w.records())
	}
}

func TestWhatIsNotTakenIsRefusedWithItsReason(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		data   []byte
		why    attach.Why
		detail string
	}{
		"empty":                 {nil, attach.Empty, ""},
		"a page":                {[]byte("<!DOCTYPE html><script>"), attach.TypeRefused, attach.DetailNotAllowed},
		"a program":             {append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 64)...), attach.TypeRefused, attach.DetailNotAllowed},
		"too large":             {text(1<<20 + 1), attach.TooLarge, ""},
		"too many pixels":       {picture(t, 1025, 1024), attach.TypeRefused, attach.DetailPixels},
		"half a picture":        {picture(t, 300, 300)[:500], attach.TypeRefused, attach.DetailDamaged},
		"text called a picture": {[]byte("\x89PNG\r\n\x1a\n not"), attach.TypeRefused, attach.DetailDamaged},
	} {
		_, err := w.upload(name+".png", c.data)
		w.refused(name, err, c.why, c.detail)
	}
	_, err := w.Upload(t.Context(), attach.Upload{Expect: 1<<20 + 1, Body: unread{t}})
	w.refused("too large by its word", err, attach.TooLarge, "")
	if w.files() != 0 || w.records() != 0 {
		t.Errorf("%d files, %d records are left", w.files(), w.records())
	}
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestABrokenBodyLeavesNothing(t *testing.T) {
	w := newWorld(t)
	broken := errors.New("connection reset")
	for _, n := range []int{0, 10, 64 << 10, 200 << 10} {
		body := io.MultiReader(bytes.NewReader(text(n)), failing{broken})
		if _, err := w.Upload(t.Context(), attach.Upload{Name: "x", Body: body}); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
	if w.files() != 0 || w.records() != 0 {
		t.Errorf("%d files, %d records are left", w.files(), w.records())
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestAnUploadCanBeEndedOnceItsBytesAreKnown(t *testing.T) {
	w := newWorld(t)
	seen := errors.New("seen before")
	var sums []blob.Hash
	for range 2 {
		_, err := w.Upload(t.Context(), attach.Upload{Name: "x", Body: bytes.NewReader(picture(t, 50, 50)), Confirm: func(sent blob.Hash) error {
			sums = append(sums, sent)
			return seen
		}})
		if !errors.Is(err, seen) {
			t.Errorf("got %v", err)
		}
	}
	if len(sums) != 2 || sums[0] != sums[1] || w.files() != 0 || w.records() != 0 {
		t.Errorf("%v, %d files, %d records", sums, w.files(), w.records())
	}
}

func TestTheQuotaCountsWhatIsStored(t *testing.T) {
	w := newWorld(t)
	w.must("before.txt", text(400))
	w.limits.QuotaBytes = 1000
	w.must("a.txt", text(500))
	_, err := w.upload("b.txt", text(101))
	w.refused("over the quota", err, attach.OverQuota, "")
	last := w.must("c.txt", text(100))
	_, err = w.upload("d.txt", text(1))
	w.refused("a full quota", err, attach.OverQuota, "")
	w.pass(attach.OrphanAge)
	w.link(last)
	w.sweep()
	w.must("e.txt", text(900))
	_, err = w.upload("f.txt", text(1))
	w.refused("full again", err, attach.OverQuota, "")
	w.restart(1)
	_, err = w.upload("f.txt", text(1))
	w.refused("after a restart", err, attach.OverQuota, "")
}

func TestManyAtOnceDoNotPassTheQuotaTogether(t *testing.T) {
	w := newWorld(t)
	w.limits.QuotaBytes = 1000
	var wait sync.WaitGroup
	var mu sync.Mutex
	taken := 0
	for i := range 20 {
		wait.Go(func() {
			if _, err := w.upload("x.txt", []byte(strings.Repeat(fmt.Sprint(i%10), 100))); err == nil {
				mu.Lock()
				taken++
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	if taken != 10 {
		t.Errorf("%d of 100 bytes were taken", taken)
	}
}

func TestAFullDiskRefusesFilesAndServesThem(t *testing.T) {
	w := newWorld(t)
	a := w.must("a.txt", text(100))
	w.restart(1 << 62)
	_, err := w.upload("b.txt", text(100))
	w.refused("a full disk", err, attach.NoRoom, "")
	if got := w.read(a, false); len(got) != 100 {
		t.Errorf("read %d bytes", len(got))
	}
	w.restart(1)
	w.must("b.txt", text(100))
}

func TestAFaultBetweenTheStepsLeavesOnlyWhatASweepRemoves(t *testing.T) {
	raw := picture(t, 400, 400)
	for _, after := range []bool{false, true} {
		for failAt := 1; failAt <= 2; failAt++ {
			w := newWorld(t)
			other := w.must("outro.txt", text(10))
			w.link(other)
			w.blobs.failAt, w.blobs.after = int(w.blobs.kept.Load())+failAt, after
			if _, err := w.upload("foto.png", raw); !errors.Is(err, errFault) {
				t.Fatalf("fault at file %d: %v", failAt, err)
			}
			if w.records() != 1 {
				t.Errorf("fault at file %d: a record was made", failAt)
			}
			w.restart(1) // a crash at this point: what was staged is gone, what was kept is garbage
			w.pass(2 * attach.OrphanAge)
			w.sweep()
			if w.files() != 1 || len(w.read(other, false)) != 10 {
				t.Errorf("fault at file %d, after %t: %d files are left", failAt, after, w.files())
			}
			w.must("foto.png", raw)
		}
	}
}
