package app

import (
	"github.com/rs/zerolog"
	"testing"
)

// office is a small organisation: one queue with a mandatory script, and two agents.
type office struct {
	*server
	queue, script, reason, channel string
	ana, bia                       string // tokens
	anaID, biaID                   string
}

func newOffice(t *testing.T, dir string) *office {
	return furnished(t, startServer(t, dir))
}

func officeWithLog(t *testing.T, dir string, log zerolog.Logger) *office {
	t.Helper()
	return furnished(t, administered(t, startLogged(t, Config{Data: dir}, log)))
}

// furnished gives a server a queue, a script, a channel and two agents.
func furnished(t *testing.T, s *server) *office {
	t.Helper()
	o := &office{server: s}
	script := o.must(201, "POST", "/scripts", o.admin, object{"name": "Motivos", "reasons": []object{{"label": "Boleto"}}})
	o.script = script["id"].(string)
	o.reason = script["reasons"].([]any)[0].(object)["id"].(string)
	o.queue = o.create("/queues", object{
		"name": "Financeiro", "script_id": o.script, "script_required": true, "offer_time_ms": 1500, "reoffer_pause_ms": 200, "max_misses": 2,
	})
	o.channel = o.create("/channels", object{"name": "API", "kind": "generic", "queue_id": o.queue, "subject": "Geral"})
	o.anaID = o.create("/agents", object{"name": "Ana", "login": "ana", "password": password, "role": "agent", "queue_ids": []string{o.queue}, "capacity": 2})
	o.biaID = o.create("/agents", object{"name": "Bia", "login": "bia", "password": password, "role": "agent", "queue_ids": []string{o.queue}})
	o.ana, o.bia = o.login("ana", password), o.login("bia", password)
	return o
}

func TestAMessageTravelsFromTheChannelToAClosedConversation(t *testing.T) {
	o := newOffice(t, t.TempDir())
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	in := o.inbound(o.channel, "e1", "+5511999990000", "Segunda via do boleto")
	offer := ana.event("offer.created")
	if offer["conversation_id"] != in["conversation_id"] || offer["subject"] != "Geral" || offer["last_text"] != "Segunda via do boleto" {
		t.Fatalf("offer %v", offer)
	}
	id := in["conversation_id"]
	head := ana.ok("offer.accept", object{"offer_id": offer["id"]})["conversation"].(object)
	if head["state"] != "active" || head["owner_agent_id"] != o.anaID || head["script_required"] != true {
		t.Fatalf("head %v", head)
	}
	ana.event("conversation.assigned")
	sent := ana.ok("message.send", object{"conversation_id": id, "text": "Olá, Marina"})["message"].(object)
	if sent["seq"] != 2.0 {
		t.Fatalf("message %v", sent)
	}
	o.inbound(o.channel, "e2", "+5511999990000", "obrigada")
	ana.event("conversation.message")
	if got := ana.event("conversation.message")["message"].(object); got["seq"] != 3.0 || got["text"] != "obrigada" {
		t.Fatalf("message %v", got)
	}
	ana.ok("message.read", object{"conversation_id": id, "seq": 3})
	ana.ok("note.add", object{"conversation_id": id, "text": "cliente antiga"})
	if code := ana.refused("conversation.close", object{"conversation_id": id}); code != "script_required" {
		t.Fatalf("closed without script: %s", code)
	}
	ana.ok("conversation.close", object{"conversation_id": id, "script": object{"reason_id": o.reason, "resolved": true}})
	ana.event("conversation.removed")
	o.checkHistory(id.(string))
}

func (o *office) checkHistory(id string) {
	o.t.Helper()
	head := o.must(200, "GET", "/conversations/"+id, o.admin, nil)
	if head["state"] != "closed" || head["last_seq"] != 3.0 {
		o.t.Fatalf("head %v", head)
	}
	messages := o.must(200, "GET", "/conversations/"+id+"/messages", o.admin, nil)["items"].([]any)
	if len(messages) != 3 {
		o.t.Fatalf("messages %v", messages)
	}
	var names []string
	for _, e := range o.must(200, "GET", "/conversations/"+id+"/events", o.admin, nil)["items"].([]any) {
		names = append(names, e.(object)["name"].(string))
	}
	if len(names) != 9 {
		o.t.Fatalf("events %v", names)
	}
	notes := o.must(200, "GET", "/conversations/"+id+"/notes", o.ana, nil)["items"].([]any)
	if len(notes) != 1 {
		o.t.Fatalf("notes %v", notes)
	}
}

func TestADeclinedOfferGoesToAnotherAgent(t *testing.T) {
	o := newOffice(t, t.TempDir())
	ana, bia := o.desk(o.ana), o.desk(o.bia)
	ana.ok("status.set", object{"status": "ready"})
	o.inbound(o.channel, "e1", "+5511999990000", "oi")
	offer := ana.event("offer.created")
	bia.ok("status.set", object{"status": "ready"})
	ana.ok("offer.decline", object{"offer_id": offer["id"], "reason": "ocupada"})
	if got := ana.event("offer.ended"); got["cause"] != "declined" {
		t.Fatalf("ended %v", got)
	}
	second := bia.event("offer.created")
	if second["conversation_id"] != offer["conversation_id"] || second["returned"] != false || second["attempt"] != 2.0 {
		t.Fatalf("second offer %v", second)
	}
	if code := ana.refused("offer.accept", object{"offer_id": offer["id"]}); code != "offer_withdrawn" {
		t.Fatalf("late accept: %s", code)
	}
}

func TestWithNobodyElseADeclinedOfferComesBackMarkedReturned(t *testing.T) {
	o := newOffice(t, t.TempDir())
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	o.inbound(o.channel, "e1", "+5511999990000", "oi")
	offer := ana.event("offer.created")
	ana.ok("offer.decline", object{"offer_id": offer["id"]})
	back := ana.event("offer.created")
	if back["conversation_id"] != offer["conversation_id"] || back["returned"] != true || back["id"] == offer["id"] {
		t.Fatalf("returned offer %v", back)
	}
}

func TestMissedOffersMakeTheAgentNotReady(t *testing.T) {
	o := newOffice(t, t.TempDir())
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	o.inbound(o.channel, "e1", "+5511999990000", "oi")
	ana.event("status.changed")
	for range 2 {
		ana.event("offer.created")
		if got := ana.event("offer.ended"); got["cause"] != "expired" {
			t.Fatalf("ended %v", got)
		}
	}
	if got := ana.event("status.changed"); got["status"] != "not_ready" || got["reason_id"] != "no_answer" {
		t.Fatalf("status %v", got)
	}
}

func TestATransferLeavesTheOwnerUntilItIsAccepted(t *testing.T) {
	o := newOffice(t, t.TempDir())
	ana, bia := o.desk(o.ana), o.desk(o.bia)
	ana.ok("status.set", object{"status": "ready"})
	id := o.inbound(o.channel, "e1", "+5511999990000", "oi")["conversation_id"]
	ana.ok("offer.accept", object{"offer_id": ana.event("offer.created")["id"]})
	r := ana.command("transfer.start", object{"conversation_id": id, "to": object{"agent_id": o.biaID}})
	if e := r["error"].(object); e["code"] != "target_unavailable" || e["data"].(object)["reason"] != "not_ready" {
		t.Fatalf("transfer to a not ready agent: %v", r)
	}
	bia.ok("status.set", object{"status": "ready"})
	ana.ok("transfer.start", object{"conversation_id": id, "to": object{"agent_id": o.biaID}, "note": "é sua"})
	ana.event("transfer.pending")
	offer := bia.event("offer.created")
	if offer["kind"] != "transfer" || offer["note"] != "é sua" || offer["from_agent"].(object)["id"] != o.anaID {
		t.Fatalf("offer %v", offer)
	}
	ana.ok("message.send", object{"conversation_id": id, "text": "um momento"})
	bia.ok("offer.accept", object{"offer_id": offer["id"]})
	if got := ana.event("transfer.ended"); got["outcome"] != "accepted" {
		t.Fatalf("ended %v", got)
	}
	if got := ana.event("conversation.removed"); got["cause"] != "transferred" {
		t.Fatalf("removed %v", got)
	}
	if code := ana.refused("message.send", object{"conversation_id": id, "text": "oi?"}); code != "not_owner" {
		t.Fatalf("former owner: %s", code)
	}
	bia.ok("message.send", object{"conversation_id": id, "text": "assumi"})
}
