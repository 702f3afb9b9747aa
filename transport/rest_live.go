package transport

import (
	"context"
	"net/http"
	"time"

	"pronto/dispatch"
	"pronto/internal/shed"
	"pronto/protocol"
)

// Live answers from the machines in memory. CodeNotFound for a queue that is not there, and for a conversation that does
// not wait.
type Live interface {
	Queue(ctx context.Context, id dispatch.QueueID) (QueueNow, error)
	// Waiting is a part of a queue's list, from behind a place on; the zero place is before all.
	Waiting(ctx context.Context, queue dispatch.QueueID, after dispatch.WaitingPlace, limit int) (page []WaitingNow, more bool, err error)
	Place(ctx context.Context, queue dispatch.QueueID, id dispatch.ConversationID) (dispatch.Place, error)
	// Why is what a queue would say now of one that waits there, and when that was.
	Why(ctx context.Context, queue dispatch.QueueID, id dispatch.ConversationID) (dispatch.Decision, time.Time, error)
	// Preview is what a queue would say now of a conversation that does not exist.
	Preview(ctx context.Context, queue dispatch.QueueID, p protocol.PreviewBody) (Previewed, error)
	// Now is everything that is shown live: of the queues that show lets through, of all agents, and all alerts.
	Now(ctx context.Context, show func(dispatch.QueueID) bool) (LiveNow, error)
	// Intervals counts a queue's waits by the steps of a span, and gives the target by which they are judged.
	Intervals(ctx context.Context, id dispatch.QueueID, span Span) ([]protocol.QueueInterval, time.Duration, error)
	// Hours is whether business hours are open now.
	Hours(ctx context.Context, id string) (protocol.HoursStatus, error)
}

// Previewed is what a queue says of a conversation that does not exist.
type Previewed struct {
	dispatch.ReplyWhy
	Weight int
	At     time.Time
}

// LiveNow is what is shown live, at one moment.
type LiveNow struct {
	Queues []dispatch.LiveQueue
	Agents []dispatch.LiveAgent
	Alerts []dispatch.Alert
}

// QueueNow is a queue's machine at one moment, and its business hours.
type QueueNow struct {
	dispatch.QueueView
	Closed bool
	Until  time.Time // when that changes; zero: not in sight
}

type queueIn struct {
	ID string `path:"id" maxLength:"64" doc:"que_…"`
}

type talkIn struct {
	ID string `path:"id" maxLength:"64" doc:"cnv_…"`
}

type hoursIn struct {
	ID string `path:"id" maxLength:"64" doc:"hrs_…"`
}

func (s *Server) registerLive() {
	s.registerLiveState()
	s.registerIntervals()
	handle(s, route{
		method: http.MethodGet, path: "/business-hours/{id}/status", tag: "business hours", summary: "Whether they are open now, and until when",
		action: ActReadShared,
	}, s.hoursStatus)
	handle(s, route{
		method: http.MethodGet, path: "/queues/{id}/live", tag: "queues", summary: "How the queue stands now: who waits, for how long, and how good the estimates are",
		action: ActReadQueue, late: true, class: shed.Live,
	}, s.liveQueue)
	s.registerWaiting()
	s.registerPreview()
	handle(s, route{
		method: http.MethodGet, path: "/conversations/{id}/position", tag: "conversations", summary: "Where it stands in its queue, and how long it is expected to wait",
		action: ActReadTalk, late: true,
	}, s.position)
}

func (s *Server) liveQueue(ctx context.Context, in *queueIn) (*bodyOf[protocol.QueueLive], error) {
	id := dispatch.QueueID(in.ID)
	if err := s.o.Gate.Can(callOf(ctx).principal, ActReadQueue, Object{Queues: []dispatch.QueueID{id}}); err != nil {
		return nil, err
	}
	v, err := s.o.Live.Queue(ctx, id)
	if err != nil {
		return nil, err
	}
	return answer(wire{s.o.Catalog}.queueLive(id, v)), nil
}

func (w wire) queueLive(id dispatch.QueueID, v QueueNow) protocol.QueueLive {
	return protocol.QueueLive{
		Queue: w.queue(id), Open: !v.Closed, HoursChangeAt: at(v.Until), Waiting: v.Waiting, OldestAt: at(v.Oldest), ReadyAgents: v.Ready, EffectiveSlots: float64(v.Slots) / dispatch.SlotShare,
		HandlingMS: v.Handling.Milliseconds(), Handled: v.Handled, WaitEstimateMS: v.Wait.Milliseconds(),
		EstimateError: protocol.EstimateError{Answered: v.Error.Answered, MeanMS: v.Error.Mean.Milliseconds(), BiasMS: v.Error.Bias.Milliseconds()},
	}
}

func (s *Server) hoursStatus(ctx context.Context, in *hoursIn) (*bodyOf[protocol.HoursStatus], error) {
	v, err := s.o.Live.Hours(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(v), nil
}

func (s *Server) position(ctx context.Context, in *talkIn) (*bodyOf[protocol.QueuePosition], error) {
	c, err := s.readable(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if c.Head.State != dispatch.ConversationQueued {
		return nil, Refuse(protocol.CodeNotFound)
	}
	p, err := s.o.Live.Place(ctx, c.Head.Queue, c.Head.ID)
	if err != nil {
		return nil, err
	}
	return answer(protocol.QueuePosition{
		Queue: wire{s.o.Catalog}.queue(c.Head.Queue), Position: p.Position, Waiting: p.Waiting, ReadyAgents: p.Ready, WaitEstimateMS: p.Wait.Milliseconds(),
	}), nil
}
