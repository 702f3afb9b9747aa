package app

import (
	"fmt"
	"testing"

	"github.com/rs/zerolog"

	"pronto/dispatch"
	"pronto/protocol"
	"pronto/storage"
)

// A stock is filled twice, as for measurements that grow; then a server finds in its folder what it was told, and nothing is
// wrong in it.
func TestAFilledFolderIsAsAServerWouldHaveLeftIt(t *testing.T) {
	t.Parallel()
	cfg := Config{Data: t.TempDir(), MinFreeBytes: 1, MinFreePercent: 1}
	var s Stock
	f := Filling{Queues: 3, Message: func(i int) protocol.InboundMessage { return inboundFrom(uint64(i), 0) }}
	log := zerolog.New(t.Output()).Level(zerolog.WarnLevel)
	for _, to := range [][2]int{{40, 12}, {90, 25}} {
		f.Open, f.Active = to[0], to[1]
		if err := s.Fill(t.Context(), cfg, log, f); err != nil {
			t.Fatal(err)
		}
	}
	if s.Open != 90 || s.Active != 25 || len(s.Queues) != 3 {
		t.Errorf("%+v", s)
	}
	db, err := OpenStore(cfg.Data)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Diagnose(t.Context(), db)
	if err != nil || len(d.Findings) > 0 {
		t.Errorf("%v %v", err, d.Findings)
	}
	states, queues := countStates(t, db), map[string]int{}
	for _, q := range s.Queues {
		waiting, err := db.WaitingIn(dispatch.QueueID(q))
		if err != nil {
			t.Error(err)
		}
		queues[q] = len(waiting)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if states["active"] != 25 || states["queued"] != 65 {
		t.Errorf("%v", states)
	}
	sum := 0
	for _, n := range queues {
		sum += n
	}
	if sum != 65 {
		t.Errorf("%v", queues)
	}
	server := startServer(t, cfg.Data)
	list := server.must(200, "GET", fmt.Sprintf("/conversations?channel_id=%s&limit=100", s.Channel), server.admin, nil)["items"].([]any)
	if len(list) != 90 {
		t.Errorf("%d conversations", len(list))
	}
}

func countStates(t *testing.T, db *storage.DB) map[string]int {
	t.Helper()
	out := map[string]int{}
	err := db.Conversations(storage.Listing{}, func(id dispatch.ConversationID) error {
		s, _, err := db.LoadConversation(id)
		out[string(s.State)]++
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return out
}
