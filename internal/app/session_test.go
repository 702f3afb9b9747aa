package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// owning is an office in which Ana has accepted the conversation of a contact.
func owning(t *testing.T) (o *office, ana *desk, conversation string) {
	t.Helper()
	o = newOffice(t, t.TempDir())
	ana = o.desk(o.ana)
	ana.ok("status.set", object{"status": "ready"})
	return o, ana, o.accepted(ana, "first", phoneOf(0))
}

func phoneOf(n int) string { return fmt.Sprintf("+55119%08d", 10_000_000+n) }

// accepted lets a contact write and the ready agent accept; it returns the conversation.
func (o *office) accepted(d *desk, external, phone string) string {
	o.t.Helper()
	id := o.inbound(o.channel, external, phone, "oi")["conversation_id"].(string)
	offer := d.event("offer.created")
	if offer["conversation_id"] != id {
		o.t.Fatalf("offer of %v, not of %s", offer["conversation_id"], id)
	}
	d.ok("offer.accept", object{"offer_id": offer["id"]})
	d.event("conversation.assigned")
	return id
}

func TestAResumedSessionGetsExactlyTheEventsThatItMissed(t *testing.T) {
	t.Parallel()
	o, ana, _ := owning(t)
	for round := range 3 {
		ana.drop()
		for i := range 5 {
			o.inbound(o.channel, fmt.Sprintf("m%d-%d", round, i), phoneOf(0), "mais uma")
		}
		seen := ana.seq
		ana = o.reconnect(o.ana, ana)
		r := ana.frame("resumed")
		if r["from"] != seen+1 || r["to"].(float64) < seen+5 {
			t.Fatalf("round %d: %v after %v", round, r, seen)
		}
		for i := range 5 {
			if m := ana.event("conversation.message")["message"].(object); m["seq"] != float64(2+5*round+i) {
				t.Fatalf("message %v", m)
			}
		}
	}
}

func TestWhatCannotBeResumedGetsASnapshotThatSaysWhy(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	bia := o.desk(o.bia)
	ana.send(object{"type": "pong", "n": 0, "seq": ana.seq})
	ana.ok("message.read", object{"conversation_id": id, "seq": 1}) // the pong has been read when this is answered
	for name, c := range map[string]struct {
		change object
		reason string
	}{
		"a wrong token":            {object{"resume_token": "x"}, "expired"},
		"another epoch":            {object{"epoch": "epo_x"}, "restart"},
		"an unknown session":       {object{"session": "ses_06cr3q4a0000000000000000000"}, "expired"},
		"a session of another one": {object{"session": bia.hello["session"], "resume_token": bia.hello["resume_token"]}, "expired"},
	} {
		d := o.dial(o.ana)
		frame := ana.resumption()
		for k, v := range c.change {
			frame[k] = v
		}
		d.send(frame)
		snapshot := d.frame("snapshot")
		if snapshot["reason"] != c.reason {
			t.Errorf("%s: %v", name, snapshot["reason"])
		}
		if data := snapshot["data"].(object); len(data["conversations"].([]any)) != 1 || data["agent"].(object)["status"] != "ready" {
			t.Errorf("%s: %v", name, data)
		}
		d.drop()
	}
	old := *ana
	old.seq = 0
	ana.drop()
	d := o.reconnect(o.ana, &old)
	if snapshot := d.frame("snapshot"); snapshot["reason"] != "overrun" || snapshot["seq"] != ana.seq+1 && snapshot["seq"] != ana.seq {
		t.Errorf("events that are forgotten: %v %v, after %v", snapshot["reason"], snapshot["seq"], ana.seq)
	}
	d.ok("message.send", object{"conversation_id": id, "text": "ainda aqui"})
	d.event("conversation.message")
}

func TestAResumeEndsTheOldConnectionWithSuperseded(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	next := o.resume(o.ana, ana)
	if code := ana.closedWith(); code != 4009 {
		t.Fatalf("closed with %d", code)
	}
	next.ok("message.send", object{"conversation_id": id, "text": "de novo"})
	next.event("conversation.message")
}

// deafLine is a connection whose client hears nothing from some moment on, not even that it was closed.
type deafLine struct {
	net.Conn
	deaf  atomic.Bool
	ended chan struct{} // closed when the server has ended it
	once  sync.Once
}

func (l *deafLine) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	for l.deaf.Load() && err == nil {
		n, err = l.Conn.Read(b)
	}
	if err != nil {
		l.once.Do(func() { close(l.ended) })
	}
	return n, err
}

func TestWhatASupersededConnectionStillSendsIsNotCarriedOut(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	line := &deafLine{ended: make(chan struct{})}
	old := o.dialBy(&http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (c net.Conn, err error) {
		line.Conn, err = new(net.Dialer).DialContext(ctx, network, address)
		return line, err
	}}}, o.ana)
	old.send(object{"type": "start"})
	old.frame("snapshot")
	line.deaf.Store(true)
	next := o.resume(o.ana, old)
	for n := range 3 {
		old.send(object{"type": "command", "id": fmt.Sprint("late-", n), "name": "message.send", "data": object{"conversation_id": id, "text": "tarde demais"}})
	}
	<-line.ended
	next.ok("message.send", object{"conversation_id": id, "text": "de novo"})
	for _, d := range []*desk{next, ana} {
		if m := d.event("conversation.message")["message"].(object); m["text"] != "de novo" {
			t.Errorf("a superseded connection wrote %v", m)
		}
	}
}

func TestTheFirstSessionOfAnAgentToAcceptWinsAndAllSeeWhatFollows(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	one, two := o.desk(o.ana), o.desk(o.ana)
	one.ok("status.set", object{"status": "ready"})
	for _, d := range []*desk{one, two} {
		if s := d.event("status.changed"); s["status"] != "ready" {
			t.Fatalf("status %v", s)
		}
	}
	id := o.inbound(o.channel, "e1", phoneOf(0), "oi")["conversation_id"].(string)
	offer := one.event("offer.created")
	if got := two.event("offer.created"); got["id"] != offer["id"] {
		t.Fatalf("offers %v and %v", offer, got)
	}
	one.ok("offer.accept", object{"offer_id": offer["id"]})
	if got := two.event("offer.ended"); got["offer_id"] != offer["id"] || got["cause"] != "accepted_elsewhere" {
		t.Fatalf("ended %v", got)
	}
	two.event("conversation.assigned")
	if code := two.refused("offer.accept", object{"offer_id": offer["id"]}); code != "offer_taken" {
		t.Fatalf("second accept: %s", code)
	}
	one.ok("typing.set", object{"conversation_id": id, "typing": true})
	if got := two.event("conversation.typing"); got["conversation_id"] != id || got["typing"] != true {
		t.Fatalf("typing %v", got)
	}
	one.ok("message.read", object{"conversation_id": id, "seq": 1})
	if got := two.event("conversation.read"); got["read_seq"] != 1.0 || got["unread"] != 0.0 {
		t.Fatalf("read %v", got)
	}
	one.ok("message.send", object{"conversation_id": id, "text": "olá"})
	if got := two.event("conversation.message")["message"].(object); got["seq"] != 2.0 {
		t.Fatalf("message %v", got)
	}
	one.event("conversation.message")
	for _, f := range one.kept {
		if f["name"] == "offer.ended" {
			t.Errorf("the session that accepted was told %v", f)
		}
	}
}

func TestAReloadKeepsStatusAndConversations(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	ana.drop()
	d := o.dial(o.ana)
	d.send(object{"type": "start"})
	data := d.frame("snapshot")["data"].(object)
	if a := data["agent"].(object); a["status"] != "ready" || a["load"] != 1.0 || a["capacity"] != 2.0 {
		t.Errorf("agent %v", a)
	}
	if list := data["conversations"].([]any); len(list) != 1 || list[0].(object)["id"] != id {
		t.Errorf("conversations %v", list)
	}
}

func TestASuspectAgentGetsNoOffersAndKeepsTheOpenOneForAMoment(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	o.patch("/queues/"+o.queue, object{"offer_time_ms": 60_000})
	ana, bia := o.desk(o.ana), o.desk(o.bia)
	ana.ok("status.set", object{"status": "ready"})
	first := o.inbound(o.channel, "e1", phoneOf(1), "oi")["conversation_id"]
	offer := ana.event("offer.created")
	ana.drop()
	bia.ok("status.set", object{"status": "ready"})
	second := o.inbound(o.channel, "e2", phoneOf(2), "oi")["conversation_id"]
	if got := bia.event("offer.created"); got["conversation_id"] != second {
		t.Fatalf("offer %v", got)
	}
	d := o.dial(o.ana)
	d.send(object{"type": "start"})
	shown := d.frame("snapshot")["data"].(object)["offers"].([]any)
	if len(shown) != 1 || shown[0].(object)["id"] != offer["id"] || shown[0].(object)["conversation_id"] != first {
		t.Fatalf("offers after a reload: %v", shown)
	}
	if d2 := shown[0].(object); d2["expires_at"] != offer["expires_at"] {
		t.Errorf("deadline %v became %v", offer["expires_at"], d2["expires_at"])
	}
	d.drop()
	from := time.Now()
	o.until("the offer of a lost agent to end", func() bool {
		return o.must(200, "GET", "/conversations/"+first.(string), o.admin, nil)["state"] == "queued"
	})
	if took := time.Since(from); took > 6*time.Second {
		t.Errorf("withdrawn after %v", took)
	}
	d = o.resume(o.ana, d)
	if got := d.event("offer.ended"); got["cause"] != "agent_lost" {
		t.Errorf("ended %v", got)
	}
}

func TestCommandsBeyondTheWindowAreRefusedAndMayBeRepeated(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	const all = 60
	send := func(i int) {
		ana.send(object{"type": "command", "id": fmt.Sprintf("w%d", i), "name": "message.send", "data": object{"conversation_id": id, "text": fmt.Sprint(i)}})
	}
	for i := range all {
		send(i)
	}
	done, refused := 0, 0
	for done < all {
		r := ana.wait("reply", func(f object) bool { return f["type"] == "reply" })
		if r["ok"] == true {
			done++
			continue
		}
		e := r["error"].(object)
		if e["code"] != "rate_limited" || e["data"].(object)["retry_after_ms"].(float64) <= 0 {
			t.Fatalf("refusal %v", r)
		}
		refused++
		if refused > 2000 {
			t.Fatal("the window never opens")
		}
		var i int
		if _, err := fmt.Sscanf(r["id"].(string), "w%d", &i); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Duration(e["data"].(object)["retry_after_ms"].(float64))*time.Millisecond, func() { send(i) })
	}
	head := o.must(200, "GET", "/conversations/"+id, o.admin, nil)
	if head["last_seq"] != float64(1+all) {
		t.Errorf("%v messages of %d commands, %d refused", head["last_seq"], all, refused)
	}
}

func TestACommandIsCarriedOutOnceOverReconnectsAndRestarts(t *testing.T) {
	t.Parallel()
	o, ana, id := owning(t)
	text := object{"conversation_id": id, "text": "uma vez"}
	first := ana.commandWith("once", "message.send", text)
	no := ana.commandWith("never", "conversation.close", object{"conversation_id": id})
	if no["error"].(object)["code"] != "script_required" {
		t.Fatalf("close %v", no)
	}
	again := func(d *desk) {
		t.Helper()
		if got := d.commandWith("once", "message.send", text); fmt.Sprint(got["data"]) != fmt.Sprint(first["data"]) || got["ok"] != true {
			t.Errorf("first %v, then %v", first, got)
		}
		other := d.commandWith("once", "message.send", object{"conversation_id": id, "text": "outra coisa"})
		if other["ok"] != false || other["error"].(object)["code"] != "command_id_reused" {
			t.Errorf("other content: %v", other)
		}
		if got := d.commandWith("never", "conversation.close", object{"conversation_id": id}); fmt.Sprint(got["error"]) != fmt.Sprint(no["error"]) {
			t.Errorf("refused with %v, then %v", no, got)
		}
	}
	again(ana)
	ana.drop()
	ana = o.resume(o.ana, ana)
	again(ana)
	o.patch("/queues/"+o.queue, object{"script_required": false}) // the refusal would be another one now
	again(o.desk(o.ana))
	o.shut()
	next := &office{server: startServer(t, o.dir)}
	next.ana = next.login("ana", password)
	d := next.reconnect(next.ana, ana)
	if s := d.frame("snapshot"); s["reason"] != "restart" {
		t.Errorf("after a restart: %v", s["reason"])
	}
	again(d)
	if head := next.must(200, "GET", "/conversations/"+id, next.admin, nil); head["last_seq"] != 2.0 || head["state"] != "active" {
		t.Errorf("head %v", head)
	}
}

func TestAStopDrainsSessionsAndClosesThemWithRestart(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	started, greeted := o.desk(o.ana), o.dial(o.bia)
	go o.stop()
	for name, d := range map[string]*desk{"started": started, "greeted": greeted} {
		if f := d.frame("drain"); f["reconnect_within_ms"].(float64) <= 0 {
			t.Errorf("%s: %v", name, f)
		}
		if code := d.closedWith(); code != 1012 {
			t.Errorf("%s: closed with %d", name, code)
		}
	}
	if err := <-o.ended; err != nil {
		t.Error(err)
	}
	o.stop = nil
}

func TestRevokedSessionsEndWithinASecondAndCannotResume(t *testing.T) {
	t.Parallel()
	o := newOffice(t, t.TempDir())
	other := o.desk(o.login("ana", password))
	for name, c := range map[string]struct {
		login  string
		revoke func(token, id string)
	}{
		"sign-out": {"ana", func(token, _ string) { o.must(204, "POST", "/logout", token, nil) }},
		"disabled": {"bia", func(_, id string) { o.patch("/agents/"+id, object{"disabled": true}) }},
	} {
		token := o.login(c.login, password)
		id := o.must(200, "GET", "/me", token, nil)["id"].(string)
		started, greeted := o.desk(token), o.dial(token)
		from := time.Now()
		c.revoke(token, id)
		for _, d := range []*desk{started, greeted} {
			if code := d.closedWith(); code != 4010 {
				t.Errorf("%s: closed with %d", name, code)
			}
		}
		if took := time.Since(from); took > time.Second {
			t.Errorf("%s: closed after %v", name, took)
		}
		if status, _ := o.call("POST", "/ws-tickets", token, nil); status != 401 {
			t.Errorf("%s: a ticket for a revoked credential: %d", name, status)
		}
	}
	other.ok("status.set", object{"status": "ready"})
}
