package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"pronto/client"
	"pronto/protocol"
)

// agent is one simulated agent: everything happens on its client's goroutine, as answers and events come.
type agent struct {
	r    *run
	ctx  context.Context //nolint:containedctx // of the run
	c    *client.Client
	mu   sync.Mutex
	rand *rand.Rand
}

func (r *run) newAgent(ctx context.Context, i int) (*agent, error) {
	a := &agent{r: r, ctx: ctx, rand: rand.New(rand.NewPCG(r.s.Seed, uint64(i)+100))}
	var err error
	a.c, err = client.Dial(ctx, client.Options{
		URL: r.t.URL, Token: r.org.tokens[i], HTTP: r.http, OnEvent: a.event, OnSnapshot: a.snapshot,
		MinPause: 50 * time.Millisecond,
	})
	if err != nil {
		return nil, fmt.Errorf("agent %d: %w", i, err)
	}
	return a, nil
}

func (a *agent) ready(ctx context.Context) error {
	return a.c.Do(ctx, "status.set", protocol.StatusSet{Status: "ready"}, nil)
}

func (a *agent) chance(p float64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rand.Float64() < p
}

// snapshot takes up what a lost connection left: open offers are answered anew.
func (a *agent) snapshot(s client.Snapshot) {
	var data protocol.SnapshotData
	if err := s.Decode(&data); err != nil {
		a.r.fail("snapshot", err)
		return
	}
	for i := range data.Offers {
		a.accept(&data.Offers[i])
	}
}

func (a *agent) event(e client.Event) {
	switch e.Name {
	case protocol.EventOfferCreated:
		var o protocol.Offer
		if err := e.Decode(&o); err != nil {
			a.r.fail("offer", err)
			return
		}
		a.offered(&o)
	case protocol.EventConversationMessage:
		var m protocol.ConversationMessage
		if err := e.Decode(&m); err != nil {
			a.r.fail("message", err)
			return
		}
		if m.Message.Author.Kind == "contact" {
			a.customerWrote(m.ConversationID)
		}
	}
}

// offered measures, then accepts, declines or lets the time pass.
func (a *agent) offered(o *protocol.Offer) {
	v, ok := a.r.cycles.Load(o.Contact.Identity)
	if !ok {
		return
	}
	c := v.(*cycle) //nolint:forcetypeassert // nothing else is stored
	if o.Attempt == 1 && !c.moved {
		a.r.m.record(&a.r.m.offer, c.measured, time.Since(c.intended))
	}
	switch {
	case a.chance(a.r.s.Miss):
	case a.chance(a.r.s.Decline):
		a.send("offer.decline", protocol.OfferDecline{OfferID: o.ID}, func(protocol.Reply) {})
	default:
		a.accept(o)
	}
}

func (a *agent) accept(o *protocol.Offer) {
	v, ok := a.r.cycles.Load(o.Contact.Identity)
	if !ok {
		return
	}
	c := v.(*cycle) //nolint:forcetypeassert // nothing else is stored
	began := time.Now()
	a.send("offer.accept", protocol.OfferAccept{OfferID: o.ID}, func(protocol.Reply) {
		a.r.m.record(&a.r.m.accept, c.measured, time.Since(began))
		c.id = o.ConversationID
		a.r.byID.Store(c.id, c)
		if c.answered < a.r.s.Messages {
			a.answer(c)
		} else {
			a.close(c)
		}
	})
}

// answer writes to the customer, who writes back.
func (a *agent) answer(c *cycle) {
	began := time.Now()
	a.send("message.send", protocol.MessageSend{ConversationID: c.id, Text: "Claro, um momento enquanto consulto."}, func(protocol.Reply) {
		a.r.m.record(&a.r.m.outAck, c.measured, time.Since(began))
		c.answered++
		select {
		case a.r.write <- c:
		case <-a.ctx.Done():
		}
	})
}

// customerWrote is the agent's turn: transfer, answer or close.
func (a *agent) customerWrote(id string) {
	v, ok := a.r.byID.Load(id)
	if !ok {
		return
	}
	c := v.(*cycle) //nolint:forcetypeassert // nothing else is stored
	a.r.m.record(&a.r.m.shown, c.measured, time.Since(c.wrote))
	switch {
	case !c.moved && a.chance(a.r.s.Transfer):
		c.moved = true
		to := a.r.org.queues[len(id)%len(a.r.org.queues)]
		a.send("transfer.start", protocol.TransferStart{ConversationID: id, To: protocol.Target{QueueID: to}}, func(protocol.Reply) {})
	case c.answered < a.r.s.Messages:
		a.answer(c)
	default:
		a.close(c)
	}
}

func (a *agent) close(c *cycle) {
	resolved := true
	script := &protocol.ScriptAnswer{ReasonID: a.r.org.reason, Resolved: &resolved}
	a.send("conversation.close", protocol.ConversationClose{ConversationID: c.id, Script: script}, func(protocol.Reply) { a.r.over(a.ctx, c) })
}

const limitedPause = 20 * time.Millisecond // what one command of the session's rate takes

// send counts a refusal, and goes on only where the command was carried out. One that the session's rate limit refused
// is sent again: agents who are too few for the load work as fast as they may.
func (a *agent) send(name string, data any, then func(protocol.Reply)) {
	err := a.c.Go(name, data, func(reply protocol.Reply, err error) {
		var limited *client.CommandError
		if errors.As(err, &limited) && limited.Code == protocol.CodeRateLimited && a.ctx.Err() == nil {
			time.AfterFunc(limitedPause, func() { a.send(name, data, then) })
			return
		}
		if err != nil {
			if a.ctx.Err() == nil {
				a.r.fail(name, err)
			}
			return
		}
		then(reply)
	})
	if err != nil && a.ctx.Err() == nil {
		a.r.fail(name, err)
	}
}

func (r *run) fail(what string, err error) {
	r.m.refusals.Add(1)
	r.progress("%s: %v", what, err)
}
