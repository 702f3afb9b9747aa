package storage

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"pronto/dispatch"
)

// answeredStep makes a step of a command durable together with its answer, as an actor does.
func (w *typedWorld) answeredStep(m dispatch.Message, cause dispatch.Cause) dispatch.Reply {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	out, err := w.c.Step(w.now, dispatch.Envelope{Message: m, Cause: cause, From: dispatch.AgentID("agt_1").Address()})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range out.Sends {
		if a, ok := e.Message.(dispatch.Answer); ok {
			kept := dispatch.CommandAnswered{Cause: cause, Reply: a.Reply, At: w.now}
			w.c.Snapshot().Apply(kept)
			out.Records = append(out.Records, kept)
			err = w.db.SaveConversation(w.t.Context(), SaveConversation{Now: w.now, State: w.c.Snapshot(), Records: out.Records, Rows: &w.rows})
			if err != nil {
				w.t.Fatal(err)
			}
			return a.Reply
		}
	}
	w.t.Fatalf("%T has no answer", m)
	return nil
}

func TestAnAnswerThatRepeatsItsMessageIsStoredOnceAndReadWhole(t *testing.T) {
	fs := vfs.NewMem()
	db := openTyped(t, fs)
	w := newTypedWorld(t, db, dispatch.ConversationID(dispatch.FormatID("cnv", at0, 7, 1)))
	w.toActive()
	cause := dispatch.Cause{Principal: "agt_1", Command: "c1", Hash: 9}
	text := strings.Repeat("um texto longo ", 20)
	want := w.answeredStep(dispatch.SendMessage{
		ID: "msg_s", By: dispatch.Actor{Agent: "agt_1"}, Author: dispatch.Author{Kind: dispatch.AuthorAgent, ID: "agt_1"}, Text: text,
	}, cause)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openTyped(t, fs)
	defer db.Close()
	got, ok, err := db.Answer("agt_1", "c1")
	if err != nil || !ok || got.Cause != cause {
		t.Fatalf("answer %+v, %t, %v", got, ok, err)
	}
	if !reflect.DeepEqual(want, got.Reply) {
		t.Errorf("the repeated command would get %+v, first got %+v", got.Reply, want)
	}
	events, err := db.Events(string(w.c.Snapshot().ID), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	copies := 0
	for _, e := range events {
		copies += bytes.Count(e.Data, []byte(text))
	}
	if copies != 1 {
		t.Errorf("the text is stored in %d events, want one", copies)
	}
}

// storedAnswer is what is stored of a reply that comes after the records, which lead to the state.
func storedAnswer(t *testing.T, s *dispatch.ConversationSnapshot, reply dispatch.Reply, records ...dispatch.Record) answered {
	t.Helper()
	w := SaveConversation{State: s, Records: append(records, dispatch.CommandAnswered{Reply: reply, At: at0})}
	e, err := new(saving).fact(&w, len(records))
	if err != nil {
		t.Fatal(err)
	}
	a, err := decodeAnswered(e.Data)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Each field counts: a reply that differs in any of them is stored itself.
func TestAnAnswerThatDiffersFromItsMessageIsStoredItself(t *testing.T) {
	var whole dispatch.Chat
	sample(reflect.ValueOf(&whole).Elem(), 0)
	if same := whole; !sameChat(&whole, &same) {
		t.Fatal("a message differs from itself")
	}
	for i := range reflect.TypeFor[dispatch.Chat]().NumField() {
		other := whole
		f := reflect.ValueOf(&other).Elem().Field(i)
		f.SetZero()
		name := reflect.TypeFor[dispatch.Chat]().Field(i).Name
		if sameChat(&whole, &other) {
			t.Errorf("sameChat does not compare %s", name)
		}
		a := storedAnswer(t, &dispatch.ConversationSnapshot{ID: "cnv_1", Version: 2}, dispatch.ReplyMessage{Conversation: "cnv_1", Message: other}, dispatch.MessageAppended{Message: whole})
		if reply, _ := a.Answered.Reply.(dispatch.ReplyMessage); a.Back != 0 || !reflect.DeepEqual(reply.Message, other) {
			t.Errorf("without %s: %d back, %+v", name, a.Back, reply)
		}
	}
}

func TestAnswersToCommandsOfOtherConversationsAreStoredThemselves(t *testing.T) {
	chat := dispatch.Chat{ID: "msg_1", Seq: 1, At: at0}
	a := storedAnswer(t, &dispatch.ConversationSnapshot{ID: "cnv_1", Version: 2}, dispatch.ReplyMessage{Conversation: "cnv_2", Message: chat}, dispatch.MessageAppended{Message: chat})
	if a.Back != 0 || a.Answered.Reply == nil {
		t.Errorf("%d back, %v", a.Back, a.Answered.Reply)
	}
}

func TestAnArenaKeepsWhatWasTaken(t *testing.T) {
	var a arena
	for round := range 3 {
		var taken [][]byte
		var want []string
		for i := range 500 {
			s := fmt.Sprint(round, strings.Repeat("x", i%97), i)
			taken, want = append(taken, a.string(s)), append(want, s)
			if i%3 == 0 {
				taken = append(taken, a.take(append(a.room(), strings.Repeat("y", i)...)))
				want = append(want, strings.Repeat("y", i))
			}
			_ = append(taken[0], "over the end"...) // must not reach the next
		}
		for i := range taken {
			if string(taken[i]) != want[i] {
				t.Fatalf("round %d: %q became %q", round, want[i], taken[i])
			}
		}
		a.reset()
	}
}
