package app

import "testing"

func TestThePreviewOfAQueueNamesWhoGetsItAndNothingComesOfIt(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	skill := o.create("/skills", object{"name": "Inglês"})
	path := "/queues/" + o.queue + "/preview"
	preview := func(body object) object { return o.must(200, "POST", path, o.admin, body)["decision"].(object) }
	first := func(d object) (string, string) {
		c := d["candidates"].([]any)[0].(object)
		return c["agent"].(object)["id"].(string), c["cause"].(string)
	}
	if d := preview(object{}); d["agent"] != nil || d["waiting"] != 1.0 || d["strategy"] != "longest_idle" {
		t.Errorf("nobody is there: %v", d)
	}
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	o.until("that ana would get it", func() bool {
		d := preview(object{"priority": 3})
		who, cause := first(d)
		return d["agent"] != nil && who == o.anaID && cause == "chosen"
	})
	if _, cause := first(preview(object{"skills": []object{{"id": skill, "min_level": 2}}})); cause != "skills" {
		t.Errorf("without the skill: %v", cause)
	}
	answer := o.must(200, "POST", path, o.admin, object{})
	if answer["weight"] != 1.0 || answer["position"] != 1.0 {
		t.Errorf("answered %v", answer)
	}
	if n := len(o.must(200, "GET", "/conversations", o.admin, nil)["items"].([]any)); n != 0 {
		t.Errorf("%d conversations came of previews", n)
	}
	if id := o.arrive(1, nil); ana.offered(id) == nil {
		t.Error("a real one is not offered")
	}
	for _, bad := range []object{{"skills": []object{{"id": "skl_none"}}}, {"channel_id": "chn_none"}, {"preferred_agent": "agt_none"}, {"priority": 11}, {"queue": "x"}} {
		if status, _ := o.call("POST", path, o.admin, bad); status != 400 {
			t.Errorf("%v: %d", bad, status)
		}
	}
	if status, _ := o.call("POST", path, o.ana, object{}); status != 403 {
		t.Errorf("an agent asks: %d", status)
	}
	if status, _ := o.call("POST", "/queues/que_none/preview", o.admin, object{}); status != 404 {
		t.Errorf("of no queue: %d", status)
	}
}
