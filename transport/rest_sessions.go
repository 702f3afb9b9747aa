package transport

import (
	"context"
	"net/http"

	"pronto/dispatch"
	"pronto/protocol"
)

// registerSessions: people see where they are signed in and end what they do not know; administrators do so for others.
func (s *Server) registerSessions() {
	const tag, own, theirs = "session", "/me/sessions", "/agents/{id}/sessions"
	handle(s, route{method: http.MethodGet, path: own, tag: tag, summary: "Where one is signed in", action: ActEndSession}, s.ownSessions)
	handle(s, route{
		method: http.MethodDelete, path: own, tag: tag, summary: "Sign out everywhere else", action: ActEndSession, status: http.StatusNoContent,
	}, s.endOtherSessions)
	handle(s, route{
		method: http.MethodDelete, path: own + "/{id}", tag: tag, summary: "End one of one's own sessions", action: ActEndSession, status: http.StatusNoContent,
	}, s.endOwnSession)
	handle(s, route{method: http.MethodGet, path: theirs, tag: "agents", summary: "Where an agent is signed in", action: ActSetPassword}, s.agentSessions)
	handle(s, route{
		method: http.MethodDelete, path: theirs, tag: "agents", summary: "Sign an agent out everywhere", action: ActSetPassword, status: http.StatusNoContent,
	}, s.endAgentSessions)
}

// sessionsOf are those of an agent, with the one that asks marked.
func (s *Server) sessionsOf(ctx context.Context, agent dispatch.AgentID) (*bodyOf[protocol.OpenSessions], error) {
	list, err := s.o.Accounts.Sessions(ctx, agent)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Current = list[i].ID == callOf(ctx).principal.Credential
	}
	return answer(protocol.OpenSessions{Items: present(list)}), nil
}

func (s *Server) ownSessions(ctx context.Context, _ *struct{}) (*bodyOf[protocol.OpenSessions], error) {
	return s.sessionsOf(ctx, callOf(ctx).principal.Agent)
}

func (s *Server) agentSessions(ctx context.Context, in *getIn) (*bodyOf[protocol.OpenSessions], error) {
	agent := dispatch.AgentID(in.ID)
	if s.o.Catalog.AgentName(agent) == "" {
		return nil, Refuse(protocol.CodeNotFound)
	}
	return s.sessionsOf(ctx, agent)
}

func (s *Server) endOtherSessions(ctx context.Context, _ *struct{}) (*none, error) {
	p := callOf(ctx).principal
	_, err := s.o.Accounts.EndSessions(ctx, p.Agent, func(id string) bool { return id != p.Credential })
	return &none{}, err
}

func (s *Server) endOwnSession(ctx context.Context, in *getIn) (*none, error) {
	n, err := s.o.Accounts.EndSessions(ctx, callOf(ctx).principal.Agent, func(id string) bool { return id == in.ID })
	if err == nil && n == 0 {
		return nil, Refuse(protocol.CodeNotFound)
	}
	return &none{}, err
}

func (s *Server) endAgentSessions(ctx context.Context, in *getIn) (*none, error) {
	agent := dispatch.AgentID(in.ID)
	if s.o.Catalog.AgentName(agent) == "" {
		return nil, Refuse(protocol.CodeNotFound)
	}
	_, err := s.o.Accounts.EndSessions(ctx, agent, func(string) bool { return true })
	return &none{}, err
}
