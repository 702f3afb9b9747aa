package app

import (
	"testing"
	"testing/synctest"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
	"pronto/transport"
)

func TestAConversationThatRestsLeavesRoomUnderTheCeiling(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	o.patch("/agents/"+o.anaID, object{"capacity": 1, "hard_capacity": 2})
	o.patch("/queues/"+o.queue, object{"offer_time_ms": 60_000})
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	var ids []string
	for i := range 3 {
		o.inbound(o.channel, phoneOf(i), phoneOf(i), "oi")
	}
	take := func() {
		t.Helper()
		offer := ana.event("offer.created")
		ana.ok("offer.accept", object{"offer_id": offer["id"]})
		ids = append(ids, ana.event("conversation.assigned")["id"].(string))
	}
	take()
	ana.ok("conversation.hold", object{"conversation_id": ids[0]})
	take()
	ana.ok("conversation.hold", object{"conversation_id": ids[1]})
	ana.ok("conversation.unhold", object{"conversation_id": ids[0]})
	again := o.dial(o.ana)
	again.send(object{"type": "start"})
	state := again.frame("snapshot")["data"].(object)["agent"].(object)
	if state["load"] != 1.0 || state["hard_load"] != 2.0 || state["capacity"] != 1.0 || state["hard_capacity"] != 2.0 {
		t.Errorf("snapshot: %v", state)
	}
	if waiting := o.must(200, "GET", "/conversations?state=queued", o.admin, nil)["items"].([]any); len(waiting) != 1 {
		t.Errorf("the third one does not wait: %v", waiting)
	}
	o.patch("/agents/"+o.anaID, object{"hard_capacity": 3, "capacity": 2})
	take()
}

func TestAnAgentsCeilingIsNotBelowItsCapacity(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	status, out := o.call("PATCH", "/agents/"+o.anaID, o.admin, object{"capacity": 5, "hard_capacity": 4})
	if status != 400 || out["errors"].([]any)[0].(object)["pointer"] != "/hard_capacity" {
		t.Errorf("%d %v", status, out)
	}
}

func TestChannelsAndQueuesWeighTogether(t *testing.T) {
	bubble(t, func(b *inBubble) {
		queue := *b.app.catalog.now.Load().queues[b.queue]
		queue.Weight = 3
		b.replace(transport.KindQueue, string(b.queue), 1, &queue)
		ch := *b.channel
		ch.Weight = 2
		b.replace(transport.KindChannel, ch.ID, 1, &ch)
		if w := b.state(b.write(&ch, phoneOf(1)).Conversation).Weight; w != 6 {
			t.Errorf("3 × 2 weighs %d", w)
		}
		ch.Weight = 7
		b.replace(transport.KindChannel, ch.ID, 2, &ch)
		if w := b.state(b.write(&ch, phoneOf(2)).Conversation).Weight; w != maxWeight {
			t.Errorf("3 × 7 weighs %d", w)
		}
	})
}

// TestAContactWhoOwesAnAnswerTooLongLeavesRoom: with the organisation's time, in force while the agent is at work.
func TestAContactWhoOwesAnAnswerTooLongLeavesRoom(t *testing.T) {
	bubble(t, func(b *inBubble) {
		ana := b.agent("ana")
		a := *b.app.catalog.now.Load().agents[ana]
		a.Capacity, a.HardCapacity = 1, 2
		b.replace(transport.KindAgent, string(ana), 1, &a)
		desk := b.start(ana)
		desk.ready()
		first := b.write(b.channel, phoneOf(1)).Conversation
		desk.take()
		by := dispatch.Actor{Agent: ana}
		if err := desk.command(first.Address(), dispatch.SendMessage{ID: "msg_1", By: by, Author: dispatch.Author{Kind: dispatch.AuthorAgent}, Text: "?"}); err != nil {
			t.Fatal(err)
		}
		second := b.write(b.channel, phoneOf(2)).Conversation
		pass := func(d time.Duration, want dispatch.ConversationState) {
			t.Helper()
			passInBubble(d)
			if s := b.state(second).State; s != want {
				t.Fatalf("after %s the second is %s, not %s", d, s, want)
			}
		}
		pass(2*time.Minute, dispatch.ConversationQueued)
		org := *defaultOrganisation()
		org.SilentAfterMS = 60_000
		b.put(transport.KindOrganisation, transport.OrganisationID, &org)
		synctest.Wait()
		pass(time.Second, dispatch.ConversationOffered)
		desk.take()
		third := b.write(b.channel, phoneOf(3)).Conversation
		pass(5*time.Minute, dispatch.ConversationActive)
		if s := b.state(third).State; s != dispatch.ConversationQueued {
			t.Errorf("beyond the ceiling: %s", s)
		}
	})
}

func TestTheOrganisationHasItsDefaultsUntilItIsChanged(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	want := protocol.Organisation{}
	protocol.SetDefaults(&want)
	now := o.must(200, "GET", "/organisation", o.ana, nil)
	if now["version"] != 0.0 || now["silent_after_ms"] != float64(want.SilentAfterMS) {
		t.Errorf("%v", now)
	}
	changed := o.patch("/organisation", object{"silent_after_ms": 5000})
	if changed["version"] != 1.0 || o.must(200, "GET", "/organisation", o.ana, nil)["silent_after_ms"] != 5000.0 {
		t.Errorf("%v", changed)
	}
	if status, _ := o.call("PATCH", "/organisation", o.admin, object{"silent_after_ms": 1}, "If-Match", `"0"`); status != 412 {
		t.Errorf("stale: %d", status)
	}
	if status, _ := o.call("PATCH", "/organisation", o.ana, object{"silent_after_ms": 1}); status != 403 {
		t.Errorf("an agent: %d", status)
	}
	if status, out := o.call("PATCH", "/organisation", o.admin, object{"silent_after_ms": -1}); status != 400 || out["errors"].([]any)[0].(object)["pointer"] != "/silent_after_ms" {
		t.Errorf("%d %v", status, out)
	}
	o.shut()
	again := startServer(t, o.dir)
	if v := again.must(200, "GET", "/organisation", again.admin, nil); v["silent_after_ms"] != 5000.0 {
		t.Errorf("after a restart: %v", v)
	}
}
