package actors

import (
	"context"
	"errors"
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
	revision uint64    // of it
	attempts int       // at it
	waits    bool      // it was not ready: that was no attempt
	retryAt  time.Time // not before

	outcome dispatch.Message // of the attempt, while it is not durable: it is told again, not sent again; nil: none
}

// postNow tells a courier that the outbox may have changed; fileReady that a file which a message waited for may be ready.
type (
	postNow   struct{}
	fileReady struct{}
)

const (
	deliverTimeout = 30 * time.Second
	fileTimeout    = 5 * time.Minute // with files on the way
	giveUpAfter    = 24 * time.Hour  // since the message was written
	firstRetry     = 500 * time.Millisecond
	lastRetry      = 5 * time.Minute
)

func (s *System) newCourier(id string) act.Actor {
	return &courier{id: dispatch.ConversationID(id), system: s}
}

// AttachmentChanged tells a conversation that a file of a message is in another state, and its courier, which may have
// waited for that.
func (s *System) AttachmentChanged(id dispatch.ConversationID, file dispatch.AttachmentID) {
	to := id.Address()
	err := errors.Join(
		s.send(act.Envelope{To: address(to), Msg: dispatch.Envelope{To: to, Message: dispatch.AttachmentChanged{Attachment: file}}}),
		s.act.Send(act.Envelope{To: act.Address{Kind: kindCourier, ID: string(id)}, Msg: fileReady{}}),
	)
	s.untold(err, string(id), "state of a file not told") // clients ask when they need to know; the courier looks again by itself
}

// post wakes the courier of a conversation.
func (s *System) post(id dispatch.ConversationID) error {
	return s.act.Send(act.Envelope{To: act.Address{Kind: kindCourier, ID: string(id)}, Msg: postNow{}})
}

// Receive sends what waits, until the outbox is empty or the channel asks for a pause.
func (a *courier) Receive(c *act.Context, e act.Envelope) {
	switch e.Msg.(type) {
	case postNow, act.Wake, act.Restarted:
	case fileReady:
		if a.waits {
			a.retryAt = time.Time{}
		}
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
	change, _ := s.Change(seq)
	if seq != a.first || change.Record != a.revision { // the one before is settled: sent, or by the provider's report
		a.first, a.revision, a.attempts, a.waits, a.retryAt, a.outcome = seq, change.Record, 0, false, time.Time{}, nil
	}
	if a.system.Now().Before(a.retryAt) {
		c.Arm(a.retryAt)
		return false
	}
	if a.outcome != nil {
		return a.tell(c)
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
	a.outcome = dispatch.ReportDelivery{Seq: seq, State: d.State, External: d.External, Error: d.Error, Revision: m[0].Revision, Sent: true}
	if s.Delivery(seq) != dispatch.DeliveryQueued {
		a.outcome = dispatch.ReportChange{Seq: seq, Revision: m[0].Revision, Error: d.Error}
	}
	a.attempts = 0 // from now on those to tell it
	return a.tell(c)
}

// attempt asks the driver, no more than maxCouriers at once in the process.
func (a *courier) attempt(h dispatch.Head, m dispatch.Chat) Delivery {
	if now := a.system.Now(); now.Sub(m.At) > giveUpAfter && now.Sub(m.ChangedAt) > giveUpAfter {
		return Delivery{State: dispatch.DeliveryFailed, Error: "expired"}
	}
	select {
	case a.system.couriers <- struct{}{}:
	case <-a.system.life.Done():
		return Delivery{}
	}
	defer func() { <-a.system.couriers }()
	timeout := deliverTimeout
	if len(m.Attachments) > 0 {
		timeout = fileTimeout
	}
	ctx, cancel := context.WithTimeout(a.system.life, timeout)
	defer cancel()
	a.attempts++
	return a.system.o.Driver.Deliver(ctx, h, m, a.attempts)
}

func (a *courier) later(c *act.Context, d Delivery) {
	if a.waits = d.Waits; a.waits {
		a.attempts--
	}
	pause := d.Retry
	if pause <= 0 {
		pause = min(firstRetry<<min(a.attempts, 12), lastRetry)
	}
	a.retryAt = a.system.Now().Add(pause)
	c.Arm(a.retryAt)
}

// tell makes the outcome durable; until it is, as on a full disk, the message stays in the outbox.
func (a *courier) tell(c *act.Context) bool {
	ctx, cancel := context.WithTimeout(context.Background(), deliverTimeout)
	defer cancel()
	if _, err := a.system.Ask(ctx, dispatch.Envelope{To: a.id.Address(), Message: a.outcome}); err != nil {
		a.system.untold(err, string(a.id), "delivery not recorded")
		a.attempts++
		a.later(c, Delivery{})
		return false
	}
	a.outcome = nil
	return true
}
