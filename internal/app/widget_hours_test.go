package app

import (
	"fmt"
	"net/url"
	"testing"
)

func TestVisitorsSeeWhenTheChannelOpensAndCloses(t *testing.T) {
	s := openShop(t, object{"closed_text": "Voltamos às 9h."}, nil)
	v, world := s.visit(nil)
	if h := world["hours"].(object); h["open"] != true || world["widget"].(object)["closed_text"] != "Voltamos às 9h." {
		t.Errorf("without hours: %v", world)
	}
	never := s.must(201, "POST", "/business-hours", s.admin, object{"name": "Nunca", "time_zone": "UTC", "weekly": []object{}})["id"].(string)
	s.must(200, "PATCH", "/queues/"+s.queue, s.admin, object{"hours_id": never})
	closed := v.wait("closed", func(f object) bool { return f["name"] == "widget.hours" })
	if closed["data"].(object)["open"] != false {
		t.Errorf("told %v", closed)
	}
	if _, now := s.visit(nil); now["hours"].(object)["open"] != false {
		t.Errorf("a page that opens now: %v", now["hours"])
	}
	v.ok("message.send", object{"text": "Oi"}) // is taken in at any time
	days := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	s.must(200, "PATCH", "/business-hours/"+never, s.admin, object{"weekly": []object{{"days": days, "from": "00:00", "to": "24:00"}}})
	v.wait("opened", func(f object) bool { return f["name"] == "widget.hours" && f["data"].(object)["open"] == true })
}

func TestAPageShowsWhatAnAdministratorChangedMeanwhile(t *testing.T) {
	s := openShop(t, object{"title": "Loja"}, nil)
	v, _ := s.visit(nil)
	v.ok("message.send", object{"text": "Oi"})
	s.must(200, "PATCH", "/channels/"+s.channel, s.admin, object{"widget": object{"title": "Loja nova"}})
	f := v.frame("snapshot")
	data := f["data"].(object)
	if f["reason"] != "access_changed" || data["widget"].(object)["title"] != "Loja nova" || len(data["messages"].([]any)) == 0 {
		t.Errorf("after the change: %v", f)
	}
	v.ok("message.send", object{"text": "e mais"})
}

func TestAVisitorReadsEarlierMessagesOfItsOwnOnly(t *testing.T) {
	s := openShop(t, object{"messages_per_minute": 600}, nil)
	v, world := s.visit(nil)
	token := world["visitor_token"].(string)
	tab, _ := s.visit(object{"visitor_token": token})
	var id string
	for i := range 60 { // a page may send 40 commands at once
		page := v
		if i >= 30 {
			page = tab
		}
		id = page.ok("message.send", object{"text": fmt.Sprint(i + 1)})["message"].(object)["conversation_id"].(string)
	}
	_, again := s.visit(object{"visitor_token": token})
	shown := again["messages"].([]any)
	if len(shown) != 50 || again["more"] != true || shown[0].(object)["text"] != "11" {
		t.Fatalf("%d messages, more %v", len(shown), again["more"])
	}
	before := func(status int, conversation, token, query string) object {
		t.Helper()
		path := "/widget/conversations/" + conversation + "/messages?channel=" + url.QueryEscape(s.channel) + query
		got, out := s.call("GET", path, token, nil, "Origin", s.base)
		if got != status {
			t.Fatalf("%s: %d, not %d: %v", query, got, status, out)
		}
		return out
	}
	page := before(200, id, token, "&before_seq=11&limit=4")
	if got := page["messages"].([]any); len(got) != 4 || got[0].(object)["text"] != "7" || page["more"] != true {
		t.Errorf("%v", page)
	}
	if page = before(200, id, token, "&before_seq=5"); len(page["messages"].([]any)) != 4 || page["more"] != false {
		t.Errorf("%v", page)
	}
	if page = before(200, id, token, "&before_seq=1"); len(page["messages"].([]any)) != 0 || page["more"] != false {
		t.Errorf("%v", page)
	}
	for _, bad := range []string{"", "&before_seq=0", "&before_seq=x", "&before_seq=9&limit=101"} {
		before(400, id, token, bad)
	}
	other, theirs := s.visit(nil)
	other.ok("message.send", object{"text": "Outra pessoa"})
	before(404, id, theirs["visitor_token"].(string), "&before_seq=5")
	before(404, "cnv_nobody", token, "&before_seq=5")
	before(401, id, "pvt_x", "&before_seq=5")
}
