package storage

import (
	"encoding/binary"
	"reflect"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"pronto/dispatch"
)

// quietWorld has a conversation whose owner and contact may be silent for a while.
func quietWorld(t *testing.T, db *DB, nudge time.Duration) *typedWorld {
	w := newTypedWorld(t, db, dispatch.ConversationID(dispatch.FormatID("cnv", at0, 7, 1)))
	w.c.SetRules(dispatch.Rules{OfferTime: time.Minute, AgentNudge: nudge, Inactivity: dispatch.Inactivity{CloseAfter: time.Hour}})
	return w
}

func (w *typedWorld) answers() {
	w.step(dispatch.SendMessage{ID: "msg_s", By: dispatch.Actor{Agent: "agt_1"}, Author: dispatch.Author{Kind: dispatch.AuthorAgent}, Text: "claro"})
}

// wake wakes the conversation, loaded anew, for nothing.
func (w *typedWorld) wake(after time.Duration) {
	w.t.Helper()
	s, rows, err := w.db.LoadConversation(w.c.Snapshot().ID)
	if err != nil || !reflect.DeepEqual(rows, w.rows) {
		w.t.Fatalf("loaded %+v, %v; has %+v", rows, err, w.rows)
	}
	w.c, w.now = dispatch.NewConversation(s), w.now.Add(after)
	w.step(dispatch.Wake{})
}

// due reads the deadline rows.
func (w *typedWorld) due() (all []time.Time) {
	w.t.Helper()
	err := w.db.Deadlines(w.now.Add(24*time.Hour), 0, func(_ dispatch.ConversationID, at time.Time) error {
		all = append(all, at)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *typedWorld) wantDue(what string, want ...time.Time) {
	w.t.Helper()
	if got := w.due(); !reflect.DeepEqual(got, want) {
		w.t.Errorf("%s: woken at %v, want %v", what, got, want)
	}
	if rep, err := w.db.VerifyStates(w.t.Context()); err != nil || len(rep.Problems) > 0 {
		w.t.Errorf("%s: %v %v", what, rep.Problems, err)
	}
}

func TestTheDeadlineRowStandsUntilItsTimeComesOrTheDeadlineComesBefore(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	w := quietWorld(t, db, 2*time.Minute)
	offer := w.now.Add(time.Second + time.Minute)
	w.toActive()
	w.wantDue("the offer was accepted", offer)
	w.answers()
	if close := w.c.Snapshot().Deadline(); close.Sub(w.now) != time.Hour {
		t.Fatalf("closed at %v", close)
	}
	w.wantDue("the deadline moved to later", offer)
	w.now = offer
	w.answers()
	close := w.c.Snapshot().Deadline()
	w.wantDue("the row's time has come", close)
	w.answers()
	w.wantDue("the deadline moved to later again", close)
	w.step(dispatch.ReceiveMessage{Inbound: inbound("x", "?")})
	w.wantDue("the deadline came nearer", w.c.Snapshot().Deadline())
	w.step(dispatch.CloseConversation{By: dispatch.Actor{Agent: "agt_1"}, Script: &dispatch.ScriptAnswer{Reason: "r"}})
	w.wantDue("it is over")
}

func TestWhoIsWokenForNothingIsWokenOnce(t *testing.T) {
	for _, deadline := range []bool{true, false} {
		db := openTyped(t, vfs.NewMem())
		w := quietWorld(t, db, 0)
		offer := w.now.Add(time.Second + time.Minute)
		w.toActive()
		var want []time.Time
		if deadline {
			w.answers()
			want = []time.Time{w.c.Snapshot().Deadline()}
		}
		w.wake(0)
		w.wantDue("woken too early", offer)
		for i, changes := range []uint64{1, 0, 0} {
			before := db.Stats().Changes
			w.wake(time.Minute)
			if n := db.Stats().Changes - before; n != changes {
				t.Errorf("wake-up %d: %d changes", i, n)
			}
			w.wantDue("woken for nothing", want...)
		}
		db.Close()
	}
}

func TestWhoIsWokenForNothingWaitsForRoomOnTheDisk(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	w := quietWorld(t, db, 0)
	w.toActive()
	want := w.due()
	db.full.Store(true)
	w.wake(time.Minute)
	db.full.Store(false)
	w.wantDue("the disk was full", want...)
	w.wake(0)
	w.wantDue("there is room again")
}

func TestDeadlineRowsOfFormat1AreWhereTheDeadlineIs(t *testing.T) {
	fs := vfs.NewMem()
	db := openTyped(t, fs)
	w := quietWorld(t, db, 0)
	w.step(dispatch.Reserved{Offer: "off_1", Agent: "agt_1", Ticket: 1, Until: w.now.Add(time.Minute), Kind: dispatch.OfferFromQueue})
	want := w.due()
	err := db.write(func(b *pebble.Batch) error {
		key := appendSpaceKey(nil, spaceIndex, rowKey(rowState, string(dispatch.ConversationOffered), string(w.c.Snapshot().ID)))
		if err := b.Set(key, []byte{7}, nil); err != nil {
			return err
		}
		return b.Set(metaKey(metaFormat), []byte{1, 0, 0, 0}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	w.db = openTyped(t, fs)
	defer w.db.Close()
	if v, err := w.db.e.get(w.db.e.p, metaKey(metaFormat)); err != nil || binary.LittleEndian.Uint32(v) != FormatVersion {
		t.Errorf("format %x, %v: an older release would read it", v, err)
	}
	w.wantDue("as it was", want...)
	s, rows, err := w.db.LoadConversation(w.c.Snapshot().ID)
	if err != nil {
		t.Fatal(err)
	}
	w.c, w.rows = dispatch.NewConversation(s), rows
	w.step(dispatch.LeaveConversation{})
	w.wantDue("it is over")
}

func TestARowThatWakesTooLateIsAProblem(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	w := quietWorld(t, db, 0)
	w.toActive()
	w.answers()
	id := w.c.Snapshot().ID
	late := wakeUp{at: w.c.Snapshot().Deadline().UnixMilli() + 1}
	a := new(arena)
	c := Change{Shard: Shard(dispatch.PartitionOf(string(id)).Shard()), Time: w.now, Set: a.deadlineRow(nil, string(id), late)}
	c.Set = append(c.Set, a.stateRow(w.c.Snapshot(), late))
	for _, r := range a.deadlineRow(nil, string(id), w.rows.wake) {
		c.Delete = append(c.Delete, r.Key)
	}
	if err := db.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if rep, err := db.VerifyStates(t.Context()); err != nil || len(rep.Problems) != 1 {
		t.Errorf("%v %q", err, rep.Problems)
	}
}
