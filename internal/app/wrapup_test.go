package app

import "testing"

func TestTheTimeBoxOfWrapupFilesTheDefaultReasonMarkedAutomatic(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	for _, bad := range []object{
		{"wrapup": object{"mode": "timed", "default_reason_id": "rsn_unknown"}},
		{"script_id": "", "script_required": false, "wrapup": object{"mode": "timed", "default_reason_id": o.reason}},
	} {
		status, out := o.call("PATCH", "/queues/"+o.queue, o.admin, bad)
		if status != 400 || out["errors"].([]any)[0].(object)["pointer"] != "/wrapup/default_reason_id" {
			t.Errorf("%v: %d %v", bad, status, out)
		}
	}
	o.patch("/queues/"+o.queue, object{"wrapup": object{"mode": "timed", "ms": 1000, "default_reason_id": o.reason}})
	ana.ok("conversation.close", object{"conversation_id": id})
	if e := ana.event("conversation.updated"); e["state"] != "wrapup" || e["wrapup_until"] == nil {
		t.Errorf("in wrap-up: %v", e)
	}
	ana.event("conversation.removed")
	head := o.must(200, "GET", "/conversations/"+id, o.admin, nil)
	s, ok := head["script"].(object)
	if !ok || s["automatic"] != true || s["reason_id"] != o.reason || head["close_cause"] != "wrapup_over" || head["wrapup_until"] != nil {
		t.Errorf("filed %v", head)
	}
}

func TestASupervisorsOverrideOfTheScriptIsExplicitAndOnTheRecord(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	o.patch("/queues/"+o.queue, object{"wrapup": object{"mode": "mandatory"}})
	if code := ana.refused("conversation.close", object{"conversation_id": id, "override_script": true}); code != "forbidden" {
		t.Errorf("the owner overrides: %s", code)
	}
	if status, out := o.call("POST", "/conversations/"+id+"/close", o.admin, nil); status != 422 {
		t.Errorf("without the word: %d %v", status, out)
	}
	head := o.must(200, "POST", "/conversations/"+id+"/close", o.admin, object{"override_script": true})
	if head["state"] != "closed" || head["script"] != nil || head["close_cause"] != "supervisor" {
		t.Errorf("closed %v", head)
	}
	records := o.must(200, "GET", "/conversations/"+id+"/events", o.admin, nil)["items"].([]any)
	last := records[len(records)-1].(object)
	if data := last["data"].(object); last["name"] != "conversation_ended" || data["script_overridden"] != true || data["by"] == nil {
		t.Errorf("record %v", last)
	}
}
