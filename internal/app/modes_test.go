package app

import (
	"testing"

	"pronto/dispatch"
)

func TestMembersOfAPullQueueSeeWhoWaitsAndTheFirstPickerGetsIt(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	o.patch("/queues/"+o.queue, object{"mode": "pull"})
	o.patch("/agents/"+o.biaID, object{"capacity": 1})
	ana, bia := o.desk(o.ana), o.desk(o.bia)
	bia.ok("status.set", object{"status": "ready"})
	first, second := o.arrive(1, object{"text": "Olá"}), o.arrive(2, object{"priority": 5})
	for told := 0; told != 2; {
		e := ana.event("queue.waiting")
		told = int(e["waiting"].(float64))
		if e["queue_id"] != o.queue || told > 0 && e["oldest_at"] == nil {
			t.Fatalf("told %v", e)
		}
	}
	path := "/queues/" + o.queue + "/waiting"
	page := o.must(200, "GET", path+"?limit=1", o.ana, nil)
	card := page["items"].([]any)[0].(object)
	if card["conversation_id"] != second || card["position"] != 1.0 || card["priority"] != 5.0 {
		t.Errorf("the first card is %v", card)
	}
	rest := o.must(200, "GET", path+"?cursor="+page["next_cursor"].(string), o.ana, nil)
	if card := rest["items"].([]any)[0].(object); card["conversation_id"] != first || card["position"] != 2.0 || card["last_text"] != "Olá" || rest["next_cursor"] != nil {
		t.Errorf("the second page is %v", rest)
	}
	if code := ana.refused("conversation.pick", object{"conversation_id": first}); code != "not_ready" {
		t.Errorf("who is not ready picks: %s", code)
	}
	head := bia.ok("conversation.pick", object{"conversation_id": first})["conversation"].(object)
	if head["owner_agent_id"] != o.biaID || bia.event("conversation.assigned")["id"] != first {
		t.Errorf("picked %v", head)
	}
	if code := bia.refused("conversation.pick", object{"conversation_id": second}); code != "target_unavailable" {
		t.Errorf("above the ceiling: %s", code)
	}
	ana.ok("status.set", object{"status": "ready"})
	if code := ana.refused("conversation.pick", object{"conversation_id": first}); code != "offer_taken" {
		t.Errorf("the second picker: %s", code)
	}
	ana.ok("conversation.pick", object{"conversation_id": second})
	o.until("the list is empty", func() bool { return len(o.must(200, "GET", path, o.admin, nil)["items"].([]any)) == 0 })
	o.outsider(path, first)
}

// outsider is an agent of another queue, who neither sees the list nor picks from it.
func (o *office) outsider(path, conversation string) {
	o.t.Helper()
	other := o.create("/queues", object{"name": "Vendas"})
	o.create("/agents", object{"name": "Caio", "login": "caio", "password": password, "role": "agent", "queue_ids": []string{other}})
	caio := o.login("caio", password)
	if status, out := o.call("GET", path, caio, nil); status != 404 {
		o.t.Errorf("another queue's agent reads the list: %d %v", status, out)
	}
	d := o.desk(caio)
	d.ok("status.set", object{"status": "ready"})
	if code := d.refused("conversation.pick", object{"conversation_id": conversation}); code != "not_found" {
		o.t.Errorf("another queue's agent picks: %s", code)
	}
	if status, _ := o.call("GET", path+"?cursor=x", o.admin, nil); status != 400 {
		o.t.Errorf("a cursor that is none: %d", status)
	}
}

func TestAnAutoQueueGivesWithoutAskingAndTheRecordsSayAcceptedOffer(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	o.refusedField("PATCH", "/queues/"+o.queue, object{"mode": "shout"}, "/mode")
	o.patch("/queues/"+o.queue, object{"mode": "auto"})
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	id := o.arrive(1, nil)
	e := ana.wait("the conversation", func(f object) bool { return f["name"] == "offer.created" || f["name"] == "conversation.assigned" })
	if e["name"] != "conversation.assigned" || e["data"].(object)["id"] != id {
		t.Fatalf("told %v", e)
	}
	var names []string
	for _, f := range o.must(200, "GET", "/conversations/"+id+"/events", o.admin, nil)["items"].([]any) {
		f := f.(object)
		names = append(names, f["name"].(string))
		if f["name"] == "offer_made" && f["data"].(object)["kind"] != "auto" {
			t.Errorf("offer %v", f)
		}
	}
	if n := len(names); n < 4 || names[n-2] != "offer_made" || names[n-1] != "offer_accepted" {
		t.Errorf("the records are %v", names)
	}
	ana.drop()
	o.until("the lost connection", func() bool {
		v, _ := o.app.system.Presence(dispatch.AgentID(o.anaID))
		return !v.Connected
	})
	other := o.arrive(2, nil)
	o.until("the conversation in the queue", func() bool { return o.must(200, "GET", "/queues/"+o.queue+"/live", o.admin, nil)["waiting"] == 1.0 })
	if head := o.head(other); head["state"] != "queued" {
		t.Errorf("given to somebody without a connection: %v", head)
	}
}

func TestSeveralAgentsAreAskedAtOnceAndTheFirstWhoAcceptsHasIt(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	o.patch("/queues/"+o.queue, object{"parallel_offers": 2, "offer_time_ms": 60_000})
	ana, bia := o.desk(o.ana), o.desk(o.bia)
	ana.ok("status.set", object{"status": "ready"})
	bia.ok("status.set", object{"status": "ready"})
	id := o.arrive(1, nil)
	first, second := ana.offered(id), bia.offered(id)
	bia.ok("offer.accept", object{"offer_id": second["id"]})
	if e := ana.event("offer.ended"); e["offer_id"] != first["id"] || e["cause"] != "accepted_elsewhere" {
		t.Errorf("the other one is told %v", e)
	}
	if code := ana.refused("offer.accept", object{"offer_id": first["id"]}); code != "offer_taken" {
		t.Errorf("accepted twice: %s", code)
	}
	next := o.arrive(2, nil)
	first, second = ana.offered(next), bia.offered(next)
	o.shut()
	o.server = startServer(t, o.dir)
	ana = o.dial(o.login("ana", password))
	ana.send(object{"type": "start"})
	offers := ana.frame("snapshot")["data"].(object)["offers"].([]any)
	if len(offers) != 1 || offers[0].(object)["id"] != first["id"] {
		t.Fatalf("after a restart %v is open, not %v", offers, first)
	}
	ana.ok("offer.accept", object{"offer_id": first["id"]})
	facts := o.must(200, "GET", "/conversations/"+next+"/events", o.admin, nil)["items"].([]any)
	ended := facts[len(facts)-2].(object)
	if data := ended["data"].(object); ended["name"] != "offer_withdrawn" || data["offer_id"] != second["id"] || data["reason"] != "accepted_elsewhere" {
		t.Errorf("the other offer ended with %v", ended)
	}
}
