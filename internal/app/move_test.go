package app

import (
	"fmt"
	"testing"
)

// pair is an office with both agents ready, in which Ana has accepted a conversation.
func pair(t *testing.T) (o *office, ana, bia *desk, id string) {
	t.Helper()
	o, ana, id = owning(t)
	bia = o.desk(o.bia)
	bia.ok("status.set", object{"status": "ready"})
	return o, ana, bia, id
}

func (o *office) head(id string) object {
	o.t.Helper()
	return o.must(200, "GET", "/conversations/"+id, o.admin, nil)
}

func TestATransferThatIsNotAcceptedReturnsToTheSender(t *testing.T) {
	t.Parallel()
	o, ana, bia, id := pair(t)
	o.patch("/queues/"+o.queue, object{"transfer_time_ms": 1000})
	to := object{"conversation_id": id, "to": object{"agent_id": o.biaID}}
	start := func() (offer object) {
		t.Helper()
		transfer := ana.ok("transfer.start", to)["transfer_id"]
		pending := ana.event("transfer.pending")
		offer = bia.event("offer.created")
		if pending["conversation_id"] != id || offer["kind"] != "transfer" || pending["transfer"].(object)["id"] != transfer {
			t.Fatalf("pending %v, offer %v", pending, offer)
		}
		if h := o.head(id); h["owner_agent_id"] != o.anaID || h["transfer"].(object)["to"].(object)["agent_id"] != o.biaID {
			t.Errorf("while it is pending: %v", h)
		}
		return offer
	}
	ends := func(outcome, cause string) {
		t.Helper()
		if e := ana.event("transfer.ended"); e["outcome"] != outcome {
			t.Errorf("ended %v, not %s", e, outcome)
		}
		if e := bia.event("offer.ended"); e["cause"] != cause {
			t.Errorf("offer ended %v, not %s", e, cause)
		}
		ana.ok("message.send", object{"conversation_id": id, "text": "sigo aqui"})
		if h := o.head(id); h["owner_agent_id"] != o.anaID || h["state"] != "active" || h["transfer"] != nil {
			t.Errorf("after %s: %v", outcome, h)
		}
	}
	offer := start()
	if code := ana.refused("transfer.start", to); code != "transfer_pending" {
		t.Errorf("second transfer: %s", code)
	}
	bia.ok("offer.decline", object{"offer_id": offer["id"]})
	ends("declined", "declined")
	start()
	ends("expired", "expired")
	offer = start()
	ana.ok("transfer.cancel", object{"conversation_id": id})
	ends("cancelled", "withdrawn")
	if code := bia.refused("offer.accept", object{"offer_id": offer["id"]}); code != "offer_withdrawn" {
		t.Errorf("accept of a cancelled transfer: %s", code)
	}
	o.patch("/queues/"+o.queue, object{"transfer_time_ms": 60_000})
	start()
	bia.ok("status.set", object{"status": "not_ready"})
	ends("target_gone", "withdrawn")
	bia.ok("status.set", object{"status": "ready"})
	start()
	bia.drop()
	if e := ana.event("transfer.ended"); e["outcome"] != "target_gone" {
		t.Errorf("target disconnected: %v", e)
	}
}

func TestATransferToAQueueIsOneStepAndKeepsTheAge(t *testing.T) {
	t.Parallel()
	o, ana, bia, id := pair(t)
	other := o.create("/queues", object{"name": "Suporte"})
	o.patch("/agents/"+o.biaID, object{"queue_ids": []string{o.queue, other}})
	since := o.head(id)["enqueued_at"]
	ana.ok("transfer.start", object{"conversation_id": id, "to": object{"queue_id": other}, "note": "é técnico"})
	if e := ana.event("conversation.removed"); e["cause"] != "transferred" {
		t.Errorf("removed %v", e)
	}
	offer := bia.event("offer.created")
	if offer["conversation_id"] != id || offer["queue"].(object)["id"] != other || offer["note"] != "é técnico" || offer["enqueued_at"] != since {
		t.Errorf("offer %v; enqueued at %v", offer, since)
	}
	if code := ana.refused("message.send", object{"conversation_id": id, "text": "oi"}); code != "not_owner" {
		t.Errorf("former owner: %s", code)
	}
	bia.ok("offer.accept", object{"offer_id": offer["id"]})
	if h := o.head(id); h["owner_agent_id"] != o.biaID || h["queue"].(object)["name"] != "Suporte" {
		t.Errorf("head %v", h)
	}
	if m := o.must(200, "GET", "/conversations/"+id+"/messages", o.bia, nil)["items"].([]any); len(m) != 1 {
		t.Errorf("history for the new owner: %v", m)
	}
	listed := func(query string) int {
		return len(o.must(200, "GET", "/conversations?"+query, o.admin, nil)["items"].([]any))
	}
	bia.ok("conversation.close", object{"conversation_id": id, "script": object{"reason_id": o.reason, "resolved": true}})
	for query, want := range map[string]int{
		"queue_id=" + o.queue: 0, "queue_id=" + other: 1, "state=closed&queue_id=" + other: 1, "channel_id=" + o.channel: 1,
		"agent_id=" + o.biaID: 1, "state=closed&agent_id=" + o.biaID: 1, "agent_id=" + o.anaID: 0, "state=closed&agent_id=" + o.biaID + "&queue_id=" + o.queue: 0,
	} {
		if got := listed(query); got != want {
			t.Errorf("closed elsewhere, %s: %d listed, not %d", query, got, want)
		}
	}
}

func TestSupervisorsAssignRequeueForceAndCloseWithinTheirTeams(t *testing.T) {
	t.Parallel()
	o, ana, bia, id := pair(t)
	o.create("/agents", object{"name": "Sol", "login": "sol", "password": password, "role": "supervisor", "queue_ids": []string{o.queue}})
	sol := o.desk(o.login("sol", password))
	head := sol.ok("conversation.assign", object{"conversation_id": id, "agent_id": o.biaID})["conversation"].(object)
	if head["owner_agent_id"] != o.biaID {
		t.Errorf("assigned %v", head)
	}
	if e := ana.event("conversation.removed"); e["cause"] != "taken_over" {
		t.Errorf("removed %v", e)
	}
	bia.event("conversation.assigned")
	sol.ok("conversation.requeue", object{"conversation_id": id, "priority": 7})
	if e := bia.event("conversation.removed"); e["cause"] != "requeued" {
		t.Errorf("removed %v", e)
	}
	offer := ana.event("offer.created") // not straight back to whom it was taken from
	if offer["conversation_id"] != id || offer["priority"] != 7.0 {
		t.Errorf("offer %v", offer)
	}
	sol.ok("status.force", object{"agent_id": o.anaID, "status": "not_ready"})
	if e := ana.event("offer.ended"); e["cause"] != "withdrawn" {
		t.Errorf("offer ended %v", e)
	}
	ana.event("status.changed") // her own
	if e := ana.event("status.changed"); e["status"] != "not_ready" || e["by"].(object)["name"] != "Sol" {
		t.Errorf("status %v", e)
	}
	r := sol.command("conversation.assign", object{"conversation_id": id, "agent_id": o.anaID})
	if e := r["error"].(object); e["code"] != "target_unavailable" || e["data"].(object)["reason"] != "not_ready" {
		t.Errorf("assigned to who is not ready: %v", r)
	}
	elsewhere := o.create("/queues", object{"name": "Outra"})
	channel := o.create("/channels", object{"name": "Outro", "kind": "generic", "queue_id": elsewhere})
	foreign := o.inbound(channel, "x1", phoneOf(9), "oi")["conversation_id"]
	if code := sol.refused("conversation.assign", object{"conversation_id": foreign, "agent_id": o.biaID}); code != "not_found" && code != "forbidden" {
		t.Errorf("conversation of another team: %s", code)
	}
	for _, item := range o.must(200, "GET", "/conversations", o.login("sol", password), nil)["items"].([]any) {
		if item.(object)["id"] == foreign {
			t.Error("a supervisor sees another team's conversation")
		}
	}
}

func TestNotReadyAfterTheCurrentConversationGetsNoMoreOffers(t *testing.T) {
	t.Parallel()
	o, ana, bia, id := pair(t)
	pause := o.create("/pause-reasons", object{"name": "Almoço"})
	set := ana.ok("status.set", object{"status": "not_ready", "reason_id": pause, "after_current": true})
	if set["status"] != "ready" || set["after_current"] != true {
		t.Errorf("set %v", set)
	}
	next := o.inbound(o.channel, "next", phoneOf(1), "oi")["conversation_id"]
	if offer := bia.event("offer.created"); offer["conversation_id"] != next {
		t.Errorf("offer %v", offer)
	}
	ana.ok("conversation.close", object{"conversation_id": id, "script": object{"reason_id": o.reason, "resolved": true}})
	ana.event("status.changed")
	if e := ana.event("status.changed"); e["status"] != "ready" || e["after_current"] != true {
		t.Errorf("promised: %v", e)
	}
	if e := ana.event("status.changed"); e["status"] != "not_ready" || e["reason_id"] != pause {
		t.Errorf("status %v", e)
	}
}

func TestCapacityAndPriorityDecideWhoIsOfferedNext(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	o.patch("/queues/"+o.queue, object{"offer_time_ms": 60_000})
	urgent := o.create("/queues", object{"name": "Urgente", "priority": 5})
	send := func(n, priority int, queue string) string {
		t.Helper()
		body := object{"external_id": fmt.Sprint("p", n), "text": "oi", "contact": object{"identities": []object{{"kind": "phone", "value": phoneOf(n)}}}}
		if queue != "" {
			body["queue"] = queue
		} else {
			body["priority"] = priority
		}
		return o.must(201, "POST", "/channels/"+o.channel+"/messages", o.admin, body)["conversation_id"].(string)
	}
	low, first, second, high := send(1, -1, ""), send(2, 0, ""), send(3, 0, ""), send(4, 9, "")
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	take := func(want string) {
		t.Helper()
		offer := ana.event("offer.created")
		if offer["conversation_id"] != want {
			t.Fatalf("offer of %v with priority %v", offer["conversation_id"], offer["priority"])
		}
		ana.ok("offer.accept", object{"offer_id": offer["id"]})
		ana.event("conversation.assigned")
	}
	take(high)
	take(first)
	if h := o.head(send(6, 0, urgent)); h["priority"] != 5.0 {
		t.Errorf("the queue's priority: %v", h)
	}
	third := send(5, 5, "") // both slots are taken: it waits, and is the next
	if h := o.head(third); h["state"] != "queued" {
		t.Fatalf("beyond capacity: %v", h)
	}
	done := object{"reason_id": o.reason, "resolved": true}
	ana.ok("conversation.close", object{"conversation_id": high, "script": done})
	take(third)
	ana.ok("conversation.close", object{"conversation_id": first, "script": done})
	take(second)
	ana.ok("conversation.close", object{"conversation_id": second, "script": done})
	take(low)
}

func TestConversationsAreListedByEveryFilterInPages(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	other := o.create("/channels", object{"name": "Outro", "kind": "generic", "queue_id": o.queue})
	ana.ok("status.set", object{"status": "not_ready"})
	for i := range 6 {
		o.inbound(other, fmt.Sprint("l", i), phoneOf(10+i), fmt.Sprint("assunto número ", i))
	}
	list := func(token, query string) (ids []string) {
		t.Helper()
		for cursor := ""; ; {
			page := o.must(200, "GET", "/conversations?limit=2&"+query+"&cursor="+cursor, token, nil)
			for _, v := range page["items"].([]any) {
				ids = append(ids, v.(object)["id"].(string))
			}
			next, _ := page["next_cursor"].(string)
			if next == "" {
				return ids
			}
			cursor = next
		}
	}
	contact := o.head(id)["contact"].(object)["id"].(string)
	opened := o.head(id)["opened_at"].(string)
	for query, want := range map[string]int{
		"": 7, "state=queued": 6, "state=active": 1, "state=queued,active": 7, "state=closed": 0, "queue_id=" + o.queue: 7, "queue_id=que_x": 0,
		"agent_id=" + o.anaID: 1, "agent_id=" + o.biaID: 0, "contact_id=" + contact: 1, "channel_id=" + other: 6, "channel_id=" + o.channel: 1,
		"q=" + "n%C3%BAmero%203": 1, "from=" + opened: 7, "to=" + opened: 0,
	} {
		got := list(o.admin, query)
		for i := range got {
			if i > 0 && got[i] >= got[i-1] {
				t.Errorf("%q: %s after %s", query, got[i], got[i-1])
			}
		}
		if len(got) != want {
			t.Errorf("%q: %d conversations, not %d", query, len(got), want)
		}
	}
	if got := list(o.ana, ""); len(got) != 1 || got[0] != id {
		t.Errorf("an agent's own: %v", got)
	}
	if got := list(o.bia, ""); len(got) != 0 {
		t.Errorf("of an agent without any: %v", got)
	}
	if status, _ := o.call("GET", "/conversations/"+id, o.bia, nil); status != 404 && status != 403 {
		t.Errorf("somebody else's: %d", status)
	}
	if status, out := o.call("GET", "/conversations?state=gone", o.admin, nil); status != 400 || out["code"] != "bad_request" {
		t.Errorf("unknown state: %d %v", status, out)
	}
	events := o.must(200, "GET", "/conversations/"+id+"/events", o.admin, nil)["items"].([]any)
	for i, e := range events {
		if e.(object)["seq"] != float64(i+1) {
			t.Errorf("event %d: %v", i, e)
		}
	}
	after := o.must(200, "GET", fmt.Sprintf("/conversations/%s/events?after_seq=%d", id, len(events)-1), o.admin, nil)["items"].([]any)
	if len(after) != 1 {
		t.Errorf("events after the last but one: %v", after)
	}
}
