package app

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
	"pronto/transport"
)

// live waits for a live event of a name that fits.
func (d *desk) live(name string, fits func(object) bool) object {
	d.t.Helper()
	return d.wait(name, func(f object) bool { return f["name"] == name && fits(f["data"].(object)) })["data"].(object)
}

func full(data object) bool { return data["full"] == true }

// of is the entry of an id in a list whose entries name it in a field.
func of(data object, list, field, id string) object {
	for _, x := range data[list].([]any) {
		if x.(object)[field].(object)["id"] == id {
			return x.(object)
		}
	}
	return nil
}

func TestSupervisorsSeeQueuesAndAgentsLiveAndNothingOfOtherTeams(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	other := o.create("/queues", object{"name": "Outra"})
	eva := o.create("/agents", object{"name": "Eva", "login": "eva", "password": password, "role": "agent", "queue_ids": []string{other}})
	_, token := o.supervisor("sup", o.queue)
	sup, ana := o.desk(token), o.desk(o.ana)
	sup.ok("live.subscribe", object{})
	queues, agents := sup.live("live.queues", full), sup.live("live.agents", full)
	if q := of(queues, "queues", "queue", o.queue); q == nil || q["waiting"] != 0.0 || q["agents"].(object)["grey"] != 1.0 || q["service_level"].(object)["percent"] != 100.0 || len(queues["queues"].([]any)) != 1 {
		t.Errorf("queues: %v", queues)
	}
	if a := of(agents, "agents", "agent", o.anaID); a == nil || a["dot"] != "red" || a["status"] != "not_ready" || of(agents, "agents", "agent", eva) != nil {
		t.Errorf("agents: %v", agents)
	}
	sup.event("live.alerts")
	ana.ok("status.set", object{"status": "ready"})
	sup.live("live.agents", func(e object) bool {
		a := of(e, "agents", "agent", o.anaID)
		return a != nil && a["dot"] == "green" && e["full"] == false && of(e, "agents", "agent", eva) == nil
	})
	o.accepted(ana, "1", phoneOf(1))
	sup.live("live.queues", func(e object) bool {
		q := of(e, "queues", "queue", o.queue)
		return q != nil && q["service_level"].(object)["answered"] == 1.0 && q["waiting"] == 0.0
	})
	sup.live("live.agents", func(e object) bool {
		a := of(e, "agents", "agent", o.anaID)
		return a != nil && a["conversations"] == 1.0 && a["load"] == 1.0
	})
	now := o.must(200, "GET", "/live", token, nil)
	if q := of(now, "queues", "queue", o.queue); len(now["queues"].([]any)) != 1 || q["agents"].(object)["green"] != 1.0 || q["service_level"].(object)["within"] != 1.0 {
		t.Errorf("GET /live: %v", now)
	}
	if of(now, "agents", "agent", eva) != nil || of(now, "agents", "agent", o.anaID)["conversations"] != 1.0 {
		t.Errorf("GET /live: %v", now["agents"])
	}
	for _, data := range []object{{"queues": []string{other}}, {"queues": []string{"que_none"}}, {"agents": []string{eva}}, {"agents": []string{"agt_none"}}} {
		if code := sup.refused("live.subscribe", data); code != "not_found" {
			t.Errorf("%v: %s", data, code)
		}
	}
	if code := ana.refused("live.subscribe", object{}); code != "forbidden" {
		t.Errorf("an agent: %s", code)
	}
	if status, _ := o.call("GET", "/live", o.ana, nil); status != 403 {
		t.Errorf("an agent reads /live: %d", status)
	}
	root := o.must(200, "GET", "/live", o.admin, nil)
	if of(root, "agents", "agent", eva) == nil || len(root["queues"].([]any)) != 2 {
		t.Errorf("the administrator: %v", root)
	}
	sup.ok("live.unsubscribe", object{})
	ana.ok("status.set", object{"status": "not_ready"})
	if e := o.audit("action=live."); len(e) != 0 {
		t.Errorf("audit: %v", e)
	}
}

// looks gathers what a session is shown live.
type looks struct {
	queues map[dispatch.QueueID]dispatch.LiveQueue
	agents map[dispatch.AgentID]dispatch.LiveAgent
	alerts []string
	events int
}

func (l *link) looks() *looks {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := newLooks()
	for _, e := range l.events {
		out.take(e)
	}
	return out
}

func newLooks() *looks {
	return &looks{queues: map[dispatch.QueueID]dispatch.LiveQueue{}, agents: map[dispatch.AgentID]dispatch.LiveAgent{}}
}

func (l *looks) take(e dispatch.Event) {
	switch e := e.(type) {
	case dispatch.EventLiveQueues:
		l.events++
		if e.Full {
			clear(l.queues)
		}
		for _, q := range e.Queues {
			l.queues[q.Queue] = q
		}
		for _, id := range e.Removed {
			delete(l.queues, id)
		}
	case dispatch.EventLiveAgents:
		if e.Full {
			clear(l.agents)
		}
		for _, a := range e.Agents {
			l.agents[a.Agent] = a
		}
		for _, id := range e.Removed {
			delete(l.agents, id)
		}
	case dispatch.EventLiveAlerts:
		l.alerts = nil
		for _, a := range e.Alerts {
			l.alerts = append(l.alerts, "have "+string(a.Kind))
		}
	case dispatch.EventAlert:
		word := "raised "
		if e.Cleared {
			word = "over "
		}
		l.alerts = append(l.alerts, word+string(e.Kind))
	}
}

func (l *link) show(m dispatch.ShowLive) {
	l.b.t.Helper()
	if err := l.command(l.agent.Address(), m); err != nil {
		l.b.t.Fatal(err)
	}
	passInBubble(time.Second)
}

func TestLiveFiguresAddUpComeAtMostFourTimesASecondAndSurviveAResume(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		var desks []*link
		for i := range 3 {
			d := b.start(b.agent(fmt.Sprint("a", i)))
			d.ready()
			desks = append(desks, d)
		}
		sol := b.start(b.supervisor("sol", string(b.queue)))
		also := b.start(b.supervisor("also", string(b.queue)))
		sol.show(dispatch.ShowLive{})
		also.show(dispatch.ShowLive{})
		before := sol.looks().events
		for i := range 20 {
			b.write(b.channel, fmt.Sprintf("+55119100000%02d", i))
			passInBubble(50 * time.Millisecond)
		}
		passInBubble(time.Second)
		if n := sol.looks().events - before; n < 2 || n > 9 { // of two seconds
			t.Errorf("%d events in two seconds", n)
		}
		check := func(l *link) {
			t.Helper()
			have := l.looks()
			want, err := b.app.system.QueueView(b.t.Context(), b.queue)
			if err != nil {
				t.Fatal(err)
			}
			got := have.queues[b.queue]
			if got.View.Waiting != want.Waiting || !got.View.Oldest.Equal(want.Oldest) || got.View.Level != want.Level {
				t.Errorf("the queue is shown as %+v and is %+v", got, want)
			}
			dots := [4]int{}
			for _, a := range have.agents {
				now, err := b.app.system.LiveAgent(a.Agent)
				if err != nil || now.Dot != a.Dot || now.Load != a.Load || now.Conversations != a.Conversations {
					t.Errorf("%s is shown as %+v and is %+v (%v)", a.Agent, a, now, err)
				}
				dots[slices.Index([]string{"green", "amber", "red", "grey"}, a.Dot)]++
			}
			if dots != [4]int{got.Green, got.Amber, got.Red, got.Grey} || len(have.agents) != 5 {
				t.Errorf("agents %v, counts %+v", dots, got)
			}
		}
		check(sol)
		check(also)
		first := desks[0].take()
		passInBubble(time.Second)
		check(sol)
		sol.lose()
		desks[1].take()
		desks[2].lose()
		passInBubble(time.Second)
		next := b.connect(sol.agent)
		next.resume(sol)
		passInBubble(time.Second)
		check(next)
		check(also)
		also.show(dispatch.ShowLive{Stop: true})
		next.show(dispatch.ShowLive{Stop: true})
		if b.app.system.Looked() {
			t.Error("nobody looks, and the board is kept")
		}
		quiet := next.looks().events
		desks[0].says(first, "oi")
		b.write(b.channel, "+5511910000099")
		passInBubble(time.Second)
		if next.looks().events != quiet {
			t.Error("it goes on after unsubscribe")
		}
	})
}

func TestAlertsAreRaisedAndOverForWhoLooksAndKnownToWhoComesLater(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		queue := *b.app.catalog.now.Load().queues[b.queue]
		queue.Alerts = &protocol.Alerts{MaxWaitMS: 60_000}
		b.replace(transport.KindQueue, queue.ID, 1, &queue)
		other := b.queueOf("Outra")
		sol, far := b.start(b.supervisor("sol", string(b.queue))), b.start(b.supervisor("far", other.ID))
		sol.show(dispatch.ShowLive{})
		far.show(dispatch.ShowLive{})
		b.write(b.channel, "+5511910000001")
		passInBubble(59 * time.Second)
		told := func(l *link, want ...string) {
			t.Helper()
			synctest.Wait()
			if got := l.looks().alerts; !slices.Equal(got, want) {
				t.Fatalf("told %q, not %q", got, want)
			}
		}
		told(sol)
		passInBubble(3 * time.Second)
		told(sol, "raised max_wait")
		late := b.start(b.supervisor("late", string(b.queue)))
		late.show(dispatch.ShowLive{})
		told(late, "have max_wait")
		ana := b.start(b.agent("ana"))
		ana.ready()
		id := ana.take()
		passInBubble(12 * time.Second)
		told(sol, "raised max_wait", "over max_wait")
		passInBubble(5 * time.Minute) // Ana says nothing
		told(sol, "raised max_wait", "over max_wait", "raised unanswered")
		ana.says(id, "Desculpe a demora")
		passInBubble(time.Second)
		told(sol, "raised max_wait", "over max_wait", "raised unanswered", "over unanswered")
		ana.lose()
		passInBubble(time.Minute)
		told(sol, "raised max_wait", "over max_wait", "raised unanswered", "over unanswered", "raised agent_gone")
		b.start(ana.agent).ready()
		passInBubble(time.Second)
		told(sol, "raised max_wait", "over max_wait", "raised unanswered", "over unanswered", "raised agent_gone", "over agent_gone")
		told(far)
	})
}

func TestAnAlertAboutASilentOwnerOutlivesARestart(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		sup := b.supervisor("sol", string(b.queue))
		ana := b.start(b.agent("ana"))
		ana.ready()
		b.write(b.channel, "+5511910000001")
		id := ana.take()
		passInBubble(6 * time.Minute)
		alerts := func() []dispatch.Alert {
			sol := b.start(sup)
			sol.show(dispatch.ShowLive{})
			defer sol.lose()
			sol.mu.Lock()
			defer sol.mu.Unlock()
			for _, e := range sol.events {
				if e, ok := e.(dispatch.EventLiveAlerts); ok {
					return e.Alerts
				}
			}
			return nil
		}
		before := alerts()
		if len(before) != 1 || before[0].Conversation != id || before[0].Owner != ana.agent {
			t.Fatalf("raised: %+v", before)
		}
		if err := b.app.Close(); err != nil {
			t.Fatal(err)
		}
		b.open()
		if err := b.app.system.Start(); err != nil {
			t.Fatal(err)
		}
		ana = b.start(ana.agent)
		if after := alerts(); !slices.Equal(after, before) {
			t.Fatalf("after a restart: %+v, before it %+v", after, before)
		}
		ana.says(id, "Desculpe a demora")
		if after := alerts(); len(after) != 0 {
			t.Errorf("after the answer: %+v", after)
		}
	})
}

func TestADeletedQueueLeavesTheLiveViewsAtOnce(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		a, err := b.app.CreateAgent(b.t.Context(), protocol.Agent{Name: "root", Login: "root2", Role: "admin"})
		if err != nil {
			t.Fatal(err)
		}
		root := b.start(dispatch.AgentID(a.ID))
		root.show(dispatch.ShowLive{})
		other := b.queueOf("Outra")
		passInBubble(time.Second)
		if _, shown := root.looks().queues[dispatch.QueueID(other.ID)]; !shown {
			t.Error("a new queue is not shown")
		}
		if err := b.app.documents().Delete(b.t.Context(), transport.KindQueue, other.ID, 1, transport.Principal{}); err != nil {
			t.Fatal(err)
		}
		passInBubble(time.Second)
		if now := root.looks().queues; len(now) != 1 {
			t.Errorf("shown after its end: %v", now)
		}
	})
}

func TestWhoIsMovedToAnotherTeamIsShownThatOne(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		other := b.queueOf("Outra")
		sol := b.start(b.supervisor("sol", string(b.queue)))
		sol.show(dispatch.ShowLive{})
		if have := sol.looks().queues; len(have) != 1 || have[b.queue].Queue != b.queue {
			t.Errorf("before: %v", have)
		}
		moved := *b.app.catalog.now.Load().agents[sol.agent]
		moved.QueueIDs = []string{other.ID}
		b.replace(transport.KindAgent, moved.ID, 1, &moved)
		passInBubble(time.Second)
		if have := sol.looks().queues; len(have) != 1 || have[dispatch.QueueID(other.ID)].Queue == "" {
			t.Errorf("after: %v", have)
		}
	})
}
