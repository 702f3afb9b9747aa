package bench

import (
	"context"
	"fmt"
	"time"

	"pronto/client"
	"pronto/protocol"
)

// customers is how many requests of customers are under way at once.
const customers = 128

// cycle is one conversation from its first message to its close, as the ledger of the run has it.
type cycle struct {
	contact  string
	intended time.Time
	first    bool // the next message to write is the first
	id       string
	measured bool

	// The rest belongs to whoever's turn it is: the agent or the customer.
	sent     int // customer's messages acknowledged, the first included
	answered int // agent's messages acknowledged
	moved    bool
	wrote    time.Time
}

// arrive lets new customers write at their drawn times, or, closed-loop, fills the number in flight.
func (r *run) arrive(ctx context.Context) {
	if r.s.Rate <= 0 {
		for range r.s.InFlight {
			r.newCustomer(ctx, time.Now())
		}
		return
	}
	at := time.Now()
	for {
		at = at.Add(time.Duration(r.last.ExpFloat64() / r.s.Rate * float64(time.Second)))
		if at.After(r.ends) {
			return
		}
		if wait := time.Until(at); wait > 0 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
		}
		r.newCustomer(ctx, at)
	}
}

func (r *run) newCustomer(ctx context.Context, intended time.Time) {
	c := &cycle{contact: fmt.Sprintf("%s-%d", r.name, r.next.Add(1)), intended: intended, first: true}
	c.measured = !intended.Before(r.began) && intended.Before(r.ends)
	r.cycles.Store(c.contact, c)
	r.open.Add(1)
	select {
	case r.write <- c:
	case <-ctx.Done():
	}
}

// customer writes what is due.
func (r *run) customer(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-r.write:
			r.writeOnce(ctx, c)
		}
	}
}

const busyPause = 50 * time.Millisecond

func (r *run) writeOnce(ctx context.Context, c *cycle) {
	body := protocol.InboundMessage{
		ExternalID: fmt.Sprintf("%s-%d", c.contact, c.sent), Text: "Preciso da segunda via do boleto deste mês, por favor.",
		Contact: protocol.InboundContact{Name: "Cliente de carga", Identities: []protocol.Identity{{Kind: "external", Value: c.contact}}},
	}
	if c.first {
		body.Queue = r.org.queues[int(c.intended.UnixNano())%len(r.org.queues)]
	}
	c.wrote = time.Now()
	first := c.first
	c.first = false
	c.sent++ // before the request: the agent may see the message before its answer is back
	var answer protocol.InboundAnswer
	for {
		err := post(ctx, r.rest, "/channels/"+r.org.channel+"/messages", body, &answer)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return
		}
		r.m.refusals.Add(1)
		r.progress("customer: %v", err)
		<-time.After(busyPause)
	}
	if first {
		r.m.record(&r.m.firstAck, c.measured, time.Since(c.intended))
	} else {
		r.m.record(&r.m.inAck, c.measured, time.Since(c.wrote))
	}
}

// over ends a cycle; closed-loop, the next customer comes.
func (r *run) over(ctx context.Context, c *cycle) {
	if r.m.measuring.Load() {
		r.m.done.Add(1)
	}
	r.m.record(&r.m.whole, c.measured, time.Since(c.intended))
	r.open.Add(-1)
	if r.s.Rate <= 0 && time.Now().Before(r.ends) {
		r.newCustomer(ctx, time.Now())
	}
}

// dropConnections lets agents lose their connection now and then.
func (r *run) dropConnections(ctx context.Context) {
	perSecond := r.s.Reconnects * float64(r.s.Agents) / 60
	if perSecond <= 0 {
		return
	}
	tick := time.NewTicker(time.Duration(float64(time.Second) / perSecond))
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.agents[i%len(r.agents)].c.Drop()
		}
	}
}

// check compares conversations with the ledger: closed, with as many messages as were acknowledged.
func (r *run) check(ctx context.Context, result *Result) error {
	r.progress("checking the ledger")
	var list []*cycle
	r.cycles.Range(func(_, v any) bool {
		c := v.(*cycle) //nolint:forcetypeassert // nothing else is stored
		if r.s.CheckLimit == 0 || len(list) < r.s.CheckLimit {
			list = append(list, c)
		}
		return true
	})
	err := inParallel(len(list), func(i int) error {
		c := list[i]
		var h protocol.ConversationHead
		if err := patiently(ctx, r.rest, client.Request{Method: "GET", Path: "/conversations/" + c.id}, &h); err != nil {
			return fmt.Errorf("check %s: %w", c.id, err)
		}
		if want := int64(c.sent + c.answered); h.State != "closed" || h.LastSeq != want {
			return fmt.Errorf("check %s: %s with %d messages, acknowledged were %d", c.id, h.State, h.LastSeq, want)
		}
		return nil
	})
	result.Checked = len(list)
	return err
}
