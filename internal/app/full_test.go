package app

import (
	"testing"
	"time"

	"pronto/dispatch"
)

func TestAFullDiskMakesTheServerReadOnlyAndSaysSo(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	ana.drop()
	o.shut()
	full := &office{server: startWith(t, Config{Data: o.dir, MinFreeBytes: 1 << 62}), queue: o.queue, channel: o.channel, ana: o.ana, anaID: o.anaID}
	full.admin = o.admin
	head := full.head(id)
	if head["state"] != "active" || head["last_seq"] != 1.0 {
		t.Errorf("read: %v", head)
	}
	d := full.desk(full.ana)
	for name, data := range map[string]object{
		"message.send": {"conversation_id": id, "text": "oi"},
		"message.read": {"conversation_id": id, "seq": 1},
		"status.set":   {"status": "not_ready"},
	} {
		if code := d.refused(name, data); code != "read_only" {
			t.Errorf("%s: %s", name, code)
		}
	}
	for path, body := range map[string]object{
		"/channels/" + o.channel + "/messages": {"external_id": "x", "text": "oi", "contact": byPhone(phoneOf(0))},
		"/queues":                              {"name": "Nova"},
		"/conversations/" + id + "/notes":      {"text": "nota"},
	} {
		if status, out := full.call("POST", path, full.admin, body); status != 503 || out["code"] != "read_only" {
			t.Errorf("POST %s: %d %v", path, status, out["code"])
		}
	}
	if again := full.head(id); again["version"] != head["version"] {
		t.Errorf("changed: %v", again)
	}
}

func TestDeadlinesOfAFullDiskAreMetWhenThereIsRoomAgain(t *testing.T) {
	bubble(t, func(b *inBubble) {
		l := b.start(b.agent("ana"))
		l.ready()
		id := b.write(b.channel, phoneOf(0)).Conversation
		offer := l.offer().ID
		if err := b.app.Close(); err != nil {
			t.Fatal(err)
		}
		b.openWith(1 << 62)
		passInBubble(3 * time.Minute)
		if s := b.state(id); s.Offer == nil || s.Offer.ID != offer {
			t.Errorf("changed on a full disk: %+v", s)
		}
		if status, _ := b.status(l.agent); status != dispatch.StatusReady {
			t.Errorf("changed on a full disk: %s", status)
		}
		if err := b.app.Close(); err != nil {
			t.Fatal(err)
		}
		b.open()
		passInBubble(dispatch.SuspectTime + 2*time.Second)
		if s := b.state(id); s.State != dispatch.ConversationQueued || len(s.Ended) != 1 {
			t.Errorf("with room again: %s %+v", s.State, s.Ended)
		}
		if status, reason := b.status(l.agent); status != dispatch.StatusNotReady || reason != dispatch.ReasonDisconnected {
			t.Errorf("with room again: %s %s", status, reason)
		}
	})
}
