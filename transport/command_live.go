package transport

import (
	"context"
	"net/http"

	"pronto/dispatch"
	"pronto/internal/shed"
	"pronto/protocol"
)

// showLive is for the actor of the supervisor's sessions, which shows only what the supervisor may see. What is named and is
// not there, or not the supervisor's, is not found.
func (s *Server) showLive(p Principal, v *protocol.LiveSubscribe) (dispatch.Envelope, error) {
	if err := s.o.Gate.Can(p, ActReadLive, Object{}); err != nil {
		return dispatch.Envelope{}, err
	}
	if p.Agent == "" {
		return dispatch.Envelope{}, Refuse(protocol.CodeForbidden)
	}
	if v == nil {
		return dispatch.Envelope{To: p.Agent.Address(), Message: dispatch.ShowLive{Stop: true}}, nil
	}
	if !s.o.Shed.Try(shed.Live) {
		return dispatch.Envelope{}, shed.ErrShed
	}
	m := dispatch.ShowLive{}
	if v.Queues != nil {
		m.Queues = []dispatch.QueueID{}
	}
	for _, id := range v.Queues {
		queue := dispatch.QueueID(id)
		if s.o.Catalog.QueueName(queue) == "" || !s.seesQueue(p, queue) {
			return dispatch.Envelope{}, Refuse(protocol.CodeNotFound)
		}
		m.Queues = append(m.Queues, queue)
	}
	if v.Agents != nil {
		m.Agents = []dispatch.AgentID{}
	}
	for _, id := range v.Agents {
		agent := dispatch.AgentID(id)
		if s.o.Catalog.AgentName(agent) == "" || !s.seesQueue(p, s.o.Catalog.AgentQueues(agent)...) {
			return dispatch.Envelope{}, Refuse(protocol.CodeNotFound)
		}
		m.Agents = append(m.Agents, agent)
	}
	return dispatch.Envelope{To: p.Agent.Address(), Message: m}, nil
}

// showNear is for the actor of the agent's sessions, which knows the agent's queues.
func (s *Server) showNear(p Principal, v *protocol.DirectorySubscribe) (dispatch.Envelope, error) {
	if err := s.o.Gate.Can(p, ActDirectory, Object{}); err != nil {
		return dispatch.Envelope{}, err
	}
	if p.Agent == "" {
		return dispatch.Envelope{}, Refuse(protocol.CodeForbidden)
	}
	return dispatch.Envelope{To: p.Agent.Address(), Message: dispatch.ShowNear{Queues: v.Queues, Agents: v.Agents}}, nil
}

// seesQueue reports whether the principal supervises one of the queues.
func (s *Server) seesQueue(p Principal, queues ...dispatch.QueueID) bool {
	return s.o.Gate.Can(p, ActReadQueue, Object{Queues: queues}) == nil
}

func (s *Server) registerLiveState() {
	handle(s, route{
		method: http.MethodGet, path: "/live", tag: "queues", summary: "Queues, agents and alerts now, as far as one supervises them",
		action: ActReadLive, class: shed.Live,
	}, s.liveState)
}

func (s *Server) liveState(ctx context.Context, _ *struct{}) (*bodyOf[protocol.LiveState], error) {
	p := callOf(ctx).principal
	now, err := s.o.Live.Now(ctx, func(q dispatch.QueueID) bool { return s.seesQueue(p, q) })
	if err != nil {
		return nil, err
	}
	w := wire{s.o.Catalog}
	out := protocol.LiveState{Queues: make([]protocol.LiveQueue, len(now.Queues)), Agents: []protocol.LiveAgent{}, Alerts: []protocol.Alert{}}
	for i := range now.Queues {
		out.Queues[i] = w.oneLiveQueue(&now.Queues[i])
	}
	for i := range now.Agents {
		if s.seesQueue(p, now.Agents[i].Queues...) {
			out.Agents = append(out.Agents, w.liveAgent(&now.Agents[i]))
		}
	}
	for i := range now.Alerts {
		queues := s.o.Catalog.AgentQueues(now.Alerts[i].Agent)
		if q := now.Alerts[i].Queue; q != "" {
			queues = []dispatch.QueueID{q}
		}
		if s.seesQueue(p, queues...) {
			out.Alerts = append(out.Alerts, w.alert(&now.Alerts[i]))
		}
	}
	return answer(out), nil
}
