package app

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pronto/dispatch"
	"pronto/transport"
)

func TestAWatchedConversationIsSeenLiveOverAResumeAndTheAgentIsNotDisturbed(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	_, token := o.supervisor("sup", o.queue)
	sup := o.desk(token)
	sup.ok("conversation.watch", object{"conversation_id": id})
	first := sup.event("conversation.watched")
	if first["conversation"].(object)["owner_agent_id"] != o.anaID || len(first["messages"].([]any)) != 1 || first["more"] != false {
		t.Errorf("at the start: %v", first)
	}
	ana.ok("message.send", object{"conversation_id": id, "text": "Bom dia"})
	if m := sup.event("conversation.message"); m["conversation_id"] != id || m["message"].(object)["text"] != "Bom dia" {
		t.Errorf("the agent writes: %v", m)
	}
	ana.ok("typing.set", object{"conversation_id": id, "typing": true})
	sup.event("conversation.typing")
	ana.ok("note.add", object{"conversation_id": id, "text": "VIP"})
	sup.event("conversation.note")
	ana.ok("conversation.hold", object{"conversation_id": id})
	if head := sup.event("conversation.updated"); head["on_hold"] != true {
		t.Errorf("held: %v", head)
	}
	sup.drop()
	o.inbound(o.channel, "second", phoneOf(0), "alô?")
	sup = o.resume(token, sup)
	if m := sup.event("conversation.message"); m["message"].(object)["text"] != "alô?" {
		t.Errorf("missed: %v", m)
	}
	ana.wait("the contact's message", func(f object) bool {
		return f["name"] == "conversation.message" && f["data"].(object)["message"].(object)["text"] == "alô?"
	})
	for _, f := range ana.kept {
		if name, _ := f["name"].(string); strings.Contains(name, "watch") {
			t.Errorf("the agent is told %v", f)
		}
	}
	sup.ok("conversation.unwatch", object{"conversation_id": id})
	ana.ok("message.send", object{"conversation_id": id, "text": "ninguém mais olha"})
	sup.ok("conversation.watch", object{"conversation_id": id})
	if again := sup.event("conversation.watched"); len(again["messages"].([]any)) != 4 {
		t.Errorf("again: %v", again)
	}
	sup.hasNot("conversation.message", "told after unwatch")
}

func TestWhoWatchesAndTakesOverHearsEachMessageOnce(t *testing.T) {
	t.Parallel()
	o, _, id := owning(t)
	_, token := o.supervisor("sup", o.queue)
	sup := o.desk(token)
	sup.ok("conversation.watch", object{"conversation_id": id})
	sup.ok("conversation.takeover", object{"conversation_id": id})
	for i, text := range []string{"um", "dois"} {
		o.inbound(o.channel, text, phoneOf(0), text)
		if m := sup.event("conversation.message")["message"].(object); m["seq"] != float64(i+2) {
			t.Errorf("message %v", m)
		}
	}
	sup.ok("conversation.requeue", object{"conversation_id": id})
	sup.event("conversation.removed")
	o.inbound(o.channel, "três", phoneOf(0), "três")
	if m := sup.event("conversation.message")["message"].(object); m["text"] != "três" {
		t.Errorf("it is not watched any more: %v", m)
	}
	sup.hasNot("conversation.message", "told twice")
}

func TestAWatchIsForTheSupervisorsOfTheQueueAndEndsWhereTheyAreNone(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	other := o.create("/queues", object{"name": "Outra"})
	_, token := o.supervisor("sup", o.queue)
	_, far := o.supervisor("fora", other)
	stranger, sup := o.desk(far), o.desk(token)
	for _, conversation := range []string{id, "cnv_00000000000000000000000000"} {
		if code := stranger.refused("conversation.watch", object{"conversation_id": conversation}); code != "not_found" {
			t.Errorf("of another team: %s", code)
		}
	}
	if code := ana.refused("conversation.watch", object{"conversation_id": id}); code != "forbidden" && code != "not_found" {
		t.Errorf("an agent watches: %s", code)
	}
	sup.ok("conversation.watch", object{"conversation_id": id})
	sup.event("conversation.watched")
	ana.ok("transfer.start", object{"conversation_id": id, "to": object{"queue_id": other}})
	if e := sup.event("conversation.watch_ended"); e["conversation_id"] != id {
		t.Errorf("ended: %v", e)
	}
	for _, f := range sup.kept {
		if f["name"] == "conversation.updated" {
			t.Errorf("told after it went: %v", f)
		}
	}
	if e := o.audit("action=conversation.watch"); len(e) != 1 || e[0]["object"].(object)["id"] != id {
		t.Errorf("audit: %v", e)
	}
	if code := sup.refused("conversation.watch", object{"conversation_id": id}); code != "not_found" {
		t.Errorf("where it is now: %s", code)
	}
}

func TestAWatchOutlivesTheCrashesOfBothActorsAndEndsWithTheSession(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		ana := b.start(b.agent("ana"))
		ana.ready()
		b.write(b.channel, "+5511910000001")
		id := ana.take()
		sol := b.start(b.supervisor("sol", string(b.queue)))
		if err := sol.command(sol.agent.Address(), dispatch.Watch{Conversation: id}); err != nil {
			t.Fatal(err)
		}
		seen := func() []uint64 {
			sol.mu.Lock()
			defer sol.mu.Unlock()
			var seqs []uint64
			for _, e := range sol.events {
				switch e := e.(type) {
				case dispatch.EventWatched:
					seqs = nil
					for _, m := range e.Messages {
						seqs = append(seqs, m.Seq)
					}
				case dispatch.EventMessage:
					seqs = append(seqs, e.Message.Seq)
				}
			}
			return seqs
		}
		ana.says(id, "2")
		passInBubble(3 * time.Minute) // longer than conversations stay in memory
		ana.says(id, "3")
		if got := seen(); !slices.Equal(got, []uint64{1, 2, 3}) {
			t.Errorf("seen: %v", got)
		}
		next := b.connect(sol.agent)
		sol.lose()
		ana.says(id, "4")
		next.resume(sol)
		ana.says(id, "5")
		if n := saw(next, func(e dispatch.EventMessage) bool { return e.Message.Seq > 3 }); n != 2 {
			t.Errorf("after the resume: %d", n)
		}
		next.lose()
		passInBubble(5 * time.Minute) // nobody resumes
		last := b.start(sol.agent)
		ana.says(id, "6")
		synctest.Wait()
		if n := saw(last, func(dispatch.EventMessage) bool { return true }); n != 0 {
			t.Errorf("another session is told %d messages", n)
		}
	})
}

func TestASupervisorWhoLosesTheTeamSeesNoMore(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		other := b.queueOf("Outra")
		ana := b.start(b.agent("ana"))
		ana.ready()
		b.write(b.channel, "+5511910000001")
		id := ana.take()
		sol := b.start(b.supervisor("sol", string(b.queue)))
		if err := sol.command(sol.agent.Address(), dispatch.Watch{Conversation: id}); err != nil {
			t.Fatal(err)
		}
		moved := *b.app.catalog.now.Load().agents[sol.agent]
		moved.QueueIDs = []string{other.ID}
		b.replace(transport.KindAgent, moved.ID, 1, &moved)
		ana.says(id, "segredo")
		synctest.Wait()
		if n := saw(sol, func(dispatch.EventMessage) bool { return true }); n != 0 {
			t.Error("the message is told")
		}
		if n := saw(sol, func(e dispatch.EventWatchEnded) bool { return e.Conversation == id }); n != 1 {
			t.Errorf("ended %d times", n)
		}
	})
}
