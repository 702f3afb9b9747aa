package app

import (
	"testing"
	"time"
)

func TestASnoozedConversationTakesNoSlotAndComesBackWithTheContact(t *testing.T) {
	s := openShop(t, nil, nil)
	s.patch("/agents/"+s.ana, object{"capacity": 1, "hard_capacity": 1})
	v, ana, id := s.served()
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format("2006-01-02T15:04:05.000Z") }
	ana.refusedAs("conversation.snooze", object{"conversation_id": id, "until": at(time.Second)}, "bad_request")
	ana.refusedAs("conversation.snooze", object{"conversation_id": id, "until": at(31 * 24 * time.Hour)}, "bad_request")
	until := at(48 * time.Hour)
	head := ana.ok("conversation.snooze", object{"conversation_id": id, "until": until})["conversation"].(object)
	if head["snoozed_until"] != until || head["state"] != "active" || head["owner_agent_id"] != s.ana {
		t.Errorf("snoozed %v", head)
	}

	other, _ := s.visit(object{"name": "Rui"})
	other.ok("message.send", object{"text": "Bom dia"})
	second := ana.ok("offer.accept", object{"offer_id": ana.event("offer.created")["id"]})["conversation"].(object)["id"]
	ana.refusedAs("conversation.unsnooze", object{"conversation_id": id}, "target_unavailable")
	ana.ok("conversation.close", object{"conversation_id": second})

	v.ok("message.send", object{"text": "voltei"})
	back := ana.wait("the conversation back", func(f object) bool {
		d, _ := f["data"].(object)
		return f["name"] == "conversation.updated" && d["id"] == id && d["snoozed_until"] == nil
	})["data"].(object)
	if back["state"] != "active" || back["unread"] != 2.0 {
		t.Errorf("back %v", back)
	}
	var names []any
	for _, e := range s.must(200, "GET", "/conversations/"+id+"/events", s.token, nil)["items"].([]any) {
		names = append(names, e.(object)["name"])
	}
	if n := len(names); n < 3 || names[n-1] != "snooze_ended" || names[n-3] != "conversation_snoozed" {
		t.Errorf("records %v", names)
	}
}

func TestASnoozedConversationWhoseOwnerIsAwayWaitsInItsQueue(t *testing.T) {
	s := openShop(t, nil, nil)
	v, ana, id := s.served()
	until := time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z")
	ana.ok("conversation.snooze", object{"conversation_id": id, "until": until})
	ana.ok("status.set", object{"status": "not_ready"})
	v.ok("message.send", object{"text": "voltei"})
	v.state("queued")
	if cause := ana.event("conversation.removed"); cause["conversation_id"] != id {
		t.Errorf("removed %v", cause)
	}
	ana.ok("status.set", object{"status": "ready"})
	if offer := ana.event("offer.created"); offer["conversation_id"] != id || offer["last_text"] != "voltei" {
		t.Errorf("offer %v", offer)
	}
}
