package transport

import (
	"context"
	"net/http"

	"pronto/dispatch"
	"pronto/internal/shed"
	"pronto/protocol"
)

// passwordPage is the desk's page of a link. The token stands behind the #: browsers keep that to themselves, so it is in no
// log of a server or a proxy.
const passwordPage = "/desk/password#"

func (s *Server) registerPasswordLinks() {
	const tag, public = "session", "the link is the credential"
	handle(s, route{
		method: http.MethodPost, path: "/agents/{id}/password-link", tag: "agents", action: ActSetPassword, replay: true, secret: true, status: http.StatusCreated,
		summary: "Make a one-time link with which the agent sets the password; an earlier one stops working",
	}, s.makePasswordLink)
	handle(s, route{
		method: http.MethodPost, path: "/password-link/check", tag: tag, summary: "Whom a one-time link is for; 404 for one that does not work, whatever the cause",
		body: protocol.PasswordLinkCheck{}, public: public, class: shed.SignIns, status: http.StatusOK,
	}, s.checkPasswordLink)
	handle(s, route{
		method: http.MethodPost, path: "/password-link", tag: tag, summary: "Set the password with a one-time link, and end the sessions from before",
		body: protocol.PasswordLinkUse{}, public: public, class: shed.SignIns, status: http.StatusNoContent,
	}, s.usePasswordLink)
}

func (s *Server) makePasswordLink(ctx context.Context, in *getIn) (*bodyOf[protocol.PasswordLink], error) {
	token, expires, err := s.o.PasswordLinks.Issue(ctx, dispatch.AgentID(in.ID))
	if err != nil {
		return nil, err
	}
	out := answer(protocol.PasswordLink{Path: passwordPage + token, ExpiresAt: protocol.At(expires)})
	out.Status = http.StatusCreated
	return out, nil
}

func (s *Server) checkPasswordLink(ctx context.Context, _ *struct{}) (*bodyOf[protocol.PasswordLinkOwner], error) {
	var body protocol.PasswordLinkCheck
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	owner, err := s.o.PasswordLinks.Check(ctx, body.Token, callOf(ctx).remote)
	if err != nil {
		return nil, err
	}
	return answer(owner), nil
}

func (s *Server) usePasswordLink(ctx context.Context, _ *struct{}) (*none, error) {
	var body protocol.PasswordLinkUse
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	if err := s.o.PasswordLinks.Use(ctx, body.Token, body.Password, callOf(ctx).remote); err != nil {
		return nil, err
	}
	return &none{}, nil
}
