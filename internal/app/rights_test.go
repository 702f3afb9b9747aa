package app

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"pronto/dispatch"
	"pronto/internal/access"
	"pronto/protocol"
	"pronto/transport"
)

// TestRightsOfAnOpenDeskAreThoseOfNow: what an administrator takes or gives holds from the next command on.
func TestRightsOfAnOpenDeskAreThoseOfNow(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	id, token := o.supervisor("sup", o.queue)
	sup, other := o.desk(token), o.create("/queues", object{"name": "Outra"})
	sup.ok("status.force", object{"agent_id": o.anaID, "status": "not_ready"})
	for _, c := range []struct {
		change  object
		want    string
		scripts int // a supervisor closes conversations of any queue
	}{
		{object{"role": "agent"}, "forbidden", 1},
		{object{"queue_ids": []string{other}}, "forbidden", 0},
		{object{"role": "supervisor"}, "not_found", 1},
		{object{"queue_ids": []string{o.queue}}, "", 1},
		{object{"role": "agent"}, "forbidden", 1},
	} {
		o.patch("/agents/"+id, c.change)
		f := sup.frame("snapshot")
		if f["reason"] != "access_changed" {
			t.Errorf("shown its world for %v", f["reason"])
		}
		if n := len(f["data"].(object)["scripts"].([]any)); n != c.scripts {
			t.Errorf("after %v: shown %d scripts, not %d", c.change, n, c.scripts)
		}
		r := sup.command("status.force", object{"agent_id": o.anaID, "status": "not_ready"})
		got := ""
		if e, refused := r["error"].(object); refused {
			got = e["code"].(string)
		}
		if got != c.want {
			t.Errorf("after %v: %q, not %q", c.change, got, c.want)
		}
		if status, _ := o.call("PUT", "/agents/"+o.anaID+"/status", token, object{"status": "not_ready"}); (status < 300) != (c.want == "") {
			t.Errorf("REST answers %d", status)
		}
	}
}

// TestADeskIsShownItsNewQueuesAtOnceAndGoesOn: what it works on and watches is in the picture, and what it types stays valid.
func TestADeskIsShownItsNewQueuesAtOnceAndGoesOn(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	_, token := o.supervisor("sup", o.queue)
	ana, sup := o.desk(o.ana), o.desk(token)
	ana.ok("status.set", object{"status": "ready"})
	id := o.accepted(ana, "1", phoneOf(1))
	sup.ok("conversation.watch", object{"conversation_id": id})
	other := o.create("/queues", object{"name": "Outra"})
	o.patch("/agents/"+o.anaID, object{"queue_ids": []string{o.queue, other}})
	f := ana.frame("snapshot")
	data := f["data"].(object)
	if f["reason"] != "access_changed" || len(data["agent"].(object)["queues"].([]any)) != 2 || len(data["conversations"].([]any)) != 1 {
		t.Errorf("shown %v", f)
	}
	ana.ok("message.send", object{"conversation_id": id, "text": "Pois não?"})
	o.patch("/agents/"+o.anaID, object{"name": "Ana Maria"})
	ana.ok("message.send", object{"conversation_id": id, "text": "Ainda aí?"})
	for _, f := range ana.kept {
		if f["type"] == "snapshot" {
			t.Errorf("another picture for a name: %v", f)
		}
	}
	supID, other := o.must(200, "GET", "/me", token, nil)["id"].(string), o.create("/queues", object{"name": "Terceira"})
	sup.event("conversation.watched")
	o.patch("/agents/"+supID, object{"queue_ids": []string{o.queue, other}})
	sup.frame("snapshot")
	if e := sup.event("conversation.watched"); e["conversation"].(object)["id"] != id {
		t.Errorf("what is watched comes after the picture: %v", e)
	}
	o.patch("/agents/"+supID, object{"queue_ids": []string{other}})
	if e := sup.event("conversation.watch_ended"); e["conversation_id"] != id {
		t.Errorf("ended: %v", e)
	}
	sup.frame("snapshot")
	ana.ok("message.send", object{"conversation_id": id, "text": "Até logo"})
	sup.ok("status.set", object{"status": "not_ready"}) // its reply comes after whatever was on its way
	for _, f := range sup.kept {
		if name := f["name"]; name == "conversation.watched" || name == "conversation.message" && f["data"].(object)["message"].(object)["text"] == "Até logo" {
			t.Errorf("shown after its end: %v", f)
		}
	}
}

func TestAnOpenDeskIsNotSignedOutForDoingNothingButEndsWithItsSession(t *testing.T) {
	t.Parallel()
	bubble(t, func(b *inBubble) {
		a := &protocol.Agent{ID: newID("agt", 0), Name: "Root", Login: "root", Role: "admin"}
		protocol.SetDefaults(a)
		b.put(transport.KindAgent, a.ID, a)
		if err := b.app.accounts.SetPassword(b.t.Context(), dispatch.AgentID(a.ID), password); err != nil {
			b.t.Fatal(err)
		}
		signIn := func() access.Principal {
			_, _, p, err := b.app.accounts.Login(b.t.Context(), "root", password, netip.Addr{})
			if err != nil {
				b.t.Fatal(err)
			}
			return p
		}
		accounts := accounts{a: b.app.accounts}
		desk, idle := edgePrincipal(signIn()), signIn()
		open := func(d time.Duration) error {
			for end := time.Now().Add(d); time.Now().Before(end); {
				passInBubble(15 * time.Second)
				if now, err := accounts.Current(b.t.Context(), &desk); err != nil {
					return err
				} else if now != &desk {
					b.t.Fatal("another principal, and nothing changed")
				}
			}
			return nil
		}
		if err := open(access.SessionIdle + time.Minute); err != nil {
			b.t.Errorf("with a desk open for half an hour: %v", err)
		}
		if _, err := b.app.accounts.Check(b.t.Context(), idle.Credential); !errors.Is(err, access.ErrUnauthorized) {
			b.t.Errorf("without one: %v", err)
		}
		if err := open(access.SessionLifetime - access.SessionIdle - 2*time.Minute); err != nil {
			b.t.Errorf("before its end: %v", err)
		}
		var refused *transport.Refusal
		if err := open(2 * time.Minute); !errors.As(err, &refused) || refused.Code != protocol.CodeUnauthorized {
			b.t.Errorf("after it: %v", err)
		}
	})
}
