package attach_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"pronto/dispatch"
	"pronto/internal/attach"
	"pronto/internal/blob"
	"pronto/internal/scan"
	"pronto/storage"
)

// world is a service over real storage and a real folder, with a clock of its own.
type world struct {
	*attach.Service
	t      *testing.T
	db     *storage.DB
	blobs  *faulty
	dir    string
	mu     sync.Mutex
	now    time.Time
	limits attach.Limits
	ids    uint64

	scanner scan.Scanner // of the next life
	changed chan storage.Attachment
	stop    func() // ends Run and waits for it
}

// faulty fails the n-th file that it is asked to keep, before or after it did.
type faulty struct {
	blob.Store
	failAt int
	after  bool
	kept   atomic.Int64
}

var errFault = errors.New("injected fault")

func (f *faulty) Keep(ctx context.Context, s *blob.Staged) error {
	if f.kept.Add(1) != int64(f.failAt) {
		return f.Store.Keep(ctx, s)
	}
	if f.after {
		_ = f.Store.Keep(ctx, s)
	}
	return errFault
}

var start = time.Now().UTC().Truncate(time.Millisecond)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: start, limits: attach.Limits{MaxBytes: 1 << 20, MaxPixels: 1 << 20, Types: []string{"image/*", "text/plain", "application/pdf"}}}
	w.open(1)
	return w
}

// open starts a life of the service on what is on disk.
func (w *world) open(minFree uint64) {
	w.t.Helper()
	db, err := storage.Open(storage.Options{Dir: filepath.Join(w.dir, "store"), MinFreeBytes: minFree, MinFreePercent: 1})
	if err != nil {
		w.t.Fatal(err)
	}
	staging, err := blob.OpenStaging(blob.StagingOptions{Dir: filepath.Join(w.dir, "files"), Room: func(n int64) error {
		if db.Room(uint64(n)) != nil {
			return blob.ErrNoRoom
		}
		return nil
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = db.Close(); _ = staging.Close() })
	w.db, w.blobs = db, &faulty{Store: blob.NewDisk(staging)}
	w.changed = make(chan storage.Attachment, 100)
	w.Service = attach.New(attach.Options{
		Scanner: w.scanner, Changed: func(a *storage.Attachment) { w.changed <- *a },
		DB: db, Blobs: w.blobs, Staging: staging, Log: zerolog.Nop(),
		Limits: func() attach.Limits { w.mu.Lock(); defer w.mu.Unlock(); return w.limits },
		Now:    func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now },
		NewID: func() dispatch.AttachmentID {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.ids++
			return dispatch.AttachmentID(dispatch.FormatID("att", w.now, dispatch.Partition(w.ids*64), w.ids))
		},
	})
}

// run does what is to be done about files, until the next restart or the end of the test.
func (w *world) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		w.Run(ctx)
		close(ended)
	}()
	w.stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	w.t.Cleanup(w.stop)
}

// becomes waits until the attachment is told to be in a state.
func (w *world) becomes(id dispatch.AttachmentID, state storage.AttachmentState) storage.Attachment {
	w.t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		select {
		case a := <-w.changed:
			if a.ID == id && a.State == state {
				return a
			}
		case <-timeout:
			a, err := w.db.Attachment(id)
			w.t.Fatalf("%s does not become %s: %+v %v", id, state, a, err)
		}
	}
}

// restart is what a crash leaves, and the next start.
func (w *world) restart(minFree uint64) {
	w.t.Helper()
	if w.stop != nil {
		w.stop()
	}
	if err := w.db.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open(minFree)
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) upload(name string, data []byte) (storage.Attachment, error) {
	return w.Upload(w.t.Context(), attach.Upload{Uploader: "agt_1", Name: name, Body: bytes.NewReader(data)})
}

func (w *world) must(name string, data []byte) storage.Attachment {
	w.t.Helper()
	a, err := w.upload(name, data)
	if err != nil {
		w.t.Fatalf("upload %s: %v", name, err)
	}
	return a
}

func (w *world) refused(what string, err error, why attach.Why, detail string) {
	w.t.Helper()
	var no *attach.Refusal
	if !errors.As(err, &no) || no.Why != why || no.Detail != detail {
		w.t.Errorf("%s: %v, not %s %s", what, err, why, detail)
	}
}

// files counts what is stored.
func (w *world) files() int {
	w.t.Helper()
	n := 0
	if err := w.blobs.Each(w.t.Context(), func(blob.Info) error { n++; return nil }); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) records() int {
	w.t.Helper()
	n, _, err := w.db.AttachmentUse()
	if err != nil {
		w.t.Fatal(err)
	}
	return int(n)
}

func (w *world) sweep() attach.Swept {
	w.t.Helper()
	done, err := w.Sweep(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return done
}

func (w *world) read(a storage.Attachment, little bool) []byte {
	w.t.Helper()
	f, err := w.Open(w.t.Context(), &a, little)
	if err != nil {
		w.t.Fatalf("open %s: %v", a.Name, err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(f)
	if err != nil {
		w.t.Fatal(err)
	}
	return data
}

// link makes a conversation whose message has the attachment.
func (w *world) link(a storage.Attachment) dispatch.ConversationID {
	w.t.Helper()
	w.ids++
	id := dispatch.ConversationID(dispatch.FormatID("cnv", start, 0, w.ids))
	s := dispatch.ConversationSnapshot{ID: id}
	records := []dispatch.Record{
		dispatch.ConversationOpened{ID: id, Channel: "chn_1", Contact: dispatch.Contact{ID: dispatch.ContactID("con" + id)}, Queue: "que_1", Protocol: "2026-1" + string(id[len(id)-1]), Weight: 1, At: start},
		dispatch.MessageAppended{Message: dispatch.Chat{ID: "msg_1", Seq: 1, Author: dispatch.Author{Kind: dispatch.AuthorContact}, Attachments: []dispatch.AttachmentID{a.ID}, At: start}},
	}
	for _, r := range records {
		s.Apply(r.(dispatch.ConversationRecord))
	}
	if err := w.db.SaveConversation(w.t.Context(), storage.SaveConversation{Now: start, State: &s, Records: records, Rows: &storage.Rows{}}); err != nil {
		w.t.Fatal(err)
	}
	return id
}

func picture(t *testing.T, w, h int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = byte(i%251) | 1
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func text(n int) []byte { return []byte(strings.Repeat("x", n)) }
