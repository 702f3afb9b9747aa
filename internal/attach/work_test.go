package attach_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"pronto/internal/attach"
	"pronto/internal/scan"
	"pronto/storage"
)

// judge is a scanner that a test answers for.
type judge struct {
	asked chan string // text of a file that is being looked into
	tell  chan scan.Verdict
	err   func(text string) error
	mu    sync.Mutex
	busy  int
	most  int
}

func newJudge() *judge {
	return &judge{asked: make(chan string, 100), tell: make(chan scan.Verdict, 100)}
}

func (j *judge) Scan(ctx context.Context, file io.Reader) (scan.Verdict, error) {
	j.mu.Lock()
	j.busy++
	j.most = max(j.most, j.busy)
	j.mu.Unlock()
	defer func() {
		j.mu.Lock()
		j.busy--
		j.mu.Unlock()
	}()
	data, err := io.ReadAll(file)
	if err != nil {
		return scan.Verdict{}, err
	}
	j.asked <- string(data)
	if j.err != nil {
		if err := j.err(string(data)); err != nil {
			return scan.Verdict{}, err
		}
	}
	select {
	case v := <-j.tell:
		return v, nil
	case <-ctx.Done():
		return scan.Verdict{}, ctx.Err()
	}
}

func scanned(t *testing.T) (*world, *judge) {
	t.Helper()
	w, j := newWorld(t), newJudge()
	w.scanner = j
	w.restart(1)
	w.run()
	return w, j
}

func TestAFileIsGivenOutOnceItWasFoundClean(t *testing.T) {
	w, j := scanned(t)
	a := w.must("a.txt", []byte("bom"))
	if a.State != storage.AttachmentUploaded {
		t.Errorf("state %s", a.State)
	}
	w.becomes(a.ID, storage.AttachmentScanning)
	if text := <-j.asked; text != "bom" {
		t.Errorf("the scanner got %q", text)
	}
	_, err := w.Open(t.Context(), &a, false)
	w.refused("before it is looked into", err, attach.NotAvailable, "uploaded")
	j.tell <- scan.Verdict{}
	clean := w.becomes(a.ID, storage.AttachmentClean)
	if got := w.read(clean, false); string(got) != "bom" {
		t.Errorf("read %q", got)
	}
}

func TestAnInfectedFileIsNeverGivenOutAndItsBytesGo(t *testing.T) {
	w, j := scanned(t)
	a := w.must("a.png", picture(t, 30, 30))
	<-j.asked
	j.tell <- scan.Verdict{Infected: true, Name: "Eicar"}
	bad := w.becomes(a.ID, storage.AttachmentInfected)
	_, err := w.Open(t.Context(), &bad, false)
	w.refused("infected", err, attach.NotAvailable, "infected")
	_, err = w.Open(t.Context(), &bad, true)
	w.refused("its picture", err, attach.NotAvailable, "infected")
	w.stop()
	if w.files() != 0 || w.records() != 1 {
		t.Errorf("%d files, %d records", w.files(), w.records())
	}
}

func TestEqualBytesOfAnotherAttachmentStay(t *testing.T) {
	w, j := scanned(t)
	first := w.must("a.txt", text(10))
	<-j.asked
	j.tell <- scan.Verdict{}
	first = w.becomes(first.ID, storage.AttachmentClean)
	second := w.must("b.txt", text(10))
	<-j.asked
	j.tell <- scan.Verdict{Infected: true} // the scanner has learned since
	w.becomes(second.ID, storage.AttachmentInfected)
	w.stop()
	if got := w.read(first, false); len(got) != 10 {
		t.Errorf("read %d bytes", len(got))
	}
}

func TestARestartInTheMiddleLooksAgain(t *testing.T) {
	w, j := scanned(t)
	a, b := w.must("a.txt", []byte("a")), w.must("b.txt", []byte("b"))
	<-j.asked
	<-j.asked
	w.restart(1)
	for _, id := range []storage.Attachment{a, b} {
		if got, err := w.db.Attachment(id.ID); err != nil || got.State != storage.AttachmentScanning {
			t.Errorf("after the crash %s, %v", got.State, err)
		}
	}
	w.run()
	j.tell <- scan.Verdict{}
	j.tell <- scan.Verdict{}
	got := []string{<-j.asked, <-j.asked}
	if got[0] == got[1] {
		t.Errorf("looked into %v", got)
	}
	for range 2 {
		if c := <-w.changed; c.State != storage.AttachmentClean {
			t.Errorf("%s is %s", c.Name, c.State)
		}
	}
}

func TestAScannerThatIsAwayIsAskedAgainWithGrowingPauses(t *testing.T) {
	w, j := scanned(t)
	away := errors.New("connection refused")
	j.err = func(string) error { return away }
	a := w.must("a.txt", []byte("x"))
	var pauses []time.Duration
	for range 12 {
		<-j.asked
		at := w.retryAt(a)
		pauses = append(pauses, at.Sub(w.clock()))
		w.pass(at.Sub(w.clock()) - time.Millisecond)
		w.Nudge()
		w.quiet(j)
		w.pass(time.Millisecond)
		w.Nudge()
	}
	for i, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		if pauses[i] != want {
			t.Errorf("pause %d is %s", i, pauses[i])
		}
	}
	if last := pauses[len(pauses)-1]; last != 5*time.Minute {
		t.Errorf("pauses end at %s", last)
	}
	<-j.asked
	w.retryAt(a)
	w.pass(25 * time.Hour)
	w.Nudge()
	<-j.asked
	if bad := w.becomes(a.ID, storage.AttachmentFailed); bad.Reason != attach.ReasonScan {
		t.Errorf("reason %q", bad.Reason)
	}
}

// retryAt waits until a failed attempt is written down, and says when the next one is.
func (w *world) retryAt(a storage.Attachment) time.Time {
	w.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		got, err := w.db.Attachment(a.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		if got.RetryAt.After(w.clock()) {
			return got.RetryAt
		}
	}
	w.t.Fatal("the attempt was not written down")
	return time.Time{}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// quiet demands that the scanner is not asked: a whole round passes, which a second nudge waits for.
func (w *world) quiet(j *judge) {
	w.t.Helper()
	w.Nudge()
	w.Nudge()
	select {
	case text := <-j.asked:
		w.t.Fatalf("asked too early about %q", text)
	default:
	}
}

func TestAFileThatTheScannerDoesNotTakeFails(t *testing.T) {
	w, j := scanned(t)
	j.err = func(text string) error {
		if text == "grande" {
			return fmt.Errorf("%w: too large", scan.ErrUnfit)
		}
		return nil
	}
	bad, good := w.must("a.txt", []byte("grande")), w.must("b.txt", []byte("pequeno"))
	j.tell <- scan.Verdict{}
	w.becomes(good.ID, storage.AttachmentClean)
	got, err := w.db.Attachment(bad.ID)
	for deadline := time.Now().Add(10 * time.Second); got.State != storage.AttachmentFailed && time.Now().Before(deadline); {
		got, err = w.db.Attachment(bad.ID)
	}
	if err != nil || got.State != storage.AttachmentFailed || got.Reason != attach.ReasonScan || len(got.Hash) != 0 {
		t.Errorf("%+v %v", got, err)
	}
}

func TestOnlyAFewAreLookedIntoAtOnceAndAllAreInTheEnd(t *testing.T) {
	w, j := scanned(t)
	const all = 30
	for i := range all {
		w.must("x.txt", []byte(fmt.Sprint(i)))
	}
	for range 4 {
		<-j.asked
	}
	for range all {
		j.tell <- scan.Verdict{}
	}
	for clean := 0; clean < all; {
		if a := <-w.changed; a.State == storage.AttachmentClean {
			clean++
		}
	}
	if j.most != 4 {
		t.Errorf("%d at once", j.most)
	}
}

func TestWithTheScannerSwitchedOffWhatWaitedIsClean(t *testing.T) {
	w, j := scanned(t)
	a := w.must("a.txt", []byte("x"))
	<-j.asked
	w.scanner = nil
	w.restart(1)
	w.run()
	w.becomes(a.ID, storage.AttachmentClean)
}

func TestAFullDiskDoesNotLoseAVerdict(t *testing.T) {
	w, j := scanned(t)
	a := w.must("a.txt", []byte("x"))
	<-j.asked
	w.restart(1 << 62)
	w.run()
	j.tell <- scan.Verdict{}
	<-j.asked // it is looked into again, and the verdict cannot be written
	w.restart(1)
	w.run()
	j.tell <- scan.Verdict{}
	w.becomes(a.ID, storage.AttachmentClean)
	if !bytes.Equal(w.read(w.stored(a), false), []byte("x")) {
		t.Error("the file is gone")
	}
}

func (w *world) stored(a storage.Attachment) storage.Attachment {
	w.t.Helper()
	got, err := w.db.Attachment(a.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}
