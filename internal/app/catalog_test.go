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

func TestNothingIsOpenInAQueueThatIsRemovedAndNothingComesBackToIt(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	id := o.accepted(ana, "1", phoneOf(1))
	other := o.create("/queues", object{"name": "Outra"})
	o.patch("/channels/"+o.channel, object{"queue_id": other})
	for _, agent := range []string{o.anaID, o.biaID} {
		o.patch("/agents/"+agent, object{"queue_ids": []string{other}})
	}
	if status, p := o.call("DELETE", "/queues/"+o.queue, o.admin, nil); status != 409 || p["code"] != "in_use" {
		t.Errorf("removed with an open conversation: %d %v", status, p)
	}
	ana.ok("conversation.close", object{"conversation_id": id, "script": object{"reason_id": o.reason, "resolved": true}})
	o.must(204, "DELETE", "/queues/"+o.queue, o.admin, nil)
	in := o.inbound(o.channel, "2", phoneOf(1), "voltei")
	if in["conversation_id"] == id || in["created_conversation"] != true {
		t.Errorf("reopened in a queue that is gone: %v", in)
	}
	if offer := ana.event("offer.created"); offer["conversation_id"] != in["conversation_id"] {
		t.Errorf("offered %v", offer)
	}
}

func TestNothingIsOpenOnAChannelThatIsRemovedAndNothingComesBackToIt(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	id := o.accepted(ana, "1", phoneOf(1))
	other := o.create("/channels", object{"name": "Outro", "kind": "generic", "queue_id": o.queue})
	if status, p := o.call("DELETE", "/channels/"+o.channel, o.admin, nil); status != 409 || p["code"] != "in_use" {
		t.Errorf("removed with an open conversation: %d %v", status, p)
	}
	o.must(204, "DELETE", "/channels/"+other, o.admin, nil)
	ana.ok("conversation.close", object{"conversation_id": id, "script": object{"reason_id": o.reason, "resolved": true}})
	o.must(204, "DELETE", "/channels/"+o.channel, o.admin, nil)
	ana.refusedAs("conversation.reopen", object{"conversation_id": id}, "conversation_closed")
}
