package storage

import (
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"pronto/dispatch"
)

func TestEveryWaitThatEndsIsThereInOrderOverLoadsAndIsVerified(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	id := dispatch.ConversationID(dispatch.FormatID("cnv", at0, 7, 1))
	w := newTypedWorld(t, db, id)
	queue := w.c.Snapshot().Queue
	opened := w.c.Snapshot().QueuedAt
	open := func(queue dispatch.QueueID) (from []time.Time) {
		t.Helper()
		if err := db.OpenWaits(queue, func(at time.Time) { from = append(from, at) }); err != nil {
			t.Fatal(err)
		}
		return from
	}
	if got := open(queue); !slices.Equal(got, []time.Time{opened}) {
		t.Errorf("waits since %v, came %v", got, opened)
	}
	w.step(dispatch.Reserved{Offer: "off_1", Agent: "agt_1", Ticket: 1, Until: w.now.Add(time.Minute), Kind: dispatch.OfferFromQueue})
	if got := open(queue); len(got) != 1 { // offered, it still waits
		t.Errorf("offered: %v", got)
	}
	w.step(dispatch.AcceptOffer{Offer: "off_1", Agent: "agt_1"})
	answered := w.now
	by := dispatch.Actor{Agent: "agt_2", Supervisor: true}
	w.step(dispatch.RequeueConversation{By: by, Queue: "que_other"})
	requeued := w.now
	s, rows, err := db.LoadConversation(id) // as after a crash
	if err != nil {
		t.Fatal(err)
	}
	w.c, w.rows = dispatch.NewConversation(s), rows
	if got := open("que_other"); !slices.Equal(got, []time.Time{requeued}) || len(open(queue)) != 0 {
		t.Errorf("in the other queue since %v, put there at %v", got, requeued)
	}
	w.step(dispatch.LeaveConversation{})
	left := w.now
	check := func() {
		t.Helper()
		for _, c := range []struct {
			queue dispatch.QueueID
			from  time.Time
			want  []dispatch.LoggedWait
		}{
			{queue, answered, []dispatch.LoggedWait{{Conversation: id, EndedWait: dispatch.EndedWait{Queue: queue, From: opened, At: answered, How: dispatch.WaitAnswered}}}},
			{queue, answered.Add(time.Millisecond), nil},
			{"que_other", opened, []dispatch.LoggedWait{{Conversation: id, EndedWait: dispatch.EndedWait{Queue: "que_other", From: requeued, At: left, How: dispatch.WaitAbandoned}}}},
		} {
			if got, err := db.Waits(c.queue, c.from); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%s from %v: %+v, %v; not %+v", c.queue, c.from, got, err, c.want)
			}
		}
		if rep, err := db.VerifyStates(t.Context()); err != nil || len(rep.Problems) != 0 {
			t.Errorf("verify: %+v, %v", rep, err)
		}
	}
	check()

	// A folder of an earlier release has none: they are made from the records, once.
	err = db.write(func(b *pebble.Batch) error {
		if err := b.Delete(metaKey(metaWaits), nil); err != nil {
			return err
		}
		return b.DeleteRange([]byte{spaceIndex, rowWait}, []byte{spaceIndex, rowWait + 1}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if built, err := db.WaitsBuilt(); built || err != nil {
		t.Fatalf("built: %t, %v", built, err)
	}
	if rep, err := db.VerifyStates(t.Context()); err != nil || len(rep.Problems) != 1 {
		t.Errorf("missing rows are not found: %+v, %v", rep, err)
	}
	if err := db.BuildWaits(t.Context()); err != nil {
		t.Fatal(err)
	}
	if built, err := db.WaitsBuilt(); !built || err != nil {
		t.Fatalf("built: %t, %v", built, err)
	}
	check()
}
