package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pronto/client"
	"pronto/protocol"
)

// agent is one simulated agent: everything happens on its client's goroutine, as answers and events come.
type agent struct {
	f  *Fleet
	id string
	c  *client.Client
}

const minPause = 50 * time.Millisecond // before an agent who lost its connection comes back

func (f *Fleet) newAgent(ctx context.Context, i int) (*agent, error) {
	a := &agent{f: f, id: f.org.agents[i].id}
	var err error
	a.c, err = client.Dial(ctx, client.Options{
		URL: f.t.URL, Token: f.org.agents[i].token, HTTP: f.http, OnEvent: a.event, OnSnapshot: a.snapshot, MinPause: minPause,
	})
	if err != nil {
		return nil, fmt.Errorf("agent %d: %w", i, err)
	}
	return a, nil
}

func (a *agent) ready(ctx context.Context) error {
	return a.c.Do(ctx, "status.set", protocol.StatusSet{Status: "ready"}, nil)
}

// turn is an agent at work on one conversation of a load.
type turn struct {
	*agent
	l *load
	c *cycle
}

// ofContact finds the conversation of the load under way; ok is false for those of others.
func (a *agent) ofContact(identity string) (t turn, ok bool) {
	return a.find(func(l *load) (any, bool) { return l.cycles.Load(identity) })
}

func (a *agent) ofID(conversation string) (t turn, ok bool) {
	return a.find(func(l *load) (any, bool) { return l.byID.Load(conversation) })
}

func (a *agent) find(in func(*load) (any, bool)) (turn, bool) {
	l := a.f.load.Load()
	if l == nil {
		return turn{}, false
	}
	v, ok := in(l)
	if !ok {
		return turn{}, false
	}
	return turn{a, l, v.(*cycle)}, true //nolint:forcetypeassert // nothing else is stored
}

// snapshot takes up what a lost connection left: open offers are answered anew, and customers who wrote meanwhile get
// their answer.
func (a *agent) snapshot(s client.Snapshot) {
	var data protocol.SnapshotData
	if err := s.Decode(&data); err != nil {
		a.f.note("snapshot: %v", err)
		return
	}
	for i := range data.Offers {
		if t, ok := a.ofContact(data.Offers[i].Contact.Identity); ok {
			t.accept(data.Offers[i].ID, data.Offers[i].ConversationID)
		}
	}
	for i := range data.Conversations {
		h := &data.Conversations[i]
		if t, ok := a.ofID(h.ID); ok && h.LastMessage != nil {
			t.wrote(h.LastMessage.Author.Kind, h.LastMessage.Seq)
		}
	}
}

func (a *agent) event(e client.Event) {
	switch e.Name {
	case protocol.EventOfferCreated:
		o, err := readOffer(e.Data)
		if err != nil {
			a.f.note("offer: %v", err)
		} else if t, ok := a.ofContact(o.contact); ok {
			t.offered(o)
		}
	case protocol.EventConversationAssigned:
		contact, err := readAssigned(e.Data)
		if err != nil {
			a.f.note("assigned: %v", err)
		} else if t, ok := a.ofContact(contact); ok {
			t.assigned()
		}
	case protocol.EventConversationMessage:
		m, err := readMessage(e.Data)
		if err != nil {
			a.f.note("message: %v", err)
		} else if t, ok := a.ofID(m.conversation); ok {
			t.wrote(m.author, m.seq)
		}
	}
}

// offered measures, then accepts, declines or lets the time pass.
func (t turn) offered(o offer) {
	t.c.mu.Lock()
	first := o.attempt == 1 && !t.c.moved
	t.c.mu.Unlock()
	if first {
		t.l.record(&t.l.m.offer, t.c, t.c.intended)
	}
	switch t.c.answerOffer(t.l.s.Mix) {
	case miss:
	case decline:
		t.send("offer.decline", protocol.OfferDecline{OfferID: o.id}, func(protocol.Reply) {})
	case accept:
		t.accept(o.id, o.conversation)
	}
}

func (t turn) accept(offer, conversation string) {
	began := time.Now()
	t.c.mu.Lock()
	t.c.accepted = began
	t.c.mu.Unlock()
	t.send("offer.accept", protocol.OfferAccept{OfferID: offer}, func(protocol.Reply) {
		t.l.record(&t.l.m.accept, t.c, began)
		t.c.mu.Lock()
		t.c.owner = t.id
		if t.c.id == "" { // the answer to the customer is still on its way
			t.c.id = conversation
			t.l.byID.Store(t.c.id, t.c)
		}
		t.c.mu.Unlock()
		t.goOn()
	})
}

func (t turn) assigned() {
	t.c.mu.Lock()
	began := t.c.accepted
	t.c.accepted = time.Time{}
	t.c.mu.Unlock()
	if !began.IsZero() {
		t.l.record(&t.l.m.assigned, t.c, began)
	}
}

// goOn answers the customer, or closes once all is said.
func (t turn) goOn() {
	t.c.mu.Lock()
	id, all := t.c.id, t.c.answered >= t.l.s.Cycle.messages()
	t.c.mu.Unlock()
	if all {
		t.close(id)
		return
	}
	began := time.Now()
	t.c.mu.Lock()
	t.c.spoke = began
	t.c.mu.Unlock()
	t.send("message.send", protocol.MessageSend{ConversationID: id, Text: "Claro, um momento enquanto consulto."}, func(reply protocol.Reply) {
		t.l.record(&t.l.m.out, t.c, began)
		m, err := readMessage(reply.Data)
		if err != nil {
			t.l.fail("message.send", err)
			return
		}
		t.c.mu.Lock()
		t.c.acknowledge(2*t.c.answered+1, m.id)
		t.c.answered++
		t.c.due = time.Now()
		seen := t.c.page == nil || t.c.heard == t.c.answered // else the customer writes once it is
		t.c.mu.Unlock()
		if seen {
			t.l.due(t.f.ctx, t.c) // the customer writes back
		}
	})
}

// wrote is the agent's turn once the customer wrote: transfer, answer or close. The first message was in the offer.
func (t turn) wrote(author string, seq int64) {
	if author != "contact" {
		return
	}
	t.c.mu.Lock()
	due := t.c.due
	again := seq != int64(2*t.c.answered+1) || t.c.turn >= t.c.answered // the first, or shown before
	if !again {
		t.c.turn = t.c.answered
	}
	move := !again && t.c.transfer && !t.c.moved
	if move {
		t.c.moved = true
	}
	id, to := t.c.id, t.c.to
	t.c.mu.Unlock()
	switch {
	case again:
	case move:
		t.l.record(&t.l.m.shown, t.c, due)
		t.send("transfer.start", protocol.TransferStart{ConversationID: id, To: protocol.Target{QueueID: to}}, func(protocol.Reply) {})
	default:
		t.l.record(&t.l.m.shown, t.c, due)
		t.goOn()
	}
}

func (t turn) close(id string) {
	resolved := true
	script := &protocol.ScriptAnswer{ReasonID: t.f.org.reason, Resolved: &resolved}
	t.send("conversation.close", protocol.ConversationClose{ConversationID: id, Script: script}, func(protocol.Reply) {
		t.c.mu.Lock()
		t.c.closed = true
		over := t.c.ends()
		t.c.mu.Unlock()
		if over {
			t.l.over(t.f.ctx, t.c)
		}
	})
}

const limitedPause = 20 * time.Millisecond // what one command of the session's rate takes

// send counts a refusal, and goes on only where the command was carried out. One that the session's rate limit refused
// is sent again: agents who are too few for the load work as fast as they may.
func (t turn) send(name string, data any, then func(protocol.Reply)) {
	t.f.sent.Add(1)
	err := t.agent.c.Go(name, data, func(reply protocol.Reply, err error) {
		var limited *client.CommandError
		switch {
		case t.f.ctx.Err() != nil:
		case errors.As(err, &limited) && limited.Code == protocol.CodeRateLimited:
			time.AfterFunc(limitedPause, func() { t.send(name, data, then) })
		case err != nil:
			t.l.fail(name, err)
		default:
			then(reply)
		}
	})
	if err != nil && t.f.ctx.Err() == nil {
		t.l.fail(name, err)
	}
}
