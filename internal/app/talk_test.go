package app

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestMessagesAreGaplessUnderConcurrentTraffic(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	const customers, each, replies = 4, 20, 60
	var group sync.WaitGroup
	for c := range customers {
		group.Go(func() {
			for i := range each {
				o.inbound(o.channel, fmt.Sprintf("c%d-%d", c, i), phoneOf(0), fmt.Sprintf("cliente %d %d", c, i))
			}
		})
	}
	for i := range replies {
		ana.ok("message.send", object{"conversation_id": id, "text": fmt.Sprint("resposta ", i)})
	}
	group.Wait()
	const all = 1 + customers*each + replies
	for seq := 2; seq <= all; seq++ {
		if m := ana.event("conversation.message")["message"].(object); m["seq"] != float64(seq) {
			t.Fatalf("event of message %v, not %d", m["seq"], seq)
		}
	}
	seq, last := 0.0, map[string]int{}
	for path := "?limit=50"; ; {
		page := o.must(200, "GET", "/conversations/"+id+"/messages"+path, o.admin, nil)
		for _, v := range page["items"].([]any) {
			m := v.(object)
			if seq++; m["seq"] != seq {
				t.Fatalf("message %v, not %v", m["seq"], seq)
			}
			var c, i int
			if n, _ := fmt.Sscanf(m["text"].(string), "cliente %d %d", &c, &i); n == 2 {
				if key := fmt.Sprint(c); last[key] != i {
					t.Fatalf("customer %d: %d, not %d", c, i, last[key])
				} else {
					last[key]++
				}
			}
		}
		next, _ := page["next_cursor"].(string)
		if next == "" {
			break
		}
		path = fmt.Sprintf("?limit=50&after_seq=%v", seq)
	}
	head := o.must(200, "GET", "/conversations/"+id, o.admin, nil)
	if seq != all || head["last_seq"] != seq || head["unread"] != float64(1+customers*each) {
		t.Errorf("%v messages; head %v", seq, head)
	}
}

func TestReadingCountsTheContactsMessagesOnlyAndNeverGoesBack(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	ana.ok("message.send", object{"conversation_id": id, "text": "olá"})
	o.inbound(o.channel, "e2", phoneOf(0), "dois")
	o.inbound(o.channel, "e3", phoneOf(0), "três")
	for range 3 {
		ana.event("conversation.message")
	}
	for _, c := range []struct{ seq, readSeq, unread float64 }{{3, 3, 1}, {4, 4, 0}} {
		ana.ok("message.read", object{"conversation_id": id, "seq": c.seq})
		if e := ana.event("conversation.read"); e["read_seq"] != c.readSeq || e["unread"] != c.unread {
			t.Errorf("read %v: %v", c.seq, e)
		}
	}
	ana.ok("message.read", object{"conversation_id": id, "seq": 1})
	if head := o.must(200, "GET", "/conversations/"+id, o.admin, nil); head["read_seq"] != 4.0 || head["unread"] != 0.0 {
		t.Errorf("head %v", head)
	}
	if code := ana.refused("message.read", object{"conversation_id": id, "seq": 5}); code != "bad_request" {
		t.Errorf("read what is not there: %s", code)
	}
}

func TestCommandsSayPreciselyWhatIsWrong(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	bia := o.desk(o.bia)
	unknown := "cnv_" + "00000000000000000000000000"
	for _, c := range []struct {
		who        *desk
		name, code string
		data       object
	}{
		{ana, "message.send", "empty_message", object{"conversation_id": id, "text": "  "}},
		{ana, "message.send", "bad_request", object{"conversation_id": id, "txt": "oi"}},
		{ana, "message.send", "not_found", object{"conversation_id": unknown, "text": "oi"}},
		{ana, "message.send", "not_found", object{"conversation_id": "cnv_x", "text": "oi"}},
		{bia, "message.send", "not_owner", object{"conversation_id": id, "text": "oi"}},
		{bia, "conversation.close", "not_owner", object{"conversation_id": id}},
		{bia, "conversation.hold", "not_owner", object{"conversation_id": id}},
		{bia, "transfer.start", "not_owner", object{"conversation_id": id, "to": object{"agent_id": o.biaID}}},
		{ana, "transfer.cancel", "no_transfer", object{"conversation_id": id}},
		{ana, "conversation.close", "bad_request", object{"conversation_id": id, "script": object{"reason_id": "rsn_x", "resolved": true}}},
		{ana, "offer.accept", "not_found", object{"offer_id": "off_00000000000000000000000000"}},
		{ana, "status.force", "forbidden", object{"agent_id": o.biaID, "status": "ready"}},
		{ana, "conversation.assign", "forbidden", object{"conversation_id": id, "agent_id": o.biaID}},
		{ana, "conversation.requeue", "forbidden", object{"conversation_id": id}},
		{ana, "status.set", "bad_request", object{"status": "away"}},
		{ana, "nothing.such", "bad_request", object{}},
	} {
		if code := c.who.refused(c.name, c.data); code != c.code {
			t.Errorf("%s %.60v: %s, not %s", c.name, c.data, code, c.code)
		}
	}
	for text, code := range map[string]string{strings.Repeat("a", 16_385): "too_long", "": "empty_message"} {
		if status, out := o.call("POST", "/conversations/"+id+"/messages", o.ana, object{"text": text}); status != 422 || out["code"] != code {
			t.Errorf("%d bytes over REST: %d %v", len(text), status, out)
		}
	}
	if head := o.must(200, "GET", "/conversations/"+id, o.admin, nil); head["last_seq"] != 1.0 || head["owner_agent_id"] != o.anaID {
		t.Errorf("refused commands changed %v", head)
	}
}

func TestTypingHoldAndNotesAreAnsweredAndTold(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	ana.ok("typing.set", object{"conversation_id": id, "typing": true})
	ana.ok("conversation.hold", object{"conversation_id": id})
	if e := ana.event("conversation.updated"); e["on_hold"] != true || e["state"] != "active" {
		t.Errorf("held: %v", e)
	}
	ana.ok("conversation.unhold", object{"conversation_id": id})
	if e := ana.event("conversation.updated"); e["on_hold"] != false {
		t.Errorf("unheld: %v", e)
	}
	note := ana.ok("note.add", object{"conversation_id": id, "text": "prefere manhã"})["note"].(object)
	if e := ana.event("conversation.note")["note"].(object); e["id"] != note["id"] || e["text"] != "prefere manhã" {
		t.Errorf("note %v", e)
	}
	o.must(201, "POST", "/conversations/"+id+"/notes", o.ana, object{"text": "segunda"})
	notes := o.must(200, "GET", "/conversations/"+id+"/notes", o.ana, nil)["items"].([]any)
	if len(notes) != 2 || notes[1].(object)["text"] != "segunda" {
		t.Errorf("notes %v", notes)
	}
	sent := o.must(201, "POST", "/conversations/"+id+"/messages", o.ana, object{"text": "por REST"})
	if sent["seq"] != 2.0 || ana.event("conversation.message")["message"].(object)["text"] != "por REST" {
		t.Errorf("sent %v", sent)
	}
}

func TestNoPathClosesWithoutTheMandatoryScript(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	if code := ana.refused("conversation.close", object{"conversation_id": id}); code != "script_required" {
		t.Errorf("websocket: %s", code)
	}
	for who, token := range map[string]string{"owner": o.ana, "administrator": o.admin} {
		if status, out := o.call("POST", "/conversations/"+id+"/close", token, nil); status != 422 || out["code"] != "script_required" {
			t.Errorf("%s over REST: %d %v", who, status, out)
		}
	}
	script := object{"reason_id": o.reason, "resolved": false}
	head := o.must(200, "POST", "/conversations/"+id+"/close", o.ana, object{"script": script})
	if head["state"] != "closed" || head["script"].(object)["reason_id"] != o.reason {
		t.Errorf("closed %v", head)
	}
	if e := ana.event("conversation.removed"); e["cause"] != "closed" || e["conversation_id"] != id {
		t.Errorf("removed %v", e)
	}
	if code := ana.refused("message.send", object{"conversation_id": id, "text": "oi"}); code != "conversation_closed" {
		t.Errorf("send after close: %s", code)
	}
	if code := ana.refused("conversation.close", object{"conversation_id": id, "script": script}); code != "conversation_closed" {
		t.Errorf("close after close: %s", code)
	}
}

func TestWrapupModes(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	script := object{"reason_id": o.reason, "resolved": true}
	state := func() any { return o.must(200, "GET", "/conversations/"+id, o.admin, nil)["state"] }
	expect := func(step, want string) {
		t.Helper()
		if got := state(); got != want {
			t.Fatalf("%s: %v, not %s", step, got, want)
		}
	}
	o.patch("/queues/"+o.queue, object{"wrapup": object{"mode": "mandatory"}})
	ana.ok("conversation.close", object{"conversation_id": id})
	expect("mandatory", "wrapup")
	if code := ana.refused("message.send", object{"conversation_id": id, "text": "oi"}); code != "conversation_closed" {
		t.Errorf("send in wrap-up: %s", code)
	}
	if code := ana.refused("conversation.close", object{"conversation_id": id}); code != "script_required" {
		t.Errorf("end of wrap-up without script: %s", code)
	}
	o.inbound(o.channel, "again", phoneOf(0), "mais uma coisa")
	expect("written to in wrap-up", "active")
	ana.ok("conversation.close", object{"conversation_id": id})
	ana.ok("conversation.close", object{"conversation_id": id, "script": script})
	expect("filed", "closed")

	id = o.accepted(ana, "optional", phoneOf(1))
	o.patch("/queues/"+o.queue, object{"wrapup": object{"mode": "optional"}})
	ana.ok("conversation.close", object{"conversation_id": id, "script": script})
	expect("optional, with script", "closed")

	id = o.accepted(ana, "timed", phoneOf(2))
	o.patch("/queues/"+o.queue, object{"wrapup": object{"mode": "timed", "ms": 1000}})
	ana.ok("conversation.close", object{"conversation_id": id})
	expect("timed", "wrapup")
	if e := ana.event("conversation.removed"); e["conversation_id"] == id {
		t.Errorf("removed too early: %v", e)
	}
	o.until("the wrap-up to end", func() bool { return state() == "closed" })
	head := o.must(200, "GET", "/conversations/"+id, o.admin, nil)
	if s, ok := head["script"].(object); !ok || s["automatic"] != true {
		t.Errorf("script at the end of the time: %v", head["script"])
	}
}

func TestANewMessageReopensWithinTheWindowAndOpensALinkedConversationOutside(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	bia := o.desk(o.bia)
	bia.ok("status.set", object{"status": "ready"})
	script := object{"reason_id": o.reason, "resolved": true}
	number := o.must(200, "GET", "/conversations/"+id, o.admin, nil)["protocol_number"]
	ana.ok("conversation.close", object{"conversation_id": id, "script": script})
	back := o.inbound(o.channel, "back", phoneOf(0), "voltei")
	if back["conversation_id"] != id || back["created_conversation"] != false {
		t.Fatalf("within the window: %v", back)
	}
	offer := ana.event("offer.created") // Bia has been idle for longer: the one who answered before is preferred
	if offer["conversation_id"] != id {
		t.Fatalf("offer %v", offer)
	}
	ana.ok("offer.accept", object{"offer_id": offer["id"]})
	if m := o.must(200, "GET", "/conversations/"+id+"/messages", o.ana, nil)["items"].([]any); len(m) != 2 || m[1].(object)["seq"] != 2.0 {
		t.Errorf("messages %v", m)
	}
	ana.ok("conversation.close", object{"conversation_id": id, "script": script})
	o.patch("/queues/"+o.queue, object{"reopen_window_ms": 0})
	next := o.inbound(o.channel, "next", phoneOf(0), "outro assunto")
	if next["conversation_id"] == id || next["created_conversation"] != true {
		t.Fatalf("outside the window: %v", next)
	}
	head := o.must(200, "GET", "/conversations/"+next["conversation_id"].(string), o.admin, nil)
	if head["previous_id"] != id || head["last_seq"] != 1.0 {
		t.Errorf("head %v", head)
	}
	var year, first, second int
	fmt.Sscanf(number.(string), "%d-%d", &year, &first)
	fmt.Sscanf(fmt.Sprint(head["protocol_number"]), "%d-%d", &year, &second)
	if first != 1 || second != 2 {
		t.Errorf("protocol numbers %v and %v", number, head["protocol_number"])
	}
}
