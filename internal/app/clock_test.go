package app

import (
	"testing"
	"testing/synctest"
	"time"

	"pronto/actors"
	"pronto/dispatch"
)

func TestAnAgentWhoIsLostForHalfAMinuteIsNotReadyAndStaysSo(t *testing.T) {
	bubble(t, func(b *inBubble) {
		ana := b.agent("ana")
		l := b.start(ana)
		l.ready()
		l.lose()
		passInBubble(dispatch.SuspectTime - time.Second)
		if status, _ := b.status(ana); status != dispatch.StatusReady {
			t.Errorf("%s within the grace", status)
		}
		back := b.connect(ana)
		back.resume(l)
		if !back.resumed || back.snapshot != "" {
			t.Errorf("resumed %v, snapshot %q", back.resumed, back.snapshot)
		}
		passInBubble(time.Hour)
		if status, _ := b.status(ana); status != dispatch.StatusReady {
			t.Errorf("%s while connected", status)
		}
		back.lose()
		passInBubble(dispatch.SuspectTime + time.Second)
		if status, reason := b.status(ana); status != dispatch.StatusNotReady || reason != dispatch.ReasonDisconnected {
			t.Errorf("%s, %s after the grace", status, reason)
		}
		again := b.start(ana)
		if again.snapshot != "start" || again.view.Agent.Status != dispatch.StatusNotReady || again.view.Agent.Reason != dispatch.ReasonDisconnected {
			t.Errorf("after the return: %+v", again.view.Agent)
		}
	})
}

func TestAnOpenOfferOutlivesALostConnectionByFiveSecondsAtMost(t *testing.T) {
	bubble(t, func(b *inBubble) {
		l := b.start(b.agent("ana"))
		l.ready()
		id := b.write(b.channel, phoneOf(0)).Conversation
		first := l.offer()
		l.lose()
		passInBubble(dispatch.SuspectOfferTime - 100*time.Millisecond)
		back := b.connect(l.agent)
		back.resume(l)
		if s := b.state(id); s.Offer == nil || s.Offer.ID != first.ID || !back.resumed {
			t.Fatalf("offer after a resume: %+v", s.Offer)
		}
		passInBubble(10 * time.Second)
		if s := b.state(id); s.Offer == nil || s.Offer.ID != first.ID {
			t.Fatalf("offer of a connected agent: %+v", s.Offer)
		}
		back.lose()
		passInBubble(dispatch.SuspectOfferTime + 100*time.Millisecond)
		s := b.state(id)
		if s.State != dispatch.ConversationQueued || len(s.Ended) != 1 || s.Ended[0].Cause != dispatch.EndAgentLost {
			t.Errorf("after five seconds: %s %+v", s.State, s.Ended)
		}
		if len(s.Excluded) != 0 {
			t.Errorf("a lost connection counts as a refusal: %v", s.Excluded)
		}
	})
}

func TestConversationsOfALostAgentGoBackByTheRuleOfTheirChannel(t *testing.T) {
	bubble(t, func(b *inBubble) {
		l := b.start(b.agent("ana"))
		l.ready()
		live := b.write(b.channelOf("web"), phoneOf(1)).Conversation
		l.take()
		slow := b.write(b.channel, phoneOf(2)).Conversation
		l.take()
		l.lose()
		passInBubble(dispatch.SuspectTime + dispatch.OwnerLostRequeue - time.Second)
		if s := b.state(live); s.State != dispatch.ConversationActive {
			t.Errorf("live, too early: %s", s.State)
		}
		passInBubble(2 * time.Second)
		if s := b.state(live); s.State != dispatch.ConversationQueued {
			t.Errorf("live, after the time: %s", s.State)
		}
		passInBubble(5 * time.Hour)
		if s := b.state(slow); s.State != dispatch.ConversationActive || s.Owner != l.agent {
			t.Errorf("asynchronous, until the customer writes: %s", s.State)
		}
		b.write(b.channel, phoneOf(2))
		if s := b.state(slow); s.State != dispatch.ConversationQueued || s.LastSeq != 2 {
			t.Errorf("asynchronous, after the customer wrote: %s", s.State)
		}
	})
}

func TestAConnectionThatAnswersNoPingIsEndedAndMayBeResumed(t *testing.T) {
	bubble(t, func(b *inBubble) {
		l := b.start(b.agent("ana"))
		l.ready()
		passInBubble(10 * time.Minute)
		if l.closed() != 0 || l.pings < 35 || l.pings > 41 {
			t.Errorf("alive: closed %d after %d pings", l.closed(), l.pings)
		}
		l.mu.Lock()
		l.halfOpen = true
		l.mu.Unlock()
		passInBubble(46 * time.Second)
		if l.closed() != 1012 {
			t.Errorf("half open: %d", l.closed())
		}
		l.lose()
		back := b.connect(l.agent)
		back.resume(l)
		if !back.resumed {
			t.Errorf("not resumed: %q", back.snapshot)
		}
	})
}

func TestASessionIsForgottenAfterTwoMinutes(t *testing.T) {
	bubble(t, func(b *inBubble) {
		l := b.start(b.agent("ana"))
		l.lose()
		passInBubble(110 * time.Second)
		two := b.connect(l.agent)
		two.resume(l)
		if !two.resumed {
			t.Fatalf("not resumed in time: %q", two.snapshot)
		}
		two.lose()
		passInBubble(130 * time.Second)
		three := b.connect(l.agent)
		three.resume(two)
		if three.snapshot != "expired" {
			t.Errorf("after its time: resumed %v, snapshot %q", three.resumed, three.snapshot)
		}
	})
}

func TestAClientThatLosesTheConnectionOfItsResumeComesBackWithEitherToken(t *testing.T) {
	bubble(t, func(b *inBubble) {
		first := b.start(b.agent("ana"))
		first.ready()
		first.lose()
		second := b.connect(first.agent)
		second.last = first.last
		second.peer.Resume(actors.Former{Session: first.id, Token: first.token, Epoch: b.app.system.Epoch(), Seen: first.last}, nil)
		second.peer.Closed() // maybe before it has read anything
		third := b.connect(first.agent)
		third.resume(&link{id: second.id, token: second.token, last: first.last})
		if !third.resumed {
			t.Errorf("with the second token: %q", third.snapshot)
		}
		third.lose()
		fourth := b.connect(first.agent)
		fourth.resume(&link{id: first.id, token: first.token, last: first.last})
		if !fourth.resumed {
			t.Errorf("with the first token: %q", fourth.snapshot)
		}
		passInBubble(20 * time.Second) // the client answers a ping, so it knows this session
		fifth := b.connect(first.agent)
		fifth.resume(&link{id: first.id, token: first.token, last: first.last})
		if fifth.resumed || fifth.snapshot != "expired" || fourth.closed() != 0 {
			t.Errorf("a token that was given up: resumed %v, snapshot %q; the other one closed with %d", fifth.resumed, fifth.snapshot, fourth.closed())
		}
		b.app.system.Revoke(first.agent, func(string) bool { return true })
		passInBubble(time.Second)
		if fourth.closed() != 4010 || fifth.closed() != 4010 {
			t.Errorf("revoked: %d and %d", fourth.closed(), fifth.closed())
		}
	})
}

func TestAResumeThatNobodyWaitsForLeavesNoConnectedAgent(t *testing.T) {
	bubble(t, func(b *inBubble) {
		l := b.start(b.agent("ana"))
		l.ready()
		two := b.connect(l.agent)
		two.peer.Resume(actors.Former{Session: l.id, Token: "wrong", Epoch: b.app.system.Epoch()}, nil)
		two.peer.Closed() // before the answer of the former session
		synctest.Wait()
		l.lose()
		if v, _ := b.app.system.Presence(l.agent); v.Connected {
			t.Error("the agent counts as connected")
		}
	})
}

func TestOffersOfSleepingConversationsEndOnTime(t *testing.T) {
	bubble(t, func(b *inBubble) {
		queue := *b.app.catalog.now.Load().queues[b.queue]
		queue.OfferTimeMS = 900_000
		doc, err := b.app.db.Document("queue", queue.ID)
		if err != nil {
			t.Fatal(err)
		}
		b.replace("queue", queue.ID, doc.Version, &queue)
		l := b.start(b.agent("ana"))
		l.ready()
		id := b.write(b.channel, phoneOf(0)).Conversation
		until := l.offer().ExpiresAt
		passInBubble(time.Until(until) - time.Second)
		if s := b.state(id); s.State != dispatch.ConversationOffered {
			t.Fatalf("before the deadline: %s", s.State)
		}
		passInBubble(2 * time.Second)
		if s := b.state(id); len(s.Ended) != 1 || s.Ended[0].Cause != dispatch.EndExpired {
			t.Errorf("a second after the deadline: %s %+v", s.State, s.Ended)
		}
	})
}

func TestAReadyAgentWhoDoesNotReturnAfterARestartIsGone(t *testing.T) {
	bubble(t, func(b *inBubble) {
		l := b.start(b.agent("ana"))
		l.ready()
		id := b.write(b.channelOf("web"), phoneOf(0)).Conversation
		l.take()
		if err := b.app.Close(); err != nil {
			t.Fatal(err)
		}
		b.open()
		passInBubble(dispatch.SuspectTime - time.Second)
		if status, _ := b.status(l.agent); status != dispatch.StatusReady {
			t.Errorf("%s within the grace", status)
		}
		passInBubble(2 * time.Second)
		if status, reason := b.status(l.agent); status != dispatch.StatusNotReady || reason != dispatch.ReasonDisconnected {
			t.Errorf("%s, %s after the grace", status, reason)
		}
		passInBubble(dispatch.OwnerLostRequeue)
		if s := b.state(id); s.State != dispatch.ConversationQueued {
			t.Errorf("the conversation is %s", s.State)
		}
	})
}

func TestTheReopenWindowIsADay(t *testing.T) {
	bubble(t, func(b *inBubble) {
		l := b.start(b.agent("ana"))
		l.ready()
		id := b.write(b.channel, phoneOf(0)).Conversation
		finish := func() {
			t.Helper()
			c := l.take()
			if err := l.command(c.Address(), dispatch.CloseConversation{By: dispatch.Actor{Agent: l.agent}}); err != nil {
				t.Fatal(err)
			}
		}
		finish()
		passInBubble(24*time.Hour - time.Minute)
		if d := b.write(b.channel, phoneOf(0)); d.Conversation != id || d.Created {
			t.Errorf("within a day: %+v", d)
		}
		finish()
		passInBubble(24*time.Hour + time.Minute)
		d := b.write(b.channel, phoneOf(0))
		if d.Conversation == id || !d.Created || b.state(d.Conversation).Previous != id {
			t.Errorf("after a day: %+v", d)
		}
	})
}

func TestTheWindowOfWhatsAppClosesADayAfterTheContactsLastMessage(t *testing.T) {
	bubble(t, func(b *inBubble) {
		ch := b.channelOf("whatsapp")
		l := b.start(b.agent("ana"))
		l.ready()
		b.write(ch, phoneOf(0))
		id := l.take()
		send := func() *dispatch.Error {
			return l.command(id.Address(), dispatch.SendMessage{ID: dispatch.MessageID(newID("msg", 0)), By: dispatch.Actor{Agent: l.agent}, Text: "oi"})
		}
		passInBubble(24*time.Hour - time.Minute)
		if err := send(); err != nil {
			t.Errorf("in the window: %v", err)
		}
		passInBubble(2 * time.Minute)
		if err := send(); err == nil || err.Code != dispatch.CodeWindowClosed {
			t.Errorf("after the window: %v", err)
		}
		b.write(ch, phoneOf(0))
		if err := send(); err != nil {
			t.Errorf("after the contact wrote again: %v", err)
		}
	})
}

// passInBubble lets time pass, and everything that it causes happen.
func passInBubble(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

var _ actors.Conn = (*link)(nil)
