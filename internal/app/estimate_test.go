package app

import (
	"testing"
	"testing/synctest"
	"time"

	"pronto/dispatch"
)

// serve has an agent take what is offered and close it after some time.
func (l *link) serve(d time.Duration) {
	l.b.t.Helper()
	id := l.take()
	passInBubble(d)
	if err := l.command(id.Address(), dispatch.CloseConversation{By: dispatch.Actor{Agent: l.agent}}); err != nil {
		l.b.t.Fatal(err)
	}
}

func (b *inBubble) view() dispatch.QueueView {
	b.t.Helper()
	v, err := b.app.system.QueueView(b.t.Context(), b.queue)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func TestWhoWaitsIsToldAPlaceAndAWaitThatIsComparedWithTheTruth(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		ana := b.start(b.agent("ana"))
		ana.ready()
		first := b.write(b.channel, phoneOf(1)).Conversation
		ana.serve(2 * time.Minute)
		if s := b.state(first); s.Joined != nil || s.Service == nil || s.Service.Handling != 2*time.Minute {
			b.t.Errorf("the first one never waited in line: %+v", s.Service)
		}
		for i := range 4 { // all slots
			b.write(b.channel, phoneOf(10+i))
			ana.take()
		}
		waits := b.write(b.channel, phoneOf(2)).Conversation
		second := b.write(b.channel, phoneOf(3)).Conversation
		p, err := b.app.system.Place(b.t.Context(), b.queue, second)
		if want := (dispatch.Place{Position: 2, Waiting: 2, Ready: 1, Wait: time.Minute}); err != nil || p != want {
			b.t.Errorf("place %+v %v, not %+v", p, err, want)
		}
		if j := b.state(waits).Joined; j == nil || j.Wait != 30*time.Second {
			b.t.Fatalf("joined %+v", j)
		}
		passInBubble(50 * time.Second)
		taken := ana.owned(b)
		if err := ana.command(taken.Address(), dispatch.CloseConversation{By: dispatch.Actor{Agent: ana.agent}}); err != nil {
			b.t.Fatal(err)
		}
		synctest.Wait()
		if got := ana.take(); got != waits {
			b.t.Fatalf("%s is offered, not %s", got, waits)
		}
		synctest.Wait()
		want := dispatch.EstimateError{Answered: 1, Mean: 20 * time.Second, Bias: 20 * time.Second}
		if v := b.view(); v.Error != want || v.Handled != 2 || v.Waiting != 1 {
			b.t.Errorf("view %+v", v)
		}
	})
}

// owned is one of the conversations that the agent owns.
func (l *link) owned(b *inBubble) dispatch.ConversationID {
	b.t.Helper()
	slots, err := b.app.db.AgentSlots(l.agent)
	if err != nil || len(slots) == 0 {
		b.t.Fatalf("slots: %v", err)
	}
	return slots[0].Conversation
}

func TestTheAveragesOfTheLastHourOutliveARestart(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		ana := b.start(b.agent("ana"))
		ana.ready()
		for i, d := range []time.Duration{time.Minute, 3 * time.Minute} {
			b.write(b.channel, phoneOf(i))
			ana.serve(d)
		}
		before := b.view()
		if before.Handling != 2*time.Minute || before.Handled != 2 {
			b.t.Fatalf("before %+v", before)
		}
		passInBubble(50 * time.Minute)
		if err := b.app.Close(); err != nil {
			b.t.Fatal(err)
		}
		b.open()
		if v := b.view(); v.Handling != before.Handling || v.Handled != 2 {
			b.t.Errorf("after the restart %+v", v)
		}
		passInBubble(20 * time.Minute)
		if v := b.view(); v.Handled != 0 {
			b.t.Errorf("an hour later %+v", v)
		}
	})
}

func TestASupervisorSeesHowTheQueuesOfTheTeamStand(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	other := o.create("/queues", object{"name": "Outra"})
	o.create("/agents", object{"name": "Sueli", "login": "sueli", "password": password, "role": "supervisor", "queue_ids": []string{o.queue}})
	sueli := o.login("sueli", password)
	id := o.inbound(o.channel, "e1", phoneOf(1), "oi")["conversation_id"].(string)
	path := "/conversations/" + id + "/position"
	o.until("the conversation to wait", func() bool { status, _ := o.call("GET", path, sueli, nil); return status == 200 })
	if p := o.must(200, "GET", path, sueli, nil); p["position"] != 1.0 || p["waiting"] != 1.0 || p["wait_estimate_ms"] != nil {
		t.Errorf("position %v", p)
	}
	v := o.must(200, "GET", "/queues/"+o.queue+"/live", sueli, nil)
	if v["waiting"] != 1.0 || v["queue"].(object)["name"] != "Financeiro" || v["oldest_at"] == nil || v["ready_agents"] != 0.0 {
		t.Errorf("live %v", v)
	}
	for token, status := range map[string]int{o.ana: 403, sueli: 404, o.admin: 200} {
		if got, out := o.call("GET", "/queues/"+other+"/live", token, nil); got != status {
			t.Errorf("another queue: %d, not %d: %v", got, status, out)
		}
	}
	o.must(404, "GET", "/queues/que_x/live", o.admin, nil)
	events := o.must(200, "GET", "/conversations/"+id+"/events", o.admin, nil)["items"].([]any)
	if e := events[2].(object); e["name"] != "queue_joined" || e["data"].(object)["position"] != 1.0 {
		t.Errorf("events %v", events)
	}
	o.must(201, "POST", "/conversations/"+id+"/notes", o.admin, object{"text": "x"})
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	ana.ok("offer.accept", object{"offer_id": ana.event("offer.created")["id"]})
	o.must(404, "GET", path, sueli, nil)
}
