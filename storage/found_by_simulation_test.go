package storage

import (
	"context"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"pronto/dispatch"
)

func TestRefusalsOfUnknownConversationsDoNotClaimAnything(t *testing.T) {
	db := openTyped(t, vfs.NewMem())
	defer db.Close()
	for i := range uint64(2) {
		s := dispatch.ConversationSnapshot{ID: dispatch.ConversationID(dispatch.FormatID("cnv", at0, 7, i+1))}
		r := dispatch.CommandAnswered{
			Cause: dispatch.Cause{Principal: "agt_1", Command: dispatch.CommandID(s.ID), Hash: 1},
			Err:   &dispatch.Error{Code: dispatch.CodeNotFound}, At: at0,
		}
		s.Apply(r)
		err := db.SaveConversation(context.Background(), SaveConversation{Now: at0, State: &s, Records: []dispatch.Record{r}, Rows: &Rows{}})
		if err != nil {
			t.Fatal(err)
		}
	}
}
