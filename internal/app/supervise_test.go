package app

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pronto/internal/pdf/pdftest"
)

func TestASupervisorsAssignmentPassesTheCapacityButNotTheCeilingAndTakesTheOpenOfferBack(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	o.patch("/agents/"+o.anaID, object{"capacity": 1, "hard_capacity": 2})
	_, token := o.supervisor("sup", o.queue)
	sup, ana, bia := o.desk(token), o.desk(o.ana), o.desk(o.bia)
	ana.ok("status.set", object{"status": "ready"})
	o.accepted(ana, "1", phoneOf(1))
	bia.ok("status.set", object{"status": "ready"})
	second := o.inbound(o.channel, "2", phoneOf(2), "oi")["conversation_id"].(string)
	offer := bia.event("offer.created")
	sup.ok("conversation.assign", object{"conversation_id": second, "agent_id": o.anaID})
	if e := bia.event("offer.ended"); e["offer_id"] != offer["id"] || e["cause"] != "withdrawn" {
		t.Errorf("the offer: %v", e)
	}
	if head := ana.event("conversation.assigned"); head["id"] != second {
		t.Errorf("assigned: %v", head)
	}
	bia.ok("status.set", object{"status": "not_ready"})
	third := o.inbound(o.channel, "3", phoneOf(3), "oi")["conversation_id"].(string)
	r := sup.command("conversation.assign", object{"conversation_id": third, "agent_id": o.anaID})
	if r["ok"] != false || r["error"].(object)["code"] != "target_unavailable" || r["error"].(object)["data"].(object)["reason"] != "full" {
		t.Errorf("beyond the ceiling: %v", r)
	}
	o.must(200, "POST", "/conversations/"+second+"/requeue", token, object{"priority": 4})
	if e := o.audit("action=conversation.assign"); len(e) != 2 || changeOf(e[0], "agent_id")["after"] != o.anaID {
		t.Errorf("audit: %v", e)
	}
}

func TestWhoTakesOverOwnsItAtOnceAndTheFormerOwnerIsTold(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	supID, token := o.supervisor("sup", o.queue)
	if status, out := o.call("POST", "/conversations/"+id+"/takeover", token, nil); status != 409 || out["data"].(object)["reason"] != "offline" {
		t.Errorf("without a connection: %d %v", status, out)
	}
	sup := o.desk(token)
	if head := sup.ok("conversation.takeover", object{"conversation_id": id})["conversation"].(object); head["owner_agent_id"] != supID || head["state"] != "active" {
		t.Errorf("reply: %v", head)
	}
	if e := ana.event("conversation.removed"); e["conversation_id"] != id || e["cause"] != "taken_over" {
		t.Errorf("the former owner: %v", e)
	}
	sup.event("conversation.assigned")
	if code := ana.refused("message.send", object{"conversation_id": id, "text": "ainda?"}); code != "not_owner" {
		t.Errorf("the former owner writes: %s", code)
	}
	sup.ok("message.send", object{"conversation_id": id, "text": "Sou a supervisora."})
	if code := sup.refused("conversation.takeover", object{"conversation_id": id}); code != "target_unavailable" {
		t.Errorf("twice: %s", code)
	}
	record := o.record(id, "conversation_taken_over")
	if record["agent"].(object)["id"] != supID || record["from"].(object)["id"] != o.anaID {
		t.Errorf("record: %v", record)
	}
	sup.ok("conversation.requeue", object{"conversation_id": id})
	if e := sup.event("conversation.removed"); e["cause"] != "requeued" {
		t.Errorf("one's own, requeued: %v", e)
	}
}

// record is the data of the first record of a name.
func (o *office) record(conversation, name string) object {
	o.t.Helper()
	for _, r := range o.must(200, "GET", "/conversations/"+conversation+"/events?limit=200", o.admin, nil)["items"].([]any) {
		if r.(object)["name"] == name {
			return r.(object)["data"].(object)
		}
	}
	o.t.Fatalf("no record %s", name)
	return nil
}

func TestAWhisperIsSeenByTheOwnerAndSupervisorsAlone(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	_, token := o.supervisor("sup", o.queue)
	sup := o.desk(token)
	whisper := sup.ok("note.whisper", object{"conversation_id": id, "text": "ofereça o desconto"})["note"].(object)
	if whisper["whisper"] != true {
		t.Errorf("reply: %v", whisper)
	}
	if n := ana.event("conversation.note")["note"].(object); n["whisper"] != true || n["text"] != "ofereça o desconto" || n["author"].(object)["name"] != "Sup sup" {
		t.Errorf("the owner: %v", n)
	}
	seen := func(who string) []bool {
		t.Helper()
		var out []bool
		for _, path := range []string{"/notes", "/events?limit=200"} {
			raw, err := json.Marshal(o.must(200, "GET", "/conversations/"+id+path, who, nil))
			out = append(out, err == nil && strings.Contains(string(raw), "ofereça"))
		}
		return out
	}
	both, none := []bool{true, true}, []bool{false, false}
	if !slices.Equal(seen(o.ana), both) || !slices.Equal(seen(token), both) || !slices.Equal(seen(o.admin), both) {
		t.Error("owner and supervisors do not see it")
	}
	sup.ok("note.add", object{"conversation_id": id, "text": "pediu desconto"})
	_, _, data := o.transcript(id, token, "notes=true")
	if text := pdftest.Extract(t, data); strings.Contains(text, "ofereça") || !strings.Contains(text, "pediu") {
		t.Errorf("the transcript:\n%s", text)
	}
	tokenID := o.must(201, "POST", "/api-tokens", o.admin, object{"name": "robô", "scopes": []string{"conversations:read"}})
	if !slices.Equal(seen(tokenID["secret"].(string)), none) {
		t.Error("a program sees it")
	}
	bia := o.desk(o.bia)
	bia.ok("status.set", object{"status": "ready"})
	ana.ok("transfer.start", object{"conversation_id": id, "to": object{"agent_id": o.biaID}})
	bia.ok("offer.accept", object{"offer_id": bia.event("offer.created")["id"]})
	if !slices.Equal(seen(o.ana), none) || !slices.Equal(seen(o.bia), both) {
		t.Error("it does not go with the conversation")
	}
}

func TestAllThatADroppedAgentHadGoesBackToTheQueue(t *testing.T) {
	t.Parallel()
	o, ana, first := owning(t)
	other := o.create("/queues", object{"name": "Outra"})
	_, token := o.supervisor("sup", o.queue)
	second := o.accepted(ana, "2", phoneOf(2))
	sup := o.desk(token)
	ana.drop()
	out := sup.ok("agent.reassign_all", object{"agent_id": o.anaID, "to": object{"queue_id": other}})
	left := out["conversation_ids"].([]any)
	if len(left) != 2 || !slices.Contains(left, any(first)) || !slices.Contains(left, any(second)) {
		t.Errorf("taken: %v", left)
	}
	for _, id := range []string{first, second} {
		o.until("the queue", func() bool {
			head := o.must(200, "GET", "/conversations/"+id, o.admin, nil)
			return head["state"] == "queued" && head["queue"].(object)["id"] == other
		})
	}
	if out := o.must(200, "POST", "/agents/"+o.anaID+"/reassign", token, nil); len(out["conversation_ids"].([]any)) != 0 {
		t.Errorf("again: %v", out)
	}
	if e := o.audit("action=agent.reassign_all"); len(e) != 2 || e[0]["object"].(object)["id"] != o.anaID {
		t.Errorf("audit: %v", e)
	}
}

func TestToASupervisorOfAnotherTeamEverythingIsAsIfItWereNotThere(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	other := o.create("/queues", object{"name": "Outra"})
	_, token := o.supervisor("fora", other)
	far := o.desk(token)
	missing := "cnv_00000000000000000000000000"
	for name, data := range map[string]object{
		"conversation.assign": {"agent_id": o.biaID}, "conversation.requeue": {}, "conversation.takeover": {}, "conversation.priority": {"priority": 2},
		"note.whisper": {"text": "psiu"},
	} {
		for _, conversation := range []string{id, missing} {
			data["conversation_id"] = conversation
			if code := far.refused(name, data); code != "not_found" {
				t.Errorf("%s: %s", name, code)
			}
			if code := ana.refused(name, data); code != "forbidden" && (conversation == id || code != "not_found") {
				t.Errorf("an agent gives %s: %s", name, code)
			}
		}
	}
	for _, agent := range []string{o.anaID, "agt_nobody"} {
		for _, name := range []string{"status.force", "agent.reassign_all"} {
			data := object{"agent_id": agent}
			if name == "status.force" {
				data["status"] = "ready"
			}
			if code := far.refused(name, data); code != "not_found" {
				t.Errorf("%s of %s: %s", name, agent, code)
			}
		}
	}
}
