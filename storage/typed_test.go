package storage

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"pronto/dispatch"
)

var at0 = time.Date(2026, 11, 23, 12, 0, 0, 123e6, time.UTC)

func openTyped(t *testing.T, fs vfs.FS) *DB {
	t.Helper()
	db, err := Open(Options{Dir: "data", FS: fs, DiskUsage: func() (uint64, uint64, error) { return 1 << 40, 1 << 41, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

type typedWorld struct {
	t    *testing.T
	db   *DB
	c    *dispatch.Conversation
	rows Rows
	now  time.Time
}

func (w *typedWorld) step(m dispatch.Message) {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	out, err := w.c.Step(w.now, dispatch.Envelope{Message: m})
	if err != nil {
		w.t.Fatalf("%T: %v", m, err)
	}
	err = w.db.SaveConversation(context.Background(), SaveConversation{Now: w.now, State: w.c.Snapshot(), Records: out.Records, Rows: &w.rows})
	if err != nil {
		w.t.Fatalf("%T: %v", m, err)
	}
}

func newTypedWorld(t *testing.T, db *DB, id dispatch.ConversationID) *typedWorld {
	w := &typedWorld{t: t, db: db, c: dispatch.NewConversation(dispatch.ConversationSnapshot{ID: id}), now: at0}
	w.step(dispatch.OpenConversation{
		Opened: dispatch.ConversationOpened{
			Channel: "chn_1", Contact: dispatch.Contact{ID: "con_1", Name: "Marina"}, Queue: "que_1", Protocol: "2026-000001",
			Skills: []dispatch.SkillNeed{{ID: "skl_1", MinLevel: 2}}, Attributes: map[string]string{"plan": "gold"},
		},
		First: inbound("wamid.1", "oi"),
	})
	return w
}

func inbound(external, text string) dispatch.InboundChat {
	return dispatch.InboundChat{
		ID: dispatch.MessageID("msg_" + external), External: dispatch.ExternalID(external), Text: text,
		Author: dispatch.Author{Kind: dispatch.AuthorContact, Name: "Marina"},
	}
}

func (w *typedWorld) toActive() {
	w.step(dispatch.Reserved{Offer: "off_1", Agent: "agt_1", Ticket: 1, Until: w.now.Add(time.Minute), Kind: dispatch.OfferFromQueue})
	w.step(dispatch.AcceptOffer{Offer: "off_1", Agent: "agt_1"})
}

func TestLoadedConversationEqualsTheOneInMemoryAfterEveryStep(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	id := dispatch.ConversationID(dispatch.FormatID("cnv", at0, 7, 1))
	w := newTypedWorld(t, db, id)
	check := func() {
		t.Helper()
		s, rows, err := db.LoadConversation(id)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(s, *w.c.Snapshot()) {
			t.Fatalf("loaded state differs:\n%+v\n%+v", s, *w.c.Snapshot())
		}
		if !reflect.DeepEqual(rows.rows, w.rows.rows) || rows.open != w.rows.open || rows.since != w.rows.since {
			t.Fatalf("loaded rows differ:\n%+v\n%+v", rows, w.rows)
		}
	}
	check()
	w.toActive()
	check()
	for i := range 40 {
		w.step(dispatch.ReceiveMessage{Inbound: inbound("x"+string(rune('a'+i)), "mais")})
		w.step(dispatch.SendMessage{ID: "msg_s", By: dispatch.Actor{Agent: "agt_1"}, Author: dispatch.Author{Kind: dispatch.AuthorAgent}, Text: "claro"})
		check()
	}
	w.step(dispatch.ReadMessages{By: dispatch.Actor{Agent: "agt_1"}, Seq: 50})
	w.step(dispatch.CloseConversation{By: dispatch.Actor{Agent: "agt_1"}, Script: &dispatch.ScriptAnswer{Reason: "r", Answers: map[string]string{"q": "a"}}})
	check()
}

func TestMessagesComeInOrderFromAnyPosition(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	w := newTypedWorld(t, db, dispatch.ConversationID(dispatch.FormatID("cnv", at0, 7, 2)))
	w.toActive()
	for range 300 {
		w.step(dispatch.SendMessage{ID: "msg_s", By: dispatch.Actor{Agent: "agt_1"}, Author: dispatch.Author{Kind: dispatch.AuthorAgent}, Text: "claro"})
	}
	for _, after := range []uint64{0, 1, 15, 16, 17, 150, 299, 300} {
		got, err := db.Messages(w.c.Snapshot().ID, after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != int(301-after) || got[0].Seq != after+1 || got[len(got)-1].Seq != 301 {
			t.Fatalf("after %d: %d messages", after, len(got))
		}
	}
	if got, err := db.Messages(w.c.Snapshot().ID, 301, 10); err != nil || len(got) != 0 {
		t.Fatalf("beyond the end: %d, %v", len(got), err)
	}
}

func TestASecondOpenConversationOfAContactIsTaken(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	first := newTypedWorld(t, db, dispatch.ConversationID(dispatch.FormatID("cnv", at0, 7, 3)))
	second := dispatch.NewConversation(dispatch.ConversationSnapshot{ID: dispatch.ConversationID(dispatch.FormatID("cnv", at0, 900, 4))})
	open := dispatch.OpenConversation{
		Opened: dispatch.ConversationOpened{Channel: "chn_1", Contact: dispatch.Contact{ID: "con_1"}, Queue: "que_2", Protocol: "2026-000002"},
		First:  inbound("wamid.2", "oi de novo"),
	}
	out, err := second.Step(at0, dispatch.Envelope{Message: open})
	if err != nil {
		t.Fatal(err)
	}
	var rows Rows
	err = db.SaveConversation(context.Background(), SaveConversation{Now: at0, State: second.Snapshot(), Records: out.Records, Rows: &rows})
	var taken *Taken
	if !errors.As(err, &taken) || string(taken.Value) != string(first.c.Snapshot().ID) {
		t.Fatalf("got %v", err)
	}
	found, err := db.FindArrival("chn_1", "con_1", []dispatch.ContactID{"con_1"}, "wamid.1")
	if err != nil || found.Duplicate == nil || found.Duplicate.Message != "msg_wamid.1" || !found.Duplicate.Created {
		t.Fatalf("duplicate: %+v, %v", found, err)
	}
	first.step(dispatch.LeaveConversation{})
	found, err = db.FindArrival("chn_1", "con_1", []dispatch.ContactID{"con_1"}, "wamid.9")
	if err != nil || found.Open != "" || found.Last != first.c.Snapshot().ID {
		t.Fatalf("after the end: %+v, %v", found, err)
	}
}

func TestWhatArrivedIsReadByItsExternalID(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	w := newTypedWorld(t, db, dispatch.ConversationID(dispatch.FormatID("cnv", at0, 7, 6)))
	stored, err := db.Messages(w.c.Snapshot().ID, 0, 1)
	if err != nil || len(stored) != 1 {
		t.Fatalf("stored: %+v, %v", stored, err)
	}
	m, ok, err := db.Arrived("chn_1", "wamid.1")
	if err != nil || !ok || !reflect.DeepEqual(m, stored[0]) {
		t.Fatalf("%+v, %t, %v, not %+v", m, ok, err, stored[0])
	}
	for _, unknown := range []struct {
		channel  dispatch.ChannelID
		external dispatch.ExternalID
	}{{"chn_1", "wamid.9"}, {"chn_2", "wamid.1"}, {"chn_1", ""}} {
		if m, ok, err := db.Arrived(unknown.channel, unknown.external); ok || err != nil {
			t.Errorf("%v: %+v, %v", unknown, m, err)
		}
	}
}

func TestIndexesFollowTheStates(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	w := newTypedWorld(t, db, dispatch.ConversationID(dispatch.FormatID("cnv", at0, 7, 5)))
	tickets, err := db.WaitingIn("que_1")
	if err != nil || len(tickets) != 1 || !reflect.DeepEqual(tickets[0], *w.c.Snapshot().Ticket()) {
		t.Fatalf("waiting: %+v, %v", tickets, err)
	}
	w.step(dispatch.Reserved{Offer: "off_1", Agent: "agt_1", Ticket: 1, Until: w.now.Add(time.Minute), Kind: dispatch.OfferFromQueue})
	tickets, _ = db.WaitingIn("que_1")
	slots, err := db.AgentSlots("agt_1")
	if err != nil || len(tickets) != 0 || len(slots) != 1 || slots[0].Kind != dispatch.SlotOffered {
		t.Fatalf("offered: %+v %+v %v", tickets, slots, err)
	}
	var due []dispatch.ConversationID
	err = db.Deadlines(w.now.Add(time.Hour), 10, func(id dispatch.ConversationID, _ time.Time) error { due = append(due, id); return nil })
	if err != nil || len(due) != 1 {
		t.Fatalf("deadlines: %v %v", due, err)
	}
	w.step(dispatch.AcceptOffer{Offer: "off_1", Agent: "agt_1"})
	slots, err = db.AgentSlots("agt_1")
	if err != nil || len(slots) != 1 || slots[0].Kind != dispatch.SlotOwned {
		t.Fatalf("owned: %+v %v", slots, err)
	}
}

func TestEveryRecordAndReplySurvivesTheCodec(t *testing.T) {
	for _, r := range given(recordTypes[:]) {
		e, err := EncodeFact(r)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeFact(e)
		if err != nil || !reflect.DeepEqual(back, r) {
			t.Errorf("%T: %+v, %v", r, back, err)
		}
	}
	for _, r := range given(replyTypes[:]) {
		a := dispatch.CommandAnswered{Cause: dispatch.Cause{Principal: "agt_1", Command: "c", Hash: 1 << 63}, Reply: r, At: at0}
		e, err := EncodeFact(a)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeFact(e)
		if err != nil || !reflect.DeepEqual(back, a) {
			t.Errorf("%T: %+v, %v", r, back, err)
		}
	}
}
