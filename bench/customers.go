package bench

import (
	"context"
	"fmt"
	"time"

	"pronto/protocol"
)

// customers is how many requests of customers are under way at once.
const customers = 128

// arrive lets new customers write at their drawn times, or, closed-loop, fills the number in flight.
func (l *load) arrive(ctx context.Context) {
	if l.s.Arrivals.Kind == Closed {
		for range l.s.Arrivals.InFlight {
			l.newCustomer(ctx, time.Now())
		}
		return
	}
	arrivals := NewArrivals(l.s)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		distance, ok := arrivals.Next()
		at := l.start.Add(distance)
		if !ok || !at.Before(l.ends) {
			return
		}
		if wait := time.Until(at); wait > 0 {
			timer.Reset(wait)
			select {
			case <-ctx.Done():
				return
			case <-timer.C:
			}
		}
		l.newCustomer(ctx, at)
	}
}

func (l *load) newCustomer(ctx context.Context, intended time.Time) {
	c := newCycle(l.s, l.name, l.next.Add(1), l.f.org.queues)
	c.intended, c.due = intended, intended
	c.measured = !intended.Before(l.began) && intended.Before(l.ends)
	l.mu.Lock()
	l.all = append(l.all, c)
	l.mu.Unlock()
	l.open.Add(1)
	if c.measured {
		l.m.arrived.Add(1)
	}
	if l.visits != nil {
		l.visits.arrive(c)
		return
	}
	l.cycles.Store(c.contact, c)
	l.due(ctx, c)
}

// due has the customer of c write.
func (l *load) due(ctx context.Context, c *cycle) {
	if c.page != nil {
		c.page.write(c)
		return
	}
	select {
	case l.write <- c:
	case <-ctx.Done():
	}
}

// customer writes what is due.
func (l *load) customer(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-l.write:
			l.writeOnce(ctx, c)
		}
	}
}

const bodyBytes = 384 // room for any body of a customer's message

const busyPause = 50 * time.Millisecond

// writeOnce writes one message, again and again until it is acknowledged; the server takes it once by its external id.
func (l *load) writeOnce(ctx context.Context, c *cycle) {
	c.mu.Lock()
	nth, due := c.written, c.due
	c.written++ // before the request: the agent may see the message before its answer is back
	c.mu.Unlock()
	queue := c.queue
	if nth > 0 {
		queue = ""
	}
	body := appendMessage(make([]byte, 0, bodyBytes), c.contact, nth, queue)
	var answer protocol.InboundAnswer
	for {
		err := untilTaken(ctx, func() (err error) {
			answer, err = l.f.customers.post(ctx, l.channels[0], body)
			return err
		})
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return
		}
		l.fail("customer", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(busyPause):
		}
	}
	l.acknowledged(c, nth, due, answer)
}

func (l *load) acknowledged(c *cycle, nth int, due time.Time, answer protocol.InboundAnswer) {
	c.mu.Lock()
	c.acknowledge(2*nth, answer.MessageID)
	if c.id == "" {
		c.id = answer.ConversationID
		l.byID.Store(c.id, c)
	}
	strayed := c.id != answer.ConversationID
	c.taken++
	over := c.ends()
	c.mu.Unlock()
	if strayed {
		l.fail("customer", fmt.Errorf("message %d of %s went to %s", nth+1, c.contact, answer.ConversationID))
	}
	h := &l.m.in
	if nth == 0 {
		h = &l.m.first
	}
	l.record(h, c, due)
	if over {
		l.over(l.f.ctx, c)
	}
}

// record counts how long something took since it was due, when its customer came in the measured part.
func (l *load) record(h *histogram, c *cycle, since time.Time) {
	if c.measured {
		h.record(time.Since(since))
	}
}

// over ends a cycle; closed-loop, the next customer comes.
func (l *load) over(ctx context.Context, c *cycle) {
	if l.m.measuring.Load() {
		l.m.done.Add(1)
	}
	l.m.allDone.Add(1)
	l.record(&l.m.whole, c, c.intended)
	l.open.Add(-1)
	if c.page != nil {
		l.visits.free(c.page)
	}
	if l.s.Arrivals.Kind == Closed && time.Now().Before(l.ends) {
		l.newCustomer(ctx, time.Now())
	}
}

// dropConnections lets agents lose their connection now and then.
func (l *load) dropConnections(ctx context.Context) {
	perSecond := l.s.Mix.Reconnect * float64(l.s.Agents) / 60
	if perSecond <= 0 {
		return
	}
	tick := time.NewTicker(seconds(1 / perSecond))
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.f.agents[i%len(l.f.agents)].c.Drop()
		}
	}
}

// fail counts a refusal.
func (l *load) fail(what string, err error) {
	l.m.refusals.Add(1)
	l.f.note("%s: %v", what, err)
}
