package attach_test

import (
	"errors"
	"testing"
	"time"

	"pronto/dispatch"
	"pronto/internal/attach"
	"pronto/storage"
)

func TestAnOrphanIsRemovedAndWhatAMessageHasStays(t *testing.T) {
	w := newWorld(t)
	orphan, held := w.must("a.png", picture(t, 40, 40)), w.must("b.png", picture(t, 50, 50))
	w.link(held)
	w.pass(attach.OrphanAge - time.Second)
	if done := w.sweep(); done != (attach.Swept{}) || w.files() != 4 {
		t.Errorf("too early: %+v", done)
	}
	w.pass(time.Second)
	if done := w.sweep(); done != (attach.Swept{Linked: 1, Attachments: 1, Files: 2}) || w.files() != 2 {
		t.Errorf("%+v, %d files", done, w.files())
	}
	if _, err := w.db.Attachment(orphan.ID); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the orphan: %v", err)
	}
	w.pass(100 * attach.OrphanAge)
	if done := w.sweep(); done != (attach.Swept{}) || len(w.read(held, true)) == 0 {
		t.Errorf("later: %+v", done)
	}
}

func TestBytesStayAsLongAsAnyAttachmentRefersToThem(t *testing.T) {
	w := newWorld(t)
	first, second := w.must("a.txt", text(50)), w.must("b.txt", text(50))
	w.link(second)
	w.pass(attach.OrphanAge)
	if done := w.sweep(); done.Attachments != 1 || done.Files != 0 {
		t.Errorf("%+v", done)
	}
	if _, err := w.db.Attachment(first.ID); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the orphan: %v", err)
	}
	if got := w.read(second, false); len(got) != 50 {
		t.Errorf("read %d bytes", len(got))
	}
}

func TestAMessageGetsOnlyItsSendersFreshFiles(t *testing.T) {
	w := newWorld(t)
	mine := w.must("a.txt", text(10))
	ids := []dispatch.AttachmentID{mine.ID}
	if err := w.Sendable("agt_1", "cnv_1", ids); err != nil {
		t.Errorf("one's own: %v", err)
	}
	w.refused("somebody else's", w.Sendable("agt_2", "cnv_1", ids), attach.NotFound, "")
	w.refused("nobody's", w.Sendable("", "cnv_1", ids), attach.NotFound, "")
	w.refused("what there is not", w.Sendable("agt_1", "cnv_1", []dispatch.AttachmentID{mine.ID, "att_x"}), attach.NotFound, "")
	var no *attach.Refusal
	if errors.As(w.Sendable("agt_1", "cnv_1", []dispatch.AttachmentID{mine.ID, "att_x"}), &no) && no.At != 1 {
		t.Errorf("at %d", no.At)
	}
	conversation := w.link(mine)
	if err := w.Sendable("agt_1", conversation, ids); err != nil {
		t.Errorf("again in the same conversation: %v", err)
	}
	w.refused("in another", w.Sendable("agt_1", "cnv_2", ids), attach.NotFound, "")
	if err := w.Sendable("agt_1", "", ids); err != nil {
		t.Errorf("a repeated inbound message: %v", err)
	}
	bad := w.must("b.txt", text(11))
	bad.State = storage.AttachmentInfected
	if err := w.db.SaveAttachment(t.Context(), &bad, start); err != nil {
		t.Fatal(err)
	}
	w.refused("infected", w.Sendable("agt_1", "cnv_1", []dispatch.AttachmentID{bad.ID}), attach.NotAvailable, "infected")
	_, err := w.Open(t.Context(), &bad, false)
	w.refused("infected is not served", err, attach.NotAvailable, "infected")
}

// A backup copies the files after the store: what the copied store refers to must not go in between.
func TestFilesThatAreHeldGoWhenTheyAreLetGo(t *testing.T) {
	w := newWorld(t)
	orphan := w.must("a.png", picture(t, 40, 40))
	w.pass(attach.OrphanAge)
	release := w.Hold()
	alsoHeld := w.Hold()
	if done := w.sweep(); done != (attach.Swept{Attachments: 1}) || w.files() != 2 {
		t.Errorf("while they are held: %+v, %d files", done, w.files())
	}
	if _, err := w.db.Attachment(orphan.ID); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the orphan: %v", err)
	}
	again := w.must("b.png", picture(t, 40, 40)) // the same bytes
	release()
	if w.files() != 2 {
		t.Errorf("%d files, and somebody holds them", w.files())
	}
	alsoHeld()
	if w.files() != 2 || len(w.read(again, true)) == 0 {
		t.Errorf("%d files, and they are referred to again", w.files())
	}
	w.pass(attach.OrphanAge)
	release = w.Hold()
	w.sweep()
	release()
	if w.files() != 0 {
		t.Errorf("%d files that nobody wants", w.files())
	}
}
