package app

import (
	"testing"

	"pronto/dispatch"
	"pronto/storage"
	"pronto/transport"
)

func TestOfTwoWritesTheOneThatWasStoredLastIsInForce(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir())
	id := s.create("/queues", object{"name": "A"})
	d := s.app.documents()
	inForce := func(version uint64, want string) {
		t.Helper()
		if err := d.inForce(transport.KindQueue, id, version); err != nil {
			t.Fatal(err)
		}
		if name := s.app.catalog.QueueName(dispatch.QueueID(id)); name != want {
			t.Errorf("in force is %q, not %q", name, want)
		}
	}
	for i, name := range []string{"B", "C"} {
		put := storage.Put{Kind: transport.KindQueue, ID: id, Shard: shardOf(id), Expect: uint64(i) + 1, Body: []byte(`{"name":"` + name + `"}`), Time: d.now()}
		if _, err := d.db.PutDocument(t.Context(), put); err != nil {
			t.Fatal(err)
		}
	}
	inForce(3, "C")
	inForce(2, "C") // who wrote B was held up
	if err := d.db.DeleteDocument(t.Context(), transport.KindQueue, id, 3, d.now()); err != nil {
		t.Fatal(err)
	}
	inForce(0, "")
	inForce(3, "")
}
