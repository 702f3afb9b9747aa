package app

import (
	"fmt"
	"sync"
	"testing"
)

// send is inbound with any body, through the generic channel of the office.
func (o *office) send(external string, contact object) (int, object) {
	o.t.Helper()
	return o.patient("POST", "/channels/"+o.channel+"/messages", o.admin, object{"external_id": external, "text": external, "contact": contact})
}

func byPhone(phone string) object {
	return object{"identities": []object{{"kind": "phone", "value": phone}}}
}

func TestABurstOfFirstMessagesMakesOneConversationWithoutGaps(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	const all = 100
	var group sync.WaitGroup
	answers := make([]object, all)
	for i := range all {
		group.Go(func() {
			status, out := o.send(fmt.Sprint("b", i), byPhone(phoneOf(0)))
			if status != 201 {
				t.Errorf("message %d: %d %v", i, status, out)
			}
			answers[i] = out
		})
	}
	group.Wait()
	id, created := answers[0]["conversation_id"], 0
	for _, a := range answers {
		if a["conversation_id"] != id {
			t.Fatalf("conversations %v and %v", id, a["conversation_id"])
		}
		if a["created_conversation"] == true {
			created++
		}
	}
	if created != 1 {
		t.Errorf("%d answers say that they created the conversation", created)
	}
	list := o.must(200, "GET", "/conversations/"+id.(string)+"/messages?limit=500", o.admin, nil)["items"].([]any)
	seen := map[any]bool{}
	for i, m := range list {
		if m.(object)["seq"] != float64(i+1) || seen[m.(object)["text"]] {
			t.Errorf("message %d: %v", i+1, m)
		}
		seen[m.(object)["text"]] = true
	}
	if len(list) != all {
		t.Errorf("%d messages", len(list))
	}
	if page := o.must(200, "GET", "/conversations", o.admin, nil)["items"].([]any); len(page) != 1 {
		t.Errorf("%d conversations", len(page))
	}
	if contact := o.head(id.(string))["contact"].(object)["id"]; contact == "" {
		t.Error("no contact")
	}
}

func TestARepeatedMessageGetsTheFirstAnswerAlsoConcurrentlyAndAfterARestart(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	const all = 30
	var group sync.WaitGroup
	var mu sync.Mutex
	fresh, answers := 0, map[string]int{}
	for range all {
		group.Go(func() {
			status, out := o.send("same", byPhone(phoneOf(0)))
			mu.Lock()
			defer mu.Unlock()
			if status == 201 {
				fresh++
			}
			answers[fmt.Sprint(out)]++
		})
	}
	group.Wait()
	if fresh != 1 || len(answers) != 1 {
		t.Errorf("%d new, answers %v", fresh, answers)
	}
	_, first := o.send("same", byPhone(phoneOf(0)))
	if first["created_conversation"] != true {
		t.Errorf("the same answer says %v", first)
	}
	o.shut()
	next := &office{server: startServer(t, o.dir), channel: o.channel}
	if status, again := next.send("same", byPhone(phoneOf(0))); status != 200 || fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("after a restart: %d %v, was %v", status, again, first)
	}
	if h := next.head(first["conversation_id"].(string)); h["last_seq"] != 1.0 {
		t.Errorf("head %v", h)
	}
}

func TestTheSameExternalIDInTwoChannelsIsTwoMessages(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	other := o.create("/channels", object{"name": "Outro", "kind": "generic", "queue_id": o.queue})
	one := o.inbound(o.channel, "x", phoneOf(0), "um")
	two := o.inbound(other, "x", phoneOf(0), "dois")
	if one["conversation_id"] == two["conversation_id"] || two["created_conversation"] != true {
		t.Errorf("answers %v and %v", one, two)
	}
	a, b := o.head(one["conversation_id"].(string)), o.head(two["conversation_id"].(string))
	contact := a["contact"].(object)["id"]
	if contact != b["contact"].(object)["id"] {
		t.Errorf("contacts %v and %v", contact, b["contact"])
	}
	history := o.must(200, "GET", "/contacts/"+contact.(string)+"/conversations", o.admin, nil)["items"].([]any)
	found := map[any]bool{}
	for _, h := range history {
		found[h.(object)["id"]] = true
	}
	if len(history) != 2 || !found[one["conversation_id"]] || !found[two["conversation_id"]] {
		t.Errorf("history %v", history)
	}
}

func TestABrazilianNumberIsOneContactWithAndWithoutTheNinthDigit(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	ids := map[any]bool{}
	for i, phone := range []string{"+5511987654321", "+551187654321", "5511987654321", "(11) 98765-4321", "+55 11 8765-4321"} {
		status, out := o.send(fmt.Sprint("n", i), byPhone(phone))
		if status != 201 {
			t.Fatalf("%s: %d %v", phone, status, out)
		}
		ids[o.head(out["conversation_id"].(string))["contact"].(object)["id"]] = true
	}
	if len(ids) != 1 {
		t.Errorf("%d contacts", len(ids))
	}
	if status, out := o.send("bad", byPhone("12")); status != 400 || out["errors"].([]any)[0].(object)["pointer"] != "/contact/identities/0/value" {
		t.Errorf("a number that is none: %d %v", status, out)
	}
}

func TestAContactIsChangedWithItsVersionAndItsAgentIsTold(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	bia := o.desk(o.bia)
	contact := o.head(id)["contact"].(object)["id"].(string)
	w := o.must(200, "GET", "/contacts/"+contact, o.ana, nil)
	if w["name"] != "Marina" || len(w["identities"].([]any)) != 1 {
		t.Errorf("contact %v", w)
	}
	change := object{"name": "Marina de Souza"}
	status, out := o.call("PATCH", "/contacts/"+contact, o.ana, object{"name": "Marina Souza"}, "If-Match", fmt.Sprintf(`"%v"`, w["version"]))
	if status != 200 || out["name"] != "Marina Souza" || out["version"] != w["version"].(float64)+1 {
		t.Fatalf("PATCH: %d %v", status, out)
	}
	if e := ana.event("contact.updated")["contact"].(object); e["name"] != "Marina Souza" || e["id"] != contact {
		t.Errorf("told %v", e)
	}
	if status, out := o.call("PATCH", "/contacts/"+contact, o.ana, change, "If-Match", fmt.Sprintf(`"%v"`, w["version"])); status != 412 || out["errors"].([]any)[0].(object)["pointer"] != "/name" {
		t.Errorf("stale: %d %v", status, out)
	}
	o.inbound(o.channel, "later", phoneOf(0), "oi de novo")
	if h := o.head(id); h["last_seq"] != 2.0 {
		t.Errorf("head %v", h)
	}
	bia.ok("directory.search", object{"text": ""})
	for _, f := range bia.kept {
		if f["name"] == "contact.updated" {
			t.Errorf("an agent who has nothing to do with the contact was told: %v", f)
		}
	}
	if status, _ := o.call("GET", "/contacts/con_unknown", o.admin, nil); status != 404 {
		t.Errorf("unknown contact: %d", status)
	}
}
