package transport

import (
	"context"
	"net/http"
	"time"

	"pronto/internal/shed"
	"pronto/protocol"
)

type sessionOut struct {
	SetCookie string `header:"Set-Cookie"`
	Body      protocol.Session
}

type signedOut struct {
	SetCookie string `header:"Set-Cookie"`
}

func (s *Server) registerSession() {
	handle(s, route{
		method: http.MethodPost, path: "/login", tag: "session", summary: "Sign in", body: protocol.Login{},
		public: "it is how a credential is got", class: shed.SignIns,
	}, s.login)
	handle(s, route{
		method: http.MethodPost, path: "/logout", tag: "session", summary: "Sign out", action: ActEndSession,
		status: http.StatusNoContent,
	}, s.logout)
	handle(s, route{method: http.MethodGet, path: "/me", tag: "session", summary: "Who the credential belongs to", action: ActReadMe}, s.me)
	handle(s, route{
		method: http.MethodPost, path: "/ws-tickets", tag: "session", summary: "Get a ticket for the websocket: once, for 30 s",
		action: ActIssueTicket, status: http.StatusCreated,
	}, s.issueTicket)
}

type loginIn struct {
	FetchSite string `header:"Sec-Fetch-Site" hidden:"true"`
}

// login answers a token, or sets a cookie for a browser's page of the same origin and when asked to.
func (s *Server) login(ctx context.Context, in *loginIn) (*sessionOut, error) {
	var body protocol.Login
	if err := decode(ctx, &body); err != nil {
		return nil, err
	}
	c := callOf(ctx)
	signed, err := s.o.Accounts.Login(ctx, body.Login, body.Password, c.remote)
	if err != nil {
		return nil, err
	}
	c.principal = signed.Principal
	out := &sessionOut{Body: protocol.Session{Token: signed.Token, ExpiresAt: protocol.At(signed.ExpiresAt), User: userOf(signed.Principal)}}
	browser := in.FetchSite == "same-origin"
	if body.Cookie != nil {
		browser = *body.Cookie
	}
	if browser {
		out.SetCookie = s.cookie(signed.Token, signed.ExpiresAt).String()
		out.Body.Token = ""
	}
	return out, nil
}

func (s *Server) logout(ctx context.Context, _ *struct{}) (*signedOut, error) {
	if err := s.o.Accounts.Logout(ctx, callOf(ctx).principal); err != nil {
		return nil, err
	}
	gone := s.cookie("", time.Unix(1, 0))
	gone.MaxAge = -1
	return &signedOut{SetCookie: gone.String()}, nil
}

func (s *Server) me(ctx context.Context, _ *struct{}) (*bodyOf[protocol.User], error) {
	return answer(userOf(callOf(ctx).principal)), nil
}

func (s *Server) issueTicket(ctx context.Context, _ *struct{}) (*bodyOf[protocol.Ticket], error) {
	ticket, expires, err := s.o.Accounts.IssueTicket(ctx, callOf(ctx).principal)
	if err != nil {
		return nil, err
	}
	out := answer(protocol.Ticket{Ticket: ticket, ExpiresAt: protocol.At(expires)})
	out.Status = http.StatusCreated
	return out, nil
}

func userOf(p Principal) protocol.User {
	return protocol.User{ID: p.ID, Name: p.Name, Role: p.Role, Scopes: p.Scopes}
}
