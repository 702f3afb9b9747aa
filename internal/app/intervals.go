package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
	"pronto/transport"
)

// Intervals counts the waits of a queue by intervals, from the rows of those that ended and from who waits now. The service
// level is by the target of now.
func (l live) Intervals(_ context.Context, id dispatch.QueueID, span transport.Span) (out []protocol.QueueInterval, target time.Duration, err error) {
	q := l.catalog.now.Load().queues[id]
	if q == nil {
		return nil, 0, transport.Refuse(protocol.CodeNotFound)
	}
	c := newIntervals(span, milliseconds(q.ServiceLevelMS))
	err = l.db.EachWait(id, span.From, func(w dispatch.LoggedWait) error {
		c.ended(&w.EndedWait)
		return nil
	})
	if err == nil {
		err = l.db.OpenWaits(id, c.open)
	}
	return c.list(), c.target, err
}

// intervals is the count of one request.
type intervals struct {
	span   transport.Span
	target time.Duration
	items  []protocol.QueueInterval
	steps  []lineStep
}

// lineStep is one conversation more in the queue, or one less.
type lineStep struct {
	at time.Time
	n  int
}

func newIntervals(span transport.Span, target time.Duration) *intervals {
	c := &intervals{span: span, target: target}
	for at := span.From; at.Before(span.To); at = at.Add(span.Step) {
		c.items = append(c.items, protocol.QueueInterval{Start: protocol.At(at)})
	}
	return c
}

// in is the interval of a time; nil: none of them.
func (c *intervals) in(at time.Time) *protocol.QueueInterval {
	if at.Before(c.span.From) || !at.Before(c.span.To) {
		return nil
	}
	return &c.items[at.Sub(c.span.From)/c.span.Step]
}

func (c *intervals) ended(w *dispatch.EndedWait) {
	c.open(w.From)
	c.steps = append(c.steps, lineStep{w.At, -1})
	i := c.in(w.At)
	switch {
	case i == nil:
	case w.How == dispatch.WaitAnswered:
		i.Answered++
		if w.Wait() <= c.target {
			i.Within++
		}
	case w.Abandoned():
		i.Abandoned++
	}
}

func (c *intervals) open(from time.Time) {
	if i := c.in(from); i != nil {
		i.Arrived++
	}
	c.steps = append(c.steps, lineStep{from, 1})
}

// list goes through the line's steps in order and keeps the longest line of each interval. Who leaves and who comes in the
// same millisecond were not there together.
func (c *intervals) list() []protocol.QueueInterval {
	slices.SortFunc(c.steps, func(a, b lineStep) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.n, b.n)) })
	waiting, next := 0, 0
	for i := range c.items {
		start := c.items[i].Start.Time
		for ; next < len(c.steps) && c.steps[next].at.Before(start); next++ {
			waiting += c.steps[next].n
		}
		most := waiting
		for end := start.Add(c.span.Step); next < len(c.steps) && c.steps[next].at.Before(end); next++ {
			waiting += c.steps[next].n
			most = max(most, waiting)
		}
		c.items[i].Waiting = most
		level := dispatch.ServiceLevel{Answered: c.items[i].Answered, Within: c.items[i].Within, Abandoned: c.items[i].Abandoned}
		c.items[i].Percent = level.Percent()
	}
	return c.items
}
