package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"time"

	"pronto/dispatch"
	"pronto/internal/access"
	"pronto/protocol"
	"pronto/storage"
	"pronto/transport"
)

// accounts is sign-in as the edge sees it. A principal carries the gate's own value in Grant.
type accounts struct {
	a      *access.Accounts
	people *catalog
	audit  *audit
}

func edgePrincipal(p access.Principal) transport.Principal {
	out := transport.Principal{
		ID: string(p.ID), Name: p.Name, Role: string(p.Role), Agent: p.AgentID(), Credential: p.Credential.String(), ExpiresAt: p.ExpiresAt, Grant: p,
	}
	for _, s := range p.Scopes {
		out.Scopes = append(out.Scopes, string(s))
	}
	return out
}

// grantOf is the gate's principal of an edge's.
func grantOf(p transport.Principal) access.Principal {
	g, _ := p.Grant.(access.Principal)
	return g
}

// accountRefusal gives the errors of sign-in and the gate their codes on the wire.
func accountRefusal(err error) error {
	var wait *access.BackoffError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wait):
		return &transport.Refusal{Code: protocol.CodeRateLimited, RetryAfter: wait.RetryAfter}
	case errors.Is(err, storage.ErrReadOnly):
		return transport.Refuse(protocol.CodeReadOnly)
	case errors.Is(err, access.ErrBusy):
		return &transport.Refusal{Code: protocol.CodeOverloaded, RetryAfter: time.Second}
	case errors.Is(err, access.ErrUnauthorized), errors.Is(err, access.ErrBadCredentials):
		return transport.Refuse(protocol.CodeUnauthorized)
	case errors.Is(err, access.ErrForbidden):
		return transport.Refuse(protocol.CodeForbidden)
	case errors.Is(err, access.ErrNotOwner):
		return transport.Refuse(protocol.CodeNotOwner)
	case errors.Is(err, access.ErrNotFound):
		return transport.Refuse(protocol.CodeNotFound)
	case errors.Is(err, access.ErrDisabled):
		return transport.Refuse(protocol.CodeConflict)
	case errors.Is(err, access.ErrWeakPassword):
		return fieldRefusal("/password", protocol.FieldTooShort)
	case errors.Is(err, access.ErrBadScope):
		return fieldRefusal("/scopes", protocol.FieldInvalid)
	case errors.Is(err, access.ErrBadExpiry):
		return fieldRefusal("/expires_at", protocol.FieldRange)
	}
	return err
}

func fieldRefusal(pointer, code string) error {
	return &transport.Refusal{Code: protocol.CodeBadRequest, Fields: []protocol.FieldError{{Pointer: pointer, Code: code}}}
}

func (s accounts) Login(ctx context.Context, login, password string, from netip.Addr) (transport.SignedIn, error) {
	secret, expires, p, err := s.a.Login(ctx, login, password, from)
	if err != nil {
		s.failed(ctx, login, err)
		return transport.SignedIn{}, accountRefusal(err)
	}
	return transport.SignedIn{Token: secret.Reveal(), ExpiresAt: expires, Principal: edgePrincipal(p)}, nil
}

// failed records a sign-in that did not succeed. A login that nobody has is left out: it may be a password that was typed
// into the wrong field. Waits after failures are not recorded, so the audit grows no faster than passwords are checked.
func (s accounts) failed(ctx context.Context, login string, why error) {
	if !errors.Is(why, access.ErrBadCredentials) {
		return
	}
	r := protocol.AuditRecord{Action: "session.refused", By: protocol.AuditActor{Role: "unknown"}}
	if person, err := s.people.PersonByLogin(ctx, login); err == nil {
		r.Object = protocol.AuditObject{Kind: transport.KindAgent, ID: string(person.ID)}
	}
	if err := s.audit.Record(ctx, transport.Principal{}, r); err != nil {
		s.audit.log.Error().Err(err).Msg("audit of a failed sign-in")
	}
}

// about records what is done to a person's credentials.
func (s accounts) about(ctx context.Context, action string, agent dispatch.AgentID) error {
	return s.audit.Record(ctx, transport.Principal{}, aboutAgent(action, agent))
}

func aboutAgent(action string, agent dispatch.AgentID) protocol.AuditRecord {
	return protocol.AuditRecord{Action: action, Object: protocol.AuditObject{Kind: transport.KindAgent, ID: string(agent)}}
}

func (s accounts) Logout(ctx context.Context, p transport.Principal) error {
	return accountRefusal(s.a.Logout(ctx, grantOf(p)))
}

func (s accounts) ByToken(ctx context.Context, token string) (transport.Principal, error) {
	p, err := s.a.ByToken(ctx, token)
	return edgePrincipal(p), accountRefusal(err)
}

func (s accounts) IssueTicket(_ context.Context, p transport.Principal) (string, time.Time, error) {
	secret, expires, err := s.a.IssueTicket(grantOf(p))
	return secret.Reveal(), expires, accountRefusal(err)
}

func (s accounts) RedeemTicket(ctx context.Context, ticket string) (transport.Principal, error) {
	p, err := s.a.RedeemTicket(ctx, ticket)
	return edgePrincipal(p), accountRefusal(err)
}

// Current makes nothing new while nothing changed: it is asked with every command of a desk.
func (s accounts) Current(ctx context.Context, p *transport.Principal) (*transport.Principal, error) {
	had := grantOf(*p)
	has, err := s.a.Check(ctx, had.Credential)
	if err != nil {
		return nil, accountRefusal(err)
	}
	if has.Name == had.Name && has.Role == had.Role && has.AllQueues == had.AllQueues && slices.Equal(has.Queues, had.Queues) && slices.Equal(has.Scopes, had.Scopes) {
		return p, nil
	}
	now := edgePrincipal(has)
	return &now, nil
}

func (s accounts) SetPassword(ctx context.Context, agent dispatch.AgentID, password string) error {
	if err := s.about(ctx, "password.set", agent); err != nil {
		return err
	}
	return accountRefusal(s.a.SetPassword(ctx, agent, password))
}

func (s accounts) RevokeAll(ctx context.Context, agent dispatch.AgentID) error {
	if err := s.about(ctx, "session.revoked", agent); err != nil {
		return err
	}
	return accountRefusal(s.a.RevokeAll(ctx, agent))
}

func (s accounts) Sessions(ctx context.Context, agent dispatch.AgentID) ([]protocol.OpenSession, error) {
	list, err := s.a.Sessions(ctx, agent)
	if err != nil {
		return nil, accountRefusal(err)
	}
	out := make([]protocol.OpenSession, len(list))
	for i, at := range list {
		out[i] = protocol.OpenSession{
			ID: at.Credential.String(), From: at.IP,
			CreatedAt: protocol.At(at.CreatedAt), LastUsedAt: protocol.At(at.SeenAt), ExpiresAt: protocol.At(at.ExpiresAt),
		}
	}
	return out, nil
}

// EndSessions is in the audit once, before any of them ends.
func (s accounts) EndSessions(ctx context.Context, agent dispatch.AgentID, which func(credential string) bool) (int, error) {
	list, err := s.a.Sessions(ctx, agent)
	if err != nil {
		return 0, accountRefusal(err)
	}
	list = slices.DeleteFunc(list, func(at access.Session) bool { return !which(at.Credential.String()) })
	if len(list) == 0 {
		return 0, nil
	}
	if err := s.about(ctx, "session.revoked", agent); err != nil {
		return 0, err
	}
	return len(list), accountRefusal(s.a.EndSessions(ctx, agent, func(c access.Credential) bool { return which(c.String()) }))
}

func (s accounts) Forget(ctx context.Context, agent dispatch.AgentID) error {
	return accountRefusal(s.a.Forget(ctx, agent))
}

// tokens is the administration of API tokens.
type tokens struct {
	a     *access.Accounts
	audit *audit
}

func wireToken(t access.Token) protocol.APIToken {
	out := protocol.APIToken{ID: string(t.ID), Version: 1, Name: t.Name, CreatedAt: protocol.At(t.CreatedAt)}
	for _, s := range t.Scopes {
		out.Scopes = append(out.Scopes, string(s))
	}
	if !t.ExpiresAt.IsZero() {
		out.ExpiresAt = protocol.At(t.ExpiresAt)
	}
	if !t.SeenAt.IsZero() {
		out.LastUsedAt = protocol.At(t.SeenAt)
	}
	return out
}

func (s tokens) Create(ctx context.Context, by transport.Principal, spec protocol.APIToken) (protocol.APIToken, error) {
	in := access.TokenSpec{Name: spec.Name, ExpiresAt: spec.ExpiresAt.Time, CreatedBy: access.PrincipalID(by.ID)}
	for _, scope := range spec.Scopes {
		in.Scopes = append(in.Scopes, access.Scope(scope))
	}
	secret, t, err := s.a.CreateToken(ctx, in)
	if err != nil {
		return protocol.APIToken{}, accountRefusal(err)
	}
	out := wireToken(t)
	raw, err := json.Marshal(out)
	if err == nil {
		made := change{by: by, object: protocol.AuditObject{Kind: access.KindAPIToken, ID: out.ID}, action: "created"}
		err = s.audit.changed(ctx, made, nil, raw)
	}
	if err != nil { // a token that nobody can account for must not work
		return protocol.APIToken{}, errors.Join(err, s.a.RevokeToken(ctx, t.ID))
	}
	out.Secret = secret.Reveal()
	return out, nil
}

func (s tokens) Get(ctx context.Context, id string) (protocol.APIToken, error) {
	t, err := s.a.GetToken(ctx, access.PrincipalID(id))
	return wireToken(t), accountRefusal(err)
}

func (s tokens) List(ctx context.Context, after string, limit int) ([]protocol.APIToken, error) {
	list, err := s.a.ListTokens(ctx, access.PrincipalID(after), limit)
	out := make([]protocol.APIToken, len(list))
	for i := range list {
		out[i] = wireToken(list[i])
	}
	return out, accountRefusal(err)
}

func (s tokens) Revoke(ctx context.Context, id string) error {
	t, err := s.a.GetToken(ctx, access.PrincipalID(id))
	if err != nil {
		return accountRefusal(err)
	}
	raw, err := json.Marshal(wireToken(t))
	if err != nil {
		return err
	}
	gone := change{object: protocol.AuditObject{Kind: access.KindAPIToken, ID: id}, action: "deleted"}
	if err := s.audit.changed(ctx, gone, raw, nil); err != nil {
		return err
	}
	return accountRefusal(s.a.RevokeToken(ctx, access.PrincipalID(id)))
}

// gate asks the one policy.
type gate struct{}

func (gate) Can(p transport.Principal, a transport.Action, o transport.Object) error {
	return accountRefusal(access.Can(grantOf(p), access.Action(a), access.Object(o)))
}

func (gate) Declared(a transport.Action) bool { return access.Declared(access.Action(a)) }
