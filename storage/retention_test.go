package storage

import (
	"context"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"pronto/dispatch"
)

func TestSweepForgetsAnswersAfterADayAndExternalIDsAfterNine(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	ctx := context.Background()
	c := dispatch.NewConversation(dispatch.ConversationSnapshot{ID: dispatch.ConversationID(dispatch.FormatID("cnv", at0, 900, 1))})
	first := inbound("wamid.1", "oi")
	first.ID = dispatch.MessageID(dispatch.FormatID("msg", at0, 900, 2))
	out, err := c.Step(at0, dispatch.Envelope{Message: dispatch.OpenConversation{
		Opened: dispatch.ConversationOpened{Channel: "chn_1", Contact: dispatch.Contact{ID: "con_1"}, Queue: "que_1", Protocol: "2026-000001"}, First: first,
	}})
	if err != nil {
		t.Fatal(err)
	}
	answered := dispatch.CommandAnswered{Cause: dispatch.Cause{Principal: "agt_1", Command: "c1", Hash: 1}, Reply: dispatch.Done{}, At: at0}
	c.Snapshot().Apply(answered)
	var rows Rows
	save := SaveConversation{Now: at0, State: c.Snapshot(), Records: append(out.Records, answered), Rows: &rows}
	if err := db.SaveConversation(ctx, save); err != nil {
		t.Fatal(err)
	}
	if err := db.KeepAnswer(ctx, at0, "agt_1", "key", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	known := func(after time.Duration) (answer, kept, external bool) {
		t.Helper()
		if _, err := db.Sweep(ctx, at0.Add(after)); err != nil {
			t.Fatal(err)
		}
		_, answer, err := db.Answer("agt_1", "c1")
		if err != nil {
			t.Fatal(err)
		}
		_, kept, err = db.KeptAnswer("agt_1", "key")
		if err != nil {
			t.Fatal(err)
		}
		f, err := db.FindArrival("chn_1", "con_1", []dispatch.ContactID{"con_1"}, "wamid.1")
		if err != nil {
			t.Fatal(err)
		}
		return answer, kept, f.Duplicate != nil
	}
	if a, k, e := known(23 * time.Hour); !a || !k || !e {
		t.Errorf("within a day: %v %v %v", a, k, e)
	}
	if a, k, e := known(25 * time.Hour); a || k || !e {
		t.Errorf("after a day: %v %v %v", a, k, e)
	}
	if _, _, e := known(10 * 24 * time.Hour); e {
		t.Error("after nine days the external id is still known")
	}
	if rep, err := db.Verify(ctx, nil); err != nil || rep.Bad > 0 {
		t.Errorf("verify: %v %v", rep.Problems, err)
	}
}
