package app

import (
	"strings"
	"testing"

	"pronto/dispatch"
)

func TestWhyNamesEveryCandidateWithItsCause(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	o.patch("/queues/"+o.queue, object{"offer_time_ms": 60_000})
	skill := o.create("/skills", object{"name": "Inglês"})
	why := func(id string) object { return o.must(200, "GET", "/conversations/"+id+"/why", o.admin, nil) }
	causes := func(d any) map[string]string {
		out := map[string]string{}
		for _, c := range d.(object)["candidates"].([]any) {
			out[c.(object)["agent"].(object)["id"].(string)] = c.(object)["cause"].(string)
		}
		return out
	}
	ready := func(n float64) func() bool {
		return func() bool {
			return o.must(200, "GET", "/queues/"+o.queue+"/live", o.admin, nil)["ready_agents"] == n
		}
	}
	waits := o.arrive(1, object{"skills": []object{{"id": skill, "min_level": 3}}})
	o.until("it joined the line", func() bool { return len(why(waits)["items"].([]any)) == 1 })
	got := why(waits)
	first := got["items"].([]any)[0].(object)
	if first["agent"] != nil || first["offer_id"] != nil || !strings.HasPrefix(first["summary"].(string), "nobody: ") || first["waiting"] != 1.0 {
		t.Errorf("nobody was there: %v", first)
	}
	ana, bia := o.desk(o.ana), o.desk(o.bia)
	ana.ok("status.set", object{"status": "ready"})
	bia.ok("status.set", object{"status": "ready"})
	o.until("both are ready", ready(2))
	id := o.arrive(2, nil)
	offer := ana.offered(id)
	got = why(id)
	d := got["items"].([]any)[0].(object)
	if d["offer_id"] != offer["id"] || d["agent"].(object)["id"] != o.anaID || d["strategy"] != "longest_idle" {
		t.Errorf("decided %v", d)
	}
	if c := causes(d); c[o.anaID] != "chosen" || c[o.biaID] != "ranked_lower" {
		t.Errorf("causes %v", c)
	}
	bia.ok("status.set", object{"status": "not_ready"})
	o.until("one is ready", ready(1))
	ana.ok("offer.decline", object{"offer_id": offer["id"]})
	o.until("that nobody else is recorded", func() bool { return len(why(id)["items"].([]any)) == 2 })
	if c := causes(why(id)["items"].([]any)[1]); c[o.biaID] != "not_ready" || c[o.anaID] != "offer_open" && c[o.anaID] != "declined" {
		t.Errorf("causes %v", c)
	}
	if c := causes(why(waits)["now"]); c[o.biaID] != "not_ready" {
		t.Errorf("now: %v", c)
	}
	if status, _ := o.call("GET", "/conversations/"+id+"/why", o.ana, nil); status != 403 && status != 404 {
		t.Errorf("an agent reads why: %d", status)
	}
	if status, _ := o.call("GET", "/conversations/cnv_none/why", o.admin, nil); status != 404 && status != 400 {
		t.Errorf("of none: %d", status)
	}
}

func TestWhyOfAPickSaysWhatWasPassedOverAndWhoElseCould(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	o.patch("/queues/"+o.queue, object{"mode": "pull"})
	ana, bia := o.desk(o.ana), o.desk(o.bia)
	ana.ok("status.set", object{"status": "ready"})
	bia.ok("status.set", object{"status": "ready"})
	ready := func() bool {
		return o.must(200, "GET", "/queues/"+o.queue+"/live", o.admin, nil)["ready_agents"] == 2.0
	}
	o.until("both are ready", ready)
	first, second := o.arrive(1, nil), o.arrive(2, nil)
	decided := func(id string) []any {
		return o.must(200, "GET", "/conversations/"+id+"/why", o.admin, nil)["items"].([]any)
	}
	cause := func(d any, i int) any { return d.(object)["candidates"].([]any)[i].(object)["cause"] }
	o.until("both joined the line", func() bool { return len(decided(first)) == 1 && len(decided(second)) == 1 })
	if d := decided(second)[0]; cause(d, 0) != "pull_mode" || cause(d, 1) != "pull_mode" || d.(object)["summary"] != "nobody: 2 pull_mode" {
		t.Errorf("nothing is offered: %v", d)
	}
	bia.ok("conversation.pick", object{"conversation_id": second})
	d := decided(second)[1].(object)
	sight, _ := d["pick"].(object)
	if d["agent"].(object)["id"] != o.biaID || d["offer_id"] == nil || cause(d, 0) != "picked" || cause(d, 1) != "pull_mode" ||
		sight["position"] != 2.0 || sight["passed"] != 1.0 || sight["first"] != first || d["waiting"] != 2.0 {
		t.Errorf("picked: %v", d)
	}
	ana.ok("conversation.pick", object{"conversation_id": first})
	if sight := decided(first)[1].(object)["pick"].(object); sight["position"] != 1.0 || sight["passed"] != 0.0 || sight["first"] != nil {
		t.Errorf("nothing was before it: %v", sight)
	}
}

func TestTheTransportKnowsEveryCauseOfADecision(t *testing.T) {
	seen := map[string]bool{}
	for y := dispatch.WhyChosen; int(y) < len(dispatch.WhyWords); y++ {
		if word := y.String(); word == "" || seen[word] {
			t.Errorf("cause %d is %q", y, word)
		}
		seen[y.String()] = true
	}
}
