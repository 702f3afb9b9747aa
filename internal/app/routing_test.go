package app

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pronto/dispatch"
)

// arrive lets a new contact write, with further fields of the message.
func (o *office) arrive(n int, more object) string {
	o.t.Helper()
	body := object{"external_id": fmt.Sprint("r", n), "text": "oi", "contact": object{"identities": []object{{"kind": "phone", "value": phoneOf(n)}}}}
	for k, v := range more {
		body[k] = v
	}
	return o.must(201, "POST", "/channels/"+o.channel+"/messages", o.admin, body)["conversation_id"].(string)
}

// offered waits for an offer and demands that it is of this conversation.
func (d *desk) offered(conversation string) object {
	d.t.Helper()
	offer := d.event("offer.created")
	if offer["conversation_id"] != conversation {
		d.t.Fatalf("offered %v, not %s", offer, conversation)
	}
	return offer
}

func TestTiersAndWeightsOfTheConfigurationDecideWhoIsAsked(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	o.patch("/queues/"+o.queue, object{"strategy": "top_down", "offer_time_ms": 60_000})
	settings := func(tier, weight int) object {
		return object{"queue_settings": []object{{"queue_id": o.queue, "tier": tier, "weight": weight}}}
	}
	o.patch("/agents/"+o.anaID, settings(2, 1))
	ana, bia := o.desk(o.ana), o.desk(o.bia)
	ana.ok("status.set", object{"status": "ready"})
	bia.ok("status.set", object{"status": "ready"})
	bia.offered(o.arrive(1, nil))
	ana.offered(o.arrive(2, nil)) // Bia has an open offer: the next tier

	for pointer, body := range map[string]object{
		"/queue_settings/0/tier":     settings(10, 1),
		"/queue_settings/0/weight":   settings(1, 101),
		"/queue_settings/0/queue_id": {"queue_settings": []object{{"queue_id": "que_none", "tier": 1}}},
		"/queue_settings/1/queue_id": {"queue_settings": []object{{"queue_id": o.queue}, {"queue_id": o.queue}}},
	} {
		o.refusedField("PATCH", "/agents/"+o.anaID, body, pointer)
	}
	o.refusedField("PATCH", "/queues/"+o.queue, object{"age_boost_s": 86_401}, "/age_boost_s")
	o.refusedField("PATCH", "/queues/"+o.queue, object{"random_seed": -1}, "/random_seed")
}

// refusedField demands a refusal that names the field.
func (s *server) refusedField(method, path string, body object, pointer string) {
	s.t.Helper()
	status, out := s.call(method, path, s.admin, body)
	if status != 400 && status != 422 {
		s.t.Errorf("%s %v: %d %v", path, body, status, out)
		return
	}
	fields, _ := out["errors"].([]any)
	for _, f := range fields {
		if f.(object)["pointer"] == pointer {
			return
		}
	}
	s.t.Errorf("%s %v: %v does not name %s", path, body, out, pointer)
}

func TestAQueuesSettingsReachItsMachine(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	o.patch("/queues/"+o.queue, object{"strategy": "random", "random_seed": 7, "age_boost_s": 0, "preferred_ms": 9000, "parallel_offers": 3, "skills_relaxation": []object{{"after_ms": 5000, "action": "tier", "by": 2}}})
	want := dispatch.QueueSettings{Strategy: dispatch.Random, Mode: dispatch.ModePush, Parallel: 3, ServiceTarget: 20 * time.Second, Seed: 7, Relax: []dispatch.RelaxStep{{After: 5 * time.Second, Action: dispatch.RelaxTier, By: 2}}, PreferFor: 9 * time.Second}
	if got := o.app.catalog.QueueSettings(dispatch.QueueID(o.queue)); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, not %+v", got, want)
	}
	o.patch("/queues/"+o.queue, object{"mode": "pull", "parallel_offers": 1})
	picks := dispatch.PickRules{Open: true, Relax: want.Relax}
	if got := o.app.catalog.Rules(dispatch.QueueID(o.queue), "").Picks; !reflect.DeepEqual(got, picks) {
		t.Errorf("%+v, not %+v", got, picks)
	}
	if got := o.app.catalog.QueueSettings("que_gone"); !reflect.DeepEqual(got, dispatch.DefaultQueueSettings()) {
		t.Errorf("of a queue that is gone: %+v", got)
	}
}

func TestAConversationThatWaitsAsksForLessAndThenMoves(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	skill := o.create("/skills", object{"name": "Inglês"})
	other := o.create("/queues", object{"name": "Geral"})
	o.patch("/queues/"+o.queue, object{"skills_relaxation": []object{
		{"after_ms": 1000, "action": "lower", "skill_id": skill, "by": 2}, {"after_ms": 2000, "action": "queue", "queue_id": other},
	}})
	o.patch("/agents/"+o.anaID, object{"skills": []object{{"id": skill, "level": 2}}})
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	need := func(level int) object { return object{"skills": []object{{"id": skill, "min_level": level}}} }
	unknown := object{"external_id": "u", "text": "Oi", "contact": object{"identities": []object{{"kind": "phone", "value": phoneOf(9)}}}, "skills": []object{{"id": skill}, {"id": "skl_none"}}}
	if status, out := o.call("POST", "/channels/"+o.channel+"/messages", o.admin, unknown); status != 400 || out["errors"].([]any)[0].(object)["pointer"] != "/skills/1/id" {
		t.Errorf("a skill that is not there: %d %v", status, out)
	}
	id := o.arrive(1, need(4))
	offer := ana.offered(id)
	relaxed := offer["relaxed"].([]any)[0].(object)
	if offer["wait_ms"].(float64) < 1000 || relaxed["action"] != "lower" || relaxed["skill_id"] != skill || relaxed["level"] != 2.0 || relaxed["after_ms"] != 1000.0 {
		t.Errorf("offer %v", offer)
	}
	ana.ok("offer.accept", object{"offer_id": offer["id"]})
	moved := o.arrive(2, need(5))
	o.until("the move to the other queue", func() bool { return o.head(moved)["queue"].(object)["id"] == other })
	facts := o.must(200, "GET", "/conversations/"+moved+"/events", o.admin, nil)["items"].([]any)
	if !slices.ContainsFunc(facts, func(f any) bool {
		return f.(object)["name"] == "conversation_requeued" && f.(object)["data"].(object)["cause"] == "relaxed"
	}) {
		t.Errorf("the records are %v", facts)
	}
	if status, _ := o.call("DELETE", "/skills/"+skill, o.admin, nil); status != 409 {
		t.Errorf("a skill that a step names is removed: %d", status)
	}
	step := func(fields object) object { return object{"skills_relaxation": []object{fields}} }
	at := "/skills_relaxation/0/"
	for pointer, body := range map[string]object{
		at + "after_ms": step(object{"after_ms": 999, "action": "drop"}),
		at + "action":   step(object{"after_ms": 1000, "action": "forget"}),
		at + "skill_id": step(object{"after_ms": 1000, "action": "tier", "skill_id": skill}),
		at + "by":       step(object{"after_ms": 1000, "action": "drop", "by": 1}),
		at + "queue_id": step(object{"after_ms": 1000, "action": "queue", "queue_id": o.queue}),
		"/skills_relaxation/1/after_ms": {"skills_relaxation": []object{
			{"after_ms": 2000, "action": "tier"}, {"after_ms": 1000, "action": "drop"},
		}},
	} {
		o.refusedField("PATCH", "/queues/"+o.queue, body, pointer)
	}
}

func TestAnAgentWhoDeclinesHasItsPauseAndStaysReady(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	o.patch("/queues/"+o.queue, object{"offer_time_ms": 60_000})
	o.patch("/agents/"+o.anaID, object{"decline_pause_ms": 1500})
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	id := o.arrive(1, nil)
	ana.ok("offer.decline", object{"offer_id": ana.offered(id)["id"]})
	status, out := o.call("POST", "/conversations/"+id+"/transfer", o.admin, object{"to": object{"agent_id": o.anaID}})
	if status == 200 {
		t.Errorf("a transfer in the pause: %v", out)
	}
	found := ana.ok("directory.search", object{"text": "ana", "limit": 10})
	if len(found["agents"].([]any)) != 0 { // oneself is no target
		t.Errorf("found %v", found)
	}
	bia := o.desk(o.bia)
	found = bia.ok("directory.search", object{"text": "ana", "limit": 10})
	if a := found["agents"].([]any)[0].(object); a["dot"] != "amber" || a["why"] != "paused_after_decline" {
		t.Errorf("Ana looks like %v", a)
	}
	if offer := ana.offered(id); offer["wait_ms"].(float64) < 1500 || offer["returned"] != true {
		t.Errorf("offer %v", offer)
	}
	o.refusedField("PATCH", "/agents/"+o.anaID, object{"decline_pause_ms": 600_001}, "/decline_pause_ms")
}

func TestAConversationIsKeptForItsPreferredAgentAndThenGoesToThePool(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	o.patch("/queues/"+o.queue, object{"preferred_ms": 1500, "offer_time_ms": 60_000, "reopen_window_ms": 0})
	ana, bia := o.desk(o.ana), o.desk(o.bia)
	ana.ok("status.set", object{"status": "ready"})
	first := o.arrive(1, nil)
	ana.ok("offer.accept", object{"offer_id": ana.offered(first)["id"]})
	second := o.arrive(2, nil)
	ana.ok("offer.accept", object{"offer_id": ana.offered(second)["id"]}) // Ana is full
	bia.ok("status.set", object{"status": "ready"})
	done := object{"reason_id": o.reason, "resolved": true}
	third := o.arrive(3, object{"preferred_agent": o.anaID})
	offer := bia.offered(third)
	if offer["wait_ms"].(float64) < 1500 {
		t.Errorf("not kept for Ana: %v", offer)
	}
	bia.ok("offer.accept", object{"offer_id": offer["id"]})
	bia.ok("conversation.close", object{"conversation_id": third, "script": done})

	// The contact of the third one writes again: Bia served it last. She is busy with nothing, and gets it at once.
	o.patch("/agents/"+o.biaID, object{"capacity": 1})
	ana.ok("conversation.close", object{"conversation_id": first, "script": done}) // Ana would be idle for longer
	again := o.must(201, "POST", "/channels/"+o.channel+"/messages", o.admin, object{
		"external_id": "again", "text": "oi", "contact": object{"identities": []object{{"kind": "phone", "value": phoneOf(3)}}},
	})["conversation_id"].(string)
	bia.ok("offer.accept", object{"offer_id": bia.offered(again)["id"]})

	bia.ok("status.set", object{"status": "not_ready"})
	if offer := ana.offered(o.arrive(4, object{"preferred_agent": o.biaID})); offer["wait_ms"].(float64) > 1000 {
		t.Errorf("kept for Bia, who is not there: %v", offer)
	}
	o.refusedField("PATCH", "/queues/"+o.queue, object{"preferred_ms": 3_600_001}, "/preferred_ms")
}
