package storage

import (
	"context"
	"slices"
	"testing"

	"pronto/dispatch"
)

func TestDraftsAreTheAgentsOwnAndLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	db := openMem(t)
	save := func(agent dispatch.AgentID, conversation dispatch.ConversationID, text string) {
		t.Helper()
		if err := db.SaveDraft(context.Background(), agent, dispatch.Draft{Conversation: conversation, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	has := func(agent dispatch.AgentID, want ...dispatch.Draft) {
		t.Helper()
		if got, err := db.Drafts(agent); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s has %v, %v; want %v", agent, got, err, want)
		}
	}
	save("agt_1", "cnv_2", "dois")
	save("agt_1", "cnv_1", "um")
	save("agt_1", "cnv_1", "um e meio")
	save("agt_11", "cnv_1", "outra")
	has("agt_1", dispatch.Draft{Conversation: "cnv_1", Text: "um e meio"}, dispatch.Draft{Conversation: "cnv_2", Text: "dois"})
	save("agt_1", "cnv_1", "")
	save("agt_1", "cnv_3", "") // nothing was there
	has("agt_1", dispatch.Draft{Conversation: "cnv_2", Text: "dois"})
	has("agt_11", dispatch.Draft{Conversation: "cnv_1", Text: "outra"})
}
