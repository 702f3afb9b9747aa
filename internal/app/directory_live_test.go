package app

import (
	"testing"
	"time"

	"pronto/dispatch"
	"pronto/transport"
)

// entry is the agent of an id in directory.agents.
func entry(data object, id string) object {
	for _, x := range data["agents"].([]any) {
		if x.(object)["id"] == id {
			return x.(object)
		}
	}
	return nil
}

func TestAgentsSeeTheirQueuesAndWhoCouldTakeAConversationLiveAndNothingElse(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	other := o.create("/queues", object{"name": "Outra"})
	eva := o.create("/agents", object{"name": "Eva", "login": "eva", "password": password, "role": "agent", "queue_ids": []string{other}})
	ana, bia := o.desk(o.ana), o.desk(o.login("eva", password))
	ana.ok("directory.subscribe", object{"queues": true, "agents": true})
	queues, agents := ana.live("directory.queues", full), ana.live("directory.agents", full)
	if q := of(queues, "queues", "queue", o.queue); len(queues["queues"].([]any)) != 1 || q["waiting"] != 0.0 || len(q) != 2 {
		t.Errorf("queues: %v", queues)
	}
	if a := entry(agents, eva); a == nil || a["dot"] != "red" || a["why"] != "not_ready" || a["capacity"] != 4.0 || len(a) != 6 {
		t.Errorf("Eva: %v", a)
	}
	bia.ok("status.set", object{"status": "ready"})
	ana.live("directory.agents", func(e object) bool {
		a := entry(e, eva)
		return e["full"] == false && a != nil && a["dot"] == "green" && a["why"] == "available"
	})
	o.arrive(1, nil)
	ana.live("directory.queues", func(e object) bool {
		q := of(e, "queues", "queue", o.queue)
		return q != nil && q["waiting"] == 1.0 && q["oldest_at"] != nil && of(e, "queues", "queue", other) == nil
	})
	ana.ok("directory.subscribe", object{"agents": true})
	ana.live("directory.agents", full)
	if e := o.audit("action=directory."); len(e) != 0 {
		t.Errorf("audit: %v", e)
	}
}

func (l *link) near(m dispatch.ShowNear) {
	l.b.t.Helper()
	if err := l.command(l.agent.Address(), m); err != nil {
		l.b.t.Fatal(err)
	}
	passInBubble(time.Second)
}

// nearLooks separates what one session was shown by its two selections.
func (l *link) nearLooks() (near, wide *looks) {
	l.mu.Lock()
	defer l.mu.Unlock()
	near, wide = newLooks(), newLooks()
	for _, e := range l.events {
		at := wide
		switch e := e.(type) {
		case dispatch.EventLiveQueues:
			if e.Near {
				at = near
			}
		case dispatch.EventLiveAgents:
			if e.Near {
				at = near
			}
		}
		at.take(e)
	}
	return near, wide
}

func TestBothSelectionsOfASupervisorsSessionGoOnOverAResumeAndFollowTheQueuesServed(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		other := b.queueOf("Outra")
		sol := b.start(b.supervisor("sol", string(b.queue)))
		ana := b.start(b.agent("ana"))
		sol.show(dispatch.ShowLive{})
		sol.near(dispatch.ShowNear{Queues: true, Agents: true})
		ana.near(dispatch.ShowNear{Queues: true})
		check := func(l *link, queue dispatch.QueueID) {
			t.Helper()
			near, wide := l.nearLooks()
			if len(near.queues) != 1 || near.queues[queue].Queue != queue || len(wide.queues) != 1 || len(near.agents) < 2 || near.agents[ana.agent].Dot != "red" {
				t.Errorf("near %+v, live %+v", near, wide)
			}
		}
		check(sol, b.queue)
		if near, wide := ana.nearLooks(); len(near.agents) != 0 || wide.events != 0 || near.queues[b.queue].Queue == "" {
			t.Errorf("Ana sees %+v and %+v", near, wide)
		}
		sol.lose()
		passInBubble(time.Second)
		next := b.connect(sol.agent)
		next.resume(sol)
		passInBubble(time.Second)
		check(next, b.queue)
		moved := *b.app.catalog.now.Load().agents[sol.agent]
		moved.QueueIDs = []string{other.ID}
		b.replace(transport.KindAgent, moved.ID, 1, &moved)
		passInBubble(time.Second)
		check(next, dispatch.QueueID(other.ID))
		next.show(dispatch.ShowLive{Stop: true})
		b.write(b.channel, "+5511910000001")
		passInBubble(time.Second)
		if near, _ := ana.nearLooks(); near.queues[b.queue].View.Waiting != 1 {
			t.Errorf("Ana sees %+v", near.queues)
		}
		next.near(dispatch.ShowNear{})
		ana.near(dispatch.ShowNear{})
		if b.app.system.Looked() {
			t.Error("nobody looks, and the board is kept")
		}
	})
}
