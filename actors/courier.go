package actors

import (
	"context"
	"fmt"
	"time"

	"pronto/dispatch"
	"pronto/internal/act"
)

// courier takes one conversation's outbound messages to its channel, in order and one at a time. What waits is read from
// storage (the outbox of the conversation's state), so a courier that crashes or a process that ends forgets nothing; a
// message may be sent twice then, under the same id.
type courier struct {
	id       dispatch.ConversationID
	system   *System
	first    uint64    // seq of the message that was tried last
	attempts int       // at it
	retryAt  time.Time // not before
}

// postNow tells a courier that the outbox may have changed.
type postNow struct{}

const (
	deliverTimeout = 30 * time.Second
	giveUpAfter    = 24 * time.Hour // since the message was written
	firstRetry     = 500 * time.Millisecond
	lastRetry      = 5 * time.Minute
)

func (s *System) newCourier(id string) act.Actor {
	return &courier{id: dispatch.ConversationID(id), system: s}
}

// post wakes the courier of a conversation.
func (s *System) post(id dispatch.ConversationID) error {
	return s.act.Send(act.Envelope{To: act.Address{Kind: kindCourier, ID: string(id)}, Msg: postNow{}})
}

// Receive sends what waits, until the outbox is empty or the channel asks for a pause.
func (a *courier) Receive(c *act.Context, e act.Envelope) {
	switch e.Msg.(type) {
	case postNow, act.Wake, act.Restarted:
	default:
		return
	}
	for a.deliverNext(c) {
	}
}

// deliverNext sends the first message of the outbox; false: nothing more to do now.
func (a *courier) deliverNext(c *act.Context) bool {
	s, _, err := a.system.o.Store.LoadConversation(a.id)
	if err != nil {
		panic(fmt.Errorf("outbox of %s: %w", a.id, err))
	}
	if len(s.Outbox) == 0 || a.system.o.Driver == nil {
		return false
	}
	seq := s.Outbox[0]
	if seq != a.first { // the one before is settled: sent, or by the provider's report
		a.first, a.attempts, a.retryAt = seq, 0, time.Time{}
	}
	if a.system.Now().Before(a.retryAt) {
		c.Arm(a.retryAt)
		return false
	}
	m, err := a.system.o.Store.Messages(a.id, seq-1, 1)
	if err != nil || len(m) == 0 {
		panic(fmt.Errorf("outbox of %s: message %d: %w", a.id, seq, err))
	}
	d := a.attempt(s.Head(), m[0])
	if d.State == dispatch.DeliveryNone {
		a.later(c, d)
		return false
	}
	return a.report(c, seq, d)
}

// attempt asks the driver, no more than maxCouriers at once in the process.
func (a *courier) attempt(h dispatch.Head, m dispatch.Chat) Delivery {
	if a.system.Now().Sub(m.At) > giveUpAfter {
		return Delivery{State: dispatch.DeliveryFailed, Error: "expired"}
	}
	select {
	case a.system.couriers <- struct{}{}:
	case <-a.system.life.Done():
		return Delivery{}
	}
	defer func() { <-a.system.couriers }()
	ctx, cancel := context.WithTimeout(a.system.life, deliverTimeout)
	defer cancel()
	a.attempts++
	return a.system.o.Driver.Deliver(ctx, h, m, a.attempts)
}

func (a *courier) later(c *act.Context, d Delivery) {
	pause := d.Retry
	if pause <= 0 {
		pause = min(firstRetry<<min(a.attempts, 12), lastRetry)
	}
	a.retryAt = a.system.Now().Add(pause)
	c.Arm(a.retryAt)
}

// report makes the outcome durable; until it is, the message stays in the outbox.
func (a *courier) report(c *act.Context, seq uint64, d Delivery) bool {
	ctx, cancel := context.WithTimeout(context.Background(), deliverTimeout)
	defer cancel()
	_, err := a.system.Ask(ctx, dispatch.Envelope{To: a.id.Address(), Message: dispatch.ReportDelivery{
		Seq: seq, State: d.State, External: d.External, Error: d.Error,
	}})
	if err != nil {
		a.system.log.Warn().Err(err).Str("conversation", string(a.id)).Msg("delivery not recorded")
		a.later(c, Delivery{})
		return false
	}
	return true
}
