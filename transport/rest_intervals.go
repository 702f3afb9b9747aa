package transport

import (
	"context"
	"net/http"
	"time"

	"pronto/dispatch"
	"pronto/protocol"
)

// Span is a time from From to before To, in steps.
type Span struct {
	From, To time.Time
	Step     time.Duration
}

const (
	defaultSpan  = 24 * time.Hour
	maxIntervals = 1000
)

type intervalsIn struct {
	ID     string `path:"id" maxLength:"64" doc:"que_…"`
	From   string `query:"from" maxLength:"40" format:"date-time" doc:"Where the first interval begins; absent: a day before the end"`
	To     string `query:"to" maxLength:"40" format:"date-time" doc:"The end, which is not in it; absent: now, which is"`
	StepMS int64  `query:"step_ms" minimum:"60000" maximum:"86400000" default:"900000" doc:"Length of an interval; at most 1 000 of them"`
}

func (s *Server) registerIntervals() {
	handle(s, route{
		method: http.MethodGet, path: "/queues/{id}/intervals", tag: "queues",
		summary: "Arrivals, the longest line and the service level of a queue, by intervals",
		action:  ActReadQueue, late: true,
	}, s.intervals)
}

func (s *Server) intervals(ctx context.Context, in *intervalsIn) (*bodyOf[protocol.QueueIntervals], error) {
	id := dispatch.QueueID(in.ID)
	if err := s.o.Gate.Can(callOf(ctx).principal, ActReadQueue, Object{Queues: []dispatch.QueueID{id}}); err != nil {
		return nil, err
	}
	span, err := s.spanOf(in)
	if err != nil {
		return nil, err
	}
	items, target, err := s.o.Live.Intervals(ctx, id, span)
	if err != nil {
		return nil, err
	}
	return answer(protocol.QueueIntervals{Queue: wire{s.o.Catalog}.queue(id), StepMS: in.StepMS, TargetMS: target.Milliseconds(), Items: present(items)}), nil
}

func (s *Server) spanOf(in *intervalsIn) (Span, error) {
	// What happened in this very millisecond belongs to now.
	span := Span{To: s.o.Now().Add(time.Millisecond), Step: time.Duration(in.StepMS) * time.Millisecond}
	from, err := queryTime("query/from", in.From)
	if err != nil {
		return span, err
	}
	to, err := queryTime("query/to", in.To)
	if err != nil {
		return span, err
	}
	if !to.IsZero() {
		span.To = to
	}
	if span.From = from; from.IsZero() {
		span.From = span.To.Add(-defaultSpan)
	}
	if !span.From.Before(span.To) || span.To.Sub(span.From) > maxIntervals*span.Step {
		return span, refuseField("query/from", protocol.FieldRange)
	}
	return span, nil
}
