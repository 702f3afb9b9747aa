package storage

import (
	"reflect"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"pronto/dispatch"
)

// What closes a conversation, and what says nothing new, are answered with its head, which is read again from its records.
func TestAnAnswerThatTellsTheConversationIsStoredOnceAndReadWhole(t *testing.T) {
	fs := vfs.NewMem()
	db := openTyped(t, fs)
	w := newTypedWorld(t, db, dispatch.ConversationID(dispatch.FormatID("cnv", at0, 7, 1)))
	w.toActive()
	by := dispatch.Actor{Agent: "agt_1"}
	w.step(dispatch.SendMessage{ID: "msg_s", By: by, Author: dispatch.Author{Kind: dispatch.AuthorAgent, ID: "agt_1"}, Text: "um texto longo"})
	want := map[dispatch.CommandID]dispatch.Reply{}
	do := func(command dispatch.CommandID, m dispatch.Message) {
		want[command] = w.answeredStep(m, dispatch.Cause{Principal: "agt_1", Command: command})
	}
	do("tag", dispatch.TagConversation{By: by, Add: []string{"vip"}})
	do("tag again", dispatch.TagConversation{By: by, Add: []string{"vip"}})
	for i := range 2 * snapshotEvery {
		w.step(dispatch.SendMessage{ID: dispatch.MessageID(rune('a' + i)), By: by, Author: dispatch.Author{Kind: dispatch.AuthorAgent, ID: "agt_1"}, Text: "mais"})
	}
	do("close", dispatch.CloseConversation{By: by, Script: &dispatch.ScriptAnswer{Reason: "rsn_1", Resolved: true, Answers: map[string]string{"q": "a"}}})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openTyped(t, fs)
	defer db.Close()
	for command, reply := range want {
		got, ok, err := db.Answer("agt_1", command)
		if err != nil || !ok || !reflect.DeepEqual(reply, got.Reply) {
			t.Errorf("%s repeated would get %+v, first got %+v: %v", command, got.Reply, reply, err)
		}
	}
	events, err := db.Events(string(w.c.Snapshot().ID), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	answers := 0
	for _, e := range events {
		if e.Type == typeCommandAnswered {
			answers++
			if a, err := decodeAnswered(e.Data); err != nil || a.Back != 1 || len(a.Reply) > 0 {
				t.Errorf("answer %d is stored with %d bytes of reply, %d back, %v", e.Ordinal, len(a.Reply), a.Back, err)
			}
		}
	}
	if answers != len(want) {
		t.Errorf("%d answers are stored, want %d", answers, len(want))
	}
}

// Each field counts: a head that differs in any of them from the conversation is stored itself, but for what only the
// configuration knows.
func TestAnAnswerThatDiffersFromItsConversationIsStoredItself(t *testing.T) {
	s := dispatch.ConversationSnapshot{}
	sample(reflect.ValueOf(&s).Elem(), 0)
	s.Version, s.Offer.Kind = 7, dispatch.OfferTransfer
	whole := s.Head()
	whole.Version, whole.ScriptRequired, whole.RatingAsked = 6, true, true
	stored := func(h dispatch.Head) answered {
		return storedAnswer(t, &s, dispatch.ReplyConversation{Head: h}, dispatch.MessagesRead{Seq: 1, At: at0})
	}
	if a := stored(whole); a.Back != 1 || len(a.Reply) > 0 || !a.ScriptRequired || !a.RatingAsked {
		t.Errorf("the head itself: %d back, %d bytes", a.Back, len(a.Reply))
	}
	leaves(reflect.ValueOf(&whole).Elem(), "", func(f reflect.Value, name string) {
		kept := reflect.New(f.Type()).Elem()
		kept.Set(f)
		f.SetZero()
		a := stored(whole)
		reply, _ := a.Answered.Reply.(dispatch.ReplyConversation)
		if name == ".ScriptRequired" || name == ".RatingAsked" {
			if a.Back != 1 || a.ScriptRequired == (name == ".ScriptRequired") {
				t.Errorf("without %s: %d back", name, a.Back)
			}
		} else if a.Back != 0 || !reflect.DeepEqual(reply.Head, whole) {
			t.Errorf("sameHead does not compare %s", name)
		}
		f.Set(kept)
	})
	for name, change := range map[string]func(h *dispatch.Head){
		"another last message": func(h *dispatch.Head) { m := *h.LastMessage; m.Text = "x"; h.LastMessage = &m },
		"another script":       func(h *dispatch.Head) { m := *h.Script; m.Answers = map[string]string{}; h.Script = &m },
		"another rating":       func(h *dispatch.Head) { m := *h.Rating; m.Score++; h.Rating = &m },
		"an earlier version":   func(h *dispatch.Head) { h.Version = 5 },
		"a later version":      func(h *dispatch.Head) { h.Version = 7 },
	} {
		h := whole
		change(&h)
		if a := stored(h); a.Back != 0 || len(a.Reply) == 0 {
			t.Errorf("%s: %d back", name, a.Back)
		}
	}
	equal := whole
	last, script, rating, transfer := *whole.LastMessage, *whole.Script, *whole.Rating, *whole.Transfer
	equal.LastMessage, equal.Script, equal.Rating, equal.Transfer = &last, &script, &rating, &transfer
	if a := stored(equal); a.Back != 1 {
		t.Errorf("what is equal in other memory: %d back", a.Back)
	}
}

// An answer that points at what is not there is damage, not another answer.
func TestAnAnswerThatPointsNowhereIsCorrupt(t *testing.T) {
	db := openMem(t)
	id := dispatch.FormatID("cnv", at0, 7, 1)
	c := Change{Shard: Shard(dispatch.PartitionOf(id).Shard()), Time: at0, Entity: id}
	for i, a := range []answered{{Kind: 2, Back: 9}, {Kind: 2, Back: 1}, {Kind: 3, Back: 1}, {Kind: 4, Back: 1}, {Kind: 200, Back: 1}} {
		a.Answered = dispatch.CommandAnswered{Cause: dispatch.Cause{Principal: "p", Command: dispatch.CommandID(rune('a' + i))}, At: at0}
		raw, err := encode(&a)
		if err != nil {
			t.Fatal(err)
		}
		c.Events = append(c.Events, Event{typeCommandAnswered, raw})
		c.Set = append(c.Set, new(arena).answerRow(a.Answered, id, uint64(i)+1))
	}
	mustCommit(t, db, c)
	for i := range c.Events {
		if i == 1 {
			continue // the version before it is there: the conversation was not opened
		}
		_, ok, err := db.Answer("p", dispatch.CommandID(rune('a'+i)))
		wantErr(t, string(rune('a'+i)), err, ErrCorrupt)
		if ok {
			t.Errorf("answer %d", i)
		}
	}
}

// Rows that earlier releases wrote are read as what they said.
func TestRowsOfEarlierReleasesAreRead(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	id := dispatch.ConversationID(dispatch.FormatID("cnv", at0, 7, 1))
	w := newTypedWorld(t, db, id)
	c := w.c.Snapshot()
	ticket := rowKey(rowWaiting, string(c.Queue), string(id))
	v, err := db.Get(ticket)
	if err != nil {
		t.Fatal(err)
	}
	old := inboundValue{Conversation: id, Message: dispatch.MessageID(dispatch.FormatID("msg", at0, 7, 1)), Created: true, Seq: 3}
	claim, err := encode(&old)
	if err != nil {
		t.Fatal(err)
	}
	answer := new(arena).answerRow(dispatch.CommandAnswered{Cause: dispatch.Cause{Principal: "agt_1", Command: "c"}, At: at0}, string(id), 2)
	if entity, ok := answeredIn(answer.Value); !ok || entity != string(id) || len(answer.Value) > answerHead+14 {
		t.Errorf("an answer's row of %d bytes names %q", len(answer.Value), entity)
	}
	answer.Value = append(answer.Value[:answerHead:answerHead], id...)
	mustCommit(t, db, Change{
		Shard: Shard(dispatch.PartitionOf(string(id)).Shard()), Time: at0,
		Set: []Row{{ticket, plainOf(t, v)}, answer}, Claim: []Claim{{externalKey(c.Channel, "old"), plainOf(t, claim)}},
	})
	if waiting, err := db.WaitingIn(c.Queue); err != nil || len(waiting) != 1 || !reflect.DeepEqual(waiting[0], *c.Ticket()) {
		t.Errorf("waiting: %+v, %v", waiting, err)
	}
	f, err := db.FindArrival(c.Channel, c.Contact.ID, []dispatch.ContactID{c.Contact.ID}, "old")
	if d := f.Duplicate; err != nil || d == nil || d.Conversation != id || d.Message != old.Message || d.Seq != 3 || !d.Created {
		t.Errorf("duplicate: %+v, %v", f.Duplicate, err)
	}
	if v, err := db.Get(answer.Key); err != nil {
		t.Error(err)
	} else if entity, ok := answeredIn(v); !ok || entity != string(id) {
		t.Errorf("answer of %q", entity)
	}
	rep, err := db.VerifyStates(t.Context())
	if err != nil || len(rep.Problems) > 0 {
		t.Errorf("%+v, %v", rep, err)
	}
	if n, err := db.Sweep(t.Context(), at0.Add(ExternalIDsKept+time.Hour)); err != nil || n < 2 {
		t.Errorf("%d swept, %v", n, err)
	}
	if _, ok, err := db.Claimed(externalKey(c.Channel, "old")); err != nil || ok {
		t.Errorf("the old claim is kept: %t, %v", ok, err)
	}
}
