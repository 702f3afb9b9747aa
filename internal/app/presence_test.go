package app

import (
	"fmt"
	"testing"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
	"pronto/transport"
)

func TestAPauseHasItsPlanAndTheOrganisationMayDemandAReason(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	lunch := o.create("/pause-reasons", object{"name": "Almoço", "planned_minutes": 60})
	ana := o.desk(o.ana)
	if r := ana.ok("status.set", object{"status": "not_ready"}); r["reason_id"] != "" || r["planned_until"] != nil {
		t.Errorf("without a reason: %v", r)
	}
	o.patch("/organisation", object{"reason_required": true})
	if code := ana.refused("status.set", object{"status": "not_ready"}); code != "reason_required" {
		t.Errorf("without a reason, where one is demanded: %s", code)
	}
	ana.ok("status.set", object{"status": "ready"})
	ana.event("status.changed")
	r := ana.ok("status.set", object{"status": "not_ready", "reason_id": lunch})
	e := ana.event("status.changed")
	for name, v := range map[string]object{"reply": r, "event": e} {
		since, err := time.Parse(time.RFC3339, v["since"].(string))
		until, err2 := time.Parse(time.RFC3339, fmt.Sprint(v["planned_until"]))
		if err != nil || err2 != nil || until.Sub(since) != time.Hour {
			t.Errorf("%s: %v", name, v)
		}
	}
	again := o.dial(o.ana)
	again.send(object{"type": "start"})
	if state := again.frame("snapshot")["data"].(object)["agent"].(object); state["planned_until"] != r["planned_until"] {
		t.Errorf("snapshot: %v", state)
	}
}

func TestNotReadyAfterTheCurrentOnesIsSeenInAllSessions(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	pause := o.create("/pause-reasons", object{"name": "Treino"})
	other := o.dial(o.ana)
	other.send(object{"type": "start"})
	other.frame("snapshot")
	ana.ok("status.set", object{"status": "not_ready", "reason_id": pause, "after_current": true})
	if e := other.event("status.changed"); e["status"] != "ready" || e["after_current"] != true || e["after_reason_id"] != pause {
		t.Errorf("promised: %v", e)
	}
	ana.ok("conversation.close", object{"conversation_id": id, "script": object{"reason_id": o.reason, "resolved": true}})
	if e := other.event("status.changed"); e["status"] != "not_ready" || e["reason_id"] != pause || e["after_current"] != nil {
		t.Errorf("kept: %v", e)
	}
}

// supervisor makes one for the office's queue and signs in.
func (o *office) supervisor(login string, queues ...string) (id, token string) {
	o.t.Helper()
	id = o.create("/agents", object{"name": "Sup " + login, "login": login, "password": password, "role": "supervisor", "queue_ids": queues})
	return id, o.login(login, password)
}

func TestASupervisorsForceIsRecordedAndTheAgentIsToldWho(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	other := o.create("/queues", object{"name": "Outra"})
	supID, sup := o.supervisor("sup", o.queue)
	_, stranger := o.supervisor("fora", other)
	meeting := o.create("/pause-reasons", object{"name": "Reunião", "planned_minutes": 10})
	ana := o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	ana.event("status.changed")
	o.desk(sup).ok("status.force", object{"agent_id": o.anaID, "status": "not_ready", "reason_id": meeting})
	if e := ana.event("status.changed"); e["by"].(object)["id"] != supID || e["by"].(object)["name"] != "Sup sup" || e["reason_id"] != meeting {
		t.Errorf("the agent is told %v", e)
	}
	if status, _ := o.call("PUT", "/agents/"+o.anaID+"/status", stranger, object{"status": "ready"}); status != 404 {
		t.Errorf("a supervisor of another team: %d", status)
	}
	log := o.must(200, "GET", "/agents/"+o.anaID+"/status-log?limit=1", sup, nil)
	first := log["items"].([]any)[0].(object)
	if first["status"] != "ready" || first["by"].(object)["id"] != o.anaID || first["end"] == nil {
		t.Errorf("first: %v", first)
	}
	log = o.must(200, "GET", fmt.Sprintf("/agents/%s/status-log?cursor=%v", o.anaID, log["next_cursor"]), o.ana, nil)
	forced := log["items"].([]any)[0].(object)
	if len(log["items"].([]any)) != 1 || forced["reason_id"] != meeting || forced["by"].(object)["id"] != supID || forced["end"] != nil || forced["planned_until"] == nil || log["next_cursor"] != nil {
		t.Errorf("then: %v", log)
	}
	for token, want := range map[string]int{o.bia: 404, stranger: 404, o.admin: 200} {
		if status, _ := o.call("GET", "/agents/"+o.anaID+"/connection-log", token, nil); status != want {
			t.Errorf("the log of others: %d, not %d", status, want)
		}
	}
	connections := o.must(200, "GET", "/agents/"+o.anaID+"/connection-log", sup, nil)["items"].([]any)
	if len(connections) != 1 || connections[0].(object)["start"] == nil || connections[0].(object)["end"] != nil {
		t.Errorf("connections: %v", connections)
	}
	if status, out := o.call("GET", "/agents/"+o.anaID+"/status-log?cursor=x", sup, nil); status != 400 {
		t.Errorf("a cursor of nobody: %d %v", status, out)
	}
}

func TestTheQueuesRuleDecidesAboutConversationsOfGoneAgents(t *testing.T) {
	bubble(t, func(b *inBubble) {
		org := *defaultOrganisation()
		org.SuspectMS = 10_000
		b.put(transport.KindOrganisation, transport.OrganisationID, &org)
		keep := protocol.Queue{ID: newID("que", 0), Name: "Fica"}
		protocol.SetDefaults(&keep)
		keep.Gone = protocol.Gone{Policy: "keep"}
		b.put(transport.KindQueue, keep.ID, &keep)
		soon := *b.app.catalog.now.Load().queues[b.queue]
		soon.Gone = protocol.Gone{Policy: "requeue", AfterMS: 30_000}
		b.replace(transport.KindQueue, string(b.queue), 1, &soon)
		web := *b.channelOf("web")
		web.QueueID = keep.ID
		b.replace(transport.KindChannel, web.ID, 1, &web)
		ana := b.agent("ana")
		a := *b.app.catalog.now.Load().agents[ana]
		a.QueueIDs = append(a.QueueIDs, keep.ID)
		b.replace(transport.KindAgent, string(ana), 1, &a)
		l := b.start(ana)
		l.ready()
		generic := b.write(b.channel, phoneOf(1)).Conversation
		l.take()
		live := b.write(&web, phoneOf(2)).Conversation
		l.take()
		l.lose()
		passInBubble(39 * time.Second)
		if s := b.state(generic); s.State != dispatch.ConversationActive {
			t.Errorf("too early: %s", s.State)
		}
		b.write(b.channel, phoneOf(3)) // waits when the other comes back
		passInBubble(2 * time.Second)
		if s := b.state(generic); s.State != dispatch.ConversationQueued || !s.Top {
			t.Errorf("by the queue's rule: %s, before all others: %v", s.State, s.Top)
		}
		passInBubble(time.Hour)
		if s := b.state(live); s.State != dispatch.ConversationActive {
			t.Errorf("kept although the channel is live: %s", s.State)
		}
		b.write(&web, phoneOf(2))
		if s := b.state(live); s.State != dispatch.ConversationQueued {
			t.Errorf("after the contact wrote: %s", s.State)
		}
		log, err := (presence{b.app.db}).Connections(t.Context(), ana, transport.LogRange{Limit: 5})
		if err != nil || len(log) != 1 || log[0].End.Sub(log[0].Start) > time.Second {
			t.Errorf("connections %v %v", log, err)
		}
	})
}
