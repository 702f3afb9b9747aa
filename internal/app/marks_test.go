package app

import (
	"strings"
	"testing"
)

func TestTagsAreNormalisedShownAndFound(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	reply := ana.ok("conversation.tag", object{"conversation_id": id, "add": []string{"  Segunda   Via ", "VIP"}})
	tags := reply["conversation"].(object)["tags"].([]any)
	if len(tags) != 2 || tags[0] != "segunda via" || tags[1] != "vip" {
		t.Errorf("tags %v", tags)
	}
	if e := ana.event("conversation.updated"); len(e["tags"].([]any)) != 2 {
		t.Errorf("event %v", e)
	}
	if code := ana.refused("conversation.tag", object{"conversation_id": id, "add": []string{"a,b"}}); code != "bad_request" {
		t.Errorf("a comma: %s", code)
	}
	bia := o.desk(o.bia)
	if code := bia.refused("conversation.tag", object{"conversation_id": id, "add": []string{"x"}}); code != "not_owner" {
		t.Errorf("a stranger: %s", code)
	}
	other := o.accepted(ana, "other", phoneOf(1))
	o.must(200, "POST", "/conversations/"+other+"/tags", o.ana, object{"add": []string{"vip"}})
	for query, want := range map[string]int{"?tag=vip": 2, "?tag=Segunda%20via,vip": 1, "?tag=none": 0, "?tag=vip&state=closed": 0, "?tag=vip&limit=1": 1} {
		if found := o.must(200, "GET", "/conversations"+query, o.admin, nil)["items"].([]any); len(found) != want {
			t.Errorf("%s: %d found, not %d", query, len(found), want)
		}
	}
	if status, _ := o.call("GET", "/conversations?tag=,", o.admin, nil); status != 400 {
		t.Errorf("no tag at all: %d", status)
	}
	o.must(200, "POST", "/conversations/"+id+"/tags", o.admin, object{"remove": []string{"vip"}})
	if found := o.must(200, "GET", "/conversations?tag=vip", o.admin, nil)["items"].([]any); len(found) != 1 || found[0].(object)["id"] != other {
		t.Errorf("after the removal: %v", found)
	}
}

func TestASupervisorChangesThePriorityOfWhoWaits(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	if code := ana.refused("conversation.priority", object{"conversation_id": id, "priority": 3}); code != "forbidden" {
		t.Errorf("an agent: %s", code)
	}
	ana.ok("status.set", object{"status": "not_ready"})
	first := o.inbound(o.channel, "p1", phoneOf(1), "primeiro")["conversation_id"].(string)
	second := o.inbound(o.channel, "p2", phoneOf(2), "segundo")["conversation_id"].(string)
	if status, _ := o.call("POST", "/conversations/"+second+"/priority", o.admin, object{"priority": 11}); status != 400 {
		t.Errorf("out of range: %d", status)
	}
	head := o.must(200, "POST", "/conversations/"+second+"/priority", o.admin, object{"priority": 5})
	if head["priority"] != 5.0 || head["state"] != "queued" {
		t.Errorf("changed %v", head)
	}
	ana.ok("status.set", object{"status": "ready"})
	if offer := ana.event("offer.created"); offer["conversation_id"] != second {
		t.Errorf("%v is offered first, not %s before %s", offer["conversation_id"], second, first)
	}
}

func TestAMessageSaysWhichPreparedTextItCameFrom(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	canned := o.create("/canned-responses", object{"shortcut": "oi", "title": "Oi", "text": "Bom dia!"})
	m := ana.ok("message.send", object{"conversation_id": id, "text": "Bom dia!", "canned_response_id": canned})["message"].(object)
	if m["canned_response_id"] != canned {
		t.Errorf("message %v", m)
	}
	messages := o.must(200, "GET", "/conversations/"+id+"/messages", o.ana, nil)["items"].([]any)
	if last := messages[len(messages)-1].(object); last["canned_response_id"] != canned {
		t.Errorf("read again: %v", last)
	}
	if code := ana.refused("message.send", object{"conversation_id": id, "text": "x", "canned_response_id": "can_none"}); code != "bad_request" {
		t.Errorf("an unknown one: %s", code)
	}
}

func TestATextIsNoLongerThanItsChannelTakes(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		ana := b.start(b.agent("ana"))
		ana.ready()
		b.write(b.channelOf("whatsapp"), "+5511910000001")
		id := ana.take()
		ana.says(id, strings.Repeat("é", 4096))
		if err := ana.try(id, strings.Repeat("é", 4097)); err == nil || err.Code != "too_long" {
			t.Errorf("one character more: %v", err)
		}
	})
}
