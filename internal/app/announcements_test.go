package app

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pronto/protocol"
	"pronto/transport"
)

// shown are the titles of the announcements that somebody is shown now, marked ones with a "✓".
func (o *office) announced(token string) (titles []string) {
	o.t.Helper()
	for _, x := range o.must(200, "GET", "/me/announcements", token, nil)["items"].([]any) {
		a := x.(object)
		title := a["title"].(string)
		if a["read"] == true {
			title += " ✓"
		}
		titles = append(titles, title)
	}
	return titles
}

func TestAnnouncementsReachTheDesksConcernedAtOnceAndKeepWhoReadThem(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	other := o.create("/queues", object{"name": "Outra"})
	o.create("/agents", object{"name": "Eva", "login": "eva", "password": password, "role": "agent", "queue_ids": []string{other}})
	_, sup := o.supervisor("sup", o.queue)
	eva := o.login("eva", password)
	hers, far := o.desk(o.ana), o.desk(eva)
	is := func(token string, want ...string) {
		t.Helper()
		if got := fmt.Sprint(o.announced(token)); got != fmt.Sprint(want) {
			t.Errorf("shown %s, not %v", got, want)
		}
	}
	told := func(d *desk, id string, version float64) {
		t.Helper()
		d.wait("config.changed", func(f object) bool {
			e, ok := f["data"].(object)
			return ok && f["name"] == "config.changed" && e["kind"] == "announcement" && e["id"] == id && e["version"] == version
		})
	}
	mine := o.must(201, "POST", "/announcements", sup, object{"title": "Boleto fora do ar", "text": "Até 14h.", "queue_ids": []string{o.queue}})
	id := mine["id"].(string)
	told(hers, id, 1)
	is(o.ana, "Boleto fora do ar")
	is(eva)
	is(sup, "Boleto fora do ar")
	all := o.create("/announcements", object{"title": "Feriado", "text": "Fechamos às 12h.", "important": true, "queue_ids": []string{}})
	far.wait("config.changed", func(f object) bool { // the first announcement that Eva hears of
		e, ok := f["data"].(object)
		if ok && f["name"] == "config.changed" && e["id"] == id {
			t.Error("Eva is told what is for others")
		}
		return ok && f["name"] == "config.changed" && e["id"] == all
	})
	is(eva, "Feriado")
	is(o.ana, "Feriado", "Boleto fora do ar")
	o.must(204, "PUT", "/me/announcements/"+id+"/read", o.ana, nil)
	told(hers, id, 1) // the agent's other pages
	is(o.ana, "Feriado", "Boleto fora do ar ✓")
	is(sup, "Feriado", "Boleto fora do ar")
	if status, _ := o.call("PUT", "/me/announcements/"+id+"/read", eva, nil); status != 404 {
		t.Errorf("Eva marks what is not for Eva: %d", status)
	}

	// A supervisor writes to the own queues alone; an agent to nobody.
	for _, body := range []object{{"title": "x", "text": "x", "queue_ids": []string{other}}, {"title": "x", "text": "x", "queue_ids": []string{o.queue, other}}, {"title": "x", "text": "x"}} {
		if status, _ := o.call("POST", "/announcements", sup, body); status != 403 {
			t.Errorf("a supervisor writes %v: %d", body, status)
		}
	}
	if status, _ := o.call("PATCH", "/announcements/"+all, sup, object{"title": "x"}); status != 403 {
		t.Errorf("a supervisor changes what is for everybody: %d", status)
	}
	if status, _ := o.call("POST", "/announcements", o.ana, object{"title": "x", "text": "x"}); status != 403 {
		t.Errorf("an agent writes: %d", status)
	}
	if status, p := o.call("POST", "/announcements", o.admin, object{"title": "x", "text": "x", "from": "2030-01-02T00:00:00Z", "until": "2030-01-01T00:00:00Z"}); status != 400 || p["errors"].([]any)[0].(object)["pointer"] != "/until" {
		t.Errorf("it ends before it begins: %d %v", status, p)
	}

	o.must(200, "PATCH", "/announcements/"+id, sup, object{"text": "Até 16h."})
	told(hers, id, 2)
	is(o.ana, "Feriado", "Boleto fora do ar")
	o.must(200, "PATCH", "/announcements/"+all, o.admin, object{"queue_ids": []string{other}})
	told(hers, all, 2) // who is not concerned any more is told, too
	is(o.ana, "Boleto fora do ar")
	o.must(204, "DELETE", "/announcements/"+id, sup, nil)
	told(hers, id, 0)
	is(o.ana)
	if e := o.audit("action=announcement."); len(e) != 5 {
		t.Errorf("audit: %v", e)
	}
	if found := o.must(200, "GET", "/configuration", o.admin, nil)["announcements"].([]any); len(found) != 1 {
		t.Errorf("exported: %v", found)
	}
}

func TestAnAnnouncementIsShownFromItsBeginningToItsEndAndClientsKnowWhenToLookAgain(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		ana := b.agent("ana")
		from := time.Now().Add(time.Hour)
		until := from.Add(time.Hour)
		for id, n := range map[string]*protocol.Announcement{"ann_1": {Title: "Sempre", Text: "x"}, "ann_2": {Title: "Breve", Text: "x", From: protocol.At(from), Until: protocol.At(until)}} {
			n.ID = id
			if err := b.app.putDocument(b.t.Context(), transport.KindAnnouncement, id, n, nil); err != nil {
				t.Fatal(err)
			}
		}
		look := func(changes time.Time, want ...string) {
			t.Helper()
			now, err := announcements{b.app.catalog, b.app.system, b.app.db}.Now(b.t.Context(), ana)
			if err != nil {
				t.Fatal(err)
			}
			var titles []string
			for i := range now.Items {
				titles = append(titles, now.Items[i].Title)
			}
			if !slices.Equal(titles, want) || !now.ChangesAt.Equal(changes) {
				t.Errorf("%v, changing at %v; not %v, at %v", titles, now.ChangesAt, want, changes)
			}
		}
		look(from, "Sempre")
		passInBubble(time.Hour - time.Millisecond)
		look(from, "Sempre")
		passInBubble(time.Millisecond)
		look(until, "Breve", "Sempre")
		passInBubble(time.Hour)
		look(time.Time{}, "Sempre")
	})
}
