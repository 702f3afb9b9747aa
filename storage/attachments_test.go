package storage

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"pronto/dispatch"
)

func attachmentID(n int) dispatch.AttachmentID {
	return dispatch.AttachmentID(dispatch.FormatID("att", testStart.Add(time.Duration(n)*time.Second), dispatch.Partition(n*65), uint64(n)))
}

func saveFile(t *testing.T, db *DB, n int, change func(*Attachment)) Attachment {
	t.Helper()
	a, err := db.Attachment(attachmentID(n))
	if errors.Is(err, ErrNotFound) {
		a = Attachment{ID: attachmentID(n), Name: "a.png", Size: 100, Type: "image/png", Hash: []byte{byte(n), 1}, State: AttachmentUploaded, CreatedAt: testStart}
	} else if err != nil {
		t.Fatal(err)
	}
	change(&a)
	if err := db.SaveAttachment(t.Context(), &a, testStart); err != nil {
		t.Fatal(err)
	}
	return a
}

func none(*Attachment) {}

func listed(t *testing.T, list func(func(dispatch.AttachmentID) error) error) []int {
	t.Helper()
	var out []int
	err := list(func(id dispatch.AttachmentID) error {
		for n := range 100 {
			if attachmentID(n) == id {
				out = append(out, n)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// waiting is WaitingAttachments without its times.
func waiting(db *DB) func(func(dispatch.AttachmentID) error) error {
	return func(fn func(dispatch.AttachmentID) error) error {
		return db.WaitingAttachments(func(id dispatch.AttachmentID, _ time.Time) error { return fn(id) })
	}
}

func TestWhatWaitsSaysUntilWhen(t *testing.T) {
	db := openMem(t)
	saveFile(t, db, 1, none)
	saveFile(t, db, 2, func(a *Attachment) { a.RetryAt = testStart.Add(time.Minute) })
	got := map[dispatch.AttachmentID]time.Time{}
	err := db.WaitingAttachments(func(id dispatch.AttachmentID, at time.Time) error { got[id] = at; return nil })
	if err != nil || !got[attachmentID(1)].Before(testStart) || !got[attachmentID(2)].Equal(testStart.Add(time.Minute)) {
		t.Errorf("%v %v", got, err)
	}
}

func TestAnAttachmentIsReadAsWritten(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	db := openTest(t, o)
	want := saveFile(t, db, 1, func(a *Attachment) {
		a.Thumbnail, a.ThumbnailType, a.Width, a.Height = []byte{9}, "image/jpeg", 10, 20
		a.Uploader, a.Reason, a.Attempts, a.RetryAt = "agt_1", "x", 3, testStart.Add(time.Hour)
		a.Source, a.Linked = &MediaSource{Channel: "chn_1", Media: "m1"}, true
	})
	closeTest(t, db)
	db = openTest(t, o)
	defer closeTest(t, db)
	got, err := db.Attachment(attachmentID(1))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for _, id := range []dispatch.AttachmentID{attachmentID(2), "att_", "", "x\x00y"} {
		if _, err := db.Attachment(id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
	mustVerify(t, db)
}

func TestTheFormatOfAnAttachmentStays(t *testing.T) {
	a := Attachment{
		Name: "a.png", Size: 100, Type: "image/png", Hash: []byte{1, 2}, State: AttachmentClean, Reason: "x", Uploader: "agt_1", Thumbnail: []byte{3},
		ThumbnailType: "image/jpeg", Width: 10, Height: 20, CreatedAt: testStart, Linked: true, Source: &MediaSource{Channel: "chn_1", Media: "m1"},
		Attempts: 3, RetryAt: testStart.Add(time.Hour),
	}
	raw, err := encode(&a)
	if err != nil {
		t.Fatal(err)
	}
	for file, form := range map[string][]byte{"attachment-v1.hex": plainOf(t, raw), "attachment-v2.hex": raw} {
		var got Attachment
		if err := decode(golden(t, file, form), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, got); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
}

func TestIndexesFollowAnAttachment(t *testing.T) {
	db := openMem(t)
	for n := range 4 {
		saveFile(t, db, n, none)
	}
	saveFile(t, db, 1, func(a *Attachment) { a.State = AttachmentScanning })
	saveFile(t, db, 2, func(a *Attachment) { a.State, a.Linked, a.Size = AttachmentClean, true, 50 })
	saveFile(t, db, 3, func(a *Attachment) { a.State, a.Hash = AttachmentInfected, nil })
	if got := listed(t, waiting(db)); !slices.Equal(got, []int{0, 1}) {
		t.Errorf("waiting %v", got)
	}
	if got := listed(t, db.UnlinkedAttachments); !slices.Equal(got, []int{0, 1, 3}) {
		t.Errorf("unlinked %v", got)
	}
	if got := listed(t, db.EachAttachment); !slices.Equal(got, []int{0, 1, 2, 3}) {
		t.Errorf("all %v", got)
	}
	for n, want := range []bool{true, true, true, false} {
		if got, err := db.FileReferred([]byte{byte(n), 1}); err != nil || got != want {
			t.Errorf("file %d: %t %v", n, got, err)
		}
	}
	if n, bytes, err := db.AttachmentUse(); n != 4 || bytes != 250 || err != nil {
		t.Errorf("%d of %d bytes, %v", n, bytes, err)
	}
	gone := saveFile(t, db, 0, none)
	if err := db.RemoveAttachment(t.Context(), &gone, testStart); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]int{"waiting": listed(t, waiting(db)), "all": listed(t, db.EachAttachment)} {
		if slices.Contains(got, 0) {
			t.Errorf("%s still has the removed one", name)
		}
	}
	mustVerify(t, db)
}

// talk opens a conversation whose first message has attachments.
func talk(t *testing.T, db *DB, n int, external string, files ...dispatch.AttachmentID) (*SaveConversation, error) {
	t.Helper()
	id := dispatch.ConversationID(dispatch.FormatID("cnv", testStart, dispatch.Partition(n*64), uint64(n)))
	s := dispatch.ConversationSnapshot{ID: id}
	records := []dispatch.Record{
		dispatch.ConversationOpened{ID: id, Channel: "chn_1", Contact: dispatch.Contact{ID: dispatch.ContactID(fmt.Sprint("con_", n))}, Queue: "que_1", Protocol: fmt.Sprintf("2026-%06d", n), Weight: 1, At: testStart},
		dispatch.MessageAppended{Message: dispatch.Chat{ID: dispatch.MessageID(fmt.Sprint("msg_", n)), Seq: 1, Author: dispatch.Author{Kind: dispatch.AuthorContact}, External: dispatch.ExternalID(external), Attachments: files, At: testStart}},
	}
	for _, r := range records {
		s.Apply(r.(dispatch.ConversationRecord))
	}
	w := &SaveConversation{Now: testStart, State: &s, Records: records, Rows: &Rows{}}
	return w, db.SaveConversation(t.Context(), *w)
}

func TestAnAttachmentIsInOneConversationOnly(t *testing.T) {
	db := openMem(t)
	file, other := attachmentID(1), attachmentID(2)
	saveFile(t, db, 1, none)
	first, err := talk(t, db, 1, "e1", file)
	if err != nil {
		t.Fatal(err)
	}
	if holder, err := db.AttachmentHolder(file); err != nil || holder != first.State.ID {
		t.Errorf("holder %s, %v", holder, err)
	}
	var taken *Taken
	if _, err := talk(t, db, 2, "e2", other, file); !errors.As(err, &taken) || !AttachmentTaken(taken) {
		t.Errorf("in a second conversation: %v", err)
	}
	if holder, err := db.AttachmentHolder(other); err != nil || holder != "" {
		t.Errorf("a refused message holds %s, %v", holder, err)
	}
	// A message that was taken before is told by its own id, whatever else it claims.
	if _, err := talk(t, db, 3, "e1", file); !errors.As(err, &taken) || AttachmentTaken(taken) {
		t.Errorf("a repeated message: %v", err)
	}
	// The same conversation may show it again.
	again := dispatch.MessageAppended{Message: dispatch.Chat{ID: "msg_9", Seq: 2, Author: dispatch.Author{Kind: dispatch.AuthorAgent}, Attachments: []dispatch.AttachmentID{file}, At: testStart}}
	first.Records = []dispatch.Record{again}
	first.State.Apply(again)
	if err := db.SaveConversation(t.Context(), *first); err != nil {
		t.Errorf("in the same conversation: %v", err)
	}
	mustVerify(t, db)
}

func TestARemovedAttachmentAndALateMessageExcludeEachOther(t *testing.T) {
	db := openMem(t)
	held, gone := saveFile(t, db, 1, none), saveFile(t, db, 2, none)
	if _, err := talk(t, db, 1, "e1", held.ID); err != nil {
		t.Fatal(err)
	}
	var taken *Taken
	if err := db.RemoveAttachment(t.Context(), &held, testStart); !errors.As(err, &taken) {
		t.Errorf("one that a conversation has was removed: %v", err)
	}
	if err := db.RemoveAttachment(t.Context(), &gone, testStart); err != nil {
		t.Fatal(err)
	}
	if _, err := talk(t, db, 2, "e2", gone.ID); !errors.As(err, &taken) || !AttachmentTaken(taken) {
		t.Errorf("a message with one that was removed: %v", err)
	}
	if holder, err := db.AttachmentHolder(gone.ID); err != nil || holder != "" {
		t.Errorf("holder %q, %v", holder, err)
	}
	mustVerify(t, db)
}

func TestRoomIsWhatMayStillBeWritten(t *testing.T) {
	o := testOptions(t, vfs.NewMem())
	o.DiskUsage = func() (uint64, uint64, error) { return 10 << 30, 100 << 30, nil }
	db := openTest(t, o)
	defer closeTest(t, db)
	for bytes, want := range map[uint64]error{0: nil, 5 << 30: nil, 5<<30 + 1: ErrReadOnly} {
		if err := db.Room(bytes); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v", bytes, err)
		}
	}
}
