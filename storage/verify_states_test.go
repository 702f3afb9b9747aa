package storage

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"pronto/dispatch"
)

func TestAConversationThatWasReadToItsEndIsNoProblem(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	w := newTypedWorld(t, db, dispatch.ConversationID(dispatch.FormatID("cnv", at0, 7, 1)))
	w.toActive()
	w.step(dispatch.ReadMessages{By: dispatch.Actor{Agent: "agt_1"}, Seq: 1})
	for range 100 { // far enough for a snapshot
		w.step(dispatch.SendMessage{ID: "msg_s", By: dispatch.Actor{Agent: "agt_1"}, Author: dispatch.Author{Kind: dispatch.AuthorAgent}, Text: "claro"})
		rep, err := db.VerifyStates(t.Context())
		if err != nil || rep.Conversations != 1 || len(rep.Problems) > 0 {
			t.Fatalf("%v %+v", err, rep)
		}
	}
}
