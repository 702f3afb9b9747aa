package transport

import (
	"context"
	"net/http"

	"pronto/protocol"
)

func (s *Server) registerTokens() {
	const path, tag = "/api-tokens", "API tokens"
	handle(s, route{method: http.MethodGet, path: path, tag: tag, summary: "List", action: ActTokens}, s.listTokens)
	handle(s, route{
		method: http.MethodPost, path: path, tag: tag, summary: "Create; the answer shows the secret once", action: ActTokens,
		body: protocol.APIToken{}, replay: true, secret: true, status: http.StatusCreated,
	}, s.createToken)
	handle(s, route{method: http.MethodGet, path: path + "/{id}", tag: tag, summary: "Read one", action: ActTokens}, s.getToken)
	handle(s, route{method: http.MethodDelete, path: path + "/{id}", tag: tag, summary: "Revoke", action: ActTokens, status: http.StatusNoContent}, s.revokeToken)
}

func (s *Server) listTokens(ctx context.Context, in *PageQuery) (*bodyOf[protocol.Page[protocol.APIToken]], error) {
	tokens, err := s.o.Tokens.List(ctx, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	page := protocol.Page[protocol.APIToken]{Items: append([]protocol.APIToken{}, tokens...)}
	if len(tokens) == in.Limit {
		page.NextCursor = tokens[len(tokens)-1].ID
	}
	return answer(page), nil
}

func (s *Server) createToken(ctx context.Context, _ *struct{}) (*bodyOf[protocol.APIToken], error) {
	var spec protocol.APIToken
	if err := decode(ctx, &spec); err != nil {
		return nil, err
	}
	if spec.ID != "" || spec.Secret != "" || spec.Version != 0 || !spec.CreatedAt.IsZero() || !spec.LastUsedAt.IsZero() {
		return nil, refuseField("/id", protocol.FieldReadOnly)
	}
	if !spec.ExpiresAt.IsZero() && !spec.ExpiresAt.After(s.o.Now()) {
		return nil, refuseField("/expires_at", protocol.FieldRange)
	}
	token, err := s.o.Tokens.Create(ctx, callOf(ctx).principal, spec)
	if err != nil {
		return nil, err
	}
	out := answer(token)
	out.Status = http.StatusCreated
	return out, nil
}

func (s *Server) getToken(ctx context.Context, in *getIn) (*bodyOf[protocol.APIToken], error) {
	token, err := s.o.Tokens.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(token), nil
}

func (s *Server) revokeToken(ctx context.Context, in *getIn) (*none, error) {
	if err := s.o.Tokens.Revoke(ctx, in.ID); err != nil {
		return nil, err
	}
	return &none{}, nil
}
