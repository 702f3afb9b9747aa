package app

import "testing"

func TestWhoHadAConversationLastReopensIt(t *testing.T) {
	s := openShop(t, nil, nil)
	v, ana, id := s.served()
	ana.refusedAs("conversation.reopen", object{"conversation_id": id}, "conversation_open")
	ana.ok("conversation.close", object{"conversation_id": id})
	v.state("closed")
	head := ana.ok("conversation.reopen", object{"conversation_id": id})["conversation"].(object)
	if head["state"] != "active" || head["owner_agent_id"] != s.ana || head["closed_at"] != nil {
		t.Errorf("reopened %v", head)
	}
	v.state("active")
	ana.ok("message.send", object{"conversation_id": id, "text": "esqueci uma coisa"})
	v.text("esqueci uma coisa")

	ana.ok("conversation.close", object{"conversation_id": id})
	ana.ok("status.set", object{"status": "not_ready"})
	ana.refusedAs("conversation.reopen", object{"conversation_id": id}, "target_unavailable")
	if head := s.must(200, "POST", "/conversations/"+id+"/reopen", s.admin, nil); head["state"] != "queued" {
		t.Errorf("reopened by an administrator: %v", head)
	}
}

func TestNothingIsReopenedBesideAnotherOpenConversation(t *testing.T) {
	s := openShop(t, nil, nil)
	s.patch("/queues/"+s.queue, object{"reopen_window_ms": 0})
	v, ana, id := s.served()
	ana.ok("conversation.close", object{"conversation_id": id})
	v.state("closed")
	v.ok("message.send", object{"text": "outro assunto"})
	v.state("queued")
	s.patch("/queues/"+s.queue, object{"reopen_window_ms": 3600000})
	for range 2 {
		if status, p := s.call("POST", "/conversations/"+id+"/reopen", s.admin, nil); status != 409 || p["code"] != "conversation_open" {
			t.Errorf("%d %v", status, p)
		}
	}
	ana.refusedAs("conversation.reopen", object{"conversation_id": id}, "target_unavailable") // the other one is offered to her
	ana.ok("offer.accept", object{"offer_id": ana.event("offer.created")["id"]})
	ana.refusedAs("conversation.reopen", object{"conversation_id": id}, "conversation_open")
}
